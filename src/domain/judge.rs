//! The table: what an answer means for a need, given what the identity says. Two full matches; every cell is printed
//! to `judge.table` and compared by a test, so that a change of meaning shows up as a changed row.

use super::answer::{Answer, Gate, Policy};
use super::diagnosis::Diagnosis;
use super::need::Need;
use super::standing::Standing;
use super::token::TokenKind;

/// The needs that are asked of the Hub, without their repos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// `--read`
    Read,
    /// `--write`
    Write,
    /// `--create`
    Create,
}

impl Aim {
    /// The aim of a need; none for those that are judged from the identity alone.
    pub(crate) fn of(need: &Need) -> Option<Self> {
        match need {
            Need::Read(_) => Some(Self::Read),
            Need::Write(_) => Some(Self::Write),
            Need::Create(_) => Some(Self::Create),
            Need::Permission(_) | Need::ValidFor(_) => None,
        }
    }
}

/// What the needs' own answers say about the token, for a whoami that gave no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
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
pub(crate) fn judge(aim: Aim, answer: Answer, standing: Standing) -> Option<Diagnosis> {
    use Diagnosis as D;
    Some(match answer {
        Answer::Granted | Answer::BareOk => return None,
        Answer::Described => match aim {
            Aim::Read => D::ReadGatesUnchecked,
            Aim::Write | Aim::Create => D::HubNotAHub,
        },
        Answer::BadCredentials => D::TokenRejected,
        Answer::Expired => D::TokenExpired,
        Answer::Unauthorized => match standing {
            Standing::Blocked(policy) => blocked(policy),
            Standing::Delegated | Standing::OutOfScope => D::TokenScope,
            Standing::Unknown => D::RightUnknown,
            Standing::Clear
            | Standing::ReadToken
            | Standing::Lacks
            | Standing::Stranger
            | Standing::Mistyped
            | Standing::LowRole => D::RepoNotVisible,
        },
        Answer::Forbidden => refused(aim, standing),
        Answer::Gated(gate) => match standing {
            Standing::Blocked(policy) => blocked(policy),
            Standing::Unknown
            | Standing::Clear
            | Standing::Delegated
            | Standing::OutOfScope
            | Standing::ReadToken
            | Standing::Lacks
            | Standing::Stranger
            | Standing::Mistyped
            | Standing::LowRole => gated(gate),
        },
        Answer::Policy(told) => match (standing, told) {
            // The restriction `token-policy` stands for two rules; only the message tells them apart.
            (Standing::Blocked(Policy::FineGrainedOnly), Policy::Approval) => blocked(told),
            (Standing::Blocked(Policy::Approval), Policy::FineGrainedOnly) => blocked(told),
            (Standing::Blocked(policy), _) => blocked(policy),
            (_, _) => blocked(told),
        },
        Answer::Disabled => D::RepoDisabled,
        Answer::NotFound => match aim {
            Aim::Create => return found_new(standing),
            Aim::Read | Aim::Write => missing(standing),
        },
        Answer::NoSuchRoute => D::HubNotAHub,
        Answer::RateLimited
        | Answer::ServerError
        | Answer::Unexpected
        | Answer::Redirected
        | Answer::Offline
        | Answer::NoAddress
        | Answer::Refused
        | Answer::Unreachable
        | Answer::NoTrust
        | Answer::NoProxy
        | Answer::ProxyTrouble
        | Answer::NoTime
        | Answer::Interrupted => silence(answer),
    })
}

