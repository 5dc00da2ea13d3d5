//! A pass is earned, and a "no" has a witness: a second reading of the contract, that shares nothing with the first.

use crate::verdict::{Heard, Run};
use hf_token_check::internals::diagnosis::catalog::Diagnosis;
use hf_token_check::internals::model::identity::{OrgRole, REPO_WRITE, TokenRole};
use hf_token_check::internals::model::question::RepoQuestion;
use hf_token_check::internals::model::repo::RepoRef;
use hf_token_check::internals::model::requirement::{Access, Permission, Requirement};
use hf_token_check::internals::model::timestamp::Timestamp;
use hf_token_check::internals::report::{Basis, Decision, Finding, Outcome, Report, Strictness, Verdict};
use hf_token_check::internals::token::kind::TokenKind;

impl Run {
    /// A pass is earned need by need, on the raw answers; a "no" has a witness.
    pub fn is_earned(&self, report: &Report, decision: Decision) {
        let warned = |diagnosis| report.warnings.iter().any(|warning| warning.diagnosis == diagnosis);
        let strict = report.strictness == Strictness::Strict;
        assert_eq!(decision.verdict == Verdict::Pass, decision.exit.number() == 0, "{decision:?}");
        assert_eq!(decision.verdict == Verdict::Pass, decision.diagnosis.is_none(), "{decision:?}");
        assert!(decision.verdict != Verdict::Unknown || decision.exit.means_no_answer(), "{decision:?}");
        assert!(decision.verdict != Verdict::Pass || !strict || report.warnings.is_empty(), "strict: {decision:?}");
        for finding in &report.requirements {
            let status = finding.exchange.as_ref().and_then(|exchange| exchange.status);
            let no_answer = status.is_none_or(|status| status >= 500 || [407, 408, 429].contains(&status));
            let refused =
                finding.outcome == Outcome::Fail && finding.basis == Basis::Asked && finding.check != "valid-for";
            assert!(!refused || !no_answer, "could not be found out, and is called a no: {finding:?}");
        }
        for ((requirement, heard), finding) in self.requirements.iter().zip(&report.requirements) {
            if finding.outcome == Outcome::Pass {
                assert!(self.is_granted(requirement, heard, finding), "{requirement:?} was not granted: {finding:?}");
            }
            let ungated = finding.diagnosis == Some(Diagnosis::ReadGatesUnchecked);
            assert!(!ungated || warned(Diagnosis::ReadGatesUnchecked), "nobody is told of the gates: {finding:?}");
            let passes = finding.outcome == Outcome::Pass;
            assert!(decision.verdict != Verdict::Pass || passes, "a pass without {requirement:?}: {finding:?}");
        }
        if decision.verdict == Verdict::Pass {
            let known = self.identity().is_some() || self.whoami.is_none() || warned(Diagnosis::IdentityUnknown);
            assert!(known, "a pass without an identity and without a word about it");
        }
    }

    /// Whether this need was granted, or may be inferred.
    fn is_granted(&self, requirement: &Requirement, heard: &[Heard<RepoQuestion>], finding: &Finding) -> bool {
        let inferred = finding.basis == Basis::Inferred;
        match requirement {
            Requirement::Repo { access: Access::Read, .. } => self.says_yes(heard) || describes(heard),
            Requirement::Repo { access: Access::Write, .. } => self.says_yes(heard),
            Requirement::Repo { access: Access::Create, repo } => {
                let new = inferred && heard.first().is_some_and(|heard| heard.reply.exchange.status == Some(404));
                let repo = heard.first().map_or(repo, |heard| &heard.reply.question.repo);
                self.says_yes(heard) || (new && self.may_create(repo))
            }
            Requirement::Permission(permission) => inferred && self.may(permission),
            Requirement::ValidFor(long) => {
                let claimed = self.token.info.claims.expires_at.and_then(Timestamp::from_unix);
                let stated = self.identity().and_then(|identity| identity.expiry().moment());
                let role = self.identity().map(|identity| identity.access.as_ref().map(|access| &access.role));
                let is_user_token = self.token.info.kind == TokenKind::User
                    && role.is_none_or(|role| !matches!(role, None | Some(TokenRole::Other(_))));
                match stated.or(claimed) {
                    Some(ends) => ends.after(self.now).is_some_and(|left| left >= *long),
                    None => inferred && is_user_token,
                }
            }
        }
    }

