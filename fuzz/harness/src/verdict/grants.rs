//! A pass is earned, and a "no" has a witness: a second reading of the contract, that shares nothing with the first.

use crate::verdict::{About, Heard, Run};
use hf_token_check::internals::diagnosis::catalog::Diagnosis;
use hf_token_check::internals::model::identity::{Binding, TokenRole};
use hf_token_check::internals::model::membership::OrgRole;
use hf_token_check::internals::model::permission::{Permission, PermissionName};
use hf_token_check::internals::model::question::RepoQuestion;
use hf_token_check::internals::model::repo::{RepoKind, RepoRef};
use hf_token_check::internals::model::requirement::{Access, Requirement};
use hf_token_check::internals::model::scopes::EntityKind;
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
    fn is_granted(&self, requirement: &Requirement, about: &About, finding: &Finding) -> bool {
        let inferred = finding.basis == Basis::Inferred;
        let heard = &about.access;
        match requirement {
            Requirement::Repo { access: Access::Read, revision, .. } => {
                let raw = about.revision.as_ref().and_then(|heard| heard.raw.as_ref().ok());
                let has_revision = revision.is_none() || raw.is_some_and(|raw| raw.status == 200);
                has_revision && (self.says_yes(heard) || describes(heard))
            }
            Requirement::Repo { access: Access::Write, .. } => self.says_yes(heard),
            Requirement::Repo { access: Access::Create, repo, .. } => {
                let new = inferred && heard.first().is_some_and(|heard| heard.reply.exchange.status == Some(404));
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

    /// May this identity create the repo? Another wording of the rule: only what is listed counts.
    fn may_create(&self, repo: &RepoRef) -> bool {
        let (Some(identity), Some(owner)) = (self.identity(), &repo.owner) else { return false };
        let creates = |role| matches!(role, OrgRole::Admin | OrgRole::Write | OrgRole::Contributor);
        let org = identity.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(owner));
        let place = identity.name.eq_ignore_ascii_case(owner) || org.is_some_and(|org| creates(org.role));
        place
            && repo.kind != RepoKind::Kernel
            && org.is_none_or(|org| org.restrictions.is_empty() || identity.name.eq_ignore_ascii_case(owner))
            && match identity.access.as_ref().map(|access| &access.role) {
                Some(TokenRole::Read) => false,
                Some(_) => self.token_has("repo.write", owner, false),
                None => {
                    self.token.info.kind == TokenKind::OAuth && self.has_a_scope(&["manage-repos", "contribute-repos"])
                }
            }
    }

    /// The same for a permission beyond repos.
    fn may(&self, permission: &Permission) -> bool {
        let (Some(identity), PermissionName::Known(known)) = (self.identity(), &permission.name) else { return false };
        let name = known.name();
        let entity = permission.entity.as_ref().unwrap_or(&identity.name);
        let own = identity.name.eq_ignore_ascii_case(entity);
        let org = identity.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(entity));
        let reads = ["repo.content.read", "collection.read", "org.read", "org.members.read", "discussion.write"]
            .contains(&name);
        let manages = (name.starts_with("org.") || name.starts_with("resourceGroup.")) && !reads;
        let place = own
            || match org.map(|org| org.role) {
                Some(OrgRole::Admin) => true,
                Some(OrgRole::Write) => !manages,
                Some(OrgRole::Contributor | OrgRole::Read) => reads,
                Some(OrgRole::NoAccess | OrgRole::Unlisted) => false,
                None => name == "discussion.write",
            };
        let token = match identity.access.as_ref().map(|access| &access.role) {
            None => self.has_a_scope(&[
                "jobs",
                "inference-api",
                "webhooks",
                "write-discussions",
                "read-collections",
                "write-collections",
                "write-endpoints",
                "read-repos",
                "write-repos",
                "manage-repos",
            ]),
            Some(_) => self.token_has(name, entity, own || org.is_none()),
        };
        place && token && (own || org.is_none_or(|org| org.restrictions.is_empty()))
    }

    /// Does a user access token have the permission there? `everywhere`: a permission of the token as a whole counts.
    fn token_has(&self, name: &str, owner: &str, everywhere: bool) -> bool {
        match self.identity().and_then(|identity| identity.access.as_ref()).map(|access| &access.role) {
            Some(TokenRole::Write) => true,
            Some(TokenRole::Read) => name.rsplit_once('.').is_some_and(|(_, act)| act == "read"),
            Some(TokenRole::FineGrained(list)) => {
                let listed = list.scoped.iter().any(|scope| {
                    matches!(scope.entity, EntityKind::User | EntityKind::Org)
                        && scope.entity_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(owner))
                        && scope.permissions.iter().any(|permission| permission == name)
                });
                listed || (everywhere && list.global.iter().any(|permission| permission == name))
            }
            Some(TokenRole::Other(_)) | None => false,
        }
    }

    fn has_a_scope(&self, scopes: &[&str]) -> bool {
        let bound = self.identity().is_some_and(|identity| identity.binding == Binding::Bound);
        !bound && self.token.info.claims.scopes.iter().flatten().any(|scope| scopes.contains(&scope.as_str()))
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
