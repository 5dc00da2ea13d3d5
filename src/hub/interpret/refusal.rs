//! What a 401, a 403 or a 451 of the Hub's means: by its sentence, else by its code, else by the rule of an organization that its words
//! are about.

use crate::hub::interpret::page::Page;
use crate::model::answer::{Gate, Policy};
use crate::model::sentence::Sentence;

/// Why the Hub refuses.
pub enum Refusal {
    BadCredentials,
    Expired,
    Gated(Gate),
    Policy(Policy),
    Disabled,
    Region,
    /// It does not say, or not in words that are known.
    Unexplained,
}

/// Reads the words and the code of such a response.
pub fn of(status: u16, page: &Page<'_>) -> Refusal {
    match page.message.meant(status) {
        Some(Sentence::InvalidCredentials) => Refusal::BadCredentials,
        Some(Sentence::TokenExpired) => Refusal::Expired,
        Some(Sentence::GateAnonymous | Sentence::GateClosed) => Refusal::Gated(Gate::Closed),
        Some(Sentence::GatePending) => Refusal::Gated(Gate::Pending),
        Some(Sentence::GateRejected) => Refusal::Gated(Gate::Rejected),
        Some(Sentence::GateReset) => Refusal::Gated(Gate::Reset),
        Some(Sentence::GateFineGrained) => Refusal::Gated(Gate::FineGrained),
        Some(Sentence::OrganizationApproval) => Refusal::Policy(Policy::Approval),
        Some(Sentence::OrganizationRevoked) => Refusal::Policy(Policy::Revoked),
        Some(Sentence::Disabled) => Refusal::Disabled,
        Some(Sentence::Region) => Refusal::Region,
        Some(
            Sentence::Anonymous
            | Sentence::InvalidUserToken
            | Sentence::ReadOnly
            | Sentence::PullRequestOnly
            | Sentence::NoRightToCreate
            | Sentence::NotSufficient
            | Sentence::AuthorizationError
            | Sentence::RepoNotFound
            | Sentence::RevisionNotFound
            | Sentence::PageNotFound
            | Sentence::RateLimited
            | Sentence::RateLimitedAnonymous,
        )
        | None => match page.error_code.as_deref() {
            Some("GatedRepo") => Refusal::Gated(Gate::Closed),
            _ => page.message.policy().map_or(Refusal::Unexplained, Refusal::Policy),
        },
    }
}
