//! The printed table: what whole runs come to, from whoami and the answers about repos to findings and warnings.

use std::fmt::Write as _;
use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::message::{Message, MessageContext};
use crate::model::answer::{Answer, Gate, Gating, NoAnswer, Policy};
use crate::model::asked::Asked;
use crate::model::author::HubKind;
use crate::model::endpoint::Endpoint;
use crate::model::identity::{AccessToken, Expiry, Identity, TokenRole};
use crate::model::membership::{Membership, OrgRole};
use crate::model::permission::Permission;
use crate::model::question::{self, Ask, WhoAmI};
use crate::model::reply::{Exchange, Reply, RepoReply, Revised, Whoami, WhoamiReply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};
use crate::model::revision::Revision;
use crate::model::scopes::FineGrained;
use crate::model::timestamp::Timestamp;
use crate::platform::Platform;
use crate::policy::assess::{self, Assessment};
use crate::policy::lifetime::{Clock, Witness};
use crate::report::Finding;
use crate::token::kind::{Claims, TokenInfo, TokenKind};

/// One run, before it is judged.
struct Run {
    whoami: Option<Whoami>,
    kind: TokenKind,
    hub: HubKind,
    claimed: Option<Timestamp>,
    asked: Vec<Asked>,
}

impl Run {
    fn new(whoami: Whoami, asked: Vec<Asked>) -> Self {
        Self { whoami: Some(whoami), kind: TokenKind::User, hub: HubKind::HuggingFace, claimed: None, asked }
    }

    fn assess(self) -> Assessment {
        let endpoint = Endpoint::default();
        let context = MessageContext {
            timeout: Duration::from_secs(30),
            source: "HF_TOKEN",
            platform: Platform::Unknown,
            hidden_login: None,
            kind: Some(self.kind),
            endpoint: &endpoint,
            hub: self.hub,
            identity: None,
            requirements: &[],
        };
        let info = TokenInfo {
            kind: self.kind,
            claims: Claims { expires_at: self.claimed.map(Timestamp::unix), scopes: None },
        };
        let whoami = self.whoami.map(|answer| WhoamiReply {
            exchange: Exchange { status: status_of_whoami(&answer), ..Exchange::default() },
            ..Reply::without_exchange(WhoAmI, answer)
        });
        assess::assess(context, &info, clock(), whoami.as_ref(), &self.asked)
    }

    /// `identity; requirement …; ! warning …`
    fn outcome(self) -> String {
        let Assessment { identity, requirements, warnings } = self.assess();
        let mut line = cell(&identity);
        for finding in &requirements {
            let _ = write!(line, "; {}", cell(finding));
        }
        for warning in warnings {
            let _ = write!(line, "; ! {}", warning.diagnosis.code());
        }
        line
    }
}

