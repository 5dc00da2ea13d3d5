"""The report, as docs/report.schema.json in the repository describes it. Members are only ever added."""

from typing import Literal, Optional, TypedDict


class Tool(TypedDict):
    """The program that made the report."""

    name: str
    version: str


class Token(TypedDict):
    """Facts about the token, never any part of it. Times are RFC 3339, in UTC."""

    source: Optional[str]
    kind: Optional[Literal["user", "oauth", "oidc", "other"]]
    role: Optional[str]
    name: Optional[str]
    created_at: Optional[str]
    expires_at: Optional[str]


class Organization(TypedDict):
    """An organization that whoami lists, and the user's role in it."""

    name: str
    role: Literal["admin", "write", "contributor", "read", "no_access", "unknown"]


class Identity(TypedDict):
    """Who the token belongs to, according to whoami."""

    type: Optional[str]
    name: str
    orgs: list[Organization]


class Exchange(TypedDict):
    """The request and the response that a result is based on."""

    method: Literal["GET"]
    url: str
    status: Optional[int]
    error_code: Optional[str]
    error_message: Optional[str]
    detail: Optional[str]
    request_id: Optional[str]
    attempts: int
    elapsed_ms: int
    retry_after_s: Optional[int]


class Check(TypedDict):
    """One result: the problem, the evidence and the fix."""

    check: Literal["token", "identity", "read", "write", "create", "permission", "valid-for"]
    subject: str
    result: Literal["pass", "fail", "unknown", "skipped"]
    code: Optional[str]
    basis: Literal["asked", "inferred", "local"]
    summary: str
    why: list[str]
    fix: list[str]
    http: Optional[Exchange]


class Warning(TypedDict):
    """A finding that fails the run only with `strict`."""

    code: str
    summary: str
    why: list[str]
    fix: list[str]


class Report(TypedDict):
    """One run. `checks` are the token, the identity, then the requirements in the order given."""

    schema: Literal[1]
    tool: Tool
    rehearsal: bool
    verdict: Literal["pass", "fail", "unknown"]
    exit: Literal[0, 40, 41, 43, 44, 49, 50, 51]
    code: Optional[str]
    endpoint: str
    elapsed_ms: int
    token: Token
    identity: Optional[Identity]
    checks: list[Check]
    warnings: list[Warning]