/// What whoami's answer means. `None` is an identity.
pub(crate) fn judge_whoami(answer: Answer, kind: TokenKind, elsewhere: Elsewhere) -> Option<Diagnosis> {
    use Diagnosis as D;
    Some(match answer {
        Answer::Granted => return None,
        Answer::BadCredentials => D::TokenRejected,
        Answer::Expired => D::TokenExpired,
        // whoami does not know tokens that are bound to a repo, and says of them what it says of a rejected one.
        Answer::Unauthorized => match (kind, elsewhere) {
            (TokenKind::OAuth | TokenKind::Oidc, Elsewhere::Granted | Elsewhere::Accepted) => D::IdentityUnknown,
            (TokenKind::Oidc, Elsewhere::Silent) => D::TokenUnconfirmed,
            (TokenKind::User, _) | (_, Elsewhere::Refused) | (TokenKind::OAuth, Elsewhere::Silent) => D::TokenRejected,
        },
        Answer::Policy(policy) => blocked(policy),
        Answer::NotFound | Answer::NoSuchRoute => D::HubNotAHub,
        // An answer that is not a whoami shows that this is not the Hub: no grant from it counts.
        Answer::BareOk | Answer::Described | Answer::Forbidden | Answer::Gated(_) | Answer::Disabled => {
            D::HubUnexpected
        }
        Answer::Unexpected | Answer::Redirected | Answer::Offline => silence(answer),
        Answer::RateLimited
        | Answer::ServerError
        | Answer::NoAddress
        | Answer::Refused
        | Answer::Unreachable
        | Answer::NoTrust
        | Answer::NoProxy
        | Answer::ProxyTrouble
        | Answer::NoTime
        | Answer::Interrupted => match elsewhere {
            Elsewhere::Granted => D::IdentityUnknown,
            Elsewhere::Silent | Elsewhere::Accepted | Elsewhere::Refused => silence(answer),
        },
    })
}

/// What the identity means for a permission beyond repos, which nobody can be asked about. `None` is a pass.
pub(crate) fn judge_permission(standing: Standing) -> Option<Diagnosis> {
    Some(match standing {
        Standing::Clear => return None,
        Standing::Blocked(policy) => blocked(policy),
        Standing::OutOfScope => Diagnosis::TokenScope,
        Standing::Unknown | Standing::Delegated => Diagnosis::RightUnknown,
        Standing::ReadToken | Standing::Lacks | Standing::Stranger | Standing::Mistyped | Standing::LowRole => {
            Diagnosis::PermissionMissing
        }
    })
}

fn refused(aim: Aim, standing: Standing) -> Diagnosis {
    use Diagnosis as D;
    match (aim, standing) {
        (_, Standing::Blocked(policy)) => blocked(policy),
        (Aim::Read, Standing::Lacks) => D::ReadDeniedFineGrained,
        (Aim::Read, _) => D::ReadDenied,
        (Aim::Write, Standing::ReadToken) => D::WriteDeniedReadToken,
        (Aim::Write, Standing::Lacks) => D::WriteDeniedFineGrained,
        (Aim::Write, Standing::Stranger | Standing::Mistyped) => D::WriteDeniedNotMember,
        (Aim::Write, Standing::LowRole) => D::WriteDeniedOrgRole,
        (Aim::Write, Standing::Unknown | Standing::Clear | Standing::Delegated | Standing::OutOfScope) => {
            D::WriteDenied
        }
        (Aim::Create, Standing::ReadToken) => D::CreateDeniedReadToken,
        (Aim::Create, Standing::Lacks) => D::CreateDeniedFineGrained,
        (Aim::Create, Standing::Stranger | Standing::Mistyped) => D::CreateDeniedNotMember,
        (Aim::Create, Standing::LowRole) => D::CreateDeniedOrgRole,
        (Aim::Create, Standing::Unknown | Standing::Clear | Standing::Delegated | Standing::OutOfScope) => {
            D::CreateDenied
        }
    }
}

/// The repo is not there yet: may it be created? Inferred, because the Hub has no question for it.
fn found_new(standing: Standing) -> Option<Diagnosis> {
    match standing {
        Standing::Clear => None,
        Standing::Unknown | Standing::Delegated => Some(Diagnosis::RightUnknown),
        Standing::OutOfScope => Some(Diagnosis::TokenScope),
        Standing::Blocked(_)
        | Standing::ReadToken
        | Standing::Lacks
        | Standing::Stranger
        | Standing::Mistyped
        | Standing::LowRole => Some(refused(Aim::Create, standing)),
    }
}

