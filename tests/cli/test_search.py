"""`search` and `doctor` on real recordings, and where a search fails on the way."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Run
from tracefetch.client import Client
from tracefetch.errors import DeadlineError
from tracefetch.models import Evidence, Summary, doubt
from tracefetch.models.diagnosis import Diagnosis

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
FILE = RECORDINGS / "genai_openai.otlp.json"


def test_table(cli: Run) -> None:
    """A row for each conversation, newest first; a complete answer leaves standard error empty."""
    ran = cli("search", "--url", FILE)
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[2] for line in ran.out.splitlines()[1:]] == ["sess-beta", "sess-alpha"]


def test_json_and_lines(cli: Run) -> None:
    """The same as a list, and as a line for each."""
    listed = json.loads(cli("search", "--url", FILE, "--format", "json").out)
    lines = [json.loads(line) for line in cli("search", "--url", FILE, "--format", "jsonl").out.splitlines()]
    assert listed == lines
    assert [row["id"] for row in listed] == ["sess-beta", "sess-alpha"]
    assert listed[0]["turns"] == 6


def test_limit_and_output(cli: Run, tmp_path: Path) -> None:
    """--limit counts conversations; -o writes the list."""
    path = tmp_path / "list.json"
    ran = cli("search", "--url", FILE, "--limit", "1", "--format", "json", "-o", path)
    assert (ran.code, ran.out) == (0, "")
    assert [row["id"] for row in json.loads(path.read_text())] == ["sess-beta"]


def test_nothing_found(cli: Run) -> None:
    """An empty list is not found: 1, `[]` as JSON, and what to try."""
    ran = cli("search", "--url", FILE, "--service", "nobody", "--format", "json")
    assert (ran.code, ran.out) == (1, "[]\n")
    assert "--since" in ran.err


class _Failing(Iterator[Summary]):
    """A listing that ends in an error."""

    evidence: tuple[Evidence, ...] = (doubt("list-cut", "The backend cut its list."),)

    def __init__(self, error: Exception | None) -> None:
        self._rows = [Summary("sess_1", True, None, 2, "agent", "ok", "Hi")]
        self._error = error

    def __next__(self) -> Summary:
        if self._rows:
            return self._rows.pop()
        raise self._error or StopIteration


@pytest.mark.parametrize("format_", ["text", "json", "jsonl"])
def test_what_was_found_before_an_error_is_shown(cli: Run, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    """A deadline on the way: what was found until then, the error, and 3."""
    monkeypatch.setattr(Client, "search", lambda self, **wanted: _Failing(DeadlineError("The time is over.")))
    ran = cli("search", "--url", FILE, "--format", format_)
    assert (ran.code, ran.err) == (3, "Error: The time is over.\n")
    assert "sess_1" in ran.out


def test_a_list_that_was_cut_is_told(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A doubt about the list goes to standard error, and --strict makes it 5."""
    monkeypatch.setattr(Client, "search", lambda self, **wanted: _Failing(None))
    assert cli("search", "--url", FILE).err == "doubt: list-cut: The backend cut its list.\n"
    assert cli("search", "--url", FILE, "--strict").code == 5


def test_doctor_leads_to_a_transcript(cli: Run) -> None:
    """The first command that `doctor` prints shows a conversation."""
    ran = cli("doctor", "--url", FILE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"File at {FILE}\n")
    command = ran.out.split("\nNext\n")[1].splitlines()[0]
    assert cli(*shlex.split(command)[1:]).out.startswith("sess-beta\n")


def test_doctor_as_json(cli: Run) -> None:
    """The same for a script."""
    document = json.loads(cli("doctor", "--url", FILE, "--format", "json").out)
    assert document["backend"] == "file"
    assert [talk["id"] for talk in document["conversations"]] == ["sess-beta", "sess-alpha"]


def test_doctor_prints_no_secret(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags are repeated in what to type next, a header that was written out only as a place for it."""
    monkeypatch.setenv("KEY", "s3cret")
    ran = cli("doctor", "--url", FILE, "--header", "X-A: s3cret", "--header", "X-B: ${KEY}", "--tenant", "a b")
    assert "s3cret" not in ran.out + ran.err
    assert "--tenant 'a b' --header 'X-A:${VALUE}' --header 'X-B:${KEY}'" in ran.out


def test_doctor_is_strict_about_problems(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the way is shown; with --strict it ends with 5."""
    found = Diagnosis(backend="tempo", problems=("Attributes are cut.",), flags=("--service", "a b"))
    monkeypatch.setattr(Client, "diagnose", lambda self, **wanted: found)
    ran = cli("doctor", "--url", "http://t:3200", "--strict")
    assert ran.code == 5
    assert "! Attributes are cut." in ran.out
    assert "  tracefetch search --url http://t:3200 --service 'a b' --since 30d\n" in ran.out
