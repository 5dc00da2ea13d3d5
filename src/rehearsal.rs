//! `--rehearse CODE`: what a run would report if CODE were diagnosed, from a made-up identity and the Hub's own words, and
//! without a token or a network. The wording, the decision and the status are those of the real case.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::time::Duration;

use crate::domain::answer::{Evidence, Trust};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::endpoint::{Endpoint, PAGES};
use crate::domain::exit_code::ExitCode;
use crate::domain::expiry::Moment;
use crate::domain::facts::Facts;
use crate::domain::identity::{AccessToken, FineGrained, Identity, Membership, OrgRole, Restriction, TokenRole};
use crate::domain::need::{Need, Permission};
use crate::domain::reasons::{self, Scene};
use crate::domain::repo::{RepoKind, RepoRef};
use crate::domain::report::{Basis, Finding, Outcome, Warning, Words};
use crate::domain::token::TokenKind;

/// The findings of a rehearsed run.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    /// Who the made-up token is; absent where the case has no identity.
    pub(crate) identity: Option<Identity>,
    /// `token`, `identity`, then the needs.
    pub(crate) checks: Vec<Finding>,
    /// The rehearsed warning, if the code is one.
    pub(crate) warnings: Vec<Warning>,
}

/// Where in a run a diagnosis arises.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Token,
    Identity,
    /// Wherever the Hub is asked.
    Everywhere,
    Need,
    Warning,
}

/// The run in which `diagnosis` decides. A need of the user's is the one that fails, where one fits; else one is made up.
pub(crate) fn rehearse(diagnosis: Diagnosis, scene: Scene<'_>, now: Moment) -> Rehearsal {
    let mut needs = scene.needs.to_vec();
    let place = place(diagnosis);
    let at = match place {
        Place::Need => Some(needs.iter().position(|need| fits(diagnosis, need)).unwrap_or_else(|| {
            needs.push(sample(diagnosis));
            needs.len() - 1
        })),
        Place::Warning if diagnosis == Diagnosis::ExpiryUnknown => needs.iter().position(|need| fits(diagnosis, need)),
        Place::Warning => {
            needs.iter().position(|need| matches!(need, Need::Read(_) | Need::Write(_) | Need::Create(_)))
        }
        Place::Token | Place::Identity | Place::Everywhere => None,
    };
    if diagnosis == Diagnosis::HubOffline && needs.is_empty() {
        needs.push(Need::Read(repo()));
    }
    let spoiled = at.map_or_else(|| Need::Read(repo()), |at| needs[at].clone());
    let identity = matches!(place, Place::Need | Place::Warning).then(|| identity(diagnosis, &spoiled));
    let mut identity = identity.filter(|_| diagnosis != Diagnosis::IdentityUnknown);
    let expires_at = now.later(LEFT);
    if let Some(identity) = identity.as_mut().filter(|_| diagnosis == Diagnosis::TokenExpiresEarly) {
        identity.expires_at = Some(expires_at);
    }
    let kind = kind(diagnosis);
    let scene = Scene { identity: identity.as_ref(), needs: &needs, kind: Some(kind), ..scene };
    let evidence = evidence(diagnosis, &spoiled, scene.endpoint);
    let words = |need: Option<&Need>| {
        let mut words = scene.words(diagnosis, need, evidence.as_ref(), facts(diagnosis, scene.source));
        if diagnosis == Diagnosis::TokenExpiresEarly {
            words.why.push(format!("whoami says that it expires at {expires_at}"));
        }
        words
    };
    let fail = |check, subject: String, need: Option<&Need>, basis| {
        let outcome = Outcome::of(Some(diagnosis));
        Finding {
            check,
            subject,
            outcome,
            diagnosis: Some(diagnosis),
            basis,
            words: words(need),
            evidence: evidence.clone(),
        }
    };
    let pass = |check, subject: String, summary: &str, basis| {
        let words = Words { summary: summary.into(), ..Words::default() };
        Finding { check, subject, outcome: Outcome::Pass, diagnosis: None, basis, words, evidence: None }
    };
    // A warning that stands for something that could not be found out.
    let unknown = |check, subject: String, need| Finding {
        outcome: Outcome::Unknown,
        ..fail(check, subject, need, Basis::Asked)
    };
    let source = || scene.source.to_owned();
    let token = match place {
        Place::Token => fail("token", source(), None, Basis::Local),
        _ => pass("token", source(), kind.phrase(), Basis::Local),
    };
    let who = match place {
        Place::Token => Finding::skipped("identity", String::new(), "not asked: there is no token"),
        _ if diagnosis == Diagnosis::HubOffline => {
            Finding::skipped("identity", String::new(), "not asked: HF_HUB_OFFLINE is set")
        }
        Place::Identity | Place::Everywhere => fail("identity", String::new(), None, Basis::Asked),
        _ if diagnosis == Diagnosis::IdentityUnknown => unknown("identity", String::new(), None),
        Place::Need | Place::Warning => {
            pass("identity", "alice".into(), &reasons::describe(identity.as_ref(), kind), Basis::Asked)
        }
    };
    let checked = needs.iter().enumerate().map(|(index, need)| match place {
        Place::Token => Finding::skipped(need.word(), need.subject(), "not asked: there is no token"),
        Place::Identity => Finding::skipped(need.word(), need.subject(), "not judged: the token is rejected"),
        Place::Everywhere => fail(need.word(), need.subject(), Some(need), Basis::Asked),
        Place::Warning if diagnosis == Diagnosis::ExpiryUnknown && Some(index) == at => {
            unknown(need.word(), need.subject(), Some(need))
        }
        Place::Need if Some(index) == at => fail(need.word(), need.subject(), Some(need), Basis::Asked),
        Place::Need | Place::Warning => pass(need.word(), need.subject(), "", Basis::Asked),
    });
    let warned = (place == Place::Warning).then(|| Warning { diagnosis, words: words(Some(&spoiled)) });
    let checks = [token, who].into_iter().chain(checked).collect();
    Rehearsal { checks, warnings: warned.into_iter().collect(), identity }
}

