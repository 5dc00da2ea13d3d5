//! Would the job's own client have worked? The genuine `huggingface_hub` is run in the same environment as the check. Where
//! it fails and the check passes, the check has said so.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use testkit::certs;
use testkit::fake_hub::FakeHub;
use testkit::program;
use testkit::python;
use testkit::{sandbox, scenario};

/// The client of today, which is built on httpx.
const CLIENT: &[&str] = &["huggingface_hub==2.4.0"];

/// Asks about a private repo as a job does: without naming a token.
const SCRIPT: &str = r#"
from huggingface_hub import HfApi
HfApi().auth_check("acme/model")
print("ok")
"#;

/// The warnings that say that the client will not do what was checked.
const OF_THE_CLIENT: [&str; 4] = ["token-shadowed", "token-not-implicit", "endpoint-empty", "ca-not-shared"];

/// What the check says in an environment, and whether the client works there.
struct Both {
    status: i32,
    report: Value,
    works: bool,
    client: String,
}

impl Both {
    fn warnings(&self) -> Vec<&str> {
        let warnings = self.report["warnings"].as_array().expect("warnings");
        warnings.iter().filter_map(|warning| warning["code"].as_str()).collect()
    }

    /// Whether the check promises that the client works.
    fn promises(&self) -> bool {
        self.status == 0 && !self.warnings().iter().any(|code| OF_THE_CLIENT.contains(code))
    }
}

fn both(args: &[&str], variables: &[(String, String)]) -> Both {
    let args = [args, &["--read", "acme/model", "--format", "json"]].concat();
    let run = program::run(args, variables);
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("a report: {run:?}"));
    let client = client(&python::with(CLIENT), variables);
    Both { status: run.status, report, works: client.trim() == "ok", client }
}

