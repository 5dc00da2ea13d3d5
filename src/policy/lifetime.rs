//! How long the token still works, and whose clock tells.

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::identity::{Authentication, Expiry, Identity, TokenRole};
use crate::model::timestamp::Timestamp;
use crate::report::Basis;
use crate::token::kind::{TokenInfo, TokenKind};

/// The time that expiries are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// Who says so.
    pub witness: Witness,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The `Date` of a response. This is the clock that decides whether a token has expired.
    Server,
    /// This machine. Containers and laptops can be hours off.
    Machine,
}

/// Whether the Hub accepted the token in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It did, so the token has not expired, whatever a clock or the token itself says.
    Accepted,
    /// It did not, or was not asked.
    Open,
}

/// Whether the token lasts, and why we think so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The cause; `None` where the token lasts long enough.
    pub diagnosis: Option<Diagnosis>,
    /// How that is known.
    pub basis: Basis,
    /// How much time is left, where the end is known.
    pub left: Option<Duration>,
    /// The evidence, in a clause.
    pub evidence: String,
}

/// Whether the token still works in `required` from now.
pub fn judge(
    required: Duration,
    identity: Option<&Identity>,
    info: &TokenInfo,
    acceptance: Acceptance,
    clock: Clock,
) -> Lifetime {
    let claimed = info.claims.expires_at.and_then(Timestamp::from_unix);
    match (identity.map_or(Expiry::Unstated, Identity::expiry), claimed) {
        (Expiry::At(end), _) => {
            let evidence = format!("according to whoami, it expires at {end}");
            match end.after(clock.now) {
                None if clock.witness == Witness::Machine => unknown(format!(
                    "according to whoami, it expired at {end}, but the Hub has just accepted it: this machine's clock may be wrong"
                )),
                left => compared(left.unwrap_or_default(), required, Basis::Asked, evidence),
            }
        }
        (Expiry::Unreadable, _) => unknown("whoami states an expiry in a form that is not known here".into()),
        (Expiry::Unstated, Some(end)) => {
            let evidence = format!("according to its own `exp` claim, it expires at {end}");
            match (end.after(clock.now), acceptance) {
                (Some(left), _) => compared(left, required, Basis::Local, evidence),
                (None, Acceptance::Accepted) => unknown(format!(
                    "according to its own `exp` claim, it expired at {end}, but the Hub has just accepted it"
                )),
                (None, Acceptance::Open) => {
                    Lifetime { diagnosis: Some(Diagnosis::TokenExpired), basis: Basis::Local, left: None, evidence }
                }
            }
        }
        (Expiry::Unstated, None) => match ends(identity, info) {
            Ends::OnlyIfLimited => Lifetime {
                diagnosis: None,
                basis: Basis::Inferred,
                left: None,
                evidence: "user access tokens do not expire on their own".into(),
            },
            Ends::Always => unknown(
                "OAuth and OIDC tokens always expire, but neither whoami nor the token itself states when".into(),
            ),
            Ends::Unknown => {
                unknown("whoami states no expiry, and describes a kind of token that is not known here".into())
            }
        },
    }
}

fn compared(left: Duration, required: Duration, basis: Basis, evidence: String) -> Lifetime {
    let diagnosis = (left < required).then_some(Diagnosis::TokenExpiresEarly);
    Lifetime { diagnosis, basis, left: Some(left), evidence }
}

fn unknown(evidence: String) -> Lifetime {
    Lifetime { diagnosis: Some(Diagnosis::ExpiryUnknown), basis: Basis::Inferred, left: None, evidence }
}

/// Whether a token without a stated expiry ends.
enum Ends {
    /// A user access token: only where somebody set a limit.
    OnlyIfLimited,
    /// A token that was obtained with a login or an exchange.
    Always,
    /// Another kind.
    Unknown,
}

