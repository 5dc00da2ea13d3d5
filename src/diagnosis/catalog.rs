use crate::diagnosis::exit_code::ExitCode;

/// What one diagnosis says. Message in braces are facts of the case; see `facts.rs`.
#[derive(Clone, Copy, Debug)]
pub struct DiagnosisSpec {
    /// Stable, kebab-case; never changes its meaning or its status once shipped.
    pub code: &'static str,
    /// Whether it fails the run, and with which status.
    pub severity: Severity,
    /// The problem, in one sentence without a full stop.
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
        "{source} {detail}, so this job has no token"
        "Jobs and containers do not inherit your local login or token"
        "{provide}"
    TokenWrongName "token-wrong-name" NoToken
        "HF_TOKEN is not set, but {found} contains a Hugging Face token"
        "Hugging Face libraries read HF_TOKEN"
        "{rename}"
    TokenPlaceholder "token-placeholder" NoToken
        "{source} holds a placeholder, not a token"
        "The value is an unexpanded reference or an example (only the `hf_jobs` MCP tool expands a literal `$HF_TOKEN`)"
        "{provide}"
    TokenQuoted "token-quoted" NoToken
        "{source} contains extra characters around the token: {detail}"
        "Clients send the value unchanged, and the Hub rejects it"
        "Take only the token, from hf_ to its last character, and {store}"
    TokenEncoded "token-encoded" NoToken
        "{source} contains a base64-encoded token"
        "This happens when the `data` of a Kubernetes Secret is encoded twice"
        "Decode the token once (`base64 -d`) and {store}"
    TokenWrongKind "token-wrong-kind" NoToken
        "{source} holds {detail}, which is not an access token"
        "The Hub API accepts only user access tokens, OAuth tokens and OIDC tokens"
        "Create an access token at {form} and {store}"
    TokenMalformed "token-malformed" NoToken
        "{source} does not hold a Hub token; {detail}"
        "A user access token is hf_ followed by 34 letters or digits"
        "Copy the complete token again (the Hub shows it only once), or create a new one at {form} and {store}"
    TokenOrganization "token-organization" NoToken
        "{source} holds a legacy organization token"
        "Hub clients refuse these; they begin with api_org"
        "Create a user token (or a service account token) for the organization at {form} and {store}"
    TokenForeign "token-foreign" NoToken
        "{source} holds {detail}, not a Hub token"
        "The value starts with that service's prefix"
        "Take the Hub token, which starts with hf_, and {store}"
    TokenUnreadable "token-unreadable" NoToken
        "The token file {source} cannot be used: {detail}"
        ""
        "Mount a file that contains only the token at that path, readable by this user"

    // ---- 41: the Hub rejects the token ---------------------------------------------------------------------------
    TokenRejected "token-rejected" Unauthorized
        "The Hub rejects the token in {source}"
        "The token is well-formed but the Hub refused it: it was probably revoked, replaced or mistyped, or belongs to a different Hub"
        "Create a new token at {form} and {store}"
    TokenExpired "token-expired" Unauthorized
        "The token in {source} has expired"
        ""
        "Create a new token at {form} and {store}"
    TokenExpiresEarly "token-expires-early" Unauthorized
        "The token in {source} expires in {when}, but the job needs it for {subject}"
        ""
        "Use a user access token, which does not expire on its own: create one at {form} and {store}"

