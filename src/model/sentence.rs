//! The Hub's sentences, each written once. `hub/interpret` recognizes them, the rehearsal says them, and the fake Hub of the
//! tests answers with them: `crates/testkit` compiles this very file, so it uses nothing else of this crate.

/// How much a sentence proves where nothing else on a response is the Hub's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// Nobody but a Hub says it: the whole sentence is a mark.
    Distinct,
    /// Other servers say the same: it is no mark.
    Common,
}

/// One row: `{name}` in the text is a place that the Hub fills in with a word, `{*name}` with any number. The sentence is also recognized by any of `keys`,
/// because its wording may change; every phrase of a key must be there.
struct Row {
    text: &'static str,
    wording: Wording,
    statuses: &'static [u16],
    keys: &'static [&'static [&'static str]],
}

macro_rules! sentences {
    ($($(#[$doc:meta])* $variant:ident $wording:ident $statuses:expr, $text:literal, $keys:expr;)*) => {
        /// A sentence of the Hub.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sentence { $($(#[$doc])* $variant,)* }

        impl Sentence {
            /// Every sentence, in the order in which they are looked for.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row { text: $text, wording: Wording::$wording, statuses: $statuses, keys: $keys },)*
                }
            }
        }
    };
}

sentences! {
    // ---- 401
    /// The answer to a request without a token, and whoami's to a token that it refuses (recorded 2026-10).
    Anonymous Distinct &[401],
        "Invalid username or password.", &[&["invalid username or password"]];
    /// A repo's answer to a token that the Hub does not know, even where the repo is public (pasted by users).
    InvalidCredentials Distinct &[401],
        "Invalid credentials in Authorization header", &[&["invalid credentials"]];
    /// `KohakuHub`'s whoami to a token that it does not know (run).
    InvalidUserToken Distinct &[401],
        "Invalid user token", &[&["invalid user token"]];
    /// Pasted by users.
    TokenExpired Distinct &[401],
        "User Access Token \"{*token}\" is expired",
        &[&["is expired"], &["has expired"], &["token expired"], &["expired token"]];
    /// The gate's answer to a request without a token (recorded 2026-10).
    GateAnonymous Distinct &[401],
        "Access to {noun} {id} is restricted. You must have access to it and be authenticated to access it. Please log in.",
        &[&["is restricted", "please log in"]];
    // ---- the gate (recorded 2026-10)
    /// Access was never asked for.
    GateClosed Distinct &[403],
        "Access to {noun} {id} is restricted and you are not in the authorized list. Visit {page} to ask for access.",
        &[&["is restricted and you are not in the authorized list"]];
    /// The request waits.
    GatePending Distinct &[403],
        "Your request to access {noun} {id} is awaiting a review from the repo authors.",
        &[&["your request to access", "is awaiting"], &["your access request", "is awaiting"]];
    /// The request was refused.
    GateRejected Distinct &[403],
        "Your request to access {noun} {id} has been rejected by the repo's authors.",
        &[&["your request to access", "has been rejected"], &["your access request", "has been rejected"]];
    /// The request must be made again.
    GateReset Distinct &[403],
        "Your request to access {noun} {id} has been reset by the repo's authors. Visit {page} to submit a new request.",
        &[&["your request to access", "has been reset"], &["your access request", "has been reset"]];
    /// The account may have access; the fine-grained token may not use it (pasted by users).
    GateFineGrained Distinct &[403],
        "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
        &[&["public gated repositories"]];
    // ---- organizations (documented)
    /// Pending and denied alike.
    OrganizationApproval Distinct &[401, 403],
        "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource.",
        &[&["organization", "needs to be approved"], &["organization", "not been approved"], &["organization", "pending approval"]];
    /// Final for that organization.
    OrganizationRevoked Distinct &[401, 403],
        "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information.",
        &[&["organization", "has been revoked"], &["revoked by the organization"], &["revoked by your organization"]];
    // ---- other refusals
    /// The repo is disabled (matched by the Python client).
    Disabled Distinct &[403, 404],
        "Access to this resource is disabled.", &[&["resource is disabled"]];
    /// No account has access from there.
    Region Distinct &[403, 451],
        "This {noun} is not available in your region.",
        &[&["not available in your region"], &["not available in your country"]];
    /// Recorded 2026-10.
    ReadOnly Distinct &[403],
        "You have read access but not the required permissions for this operation",
        &[&["you have read access but not"]];
    /// An older form of the same (pasted by users).
    PullRequestOnly Distinct &[403],
        "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request", &[&["create_pr=1"]];
    /// The answer to a creation (pasted by users).
    NoRightToCreate Distinct &[403],
        "You don't have the rights to create a {noun} under the namespace \"{owner}\"", &[&["the rights to create"]];
    /// Permissions beyond repos (pasted by users).
    NotSufficient Distinct &[403],
        "This authentication method does not have sufficient permissions to {*act}",
        &[&["this authentication method does not have"]];
    /// Pasted by users.
    AuthorizationError Distinct &[403],
        "Authorization error.", &[&["authorization error"]];
    // ---- 404
    /// Recorded 2026-10; caches and registries say the same.
    RepoNotFound Common &[404],
        "Repository not found", &[&["repository not found"]];
    /// The answer to a commit to a missing revision (matched by the Python client, by its code).
    RevisionNotFound Distinct &[404],
        "Invalid rev id: {revision}", &[&["invalid rev id"]];
    /// There is no such route (recorded 2026-10).
    PageNotFound Common &[400, 401, 403, 404, 405, 410],
        "Sorry, we can't find the page you are looking for.", &[&["we can't find the page you are looking for"]];
    // ---- 429 (documented)
    /// The quota of an account.
    RateLimited Distinct &[429],
        "We had to rate limit you, you hit the quota of {quota} api requests per 5 minutes period.",
        &[&["we had to rate limit you"]];
    /// The quota of an address: the request came without a token (pasted by users).
    RateLimitedAnonymous Distinct &[429],
        "We had to rate limit your IP ({address}). To continue using our service, create a HF account or login to your existing account, and make sure you pass a HF_TOKEN if you're using the API.",
        &[&["we had to rate limit your ip"]];
}

impl Sentence {
    /// What the Hub says, with the places filled in; a place without a value stays as it is.
    pub fn with(self, values: &[(&str, &str)]) -> String {
        values
            .iter()
            .fold(self.row().text.replace("{*", "{"), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// The sentence that a message is from its first word to its last, whatever fills the places.
    pub fn exactly(message: &Words) -> Option<Self> {
        Self::ALL.iter().copied().find(|sentence| message.is_all_of(sentence.row().text))
    }

    /// The sentence that the message of a response with this status amounts to, though it may be worded otherwise.
    pub fn meant(message: &Words, status: u16) -> Option<Self> {
        let is_meant = |sentence: &Self| {
            let Row { statuses, keys, .. } = sentence.row();
            statuses.contains(&status) && keys.iter().any(|key| key.iter().all(|phrase| message.has(phrase)))
        };
        Self::ALL.iter().copied().find(is_meant)
    }

    /// `X-Error-Code` beside it, where the Hub sends one.
    pub fn error_code(self) -> Option<&'static str> {
        let gate = [Self::GateAnonymous, Self::GateClosed, Self::GatePending, Self::GateRejected, Self::GateReset];
        if gate.contains(&self) { Some("GatedRepo") } else { self.code_of_a_404() }
    }

    fn code_of_a_404(self) -> Option<&'static str> {
        let codes = [(Self::RepoNotFound, "RepoNotFound"), (Self::RevisionNotFound, "RevisionNotFound")];
        codes.into_iter().find_map(|(sentence, code)| (sentence == self).then_some(code))
    }