/// How long the token of `token-expires-early` has left.
const LEFT: Duration = Duration::from_secs(5 * 3_600);

/// The kind of token that can lead to the diagnosis.
fn kind(diagnosis: Diagnosis) -> TokenKind {
    match diagnosis {
        Diagnosis::TokenScope | Diagnosis::RightUnknown | Diagnosis::TokenExpiresEarly => TokenKind::OAuth,
        Diagnosis::TokenUnconfirmed | Diagnosis::IdentityUnknown => TokenKind::Oidc,
        _ => TokenKind::User,
    }
}

fn place(diagnosis: Diagnosis) -> Place {
    use Diagnosis as D;
    match (diagnosis, diagnosis.exit()) {
        (_, ExitCode::Pass) => Place::Warning,
        (_, ExitCode::NoToken) => Place::Token,
        (D::TokenRejected | D::TokenExpired | D::TokenUnconfirmed, _) => Place::Identity,
        (D::HubNotAHub | D::RightUnknown, _) => Place::Need,
        (_, ExitCode::Unavailable | ExitCode::RateLimited) => Place::Everywhere,
        _ => Place::Need,
    }
}

fn fits(diagnosis: Diagnosis, need: &Need) -> bool {
    std::mem::discriminant(&sample(diagnosis)) == std::mem::discriminant(need)
        || (matches!(sample(diagnosis), Need::Read(_))
            && matches!(need, Need::Write(_))
            && !diagnosis.code().starts_with("read-"))
}

/// The need that this diagnosis is about.
fn sample(diagnosis: Diagnosis) -> Need {
    use Diagnosis as D;
    match diagnosis {
        D::PermissionMissing => Need::Permission(Permission { name: "job.write".into(), entity: Some("acme".into()) }),
        D::TokenExpiresEarly | D::ExpiryUnknown => Need::ValidFor(Duration::from_secs(2 * 86_400)),
        D::RightUnknown => Need::Create(repo()),
        D::HubNotAHub => Need::Write(repo()),
        _ if diagnosis.code().starts_with("write-") => Need::Write(repo()),
        _ if diagnosis.code().starts_with("create-") => Need::Create(repo()),
        _ => Need::Read(repo()),
    }
}

fn repo() -> RepoRef {
    RepoRef { kind: RepoKind::Model, owner: Some("acme".into()), name: "model".into() }
}