    // ---- 43: the token is valid, a permission is missing --------------------------------------------------------------
    ReadDenied "read-denied" Forbidden
        "{holder} is not allowed to read {subject}"
        "The Hub refused without giving a more specific reason"
        "Open {page} in a browser, logged in as {holder}, to see what is missing"
    WriteDenied "write-denied" Forbidden
        "{holder} is not allowed to push to {subject}"
        "The Hub refused without giving a more specific reason"
        "Ask {owner} (or an admin of it) for write access to {subject}"
    CreateDenied "create-denied" Forbidden
        "{holder} is not allowed to create or push to {subject}"
        "The Hub refused without giving a more specific reason"
        "Ask {owner} (or an admin of it) for write access to {subject}"
    WriteDeniedReadToken "write-denied-read-token" Forbidden
        "This is a read-only token, but the job pushes to {subject}"
        "According to whoami, {token} has the role \"read\""
        "Create a token with write access at {form} and {store}"
    CreateDeniedReadToken "create-denied-read-token" Forbidden
        "This is a read-only token, but the job creates {subject}"
        "According to whoami, {token} has the role \"read\""
        "Create a token with write access at {form} and {store}"
    ReadDeniedFineGrained "read-denied-fine-grained" Forbidden
        "The fine-grained token is not allowed to read {subject}"
        "It lacks repo.content.read on {subject} or {owner}"
        "Edit {token} at {settings}: add repo.content.read for {subject}"
    WriteDeniedFineGrained "write-denied-fine-grained" Forbidden
        "The fine-grained token is not allowed to push to {subject}"
        "It lacks repo.write on {subject} or {owner}"
        "Edit {token} at {settings}: add repo.write for {subject}"
    CreateDeniedFineGrained "create-denied-fine-grained" Forbidden
        "The fine-grained token is not allowed to create {subject}"
        "It lacks repo.write on {owner}"
        "Edit {token} at {settings}: add repo.write for all repos of {owner}"
    WriteDeniedNotMember "write-denied-not-member" Forbidden
        "{holder} is not a member of {owner}, so it cannot push to {subject}"
        "The owner is neither the token's user nor one of the user's organizations"
        "Push to a repo of {homes}, or ask an administrator of {owner} to add {holder}"
    CreateDeniedNotMember "create-denied-not-member" Forbidden
        "{holder} is not a member of {owner}, so it cannot create {subject}"
        "The owner is neither the token's user nor one of the user's organizations"
        "Create it under {homes}, or ask an administrator of {owner} to add {holder}"
    WriteDeniedOrgRole "write-denied-org-role" Forbidden
        "{holder}'s role in {owner} is too low to push to {subject}"
        "The role is \"{role}\"; pushing requires \"write\" or \"admin\""
        "Ask an administrator of {owner} to raise the role: {members}"
    CreateDeniedOrgRole "create-denied-org-role" Forbidden
        "{holder}'s role in {owner} is too low to create {subject}"
        "The role is \"{role}\"; creating a repo requires \"contributor\", pushing to someone else's requires \"write\""
        "Ask an administrator of {owner} to raise the role: {members}"
    OrgPolicyFineGrainedOnly "org-policy-fine-grained-only" Forbidden
        "{owner} only accepts fine-grained tokens"
        ""
        "Create a fine-grained token for {owner} at {form} and {store}"
    OrgPolicyApproval "org-policy-approval" Forbidden
        "{owner} has not approved this token"
        "The organization approves tokens individually; the request for this one is pending or was denied"
        "Ask an administrator of {owner} to approve {token}; see its status at {settings}"
    OrgTokenRevoked "org-token-revoked" Forbidden
        "{owner} has revoked this token"
        "A revoked token stays revoked for that organization; it still works elsewhere"
        "Ask an administrator of {owner} why it was revoked; if they agree, create a new token at {form} and {store}"
    OrgNetwork "org-network" Forbidden
        "{owner} does not accept tokens from this network"
        "The organization allows certain IP addresses only"
        "Ask an administrator of {owner} to allow the IP addresses this job connects from"
    OrgSso "org-sso" Forbidden
        "{owner} requires single sign-on, and this token's user has not signed in"
        ""
        "Sign in through the organization's SSO at {organization}, then run again"
    OrgMfa "org-mfa" Forbidden
        "{owner} requires two-factor authentication, which {holder} has not enabled"
        ""
        "Enable it at {authentication}, then run again"
    TokenScope "token-scope" Forbidden
        "The token is valid, but its scope does not cover {subject}"
        "It is {phrase} with limited scopes; the Hub accepted it for other requests"
        "Use a user access token for this job: create one at {form} and {store}"
    RepoGated "repo-gated" Forbidden
        "{subject} is gated, and {holder} has no access to it"
        ""
        "Request access at {page}, logged in as {holder}"
    RepoGatedPending "repo-gated-pending" Forbidden
        "{subject} is gated, and {holder}'s access request is still pending"
        ""
        "Wait for the authors of {subject}, or ask them at {page}/discussions"
    RepoGatedRejected "repo-gated-rejected" Forbidden
        "{subject} is gated, and the authors rejected {holder}'s access request"
        ""
        "Use another {kind}, or ask the authors to reconsider at {page}/discussions"
    RepoGatedReset "repo-gated-reset" Forbidden
        "{subject} is gated, and the authors reset {holder}'s access request"
        ""
        "Request access again at {page}, logged in as {holder}"
    RepoGatedFineGrained "repo-gated-fine-grained" Forbidden
        "{subject} is gated, and the fine-grained token is not allowed to read gated repos"
        "The account's access is not enough: the token needs this permission too"
        "Edit {token} at {settings}: enable \"Read access to contents of all public gated repos you can access\""
    RepoDisabled "repo-disabled" Forbidden
        "The Hub has disabled {subject}"
        ""
        "See {page} for the reason; use another {kind}"
    RepoRegion "repo-region" Forbidden
        "{subject} is not available in this region"
        "The Hub decides by where the request comes from; no token changes that"
        "Run the job in another region, or use another {kind}"
    PermissionMissing "permission-missing" Forbidden
        "The token does not have the permission {subject}"
        ""
        "Edit {token} at {settings}: add {subject}"

