//! A property: whatever arguments, variables, file names and answers of the Hub are made up, no eight characters in a row of the
//! token, or of another credential among them, are in an output, a URL or a request outside the `Authorization` header.
//! `PROPTEST_CASES` sets how many runs are made up; they are the same ones every time.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRng, TestRunner};

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::{program, scenario, tokens};

const LONGEST_LEAK: usize = 8;
const CASES: u32 = 256;

/// One run, made up.
#[derive(Clone, Debug)]
struct Case {
    token: Token,
    /// Where the token is given.
    source: Source,
    /// Whose secret is in the places below.
    secret: Whose,
    form: Form,
    /// Which of the places hold the secret.
    places: Vec<Place>,
    answer: Answer,
    output: Output,
}

#[derive(Clone, Copy, Debug)]
enum Token {
    User,
    OAuth,
    Jwt,
    Mirror,
    Short,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Variable,
    OldVariable,
    File,
    /// In the variable, and another in a file.
    Both,
}

#[derive(Clone, Copy, Debug)]
enum Whose {
    Own,
    Stranger,
}

/// How the secret is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    /// Eight characters of it, from here on.
    Part(usize),
    Quoted,
    Base64,
    Percent,
    Spread(char),
    InWords,
    Twice,
    InALongText(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Read,
    Write,
    Permission,
    Owner,
    Format,
    UnknownOption,
    Command,
    EndpointPath,
    ReportPath,
    TokenPath,
    ListVariable,
    UnknownVariable,
    SkipVariable,
    JobId,
    Home,
    Proxy,
    NameOfAVariable,
}

/// What the Hub says, with the secret in it.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Usual,
    Refusal(u16),
    ErrorCode,
    ErrorMessage,
    Redirect,
    Identity,
    Organization,
    Notice,
    RequestId,
    Coding,
    Date,
}

#[derive(Clone, Copy, Debug)]
enum Output {
    Text,
    Verbose,
    Json,
    Github,
    Audit,
    Explain,
    Rehearse,
}

fn cases() -> impl Strategy<Value = Case> {
    use Place as P;
    let tokens = [Token::User, Token::User, Token::OAuth, Token::Jwt, Token::Mirror, Token::Short];
    let sources = [Source::Variable, Source::OldVariable, Source::File, Source::Both];
    let form = prop_oneof![
        3 => Just(Form::Plain),
        2 => (0..60_usize).prop_map(Form::Part),
        1 => Just(Form::Quoted),
        2 => Just(Form::Base64),
        2 => Just(Form::Percent),
        2 => prop::sample::select(vec!['\u{200b}', '\u{ad}', '\u{feff}', '\u{e0041}', '\u{7f}'])
            .prop_map(Form::Spread),
        1 => Just(Form::InWords),
        1 => Just(Form::Twice),
        1 => (0..400_usize).prop_map(Form::InALongText),
    ];
    let places = [
        P::Read,
        P::Write,
        P::Permission,
        P::Owner,
        P::Format,
        P::UnknownOption,
        P::Command,
        P::EndpointPath,
        P::ReportPath,
        P::TokenPath,
        P::ListVariable,
        P::UnknownVariable,
        P::SkipVariable,
        P::JobId,
        P::Home,
        P::Proxy,
        P::NameOfAVariable,
    ];
    let statuses = [400, 401, 403, 404, 429, 451, 500, 503];
    let answer = prop_oneof![
        2 => Just(Answer::Usual),
        3 => prop::sample::select(statuses.to_vec()).prop_map(Answer::Refusal),
        6 => prop::sample::select(vec![
            Answer::ErrorCode, Answer::ErrorMessage, Answer::Redirect, Answer::Identity, Answer::Organization,
            Answer::Notice, Answer::RequestId, Answer::Coding, Answer::Date,
        ]),
    ];
    let outputs = [
        Output::Text,
        Output::Verbose,
        Output::Verbose,
        Output::Json,
        Output::Github,
        Output::Audit,
        Output::Explain,
        Output::Rehearse,
    ];
    (
        prop::sample::select(tokens.to_vec()),
        prop::sample::select(sources.to_vec()),
        prop::sample::select(vec![Whose::Own, Whose::Own, Whose::Stranger]),
        form,
        prop::sample::subsequence(places.to_vec(), 0..3),
        answer,
        prop::sample::select(outputs.to_vec()),
    )
        .prop_map(|(token, source, secret, form, places, answer, output)| Case {
            token,
            source,
            secret,
            form,
            places,
            answer,
            output,
        })
}

