use crate::diagnosis::exit_code::ExitCode;

/// What one diagnosis says. Message in braces are facts of the case; see `facts.rs`.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisSpec {
    /// Stable, kebab-case; never changes its meaning or its status once shipped.
    pub code: &'static str,
    /// Whether it fails the run, and with which status.
    pub severity: Severity,
    /// What is so, in one sentence without a full stop.
    pub summary: &'static str,
    /// Why it is so, where that is not particular to the case.
    pub because: &'static str,
    /// The one thing to do: starts with a verb, names the exact variable, flag or page.
    pub fix: &'static str,
}

/// Whether a diagnosis fails the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does, with this exit status, unless another failure decides first.
    Failure(ExitCode),
    /// It is shown, and fails the run only with `--strict`.
    Warning,
}

macro_rules! severity {
    (Warning) => {
        Severity::Warning
    };
    ($exit:ident) => {
        Severity::Failure(ExitCode::$exit)
    };
}

macro_rules! diagnoses {
    ($($variant:ident $code:literal $exit:ident $summary:literal $because:literal $fix:literal)*) => {
        #[expect(clippy::doc_markdown, reason = "the summaries are for people, not for rustdoc")]
        /// One named cause. Carries nothing, so that all of them can be listed; each owns its wording and its status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Diagnosis { $(#[doc = $summary] $variant,)* }

        impl Diagnosis {
            /// Every diagnosis, in the order of the manual.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The diagnosis's row.
            pub const fn row(self) -> DiagnosisSpec {
                match self {
                    $(Self::$variant => DiagnosisSpec { code: $code, severity: severity!($exit), summary: $summary, because: $because, fix: $fix },)*
                }
            }
        }
    };
}

impl Diagnosis {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// The diagnosis of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|diagnosis| diagnosis.code() == code)
    }

    /// Whether it fails the run.
    pub const fn severity(self) -> Severity {
        self.row().severity
    }

    /// The exit status of a failure; `None` for a warning.
    pub const fn exit(self) -> Option<ExitCode> {
        match self.severity() {
            Severity::Failure(exit) => Some(exit),
            Severity::Warning => None,
        }
    }
}