    // ---- 44: no such repo, or none that this token has access to ------------------------------------------------------
    RepoNotFound "repo-not-found" NotFound
        "There is no {kind} {id}"
        "{token} has access to {owner}, and there is no such {kind} there"
        "Correct the name, or create the repo: `hf repos create {id}{type}` (or use --create if the job creates it)"
    RevisionNotFound "revision-not-found" NotFound
        "{repo} has no revision {revision}"
        "Access to the repo is granted, and it has no branch, tag or commit of this name"
        "Correct the revision: {page}/tree/main lists the branches and tags"
    RepoNotVisible "repo-not-visible" NotFound
        "{subject} does not exist, or {token} has no access to it"
        "The Hub gives the same answer for private and missing repos"
        "Check the name at {page}; if the repo is private, use a token from an account that has access"
    RepoWrongKind "repo-wrong-kind" NotFound
        "There is no {kind} {id}, but there is {found}"
        "A repo of that type exists under this name"
        "Use {found} instead of {subject}"
    RepoOwnerMistyped "repo-owner-mistyped" NotFound
        "{subject} does not exist. Did you mean the owner {near}?"
        "{owner} differs by one character from {near}, which this token belongs to"
        "Replace {owner} with {near}"

    // ---- 49 and 50: no answer -------------------------------------------------------------------------------------
    HubRateLimited "hub-rate-limited" RateLimited
        "The Hub answered \"too many requests\" to every attempt"
        ""
        "Try again {when}, or raise --timeout of hf-token-check"
    HubError "hub-error" Unavailable
        "The Hub failed on every attempt"
        ""
        "Try again in a few minutes; {status}"
    HubUnexpected "hub-unexpected" Unavailable
        "{host} sent a response that does not come from the Hub"
        "{unmarked}"
        "Check for a proxy, a login (captive portal) page or a wrong HF_ENDPOINT between this job and the Hub"
    HubNotAHub "hub-not-a-hub" Unavailable
        "{host} answers, but does not support checking {question}"
        "{limits}"
        "{without_route}"
    RevisionUnknown "revision-unknown" Unavailable
        "Cannot tell whether {repo} has the revision {revision}"
        "Access to the repo is granted; {host} gave no answer about the revision that a Hub gives"
        "Run the check again; if it stays so, leave out @{revision} to check the access only"
    HubRedirected "hub-redirected" Unavailable
        "{host} redirects to another host, so the token was not sent there"
        ""
        "{redirected}"
    HubOffline "hub-offline" Unavailable
        "HF_HUB_OFFLINE is set: {subject} was not checked"
        ""
        "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to check it"
    RightUnknown "right-unknown" Unavailable
        "Cannot tell whether the token may {act} {subject}"
        ""
        "Use a user access token, whose permissions whoami lists: create one at {form} and {store}"
    ExpiryUnknown "expiry-unknown" Unavailable
        "Cannot tell whether the token lasts for {subject}"
        "{detail}"
        "Use a user access token, which does not expire on its own: create one at {form} and {store}"
    TokenNotDelivered "token-not-delivered" Unavailable
        "The Hub answered as if no token had been sent"
        "{undelivered}"
        "Find what removes the `Authorization` header between this job and {host}, such as a proxy or a gateway, and let it pass"
    TokenUnconfirmed "token-unconfirmed" Unavailable
        "The OIDC token in {source} was neither confirmed nor refused"
        "whoami does not recognize tokens that are bound to one repo"
        "Name the repo it is bound to: --write REPO"
    NetDns "net-dns" Unavailable
        "{host} could not be resolved"
        ""
        "Check HF_ENDPOINT and the job's DNS (try `getent hosts {host_name}`)"
    NetRefused "net-refused" Unavailable
        "{host} refused the connection"
        ""
        "Check HF_ENDPOINT and the firewall between this job and {host}"
    NetUnreachable "net-unreachable" Unavailable
        "{host} cannot be reached from here"
        ""
        "Check that this job has a network and a route to {host}"
    NetTls "net-tls" Unavailable
        "The TLS connection to {host} failed"
        ""
        "{remedy}"
    NetProxy "net-proxy" Unavailable
        "{host} could not be reached through the proxy"
        ""
        "{remedy}"
    NetTimeout "net-timeout" Unavailable
        "{host} did not answer in time"
        ""
        "Try again, or raise --timeout of hf-token-check; check the network between this job and {host}"
    NetInterrupted "net-interrupted" Unavailable
        "The connection to {host} was interrupted mid-response"
        ""
        "Try again; if it keeps happening, check proxies and firewalls between this job and {host}"
    EnvRestricted "env-restricted" Unavailable
        "This environment does not let hf-token-check do its work"
        "{restriction}"
        "{remedy}"

