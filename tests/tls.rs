//! Certificates and versions of TLS, good and bad, told apart in words to act on.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rcgen::{CertificateParams, date_time_ymd};

use testkit::certs::{self, Identity};
use testkit::daemon;
use testkit::fake_hub::FakeHub;
use testkit::program::{self, finish};
use testkit::robustness::{Row, run_table};
use testkit::{sandbox, scenario};

const LIMIT: Duration = Duration::from_secs(5);

fn hub(identity: Identity) -> FakeHub {
    FakeHub::serve(scenario::hub_state(), "127.0.0.1:0", Some(identity))
}

/// A certificate that openssl signs with its own key, and the key.
fn self_signed(folder: &Path, key: &[&str]) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    let fixed = ["-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let output = Command::new("openssl")
        .arg("req")
        .args(fixed)
        .args(["-keyout", &path("key"), "-out", &path("certificate")])
        .args(key)
        .output()
        .expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(path("certificate")).expect("a certificate") + &fs::read_to_string(path("key")).expect("a key")
}

#[testkit::test]
fn what_is_wrong_with_a_certificate_is_said() {
    let changed = |change: fn(&mut CertificateParams)| hub(certs::issue_for(&["localhost"], change));
    let other_name = hub(certs::issue(&["other.test", "*.other.test"]));
    let no_name = changed(|certificate| certificate.subject_alt_names.clear());
    let expired = changed(|certificate| certificate.not_after = date_time_ymd(2020, 1, 1));
    let not_yet = changed(|certificate| certificate.not_before = date_time_ymd(2999, 1, 1));
    let good = changed(|_| {});
    let own_ca = |names: &[&str], change: fn(&mut CertificateParams)| hub(certs::self_signed_ca(names, change));
    let (own, strange) = (own_ca(&["localhost"], |_| {}), own_ca(&["other.test"], |_| {}));
    let own_expired = own_ca(&["localhost"], |certificate| certificate.not_after = date_time_ymd(2020, 1, 1));
    let folder = tempfile::tempdir().expect("a folder");
    let empty = certs::save(folder.path(), "");
    // The same name as the authority's that signed, and another key: made anew, and not handed out.
    let renewed = tempfile::tempdir().expect("a folder");
    let renewed = certs::save(renewed.path(), &certs::issue(&["localhost"]).ca_pem);
    let address = format!("https://127.0.0.1:{}", good.address.port());
    #[rustfmt::skip]
    let rows = vec![
        Row::at("nothing",                    &good,      0,  ""),
        Row::at("another host's",             &other_name, 50, "net-tls").says("for another host name (other.test, *.other.test)"),
        Row::at("a common name alone",        &no_name,   50, "net-tls").says("no subjectAltName; clients ignore the common name").advises("fix: Have the certificate reissued with localhost as a subjectAltName"),
        Row::new("an address, not a name",    &address, &good.ca, 50, "net-tls").says("for another host name"),
        Row::at("expired",                    &expired,   50, "net-tls").says("has expired, or this machine's clock is wrong"),
        Row::at("not yet valid",              &not_yet,   50, "net-tls").says("is not valid yet"),
        Row::new("an unknown authority",      &good.endpoint, &empty, 50, "net-tls").says("signed by an authority that is not known here (issuer \"loopback Hub CA\")"),
        Row::at("a CA of its own, named",     &own,       0,  ""),
        Row::at("named, another host's",      &strange,   50, "net-tls").says("for another host name"),
        Row::at("named, expired",             &own_expired, 50, "net-tls").says("has expired, or this machine's clock is wrong"),
        Row::new("a CA of its own, unnamed",  &own.endpoint, &good.ca, 50, "net-tls").says("self-signed and not known here (issuer"),
        Row::new("an authority of old",       &good.endpoint, &renewed, 50, "net-tls").says("an authority that is not known here"),
    ];
    run_table("tls-certificates", LIMIT, rows);
}

