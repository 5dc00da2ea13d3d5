//! Answers of the live Hub, as third parties recorded or pasted them in 2025 and 2026, replayed through reading and
//! judgement. Names are replaced; statuses, headers and sentences are not.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::diagnosis::catalog::Diagnosis;
use crate::hub::interpret;
use crate::hub::interpret::page::{Arrival, RawResponse};
use crate::hub::request::Request;
use crate::model::answer::{Answer, Gate, Gating, NoAnswer, Policy};
use crate::model::author::Site;
use crate::model::endpoint::Endpoint;
use crate::model::entitlement::{Doubt, Entitlement};
use crate::model::question::{Ask, WhoAmI};
use crate::model::reply::Whoami;
use crate::model::repo::RepoRef;
use crate::model::requirement::Access;
use crate::policy::table::{Elsewhere, judge, judge_whoami};
use crate::token::kind::TokenKind;

const JSON: &str = "content-type: application/json; charset=utf-8";
const TEXT: &str = "content-type: text/plain; charset=utf-8";
const HTML: &str = "content-type: text/html; charset=utf-8";

fn repo() -> RepoRef {
    RepoRef::parse("example-owner/tiny-gated-model", &Endpoint::default()).expect("a repo")
}

fn answer<Q: Request>(question: &Q, status: u16, headers: &[&str], body: &str) -> Q::Answer {
    read_at(Site::HuggingFace, question, status, headers, body).1
}

/// The question that is answered in fact, and the answer.
fn read_at<Q: Request>(site: Site, question: &Q, status: u16, headers: &[&str], body: &str) -> (Option<Q>, Q::Answer) {
    let mut map = HeaderMap::new();
    for line in headers {
        let (name, value) = line.split_once(": ").expect("a header");
        map.append(
            HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            HeaderValue::from_str(value).expect("a value"),
        );
    }
    let raw = RawResponse { status, headers: map, body: body.into(), is_whole: true };
    let read = interpret::read(question, &raw, site, Arrival::Direct);
    (read.answered, read.answer)
}

