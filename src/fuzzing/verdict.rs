//! From bytes to a verdict: a made-up Hub answers made-up needs, and the report is held against the printed table, the
//! raw answers and what was promised about every output.

use super::made::Source;
use crate::credential;
use crate::domain::answer::{Answer, Reply};
use crate::domain::assess::{Asked, Replies};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::endpoint::{Endpoint, PlainHttp};
use crate::domain::expiry::Moment;
use crate::domain::identity::Identity;
use crate::domain::judge::Aim;
use crate::domain::manner::{Audience, Color, Format, Manner, Volume};
use crate::domain::need::{Need, Question};
use crate::domain::prose::is_invisible;
use crate::domain::report::{Decision, Outcome, Report, Strictness, Verdict};
use crate::domain::standing::{self, Right};
use crate::domain::token::Token;
use crate::hub::{self, reading::Raw};
use crate::options::{Audit, IfUnavailable, Options, Ranks, Reach};
use crate::reports;

/// The table under review, as text: what it says does not depend on the code that it describes.
const TABLE: &str = include_str!("../domain/judge.table");

/// When every made-up run happens.
const NOW: &str = "2026-10-07T00:00:00Z";

/// A run that never happened. The answers are kept beside the replies that were made of them.
pub(super) struct Run {
    pub(super) options: Options,
    pub(super) token: Token,
    source: credential::Source,
    pub(super) whoami: Option<Heard>,
    pub(super) needs: Vec<(Need, Vec<Heard>)>,
    pub(super) now: Moment,
}

/// What came back for a question.
pub(super) struct Heard {
    pub(super) raw: Result<Raw, Answer>,
    pub(super) reply: Reply,
}

/// A whole run, and its verdict.
pub(super) fn judged(data: &[u8]) -> Option<Verdict> {
    let run = Run::new(data).ok().flatten()?;
    let report = run.report(|_| false, |needs| needs);
    let decision = report.decision();
    run.is_complete(&report);
    run.is_in_the_table(&report);
    run.is_earned(&report, decision);
    run.stands_whatever_the_order(decision);
    run.hangs_on_every_answer(decision);
    run.is_told_safely(&report);
    Some(decision.verdict)
}

impl Run {
    fn new(data: &[u8]) -> arbitrary::Result<Option<Self>> {
        let mut source = Source::new(data)?;
        let Ok(parsed) = Token::parse(source.secret.as_bytes()) else { return Ok(None) };
        let token = parsed.token;
        let address = source.pick(&["https://huggingface.co", "https://proxy.example/api/hub"])?;
        let endpoint = Endpoint::parse(address, PlainHttp::LoopbackOnly).unwrap_or_default();
        let strict = if source.one_in(4)? { Strictness::Strict } else { Strictness::Lenient };
        let offline = source.one_in(16)?;
        let needs = source.needs()?;
        let mut ask = |question: Question| Heard::to(&question, &mut source, &endpoint, &token);
        let whoami = if offline { None } else { Some(ask(Question::WhoAmI)?) };
        let mut asked = Vec::new();
        for need in needs.iter().cloned() {
            let mut heard = Vec::new();
            if let (Some(question), false) = (need.question(), offline) {
                heard.push(ask(question)?);
                for question in need.follow_up(heard[0].reply.answer) {
                    heard.push(ask(question)?);
                }
            }
            asked.push((need, heard));
        }
        let path = if source.one_in(8)? { Some(source.text()?) } else { None };
        let place = path.map_or(credential::Source::Variable("HF_TOKEN"), |path| credential::Source::File(path.into()));
        let options = options(needs, endpoint, strict);
        let now = Moment::parse(NOW).unwrap_or(Moment::START);
        Ok(Some(Self { options, token, source: place, whoami, needs: asked, now }))
    }