fn client(python: &Path, variables: &[(String, String)]) -> String {
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .stdin(Stdio::null())
        .output()
        .expect("Python can be started");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A Hub without TLS, and a home folder with a token file and a login.
struct Place {
    hub: FakeHub,
    home: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place =
            Self { hub: FakeHub::start_plain(scenario::hub_state()), home: tempfile::tempdir().expect("a folder") };
        place.write("s/token", &scenario::secret("read"));
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn home(&self) -> String {
        self.home.path().display().to_string()
    }

    /// The usual environment of a job, with these variables besides or instead.
    fn variables(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut all = program::variables([("HF_ENDPOINT", &self.hub.endpoint), ("HOME", &self.home())]);
        for (name, value) in more {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        all
    }
}

#[testkit::test(needs(PYPI))]
fn a_token_path_is_expanded_as_the_client_expands_it() {
    let place = Place::new();
    let folder = format!("{}/s", place.home());
    for variables in [
        &[("HF_TOKEN_PATH", "~/s/token")][..],
        &[("HF_TOKEN_PATH", "$S/token"), ("S", &folder)],
        &[("HF_TOKEN_PATH", "${S}/token"), ("S", &folder)],
        &[("HF_TOKEN_PATH", "~/$NAME/token"), ("NAME", "s")],
        &[("HF_TOKEN_PATH", "$HOME/s/token")],
    ] {
        let both = both(&[], &place.variables(variables));
        assert!(both.works && both.promises(), "{variables:?}: {} {:#}", both.client, both.report);
    }
    // Nobody knows these: the client finds no token, and so does the check.
    for variables in [&[("HF_TOKEN_PATH", "$NONE/token")][..], &[("HF_TOKEN_PATH", "~nobody-here/token")]] {
        let both = both(&[], &place.variables(variables));
        assert!(!both.works && both.status == 40, "{variables:?}: {} {:#}", both.client, both.report);
    }
}

#[testkit::test(needs(PYPI))]
fn the_login_is_where_the_client_looks_for_it() {
    let place = Place::new();
    place.write("hf/token", &scenario::secret("read"));
    place.write("cache/huggingface/token", &scenario::secret("read"));
    let home = place.home();
    for (name, value, file) in [
        ("HF_HOME", "~/hf", "hf/token"),
        ("HF_HOME", "$HOME/hf", "hf/token"),
        ("XDG_CACHE_HOME", "~/cache", "cache/huggingface/token"),
    ] {
        let path = format!("{home}/{file}");
        let both = both(&["--token-file", &path], &place.variables(&[(name, value)]));
        assert!(both.works && both.promises(), "{name}={value}: {} {:#}", both.client, both.report);
    }
}

#[testkit::test(needs(PYPI))]
fn a_client_that_does_not_send_the_token_is_a_warning() {
    let place = Place::new();
    let token = scenario::secret("read");
    for (value, works) in [
        ("1", false),
        ("TRUE", false),
        ("on", false),
        ("Yes", false),
        ("0", true),
        ("off", true),
        ("", true),
        ("2", true),
    ] {
        let both = both(&[], &place.variables(&[("HF_TOKEN", &token), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", value)]));
        assert_eq!((both.status, both.works, both.promises()), (0, works, works), "{value:?}: {}", both.client);
        assert_eq!(both.warnings().contains(&"token-not-implicit"), !works, "{value:?}: {:#}", both.report);
    }
}

#[testkit::test(needs(PYPI))]
fn an_empty_endpoint_is_a_warning_because_the_client_fails_on_it() {
    let place = Place::new();
    let token = scenario::secret("read");
    for value in ["", " "] {
        let args = ["--endpoint", place.hub.endpoint.as_str()];
        let both = both(&args, &place.variables(&[("HF_TOKEN", &token), ("HF_ENDPOINT", value)]));
        assert!(both.status == 0 && !both.works, "{value:?}: {}", both.client);
        assert_eq!(both.warnings(), ["endpoint-empty"], "{value:?}");
    }
}

#[testkit::test(needs(PYPI))]
fn a_line_break_in_the_token_is_a_block_with_its_fix_before_a_command_too() {
    let place = Place::new();
    let variables = place.variables(&[("HF_TOKEN", &(scenario::secret("read") + "\n")), ("PATH", "/bin")]);
    // The client removes it; the fix is for everything else that reads the variable.
    assert_eq!(client(&python::with(CLIENT), &variables).trim(), "ok");
    let run = program::run(["--read", "acme/model", "--", "echo", "ran"], &variables);
    assert_eq!((run.status, run.stdout.as_str()), (0, "ran\n"), "{run:?}");
    for part in ["warning: token-whitespace\n", "  why: ", "  fix: ", "--explain token-whitespace\n"] {
        assert!(run.stderr.contains(part), "{part:?}: {run:?}");
    }
}

#[testkit::test(needs(PYPI))]
fn a_rejected_token_that_hides_a_login_is_named_with_it() {
    let place = Place::new();
    let login = ".cache/huggingface/token";
    place.write(login, &scenario::secret("read"));
    let path = format!("{}/{login}", place.home());
    let old = testkit::tokens::user("revoked long ago");
    let hidden = both(&[], &place.variables(&[("HF_TOKEN", &old)]));
    assert_eq!((hidden.status, hidden.works), (41, false), "{}", hidden.client);
    let why = hidden.report["checks"][1]["why"].to_string();
    assert!(why.contains("HF_TOKEN hides the login in") && why.contains(&path), "{why}");
    // The login works: what is said is true.
    let shown = both(&["--token-file", &path], &place.variables(&[]));
    assert!(shown.works && shown.promises(), "{} {:#}", shown.client, shown.report);
    // The same token in both places hides nothing.
    place.write(login, &old);
    let same = both(&[], &place.variables(&[("HF_TOKEN", &old)]));
    assert!(same.status == 41 && !same.report.to_string().contains("hides the login"), "{:#}", same.report);
}

#[testkit::test(needs(PYPI, OPENSSL))]
fn a_ca_certificate_that_the_client_does_not_find_is_a_warning() {
    let hub = FakeHub::start(scenario::hub_state());
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["plain", "hashed"] {
        std::fs::create_dir(path(name)).expect("a folder");
        std::fs::copy(&hub.ca, format!("{}/ca.pem", path(name))).expect("a copy");
    }
    let rehash = Command::new("openssl").arg("rehash").arg(path("hashed")).output().expect("openssl");
    assert!(rehash.status.success(), "{rehash:?}");
    std::fs::write(path("other.pem"), certs::issue(&["localhost"]).ca_pem).expect("a file");
    let pem = std::fs::read_to_string(&hub.ca).expect("a CA");
    std::fs::write(path("marked.pem"), format!("\u{feff}{pem}")).expect("a file");
    let trusted = Command::new("openssl")
        .args(["x509", "-trustout", "-addtrust", "serverAuth", "-in"])
        .arg(&hub.ca)
        .arg("-out")
        .arg(path("trusted.pem"))
        .output();
    assert!(trusted.expect("openssl").status.success(), "a trusted certificate");
    let (marked, trusted) = (path("marked.pem"), path("trusted.pem"));
    let (ca, plain, hashed, other) = (hub.ca.display().to_string(), path("plain"), path("hashed"), path("other.pem"));
    let own = FakeHub::serve(scenario::hub_state(), "127.0.0.1:0", Some(certs::self_signed_ca(&["localhost"], |_| {})));
    let named = own.ca.display().to_string();
    let token = scenario::secret("read");
    for (variables, works) in [
        (&[("SSL_CERT_FILE", &*ca)][..], true),
        (&[("HF_ENDPOINT", &*own.endpoint), ("SSL_CERT_FILE", &*named)], true),
        (&[("HF_ENDPOINT", &*own.endpoint), ("CURL_CA_BUNDLE", &*named)], false),
        (&[("SSL_CERT_DIR", &*hashed)], true),
        (&[("SSL_CERT_FILE", &*marked)], true),
        (&[("SSL_CERT_FILE", &*trusted)], true),
        (&[("SSL_CERT_FILE", &*ca), ("REQUESTS_CA_BUNDLE", &*other)], true),
        (&[("SSL_CERT_FILE", &*ca), ("SSL_CERT_DIR", &*plain)], true),
        (&[("SSL_CERT_DIR", &*plain)], false),
        (&[("REQUESTS_CA_BUNDLE", &*ca)], false),
        (&[("CURL_CA_BUNDLE", &*ca)], false),
        (&[("SSL_CERT_FILE", &*other), ("CURL_CA_BUNDLE", &*ca)], false),
        (&[("SSL_CERT_FILE", "/nonexistent"), ("REQUESTS_CA_BUNDLE", &*ca)], false),
        (&[("SSL_CERT_FILE", &*other), ("SSL_CERT_DIR", &*hashed)], false),
    ] {
        let mut all = program::variables([("HF_ENDPOINT", &hub.endpoint), ("HF_TOKEN", &token)]);
        all.retain(|(known, _)| variables.iter().all(|(name, _)| name != known));
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let both = both(&[], &all);
        assert_eq!((both.status, both.works, both.promises()), (0, works, works), "{variables:?}: {}", both.client);
        assert_eq!(both.warnings().contains(&"ca-not-shared"), !works, "{variables:?}: {:#}", both.report);
    }
}

/// The client of today does not read these variables; those before 1.0 do.
#[testkit::test(needs(PYPI))]
fn a_bundle_of_requests_that_is_not_there_is_a_warning() {
    let hub = FakeHub::start(scenario::hub_state());
    let ca = hub.ca.display().to_string();
    let old = python::with(&["huggingface_hub==0.36.0"]);
    for (name, value, works) in [
        ("REQUESTS_CA_BUNDLE", "/not/there.pem", false),
        ("CURL_CA_BUNDLE", "/not/there.pem", false),
        ("REQUESTS_CA_BUNDLE", &*ca, true),
    ] {
        let token = scenario::secret("read");
        let known = [("HF_ENDPOINT", &*hub.endpoint), ("HF_TOKEN", &*token), ("SSL_CERT_FILE", &*ca), (name, value)];
        let variables = program::variables(known);
        let said = client(&old, &variables);
        assert_eq!(said.trim() == "ok", works, "{name}={value}: {said}");
        let both = both(&[], &variables);
        assert!(both.status == 0 && both.works, "{}", both.client);
        assert_eq!(both.warnings().contains(&"ca-not-shared"), !works, "{name}={value}: {:#}", both.report);
        assert_eq!(both.report["warnings"].to_string().contains(value), !works, "{:#}", both.report);
    }
}

/// The client reads the machine's certificates where no variable names any; this program brings its own.
#[testkit::test(needs(PYPI, MOUNTS))]
fn a_machine_without_ca_certificates_is_a_warning_where_the_client_fails() {
    let hub = FakeHub::start(scenario::hub_state());
    let (ca, token) = (hub.ca.display().to_string(), scenario::secret("read"));
    let with_the_usual_file = format!(
        "{}\n/bin/mkdir /etc/ssl/certs && /bin/cp {ca} /etc/ssl/certs/ca-certificates.crt",
        sandbox::NO_CA_STORE
    );
    let variables =
        program::variables([("HF_ENDPOINT", &*hub.endpoint), ("HF_TOKEN", &*token), ("CURL_CA_BUNDLE", &*ca)]);
    for (script, works) in [(sandbox::NO_CA_STORE, false), (&*with_the_usual_file, true)] {
        let args = ["--read", "acme/model", "--format", "json", "--", "/bin/true"];
        let run = program::finish(&mut sandbox::within(script, &program::command(args, &variables)));
        let report: Value = serde_json::from_str(&run.stderr).unwrap_or_else(|_| panic!("a report: {run:?}"));
        let warnings = report["warnings"].as_array().expect("warnings");
        let is_named = warnings.iter().any(|warning| warning["code"] == "ca-store-missing");
        let mut client = Command::new(python::with(CLIENT));
        client.args(["-c", SCRIPT]).env_clear().env("HF_HUB_DISABLE_TELEMETRY", "1");
        client.envs(variables.iter().map(|(name, value)| (name, value)));
        let run = program::finish(&mut sandbox::within(script, &client));
        assert_eq!((run.stdout.trim() == "ok", is_named), (works, !works), "{run:?} {report:#}");
    }
}
