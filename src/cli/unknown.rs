//! Variables with this program's prefix that it does not know: mistyped options.

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::env::{Env, Owner, Variable};
use crate::model::typo;
use crate::token::redact;

/// The prefix of this program's variables.
const PREFIX: &str = "HF_TOKEN_CHECK_";

/// Set for other programs of this project: the launcher, the installer of a release, and the tests.
const OTHER_PROGRAMS: [&str; 9] = [
    "VERSION",
    "RELEASES",
    "DOWNLOAD_URL",
    "INSTALL_DIR",
    "UNMANAGED_INSTALL",
    "NO_MODIFY_PATH",
    "DISABLE_UPDATE",
    "GITHUB_TOKEN",
    "LIVE",
];

/// The same, by the beginning of the name.
const OTHER_PREFIXES: [&str; 2] = ["TEST_", "INSTALLER_"];

/// Options whose variable has another name.
const ELSEWHERE: [(&str, Variable); 4] = [
    ("ENDPOINT", Variable::Endpoint),
    ("TOKEN_FILE", Variable::TokenPath),
    ("TOKEN_PATH", Variable::TokenPath),
    ("COLOR", Variable::NoColor),
];

/// At most this many are named.
const MOST: usize = 5;

/// A warning for each variable that was meant for this program and has no effect.
pub fn warnings(env: &Env) -> Vec<(Diagnosis, Params)> {
    let mut names: Vec<_> = env.all().map(|(name, _)| name.to_string_lossy()).filter(|name| is_unknown(name)).collect();
    names.sort_unstable();
    names.iter().take(MOST).map(|name| (Diagnosis::VariableUnknown, params(name))).collect()
}

/// The facts of one such warning.
pub fn params(name: &str) -> Params {
    let ours = Variable::ALL.iter().filter(|variable| variable.owner() == Owner::Ours);
    let ours = ours.filter_map(|variable| Some((variable.name().strip_prefix(PREFIX)?, *variable)));
    let upper = name.trim().to_ascii_uppercase();
    let nearest = typo::nearest(upper.strip_prefix(PREFIX).unwrap_or_default(), ours.chain(ELSEWHERE));
    let name = redact::line(name);
    let remedy = nearest.map_or_else(
        || format!("Unset {name}: it has no effect"),
        |nearest| format!("Rename {name} to {}, or unset it", nearest.name()),
    );
    Params::default().with("found", name).with("remedy", remedy)
}

fn is_unknown(name: &str) -> bool {
    let has_prefix = name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let Some(rest) = name.get(PREFIX.len()..).filter(|_| has_prefix) else { return false };
    let is_known = Variable::ALL.iter().any(|variable| variable.name() == name);
    let is_of_others = OTHER_PROGRAMS.contains(&rest) || OTHER_PREFIXES.iter().any(|prefix| rest.starts_with(prefix));
    !is_known && !is_of_others && !is_of_a_service(name)
}

/// Kubernetes makes variables for every Service of the namespace. For one called `hf-token-check`, or `hf-token-check-web`,
/// they have this prefix: `…_SERVICE_HOST`, `…_SERVICE_PORT_HTTPS`, `…_PORT`, `…_PORT_443_TCP_ADDR`.
fn is_of_a_service(name: &str) -> bool {
    let ends = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"];
    if ends.iter().any(|end| name.ends_with(end)) || name.contains("_SERVICE_PORT_") {
        return true;
    }
    let is_port = |part: &str| part.parse::<u16>().is_ok();
    let is_protocol = |part: &str| ["TCP", "UDP", "SCTP"].contains(&part);
    let parts: Vec<_> = name.split('_').collect();
    match parts.as_slice() {
        [.., "PORT", port, protocol, "ADDR" | "PORT" | "PROTO"] | [.., "PORT", port, protocol] => {
            is_port(port) && is_protocol(protocol)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_unknown_unless_it_is_an_option_or_somebody_elses() {
        for (rest, expected) in [
            ("WRTIE", true),
            ("READS", true),
            ("read", true),
            ("READ ", true),
            ("SERVICE", true),
            ("PORT_X_TCP", true),
            ("PORT_443_TCPS", true),
            ("READ", false),
            ("SKIP", false),
            ("REPORT", false),
            ("VERSION", false),
            ("RELEASES", false),
            ("INSTALL_DIR", false),
            ("TEST_BINARY", false),
            ("SERVICE_HOST", false),
            ("SERVICE_PORT", false),
            ("SERVICE_PORT_HTTPS", false),
            ("SERVICE_PORT_METRICS_V2", false),
            ("PORT", false),
            ("PORT_443_TCP", false),
            ("PORT_443_TCP_ADDR", false),
            ("PORT_443_TCP_PORT", false),
            ("PORT_443_TCP_PROTO", false),
            ("PORT_53_UDP", false),
            ("PORT_9999_SCTP_ADDR", false),
            ("WEB_SERVICE_HOST", false),
            ("WEB_PORT_80_TCP_PROTO", false),
        ] {
            assert_eq!(is_unknown(&format!("{PREFIX}{rest}")), expected, "{rest}");
        }
        assert!(is_unknown("hf_token_check_READ"));
        for name in ["HF_TOKEN_CHECK", "HF_TOKEN", "HF_TOKEN_CHECKS", "", "é"] {
            assert!(!is_unknown(name), "{name}");
        }
    }

    #[test]
    fn the_nearest_option_is_offered() {
        for (rest, remedy) in [
            ("WRTIE", "Rename HF_TOKEN_CHECK_WRTIE to HF_TOKEN_CHECK_WRITE, or unset it"),
            ("READS", "Rename HF_TOKEN_CHECK_READS to HF_TOKEN_CHECK_READ, or unset it"),
            ("TIME_OUT", "Rename HF_TOKEN_CHECK_TIME_OUT to HF_TOKEN_CHECK_TIMEOUT, or unset it"),
            ("PERMISSIONS", "Rename HF_TOKEN_CHECK_PERMISSIONS to HF_TOKEN_CHECK_PERMISSION, or unset it"),
            ("VALIDFOR", "Rename HF_TOKEN_CHECK_VALIDFOR to HF_TOKEN_CHECK_VALID_FOR, or unset it"),
            ("read", "Rename HF_TOKEN_CHECK_read to HF_TOKEN_CHECK_READ, or unset it"),
            ("ENDPOINT", "Rename HF_TOKEN_CHECK_ENDPOINT to HF_ENDPOINT, or unset it"),
            ("TOKEN_FILE", "Rename HF_TOKEN_CHECK_TOKEN_FILE to HF_TOKEN_PATH, or unset it"),
            ("BANANA", "Unset HF_TOKEN_CHECK_BANANA: it has no effect"),
        ] {
            assert_eq!(params(&format!("{PREFIX}{rest}")).fill("{remedy}"), remedy);
        }
    }
}
