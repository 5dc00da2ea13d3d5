"""The report, as docs/report.schema.json in the repository describes it. Members are only ever added."""

from typing import Literal, Optional, TypedDict


class Tool(TypedDict):
    """What made the report."""

    name: str
    version: str


class Token(TypedDict):
    """Facts about the token, never any part of it. Moments are RFC 3339, in UTC."""

    source: Optional[str]
    kind: Optional[Literal["user", "oauth", "oidc"]]
    role: Optional[str]
    name: Optional[str]
    created_at: Optional[str]
    expires_at: Optional[str]


class Organization(TypedDict):
    """An organization of the identity, and the identity's role in it."""

    name: str
    role: Literal["admin", "write", "contributor", "read", "no_access", "unknown"]


class Identity(TypedDict):
    """Whose token it is, as whoami says."""

    type: Optional[str]
    name: str
    orgs: list[Organization]


class Exchange(TypedDict):
    """The question and the answer that a result rests on."""

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
    """One result: what is so, why we think so, what to do."""

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
    """What does not fail the run, unless it is strict."""

    code: str
    summary: str
    why: list[str]
    fix: list[str]


class Report(TypedDict):
    """One run. `checks` are the token, the identity, then the needs in the order given."""

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
