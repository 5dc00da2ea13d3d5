//! From bytes to a verdict: a made-up Hub answers made-up needs, and the report is held against the printed table, the
//! raw answers and what was promised about every output.

mod grants;
mod outputs;

use crate::generate::{Source, Subject};
use hf_token_check::internals::cli::options::{Audit, IfUnavailable, Options, Ranks, Reach};
use hf_token_check::internals::diagnosis::catalog::Diagnosis;
use hf_token_check::internals::env::Variable;
use hf_token_check::internals::hub::{self, Failure, Target, interpret::page::RawResponse, request::Request};
use hf_token_check::internals::model::answer::NoAnswer;
use hf_token_check::internals::model::asked::{Asked, MOST_ROUNDS};
use hf_token_check::internals::model::author::{HubKind, Site};
use hf_token_check::internals::model::endpoint::{Endpoint, PlainHttp};
use hf_token_check::internals::model::entitlement::{Doubt, Entitlement};
use hf_token_check::internals::model::identity::Identity;
use hf_token_check::internals::model::printable::is_invisible;
use hf_token_check::internals::model::question::{self, RepoQuestion, RevisionQuestion, WhoAmI};
use hf_token_check::internals::model::reply::{Reply, Revised, Whoami};
use hf_token_check::internals::model::requirement::Requirement;
use hf_token_check::internals::model::timestamp::Timestamp;
use hf_token_check::internals::platform::Platform;
use hf_token_check::internals::policy::assess::Replies;
use hf_token_check::internals::policy::entitlement::{self, Right};
use hf_token_check::internals::policy::evidence::{Evidence, Shown};
use hf_token_check::internals::policy::table::{Elsewhere, judge_revision};
use hf_token_check::internals::report::build;
use hf_token_check::internals::report::options::{Color, Destination, Format, OutputOptions, Verbosity};
use hf_token_check::internals::report::{Decision, Outcome, Report, Strictness, Verdict};
use hf_token_check::internals::token::redact::Redactor;
use hf_token_check::internals::token::secret::Token;
use hf_token_check::internals::token::source;

/// The table under review, as text: what it says does not depend on the code that it describes.
const TABLE: &str = include_str!("../../../../src/policy/verdicts.table");

/// When every made-up run happens.
const NOW: &str = "2026-10-07T00:00:00Z";

/// A run that never happened. The answers are kept beside the replies that were made of them.
pub struct Run {
    pub options: Options,
    pub token: Token,
    source: source::Source,
    pub whoami: Option<Heard<WhoAmI>>,
    pub requirements: Vec<(Requirement, About)>,
    pub now: Timestamp,
}

/// What came back for a question.
pub struct Heard<Q: Request> {
    pub raw: Result<RawResponse, Failure>,
    pub reply: Reply<Q, Q::Answer>,
}

/// What was heard about a requirement.
#[derive(Default)]
pub struct About {
    pub access: Vec<Heard<RepoQuestion>>,
    pub revision: Option<Heard<RevisionQuestion>>,
}

/// A whole run against a generated Hub, from whoami to the outputs, and the word for its verdict. None where the bytes make
/// no run.
pub fn check(data: &[u8]) -> Option<&'static str> {
    let run = Run::new(data).ok().flatten()?;
    let report = run.report(|_| false, |requirements| requirements);
    let decision = report.decision();
    run.is_complete(&report);
    run.is_in_the_table(&report);
    run.is_earned(&report, decision);
    run.stands_whatever_the_order(decision);
    run.hangs_on_every_answer(decision);
    run.is_told_safely(&report);
    Some(decision.verdict.word())
}

