//! From replies to findings: every need gets exactly one, whatever became of its question.

use super::answer::{Answer, Evidence, Reply};
use super::diagnosis::Diagnosis;
use super::expiry::Moment;
use super::facts::Facts;
use super::identity::Identity;
use super::judge::{self, Aim, Elsewhere};
use super::need::{Need, Question};
use super::reasons::{self, Scene};
use super::repo::RepoRef;
use super::report::{Basis, Finding, Outcome, Warning, Words};
use super::span;
use super::standing::{self, Right};
use super::token::Nature;

/// One need and what the Hub said about it; both lists are empty for a need that is judged from the identity.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The need.
    pub(crate) need: Need,
    /// The reply to its question.
    pub(crate) reply: Option<Reply>,
    /// The replies of the further round.
    pub(crate) follow_ups: Vec<Reply>,
}

impl Asked {
    /// A need that is not asked about, because the Hub must not be.
    pub(crate) fn offline(need: &Need) -> Self {
        let reply = need.question().map(|question| Reply::without_evidence(question, Answer::Offline));
        Self { need: need.clone(), reply, follow_ups: Vec::new() }
    }
}

/// What came back, before it is judged, and what was found without the Hub.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    /// Absent where the Hub was not asked.
    pub(crate) whoami: Option<Reply>,
    /// The needs, in the order given.
    pub(crate) asked: Vec<Asked>,
    /// The record of the job that this process runs in, under every owner it may have.
    pub(crate) job: Vec<Reply>,
    /// What is odd about the value that the token came in, or about this process.
    pub(crate) oddities: Vec<(Diagnosis, Facts)>,
    /// What `--audit` found around here.
    pub(crate) habits: Vec<(Diagnosis, Facts)>,
}

/// The findings and warnings that replies come to.
#[derive(Debug, Default)]
pub(crate) struct Assessment {
    /// The identity first, then the needs in the order given.
    pub(crate) findings: Vec<Finding>,
    /// In the order of the findings.
    pub(crate) warnings: Vec<Warning>,
}

/// Judges everything that the Hub said. `scene.identity` is ignored: it is what whoami gave.
pub(crate) fn assess(
    scene: Scene<'_>,
    nature: &Nature,
    now: Moment,
    whoami: Option<&Reply>,
    asked: &[Asked],
) -> Assessment {
    let identity = whoami.and_then(|reply| reply.identity.as_deref());
    let mut bench = Bench { scene: Scene { identity, ..scene }, nature, now, done: Assessment::default() };
    let elsewhere = elsewhere(identity, asked);
    let rejected = bench.identity(whoami, elsewhere);
    for asked in asked {
        bench.need(asked, rejected);
    }
    bench.done
}

/// Whether the identity already settled the matter.
#[derive(Clone, Copy, PartialEq)]
enum Settled {
    /// The token is rejected: what a 401 says about a need is nothing new.
    Rejected,
    /// The needs are judged on their own.
    Open,
}

struct Bench<'a> {
    scene: Scene<'a>,
    nature: &'a Nature,
    now: Moment,
    done: Assessment,
}