    /// The Hub's own OK, byte for byte: a second reading of the contract, that shares nothing with the first.
    fn says_yes(&self, heard: &[Heard<RepoQuestion>]) -> bool {
        let Some(Ok(raw)) = heard.first().map(|heard| &heard.raw) else { return false };
        let header =
            |name: &str| raw.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        let made_by_the_hub = header("x-powered-by").is_some_and(|by| by.starts_with("huggingface"));
        let marked = made_by_the_hub || header("x-request-id").is_some();
        let anonymous = header("x-hf-warning").is_some_and(|warning| warning.trim().starts_with("unauthenticated"));
        let plain = header("content-type").is_none_or(|kind| kind.starts_with("text/plain"));
        let known = self.identity().is_some();
        raw.status == 200
            && match raw.body.trim_ascii() {
                b"OK" => plain && ((marked && !anonymous) || known),
                b"" => made_by_the_hub && !anonymous,
                _ => false,
            }
    }

    /// May this identity create the repo? Another wording of the rule than `standing`'s: only what is listed counts.
    fn may_create(&self, repo: &RepoRef) -> bool {
        let (Some(identity), Some(owner)) = (self.identity(), &repo.owner) else { return false };
        let is_owner = |name: &String| name.eq_ignore_ascii_case(owner);
        let org = identity.orgs.iter().flatten().find(|org| is_owner(&org.name));
        let creates = |role| matches!(role, OrgRole::Admin | OrgRole::Write | OrgRole::Contributor);
        let place = is_owner(&identity.name) || org.is_some_and(|org| creates(org.role));
        let unrestricted = org.is_none_or(|org| org.restrictions.is_empty());
        let scopes = self.token.info.claims.scopes.iter().flatten();
        let right = match identity.access.as_ref().map(|access| &access.role) {
            Some(TokenRole::Write) => true,
            Some(TokenRole::FineGrained(list)) => list.scoped.iter().any(|scope| {
                ["user", "org"].contains(&scope.entity_kind.as_str())
                    && scope.entity_name.as_ref().is_some_and(is_owner)
                    && scope.permissions.iter().any(|permission| permission == REPO_WRITE)
            }),
            Some(TokenRole::Read | TokenRole::Other(_)) => false,
            None => {
                let mut scopes = scopes.filter(|scope| ["manage-repos", "contribute-repos"].contains(&scope.as_str()));
                self.token.info.kind == TokenKind::OAuth && scopes.next().is_some()
            }
        };
        place && unrestricted && right
    }

    /// The same for a permission beyond repos.
    fn may(&self, permission: &Permission) -> bool {
        let Some(identity) = self.identity() else { return false };
        let entity = permission.entity.as_ref().unwrap_or(&identity.name);
        let org = identity.orgs.iter().flatten().find(|org| org.name.eq_ignore_ascii_case(entity));
        let own = identity.name.eq_ignore_ascii_case(entity);
        let writes = permission.name.rsplit_once('.').is_none_or(|(_, act)| act != "read");
        org.is_none_or(|org| org.restrictions.is_empty())
            && match identity.access.as_ref().map(|access| &access.role) {
                Some(TokenRole::FineGrained(list)) => {
                    let everywhere = permission.entity.is_none() && list.global.contains(&permission.name);
                    let listed = list.scoped.iter().any(|scope| {
                        scope.entity_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(entity))
                            && scope.permissions.contains(&permission.name)
                    });
                    everywhere || listed
                }
                Some(TokenRole::Write) => {
                    own || org.is_some_and(|org| matches!(org.role, OrgRole::Admin | OrgRole::Write))
                }
                Some(TokenRole::Read) => {
                    !writes && (own || org.is_some_and(|org| matches!(org.role, OrgRole::Admin | OrgRole::Write)))
                }
                Some(TokenRole::Other(_)) => false,
                None => self
                    .token
                    .info
                    .claims
                    .scopes
                    .iter()
                    .flatten()
                    .any(|scope| ["inference-api", "jobs"].contains(&scope.as_str())),
            }
    }
}

fn describes(heard: &[Heard<RepoQuestion>]) -> bool {
    let no_route = heard.first().is_some_and(|heard| heard.reply.exchange.status == Some(404));
    no_route
        && heard
            .iter()
            .skip(1)
            .any(|heard| heard.raw.as_ref().is_ok_and(|raw| raw.status == 200 && raw.body.starts_with(b"{")))
}
