//! Which reply decides about a repo, and what it is worth. A word of a server counts only as far as the server has shown to be a Hub.

use crate::model::answer::{Answer, NoAnswer};
use crate::model::asked::Asked;
use crate::model::reply::{RepoReply, Whoami, WhoamiReply};
use crate::model::repo::RepoRef;
use crate::model::requirement::Access;

/// What whoami has shown of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It knows the token: a Hub.
    Identity,
    /// It answered as a Hub does, and told no identity.
    Hub,
    /// No answer, or nobody knows whose.
    Nothing,
}

impl Shown {
    /// What this reply has shown.
    pub fn by(whoami: Option<&WhoamiReply>) -> Self {
        match whoami.map(|reply| &reply.answer) {
            Some(Whoami::Known(_)) => Self::Identity,
            Some(Whoami::BadCredentials | Whoami::Unauthorized | Whoami::Expired | Whoami::Policy(_)) => Self::Hub,
            Some(Whoami::NoSuchRoute | Whoami::NoAnswer(_)) | None => Self::Nothing,
        }
    }
}

/// The reply that decides, and the answer that counts.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The reply.
    pub reply: &'a RepoReply,
    /// What it amounts to, which may be less than it says.
    pub answer: Answer,
}

impl<'a> Evidence<'a> {
    /// The evidence about the repo of a requirement; `None` for one that is judged from the identity.
    pub fn of(asked: &'a Asked, access: Access, shown: Shown) -> Option<Self> {
        let own = asked.by_full_name()?;
        let Self { reply, answer } = decided(own, asked.described(), access);
        Some(Self { reply, answer: trusted(answer, shown) })
    }
}

/// The reply to the question itself, or the one that describes the repo, where the first may come from a server that has no
/// `auth-check`.
fn decided<'a>(own: &'a RepoReply, described: Option<&'a RepoReply>, access: Access) -> Evidence<'a> {
    let as_it_is = Evidence { reply: own, answer: own.answer };
    let Some(described) = described else {
        // Nobody was asked about the metadata: the name alone proves nothing.
        let is_doubtful = own.answer == Answer::MaybeNotFound;
        return if is_doubtful {
            Evidence { answer: Answer::NoAnswer(NoAnswer::Unexpected), ..as_it_is }
        } else {
            as_it_is
        };
    };
    let by_metadata = Evidence { reply: described, answer: described.answer };
    match (own.answer, described.answer, access) {
        // There is such a repo, so the server does not know the question.
        (Answer::MaybeNotFound, Answer::Described(_), Access::Write | Access::Create) => {
            Evidence { answer: Answer::NoSuchRoute, ..as_it_is }
        }
        (Answer::MaybeNotFound | Answer::NoSuchRoute, Answer::Described(_) | Answer::Disabled, _) => by_metadata,
        // A short name that the metadata knows and the question does not.
        (Answer::NotFound | Answer::Unauthorized, Answer::Described(_) | Answer::Disabled, _) => by_metadata,
        // Both say it. Whether it may be created is another matter.
        (
            Answer::MaybeNotFound | Answer::NoSuchRoute,
            Answer::NotFound | Answer::MaybeNotFound,
            Access::Read | Access::Write,
        ) => Evidence { answer: Answer::NotFound, ..by_metadata },
        (Answer::MaybeNotFound, Answer::NotFound | Answer::MaybeNotFound, Access::Create) => as_it_is,
        (Answer::MaybeNotFound, ..) => Evidence { answer: Answer::NoAnswer(NoAnswer::Unexpected), ..as_it_is },
        _ => as_it_is,
    }
}

/// A bare `OK` counts only from a server that knows the token, and "not found" only from a Hub.
fn trusted(answer: Answer, shown: Shown) -> Answer {
    match (answer, shown) {
        (Answer::UnverifiedOk, Shown::Hub | Shown::Nothing) => Answer::NoAnswer(NoAnswer::Unexpected),
        (Answer::NotFound | Answer::MaybeNotFound, Shown::Nothing) => Answer::NoAnswer(NoAnswer::Unexpected),
        _ => answer,
    }
}

/// The kind of repo under which the name exists after all.
pub fn other_kind(asked: &Asked, shown: Shown) -> Option<RepoRef> {
    let asked_about = asked.requirement.repo()?.kind;
    let exists = |reply: &&RepoReply| {
        let answer = trusted(reply.answer, shown);
        reply.question.repo.kind != asked_about
            && matches!(answer, Answer::Granted | Answer::UnverifiedOk | Answer::Gated(_))
    };
    asked.follow_ups.iter().find(exists).map(|reply| reply.question.repo.clone())
}