impl Run {
    fn new(data: &[u8]) -> arbitrary::Result<Option<Self>> {
        let mut source = Source::new(data)?;
        let Ok(parsed) = Token::parse(source.secret.as_bytes(), Site::HuggingFace) else { return Ok(None) };
        let token = parsed.token;
        let address = source.pick(&["https://huggingface.co", "https://proxy.example/api/hub"])?;
        let endpoint = Endpoint::parse(address, PlainHttp::LoopbackOnly).unwrap_or_default();
        let strict = if source.one_in(4)? { Strictness::Strict } else { Strictness::Lenient };
        let offline = source.one_in(16)?;
        let requirements = source.requirements()?;
        let redactor = Redactor::default().and(token.secret());
        let whoami = if offline { None } else { Some(Heard::to(&WhoAmI, &mut source, &endpoint, &redactor)?) };
        let mut asked = Vec::new();
        for requirement in requirements.iter().cloned() {
            let mut heard = About::default();
            if let (Some(question), false) = (question::first(&requirement), offline) {
                heard.access.push(Heard::to(&question, &mut source, &endpoint, &redactor)?);
                for _ in 1..MOST_ROUNDS {
                    for question in asked_so_far(&requirement, &heard).further() {
                        heard.access.push(Heard::to(&question, &mut source, &endpoint, &redactor)?);
                    }
                }
                if let Some(question) = asked_so_far(&requirement, &heard).about_the_revision() {
                    heard.revision = Some(Heard::to(&question, &mut source, &endpoint, &redactor)?);
                }
            }
            asked.push((requirement, heard));
        }
        let path = if source.one_in(8)? { Some(source.text()?) } else { None };
        let place = path.map_or(source::Source::Variable(Variable::Token), |path| source::Source::File(path.into()));
        let options = options(requirements, endpoint, strict);
        let now = Timestamp::parse(NOW).unwrap_or(Timestamp::START);
        Ok(Some(Self { options, token, source: place, whoami, requirements: asked, now }))
    }

    /// The report, where some questions got no answer after all, and the needs came in some order.
    fn report(&self, is_lost: impl Fn(usize) -> bool, order: impl Fn(Vec<Asked>) -> Vec<Asked>) -> Report {
        let asked = self.requirements.iter().enumerate().map(|(at, (requirement, heard))| {
            if self.whoami.is_none() {
                return Asked::offline(requirement);
            }
            let mut asked = asked_so_far(requirement, heard);
            if let Some(reply) = asked.reply.as_mut().filter(|_| is_lost(at)) {
                let target = Target::first(reply.question.clone(), &self.options.endpoint);
                let late = Failure::new(NoAnswer::Timeout, "");
                (*reply, _) = hub::replied(&target, Err(&late), &self.options.endpoint, &Redactor::default());
                asked.follow_ups.clear();
                asked.revision = None;
            }
            asked
        });
        let replies = Replies {
            whoami: self.whoami.as_ref().map(|heard| heard.reply.clone()),
            asked: order(asked.collect()),
            ..Replies::default()
        };
        build::judged(&self.options, &self.token.info, &self.source, replies, self.now)
    }

    pub fn identity(&self) -> Option<&Identity> {
        self.whoami.as_ref().and_then(|heard| heard.reply.identity())
    }

    /// The token, the identity and every need have exactly one finding, in that order, and each speaks for itself.
    fn is_complete(&self, report: &Report) {
        let checks: Vec<_> = report.checks().map(|finding| finding.check).collect();
        let requirements = self.requirements.iter().map(|(requirement, _)| requirement.name());
        assert_eq!(checks, ["token", "identity"].into_iter().chain(requirements).collect::<Vec<_>>());
        for (finding, (requirement, _)) in report.requirements.iter().zip(&self.requirements) {
            assert_eq!(finding.subject, requirement.subject());
        }
        for finding in report.checks() {
            let words = &finding.message;
            match (finding.outcome, finding.diagnosis) {
                (Outcome::Fail | Outcome::Unknown, Some(diagnosis)) => {
                    assert!(!words.summary.is_empty() && !words.summary.contains(is_invisible), "{words:?}");
                    assert!(!words.fix.is_empty(), "{diagnosis:?} leaves one alone");
                }
                (Outcome::Fail | Outcome::Unknown, None) => panic!("a refusal without a name: {finding:?}"),
                (Outcome::Skipped, _) => assert!(!words.summary.is_empty(), "skipped without a reason: {finding:?}"),
                (Outcome::Pass, diagnosis) => {
                    assert!(diagnosis.is_none_or(|diagnosis| diagnosis.exit().is_none()), "{finding:?}");
                }
            }
        }
    }

