"""What hf_token_check.check promises, against the Hub at HF_ENDPOINT.

HF_TOKEN_PATH names the file with a token that may write; the argument names one with a token that can only read.
"""

import contextlib
import io
import os
import pickle
import sys
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock

import hf_token_check
from hf_token_check import TokenCheckError, TokenCheckWarning

WRITES = os.environ["HF_TOKEN_PATH"]
READS = sys.argv[1]
SECRETS = [Path(file).read_text() for file in (WRITES, READS)]


@contextlib.contextmanager
def variables(**values: str) -> Iterator[io.StringIO]:
    """With these variables; gives what is said on stderr."""
    with mock.patch.dict(os.environ, values), contextlib.redirect_stderr(io.StringIO()) as said:
        yield said


def refused(**arguments: object) -> TokenCheckError:
    try:
        hf_token_check.check(**arguments)  # type: ignore[arg-type]
    except TokenCheckError as error:
        told = f"{error} {error.fix} {error.report}"
        assert not any(secret[at : at + 8] in told for secret in SECRETS for at in range(3, len(secret) - 8))
        return error
    raise AssertionError(f"passed: {arguments}")


def a_pass_returns_the_report() -> None:
    report = hf_token_check.check(read=["acme/model", "datasets/acme/data"], write="acme/model", timeout="20s")
    assert report is not None
    subjects = [(check["check"], check["subject"]) for check in report["checks"][2:]]
    assert subjects == [("read", "acme/model"), ("read", "datasets/acme/data"), ("write", "acme/model")], subjects
    assert report["verdict"] == "pass" and report["token"]["source"] == f"file:{WRITES}", report


def a_refusal_says_all_that_a_person_needs() -> None:
    with variables(HF_TOKEN_PATH=READS):
        error = refused(write=["acme/model", "lab/theirs", "nobody/nothing"])
    assert (error.code, error.exit) == ("write-denied-read-token", 43), error
    assert error.report is not None and error.report["exit"] == 43, error.report
    found = next(check for check in error.report["checks"] if check["code"] == error.code)
    assert found["fix"] == error.fix and len(error.fix) >= 1, error.fix
    lines = str(error).split("\n")
    assert lines[:2] == ["write-denied-read-token", f"  {found['summary']}"], lines
    assert lines[2] == f"  why: {found['why'][0]}" and f"  fix: {found['fix'][0]}" in lines, lines
    assert "  more: python -m hf_token_check --explain write-denied-read-token" in lines, lines
    told = [line for line in lines if not line.startswith(" ")]
    assert told == ["write-denied-read-token", "write-denied-org-role", "repo-not-visible"], told
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.exit, again.fix, again.report) == (str(error), 43, error.fix, error.report)


def what_decided_comes_first() -> None:
    """The Hub is out of order for alice/model."""
    told = str(refused(read="alice/model", write="library/model", timeout=2)).split("\n")
    assert [line for line in told if not line.startswith(" ")] == ["write-denied-org-role", "hub-error"], told


def without_a_report_the_programs_own_sentence_is_kept() -> None:
    error = refused(read="a b")
    assert (error.code, error.exit, error.fix, error.report) == (None, 2, [], None)
    assert str(error).startswith("read=: "), error


def messages_name_keyword_arguments() -> None:
    error = refused(create="gpt2")
    assert "--" not in str(error) and "create=" in str(error), error
    with variables(HF_TOKEN_PATH=READS):
        error = refused(read="alice/none")
    assert not any("--" in line.replace("--explain", "") for line in [str(error), *error.fix]), error


def a_wrong_call_shows_the_right_one() -> None:
    for arguments, names, hint in (
        (("acme/model",), {}, 'check(read="OWNER/NAME")'),
        ((), {"token": SECRETS[0]}, "HF_TOKEN"),
        ((), {"repo_id": "acme/model"}, 'check(read="OWNER/NAME")'),
        ((), {"repo_type": "dataset"}, "datasets/OWNER/NAME"),
        ((), {"reed": "acme/model"}, "help(hf_token_check.check)"),
    ):
        try:
            hf_token_check.check(*arguments, **names)  # type: ignore[arg-type]
        except TypeError as error:
            assert hint in str(error) and SECRETS[0][:8] not in str(error), error
        else:
            raise AssertionError(f"accepted: {arguments} {names}")


def an_error_comes_from_one_frame() -> None:
    error = refused(write="library/model")
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert frames == ["refused", "check"], frames


def the_package_has_a_version_and_help() -> None:
    assert hf_token_check.__version__.count(".") == 2, hf_token_check.__version__
    for name in ("code", "exit", "fix", "report"):
        assert f"`{name}`" in (TokenCheckError.__doc__ or ""), name