impl Token {
    fn secret(self, label: &str) -> String {
        match self {
            Self::User => tokens::user(label),
            Self::OAuth => tokens::with_prefix("hf_oauth_", label, 40),
            Self::Jwt => tokens::jwt("hf_jwt_", label, &serde_json::json!({"exp": 1_893_456_000, "sub": "alice"})),
            Self::Mirror => tokens::with_prefix("", label, 48),
            Self::Short => tokens::with_prefix("hf_", label, 10),
        }
    }

    /// The characters that must not be seen: what follows a prefix that everybody knows.
    fn body(self, secret: &str) -> &str {
        let prefix = match self {
            Self::User | Self::Short => "hf_",
            Self::OAuth => "hf_oauth_",
            Self::Jwt => "hf_jwt_",
            Self::Mirror => "",
        };
        secret.strip_prefix(prefix).unwrap_or(secret)
    }
}

impl Form {
    /// Whether what is written is a credential by its looks.
    fn keeps_the_form(self) -> bool {
        match self {
            Self::Part(_) => false,
            Self::Plain
            | Self::Quoted
            | Self::Base64
            | Self::Percent
            | Self::Spread(_)
            | Self::InWords
            | Self::Twice
            | Self::InALongText(_) => true,
        }
    }

    fn write(self, secret: &str) -> String {
        match self {
            Self::Plain => secret.into(),
            Self::Part(at) => {
                let at = at.min(secret.len() - LONGEST_LEAK);
                format!("x{}", &secret[at..at + LONGEST_LEAK])
            }
            Self::Quoted => format!("\"{secret}\""),
            Self::Base64 => STANDARD.encode(format!("user:{secret}")),
            Self::Percent => secret.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}")),
            Self::Spread(between) => secret.chars().flat_map(|c| [c, between]).collect(),
            Self::InWords => format!("my token is {secret}, is that right?"),
            Self::Twice => secret.repeat(2),
            Self::InALongText(length) => format!("{} {secret} end", "word ".repeat(length)),
        }
    }
}

impl Answer {
    fn fault(self, text: &str) -> Option<Fault> {
        let visible: String = text.chars().filter(|c| !c.is_control()).collect();
        let json = |status, body: serde_json::Value| {
            Response::new(status, "application/json", body.to_string()).with("X-Powered-By", "huggingface-moon")
        };
        let whoami = |name: &str, org: &str| {
            let access = serde_json::json!({"displayName": name, "role": "write", "createdAt": text});
            let orgs = serde_json::json!([{"name": org, "roleInOrg": text, "securityRestrictions": [text]}]);
            json(
                200,
                serde_json::json!({"type": "user", "name": name, "orgs": orgs, "auth": {"type": "access_token", "accessToken": access}}),
            )
        };
        let refusal = || json(403, serde_json::json!({"error": text}));
        Some(match self {
            Self::Usual => return None,
            Self::Refusal(status) => Fault::everywhere(Kind::Instead(json(status, serde_json::json!({"error": text})))),
            Self::ErrorCode => Fault::everywhere(Kind::Instead(refusal().with("X-Error-Code", visible))),
            Self::ErrorMessage => Fault::everywhere(Kind::Instead(refusal().with("X-Error-Message", visible))),
            Self::Redirect => {
                let to = Response::new(307, "text/plain", "")
                    .with("Location", format!("/api/models/{visible}/m/auth-check"));
                Fault::everywhere(Kind::Instead(to))
            }
            Self::Identity => Fault::at("whoami", Kind::Instead(whoami(text, "acme"))),
            Self::Organization => Fault::at("whoami", Kind::Instead(whoami("alice", text))),
            Self::Notice => {
                Fault::everywhere(Kind::Instead(refusal().with("X-HF-Warning", format!("moon; {visible}"))))
            }
            Self::RequestId => Fault::everywhere(Kind::Instead(refusal().with("X-Request-Id", visible))),
            Self::Coding => Fault::everywhere(Kind::Instead(refusal().with("Content-Encoding", visible))),
            Self::Date => Fault::everywhere(Kind::Instead(refusal().with("Date", visible))),
        })
    }
}