    /// How much the sentence proves by itself.
    pub const fn wording(self) -> Wording {
        self.row().wording
    }
}

/// A message by its words: in small letters, without the punctuation around them. Phrases are looked for in whole words, so that
/// neither a part of a word nor a name such as `expired-run` is taken for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        let word = |word: &str| {
            let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
            letters.to_lowercase().replace('\u{2019}', "'")
        };
        Self(text.split_whitespace().map(word).filter(|word| !word.is_empty()).collect())
    }

    /// The message without these names, which say nothing: a repo or an owner may be called like a phrase.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        for word in &mut self.0 {
            if names.iter().any(|name| name.eq_ignore_ascii_case(word)) {
                *word = String::new();
            }
        }
        self
    }

    /// Whether these words come in it, one right after the other.
    pub fn has(&self, phrase: &str) -> bool {
        let phrase = Self::of(phrase).0;
        self.0.windows(phrase.len().max(1)).any(|words| words == phrase)
    }

    /// Whether it is the whole template, with a word in each place.
    fn is_all_of(&self, template: &str) -> bool {
        let parts: Vec<_> = template.split_whitespace().filter_map(Part::of).collect();
        Part::are_all_of(&parts, &self.0)
    }
}

/// A word of a template.
enum Part {
    Word(String),
    Place,
    /// A place for one word or more.
    Places,
}