    // ---- warnings ---------------------------------------------------------------------------------------------------
    TokenWhitespace "token-whitespace" Warning
        "{source} has whitespace or a line break around the token"
        "The Python client removes it; curl, git and most servers do not"
        "Store the secret without a line break: `printf %s`, not `echo`"
    TokenUnusualLength "token-unusual-length" Warning
        "The token in {source} has an unusual form"
        "Tokens are hf_ and 34 letters or digits, or a prefix and a JSON Web Token"
        "If the Hub rejects it, copy the complete token again"
    TokenOldName "token-old-name" Warning
        "The token is in HUGGING_FACE_HUB_TOKEN, which is deprecated"
        "The Python client still reads it; other programs read HF_TOKEN only"
        "Rename the secret to HF_TOKEN"
    TokenIgnoredFile "token-ignored-file" Warning
        "Found a login in {found}; it was not checked"
        "The file is usually missing inside a job's container, so only HF_TOKEN is checked"
        "Check it with `--token-file {found}`"
    TokenShadowed "token-shadowed" Warning
        "The Python client will use a different token from the one checked: {detail}"
        ""
        "{unshadow}"
    TokenNotImplicit "token-not-implicit" Warning
        "The Python client does not send this token by itself"
        "HF_HUB_DISABLE_IMPLICIT_TOKEN is set: the client sends a token only where the code passes one"
        "Unset HF_HUB_DISABLE_IMPLICIT_TOKEN, or pass `token=True` in the code"
    EndpointEmpty "endpoint-empty" Warning
        "HF_ENDPOINT is set but empty, and the Python client fails on it"
        "This check asked {endpoint}; the client builds its URLs from the empty value"
        "Unset HF_ENDPOINT, or set it to the Hub's URL"
    CaNotShared "ca-not-shared" Warning
        "{client} does not trust the certificate of {host}"
        "{detail}"
        "{remedy}"
    CaStoreMissing "ca-store-missing" Warning
        "This machine has no CA certificates for COMMAND"
        "SSL_CERT_FILE is not set, and none of the usual files exists; this check has its own copy, most programs do not"
        "Install the package ca-certificates in the image, or set SSL_CERT_FILE to a file with CA certificates"
    IdentityUnknown "identity-unknown" Warning
        "whoami returned no identity"
        "{accepted}"
        "Nothing to do: every requirement was checked without it"
    ReadGatesUnchecked "read-gates-unchecked" Warning
        "Gated access to {subject} was not checked"
        "{host} has no auth-check; metadata of a gated repo is public"
        "For a gated repo, check manually that you can access {page}"
    BranchNotFound "branch-not-found" Warning
        "{repo} has no branch {revision} to push to"
        "`hf upload`, transformers and datasets create it; upload_folder and create_commit fail"
        "Create it before the job, unless the job does: `hf repos branch create {id} {revision}{type}`"
    RepoRenamed "repo-renamed" Warning
        "{subject} is now called {found}"
        "The Hub redirects from the old name"
        "Use the new name, {found}"
    RepoRedirectedKind "repo-redirected-kind" Warning
        "{subject} redirects to {found}, a different type of repo"
        "The Hub redirects there"
        "Use {found} if that is what you meant"
    RankMalformed "rank-malformed" Warning
        "{found} is not a valid rank, so this process checks the token itself"
        "With --rank-zero-only, only rank 0 checks; the others would start without a check"
        "Set {found} to a whole number or drop --rank-zero-only"
    VariableUnknown "variable-unknown" Warning
        "{found} is not a variable of hf-token-check"
        "It is ignored: what it was meant to set is not set"
        "{remedy}"
    HubDeprecation "hub-deprecation" Warning
        "The Hub sent a notice: {detail}"
        ""
        "Read the notice; the verdict does not depend on it"

