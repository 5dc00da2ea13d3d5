use tokio::task::JoinHandle;

use crate::hub::client::Hub;
use crate::hub::request::Request;
use crate::model::answer::{Answer, NoAnswer, Restriction};
use crate::model::endpoint::Endpoint;
use crate::model::question::{self, JobRef, WhoAmI};
use crate::model::reply::{Exchange, JobReply, Reply, WhoamiReply};
use crate::model::requirement::Requirement;
use crate::policy::assess::Asked;

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
        let exchange = Exchange { url, detail, restriction, ..Exchange::default() };
        let reason = restriction.map_or(NoAnswer::Timeout, |_| NoAnswer::Restricted);
        Reply { question, answer: Q::no_answer(reason), exchange }
    }
    let asked = requirements.iter().map(|requirement| Asked {
        requirement: requirement.clone(),
        reply: question::first(requirement).map(|question| silence(question, endpoint, restriction)),
        follow_ups: Vec::new(),
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
    /// Everything that is to be asked, in two rounds at the most: whoami beside all needs, then whatever a first answer
    /// left open. whoami is asked again only where its answer would change the verdict.
    pub async fn examine(&self, requirements: &[Requirement], identity: IdentityUse) -> (WhoamiReply, Vec<Asked>) {
        let hub = self.clone();
        let whoami = tokio::spawn(async move { hub.whoami().await });
        let mut replies = self.access(requirements.iter().filter_map(question::first).collect()).await.into_iter();
        let mut asked: Vec<_> = requirements
            .iter()
            .map(|requirement| Asked {
                requirement: requirement.clone(),
                reply: question::first(requirement).and_then(|_| replies.next()),
                follow_ups: Vec::new(),
            })
            .collect();
        let granted = |asked: &Asked| asked.reply.as_ref().is_some_and(|reply| reply.answer == Answer::Granted);
        let mut whoami = self.join(whoami).await;
        if identity == IdentityUse::ForItself || asked.is_empty() || !asked.iter().all(granted) {
            let hub = self.clone();
            let patient = tokio::spawn(async move { hub.whoami_again(whoami).await });
            self.follow_up(&mut asked).await;
            whoami = self.join(patient).await;
        }
        (whoami, asked)
    }

    /// Looks for the record of the job that this process runs in, under every owner it may have.
    pub async fn find_job(&self, id: &str, owners: &[String]) -> Vec<JobReply> {
        let jobs = owners.iter().filter_map(|owner| JobRef::new(owner, id));
        self.jobs(jobs.collect()).await
    }

    async fn follow_up(&self, asked: &mut [Asked]) {
        let open = |asked: &Asked| {
            asked.reply.as_ref().map(|reply| question::further(&asked.requirement, reply.answer)).unwrap_or_default()
        };
        let questions: Vec<_> = asked.iter().map(open).collect();
        let counts: Vec<_> = questions.iter().map(Vec::len).collect();
        let mut replies = self.access(questions.into_iter().flatten().collect()).await.into_iter();
        for (asked, count) in asked.iter_mut().zip(counts) {
            asked.follow_ups = replies.by_ref().take(count).collect();
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