    /// The report, where some questions got no answer after all, and the needs came in some order.
    fn report(&self, is_lost: impl Fn(usize) -> bool, order: impl Fn(Vec<Asked>) -> Vec<Asked>) -> Report {
        let asked = self.needs.iter().enumerate().map(|(at, (need, heard))| {
            if self.whoami.is_none() {
                return Asked::offline(need);
            }
            let mut replies = heard.iter().map(|heard| heard.reply.clone());
            let mut reply = replies.next();
            if let Some(reply) = reply.as_mut().filter(|_| is_lost(at)) {
                let lost =
                    hub::replied(reply.question.clone(), Err(Answer::NoTime), &self.options.endpoint, &self.token);
                *reply = lost.0;
            }
            let follow_ups = if is_lost(at) { Vec::new() } else { replies.collect() };
            Asked { need: need.clone(), reply, follow_ups }
        });
        let replies = Replies {
            whoami: self.whoami.as_ref().map(|heard| heard.reply.clone()),
            asked: order(asked.collect()),
            ..Replies::default()
        };
        reports::judged(&self.options, &self.token.nature, &self.source, replies, self.now)
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.whoami.as_ref().and_then(|heard| heard.reply.identity.as_deref())
    }

    /// The token, the identity and every need have exactly one finding, in that order, and each speaks for itself.
    fn is_complete(&self, report: &Report) {
        let checks: Vec<_> = report.checks.iter().map(|finding| finding.check).collect();
        let needs = self.needs.iter().map(|(need, _)| need.word());
        assert_eq!(checks, ["token", "identity"].into_iter().chain(needs).collect::<Vec<_>>());
        for (finding, (need, _)) in report.checks[2..].iter().zip(&self.needs) {
            assert_eq!(finding.subject, need.subject());
        }
        for finding in &report.checks {
            let words = &finding.words;
            match (finding.outcome, finding.diagnosis) {
                (Outcome::Fail | Outcome::Unknown, Some(diagnosis)) => {
                    assert!(!words.summary.is_empty() && !words.summary.contains(is_invisible), "{words:?}");
                    assert!(!words.fix.is_empty(), "{diagnosis:?} leaves one alone");
                }
                (Outcome::Fail | Outcome::Unknown, None) => panic!("a refusal without a name: {finding:?}"),
                (Outcome::Skipped, _) => assert!(!words.summary.is_empty(), "skipped without a reason: {finding:?}"),
                (Outcome::Pass, diagnosis) => {
                    assert!(diagnosis.is_none_or(|diagnosis| diagnosis.exit().number() == 0), "{finding:?}");
                }
            }
        }
    }

    /// Every finding about a repo, a permission or the identity is a cell of the printed table, or one of the few
    /// narrower causes that are named here.
    fn is_in_the_table(&self, report: &Report) {
        let identity = self.identity();
        for (finding, (need, heard)) in report.checks[2..].iter().zip(&self.needs) {
            let found = finding.diagnosis.map_or("pass", Diagnosis::code);
            if finding.outcome == Outcome::Skipped || found == "repo-wrong-kind" {
                continue;
            }
            if let Need::Permission(permission) = need {
                let standing = standing::of_permission(identity, &self.token.nature, permission);
                assert_eq!(found, row("Permission", &format!("{standing:?}")), "{finding:?}");
            }
            let Some(aim) = Aim::of(need) else { continue };
            let rows: Vec<_> = heard
                .iter()
                .enumerate()
                .filter(|(at, heard)| *at == 0 || matches!(heard.reply.question, Question::Exists(_)))
                .map(|(_, heard)| {
                    let reply = &heard.reply;
                    let bare = reply.answer == Answer::BareOk && identity.is_none();
                    let answer = if bare { Answer::Unexpected } else { reply.answer };
                    let repo = reply.landed.as_ref().or(reply.question.repo()).expect("a repo");
                    let standing = standing::of(identity, &self.token.nature, Right::in_question(need, answer), repo);
                    row(&format!("{aim:?} {answer:?}"), &format!("{standing:?}"))
                })
                .collect();
            let offline = self.whoami.is_none() && found == "hub-offline";
            assert!(rows.contains(&found) || offline, "{found} is none of {rows:?}: {finding:?}");
        }
        let found = report.checks[1].diagnosis.map_or("pass", Diagnosis::code);
        if let Some(heard) = &self.whoami {
            let columns = ["Silent", "Granted", "Accepted", "Refused"]
                .map(|needs| format!("{:?}/{needs}", self.token.nature.kind));
            let head = format!("WhoAmI {:?}", heard.reply.answer);
            let is_row = columns.iter().any(|column| row(&head, column) == found);
            assert!(is_row || found == "token-expired", "{head} is {found}");
        }
    }