fn repo_of(need: &Need) -> RepoRef {
    match need {
        Need::Read(repo) | Need::Write(repo) | Need::Create(repo) => repo.clone(),
        Need::Permission(_) | Need::ValidFor(_) => repo(),
    }
}

/// Alice, with the token and the place in the organization that lead to the diagnosis.
fn identity(diagnosis: Diagnosis, need: &Need) -> Identity {
    use Diagnosis as D;
    let owner = repo_of(need).owner.unwrap_or_else(|| "acme".into());
    let (role, org_role) = match diagnosis {
        D::WriteDeniedReadToken | D::CreateDeniedReadToken => (TokenRole::Read, Some(OrgRole::Write)),
        D::ReadDeniedFineGrained
        | D::WriteDeniedFineGrained
        | D::CreateDeniedFineGrained
        | D::RepoGatedFineGrained
        | D::PermissionMissing
        | D::OrgPolicyApproval => (TokenRole::FineGrained(FineGrained::default()), Some(OrgRole::Write)),
        D::WriteDeniedOrgRole | D::CreateDeniedOrgRole => (TokenRole::Write, Some(OrgRole::Read)),
        D::WriteDeniedNotMember | D::CreateDeniedNotMember | D::RepoNotVisible => (TokenRole::Write, None),
        D::RepoGated | D::RepoGatedPending | D::RepoGatedRejected | D::RepoGatedReset => (TokenRole::Read, None),
        _ => (TokenRole::Write, Some(OrgRole::Write)),
    };
    let restrictions = match diagnosis {
        D::OrgPolicyFineGrainedOnly | D::OrgPolicyApproval => vec![Restriction::TokenPolicy],
        D::OrgTokenRevoked => vec![Restriction::TokenRevoked],
        D::OrgNetwork => vec![Restriction::Ip],
        D::OrgSso => vec![Restriction::Sso],
        D::OrgMfa => vec![Restriction::Mfa],
        _ => Vec::new(),
    };
    // The owner that was meant, where the one given has a letter too many.
    let name = if diagnosis == D::RepoOwnerMistyped { owner[..owner.len() - 1].to_owned() } else { owner };
    let member = org_role.map(|role| Membership { name, role, restrictions });
    let access = AccessToken { name: Some("ci".into()), role, created_at: None, expires_at: None };
    Identity {
        kind: Some("user".into()),
        name: "alice".into(),
        orgs: Some(member.into_iter().collect()),
        auth_kind: Some(if kind(diagnosis) == TokenKind::User { "access_token" } else { "oauth" }.into()),
        expires_at: None,
        access: Some(access).filter(|_| kind(diagnosis) == TokenKind::User),
    }
}

