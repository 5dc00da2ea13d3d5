"""Checks, before a job starts, that its Hugging Face token can do what the job requires.

    import hf_token_check

    hf_token_check.check(write="acme/model")

Runs the bundled binary, which reads the token from the environment like huggingface_hub does.
"""

import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Optional, Union

from hf_token_check import _binary
from hf_token_check.report import Check, Report, Warning

__all__ = ["Report", "TokenCheckError", "TokenCheckWarning", "__version__", "check"]

try:
    __version__ = version("hf-token-check")
except PackageNotFoundError:  # imported from a checkout
    __version__ = "0+unknown"

Names = Union[str, Iterable[str]]
Duration = Union[str, float, timedelta]

# The binary's messages name its flags; a caller of check() has keyword arguments.
_FLAGS = re.compile(r"--(read|write|create|permission|valid-for|audit|strict|token-file|endpoint|timeout)\b(?!-)")

# What people pass because other functions of the Hub's libraries take it, and the call that works.
_MISTAKES = {
    "token": "put the token in HF_TOKEN, or its path in token_file=",
    "repo_id": 'name the repo by what the job does with it: check(read="OWNER/NAME"), write= or create=',
    "repo_type": 'put the type into the name: check(read="datasets/OWNER/NAME") or "spaces/OWNER/NAME"',
}


class TokenCheckError(Exception):
    """Raised when a check fails or is inconclusive. The message has the problem, the evidence and the fix.

    `code` is the diagnosis that decided, `exit` the exit status, `fix` what to do, `report` the whole report.

    Uncaught, it ends Python with status 1 like any exception; `sys.exit(error.exit)` preserves hf-token-check's status.
    """

    code: Optional[str]
    """The diagnosis that decided, such as `token-expired`; None for a usage error (2) or a bug (1)."""
    exit: int
    """The exit status of hf-token-check: one number per action someone has to take."""
    fix: list[str]
    """What to do about the diagnosis that decided."""
    report: Optional[Report]
    """The whole report; None if there is none."""

    def __init__(
        self,
        text: str,
        *,
        code: Optional[str] = None,
        exit: int = 1,
        fix: Iterable[str] = (),
        report: Optional[Report] = None,
    ) -> None:
        super().__init__(text)
        self.code, self.exit, self.fix, self.report = code, exit, list(fix), report


class TokenCheckWarning(UserWarning):
    """A finding that does not stop the job."""


def check(
    *repos: str,
    read: Names = (),
    write: Names = (),
    create: Names = (),
    permission: Names = (),
    valid_for: Optional[Duration] = None,
    audit: bool = False,
    strict: bool = False,
    token_file: Optional[Union[str, os.PathLike[str]]] = None,
    endpoint: Optional[str] = None,
    timeout: Optional[Duration] = None,
    **mistakes: object,
) -> Optional[Report]:
    """Returns the report if everything is granted; raises TokenCheckError otherwise, also if the result is unknown.

    The arguments are the options of the same names; a bare number is seconds. Arguments you omit fall back to the
    HF_TOKEN_CHECK_... variables. Warnings of the report are issued as TokenCheckWarning.

    Returns None if nothing was checked: HF_TOKEN_CHECK_SKIP is set (logged to stderr), or HF_TOKEN_CHECK_RANK_ZERO_ONLY
    is set and this is not rank 0.
    """
    if repos:
        # The value is not repeated: it may be a token.
        raise TypeError('check() takes keyword arguments only: check(read="OWNER/NAME"), write= or create=')
    for name in mistakes:
        hint = _MISTAKES.get(name, "see help(hf_token_check.check)")
        raise TypeError(f"check() has no argument {name}=: {hint}")
    # The token stays in the environment: an argument list can be read by others.
    options = ["--format=json"]
    for flag, names in (("read", read), ("write", write), ("create", create), ("permission", permission)):
        options += (f"--{flag}={name}" for name in ([names] if isinstance(names, str) else names))
    for flag, duration in (("valid-for", valid_for), ("timeout", timeout)):
        if duration is not None:
            options.append(f"--{flag}={_span(duration)}")
    if endpoint is not None:
        options.append(f"--endpoint={endpoint}")
    if token_file is not None:
        options.append(f"--token-file={os.fspath(token_file)}")
    options += ["--audit"] * audit + ["--strict"] * strict
    status, output, complaints = _run(options)
    report = _parse(output)
    error = _error(status, report, complaints)
    if sys.stderr is not None and (error is None or error.report is not None):
        sys.stderr.write(complaints)
    if error is not None:
        raise error
    for warning in report["warnings"] if report else ():
        warnings.warn(_block(warning), TokenCheckWarning, stacklevel=2)
    return report


def _run(options: list[str]) -> tuple[int, str, str]:
    done = subprocess.run([_binary.find(), *options], stdin=subprocess.DEVNULL, capture_output=True)
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return status, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def _parse(output: str) -> Optional[Report]:
    # The last line: with HF_TOKEN_CHECK_REPORT=/dev/stdout the report is there twice.
    line = output.rstrip("\n").rpartition("\n")[2]
    report: Optional[Report] = json.loads(line) if line else None
    return report


def _error(status: int, report: Optional[Report], complaints: str) -> Optional[TokenCheckError]:
    """What to raise; None for a pass."""
    if status != 0 and (report is None or report["exit"] != status):
        sentence = complaints.strip().replace("hf-token-check: ", "", 1)
        return TokenCheckError(_pythonic(sentence) or f"hf-token-check ended with status {status}", exit=status)
    if report is None or report["exit"] == 0:
        return None
    # The deciding finding comes first; identical blocks appear once.
    findings = sorted(_findings(report), key=lambda finding: finding["code"] != report["code"])
    text = "\n".join(dict.fromkeys(map(_block, findings)))
    fix = [_pythonic(line) for line in findings[0]["fix"]]
    return TokenCheckError(text, code=report["code"], exit=report["exit"], fix=fix, report=report)


def _findings(report: Report) -> Iterator[Union[Check, Warning]]:
    yield from (check for check in report["checks"] if check["result"] in ("fail", "unknown"))
    yield from report["warnings"]


def _block(finding: Union[Check, Warning]) -> str:
    """As the text report has it, with keyword arguments instead of flags."""
    lines = [finding["summary"]]
    for label, parts in (("why: ", finding["why"]), ("fix: ", finding["fix"])):
        lines += (f"{label if at == 0 else '     '}{part}" for at, part in enumerate(parts))
    if finding["code"] == "token-ignored-file":
        lines.append("note: huggingface_hub itself will use that login; token_file= checks it")
    lines.append(f"more: python -m hf_token_check --explain {finding['code']}")
    return "\n  ".join([str(finding["code"]), *map(_pythonic, lines[:-1]), lines[-1]])


def _pythonic(text: str) -> str:
    return _FLAGS.sub(lambda flag: flag[1].replace("-", "_") + "=", text)


def _span(duration: Duration) -> str:
    return str(duration.total_seconds() if isinstance(duration, timedelta) else duration)