/// What a run left behind, and what must not be in it.
struct Traces {
    /// Secrets, without the prefixes that everybody knows.
    hidden: Vec<String>,
    /// Everything that the run showed, wrote and sent, by name.
    texts: Vec<(String, String)>,
}

/// The parts of a made-up run that the program is started with.
struct Start {
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Case {
    fn start(&self, hub: &FakeHub, folder: &Path, own: &str, text: &str) -> Start {
        // Neither an argument nor a variable holds a null byte.
        let text = &text.replace('\0', "");
        let mut endpoint = hub.endpoint.clone();
        let mut arguments: Vec<String> = ["--timeout", "5s", "--read", "acme/model"].map(Into::into).into();
        let mut variables = program::variables([("SSL_CERT_FILE", &hub.ca.display().to_string()), ("PATH", "/bin")]);
        let mut command = Vec::new();
        let mut give = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        let mut set = |name: &str, value: &str| variables.push((name.into(), value.into()));
        let write = |name: &str, token: &str| fs::write(folder.join(name), token).expect("a token file");
        match self.source {
            Source::Variable => set("HF_TOKEN", own),
            Source::OldVariable => set("HUGGING_FACE_HUB_TOKEN", own),
            Source::File => write("token", own),
            Source::Both => {
                write("token", &tokens::user("in the file"));
                set("HF_TOKEN", own);
            }
        }
        set("HF_TOKEN_PATH", &folder.join("token").display().to_string());
        for place in &self.places {
            match place {
                Place::Read => give(&["--read", &format!("acme/{text}")]),
                Place::Write => give(&["--write", text]),
                Place::Owner => give(&["--create", &format!("{text}/model")]),
                Place::Permission => give(&["--permission", &format!("job.write@{text}")]),
                Place::Format => give(&["--format", text]),
                Place::UnknownOption => give(&[&format!("--{text}")]),
                Place::Command => command = vec!["--".to_owned(), format!("/nowhere/{text}")],
                Place::EndpointPath => endpoint = format!("{endpoint}/{text}"),
                Place::ReportPath => give(&["--report", &folder.join(text).display().to_string()]),
                Place::TokenPath => {
                    let file = folder.join(text);
                    if fs::write(&file, own).is_ok() {
                        set("HF_TOKEN_PATH", &file.display().to_string());
                    }
                }
                Place::ListVariable => set("HF_TOKEN_CHECK_WRITE", &format!("acme/model acme/{text}")),
                Place::UnknownVariable => set("HF_TOKEN_CHECK_REED", text),
                Place::SkipVariable => set("HF_TOKEN_CHECK_SKIP", text),
                Place::JobId => set("JOB_ID", text),
                Place::Home => set("HF_HOME", &format!("/{text}")),
                Place::Proxy => set("HTTPS_PROXY", &format!("http://alice:{text}@127.0.0.1:1")),
                Place::NameOfAVariable => set(&format!("HF_TOKEN_CHECK_{}", text.replace('=', "")), "1"),
            }
        }
        set("HF_ENDPOINT", &endpoint);
        set("GITHUB_OUTPUT", &folder.join("output").display().to_string());
        set("GITHUB_STEP_SUMMARY", &folder.join("summary").display().to_string());
        match self.output {
            Output::Text => {}
            Output::Verbose => arguments.push("--verbose".into()),
            Output::Json => arguments.extend(["--format", "json"].map(Into::into)),
            Output::Github => arguments.extend(["--format", "github"].map(Into::into)),
            Output::Audit => arguments.push("--audit".into()),
            Output::Explain => arguments = vec!["--explain".into(), text.clone()],
            Output::Rehearse => arguments.extend(["--rehearse".to_owned(), text.clone()]),
        }
        arguments.extend(command);
        Start { arguments, variables }
    }

    fn play(&self) -> Result<Traces, TestCaseError> {
        let (own, stranger) = (self.token.secret("own"), tokens::user("stranger"));
        let (secret, token) = match self.secret {
            Whose::Own => (&own, self.token),
            Whose::Stranger => (&stranger, Token::User),
        };
        let text = self.form.write(secret);
        let folder = tempfile::tempdir()?;
        let mut state = scenario::hub_state();
        state.faults.extend(self.answer.fault(&text));
        let hub = FakeHub::start(state);
        let Start { arguments, variables } = self.start(&hub, folder.path(), &own, &text);
        let run = program::run(arguments.clone(), &variables);
        prop_assert!(!run.stderr.contains("panicked"), "{run:?}");
        let mut texts = vec![("stdout".to_owned(), run.stdout), ("stderr".into(), run.stderr)];
        for entry in fs::read_dir(folder.path())? {
            let path = entry?.path();
            let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            // A token file is an input.
            if text != own && text != tokens::user("in the file") {
                texts.push(("a file".into(), text));
            }
        }
        for request in hub.log.lock().expect("the log").iter() {
            let headers = request.headers.iter().filter(|(name, _)| name != "authorization");
            let sent: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
            texts.push(("a request".into(), format!("{} {}", request.path, sent.join(" "))));
        }
        let mut hidden = vec![self.token.body(&own).to_owned()];
        // A stranger's is known by its form only.
        if self.form.keeps_the_form() {
            hidden.push(token.body(secret).to_owned());
        }
        Ok(Traces { hidden, texts })
    }

    fn hold(&self) -> Result<(), TestCaseError> {
        let Traces { hidden, texts } = self.play()?;
        for (name, text) in &texts {
            for secret in &hidden {
                let part = part_of(secret, text);
                prop_assert!(part.is_none(), "{part:?} of {secret} is in {name}: {text}");
            }
        }
        Ok(())
    }
}

/// Eight characters in a row of the secret that the text holds: as it is, without what is invisible in it, percent-encoded, or
/// in base64.
fn part_of(secret: &str, text: &str) -> Option<String> {
    let visible: Vec<u8> = text.bytes().filter(|byte| byte.is_ascii_graphic() || *byte == b' ').collect();
    let decoded = without_percent(&visible);
    let holds = |part: &[u8]| [text.as_bytes(), &visible, &decoded].iter().any(|text| has(text, part));
    let found = secret.as_bytes().windows(LONGEST_LEAK).find(|part| holds(part));
    // Wherever the secret begins among three bytes; eight characters are at least ten of base64.
    let encoded = (0..3).map(|before| STANDARD.encode(format!("{}{secret}", &"   "[..before])));
    let encoded: Vec<_> = encoded.map(|text| text.trim_end_matches('=').as_bytes()[4..].to_vec()).collect();
    let found = found.or_else(|| encoded.iter().flat_map(|text| text.windows(12)).find(|part| has(&visible, part)));
    found.map(|part| String::from_utf8_lossy(part).into_owned())
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|run| run == part)
}

fn without_percent(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    decoded
}

#[testkit::test]
fn a_part_of_a_secret_is_found_however_it_is_written() {
    let secret = tokens::user("own");
    let body = Token::User.body(&secret);
    for form in
        [Form::Plain, Form::Part(9), Form::Base64, Form::Percent, Form::Spread('\u{200b}'), Form::InALongText(3)]
    {
        assert!(part_of(body, &format!("a text with {}.", form.write(&secret))).is_some(), "{form:?}");
    }
    assert_eq!(part_of(body, &format!("hf_{} and {}", &body[..7], &body[8..15])), None);
}

#[testkit::test(slow)]
fn no_made_up_run_shows_or_sends_a_part_of_a_credential() {
    let cases_to_try = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(CASES);
    let config = Config { cases: cases_to_try, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha));
    match runner.run(&cases(), |case| case.hold()) {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\n{case:#?}"),
        Err(error @ TestError::Abort(_)) => panic!("{error}"),
    }
}