    /// Every finding about a repo, a permission or the identity is a cell of the printed table, or one of the few
    /// narrower causes that are named here.
    fn is_in_the_table(&self, report: &Report) {
        let identity = self.identity();
        let whoami = self.whoami.as_ref().map(|heard| &heard.reply);
        let shown = Shown::by(whoami);
        let is_foreign =
            whoami.is_some_and(|reply| HubKind::of(self.options.endpoint.site(), reply.author) == HubKind::Other);
        for (finding, (requirement, heard)) in report.requirements.iter().zip(&self.requirements) {
            let found = finding.diagnosis.map_or("pass", Diagnosis::code);
            if finding.outcome == Outcome::Skipped || found == "repo-wrong-kind" {
                continue;
            }
            if let Requirement::Permission(permission) = requirement {
                let entitlement = entitlement::of_permission(identity, &self.token.info, permission);
                let entitlement = if is_foreign { Entitlement::Unknown(Doubt::OtherHub) } else { entitlement };
                assert_eq!(found, row("Permission", &entitlement.column()), "{finding:?}");
            }
            let Requirement::Repo { access, .. } = requirement else { continue };
            let asked = asked_so_far(requirement, heard);
            let offline = self.whoami.is_none() && found == "hub-offline";
            let Some(evidence) = Evidence::of(&asked, *access, shown) else {
                assert!(offline, "{found} without evidence: {finding:?}");
                continue;
            };
            let right = Right::in_question(requirement, evidence.answer);
            let named = requirement.repo().filter(|_| right == Right::Create);
            let repo = named.unwrap_or(&evidence.reply.question.repo);
            let entitlement = entitlement::of(identity, &self.token.info, right, repo);
            let cell = row(&format!("{access:?} {}", name(&evidence.answer)), &entitlement.column());
            let revised =
                requirement.revision().filter(|_| asked.about_the_revision().is_some() || asked.revision.is_some());
            let answer = asked.revision.as_ref().map_or(Revised::NoAnswer(NoAnswer::Unexpected), |reply| reply.answer);
            let passes = cell == "pass" || cell == "read-gates-unchecked";
            let cell =
                revised.filter(|_| passes).and_then(|_| judge_revision(*access, answer)).map_or(cell, Diagnosis::code);
            assert!(found == cell || offline, "{found} is not {cell}: {finding:?}");
        }
        let found = report.identity.diagnosis.map_or("pass", Diagnosis::code);
        if let Some(heard) = &self.whoami {
            let columns = Elsewhere::ALL.map(|requirements| format!("{:?}/{requirements:?}", self.token.info.kind));
            let answer = &heard.reply.answer;
            let answer = if matches!(answer, Whoami::Known(_)) { "Known".into() } else { name(answer) };
            let head = format!("WhoAmI {answer}");
            let is_row = columns.iter().any(|column| row(&head, column) == found);
            assert!(is_row || found == "token-expired", "{head} is {found}");
        }
    }

    /// Which need was named first decides which failure is named first, and nothing else.
    fn stands_whatever_the_order(&self, decision: Decision) {
        let turned = self.report(|_| false, |requirements| requirements.into_iter().rev().collect()).decision();
        assert_eq!(turned.verdict, decision.verdict, "{turned:?} {decision:?}");
    }