/// A refusal with its sentence in the header and in the body, as every recorded one has.
fn refused(status: u16, code: Option<&str>, message: &str) -> (u16, Vec<String>, String) {
    let mut headers = vec![JSON.into(), format!("x-error-message: {message}")];
    headers.extend(code.map(|code| format!("x-error-code: {code}")));
    (status, headers, serde_json::json!({"error": message}).to_string())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn recorded_refusals_are_read_and_judged() {
    use Diagnosis as D;
    let gated = Some("GatedRepo");
    let never = "Access to model example-owner/tiny-gated-model is restricted and you are not in the authorized list. Visit https://huggingface.co/example-owner/tiny-gated-model to ask for access.";
    let anonymous = "Access to model meta-llama/Llama-3.2-1B is restricted. You must have access to it and be authenticated to access it. Please log in.";
    let pending =
        "Your request to access model example-owner/tiny-gated-model is awaiting a review from the repo authors.";
    let rejected =
        "Your request to access model example-owner/tiny-gated-model has been rejected by the repo's authors.";
    let reset = "Your request to access model example-owner/tiny-gated-model has been reset by the repo's authors. Visit https://huggingface.co/example-owner/tiny-gated-model to submit a new request.";
    let box_missing = "Please enable access to public gated repositories in your fine-grained token settings to view this repository.";
    let read_only = "You have read access but not the required permissions for this operation";
    let approval = "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource.";
    let revoked = "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information.";
    let rows: [(_, Answer, Access, Entitlement, Diagnosis); 19] = [
        (
            refused(401, None, "Invalid username or password."),
            Answer::Unauthorized,
            Access::Read,
            Entitlement::Delegated,
            D::TokenScope,
        ),
        (
            refused(401, None, "Invalid username or password."),
            Answer::Unauthorized,
            Access::Read,
            Entitlement::Clear,
            D::TokenNotDelivered,
        ),
        (
            refused(401, None, "Invalid username or password."),
            Answer::Unauthorized,
            Access::Read,
            Entitlement::Unknown(Doubt::NoIdentity),
            D::TokenNotDelivered,
        ),
        (
            refused(401, None, "Invalid credentials in Authorization header"),
            Answer::BadCredentials,
            Access::Read,
            Entitlement::Unknown(Doubt::NoIdentity),
            D::TokenRejected,
        ),
        (
            refused(401, None, "User Access Token \"ci\" is expired"),
            Answer::Expired,
            Access::Write,
            Entitlement::Unknown(Doubt::NoIdentity),
            D::TokenExpired,
        ),
        (
            refused(401, gated, anonymous),
            Answer::GateUnauthorized,
            Access::Read,
            Entitlement::Stranger,
            D::TokenNotDelivered,
        ),
        (refused(403, gated, never), Answer::Gated(Gate::Closed), Access::Read, Entitlement::Stranger, D::RepoGated),
        (
            refused(403, gated, pending),
            Answer::Gated(Gate::Pending),
            Access::Read,
            Entitlement::Stranger,
            D::RepoGatedPending,
        ),
        (
            refused(403, gated, rejected),
            Answer::Gated(Gate::Rejected),
            Access::Read,
            Entitlement::Stranger,
            D::RepoGatedRejected,
        ),
        (
            refused(403, gated, reset),
            Answer::Gated(Gate::Reset),
            Access::Read,
            Entitlement::Stranger,
            D::RepoGatedReset,
        ),
        (
            refused(403, gated, box_missing),
            Answer::Gated(Gate::FineGrained),
            Access::Read,
            Entitlement::Lacks,
            D::RepoGatedFineGrained,
        ),
        (
            refused(403, None, box_missing),
            Answer::Gated(Gate::FineGrained),
            Access::Read,
            Entitlement::Lacks,
            D::RepoGatedFineGrained,
        ),
        (
            refused(403, None, read_only),
            Answer::Forbidden,
            Access::Write,
            Entitlement::ReadToken,
            D::WriteDeniedReadToken,
        ),
        (
            refused(403, None, "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request"),
            Answer::Forbidden,
            Access::Write,
            Entitlement::LowRole,
            D::WriteDeniedOrgRole,
        ),
        (
            refused(403, None, "Authorization error."),
            Answer::Forbidden,
            Access::Read,
            Entitlement::Lacks,
            D::ReadDeniedFineGrained,
        ),
        (
            refused(403, None, approval),
            Answer::Policy(Policy::Approval),
            Access::Read,
            Entitlement::Clear,
            D::OrgPolicyApproval,
        ),
        (
            refused(403, None, revoked),
            Answer::Policy(Policy::Revoked),
            Access::Read,
            Entitlement::Clear,
            D::OrgTokenRevoked,
        ),
        (
            refused(403, None, "Access to this resource is disabled."),
            Answer::Disabled,
            Access::Read,
            Entitlement::Clear,
            D::RepoDisabled,
        ),
        (
            refused(404, Some("RepoNotFound"), "Repository not found"),
            Answer::NotFound,
            Access::Read,
            Entitlement::Clear,
            D::RepoNotFound,
        ),
    ];
    for ((status, headers, body), expected, access, entitlement, diagnosis) in rows {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let question = Ask::Read.about(repo());
        assert_eq!(answer(&question, status, &headers, &body), expected, "{status} {body}");
        // The header and the body are two places for one message, and either may be missing.
        let bare: Vec<_> = headers.iter().copied().filter(|line| !line.starts_with("x-error-message")).collect();
        assert_eq!(answer(&question, status, &bare, &body), expected, "without the header: {status} {body}");
        assert_eq!(answer(&question, status, &headers, ""), expected, "without the body: {status} {headers:?}");
        assert_eq!(judge(access, expected, entitlement), Some(diagnosis), "{status} {body}");
    }
}

#[test]
fn a_grant_is_only_the_hubs_own_ok() {
    let (id, powered) = ("x-request-id: Root=1-6a", "x-powered-by: huggingface-moon");
    let unexpected = Answer::NoAnswer(NoAnswer::Unexpected);
    for (status, headers, body, expected) in [
        (200, vec![TEXT, id, powered], "OK", Answer::Granted),
        (200, vec![TEXT, powered], "OK\n", Answer::Granted),
        (200, vec![TEXT, powered], "", Answer::Granted),
        (200, vec![TEXT, powered, "content-encoding: gzip"], "OK", Answer::NoAnswer(NoAnswer::Unexpected)),
        (200, vec![TEXT, powered, "content-encoding: br"], "", Answer::NoAnswer(NoAnswer::Unexpected)),
        (200, vec![TEXT, powered, "content-encoding: Identity"], "OK", Answer::Granted),
        (200, vec![TEXT, powered, "transfer-encoding: xchunked"], "OK", Answer::NoAnswer(NoAnswer::Unexpected)),
        (200, vec![TEXT, powered, "transfer-encoding: Chunked"], "OK", Answer::Granted),
        (200, vec![TEXT, id], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT, "x-powered-by: PHP"], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT, "x-error-code: None"], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT], "OK", Answer::UnverifiedOk),
        (200, vec![], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT, powered, "x-hf-warning: unauthenticated; You are"], "OK", Answer::UnverifiedOk),
        (
            200,
            vec![TEXT, powered, "x-hf-warning: a; b", "x-hf-warning: unauthenticated; c"],
            "OK",
            Answer::UnverifiedOk,
        ),
        (200, vec![TEXT, powered, "age: 86400"], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT, powered, "age: 0"], "OK", Answer::Granted),
        (200, vec![TEXT, powered, "x-cache: Hit from cloudfront"], "OK", Answer::UnverifiedOk),
        (200, vec![TEXT, powered, "x-cache: Miss from cloudfront"], "OK", Answer::Granted),
        (200, vec![TEXT, powered, "age: 5"], "", unexpected),
        (200, vec![TEXT], "", unexpected),
        (200, vec![HTML, powered], "OK", unexpected),
        (200, vec![HTML], "<html>Log in</html>", unexpected),
        (200, vec![JSON, powered], "true", unexpected),
        (200, vec![JSON, powered], "{\"error\":\"We had to rate limit your IP\"}", unexpected),
        (204, vec![TEXT, powered], "", unexpected),
    ] {
        for question in [Ask::Read, Ask::Write].map(|ask| ask.about(repo())) {
            assert_eq!(answer(&question, status, &headers, body), expected, "{status} {headers:?} {body:?}");
        }
    }
}