fn clock() -> Clock {
    Clock { now: at("2026-10-07T12:00:00Z"), witness: Witness::Server }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn cell(finding: &Finding) -> String {
    let code = finding.diagnosis.map_or("", Diagnosis::code);
    format!("{:?}/{:?} {code}", finding.outcome, finding.basis).trim_end().to_lowercase()
}

/// The status that such an answer has at the Hub, as far as a verdict depends on it.
fn status(answer: Answer) -> Option<u16> {
    match answer {
        Answer::Granted | Answer::UnverifiedOk | Answer::Described(_) => Some(200),
        Answer::BadCredentials | Answer::Unauthorized | Answer::GateUnauthorized | Answer::Expired => Some(401),
        Answer::Forbidden | Answer::Gated(_) | Answer::Policy(_) | Answer::Disabled => Some(403),
        Answer::NotFound | Answer::MaybeNotFound | Answer::NoSuchRoute => Some(404),
        Answer::Region => Some(451),
        Answer::NoAnswer(_) => None,
    }
}

fn status_of_whoami(answer: &Whoami) -> Option<u16> {
    match answer {
        Whoami::Known(_) => Some(200),
        Whoami::BadCredentials | Whoami::Unauthorized | Whoami::Expired => Some(401),
        Whoami::Policy(_) => Some(403),
        Whoami::NoSuchRoute => Some(404),
        Whoami::NoAnswer(_) => None,
    }
}

fn repo(name: &str) -> RepoRef {
    RepoRef::parse(name, &Endpoint::default()).expect("a repo")
}

fn reply(ask: Ask, repo: RepoRef, answer: Answer) -> RepoReply {
    let exchange = Exchange { status: status(answer), ..Exchange::default() };
    Reply { exchange, ..Reply::without_exchange(ask.about(repo), answer) }
}

fn asked(access: Access, name: &str, answer: Answer) -> Asked {
    let requirement = Requirement::to_repo(access, repo(name));
    let question = question::first(&requirement).expect("a question");
    Asked::new(&requirement, Some(reply(question.ask, question.repo, answer)))
}

fn followed(access: Access, name: &str, answer: Answer, follow_ups: &[(Ask, &str, Answer)]) -> Asked {
    let follow_ups = follow_ups.iter().map(|&(ask, name, answer)| reply(ask, repo(name), answer)).collect();
    Asked { follow_ups, ..asked(access, name, answer) }
}

fn permission(text: &str) -> Asked {
    Asked::new(&Requirement::Permission(Permission::parse(text).expect("a permission")), None)
}

fn valid_for(hours: u64) -> Asked {
    Asked::new(&Requirement::ValidFor(Duration::from_secs(hours * 3_600)), None)
}

fn identity(role: TokenRole) -> Whoami {
    identity_of(role, OrgRole::Read)
}

fn in_organization(role: OrgRole) -> Whoami {
    identity_of(TokenRole::Write, role)
}

/// The scopes of a fine-grained token that lists none.
fn nothing() -> FineGrained {
    FineGrained { reads_gated: Some(false), global: Vec::new().into(), scoped: Vec::new().into() }
}

fn identity_of(role: TokenRole, place: OrgRole) -> Whoami {
    let access = AccessToken { name: None, role, created_at: None, expiry: Expiry::Unstated };
    let acme =
        Membership { name: "acme".into(), role: place, restrictions: Vec::new(), group_roles: Vec::new().into() };
    Whoami::Known(Box::new(Identity {
        kind: Some("user".into()),
        name: "alice".into(),
        orgs: vec![acme].into(),
        auth_kind: Some("access_token".into()),
        access: Some(access),
        ..Identity::default()
    }))
}

/// Answers of every kind that a verdict on the token itself tells apart.
const ANSWERS: [(Access, Answer); 14] = [
    (Access::Read, Answer::Granted),
    (Access::Write, Answer::Granted),
    (Access::Create, Answer::Granted),
    (Access::Read, Answer::Described(Gating::Open)),
    (Access::Read, Answer::Described(Gating::Unstated)),
    (Access::Read, Answer::Described(Gating::Gated)),
    (Access::Read, Answer::BadCredentials),
    (Access::Read, Answer::Unauthorized),
    (Access::Write, Answer::Forbidden),
    (Access::Read, Answer::Gated(Gate::Closed)),
    (Access::Write, Answer::Policy(Policy::Sso)),
    (Access::Read, Answer::NotFound),
    (Access::Create, Answer::NotFound),
    (Access::Read, Answer::NoAnswer(NoAnswer::Timeout)),
];

/// whoami's answers that lead to different verdicts.
fn whoamis() -> Vec<(&'static str, Whoami)> {
    vec![
        ("write token", identity(TokenRole::Write)),
        ("BadCredentials", Whoami::BadCredentials),
        ("Unauthorized", Whoami::Unauthorized),
        ("Expired", Whoami::Expired),
        ("Policy(Sso)", Whoami::Policy(Policy::Sso)),
        ("NoSuchRoute", Whoami::NoSuchRoute),
        ("NoAnswer(Timeout)", Whoami::NoAnswer(NoAnswer::Timeout)),
        ("NoAnswer(UnmarkedRefusal)", Whoami::NoAnswer(NoAnswer::UnmarkedRefusal)),
    ]
}

fn name((access, answer): (Access, Answer)) -> String {
    format!("{} {answer:?}", access.name())
}

fn pairs(table: &mut String) {
    let of = |name: &str, (access, answer)| asked(access, name, answer);
    for (head, whoami) in whoamis() {
        let _ = writeln!(table, "\n# whoami: {head}");
        let alone = Run::new(whoami.clone(), Vec::new()).outcome();
        let _ = writeln!(table, "{:<66} {alone}", "nothing");
        for (at, one) in ANSWERS.into_iter().enumerate() {
            let run = Run::new(whoami.clone(), vec![of("alice/one", one)]);
            let _ = writeln!(table, "{:<66} {}", name(one), run.outcome());
            for other in &ANSWERS[at + 1..] {
                let run = Run::new(whoami.clone(), vec![of("alice/one", one), of("bob/two", *other)]);
                let _ = writeln!(table, "{:<66} {}", format!("{} + {}", name(one), name(*other)), run.outcome());
            }
            let run = Run::new(whoami.clone(), vec![of("alice/one", one), permission("job.write")]);
            let _ = writeln!(table, "{:<66} {}", format!("{} + job.write", name(one)), run.outcome());
        }
    }
}

fn kinds(table: &mut String) {
    table.push_str("\n# by kind of token, and by what the token says of its expiry\n");
    let past = Some(at("2026-10-07T11:00:00Z"));
    let soon = Some(at("2026-10-07T13:00:00Z"));
    let now = Some(clock().now);
    let refusals = whoamis().into_iter().filter(|(_, whoami)| !matches!(whoami, Whoami::Known(_)));
    for (head, whoami) in refusals {
        for kind in [TokenKind::User, TokenKind::OAuth, TokenKind::Oidc, TokenKind::Other] {
            for (expiry, claimed) in [("unstated", None), ("past", past), ("now", now), ("in 1 h", soon)] {
                let asked = vec![asked(Access::Read, "alice/one", Answer::Unauthorized), valid_for(2)];
                let run = Run { kind, claimed, ..Run::new(whoami.clone(), asked) };
                let _ = writeln!(table, "{:<66} {}", format!("{head}, {kind:?}, exp {expiry}"), run.outcome());
            }
            for one in ANSWERS {
                let run = Run { kind, ..Run::new(whoami.clone(), vec![asked(one.0, "alice/one", one.1)]) };
                let _ = writeln!(table, "{:<66} {}", format!("{head}, {kind:?}, {}", name(one)), run.outcome());
            }
        }
    }
}

/// Access with this answer, and what the Hub says of the revision then.
fn at_revision(access: Access, answer: Answer, revised: Option<Revised>) -> Asked {
    let mut asked = asked(access, "alice/one", answer);
    let revision = Revision::parse("v1.0").expect("a revision");
    asked.requirement = Requirement::Repo { access, repo: repo("alice/one"), revision: Some(revision) };
    let question = asked.about_the_revision();
    asked.revision = question.zip(revised).map(|(question, revised)| Reply {
        exchange: Exchange { status: Some(404), ..Exchange::default() },
        ..Reply::without_exchange(question, revised)
    });
    asked
}

fn revisions(table: &mut String) {
    table.push_str("\n# revisions\n");
    let replies = [
        None,
        Some(Revised::Exists),
        Some(Revised::NotFound),
        Some(Revised::NoAnswer(NoAnswer::Unexpected)),
        Some(Revised::NoAnswer(NoAnswer::Timeout)),
    ];
    let more = [(Access::Read, Answer::UnverifiedOk), (Access::Write, Answer::Described(Gating::Open))];
    for (access, answer) in ANSWERS.into_iter().chain(more) {
        for revised in replies {
            let asked = at_revision(access, answer, revised);
            if revised.is_some() && asked.revision.is_none() {
                // Nothing is asked after such an answer.
                continue;
            }
            let run = Run::new(identity(TokenRole::Write), vec![asked]);
            let _ = writeln!(table, "{:<66} {}", format!("{}, {revised:?}", name((access, answer))), run.outcome());
        }
    }
}

/// What a run is called, and what happens in it.
type Named = (&'static str, Run);

#[expect(clippy::too_many_lines, reason = "a table")]
fn details() -> Vec<Named> {
    use Answer as A;
    let known = |role, asked| Run::new(identity(role), asked);
    let write = |asked| known(TokenRole::Write, asked);
    let mirror = |asked| Run { hub: HubKind::Other, ..Run::new(Whoami::NoSuchRoute, asked) };
    let read = Access::Read;
    let is_absent = |ask, name| (ask, name, A::NotFound);
    let elsewhere = "datasets/alice/one";
    let mut renamed = asked(read, "alice/old", A::Granted);
    renamed.reply = Some(reply(Ask::Read, repo("alice/new"), A::Granted));
    let mut other_kind = asked(read, "alice/old", A::Granted);
    other_kind.reply = Some(reply(Ask::Read, repo("spaces/alice/old"), A::Granted));
    let mut gone = asked(read, "alice/old", A::NotFound);
    gone.reply = Some(reply(Ask::Read, repo("alice/new"), A::NotFound));
    let mut created = asked(Access::Create, "alice/old", A::NotFound);
    created.reply = Some(reply(Ask::Write, repo("alice/new"), A::NotFound));
    let noticed = |text: &str| {
        let mut asked = asked(read, "alice/one", A::Granted);
        if let Some(reply) = &mut asked.reply {
            reply.exchange.notice = Some(text.into());
        }
        asked
    };
    let unstated = |name| asked(read, name, A::Described(Gating::Unstated));
    vec![
        (
            "offline",
            Run { whoami: None, ..write(vec![Asked::offline(&asked(read, "alice/one", A::Granted).requirement)]) },
        ),
        (
            "a token that the Hub refuses and whose own claim has passed",
            Run { claimed: Some(at("2026-10-07T11:00:00Z")), ..Run::new(Whoami::BadCredentials, Vec::new()) },
        ),
        ("a token that the Hub calls expired", Run::new(Whoami::Expired, Vec::new())),
        ("a redirect to a new name", write(vec![renamed])),
        ("a redirect to another kind", write(vec![other_kind])),
        ("a redirect to a name that is not there", write(vec![gone])),
        ("a creation under an old name", write(vec![created])),
        ("a creation in one's own namespace", write(vec![asked(Access::Create, "alice/one", A::NotFound)])),
        (
            "a creation where only a Hub's metadata says no",
            write(vec![followed(
                Access::Create,
                "alice/one",
                A::MaybeNotFound,
                &[is_absent(Ask::Describe, "alice/one")],
            )]),
        ),
        (
            "not found, and another kind is granted",
            write(vec![followed(read, "alice/one", A::NotFound, &[(Ask::Read, elsewhere, A::Granted)])]),
        ),
        (
            "not found, and another kind is gated",
            write(vec![followed(
                read,
                "bob/one",
                A::NotFound,
                &[(Ask::Read, "datasets/bob/one", A::Gated(Gate::Closed))],
            )]),
        ),
        (
            "not found, nor as another kind",
            write(vec![followed(read, "alice/one", A::NotFound, &[is_absent(Ask::Read, elsewhere)])]),
        ),
        ("not found with an owner one edit away", write(vec![asked(read, "alica/one", A::NotFound)])),
        ("not found for an owner that is someone else", write(vec![asked(read, "bob/one", A::NotFound)])),
        (
            "not found in an organization without a role",
            Run::new(in_organization(OrgRole::NoAccess), vec![asked(read, "acme/one", A::NotFound)]),
        ),
        (
            "not found for a fine-grained token without the scope",
            known(TokenRole::FineGrained(nothing()), vec![asked(read, "alice/one", A::NotFound)]),
        ),
        ("a push refused by the role in the organization", write(vec![asked(Access::Write, "acme/one", A::Forbidden)])),
        (
            "a push refused to a read token",
            known(TokenRole::Read, vec![asked(Access::Write, "alice/one", A::Forbidden)]),
        ),
        ("a permission of a read token", known(TokenRole::Read, vec![permission("job.write")])),
        ("a permission in an organization", write(vec![permission("job.write@acme")])),
        ("a permission that is not known", write(vec![permission("moon.walk")])),
        ("a permission at another Hub", Run { hub: HubKind::Other, ..write(vec![permission("job.write")]) }),
        ("a permission behind a proxy of the Hub", Run { hub: HubKind::Proxy, ..write(vec![permission("job.write")]) }),
        ("a permission, the token rejected", Run::new(Whoami::BadCredentials, vec![permission("job.write")])),
        ("no need that is asked, the token rejected", Run::new(Whoami::Unauthorized, vec![valid_for(1)])),
        ("a lifetime", write(vec![valid_for(1)])),
        ("a bare OK where whoami knows the token", write(vec![asked(read, "alice/one", A::UnverifiedOk)])),
        (
            "a bare OK where whoami refuses it",
            Run::new(Whoami::Policy(Policy::Sso), vec![asked(read, "alice/one", A::UnverifiedOk)]),
        ),
        ("a bare OK without a whoami", mirror(vec![asked(read, "alice/one", A::UnverifiedOk)])),
        ("not found without a whoami", mirror(vec![asked(read, "alice/one", A::NotFound)])),
        (
            "no route, described as open",
            mirror(vec![followed(
                read,
                "alice/one",
                A::NoSuchRoute,
                &[(Ask::Describe, "alice/one", A::Described(Gating::Open))],
            )]),
        ),
        (
            "no route, described as gated",
            mirror(vec![followed(
                read,
                "alice/one",
                A::NoSuchRoute,
                &[(Ask::Describe, "alice/one", A::Described(Gating::Gated))],
            )]),
        ),
        (
            "no route, disabled",
            write(vec![followed(read, "alice/one", A::NoSuchRoute, &[(Ask::Describe, "alice/one", A::Disabled)])]),
        ),
        (
            "no route for a push, described as open",
            mirror(vec![followed(
                Access::Write,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::Described(Gating::Open))],
            )]),
        ),
        (
            "no route for a creation, described as open",
            mirror(vec![followed(
                Access::Create,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::Described(Gating::Open))],
            )]),
        ),
        (
            "perhaps not found, described as open",
            write(vec![followed(
                read,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::Described(Gating::Open))],
            )]),
        ),
        (
            "perhaps not found, twice",
            write(vec![followed(
                read,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::MaybeNotFound)],
            )]),
        ),
        (
            "perhaps not found for a push, twice",
            write(vec![followed(
                Access::Write,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::NotFound)],
            )]),
        ),
        (
            "perhaps not found for a creation, and no more",
            write(vec![asked(Access::Create, "alice/one", A::MaybeNotFound)]),
        ),
        (
            "perhaps not found for a creation, and silence",
            write(vec![followed(
                Access::Create,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::NoAnswer(NoAnswer::Timeout))],
            )]),
        ),
        ("perhaps not found, and no more", write(vec![asked(read, "alice/one", A::MaybeNotFound)])),
        (
            "perhaps not found, and silence",
            write(vec![followed(
                read,
                "alice/one",
                A::MaybeNotFound,
                &[(Ask::Describe, "alice/one", A::NoAnswer(NoAnswer::Timeout))],
            )]),
        ),
        (
            "a short name, known by its metadata only",
            write(vec![followed(read, "gpt2", A::NotFound, &[(Ask::Describe, "gpt2", A::Described(Gating::Open))])]),
        ),
        (
            "a short name, by the full name",
            write(vec![followed(
                read,
                "gpt2",
                A::NotFound,
                &[(Ask::Describe, "openai/gpt2", A::Described(Gating::Open)), (Ask::Read, "openai/gpt2", A::Granted)],
            )]),
        ),
        (
            "a short name, disabled",
            write(vec![followed(read, "gpt2", A::Unauthorized, &[(Ask::Describe, "gpt2", A::Disabled)])]),
        ),
        ("gates that are not stated, once", mirror(vec![unstated("alice/one")])),
        ("gates that are not stated, twice for one repo", mirror(vec![unstated("alice/one"), unstated("alice/one")])),
        (
            "gates that are not stated, of three repos",
            mirror(["alice/one", "datasets/bob/two", "three/3"].map(unstated).into()),
        ),
        ("gates that are not stated, of five repos", mirror(["a/1", "a/2", "a/3", "a/4", "a/5"].map(unstated).into())),
        ("gates that are not stated, of four repos", mirror(["a/1", "a/2", "a/3", "a/4"].map(unstated).into())),
        ("a revision that is not there", write(vec![at_revision(read, A::Granted, Some(Revised::NotFound))])),
        ("a branch that is not there", write(vec![at_revision(Access::Write, A::Granted, Some(Revised::NotFound))])),
        ("a notice", write(vec![noticed("gone soon")])),
        ("a notice, twice", write(vec![noticed("gone soon"), noticed("gone soon")])),
        ("two notices", write(vec![noticed("gone soon"), noticed("gone later")])),
        ("a region", write(vec![asked(read, "alice/one", A::Region)])),
        ("a 401 by a gate", write(vec![asked(read, "alice/one", A::GateUnauthorized)])),
        ("a 401", write(vec![asked(read, "alice/one", A::Unauthorized)])),
    ]
}