    /// Which need was named first decides which failure is named first, and nothing else.
    fn stands_whatever_the_order(&self, decision: Decision) {
        let turned = self.report(|_| false, |needs| needs.into_iter().rev().collect()).decision();
        assert_eq!(turned.verdict, decision.verdict, "{turned:?} {decision:?}");
    }

    /// A pass hangs on the answer to every question: without one, it is none; and silence alone is never a "no".
    fn hangs_on_every_answer(&self, decision: Decision) {
        let asked = |at: usize| self.needs[at].0.question().is_some();
        if decision.verdict == Verdict::Pass {
            for lost in (0..self.needs.len()).filter(|at| asked(*at)) {
                let without = self.report(|at| at == lost, |needs| needs).decision();
                assert!(without.verdict != Verdict::Pass, "nobody answered for {:?}", self.needs[lost].0);
                assert!(self.identity().is_none() || without.verdict == Verdict::Unknown, "{without:?}");
            }
        }
        let only_repos = self.needs.iter().all(|(need, _)| need.question().is_some());
        let whoami_silent = self.whoami.as_ref().is_some_and(|heard| heard.raw.is_err());
        if whoami_silent && only_repos {
            let silence = self.report(|_| true, |needs| needs).decision();
            assert_eq!(silence.verdict, Verdict::Unknown, "{silence:?}");
        }
    }
}

impl Heard {
    /// Asks, and follows one renaming.
    fn to(question: &Question, source: &mut Source<'_>, endpoint: &Endpoint, token: &Token) -> arbitrary::Result<Self> {
        let raw = source.raw(question)?;
        let (reply, hop) = hub::replied(question.clone(), raw.as_ref().map_err(|silence| *silence), endpoint, token);
        let Some(repo) = hop else { return Ok(Self { raw, reply }) };
        let question = question.about(repo.clone());
        let raw = source.raw(&question)?;
        let (mut reply, _) = hub::replied(question, raw.as_ref().map_err(|silence| *silence), endpoint, token);
        reply.landed = Some(repo);
        Ok(Self { raw, reply })
    }
}

fn options(needs: Vec<Need>, endpoint: Endpoint, strictness: Strictness) -> Options {
    Options {
        needs,
        endpoint,
        timeout: std::time::Duration::from_secs(30),
        token_file: None,
        strictness,
        manner: Manner {
            format: Format::Text,
            file: None,
            color: Color::Never,
            volume: Volume::Normal,
            audience: Audience::Caller,
        },
        ranks: Ranks::All,
        if_unavailable: IfUnavailable::Fail,
        reach: Reach::Online,
        bundles: Vec::new(),
        audit: Audit::Habits,
        job_id: None,
        rehearse: None,
        skip: None,
        command: Vec::new(),
    }
}

/// The cell of the printed table.
fn row(head: &str, column: &str) -> &'static str {
    let is_cell = |line: &&str| {
        let names = line.get(66..).unwrap_or_default();
        line.strip_prefix(head).is_some_and(|rest| rest.starts_with("  "))
            && (names == "*" || names.split(' ').any(|name| name == column))
    };
    let line = TABLE.lines().find(is_cell).unwrap_or_else(|| panic!("the table has no {head} for {column}"));
    line[35..66].trim()
}