diagnoses! {
    // ---- 40: no usable token reached the job -------------------------------------------------------------------
    TokenMissing "token-missing" NoToken
        "{source} {detail}: no token reached this job"
        "Jobs and containers do not inherit the token of whoever starts them"
        "Pass the token as a secret called HF_TOKEN, such as `hf jobs run --secrets HF_TOKEN ...`"
    TokenWrongName "token-wrong-name" NoToken
        "HF_TOKEN is not set, but there is a Hub token in {found}"
        "Hub clients read HF_TOKEN and no other name"
        "Rename the secret {found} to HF_TOKEN where the job is defined"
    TokenPlaceholder "token-placeholder" NoToken
        "{source} holds a placeholder, not a token"
        "The value is a reference or an example that nothing replaced (`$HF_TOKEN` is replaced by the `hf_jobs` tool only)"
        "Put the token itself, or a reference your platform resolves, in the secret HF_TOKEN; on the command line: `--secrets HF_TOKEN`"
    TokenQuoted "token-quoted" NoToken
        "{source} holds a token with something around it: {detail}"
        "Clients send the value as it stands, and the Hub rejects it"
        "Store the bare token in the secret, from hf_ to its last letter"
    TokenEncoded "token-encoded" NoToken
        "{source} holds a token in base64"
        "A Kubernetes secret whose `data` was encoded twice arrives like this"
        "Put the token under `stringData`, or encode it once: `kubectl create secret generic NAME --from-literal=token=...`"
    TokenWrongKind "token-wrong-kind" NoToken
        "{source} holds {detail}, which is not an access token"
        "The Hub takes user access tokens, OAuth tokens and OIDC tokens, and no other credential"
        "Create an access token at {form} and store that in HF_TOKEN"
    TokenMalformed "token-malformed" NoToken
        "{source} does not hold a Hub token; {detail}"
        "A token is hf_ and 34 letters or digits"
        "Copy the whole token again from where it was saved, or create one at {form}"
    TokenOrganization "token-organization" NoToken
        "{source} holds a legacy organization token"
        "Hub clients refuse these; they begin with api_org"
        "Create a user token, or a service account's, for the organization at {form}"
    TokenForeign "token-foreign" NoToken
        "{source} holds {detail}, not a Hub token"
        "The value has that service's prefix"
        "Store the Hub token (it starts with hf_) in HF_TOKEN, and check which secret is mapped to it"
    TokenUnreadable "token-unreadable" NoToken
        "The token file {source} cannot be used: {detail}"
        ""
        "Mount a file that holds the token alone at that path, readable by this user"

    // ---- 41: the Hub rejects the token ---------------------------------------------------------------------------
    TokenRejected "token-rejected" Unauthorized
        "The Hub rejects the token in {source}"
        "It was sent, in the form of a token, and refused: it was revoked, replaced or mistyped, or is another Hub's"
        "Create a new token at {form} and store it in the secret HF_TOKEN"
    TokenExpired "token-expired" Unauthorized
        "The token in {source} has expired"
        ""
        "Create a new token at {form} and store it in the secret HF_TOKEN"
    TokenExpiresEarly "token-expires-early" Unauthorized
        "The token in {source} expires in {when}, and the job needs {subject}"
        ""
        "Use a user access token, which does not expire by itself: {form}"

    // ---- 43: the token is good, a right is missing -----------------------------------------------------------------
    ReadDenied "read-denied" Forbidden
        "{holder} may not read {subject}"
        "The Hub refuses, and nothing it says names a narrower cause"
        "Open {page} in a browser as {holder} to see what the Hub asks for"
    WriteDenied "write-denied" Forbidden
        "{holder} may not push to {subject}"
        "The Hub refuses, and nothing it says names a narrower cause"
        "Ask the owner of {owner} for the right to write to {subject}"
    CreateDenied "create-denied" Forbidden
        "{holder} may not create or push to {subject}"
        "The Hub refuses, and nothing it says names a narrower cause"
        "Ask the owner of {owner} for the right to write to {subject}"
    WriteDeniedReadToken "write-denied-read-token" Forbidden
        "The token can only read, and the job pushes to {subject}"
        "whoami says that {token} has the role \"read\""
        "Create a token that may write at {form} and store it in the secret HF_TOKEN"
    CreateDeniedReadToken "create-denied-read-token" Forbidden
        "The token can only read, and the job creates {subject}"
        "whoami says that {token} has the role \"read\""
        "Create a token that may write at {form} and store it in the secret HF_TOKEN"
    ReadDeniedFineGrained "read-denied-fine-grained" Forbidden
        "The fine-grained token has no permission to read {subject}"
        "It lacks repo.content.read on {subject} or {owner}"
        "Edit {token} at {settings}: add repo.content.read for {subject}"
    WriteDeniedFineGrained "write-denied-fine-grained" Forbidden
        "The fine-grained token has no permission to push to {subject}"
        "It lacks repo.write on {subject} or {owner}"
        "Edit {token} at {settings}: add repo.write for {subject}"
    CreateDeniedFineGrained "create-denied-fine-grained" Forbidden
        "The fine-grained token has no permission to create {subject}"
        "It lacks repo.write on {owner}"
        "Edit {token} at {settings}: add repo.write for all repos of {owner}"
    WriteDeniedNotMember "write-denied-not-member" Forbidden
        "{holder} is not a member of {owner}, and may not push to {subject}"
        "The owner of the repo is neither the token's user nor one of its organizations"
        "Push to a repo of {homes}, or ask an administrator of {owner} to add {holder}"
    CreateDeniedNotMember "create-denied-not-member" Forbidden
        "{holder} is not a member of {owner}, and may not create {subject}"
        "The owner of the repo is neither the token's user nor one of its organizations"
        "Create it under {homes}, or ask an administrator of {owner} to add {holder}"
    WriteDeniedOrgRole "write-denied-org-role" Forbidden
        "The role of {holder} in {owner} is too low to push to {subject}"
        "The role is \"{role}\"; pushing takes \"write\" or \"admin\""
        "Ask an administrator of {owner} to raise the role: {members}"
    CreateDeniedOrgRole "create-denied-org-role" Forbidden
        "The role of {holder} in {owner} is too low for {subject}"
        "The role is \"{role}\"; creating takes \"contributor\", pushing to another's repo \"write\""
        "Ask an administrator of {owner} to raise the role: {members}"
    OrgPolicyFineGrainedOnly "org-policy-fine-grained-only" Forbidden
        "{owner} lets in fine-grained tokens only"
        ""
        "Create a fine-grained token for {owner} at {form} and store it in the secret HF_TOKEN"
    OrgPolicyApproval "org-policy-approval" Forbidden
        "{owner} has not approved this token"
        "The organization's administrators approve tokens one by one; the request is pending or was denied"
        "Ask an administrator of {owner} to approve {token}; its state is shown at {settings}"
    OrgTokenRevoked "org-token-revoked" Forbidden
        "{owner} has revoked this token"
        "A revoked token stays revoked for that organization, and works elsewhere"
        "Create a new token at {form} and store it in the secret HF_TOKEN"
    OrgNetwork "org-network" Forbidden
        "{owner} does not let in tokens from this network"
        "The organization allows certain IP addresses only"
        "Ask an administrator of {owner} to allow the addresses this job runs from"
    OrgSso "org-sso" Forbidden
        "{owner} asks for single sign-on, which this token has not passed"
        ""
        "Sign in through the organization's SSO at https://huggingface.co/{owner}, then run again"
    OrgMfa "org-mfa" Forbidden
        "{owner} asks for two-factor authentication, which {holder} has not turned on"
        ""
        "Turn it on at https://huggingface.co/settings/authentication"
    TokenScope "token-scope" Forbidden
        "The token is good, but its scope does not cover {subject}"
        "It is {phrase}, limited to certain scopes, and the Hub accepted it elsewhere"
        "Use a user access token for this job: {form}"
    RepoGated "repo-gated" Forbidden
        "{subject} is gated, and {holder} has no access to it"
        ""
        "Ask for access at {page} as {holder}"
    RepoGatedPending "repo-gated-pending" Forbidden
        "{subject} is gated, and the request of {holder} is waiting for its authors"
        ""
        "Wait for the authors of {subject}, or ask them at {page}/discussions"
    RepoGatedRejected "repo-gated-rejected" Forbidden
        "{subject} is gated, and its authors rejected the request of {holder}"
        ""
        "Use the token of an account that has access, or another {kind}"
    RepoGatedReset "repo-gated-reset" Forbidden
        "{subject} is gated, and its authors reset the request of {holder}"
        ""
        "Ask for access again at {page} as {holder}"
    RepoGatedFineGrained "repo-gated-fine-grained" Forbidden
        "{subject} is gated, and the fine-grained token may not read gated repos"
        "Access of the account is not enough: the token has a box of its own for it"
        "Edit {token} at {settings}: tick \"Read access to contents of all public gated repos you can access\""
    RepoDisabled "repo-disabled" Forbidden
        "The Hub has disabled {subject}"
        ""
        "See {page} for the reason, and use another {kind}"
    PermissionMissing "permission-missing" Forbidden
        "The token does not have the permission {subject}"
        ""
        "Edit {token} at {settings}: add {subject}"

    // ---- 44: no such repo, or none that this token may see ---------------------------------------------------------
    RepoNotFound "repo-not-found" NotFound
        "There is no {kind} {id}"
        "{token} covers {owner}, and the Hub has no {kind} of that name there"
        "Correct the name, or create the repo: `hf repos create {id}` (use --create if the job does it)"
    RepoNotVisible "repo-not-visible" NotFound
        "{subject} does not exist, or {token} may not see it"
        "The Hub does not tell a private repo from a missing one"
        "Check the name at {page}; if the repo is private, use a token of an account that has access"
    RepoWrongKind "repo-wrong-kind" NotFound
        "There is no {kind} {id}, but there is {found}"
        "The Hub answers for that kind under the same name"
        "Write {found}"
    RepoOwnerMistyped "repo-owner-mistyped" NotFound
        "There is no {subject}: is the owner meant to be {near}?"
        "{owner} is one edit away from {near}, which this token belongs to"
        "Write {near} for {owner}"

    // ---- 49 and 50: no answer -------------------------------------------------------------------------------------
    HubRateLimited "hub-rate-limited" RateLimited
        "The Hub answered \"too many requests\" until the deadline"
        ""
        "Run again {when}, or raise --timeout"
    HubError "hub-error" Unavailable
        "The Hub could not answer until the deadline"
        ""
        "Run again in a few minutes; https://status.huggingface.co shows the Hub's state"
    HubUnexpected "hub-unexpected" Unavailable
        "{host} gave an answer that the Hub does not give"
        "Nothing can be concluded from it"
        "Check that nothing stands between this job and the Hub: a proxy, a login page, a wrong HF_ENDPOINT"
    HubNotAHub "hub-not-a-hub" Unavailable
        "{host} answers, but cannot be asked about {question}"
        "It has no such API: a mirror, or not a Hub"
        "Set HF_ENDPOINT to a Hub that can be asked, such as https://huggingface.co"
    HubRedirected "hub-redirected" Unavailable
        "{host} sends the request to another host, and the token stays here"
        ""
        "Set HF_ENDPOINT to the address of the Hub itself"
    HubOffline "hub-offline" Unavailable
        "HF_HUB_OFFLINE is set: {subject} was not asked about"
        ""
        "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to check it"
    RightUnknown "right-unknown" Unavailable
        "Whether the token may {act} {subject} cannot be known"
        "The Hub has no question for it, and the identity does not say"
        "Use a user access token, whose rights whoami lists: {form}"
    TokenUnconfirmed "token-unconfirmed" Unavailable
        "The OIDC token in {source} was neither confirmed nor refused"
        "whoami does not know tokens that are bound to one repo"
        "Name the repo it is bound to: --write REPO"
    NetDns "net-dns" Unavailable
        "The name {host} has no address here"
        ""
        "Check the job's DNS and HF_ENDPOINT: `getent hosts {host}`"
    NetRefused "net-refused" Unavailable
        "{host} refuses the connection"
        ""
        "Check HF_ENDPOINT and the firewall between this job and {host}"
    NetUnreachable "net-unreachable" Unavailable
        "{host} cannot be reached from here"
        ""
        "Check that this job has a network and a route to {host}"
    NetTls "net-tls" Unavailable
        "The TLS connection to {host} failed"
        ""
        "{tls_fix}"
    NetProxy "net-proxy" Unavailable
        "The proxy does not let this job reach {host}"
        ""
        "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and the proxy's own password"
    NetTimeout "net-timeout" Unavailable
        "{host} did not answer in time"
        ""
        "Run again, or raise --timeout; check the network between this job and {host}"
    NetInterrupted "net-interrupted" Unavailable
        "The connection to {host} broke before the answer was complete"
        ""
        "Run again; if it stays, look at what stands between this job and {host}"

    // ---- warnings ---------------------------------------------------------------------------------------------------
    TokenWhitespace "token-whitespace" Warning
        "{source} has white space or a line break around the token"
        "The Python client removes it; curl, git and most servers do not"
        "Store the secret without a line break: `printf %s`, not `echo`"
    TokenUnusualLength "token-unusual-length" Warning
        "The token in {source} has an unusual form"
        "Tokens are hf_ and 34 letters or digits, or a prefix and a JSON Web Token"
        "If the Hub rejects it, copy the whole token again"
    TokenOldName "token-old-name" Warning
        "The token is in HUGGING_FACE_HUB_TOKEN, an old name"
        "The Python client still reads it; other programs read HF_TOKEN only"
        "Rename the secret to HF_TOKEN"
    TokenIgnoredFile "token-ignored-file" Warning
        "There is a login in {found}, which was not checked"
        "In a job only HF_TOKEN counts; the file is not in the container"
        "Check it with `--token-file {found}`"
    TokenShadowed "token-shadowed" Warning
        "The Python client will use another token than the one checked: {detail}"
        ""
        "{unshadow}"
    IdentityUnknown "identity-unknown" Warning
        "whoami gave no identity, yet the Hub accepted the token"
        ""
        "Nothing to do: every need was put to the Hub with this very token"
    ExpiryUnknown "expiry-unknown" Warning
        "The Hub does not say when the token expires"
        "User access tokens do not expire by themselves; an organization can set a limit that whoami does not show"
        "Nothing to do for a user access token; its page {settings} shows the rest"
    ReadGatesUnchecked "read-gates-unchecked" Warning
        "{subject} is visible, but its gate was not checked"
        "{host} has no auth-check; metadata of a gated repo is public"
        "Check access to {page} by hand if the repo is gated"
    RepoRenamed "repo-renamed" Warning
        "{subject} is now called {found}"
        "The Hub redirects from the old name"
        "Write {found}"
    RepoRedirectedKind "repo-redirected-kind" Warning
        "{subject} is answered for by {found}, which is another kind of repo"
        "The Hub redirects there"
        "Write {found} if that is what the job uses"
    RankMalformed "rank-malformed" Warning
        "{found} does not hold a rank, so this process checks the token itself"
        "With --rank-zero-only, only rank 0 checks; the others would start without a check"
        "Give {found} a whole number, or leave out --rank-zero-only"
    HubDeprecation "hub-deprecation" Warning
        "The Hub sent a notice: {detail}"
        ""
        "Read the notice; the verdict does not depend on it"

    // ---- warnings of --audit ----------------------------------------------------------------------------------------
    AuditOverprivileged "audit-overprivileged" Warning
        "The token can do more than the job needs"
        "Beyond the needs: {detail}"
        "Create a token with exactly what the job needs at {form}"
    AuditOldToken "audit-old-token" Warning
        "The token is {detail} old"
        "whoami says that it was made at {found}; tokens should be renewed every 90 days"
        "Put a new token in the secret HF_TOKEN, and delete this one at {settings}"
    AuditEnvNotSecret "audit-env-not-secret" Warning
        "The job's record shows {source} under `environment`, with its value"
        "Whoever may see the job {found} may read it there; of `secrets` only the names are shown"
        "Pass it with `--secrets HF_TOKEN`, never `--env`, and replace this token at {settings}"
    AuditHardcoded "audit-hardcoded" Warning
        "There is a token in {found}"
        "Whoever can read that text has the token"
        "Take it out, read HF_TOKEN instead, and replace that token at {settings}"
    AuditExposedFile "audit-exposed-file" Warning
        "Other users can read the token file {source}"
        "Its mode is {detail}"
        "Set its mode to 0400: `chmod 400 {source}`, or `defaultMode: 0400` for a Kubernetes volume"
    AuditAccountToken "audit-account-token" Warning
        "The token is a classic {detail} token for the whole account"
        "If it leaks, everything of {holder} is open; a fine-grained token opens what the job needs"
        "Create a fine-grained token at {form}"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_none_is_given_twice() {
        let mut codes: Vec<_> = Diagnosis::ALL.iter().map(|d| d.code()).collect();
        assert!(codes.iter().all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')), "{codes:?}");
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    }

    #[test]
    fn every_fix_starts_with_a_verb_or_is_chosen_by_the_case() {
        for diagnosis in Diagnosis::ALL {
            let row = diagnosis.row();
            assert!(row.fix.starts_with(|c: char| c.is_ascii_uppercase() || c == '{'), "{}: {}", row.code, row.fix);
            assert!(!row.summary.ends_with('.') && !row.fix.ends_with('.'), "{}", row.code);
        }
    }
}