/// A user access token is one by its prefix and by what whoami says of it, if it answered.
fn ends(identity: Option<&Identity>, info: &TokenInfo) -> Ends {
    match (info.kind, identity.map(|identity| identity.authentication(info.kind))) {
        (TokenKind::OAuth | TokenKind::Oidc, _) | (TokenKind::User, Some(Authentication::Delegated)) => Ends::Always,
        (TokenKind::User, None) => Ends::OnlyIfLimited,
        (TokenKind::User, Some(Authentication::AccessToken(access))) => match &access.role {
            TokenRole::Read | TokenRole::Write | TokenRole::FineGrained(_) => Ends::OnlyIfLimited,
            TokenRole::Other(_) => Ends::Unknown,
        },
        (TokenKind::User, Some(Authentication::Unlisted)) | (TokenKind::Other, _) => Ends::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::AccessToken;
    use crate::token::kind::Claims;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn an_expiry_is_compared_with_the_better_clock() {
        use Diagnosis as D;
        let now = Timestamp::parse("2026-10-07T12:00:00Z").expect("a moment");
        let at = |hours: i64| Timestamp::from_unix(now.unix() + hours * 3_600).expect("a moment");
        let oauth = |expiry| Some(Identity { auth_kind: Some("oauth".into()), expiry, ..Identity::default() });
        let access = |role| {
            let access = AccessToken { name: None, role, created_at: None, expiry: Expiry::Unstated };
            Some(Identity { access: Some(access), ..Identity::default() })
        };
        let (server, machine) = (Witness::Server, Witness::Machine);
        let (accepted, open) = (Acceptance::Accepted, Acceptance::Open);
        let (stated, unreadable) = (|hours| oauth(Expiry::At(at(hours))), || oauth(Expiry::Unreadable));
        let unstated = || oauth(Expiry::Unstated);
        for (identity, kind, claimed, acceptance, witness, expected) in [
            (stated(3), TokenKind::OAuth, None, accepted, server, (None, Basis::Asked)),
            (stated(2), TokenKind::OAuth, None, accepted, server, (None, Basis::Asked)),
            (stated(1), TokenKind::OAuth, None, accepted, server, (Some(D::TokenExpiresEarly), Basis::Asked)),
            (stated(-1), TokenKind::OAuth, None, accepted, server, (Some(D::TokenExpiresEarly), Basis::Asked)),
            (stated(-1), TokenKind::OAuth, None, accepted, machine, (Some(D::ExpiryUnknown), Basis::Inferred)),
            // What whoami states outweighs the claim.
            (stated(3), TokenKind::OAuth, Some(1), accepted, server, (None, Basis::Asked)),
            (unreadable(), TokenKind::OAuth, Some(3), accepted, server, (Some(D::ExpiryUnknown), Basis::Inferred)),
            (unstated(), TokenKind::OAuth, Some(3), accepted, server, (None, Basis::Local)),
            (unstated(), TokenKind::OAuth, Some(1), accepted, server, (Some(D::TokenExpiresEarly), Basis::Local)),
            (unstated(), TokenKind::OAuth, Some(-1), accepted, server, (Some(D::ExpiryUnknown), Basis::Inferred)),
            (None, TokenKind::Oidc, Some(-1), open, machine, (Some(D::TokenExpired), Basis::Local)),
            (unstated(), TokenKind::OAuth, None, accepted, server, (Some(D::ExpiryUnknown), Basis::Inferred)),
            (None, TokenKind::Oidc, None, accepted, server, (Some(D::ExpiryUnknown), Basis::Inferred)),
            (unstated(), TokenKind::User, None, accepted, server, (Some(D::ExpiryUnknown), Basis::Inferred)),
            (None, TokenKind::User, None, open, machine, (None, Basis::Inferred)),
            (access(TokenRole::Write), TokenKind::User, None, accepted, server, (None, Basis::Inferred)),
            (
                access(TokenRole::Write),
                TokenKind::OAuth,
                None,
                accepted,
                server,
                (Some(D::ExpiryUnknown), Basis::Inferred),
            ),
            (
                access(TokenRole::Other("quantum".into())),
                TokenKind::User,
                None,
                accepted,
                server,
                (Some(D::ExpiryUnknown), Basis::Inferred),
            ),
        ] {
            let info = TokenInfo { kind, claims: Claims { expires_at: claimed.map(|h| at(h).unix()), scopes: None } };
            let found = judge(2 * HOUR, identity.as_ref(), &info, acceptance, Clock { now, witness });
            assert_eq!((found.diagnosis, found.basis), expected, "{identity:?} {kind:?} {claimed:?} {witness:?}");
        }
    }
}