impl Part {
    fn of(word: &str) -> Option<Self> {
        if word.contains("{*") {
            Some(Self::Places)
        } else if word.contains('{') {
            Some(Self::Place)
        } else {
            Words::of(word).0.pop().map(Self::Word)
        }
    }

    fn are_all_of(parts: &[Self], words: &[String]) -> bool {
        let (Some((part, parts)), Some((word, rest))) = (parts.split_first(), words.split_first()) else {
            return parts.is_empty() && words.is_empty();
        };
        match part {
            Self::Word(known) => known == word && Self::are_all_of(parts, rest),
            Self::Place => Self::are_all_of(parts, rest),
            Self::Places => (0..=rest.len()).any(|taken| Self::are_all_of(parts, &rest[taken..])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&str, &str); 9] = [
        ("noun", "model"),
        ("id", "acme/expired-run"),
        ("page", "https://huggingface.co/acme/expired-run"),
        ("token", "it is expired in name only"),
        ("owner", "acme"),
        ("act", "call Inference Providers on behalf of user alice"),
        ("quota", "1000"),
        ("address", "192.0.2.1"),
        ("revision", "feature/expired"),
    ];

    #[test]
    fn every_sentence_is_recognized_as_itself_whatever_fills_its_places() {
        for sentence in Sentence::ALL {
            let message = sentence.with(&VALUES);
            assert!(!message.contains('{'), "{message}");
            let words = Words::of(&message);
            assert_eq!(Sentence::exactly(&words), Some(*sentence), "{message}");
            for status in sentence.row().statuses {
                assert_eq!(Sentence::meant(&words, *status), Some(*sentence), "{status} {message}");
            }
            assert_eq!(Sentence::meant(&words, 500), None, "{message}");
            for other in [format!("{message} in cache"), format!("upstream: {message}")] {
                // A place for many words at the end takes whatever follows.
                let takes_it = other.starts_with("This authentication method");
                assert_eq!(Sentence::exactly(&Words::of(&other)).is_none(), !takes_it, "{other}");
            }
        }
    }

    #[test]
    fn phrases_are_whole_words_and_never_a_name_of_the_callers_own() {
        for (text, phrase, is_there) in [
            ("Your token is EXPIRED.", "is expired", true),
            ("the repo is expired-run", "is expired", false),
            ("you are not associated with this organization", "sso", false),
            ("SSO, required", "sso required", true),
            ("", "sso", false),
        ] {
            assert_eq!(Words::of(text).has(phrase), is_there, "{text:?} {phrase:?}");
        }
        assert!(!Words::of("the organization sso refuses").without(&["SSO"]).has("sso"));
    }
}