/// What the Hub, or what stands in its place, would have said.
fn evidence(diagnosis: Diagnosis, need: &Need, endpoint: &Endpoint) -> Option<Evidence> {
    use Diagnosis as D;
    let repo = repo_of(need);
    let (id, noun, page) = (repo.id(), repo.kind.noun(), format!("{PAGES}/{repo}"));
    let gated = |message: String| (Some(403), Some("GatedRepo"), Some(message), None);
    let said = |status, message: &str| (Some(status), None, Some(message.to_owned()), None);
    let silent = |detail: &str| (None, None, None, Some(detail.to_owned()));
    let (status, code, message, detail) = match diagnosis {
        D::TokenRejected | D::TokenScope | D::TokenUnconfirmed | D::IdentityUnknown => {
            said(401, "Invalid username or password.")
        }
        D::TokenExpired => said(401, "User Access Token \"ci\" is expired"),
        D::RepoGated => gated(format!(
            "Access to {noun} {id} is restricted and you are not in the authorized list. Visit {page} to ask for access."
        )),
        D::RepoGatedPending => {
            gated(format!("Your request to access {noun} {id} is awaiting a review from the repo authors."))
        }
        D::RepoGatedRejected => {
            gated(format!("Your request to access {noun} {id} has been rejected by the repo's authors."))
        }
        D::RepoGatedReset => gated(format!(
            "Your request to access {noun} {id} has been reset by the repo's authors. Visit {page} to submit a new request."
        )),
        D::RepoGatedFineGrained => said(
            403,
            "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
        ),
        D::RepoDisabled => said(403, "Access to this resource is disabled."),
        D::OrgPolicyApproval => said(
            403,
            "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource.",
        ),
        D::OrgTokenRevoked => said(
            403,
            "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information.",
        ),
        D::OrgPolicyFineGrainedOnly | D::OrgNetwork | D::OrgSso | D::OrgMfa => said(403, "Access denied."),
        D::HubNotAHub => said(404, "Sorry, we can't find the page you are looking for."),
        D::HubRateLimited => {
            said(429, "We had to rate limit you, you hit the quota of 1000 api requests per 5 minutes period.")
        }
        D::HubError => (Some(503), None, None, None),
        D::ReadGatesUnchecked => (Some(200), None, None, None),
        D::RightUnknown => (Some(404), Some("RepoNotFound"), Some("Repository not found".into()), None),
        D::HubUnexpected => (Some(200), None, None, Some("an HTML page".into())),
        D::HubRedirected => (Some(302), None, None, Some("it points to elsewhere.example".into())),
        D::NetDns => silent("there is no such name"),
        D::NetRefused => silent("connection refused"),
        D::NetUnreachable => silent("network unreachable"),
        D::NetTls => silent(Trust::UnknownIssuer.detail()),
        D::NetProxy => silent("the proxy 127.0.0.1:9 refuses the connection"),
        D::NetInterrupted => silent("the connection was closed in the middle of the answer"),
        D::NetTimeout => (None, None, None, None),
        D::PermissionMissing | D::TokenExpiresEarly | D::HubOffline => return None,
        _ => match diagnosis.exit() {
            ExitCode::NotFound => (Some(404), Some("RepoNotFound"), Some("Repository not found".into()), None),
            ExitCode::Forbidden => {
                said(403, "You have read access but not the required permissions for this operation")
            }
            _ => return None,
        },
    };
    Some(Evidence {
        url: need
            .question()
            .map_or_else(|| endpoint.join("/api/whoami-v2"), |question| endpoint.join(&question.path()))
            .to_string(),
        status,
        error_code: code.map(Into::into),
        error_message: message,
        detail,
        attempts: 1,
        retry_after: (diagnosis == D::HubRateLimited).then_some(Duration::from_secs(300)),
        trust: (diagnosis == D::NetTls).then_some(Trust::UnknownIssuer),
        ..Evidence::default()
    })
}

/// The facts that a real case would bring.
fn facts(diagnosis: Diagnosis, source: &str) -> Facts {
    use Diagnosis as D;
    let facts = Facts::default();
    match diagnosis {
        D::TokenMissing => facts.with("detail", "is not set"),
        D::TokenWrongName => facts.with("found", "HF_API_TOKEN"),
        D::TokenQuoted => facts.with("detail", "quotes are part of the value"),
        D::TokenWrongKind => facts.with("detail", "an OAuth refresh token"),
        D::TokenMalformed => facts.with("detail", "it does not start with hf_"),
        D::TokenForeign => facts.with("detail", "a GitHub token"),
        D::TokenUnreadable => facts.with("detail", "it does not exist"),
        D::TokenExpiresEarly => facts.with("when", "5 h"),
        D::TokenIgnoredFile => facts.with("found", "/root/.cache/huggingface/token"),
        D::TokenShadowed => facts
            .with("detail", "HF_OIDC_RESOURCE is set, so it exchanges an ID token first")
            .with("unshadow", "Unset HF_OIDC_RESOURCE, or take the token away, so that there is one way in"),
        D::RepoWrongKind => facts.with("found", "datasets/acme/model"),
        D::RepoRenamed => facts.with("found", "acme/new-name"),
        D::RepoRedirectedKind => facts.with("found", "spaces/acme/model"),
        D::RankMalformed => facts.with("found", "RANK"),
        D::HubDeprecation => facts.with("detail", "This route will be removed"),
        D::AuditOverprivileged => facts.with("detail", "writing to everything of alice, acme"),
        D::AuditOldToken => facts.with("detail", "120 days").with("found", Moment::START.to_string()),
        D::AuditEnvNotSecret => facts.with("found", "alice/0123456789ab"),
        D::AuditHardcoded => facts.with("found", "train.py, line 1"),
        D::AuditExposedFile => facts.with("source", source).with("detail", "0644"),
        D::AuditAccountToken => facts.with("detail", "write"),
        _ => facts,
    }
}