    /// A pass hangs on the answer to every question: without one, it is none; and silence alone is never a "no".
    fn hangs_on_every_answer(&self, decision: Decision) {
        let asked = |at: usize| question::first(&self.requirements[at].0).is_some();
        if decision.verdict == Verdict::Pass {
            for lost in (0..self.requirements.len()).filter(|at| asked(*at)) {
                let without = self.report(|at| at == lost, |requirements| requirements).decision();
                assert!(without.verdict != Verdict::Pass, "nobody answered for {:?}", self.requirements[lost].0);
                assert!(self.identity().is_none() || without.verdict == Verdict::Unknown, "{without:?}");
            }
        }
        let only_repos = self.requirements.iter().all(|(requirement, _)| question::first(requirement).is_some());
        let whoami_silent = self.whoami.as_ref().is_some_and(|heard| heard.raw.is_err());
        if whoami_silent && only_repos {
            let silence = self.report(|_| true, |requirements| requirements).decision();
            assert_eq!(silence.verdict, Verdict::Unknown, "{silence:?}");
        }
    }
}

impl<Q: Request> Heard<Q> {
    /// Asks, and follows one renaming.
    fn to(question: &Q, source: &mut Source<'_>, endpoint: &Endpoint, redactor: &Redactor) -> arbitrary::Result<Self> {
        let (heard, redirect) = Self::once(&Target::first(question.clone(), endpoint), source, endpoint, redactor)?;
        let Some(target) = redirect else { return Ok(heard) };
        Ok(Self::once(&target, source, endpoint, redactor)?.0)
    }

    fn once(
        target: &Target<Q>,
        source: &mut Source<'_>,
        endpoint: &Endpoint,
        redactor: &Redactor,
    ) -> arbitrary::Result<(Self, Option<Target<Q>>)> {
        let subject = if target.question.repo().is_some() { Subject::Repo } else { Subject::Token };
        let raw = source.raw(subject)?;
        let (reply, redirect) = hub::replied(target, raw.as_ref(), endpoint, redactor);
        Ok((Self { raw, reply }, redirect))
    }
}

/// The requirement with everything that was heard about it.
fn asked_so_far(requirement: &Requirement, heard: &About) -> Asked {
    let mut replies = heard.access.iter().map(|heard| heard.reply.clone());
    let mut asked = Asked::new(requirement, replies.next());
    asked.follow_ups.extend(replies);
    asked.revision = heard.revision.as_ref().map(|heard| heard.reply.clone());
    asked
}

/// As the table calls an answer.
fn name(answer: &impl std::fmt::Debug) -> String {
    let name = format!("{answer:?}");
    name.strip_prefix("NoAnswer(").and_then(|rest| rest.strip_suffix(')')).map_or(name.clone(), Into::into)
}

fn options(requirements: Vec<Requirement>, endpoint: Endpoint, strictness: Strictness) -> Options {
    Options {
        requirements,
        endpoint,
        timeout: std::time::Duration::from_secs(30),
        token_file: None,
        strictness,
        output: OutputOptions {
            step_summary: None,
            step_output: None,
            format: Format::Text,
            file: None,
            color: Color::Never,
            verbosity: Verbosity::Normal,
            destination: Destination::Caller,
        },
        ranks: Ranks::All,
        if_unavailable: IfUnavailable::Fail,
        reach: Reach::Online,
        bundles: Vec::new(),
        audit: Audit::Practices,
        job_id: None,
        rehearse: None,
        skip: None,
        platform: Platform::Unknown,
        path: None,
        command: Vec::new(),
    }
}

/// The cell of the printed table.
fn row(head: &str, column: &str) -> &'static str {
    let is_cell = |line: &&str| {
        let names = line.get(66..).unwrap_or_default();
        line.strip_prefix(head).is_some_and(|rest| rest.starts_with("  "))
            && (names == "*" || names.split(' ').any(|name| column == name || column.ends_with(&format!("/{name}"))))
    };
    let line = TABLE.lines().find(is_cell).unwrap_or_else(|| panic!("the table has no {head} for {column}"));
    line[35..66].trim()
}
