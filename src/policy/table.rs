//! The table: what an answer means for a need, given what the identity says. Two full matches; every cell is printed
//! to `judge.table` and compared by a test, so that a change of meaning shows up as a changed row.

use crate::diagnosis::catalog::Diagnosis;
use crate::model::answer::{Answer, Gate, Gating, NoAnswer, Policy};
use crate::model::entitlement::Entitlement;
use crate::model::reply::{Revised, Whoami};
use crate::model::requirement::Access;
use crate::token::kind::TokenKind;

/// What the answers about repos say about the token, for a whoami that gave no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nothing was asked, or nothing was answered.
    Silent,
    /// The Hub refuses the token, or every answer was a 401.
    Refused,
    /// The Hub took the token, and refused a right.
    Accepted,
    /// Every repo was granted or described, and some were only described.
    AllDescribed,
    /// A download was granted, and not everything. Public repos are granted to requests without a token too.
    Read,
    /// Every requirement was granted, downloads only.
    AllRead,
    /// A push was granted, which nobody has without a token; and not everything.
    Push,
    /// Every requirement was granted, with a push among them.
    AllPush,
}

impl Elsewhere {
    /// Every one, in the order of the printed table.
    #[cfg(any(test, feature = "internals"))]
    pub const ALL: [Self; 8] = [
        Self::Silent,
        Self::Refused,
        Self::Accepted,
        Self::AllDescribed,
        Self::Read,
        Self::AllRead,
        Self::Push,
        Self::AllPush,
    ];
}

