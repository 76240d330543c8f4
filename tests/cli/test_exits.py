"""Exit codes, and that nothing but a line reaches a user when something fails."""

from __future__ import annotations

import pytest

from cli.conftest import Answers, Run
from tracefetch import errors
from tracefetch.cli.exits import MEANINGS, Exit, exit_of, worst

CODES = {
    errors.UsageError: 2,
    errors.ConfigError: 2,
    errors.MissingExtraError: 2,
    errors.AmbiguousError: 2,
    errors.NotFoundError: 1,
    errors.NotAllowedError: 4,
    errors.BackendError: 3,
    errors.UnreachableError: 3,
    errors.DeadlineError: 3,
    errors.LimitError: 3,
    errors.NotABackendError: 3,
    errors.TooOldError: 3,
    errors.ResponseError: 3,
    errors.OutputError: 3,
}


def all_errors(root: type[errors.TracefetchError] = errors.TracefetchError) -> set[type[errors.TracefetchError]]:
    return {kind for child in root.__subclasses__() for kind in {child, *all_errors(child)}}


def test_each_error_has_its_code() -> None:
    """Every error of the tree ends with the code that the table says; a new one must be added to it."""
    assert all_errors() == set(CODES)
    assert {kind: int(exit_of(kind("x"))) for kind in CODES} == CODES
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("kind", CODES, ids=lambda kind: kind.__name__)
def test_an_error_is_a_line(cli: Run, answers: Answers, kind: type[errors.TracefetchError]) -> None:
    """An error prints its message, escaped, on standard error, and no data."""
    answers["x"] = kind("It failed at \x1b[2J; try this.")
    ran = cli("get", "x", "--url", "file")
    assert (ran.code, ran.out, ran.err) == (CODES[kind], "", "Error: It failed at \\x1b[2J; try this.\n")


def test_choices_are_listed(cli: Run, answers: Answers) -> None:
    """An ambiguous id lists what it may mean."""
    answers["x"] = errors.AmbiguousError("Two sessions.", choices=["s1: 2 turns", "s2: 4 turns"])
    assert cli("get", "x", "--url", "file").err == "Error: Two sessions.\n  s1: 2 turns\n  s2: 4 turns\n"


def test_a_bug_is_a_line(cli: Run, answers: Answers) -> None:
    """An exception that nobody foresaw asks for a report and shows no traceback."""
    answers["x"] = ZeroDivisionError("over\n\x1b[31mhere")
    ran = cli("get", "x", "--url", "file")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(
        r"Error: this is a bug in tracefetch (ZeroDivisionError: over \x1b[31mhere). Please report"
    )


def test_verbose_shows_where_a_bug_is(cli: Run, answers: Answers) -> None:
    """With --verbose the traceback is there for the report."""
    answers["x"] = ZeroDivisionError("over")
    assert "Traceback" in cli("get", "x", "--url", "file", "-v").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "--nope"],
        ["get", "x", "--format", "yaml"],
        ["nope"],
        ["get", "x", "--url", "file", "--timeout", "soon"],
        ["get", "x", "--url", "file", "--trace", "y"],
        ["get", "-", "--url", "-"],
        ["get", "x", "--url", "file", "--header", "no colon"],
        ["get", "x", "--url", "file", "--attribute", "nothing"],
        ["get", "x", "--url", "file", "--token-env", "TRACEFETCH_TEST_UNSET"],
        ["get", "x", "--url", "file", "--since", "yesterday-ish", "--config", "nowhere.toml"],
        ["maps", "nope"],
        ["completion", "csh"],
    ],
    ids=" ".join,
)
def test_usage_errors_end_with_two(cli: Run, answers: Answers, arguments: list[str]) -> None:
    """What can't be asked like this: 2, a message, no data and nothing asked."""
    ran = cli(*arguments)
    assert (ran.code, ran.out, answers["asked"]) == (2, "", [])
    assert "Error: " in ran.err


def test_worst_of_several() -> None:
    """An error outweighs an answer that may not be whole; not allowed outweighs not found."""
    assert worst([]) == 0
    assert worst([Exit.FOUND, Exit.INCOMPLETE]) == 5
    assert worst([Exit.INCOMPLETE, Exit.NOT_FOUND, Exit.FOUND]) == 1
    assert worst([Exit.NOT_FOUND, Exit.NOT_ALLOWED, Exit.FAILED]) == 4


def test_interruption(cli: Run, answers: Answers) -> None:
    """Ctrl-C is left to the entry point, which ends at once."""
    answers["x"] = KeyboardInterrupt()
    try:
        code = cli("get", "x", "--url", "file").code
    except KeyboardInterrupt:
        code = 130
    assert code == 130
