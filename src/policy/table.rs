//! The table: what an answer means for a need, given what the identity says. Two full matches; every cell is printed
//! to `judge.table` and compared by a test, so that a change of meaning shows up as a changed row.

use crate::diagnosis::catalog::Diagnosis;
use crate::model::answer::{Answer, Gate, NoAnswer, Policy};
use crate::model::entitlement::Entitlement;
use crate::model::reply::Whoami;
use crate::model::requirement::Access;
use crate::token::kind::TokenKind;

/// What the needs' own answers say about the token, for a whoami that gave no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// No need was asked, or none was answered.
    Silent,
    /// Every need that was asked was granted.
    Granted,
    /// The Hub took the token, and refused a right.
    Accepted,
    /// Every answer was a 401.
    Refused,
}

/// What `answer` means for a need. `None` is a pass.
pub fn judge(access: Access, answer: Answer, entitlement: Entitlement) -> Option<Diagnosis> {
    use Diagnosis as D;
    Some(match answer {
        Answer::Granted | Answer::UnverifiedOk => return None,
        Answer::MetadataOnly => match access {
            Access::Read => D::ReadGatesUnchecked,
            Access::Write | Access::Create => D::HubNotAHub,
        },
        Answer::BadCredentials => D::TokenRejected,
        Answer::Expired => D::TokenExpired,
        Answer::Unauthorized => match entitlement {
            Entitlement::Blocked(policy) => blocked(policy),
            Entitlement::Delegated | Entitlement::OutOfScope => D::TokenScope,
            Entitlement::Unknown(_) => D::RightUnknown,
            Entitlement::Clear
            | Entitlement::ReadToken
            | Entitlement::Lacks
            | Entitlement::Stranger
            | Entitlement::Mistyped
            | Entitlement::LowRole => D::RepoNotVisible,
        },
        Answer::Forbidden => refused(access, entitlement),
        Answer::Gated(gate) => match entitlement {
            Entitlement::Blocked(policy) => blocked(policy),
            Entitlement::Unknown(_)
            | Entitlement::Clear
            | Entitlement::Delegated
            | Entitlement::OutOfScope
            | Entitlement::ReadToken
            | Entitlement::Lacks
            | Entitlement::Stranger
            | Entitlement::Mistyped
            | Entitlement::LowRole => gated(gate),
        },
        Answer::Policy(told) => match (entitlement, told) {
            // The restriction `token-policy` stands for two rules; only the message tells them apart.
            (Entitlement::Blocked(Policy::FineGrainedOnly), Policy::Approval) => blocked(told),
            (Entitlement::Blocked(Policy::Approval), Policy::FineGrainedOnly) => blocked(told),
            (Entitlement::Blocked(policy), _) => blocked(policy),
            (_, _) => blocked(told),
        },
        Answer::Disabled => D::RepoDisabled,
        Answer::NotFound => match access {
            Access::Create => return found_new(entitlement),
            Access::Read | Access::Write => missing(entitlement),
        },
        Answer::NoSuchRoute => D::HubNotAHub,
        Answer::NoAnswer(reason) => unanswered(reason),
    })
}

/// What whoami's answer means. `None` is an identity.
pub fn judge_whoami(answer: &Whoami, kind: TokenKind, elsewhere: Elsewhere) -> Option<Diagnosis> {
    use Diagnosis as D;
    Some(match answer {
        Whoami::Known(_) => return None,
        Whoami::BadCredentials => D::TokenRejected,
        Whoami::Expired => D::TokenExpired,
        // whoami does not know tokens that are bound to a repo, and says of them what it says of a rejected one.
        Whoami::Unauthorized => match (kind, elsewhere) {
            (TokenKind::OAuth | TokenKind::Oidc, Elsewhere::Granted | Elsewhere::Accepted) => D::IdentityUnknown,
            (TokenKind::Oidc, Elsewhere::Silent) => D::TokenUnconfirmed,
            (TokenKind::User, _) | (_, Elsewhere::Refused) | (TokenKind::OAuth, Elsewhere::Silent) => D::TokenRejected,
        },
        Whoami::Policy(policy) => blocked(*policy),
        Whoami::NoSuchRoute => D::HubNotAHub,
        // An answer that is not a whoami shows that this is not the Hub: no grant from it counts.
        Whoami::NoAnswer(reason @ (NoAnswer::Unexpected | NoAnswer::Redirected | NoAnswer::Offline)) => {
            unanswered(*reason)
        }
        Whoami::NoAnswer(
            reason @ (NoAnswer::RateLimited
            | NoAnswer::ServerError
            | NoAnswer::NoAddress
            | NoAnswer::Refused
            | NoAnswer::Unreachable
            | NoAnswer::TlsFailure
            | NoAnswer::NoProxy
            | NoAnswer::ProxyTrouble
            | NoAnswer::Timeout
            | NoAnswer::Interrupted
            | NoAnswer::Restricted),
        ) => match elsewhere {
            Elsewhere::Granted => D::IdentityUnknown,
            Elsewhere::Silent | Elsewhere::Accepted | Elsewhere::Refused => unanswered(*reason),
        },
    })
}