/// The whole wording, indented.
fn wording(table: &mut String, label: &str, message: &Message) {
    let _ = writeln!(table, "    {label}: {}", message.summary);
    for line in &message.why {
        let _ = writeln!(table, "      why: {line}");
    }
    for line in &message.fix {
        let _ = writeln!(table, "      fix: {line}");
    }
}

fn messages(table: &mut String) {
    table.push_str("\n# cases with their wording\n");
    for (name, run) in details() {
        let Assessment { identity, requirements, warnings } = run.assess();
        let _ = writeln!(table, "{name}");
        wording(table, &cell(&identity), &identity.message);
        for finding in requirements {
            let subject = format!("{} {} {}", cell(&finding), finding.check, finding.subject);
            wording(table, &subject, &finding.message);
        }
        for warning in warnings {
            wording(table, &format!("! {}", warning.diagnosis.code()), &warning.message);
        }
    }
}

#[test]
fn the_printed_assessments_are_the_ones_under_review() {
    let mut now = String::from(
        "# the answers                                                      identity; requirements; ! warnings\n",
    );
    pairs(&mut now);
    kinds(&mut now);
    revisions(&mut now);
    messages(&mut now);
    crate::env::hold_to_review("src/policy/assessments.table", &now);
}

/// A 401 about a kind of repo is no sign that it exists.
#[test]
fn a_repo_of_another_kind_is_found_by_a_grant_or_by_its_gate_only() {
    for answer in Answer::all() {
        let asked = followed(
            Access::Read,
            "alice/one",
            Answer::NotFound,
            &[(Ask::Read, "datasets/alice/one", answer), (Ask::Read, "alice/one", Answer::Granted)],
        );
        let found = crate::policy::evidence::other_kind(&asked, crate::policy::evidence::Shown::Identity);
        let is_expected = matches!(answer, Answer::Granted | Answer::UnverifiedOk | Answer::Gated(_));
        assert_eq!(found.map(|repo| repo.kind), is_expected.then_some(RepoKind::Dataset), "{answer:?}");
    }
}