/// What `answer` means for a need. `None` is a pass.
pub fn judge(access: Access, answer: Answer, entitlement: Entitlement) -> Option<Diagnosis> {
    use Diagnosis as D;
    Some(match answer {
        Answer::Granted | Answer::UnverifiedOk => return None,
        Answer::Described(gating) => match (access, gating) {
            (Access::Read, Gating::Open) => return None,
            (Access::Read, Gating::Unstated) => D::ReadGatesUnchecked,
            (Access::Read, Gating::Gated) | (Access::Write | Access::Create, _) => D::HubNotAHub,
        },
        Answer::BadCredentials => D::TokenRejected,
        Answer::Expired => D::TokenExpired,
        // To a token that whoami knows, a missing repo is a 404: this is what the Hub says to a request without a token.
        Answer::Unauthorized => {
            if let Entitlement::Blocked(policy) = entitlement {
                blocked(policy)
            } else {
                undelivered(entitlement)
            }
        }
        Answer::GateUnauthorized => undelivered(entitlement),
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
        Answer::Region => D::RepoRegion,
        Answer::NotFound => match access {
            Access::Create => return found_new(entitlement),
            Access::Read | Access::Write => missing(entitlement),
        },
        // Who may create what is known of huggingface.co only.
        Answer::MaybeNotFound => match access {
            Access::Create => D::RightUnknown,
            Access::Read | Access::Write => D::HubUnexpected,
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
        Whoami::BadCredentials => rejected(kind, elsewhere, D::TokenRejected),
        Whoami::Expired => rejected(kind, elsewhere, D::TokenExpired),
        // whoami does not know tokens that are bound to a repo, and says of them what it says of a rejected one.
        Whoami::Unauthorized => match (kind, elsewhere) {
            (TokenKind::OAuth | TokenKind::Oidc, Elsewhere::Accepted) => D::IdentityUnknown,
            (TokenKind::Oidc, Elsewhere::Silent | Elsewhere::AllDescribed) => D::TokenUnconfirmed,
            _ => rejected(kind, elsewhere, D::TokenRejected),
        },
        Whoami::Policy(policy) => blocked(*policy),
        // A server without a whoami: what it grants with the Hub's mark counts, and a download needs no identity.
        Whoami::NoSuchRoute => without_whoami(elsewhere, D::HubNotAHub),
        Whoami::NoAnswer(reason @ (NoAnswer::Unexpected | NoAnswer::Redirected)) => {
            without_whoami(elsewhere, unanswered(*reason))
        }
        Whoami::NoAnswer(reason @ NoAnswer::UnmarkedRefusal) => match elsewhere {
            Elsewhere::Push | Elsewhere::AllPush => D::IdentityUnknown,
            Elsewhere::Silent
            | Elsewhere::Refused
            | Elsewhere::Accepted
            | Elsewhere::AllDescribed
            | Elsewhere::Read
            | Elsewhere::AllRead => unanswered(*reason),
        },
        Whoami::NoAnswer(reason @ NoAnswer::Offline) => unanswered(*reason),
        Whoami::NoAnswer(
            reason @ (NoAnswer::RateLimited
            | NoAnswer::ServerError
            | NoAnswer::NoAddress
            | NoAnswer::NameServerTrouble
            | NoAnswer::Refused
            | NoAnswer::Unreachable
            | NoAnswer::TlsFailure
            | NoAnswer::NoProxy
            | NoAnswer::ProxyTrouble
            | NoAnswer::Timeout
            | NoAnswer::Interrupted
            | NoAnswer::Restricted),
        ) => match elsewhere {
            Elsewhere::AllRead | Elsewhere::AllPush => D::IdentityUnknown,
            Elsewhere::Silent
            | Elsewhere::Refused
            | Elsewhere::Accepted
            | Elsewhere::AllDescribed
            | Elsewhere::Read
            | Elsewhere::Push => unanswered(*reason),
        },
    })
}

/// whoami refuses the token. Nobody pushes without one; and a rejected token is refused even for public repos, so where a download
/// was granted, it was asked for without the token.
fn rejected(kind: TokenKind, elsewhere: Elsewhere, otherwise: Diagnosis) -> Diagnosis {
    match (elsewhere, kind) {
        (Elsewhere::Push | Elsewhere::AllPush, _) => Diagnosis::IdentityUnknown,
        (Elsewhere::Read | Elsewhere::AllRead, TokenKind::Oidc) => Diagnosis::IdentityUnknown,
        (Elsewhere::Read | Elsewhere::AllRead, TokenKind::User | TokenKind::OAuth | TokenKind::Other) => {
            Diagnosis::TokenNotDelivered
        }
        (Elsewhere::Silent | Elsewhere::Refused | Elsewhere::Accepted | Elsewhere::AllDescribed, _) => otherwise,
    }
}

fn without_whoami(elsewhere: Elsewhere, otherwise: Diagnosis) -> Diagnosis {
    match elsewhere {
        Elsewhere::AllDescribed | Elsewhere::AllRead | Elsewhere::AllPush => Diagnosis::IdentityUnknown,
        Elsewhere::Silent | Elsewhere::Refused | Elsewhere::Accepted | Elsewhere::Read | Elsewhere::Push => otherwise,
    }
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

/// What the answer about a revision means, where access is granted. `None` is a pass. A push may create its branch.
pub fn judge_revision(access: Access, answer: Revised) -> Option<Diagnosis> {
    match (access, answer) {
        (_, Revised::Exists) | (Access::Write | Access::Create, Revised::NoAnswer(_)) => None,
        (Access::Read, Revised::NotFound) => Some(Diagnosis::RevisionNotFound),
        (Access::Write | Access::Create, Revised::NotFound) => Some(Diagnosis::BranchNotFound),
        (Access::Read, Revised::NoAnswer(NoAnswer::Unexpected | NoAnswer::UnmarkedRefusal)) => {
            Some(Diagnosis::RevisionUnknown)
        }
        (Access::Read, Revised::NoAnswer(reason)) => Some(unanswered(reason)),
    }
}

/// The Hub answers a repo's question as if there were no token. Some kinds of token are treated so outside their scope.
fn undelivered(entitlement: Entitlement) -> Diagnosis {
    match entitlement {
        Entitlement::Delegated | Entitlement::OutOfScope => Diagnosis::TokenScope,
        Entitlement::Unknown(_)
        | Entitlement::Clear
        | Entitlement::Blocked(_)
        | Entitlement::ReadToken
        | Entitlement::Lacks
        | Entitlement::Stranger
        | Entitlement::Mistyped
        | Entitlement::LowRole => Diagnosis::TokenNotDelivered,
    }
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
        NoAnswer::Unexpected | NoAnswer::UnmarkedRefusal => D::HubUnexpected,
        NoAnswer::Redirected => D::HubRedirected,
        NoAnswer::Offline => D::HubOffline,
        NoAnswer::NoAddress | NoAnswer::NameServerTrouble => D::NetDns,
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
        for access in [Access::Read, Access::Write, Access::Create] {
            let no_answers = NoAnswer::ALL.map(Revised::NoAnswer);
            for answer in [Revised::Exists, Revised::NotFound].into_iter().chain(no_answers) {
                let _ = writeln!(
                    table,
                    "{:<34} {}",
                    format!("{access:?} Revision {answer:?}"),
                    cell(judge_revision(access, answer))
                );
            }
        }
        table.push_str(
            "\n# whoami, answer                   diagnosis                      token kind / the needs' answers\n",
        );
        let identity = Whoami::Known(Box::default());
        let rejections = [Whoami::BadCredentials, Whoami::Unauthorized, Whoami::Expired];
        let answers = std::iter::once(identity).chain(rejections).chain(Policy::ALL.map(Whoami::Policy));
        for answer in answers.chain([Whoami::NoSuchRoute]).chain(NoAnswer::ALL.map(Whoami::NoAnswer)) {
            let kinds = [TokenKind::User, TokenKind::OAuth, TokenKind::Oidc, TokenKind::Other];
            let cells: Vec<_> = Elsewhere::ALL
                .into_iter()
                .flat_map(|elsewhere| {
                    let of = kinds.map(|kind| (kind, cell(judge_whoami(&answer, kind, elsewhere))));
                    if of.iter().all(|(_, outcome)| *outcome == of[0].1) {
                        return vec![(format!("{elsewhere:?}"), of[0].1)];
                    }
                    of.map(|(kind, outcome)| (format!("{kind:?}/{elsewhere:?}"), outcome)).into()
                })
                .collect();
            let answer = if matches!(answer, Whoami::Known(_)) { "Known".into() } else { name(&answer) };
            rows(&mut table, &format!("WhoAmI {answer}"), &cells);
        }
        table
    }

    #[test]
    fn the_printed_table_is_the_one_under_review() {
        crate::env::hold_to_review("src/policy/verdicts.table", &printed());
    }

    #[test]
    fn only_a_grant_passes_whatever_the_identity() {
        for access in [Access::Read, Access::Write, Access::Create] {
            for answer in Answer::all() {
                for entitlement in Entitlement::ALL {
                    let inferred =
                        access == Access::Create && answer == Answer::NotFound && entitlement == Entitlement::Clear;
                    let described =
                        access == Access::Read && matches!(answer, Answer::Described(Gating::Open | Gating::Unstated));
                    let granted = matches!(answer, Answer::Granted | Answer::UnverifiedOk) || described;
                    let diagnosis = judge(access, answer, entitlement);
                    let passed = diagnosis.is_none_or(|diagnosis| diagnosis.exit().is_none());
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