impl Bench<'_> {
    fn identity(&mut self, whoami: Option<&Reply>, elsewhere: Elsewhere) -> Settled {
        let Some(reply) = whoami else {
            self.done.findings.push(Finding::skipped("identity", String::new(), "not asked: HF_HUB_OFFLINE is set"));
            return Settled::Open;
        };
        let evidence = &reply.evidence;
        let mut diagnosis = judge::judge_whoami(reply.answer, self.nature.kind, elsewhere);
        let mut facts = Facts::default();
        let stated = self.scene.identity.and_then(Identity::token_expires_at);
        let claimed = self.nature.claims.expires_at.and_then(Moment::from_unix);
        let past = |moment: Option<Moment>| moment.filter(|moment| moment.after(self.now).is_none());
        if let (None, Some(moment)) = (diagnosis, past(stated)) {
            diagnosis = Some(Diagnosis::TokenExpired);
            facts = facts.with("detail", format!("whoami says that it expired at {moment}"));
        } else if let (Some(Diagnosis::TokenRejected | Diagnosis::TokenUnconfirmed), Some(moment)) =
            (diagnosis, past(claimed))
        {
            // The Hub refuses it and the token itself says why: two witnesses.
            diagnosis = Some(Diagnosis::TokenExpired);
            facts = facts.with("detail", format!("the token itself says that it expired at {moment}"));
        }
        let name = self.scene.identity.map(|identity| identity.name.clone()).unwrap_or_default();
        let mut words = match diagnosis {
            None => Words { summary: reasons::describe(self.scene.identity, self.nature.kind), ..Words::default() },
            Some(diagnosis) => self.scene.words(diagnosis, None, Some(evidence), facts.clone()),
        };
        if diagnosis == Some(Diagnosis::TokenExpired) {
            words.why.insert(0, facts.fill("{detail}"));
            words.why.retain(|line| line != "{detail}");
        }
        let outcome = match diagnosis {
            Some(Diagnosis::IdentityUnknown) => Outcome::Unknown,
            other => Outcome::of(other),
        };
        if let Some(warning @ Diagnosis::IdentityUnknown) = diagnosis {
            self.done.warnings.push(Warning { diagnosis: warning, words: words.clone() });
        }
        self.notice(evidence);
        let evidence = Some(evidence.clone());
        self.done.findings.push(Finding {
            check: "identity",
            subject: name,
            outcome,
            diagnosis,
            basis: Basis::Asked,
            words,
            evidence,
        });
        match diagnosis {
            Some(Diagnosis::TokenRejected | Diagnosis::TokenExpired) => Settled::Rejected,
            _ => Settled::Open,
        }
    }

    fn need(&mut self, asked: &Asked, settled: Settled) {
        let finding = match (&asked.need, &asked.reply) {
            (need, Some(reply)) if settled == Settled::Rejected && is_unauthorized(reply) => {
                Finding::skipped(need.word(), need.subject(), "not judged: the token is rejected")
            }
            (Need::ValidFor(duration), _) => self.valid_for(&asked.need, *duration),
            (Need::Permission(permission), _) if settled == Settled::Open => {
                let standing = standing::of_permission(self.scene.identity, self.nature, permission);
                let diagnosis = judge::judge_permission(standing);
                self.finding(&asked.need, diagnosis, Basis::Inferred, None, Facts::default())
            }
            (need, None) => Finding::skipped(need.word(), need.subject(), "not judged: the token is rejected"),
            (_, Some(reply)) => self.repo(asked, reply),
        };
        self.done.findings.push(finding);
    }

    fn repo(&mut self, asked: &Asked, first: &Reply) -> Finding {
        let described = asked.follow_ups.iter().find(|reply| matches!(reply.question, Question::Exists(_)));
        // A 404 by the metadata is a real "not found"; any other answer leaves the missing route as it was.
        let reply =
            described.filter(|reply| matches!(reply.answer, Answer::Described | Answer::NotFound)).unwrap_or(first);
        let answer = trusted(reply.answer, self.scene.identity);
        let Some((aim, repo)) = Aim::of(&asked.need).zip(reply.landed.as_ref().or(first.question.repo())) else {
            return Finding::skipped(asked.need.word(), asked.need.subject(), "");
        };
        let right = Right::in_question(&asked.need, answer);
        let standing = standing::of(self.scene.identity, self.nature, right, repo);
        let mut diagnosis = judge::judge(aim, answer, standing);
        let mut facts = Facts::default();
        if let (Some(Diagnosis::RepoNotFound | Diagnosis::RepoNotVisible | Diagnosis::RepoOwnerMistyped), Some(found)) =
            (diagnosis, self.other_kind(&asked.follow_ups))
        {
            diagnosis = Some(Diagnosis::RepoWrongKind);
            facts = facts.with("found", found.to_string());
        }
        if let Some(landed) = &first.landed {
            self.renamed(&asked.need, landed);
        }
        self.notice(&reply.evidence);
        let inferred = aim == Aim::Create && answer == Answer::NotFound;
        let basis = if inferred { Basis::Inferred } else { Basis::Asked };
        let mut finding = self.finding(&asked.need, diagnosis, basis, Some(&reply.evidence), facts);
        if inferred && diagnosis.is_none() {
            finding.words.summary = format!("{} does not exist yet; the identity may create it", asked.need.subject());
        }
        finding
    }

    fn valid_for(&mut self, need: &Need, duration: std::time::Duration) -> Finding {
        let stated = self.scene.identity.and_then(Identity::token_expires_at);
        let claimed = self.nature.claims.expires_at.and_then(Moment::from_unix);
        let Some(expires_at) = stated.or(claimed) else {
            let mut finding =
                self.finding(need, Some(Diagnosis::ExpiryUnknown), Basis::Inferred, None, Facts::default());
            finding.outcome = Outcome::Unknown;
            return finding;
        };
        let left = expires_at.after(self.now);
        let diagnosis = match left {
            None => Some(Diagnosis::TokenExpired),
            Some(left) => (left < duration).then_some(Diagnosis::TokenExpiresEarly),
        };
        let witness = if stated.is_some() { "whoami" } else { "the token itself" };
        let basis = if stated.is_some() { Basis::Asked } else { Basis::Local };
        let facts = Facts::default().with("when", left.map(span::say).unwrap_or_default());
        let mut finding = self.finding(need, diagnosis, basis, None, facts);
        finding.words.why.push(format!("{witness} says that it expires at {expires_at}"));
        finding
    }

    /// A finding and, where its diagnosis is a warning, the warning.
    fn finding(
        &mut self,
        need: &Need,
        diagnosis: Option<Diagnosis>,
        basis: Basis,
        evidence: Option<&Evidence>,
        facts: Facts,
    ) -> Finding {
        let words =
            diagnosis.map(|diagnosis| self.scene.words(diagnosis, Some(need), evidence, facts)).unwrap_or_default();
        if let Some(diagnosis) = diagnosis.filter(|d| d.exit() == super::exit_code::ExitCode::Pass) {
            self.done.warnings.push(Warning { diagnosis, words: words.clone() });
        }
        let outcome = Outcome::of(diagnosis);
        let (check, subject, evidence) = (need.word(), need.subject(), evidence.cloned());
        Finding { check, subject, outcome, diagnosis, basis, words, evidence }
    }

    fn renamed(&mut self, need: &Need, landed: &RepoRef) {
        let asked = need.question();
        let same_kind = asked.as_ref().and_then(Question::repo).is_some_and(|repo| repo.kind == landed.kind);
        let diagnosis = if same_kind { Diagnosis::RepoRenamed } else { Diagnosis::RepoRedirectedKind };
        let facts = Facts::default().with("found", landed.to_string());
        let words = self.scene.words(diagnosis, Some(need), None, facts);
        self.done.warnings.push(Warning { diagnosis, words });
    }

    fn notice(&mut self, evidence: &Evidence) {
        if let Some(notice) = &evidence.notice {
            let facts = Facts::default().with("detail", notice.clone());
            let words = self.scene.words(Diagnosis::HubDeprecation, None, None, facts);
            let told = self.done.warnings.iter().any(|warning| warning.words == words);
            if !told {
                self.done.warnings.push(Warning { diagnosis: Diagnosis::HubDeprecation, words });
            }
        }
    }

    fn other_kind(&self, follow_ups: &[Reply]) -> Option<RepoRef> {
        let exists = |reply: &&Reply| {
            matches!(trusted(reply.answer, self.scene.identity), Answer::Granted | Answer::BareOk | Answer::Gated(_))
        };
        follow_ups.iter().find(exists).and_then(|reply| reply.landed.as_ref().or(reply.question.repo())).cloned()
    }
}