/// What the identity means for a permission beyond repos, which nobody can be asked about. `None` is a pass.
pub fn judge_permission(entitlement: Entitlement) -> Option<Diagnosis> {
    Some(match entitlement {
        Entitlement::Clear => return None,
        Entitlement::Blocked(policy) => blocked(policy),
        Entitlement::OutOfScope => Diagnosis::TokenScope,
        Entitlement::Unknown(_) | Entitlement::Delegated => Diagnosis::RightUnknown,
        Entitlement::ReadToken
        | Entitlement::Lacks
        | Entitlement::Stranger
        | Entitlement::Mistyped
        | Entitlement::LowRole => Diagnosis::PermissionMissing,
    })
}

fn refused(access: Access, entitlement: Entitlement) -> Diagnosis {
    use Diagnosis as D;
    match (access, entitlement) {
        (_, Entitlement::Blocked(policy)) => blocked(policy),
        (Access::Read, Entitlement::Lacks) => D::ReadDeniedFineGrained,
        (Access::Read, _) => D::ReadDenied,
        (Access::Write, Entitlement::ReadToken) => D::WriteDeniedReadToken,
        (Access::Write, Entitlement::Lacks) => D::WriteDeniedFineGrained,
        (Access::Write, Entitlement::Stranger | Entitlement::Mistyped) => D::WriteDeniedNotMember,
        (Access::Write, Entitlement::LowRole) => D::WriteDeniedOrgRole,
        (
            Access::Write,
            Entitlement::Unknown(_) | Entitlement::Clear | Entitlement::Delegated | Entitlement::OutOfScope,
        ) => D::WriteDenied,
        (Access::Create, Entitlement::ReadToken) => D::CreateDeniedReadToken,
        (Access::Create, Entitlement::Lacks) => D::CreateDeniedFineGrained,
        (Access::Create, Entitlement::Stranger | Entitlement::Mistyped) => D::CreateDeniedNotMember,
        (Access::Create, Entitlement::LowRole) => D::CreateDeniedOrgRole,
        (
            Access::Create,
            Entitlement::Unknown(_) | Entitlement::Clear | Entitlement::Delegated | Entitlement::OutOfScope,
        ) => D::CreateDenied,
    }
}

/// The repo is not there yet: may it be created? Inferred, because the Hub has no question for it.
fn found_new(entitlement: Entitlement) -> Option<Diagnosis> {
    match entitlement {
        Entitlement::Clear => None,
        Entitlement::Unknown(_) | Entitlement::Delegated => Some(Diagnosis::RightUnknown),
        Entitlement::OutOfScope => Some(Diagnosis::TokenScope),
        Entitlement::Blocked(_)
        | Entitlement::ReadToken
        | Entitlement::Lacks
        | Entitlement::Stranger
        | Entitlement::Mistyped
        | Entitlement::LowRole => Some(refused(Access::Create, entitlement)),
    }
}

fn missing(entitlement: Entitlement) -> Diagnosis {
    match entitlement {
        Entitlement::Clear => Diagnosis::RepoNotFound,
        Entitlement::Mistyped => Diagnosis::RepoOwnerMistyped,
        Entitlement::Blocked(policy) => blocked(policy),
        Entitlement::Unknown(_)
        | Entitlement::Delegated
        | Entitlement::OutOfScope
        | Entitlement::ReadToken
        | Entitlement::Lacks
        | Entitlement::Stranger
        | Entitlement::LowRole => Diagnosis::RepoNotVisible,
    }
}

fn gated(gate: Gate) -> Diagnosis {
    match gate {
        Gate::Closed => Diagnosis::RepoGated,
        Gate::Pending => Diagnosis::RepoGatedPending,
        Gate::Rejected => Diagnosis::RepoGatedRejected,
        Gate::Reset => Diagnosis::RepoGatedReset,
        Gate::FineGrained => Diagnosis::RepoGatedFineGrained,
    }
}

fn blocked(policy: Policy) -> Diagnosis {
    match policy {
        Policy::FineGrainedOnly => Diagnosis::OrgPolicyFineGrainedOnly,
        Policy::Approval => Diagnosis::OrgPolicyApproval,
        Policy::Revoked => Diagnosis::OrgTokenRevoked,
        Policy::Network => Diagnosis::OrgNetwork,
        Policy::Sso => Diagnosis::OrgSso,
        Policy::Mfa => Diagnosis::OrgMfa,
    }
}

