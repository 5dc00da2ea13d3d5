use tokio::task::JoinHandle;

use crate::hub::client::Hub;
use crate::hub::request::Request;
use crate::model::answer::{Answer, NoAnswer};
use crate::model::asked::{Asked, MOST_ROUNDS};
use crate::model::endpoint::Endpoint;
use crate::model::obstacle::{Obstacle, Restriction};
use crate::model::question::{self, JobRef, WhoAmI};
use crate::model::reply::{Exchange, JobReply, Reply, WhoamiReply};
use crate::model::requirement::Requirement;

/// The replies where nobody could tell in time what the Hub said, not even that it was silent; with a `restriction`, where
/// nothing could be sent.
pub fn unanswered(
    endpoint: &Endpoint,
    requirements: &[Requirement],
    restriction: Option<Restriction>,
) -> (WhoamiReply, Vec<Asked>) {
    fn silence<Q: Request>(question: Q, endpoint: &Endpoint, restriction: Option<Restriction>) -> Reply<Q, Q::Answer> {
        let url = endpoint.join(&question.path()).to_string();
        let detail = restriction.map(|restriction| restriction.detail().into());
        let obstacle = restriction.map(Obstacle::Restriction);
        let exchange = Exchange { url, detail, obstacle, ..Exchange::default() };
        let reason = restriction.map_or(NoAnswer::Timeout, |_| NoAnswer::Restricted);
        Reply { exchange, ..Reply::without_exchange(question, Q::no_answer(reason)) }
    }
    let asked = requirements.iter().map(|requirement| {
        Asked::new(requirement, question::first(requirement).map(|question| silence(question, endpoint, restriction)))
    });
    (silence(WhoAmI, endpoint, restriction), asked.collect())
}

/// What an identity is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityUse {
    /// To explain a refusal; where all is granted, it may be missing.
    ToExplain,
    /// For itself: that it is missing counts (`--strict`), or it is looked at (`--audit`).
    ForItself,
}

impl Hub {
    /// Everything that is to be asked: whoami beside all requirements, then whatever the answers leave open, round by round.
    /// whoami is asked again only where its answer would change the verdict.
    pub async fn examine(&self, requirements: &[Requirement], identity: IdentityUse) -> (WhoamiReply, Vec<Asked>) {
        let hub = self.clone();
        let whoami = tokio::spawn(async move { hub.whoami().await });
        let mut replies = self.access(requirements.iter().filter_map(question::first).collect()).await.into_iter();
        let mut with_its_reply =
            |requirement| Asked::new(requirement, question::first(requirement).and_then(|_| replies.next()));
        let mut asked: Vec<_> = requirements.iter().map(&mut with_its_reply).collect();
        let granted = |asked: &Asked| asked.reply.as_ref().is_some_and(|reply| reply.answer == Answer::Granted);
        let all_are_granted = asked.iter().all(granted);
        if all_are_granted {
            self.ask_revisions(&mut asked).await;
        }
        let mut whoami = self.join(whoami).await;
        if identity == IdentityUse::ForItself || asked.is_empty() || !all_are_granted {
            let hub = self.clone();
            let patient = tokio::spawn(async move { hub.whoami_again(whoami).await });
            for _ in 1..MOST_ROUNDS {
                self.follow_up(&mut asked).await;
            }
            self.ask_revisions(&mut asked).await;
            whoami = self.join(patient).await;
        }
        (whoami, asked)
    }

    /// Looks for the record of the job that this process runs in, under every owner it may have.
    pub async fn find_job(&self, id: &str, owners: &[String]) -> Vec<JobReply> {
        let jobs = owners.iter().filter_map(|owner| JobRef::new(owner, id));
        self.jobs(jobs.collect()).await
    }

    /// One further round. It costs nothing where every answer is clear.
    async fn follow_up(&self, asked: &mut [Asked]) {
        let questions: Vec<_> = asked.iter().map(Asked::further).collect();
        let counts: Vec<_> = questions.iter().map(Vec::len).collect();
        let mut replies = self.access(questions.into_iter().flatten().collect()).await.into_iter();
        for (asked, count) in asked.iter_mut().zip(counts) {
            asked.follow_ups.extend(replies.by_ref().take(count));
        }
    }

    /// One more round, for the revisions of repos to which access is granted. It costs nothing where none is named.
    async fn ask_revisions(&self, asked: &mut [Asked]) {
        let open: Vec<_> = asked.iter_mut().filter_map(|asked| Some((asked.about_the_revision()?, asked))).collect();
        let (questions, open): (Vec<_>, Vec<_>) = open.into_iter().unzip();
        for (asked, reply) in open.into_iter().zip(self.revisions(questions).await) {
            asked.revision = Some(reply);
        }
    }

    async fn join(&self, task: JoinHandle<WhoamiReply>) -> WhoamiReply {
        match task.await {
            Ok(reply) => reply,
            // A task ends early only by a panic, which ends the process.
            Err(_) => self.whoami().await,
        }
    }
}
