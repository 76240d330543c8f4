"""Tables and screens: aligned, escaped, cut only on a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from tracefetch.formats import render_diagnosis, render_listing, render_table, summary_document
from tracefetch.formats.ink import Ink
from tracefetch.models import Summary
from tracefetch.models.diagnosis import Diagnosis

TALKS = [
    Summary(
        "sess_1", True, datetime(2026, 8, 12, 14, 3, 22, tzinfo=UTC), 4, "agent", "ok", "Hi\nthere \x1b[2J", ("a",)
    ),
    Summary("b" * 32, False, None, 1, None, "error", "漢字" * 60, complete=False),
]


def test_listing() -> None:
    """A row for each conversation; ids whole, words on one line, `+` where there may be more turns."""
    lines = render_listing(TALKS).splitlines()
    assert lines[0].split("  ")[0] == "started (UTC)"
    assert lines[1] == f"2026-08-12 14:03:22  sess_1{' ' * 26}  4      agent    ok      Hi there \\x1b[2J"
    assert lines[2] == f"-{' ' * 18}  {'b' * 32}  1+     -        error   {'漢字' * 60}"


def test_listing_on_a_terminal_fits() -> None:
    """The last column takes the room that is left, wide characters counted as two cells."""
    assert all(Ink().cells(line) <= 110 for line in render_listing(TALKS, ink=Ink(width=110)).splitlines())


def test_listing_as_json() -> None:
    """Everything of a summary, its time in ISO 8601."""
    document = summary_document(TALKS[0])
    assert (document["start"], document["trace_ids"]) == ("2026-08-12T14:03:22Z", ["a"])


def test_table_of_nothing() -> None:
    """Only the header."""
    assert render_table(("a", "b"), []) == "a  b\n"


def test_diagnosis_is_a_screen() -> None:
    """What the backend is, whether conversations are there, what stands in the way, what to type next."""
    found = Diagnosis(
        backend="tempo",
        version="3.0.3",
        apis=("v2", "traceql"),
        tenancy="header sent",
        limits={"search range": "168h"},
        clock_skew_seconds=-90.0,
        services=1200,
        facts={"by": "\x1b[31mits answer"},
        problems=("Attributes are cut at 2048 bytes: ask for max_attribute_bytes: 0.",),
        conversations=(TALKS[0],),
    )
    assert render_diagnosis(found, url="http://t:3200", commands=["tracefetch get sess_1"]) == (
        "Tempo 3.0.3 at http://t:3200\n"
        "  APIs          v2, traceql\n"
        "  tenancy       header sent\n"
        "  search range  168h\n"
        "  its clock     1 min 30 s behind ours\n"
        "  services      1,200\n"
        "  by            \\x1b[31mits answer\n"
        "\n"
        "Conversations\n"
        "  2026-08-12 14:03  sess_1  4 turns  Hi there \\x1b[2J\n"
        "\n"
        "What stands in the way\n"
        "! Attributes are cut at 2048 bytes: ask for max_attribute_bytes: 0.\n"
        "\n"
        "Next\n"
        "  tracefetch get sess_1\n"
    )


def test_diagnosis_of_an_empty_backend() -> None:
    """Nothing found is said, nothing is made up."""
    text = render_diagnosis(Diagnosis(backend="file"), url=None, commands=[])
    assert text == "File\n\nNo conversation was found in the window\n"