    // ---- warnings of --audit ----------------------------------------------------------------------------------------
    AuditOverprivileged "audit-overprivileged" Warning
        "The token can do more than the job requires"
        "It also allows: {detail}"
        "Create a token with exactly what the job requires at {form} and {store}"
    AuditOldToken "audit-old-token" Warning
        "The token is {detail} old"
        "It was created on {found}; tokens should be renewed every 90 days"
        "Create a new token, {store}, and delete this one at {settings}"
    AuditEnvNotSecret "audit-env-not-secret" Warning
        "The job's details expose {source} in plain text under `environment`"
        "Anyone who can view job {found} can read it; for `secrets`, only names are shown"
        "Pass it with `--secrets HF_TOKEN`, never `--env`, and replace this token at {settings}"
    AuditHardcoded "audit-hardcoded" Warning
        "A token is hard-coded in {found}"
        "Anyone who can read that text has the token"
        "Remove it, read HF_TOKEN instead, and revoke that token at {settings}"
    AuditExposedFile "audit-exposed-file" Warning
        "Other users can read the token file {source}"
        "Its permissions are {detail}"
        "Set its mode to 0400: `chmod 400 {source}`, or `defaultMode: 0400` for a Kubernetes volume"
    AuditAccountToken "audit-account-token" Warning
        "The token is a classic {detail} token for the whole account"
        "If it leaks, everything {holder} can access is exposed; a fine-grained token limits the damage"
        "Create a fine-grained token at {form} and {store}"
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