fn missing(standing: Standing) -> Diagnosis {
    match standing {
        Standing::Clear => Diagnosis::RepoNotFound,
        Standing::Mistyped => Diagnosis::RepoOwnerMistyped,
        Standing::Blocked(policy) => blocked(policy),
        Standing::Unknown
        | Standing::Delegated
        | Standing::OutOfScope
        | Standing::ReadToken
        | Standing::Lacks
        | Standing::Stranger
        | Standing::LowRole => Diagnosis::RepoNotVisible,
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
fn silence(answer: Answer) -> Diagnosis {
    use Diagnosis as D;
    match answer {
        Answer::RateLimited => D::HubRateLimited,
        Answer::ServerError => D::HubError,
        Answer::Redirected => D::HubRedirected,
        Answer::Offline => D::HubOffline,
        Answer::NoAddress => D::NetDns,
        Answer::Refused => D::NetRefused,
        Answer::Unreachable => D::NetUnreachable,
        Answer::NoTrust => D::NetTls,
        Answer::NoProxy | Answer::ProxyTrouble => D::NetProxy,
        Answer::NoTime => D::NetTimeout,
        Answer::Interrupted => D::NetInterrupted,
        Answer::Unexpected
        | Answer::Granted
        | Answer::BareOk
        | Answer::Described
        | Answer::BadCredentials
        | Answer::Unauthorized
        | Answer::Expired
        | Answer::Forbidden
        | Answer::Gated(_)
        | Answer::Policy(_)
        | Answer::Disabled
        | Answer::NotFound
        | Answer::NoSuchRoute => D::HubUnexpected,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn cell(diagnosis: Option<Diagnosis>) -> &'static str {
        diagnosis.map_or("pass", Diagnosis::code)
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
        for aim in [Aim::Read, Aim::Write, Aim::Create] {
            for answer in Answer::ALL {
                let cells: Vec<_> =
                    Standing::ALL.iter().map(|&s| (format!("{s:?}"), cell(judge(aim, answer, s)))).collect();
                rows(&mut table, &format!("{aim:?} {answer:?}"), &cells);
            }
        }
        let cells: Vec<_> = Standing::ALL.iter().map(|&s| (format!("{s:?}"), cell(judge_permission(s)))).collect();
        rows(&mut table, "Permission", &cells);
        table.push_str(
            "\n# whoami, answer                   diagnosis                      token kind / the needs' answers\n",
        );
        for answer in Answer::ALL {
            let mut cells = Vec::new();
            for kind in [TokenKind::User, TokenKind::OAuth, TokenKind::Oidc] {
                for elsewhere in [Elsewhere::Silent, Elsewhere::Granted, Elsewhere::Accepted, Elsewhere::Refused] {
                    cells.push((format!("{kind:?}/{elsewhere:?}"), cell(judge_whoami(answer, kind, elsewhere))));
                }
            }
            rows(&mut table, &format!("WhoAmI {answer:?}"), &cells);
        }
        table
    }

    #[test]
    fn the_printed_table_is_the_one_under_review() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/judge.table");
        let now = printed();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &now).expect("the table can be written");
        }
        let reviewed = std::fs::read_to_string(path).expect("run once with BLESS=1");
        for (line, (was, is)) in reviewed.lines().zip(now.lines()).enumerate() {
            assert_eq!(was, is, "line {}: if the change is meant, run with BLESS=1 and review the diff", line + 1);
        }
        assert_eq!(reviewed.lines().count(), now.lines().count());
    }

    #[test]
    fn only_a_grant_passes_whatever_the_identity() {
        for aim in [Aim::Read, Aim::Write, Aim::Create] {
            for answer in Answer::ALL {
                for standing in Standing::ALL {
                    let inferred = aim == Aim::Create && answer == Answer::NotFound && standing == Standing::Clear;
                    let granted = matches!(answer, Answer::Granted | Answer::BareOk);
                    let passed = judge(aim, answer, standing).is_none();
                    assert_eq!(passed, granted || inferred, "{aim:?} {answer:?} {standing:?}");
                }
            }
        }
    }

    #[test]
    fn what_could_not_be_found_out_is_never_a_no() {
        for answer in &Answer::ALL[21..] {
            for standing in Standing::ALL {
                for aim in [Aim::Read, Aim::Write, Aim::Create] {
                    let diagnosis = judge(aim, *answer, standing).expect("no pass");
                    assert!(diagnosis.exit().means_no_answer(), "{answer:?} {diagnosis:?}");
                }
            }
        }
    }
}