/// A login page is behind each: where it is seen, the handshake was good.
#[testkit::test(needs(OPENSSL))]
fn servers_of_openssl_are_met_with_every_version_and_key_that_is_safe() {
    let folder = tempfile::tempdir().expect("a folder");
    let rsa = self_signed(folder.path(), &["-newkey", "rsa:2048", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let weak = "ALL:@SECLEVEL=0";
    let curve = |name| ["-newkey", "ec", "-pkeyopt", name, "-addext", "basicConstraints=critical,CA:FALSE"];
    let p256 = self_signed(folder.path(), &curve("ec_paramgen_curve:P-256"));
    let p384 = self_signed(folder.path(), &curve("ec_paramgen_curve:P-384"));
    let ed25519 = self_signed(folder.path(), &["-newkey", "ed25519", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let p521 = self_signed(folder.path(), &curve("ec_paramgen_curve:P-521"));
    let ed448 = self_signed(folder.path(), &["-newkey", "ed448", "-addext", "basicConstraints=critical,CA:FALSE"]);
    let pss = self_signed(
        folder.path(),
        &["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-addext", "basicConstraints=critical,CA:FALSE"],
    );
    // More than TLS of this program takes in one message, and less than OpenSSL takes by default.
    let chain = folder.path().join("chain");
    fs::write(&chain, rsa.repeat(100)).expect("a chain");
    let chain = chain.display().to_string();
    #[rustfmt::skip]
    let cases = [
        ("TLS 1.0 only",          &rsa,     vec!["-tls1", "-cipher", weak],                  "net-tls",        "versions of TLS that are no longer safe"),
        ("TLS 1.1 only",          &rsa,     vec!["-tls1_1", "-cipher", weak],                "net-tls",        "versions of TLS that are no longer safe"),
        ("TLS 1.2 only",          &rsa,     vec!["-tls1_2"],                                 "hub-unexpected", "an HTML page"),
        ("TLS 1.3 only",          &rsa,     vec!["-tls1_3"],                                 "hub-unexpected", "an HTML page"),
        ("CBC only",              &rsa,     vec!["-tls1_2", "-cipher", "AES128-SHA"],        "net-tls",        "(handshake_failure): it may demand a client certificate, or have only ciphers"),
        ("P-256",                 &p256,    vec![],                                          "hub-unexpected", "an HTML page"),
        ("P-384",                 &p384,    vec!["-tls1_2"],                                 "hub-unexpected", "an HTML page"),
        ("Ed25519",               &ed25519, vec![],                                          "hub-unexpected", "an HTML page"),
        ("P-521",                 &p521,    vec![],                                          "net-tls",        "does not support, such as P-521, Ed448 or RSA-PSS"),
        ("Ed448",                 &ed448,   vec![],                                          "net-tls",        "does not support, such as P-521, Ed448 or RSA-PSS"),
        ("RSA-PSS",               &pss,     vec![],                                          "net-tls",        "does not support, such as P-521, Ed448 or RSA-PSS"),
        ("a long chain",          &rsa,     vec!["-tls1_2", "-cert_chain", &chain],           "net-tls",        "its chain of certificates is longer than 64 KiB"),
        ("the same, TLS 1.3",     &rsa,     vec!["-tls1_3", "-cert_chain", &chain],           "net-tls",        "its chain of certificates is longer than 64 KiB"),
        ("a client's certificate", &rsa,    vec!["-tls1_2", "-Verify", "1"],                 "net-tls",        "it may demand a client certificate"),
        ("the same, TLS 1.3",     &rsa,     vec!["-tls1_3", "-Verify", "1"],                 "net-tls",        "it demands a client certificate, and Hub clients send none"),
    ];
    let (mut daemons, mut rows) = (Vec::new(), Vec::new());
    for (name, certificate, options, code, says) in cases {
        let daemon = daemon::s_server(certificate, &options);
        let ca = certs::save(&tempfile::tempdir_in(&folder).expect("a folder").keep(), certificate);
        rows.push(Row::new(name, &format!("https://localhost:{}", daemon.port), &ca, 50, code).says(says));
        daemons.push(daemon);
    }
    run_table("tls-versions", LIMIT, rows);
}

#[testkit::test(needs(NGINX))]
fn tls_and_plain_text_are_told_apart_on_both_sides() {
    let plain = FakeHub::start_plain(scenario::hub_state());
    let tls = FakeHub::start(scenario::hub_state());
    let answers = "server { listen 127.0.0.1:PORT ssl; ssl_certificate FOLDER/pem; ssl_certificate_key FOLDER/pem; }";
    let identity = certs::issue(&["localhost"]);
    let pem = format!("{}{}", identity.certificate_pem, identity.key_pem);
    let nginx = daemon::nginx(answers, &[("pem", &pem)]);
    let text = daemon::nginx("server { listen 127.0.0.1:PORT; }", &[]);
    let row =
        |name, scheme, port: u16, code| Row::new(name, &format!("{scheme}://localhost:{port}"), &tls.ca, 50, code);
    #[rustfmt::skip]
    let rows = vec![
        row("https:// to plain text",  "https", plain.address.port(), "net-interrupted"),
        row("https:// to plain nginx", "https", text.port,            "net-tls").says("it does not speak TLS on this port"),
        row("http:// to TLS",          "http",  tls.address.port(),   "net-interrupted").says("should begin with https://"),
        row("http:// to nginx's TLS",  "http",  nginx.port,           "hub-not-a-hub").says("it may be a mirror"),
    ];
    run_table("tls-or-plain", LIMIT, rows);
}

#[testkit::test]
fn every_variable_adds_authorities_and_none_takes_one_away() {
    let hub = FakeHub::start(scenario::hub_state());
    let ca = fs::read_to_string(&hub.ca).expect("a CA");
    let folder = tempfile::tempdir().expect("a folder");
    let save = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).and_then(|()| fs::write(&path, text)).expect("a file");
        path.display().to_string()
    };
    let file = hub.ca.display().to_string();
    let dir = folder.path().join("dir").display().to_string();
    let other = folder.path().join("other").display().to_string();
    save("dir/0a1b2c3d.0", &ca);
    save("dir/README", "no certificate");
    save("other/ca.pem", &certs::issue(&["localhost"]).ca_pem);
    let crlf = save("crlf.pem", &ca.replace('\n', "\r\n"));
    let commented = save("commented.pem", &format!("# our CA\nsubject=CN = ours\n{ca}\n# end\n"));
    let many = save("many.pem", &format!("{}{ca}", certs::issue(&["localhost"]).ca_pem));
    let junk = save("junk.pem", "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
    let half = save("half.pem", &ca[..ca.len() / 2]);
    let lists = format!("{other}:{dir}");
    let row = |name, variables: &[(&str, &str)], exit| {
        // What the Python client reads decides whether it is a warning.
        let is_shared = variables.iter().all(|(name, value)| name.starts_with("SSL_") && *value != "/nonexistent");
        let code = match (exit, is_shared) {
            (0, true) => "",
            (0, false) => "ca-not-shared",
            _ => "net-tls",
        };
        variables.iter().fold(Row::at(name, &hub, exit, code).with("SSL_CERT_FILE", ""), |row, (name, value)| {
            row.with(name, *value)
        })
    };
    #[rustfmt::skip]
    let rows = vec![
        row("SSL_CERT_FILE",            &[("SSL_CERT_FILE", &file)],                                   0),
        row("SSL_CERT_DIR",             &[("SSL_CERT_DIR", &dir)],                                     0),
        row("a list of folders",        &[("SSL_CERT_DIR", &lists)],                                   0),
        row("REQUESTS_CA_BUNDLE",       &[("REQUESTS_CA_BUNDLE", &file)],                              0),
        row("a folder for requests",    &[("REQUESTS_CA_BUNDLE", &dir)],                               0),
        row("CURL_CA_BUNDLE",           &[("CURL_CA_BUNDLE", &file)],                                  0),
        row("one good, one missing",    &[("SSL_CERT_FILE", "/nonexistent"), ("CURL_CA_BUNDLE", &file)], 0),
        row("one good, one junk",       &[("SSL_CERT_FILE", &junk), ("REQUESTS_CA_BUNDLE", &file)],    0),
        row("line ends of Windows",     &[("SSL_CERT_FILE", &crlf)],                                   0),
        row("comments",                 &[("SSL_CERT_FILE", &commented)],                              0),
        row("the second in a file",     &[("SSL_CERT_FILE", &many)],                                   0),
        row("none",                     &[],                                                           50),
        row("a missing file",           &[("SSL_CERT_FILE", "/nonexistent")],                          50).says("SSL_CERT_FILE names /nonexistent, and no"),
        row("junk",                     &[("CURL_CA_BUNDLE", &junk)],                                  50).says("CURL_CA_BUNDLE names"),
        row("half a certificate",       &[("REQUESTS_CA_BUNDLE", &half)],                              50).says("REQUESTS_CA_BUNDLE names"),
        row("another's",                &[("SSL_CERT_DIR", &other)],                                   50).says("not known here"),
    ];
    run_table("tls-authorities", LIMIT, rows);
}

/// A company's CA in the image's own store, which is what the Python client reads.
#[testkit::test(needs(MOUNTS))]
fn the_store_of_the_machine_is_trusted_where_nothing_else_does() {
    let hub = FakeHub::start(scenario::hub_state());
    let script = "mount -t tmpfs none /etc/ssl && mkdir /etc/ssl/certs && cp \"$CA\" /etc/ssl/certs/ca-certificates.crt \
                  && exec \"$P\" --read acme/model --format json";
    let mut command = sandbox::with_mounts(script);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("P", program::path())
        .env("CA", &hub.ca)
        .env("HF_ENDPOINT", &hub.endpoint)
        .env("HF_TOKEN", scenario::secret("write"));
    let run = finish(&mut command);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("a report: {run:?}"));
    assert_eq!((run.status, report["warnings"][0]["code"].as_str()), (0, Some("ca-not-shared")), "{report:#}");
    assert!(report["warnings"][0]["why"].to_string().contains("Only this machine's own store"), "{report:#}");
}

/// This program brings its own roots; most others, such as `hf_xet`, fail without the machine's.
#[testkit::test(needs(MOUNTS))]
fn a_machine_without_ca_certificates_is_named_where_a_command_follows() {
    let hub = FakeHub::start(scenario::hub_state());
    let plain = FakeHub::start_plain(scenario::hub_state());
    let folder = tempfile::tempdir().expect("a folder");
    let hashed = folder.path().join("0a1b2c3d.0");
    fs::copy(&hub.ca, &hashed).expect("a certificate");
    let (ca, folder) = (hub.ca.display().to_string(), folder.path().display().to_string());
    let none = sandbox::NO_CA_STORE.to_owned();
    let in_a_folder = format!("{none}\n/bin/mkdir /etc/ssl/certs && /bin/cp {ca} /etc/ssl/certs/0a1b2c3d.0");
    let in_a_file = format!("{none}\n/bin/mkdir /etc/ssl/certs && /bin/cp {ca} /etc/ssl/certs/ca-certificates.crt");
    let elsewhere = format!("{none}\n/bin/mkdir /etc/ssl/certs && /bin/cp {ca} /etc/ssl/certs/README");
    let command = &["--", "/bin/true"][..];
    for (name, script, endpoint, variable, args, is_named) in [
        ("nothing", &none, &hub.endpoint, ("CURL_CA_BUNDLE", &ca), command, true),
        ("a folder without certificates", &elsewhere, &hub.endpoint, ("CURL_CA_BUNDLE", &ca), command, true),
        ("no command", &none, &hub.endpoint, ("CURL_CA_BUNDLE", &ca), &[], false),
        ("plain http", &none, &plain.endpoint, ("CURL_CA_BUNDLE", &ca), command, false),
        ("a file that is named", &none, &hub.endpoint, ("SSL_CERT_FILE", &ca), command, false),
        ("a folder that is named", &none, &hub.endpoint, ("SSL_CERT_DIR", &folder), command, false),
        ("the usual file", &in_a_file, &hub.endpoint, ("CURL_CA_BUNDLE", &ca), command, false),
        ("the usual folder", &in_a_folder, &hub.endpoint, ("CURL_CA_BUNDLE", &ca), command, false),
    ] {
        let token = scenario::secret("write");
        let variables = program::variables([("HF_ENDPOINT", endpoint), ("HF_TOKEN", &token), (variable.0, variable.1)]);
        let run = finish(&mut sandbox::within(
            script,
            &program::command([&["--read", "acme/model", "--format", "json"], args].concat(), &variables),
        ));
        // With a command the report goes to stderr.
        let report: serde_json::Value =
            serde_json::from_str(&(run.stdout.clone() + &run.stderr)).unwrap_or_else(|_| panic!("{name}: {run:?}"));
        let warnings = report["warnings"].as_array().expect("warnings");
        let found = warnings.iter().any(|warning| warning["code"] == "ca-store-missing");
        assert_eq!((run.status, found), (0, is_named), "{name}: {report:#}");
    }
}