def a_login_file_is_named() -> None:
    home = Path(WRITES).with_name("home")
    home.mkdir(exist_ok=True)
    (home / "token").write_text(SECRETS[0])
    with variables(HF_TOKEN_PATH="", HF_HOME=str(home)):
        told = str(refused())
    assert "huggingface_hub itself will use that login" in told and str(home / "token") in told, told


def no_token_and_no_answer_are_told_apart() -> None:
    with variables(HF_TOKEN_PATH=""):
        assert (refused().code, refused().exit) == ("token-missing", 40)
    error = refused(endpoint="http://127.0.0.1:9", timeout=0.5)
    assert (error.code, error.exit) == ("net-refused", 50), error


def a_warning_is_one_of_pythons() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert hf_token_check.check(read="acme/old", valid_for=timedelta(days=2)) is not None
    assert [(warning.category, warning.filename) for warning in caught] == [(TokenCheckWarning, __file__)], caught
    assert str(caught[0].message).startswith("repo-renamed\n  "), caught[0]
    error = refused(read="acme/old", strict=True)
    assert (error.code, error.exit) == ("repo-renamed", 51) and len(error.fix) == 1, error
    with variables(HF_TOKEN_CHECK_STRICT="1"):
        assert refused(read="acme/model", audit=True).code == "audit-overprivileged"


def a_token_file_wins() -> None:
    with variables(HF_TOKEN=SECRETS[0]), warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenCheckWarning)
        assert refused(token_file=Path(READS), write="acme/model").exit == 43


def variables_are_obeyed_and_do_no_harm() -> None:
    for form in ("text", "github", "json"):
        with variables(HF_TOKEN_CHECK_FORMAT=form) as said:
            assert hf_token_check.check() is not None and said.getvalue() == "", form
    written = Path(WRITES).with_name("report.json")
    for file in ("/dev/stdout", "/dev/stderr", str(written)):
        with variables(HF_TOKEN_CHECK_REPORT=file) as said:
            assert hf_token_check.check() is not None, file
            assert refused(write="library/model").exit == 43, file
        assert said.getvalue().count('"schema":1') == (2 if file == "/dev/stderr" else 0), said.getvalue()
    assert '"exit":43' in written.read_text()
    with variables(HF_TOKEN_CHECK_REPORT=str(written / "impossible")) as said:
        assert hf_token_check.check() is not None
    assert said.getvalue().startswith("hf-token-check: warning: the report could not be written to "), said.getvalue()
    with variables(HF_TOKEN_CHECK_WRITE="library/model"):
        assert refused().exit == 43
        assert hf_token_check.check(write="acme/model") is not None, "an argument takes the place of the variable"


def nothing_checked_is_no_report() -> None:
    with variables(HF_TOKEN_CHECK_SKIP="drill") as said:
        assert hf_token_check.check(write="library/model") is None
    skipped = "hf-token-check: skipped, nothing was checked (HF_TOKEN_CHECK_SKIP: drill)\n"
    assert said.getvalue() == skipped, said.getvalue()
    with variables(HF_TOKEN_CHECK_RANK_ZERO_ONLY="1", RANK="3", WORLD_SIZE="8") as said:
        assert hf_token_check.check(write="library/model") is None and said.getvalue() == ""


def the_token_is_in_no_argument_list() -> None:
    started: list[tuple[object, ...]] = []
    sys.addaudithook(lambda event, args: started.append(args) if event == "subprocess.Popen" else None)
    with variables(HF_TOKEN=SECRETS[0]):
        assert hf_token_check.check(read="acme/model") is not None
    ((_, arguments, _, environment),) = started
    assert isinstance(arguments, list) and arguments[1:] == ["--format=json", "--read=acme/model"], arguments
    assert environment is None, "the environment is inherited"


if __name__ == "__main__":
    a_pass_returns_the_report()
    a_refusal_says_all_that_a_person_needs()
    what_decided_comes_first()
    without_a_report_the_programs_own_sentence_is_kept()
    messages_name_keyword_arguments()
    a_wrong_call_shows_the_right_one()
    an_error_comes_from_one_frame()
    the_package_has_a_version_and_help()
    a_login_file_is_named()
    no_token_and_no_answer_are_told_apart()
    a_warning_is_one_of_pythons()
    a_token_file_wins()
    variables_are_obeyed_and_do_no_harm()
    nothing_checked_is_no_report()
    the_token_is_in_no_argument_list()
    print("every promise was kept")
