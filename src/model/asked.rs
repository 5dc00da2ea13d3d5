//! A requirement and what the Hub said about it so far.

use crate::model::answer::{Answer, NoAnswer};
use crate::model::question::{self, Ask, RepoQuestion, RevisionQuestion};
use crate::model::reply::{Reply, RepoReply, RevisionReply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};

/// How often there is something to ask: the question itself, what its answer leaves open, and again by a full name.
pub const MOST_ROUNDS: usize = 3;

/// One requirement and the replies about it; there is none for a requirement that is judged from the identity.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The requirement.
    pub requirement: Requirement,
    /// The reply to its question.
    pub reply: Option<RepoReply>,
    /// The replies of the further rounds.
    pub follow_ups: Vec<RepoReply>,
    /// The reply about the revision, where there was something to ask.
    pub revision: Option<RevisionReply>,
}

impl Asked {
    /// A requirement with the reply to its question, where it has one.
    pub fn new(requirement: &Requirement, reply: Option<RepoReply>) -> Self {
        Self { requirement: requirement.clone(), reply, follow_ups: Vec::new(), revision: None }
    }

    /// A requirement that is not asked about, because the Hub must not be.
    pub fn offline(requirement: &Requirement) -> Self {
        let offline = |question| Reply::without_exchange(question, Answer::NoAnswer(NoAnswer::Offline));
        Self::new(requirement, question::first(requirement).map(offline))
    }

    /// The reply that describes the repo.
    pub fn described(&self) -> Option<&RepoReply> {
        self.follow_ups.iter().find(|reply| reply.question.ask == Ask::Describe)
    }

    /// The reply to the question itself, by the repo's full name where the Hub told one.
    pub fn by_full_name(&self) -> Option<&RepoReply> {
        let first = self.reply.as_ref()?;
        let full = self.full_name().map(|repo| first.question.ask.about(repo.clone()));
        self.follow_ups.iter().find(|reply| Some(&reply.question) == full.as_ref()).or(Some(first))
    }

    /// What to ask next, after the replies so far.
    pub fn further(&self) -> Vec<RepoQuestion> {
        let (Requirement::Repo { access, repo, .. }, Some(first)) = (&self.requirement, &self.reply) else {
            return Vec::new();
        };
        if self.follow_ups.is_empty() {
            return second_round(*access, repo, first.answer);
        }
        let full = self.full_name().map(|repo| first.question.ask.about(repo.clone()));
        full.into_iter().filter(|question| self.replies().all(|reply| reply.question != *question)).collect()
    }

    /// What to ask about the revision, once access is granted and as long as nobody has asked.
    pub fn about_the_revision(&self) -> Option<RevisionQuestion> {
        let Requirement::Repo { access, revision: Some(revision), .. } = &self.requirement else { return None };
        let grants = |reply: &&RepoReply| {
            let is_described = matches!(reply.answer, Answer::Described(_)) && *access == Access::Read;
            is_described || matches!(reply.answer, Answer::Granted | Answer::UnverifiedOk)
        };
        let granted = self.by_full_name().filter(grants).or_else(|| self.described().filter(grants))?;
        let question = RevisionQuestion { repo: granted.question.repo.clone(), revision: revision.clone() };
        Some(question).filter(|_| self.revision.is_none())
    }

    /// Every reply, in the order of the rounds.
    pub fn replies(&self) -> impl Iterator<Item = &RepoReply> {
        self.reply.iter().chain(&self.follow_ups)
    }

    /// The name with an owner that the metadata of a repo without one leads to.
    fn full_name(&self) -> Option<&RepoRef> {
        let has_none = self.requirement.repo().is_some_and(|repo| repo.owner.is_none());
        let described = self.described().filter(|_| has_none)?;
        Some(&described.question.repo).filter(|repo| repo.owner.is_some())
    }
}

/// What an answer may hide: another kind of repo where there is none of this kind, a mirror without `auth-check`, a name without
/// an owner that only the metadata knows.
fn second_round(access: Access, repo: &RepoRef, answer: Answer) -> Vec<RepoQuestion> {
    let is_missing = matches!(answer, Answer::NotFound | Answer::MaybeNotFound | Answer::Unauthorized);
    let is_short = repo.owner.is_none() && (is_missing || answer == Answer::NoSuchRoute);
    let is_undescribed = match access {
        Access::Read => answer == Answer::NoSuchRoute,
        Access::Write | Access::Create => false,
    };
    let metadata =
        (is_short || is_undescribed || answer == Answer::MaybeNotFound).then(|| Ask::Describe.about(repo.clone()));
    let kinds = [RepoKind::Model, RepoKind::Dataset, RepoKind::Space];
    let others = kinds.into_iter().filter(|kind| is_missing && access != Access::Create && *kind != repo.kind);
    metadata.into_iter().chain(others.map(|kind| Ask::Read.about(repo.as_kind(kind)))).collect()
}