/// The name of "no answer".
fn unanswered(reason: NoAnswer) -> Diagnosis {
    use Diagnosis as D;
    match reason {
        NoAnswer::RateLimited => D::HubRateLimited,
        NoAnswer::ServerError => D::HubError,
        NoAnswer::Unexpected => D::HubUnexpected,
        NoAnswer::Redirected => D::HubRedirected,
        NoAnswer::Offline => D::HubOffline,
        NoAnswer::NoAddress => D::NetDns,
        NoAnswer::Refused => D::NetRefused,
        NoAnswer::Unreachable => D::NetUnreachable,
        NoAnswer::TlsFailure => D::NetTls,
        NoAnswer::NoProxy | NoAnswer::ProxyTrouble => D::NetProxy,
        NoAnswer::Timeout => D::NetTimeout,
        NoAnswer::Interrupted => D::NetInterrupted,
        NoAnswer::Restricted => D::EnvRestricted,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::diagnosis::exit_code::ExitCode;

    fn cell(diagnosis: Option<Diagnosis>) -> &'static str {
        diagnosis.map_or("pass", Diagnosis::code)
    }

    /// As the rows call an answer: why there is none says enough.
    fn name(answer: &impl std::fmt::Debug) -> String {
        let name = format!("{answer:?}");
        name.strip_prefix("NoAnswer(").and_then(|rest| rest.strip_suffix(')')).map_or(name.clone(), Into::into)
    }

    /// One line per group of standings with the same outcome; `*` where all agree.
    fn rows(table: &mut String, head: &str, cells: &[(String, &'static str)]) {
        let mut outcomes: Vec<&str> = Vec::new();
        for (_, outcome) in cells {
            if !outcomes.contains(outcome) {
                outcomes.push(outcome);
            }
        }
        for outcome in &outcomes {
            let names: Vec<_> = cells.iter().filter(|(_, o)| o == outcome).map(|(name, _)| name.as_str()).collect();
            let names = if outcomes.len() == 1 { "*".into() } else { names.join(" ") };
            let _ = writeln!(table, "{head:<34} {outcome:<30} {names}");
        }
    }

    fn printed() -> String {
        let mut table = String::from("# need, answer                     diagnosis                      standings\n");
        for access in [Access::Read, Access::Write, Access::Create] {
            for answer in Answer::all() {
                let cells: Vec<_> =
                    Entitlement::ALL.iter().map(|&s| (s.column(), cell(judge(access, answer, s)))).collect();
                rows(&mut table, &format!("{access:?} {}", name(&answer)), &cells);
            }
        }
        let cells: Vec<_> = Entitlement::ALL.iter().map(|&s| (s.column(), cell(judge_permission(s)))).collect();
        rows(&mut table, "Permission", &cells);
        table.push_str(
            "\n# whoami, answer                   diagnosis                      token kind / the needs' answers\n",
        );
        let identity = Whoami::Known(Box::default());
        let rejections = [Whoami::BadCredentials, Whoami::Unauthorized, Whoami::Expired];
        let answers = std::iter::once(identity).chain(rejections).chain(Policy::ALL.map(Whoami::Policy));
        for answer in answers.chain([Whoami::NoSuchRoute]).chain(NoAnswer::ALL.map(Whoami::NoAnswer)) {
            let mut cells = Vec::new();
            for kind in [TokenKind::User, TokenKind::OAuth, TokenKind::Oidc] {
                for elsewhere in [Elsewhere::Silent, Elsewhere::Granted, Elsewhere::Accepted, Elsewhere::Refused] {
                    cells.push((format!("{kind:?}/{elsewhere:?}"), cell(judge_whoami(&answer, kind, elsewhere))));
                }
            }
            let answer = if matches!(answer, Whoami::Known(_)) { "Known".into() } else { name(&answer) };
            rows(&mut table, &format!("WhoAmI {answer}"), &cells);
        }
        table
    }

    #[test]
    fn the_printed_table_is_the_one_under_review() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy/verdicts.table");
        let now = printed();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &now).expect("the table can be written");
        }
        let reviewed = std::fs::read_to_string(path).expect("run once with BLESS=1");
        for (line, (was, is)) in reviewed.lines().zip(now.lines()).enumerate() {
            assert_eq!(
                was,
                is,
                "src/policy/verdicts.table, line {}: if the change is meant, run BLESS=1 cargo test printed_table and review the diff",
                line + 1
            );
        }
        assert_eq!(reviewed.lines().count(), now.lines().count());
    }

    #[test]
    fn only_a_grant_passes_whatever_the_identity() {
        for access in [Access::Read, Access::Write, Access::Create] {
            for answer in Answer::all() {
                for entitlement in Entitlement::ALL {
                    let inferred =
                        access == Access::Create && answer == Answer::NotFound && entitlement == Entitlement::Clear;
                    let granted = matches!(answer, Answer::Granted | Answer::UnverifiedOk);
                    let passed = judge(access, answer, entitlement).is_none();
                    assert_eq!(passed, granted || inferred, "{access:?} {answer:?} {entitlement:?}");
                }
            }
        }
    }

    #[test]
    fn what_could_not_be_found_out_is_never_a_no() {
        for answer in NoAnswer::ALL.map(Answer::NoAnswer) {
            for entitlement in Entitlement::ALL {
                for access in [Access::Read, Access::Write, Access::Create] {
                    let diagnosis = judge(access, answer, entitlement).expect("no pass");
                    assert!(diagnosis.exit().is_some_and(ExitCode::means_no_answer), "{answer:?} {diagnosis:?}");
                }
            }
        }
    }
}
