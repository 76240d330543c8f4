"""`tracefetch get`: data on standard output, what is to be known about it on standard error."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from cli.conftest import TORN, WHOLE, Answers, Run
from tracefetch.errors import NotFoundError, UnreachableError
from tracefetch.formats import render, render_line

LOSSES = "loss: attribute-cut (2): \\x1b[31mcut (and 1 more like it)\n"
DOUBTS = "doubt: order: guessed\n"


def test_a_whole_answer_leaves_standard_error_empty(cli: Run, answers: Answers) -> None:
    """The transcript, exit 0, and not a word beside it."""
    ran = cli("get", "whole", "--url", "file")
    assert (ran.code, ran.out, ran.err) == (0, render(WHOLE), "")


@pytest.mark.parametrize("format_", ["text", "markdown", "openai", "json"])
@pytest.mark.parametrize("view", ["dialogue", "all", "threads"])
def test_formats_and_views(cli: Run, answers: Answers, format_: str, view: str) -> None:
    """Each format in each view is what `formats` renders."""
    ran = cli("get", "whole", "--url", "file", "--format", format_, "--view", view)
    assert ran.out == render(WHOLE, format_, view)  # type: ignore[arg-type]


def test_losses_and_doubts_are_said(cli: Run, answers: Answers) -> None:
    """A line per kind with a count, escaped; notes only with --verbose."""
    assert cli("get", "torn", "--url", "file").err == LOSSES + DOUBTS
    assert cli("get", "torn", "--url", "file", "-v").err == LOSSES + DOUBTS + "note: window: 7 days were searched\n"


def test_strict(cli: Run, answers: Answers) -> None:
    """--strict ends with 5 where something is lost or doubtful, and prints the transcript all the same."""
    ran = cli("get", "torn", "--url", "file", "--strict")
    assert (ran.code, ran.out, ran.err) == (5, render(TORN), LOSSES + DOUBTS)
    assert cli("get", "whole", "--url", "file", "--strict").code == 0


def test_a_file_needs_no_id(cli: Run, answers: Answers) -> None:
    """Without an id the client is asked for the only conversation."""
    assert cli("get", "--url", "file").code == 0
    assert answers["asked"] == [(None, {"trace": None, "session": None})]


def test_trace_and_session_decide(cli: Run, answers: Answers) -> None:
    """--trace and --session are handed on as they are."""
    cli("get", "--trace", "abc", "--session", "s", "--url", "file")
    assert answers["asked"] == [(None, {"trace": "abc", "session": "s"})]


def test_several_ids(cli: Run, answers: Answers) -> None:
    """One that fails does not stop the others; each is named; the exit code is the worst."""
    answers["far"] = UnreachableError("No connection.")
    ran = cli("get", "torn", "far", "none", "whole", "--url", "file")
    assert ran.code == 3
    assert ran.out == render(TORN) + "\n\n" + render(WHOLE)
    assert ran.err == (
        f"torn: {LOSSES}torn: {DOUBTS}Error: far: No connection.\nError: none: There is no none in the window.\n"
    )


@pytest.mark.parametrize("format_", ["openai", "json"])
def test_several_ids_as_lines(cli: Run, answers: Answers, format_: str) -> None:
    """JSON formats print a line for each conversation found."""
    ran = cli("get", "whole", "none", "torn", "--url", "file", "--format", format_)
    assert ran.out == render_line(WHOLE, format_) + render_line(TORN, format_)  # type: ignore[arg-type]
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == ["whole", "torn"]


def test_ids_from_standard_input(cli: Run, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads ids, one a line; even a single one is shown as one of many."""
    monkeypatch.setattr("sys.stdin", io.StringIO("whole\n\n  torn \n"))
    assert cli("get", "-", "--url", "file", "--format", "openai").out.count("\n") == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("whole\n"))
    assert cli("get", "-", "--url", "file", "--format", "openai").out == render_line(WHOLE, "openai")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli("get", "-", "--url", "file").code == 0


def test_output_file(cli: Run, answers: Answers, tmp_path: Path) -> None:
    """-o writes the answer into a file that only its owner can read, and nothing to standard output."""
    path = tmp_path / "talk.md"
    path.write_text("old")
    path.chmod(0o644)
    ran = cli("get", "torn", "--url", "file", "--format", "markdown", "-o", path)
    assert (ran.code, ran.out, ran.err) == (0, "", LOSSES + DOUBTS)
    assert path.read_text() == render(TORN, "markdown")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_output_file_of_several(cli: Run, answers: Answers, tmp_path: Path) -> None:
    """Several ids go into one file, whole, also when one was not found."""
    path = tmp_path / "talks.jsonl"
    assert cli("get", "whole", "none", "torn", "--url", "file", "--format", "json", "-o", path).code == 1
    assert path.read_text() == render_line(WHOLE, "json") + render_line(TORN, "json")


def test_a_failed_answer_leaves_the_file_as_it_was(cli: Run, answers: Answers, tmp_path: Path) -> None:
    """Nothing found: the old file stays, and no other is left."""
    answers["x"] = NotFoundError("No.")
    path = tmp_path / "talk.md"
    path.write_text("old")
    assert cli("get", "x", "--url", "file", "-o", path).code == 1
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_dash_is_standard_output(cli: Run, answers: Answers) -> None:
    """`-o -` prints."""
    assert cli("get", "whole", "--url", "file", "-o", "-").out == render(WHOLE)


@pytest.mark.parametrize("place", ["folder", "link", "nowhere/x", "pipe", "folder/"])
def test_what_is_no_plain_file_is_refused(cli: Run, answers: Answers, tmp_path: Path, place: str) -> None:
    """A folder, a symbolic link, a missing folder, a pipe: exit 3 before anything is asked, nothing changed."""
    import os

    (tmp_path / "folder").mkdir()
    target = tmp_path / "target"
    target.write_text("old")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    ran = cli("get", "whole", "--url", "file", "-o", f"{tmp_path}/{place}")
    assert (ran.code, ran.out, answers["asked"]) == (3, "", [])
    assert ran.err.startswith(f"Error: Can't write {tmp_path}/{place.rstrip('/')}: ")
    assert target.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "link", "pipe", "target"]


def test_a_full_disk_leaves_the_file_as_it_was(
    cli: Run, answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room while writing: exit 3, the old file stays, the half one is gone."""
    path = tmp_path / "talk.md"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    ran = cli("get", "whole", "--url", "file", "-o", path)
    assert (ran.code, ran.err) == (
        3,
        f"Error: Can't write {path}: No space left on device. Choose another place with --output.\n",
    )
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_format_from_the_environment(cli: Run, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """TRACEFETCH_FORMAT and _VIEW count where no flag is given; a format that only the provider has is refused."""
    monkeypatch.setenv("TRACEFETCH_FORMAT", "openai")
    monkeypatch.setenv("TRACEFETCH_VIEW", "dialogue")
    assert cli("get", "whole", "--url", "file").out == render(WHOLE, "openai", "dialogue")
    assert cli("get", "whole", "--url", "file", "--format", "text").out == render(WHOLE, "text", "dialogue")
    monkeypatch.setenv("TRACEFETCH_FORMAT", "messages")
    ran = cli("get", "whole", "--url", "file")
    assert (ran.code, ran.err) == (
        2,
        "Error: There is no format 'messages'; choose one of text, json, openai, markdown.\n",
    )