/// Every refusal that a gateway, a portal, a cache or another server may give, beside the Hub's own.
#[test]
fn a_refusal_is_only_the_hubs_with_its_mark() {
    use Answer as A;
    let (id, powered, code) = ("x-request-id: 5f1c", "x-powered-by: huggingface-moon", "x-error-code: RepoNotFound");
    let (foreign, none) = (A::NoAnswer(NoAnswer::UnmarkedRefusal), A::NoAnswer(NoAnswer::Unexpected));
    let page_not_found = r#"{"error":"Sorry, we can't find the page you are looking for."}"#;
    let region = "This model is not available in your region.";
    let anonymous = r#"{"error":"Invalid username or password."}"#;
    for (status, headers, body, expected) in [
        (401, vec![HTML, id], "<html>401 from a portal</html>", foreign),
        (401, vec![JSON, id], r#"{"error":"Unauthorized"}"#, foreign),
        (401, vec![JSON, id], r#"{"code":401,"msg":"token not valid"}"#, foreign),
        (401, vec![JSON], anonymous, A::Unauthorized),
        (401, vec![JSON, powered], r#"{"error":"Unauthorized"}"#, A::Unauthorized),
        (401, vec![JSON, "x-error-message: No"], "", A::Unauthorized),
        (401, vec![JSON, powered], r#"{"error":"there is no model expired-run, it is gone"}"#, A::Unauthorized),
        (401, vec![code], "", A::MaybeNotFound),
        (403, vec![HTML, id], "<html>Request blocked</html>", foreign),
        (403, vec![TEXT, id], "RBAC: access denied", foreign),
        (403, vec![JSON, powered], r#"{"error":"you are not associated with this organization"}"#, A::Forbidden),
        (403, vec![HTML, powered], "<html>403</html>", A::Forbidden),
        (403, vec![TEXT], region, A::Region),
        (451, vec![TEXT, powered], region, A::Region),
        (451, vec![TEXT, powered], "no", none),
        (451, vec![HTML], "", none),
        (404, vec![HTML], "<html>not here</html>", A::NoSuchRoute),
        (404, vec![JSON], r#"{"detail":"Not Found"}"#, A::NoSuchRoute),
        (404, vec![JSON, id], r#"{"error":"Repository not found"}"#, A::NoSuchRoute),
        (404, vec![JSON, id], r#"{"error":"Repository not found in cache"}"#, A::NoSuchRoute),
        (404, vec![JSON, powered], r#"{"error":"Repository not found"}"#, A::NotFound),
        (404, vec![code, powered], "", A::NotFound),
        (404, vec![code], "", A::MaybeNotFound),
        (404, vec![code, powered], page_not_found, A::NoSuchRoute),
        (404, vec![code], page_not_found, A::NoSuchRoute),
        (401, vec![code], page_not_found, A::NoSuchRoute),
        (404, vec!["x-error-code: EntryNotFound"], "", A::NoSuchRoute),
        (400, vec![HTML, id], "", A::NoSuchRoute),
        (400, vec![JSON, powered], r#"{"error":"Bad request"}"#, none),
        (405, vec![JSON], r#"{"detail":"Method Not Allowed"}"#, A::NoSuchRoute),
        (410, vec![HTML], "<html>Gone</html>", A::NoSuchRoute),
        (501, vec!["x-error-code: NotImplemented"], r#"{"error":"not supported"}"#, A::NoSuchRoute),
        (407, vec![], "", none),
        (408, vec![], "", A::NoAnswer(NoAnswer::ServerError)),
        (418, vec![], "", none),
        (429, vec![HTML], "", A::NoAnswer(NoAnswer::RateLimited)),
        (503, vec![HTML], "", A::NoAnswer(NoAnswer::ServerError)),
    ] {
        for question in [Ask::Read, Ask::Write, Ask::Describe].map(|ask| ask.about(repo())) {
            let (_, answer) = read_at(Site::Elsewhere, &question, status, &headers, body);
            assert_eq!(answer, expected, "{question:?} {status} {headers:?} {body:?}");
        }
    }
    // At huggingface.co itself the form of a Hub's error is enough.
    let question = Ask::Read.about(repo());
    assert_eq!(answer(&question, 404, &[code], ""), Answer::NotFound);
    assert_eq!(answer(&question, 404, &[JSON], r#"{"error":"Repository not found"}"#), Answer::NoSuchRoute);
}

#[test]
fn metadata_tells_the_gate_and_whether_it_is_about_the_repo() {
    let describe = |id: &str, more: &str| {
        let body = format!(r#"{{"id":"{id}","private":true{more}}}"#);
        let question = Ask::Describe.about(repo());
        read_at(Site::Elsewhere, &question, 200, &[JSON], &body).1
    };
    let same = "example-owner/tiny-gated-model";
    for (id, more, expected) in [
        (same, "", Answer::Described(Gating::Unstated)),
        (same, r#","gated":null"#, Answer::Described(Gating::Unstated)),
        (same, r#","gated":false,"disabled":false"#, Answer::Described(Gating::Open)),
        (same, r#","gated":"manual""#, Answer::Described(Gating::Gated)),
        (same, r#","gated":"auto""#, Answer::Described(Gating::Gated)),
        (same, r#","gated":{"by":"moon"}"#, Answer::Described(Gating::Gated)),
        (same, r#","gated":false,"disabled":true"#, Answer::Disabled),
        ("Example-Owner/Tiny-Gated-Model", "", Answer::Described(Gating::Unstated)),
        ("other/model", r#","gated":false"#, Answer::NoAnswer(NoAnswer::Unexpected)),
    ] {
        assert_eq!(describe(id, more), expected, "{id} {more}");
    }
    let short = RepoRef::parse("gpt2", &Endpoint::default()).expect("a repo");
    let full = RepoRef::parse("openai-community/gpt2", &Endpoint::default()).expect("a repo");
    let body = r#"{"id":"openai-community/gpt2","gated":false}"#;
    let (answered, answer) = read_at(Site::Elsewhere, &Ask::Describe.about(short), 200, &[JSON], body);
    assert_eq!(answer, Answer::Described(Gating::Open));
    assert_eq!(answered, Some(Ask::Describe.about(full)));
}

#[test]
fn recorded_identities_are_read_and_the_rest_is_none() {
    let is_known = |body: &str| matches!(answer(&WhoAmI, 200, &[JSON], body), Whoami::Known(_));
    let recorded = r#"{"type":"user","id":"000000000000000000000001","name":"example-owner","fullname":"Example Owner",
        "email":"user@example.com","emailVerified":true,"canPay":false,"billingMode":"prepaid","periodEnd":1793491200,
        "isPro":false,"avatarUrl":"/avatars/0.svg","orgs":[],"auth":{"type":"access_token","accessToken":
        {"displayName":"example","role":"write","createdAt":"2026-10-06T13:15:23.159Z"}}}"#;
    let login = r#"{"type":"user","name":"a","auth":{"type":"oauth","expiresAt":"2026-10-22T06:04:28.000Z"}}"#;
    for (body, expected) in [
        (recorded, true),
        (login, true),
        (r#"{"type":"robot","name":"a","orgs":{"not":"a list"},"auth":{"type":"moon"}}"#, true),
        (
            r#"{"type":"user","name":"a","orgs":[null,3,{"name":4},{"name":"o","roleInOrg":false}],
            "auth":{"type":"access_token","accessToken":{"role":9}}}"#,
            true,
        ),
        // A server that answers anything to anybody.
        (r#"{"name":"UnauthorizedError","message":"no"}"#, false),
        (r#"{"type":"user","name":"anonymous"}"#, false),
        (r#"{"type":"user","name":"anonymous","auth":null}"#, false),
        (r#"{"type":"user","name":"anonymous","auth":{}}"#, false),
        (r#"{"type":"user","name":"a","auth":"access_token"}"#, false),
        (r#"{"name":"a","auth":{"type":"access_token"}}"#, false),
        (r#"{"type":7,"name":"a","auth":{"type":"access_token"}}"#, false),
        (r#"{"name":""}"#, false),
        (r#"{"name":null}"#, false),
        ("{}", false),
        ("[]", false),
        ("OK", false),
        ("", false),
        ("<html></html>", false),
    ] {
        assert_eq!(is_known(body), expected, "{body}");
    }
    // Recorded twice, byte for byte the same for no token and for a bad one: it is the sending that makes it a rejection.
    let (status, headers, body) = refused(401, None, "Invalid username or password.");
    let headers: Vec<_> = headers.iter().map(String::as_str).collect();
    let rejection = answer(&WhoAmI, status, &headers, &body);
    assert_eq!(judge_whoami(&rejection, TokenKind::User, Elsewhere::Silent), Some(Diagnosis::TokenRejected));
    assert_eq!(judge_whoami(&rejection, TokenKind::Oidc, Elsewhere::AllPush), Some(Diagnosis::IdentityUnknown));
}