/// A bare `OK` counts only from a server that has shown itself to be a Hub.
fn trusted(answer: Answer, identity: Option<&Identity>) -> Answer {
    if answer == Answer::BareOk && identity.is_none() { Answer::Unexpected } else { answer }
}

fn is_unauthorized(reply: &Reply) -> bool {
    reply.evidence.status == Some(401)
}

fn elsewhere(identity: Option<&Identity>, asked: &[Asked]) -> Elsewhere {
    let replies: Vec<_> = asked.iter().filter_map(|asked| asked.reply.as_ref()).collect();
    let granted = |reply: &&Reply| trusted(reply.answer, identity) == Answer::Granted;
    let accepted = |reply: &&Reply| {
        granted(reply)
            || (!is_unauthorized(reply)
                && matches!(reply.answer, Answer::Forbidden | Answer::Gated(_) | Answer::Policy(_) | Answer::NotFound))
    };
    // Needs that are judged from the identity cannot be granted without one.
    let all_asked = asked.iter().all(|asked| asked.reply.is_some() || matches!(asked.need, Need::ValidFor(_)));
    if !replies.is_empty() && all_asked && replies.iter().all(granted) {
        Elsewhere::Granted
    } else if replies.iter().any(accepted) {
        Elsewhere::Accepted
    } else if replies.iter().any(|reply| is_unauthorized(reply)) {
        Elsewhere::Refused
    } else {
        Elsewhere::Silent
    }
}
