"""The benchmarks run, and what they time is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import Server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`benchmarks` stands beside `tests`, and is no part of what is installed."""
    monkeypatch.syspath_prepend(str(ROOT))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "benchmarks"]:
        del sys.modules[name]


def test_growth_is_measured_against_the_json() -> None:
    """Each size with differing and with equal texts, all turns found."""
    from benchmarks import growing

    rows = list(growing.rows(rounds=1, sizes=(4, 8)))
    assert [row.label for row in rows] == [
        "4 calls, full history", "8 calls, full history", "4 calls, equal texts", "8 calls, equal texts",
    ]  # fmt: skip
    assert all(row.size and row.ratio > 0 for row in rows)


def test_cached_answers_are_measured() -> None:
    """The provider answers from a file, and from its cache."""
    from benchmarks import answering

    (row,) = answering.rows(rounds=1, lengths=(4,))
    assert "4 turns" in row.label


def test_starts_are_measured() -> None:
    """Each command ends well: one that fails raises."""
    from benchmarks import starting

    assert len(list(starting.rows(rounds=1))) == 3


@pytest.mark.live
@pytest.mark.parametrize("kind", ["jaeger", "tempo"])
def test_a_whole_get_is_measured(kind: str, request: pytest.FixtureRequest) -> None:
    """Both read all spans of the same answer; the conversation is there."""
    from benchmarks import fetching
    from benchmarks.servers import push
    from benchmarks.traces import service_trace

    server: Server = request.getfixturevalue(kind)
    trace_id = f"{'be' * 15}{1 if kind == 'jaeger' else 2:02x}"
    push(server, service_trace(trace_id, spans=120, begin_ns=fetching.now_ns()))
    row = fetching.measure("small", kind, server.url, trace_id, rounds=1, spans=120)
    assert row.note.startswith("120 spans")


def test_a_missing_server_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a line below the table, and the rest is measured."""
    from benchmarks import servers, tables

    monkeypatch.setattr(servers.tempo, "sources", list)
    with servers.running("tempo") as missing:
        assert isinstance(missing, str)
        assert missing.startswith("no Tempo on this machine")
        assert missing in tables.table("T", [tables.Skipped("whole get, tempo", missing)])


def test_the_page_has_every_part() -> None:
    """docs/benchmarks.md shows a run of all of them."""
    from benchmarks.__main__ import PARTS

    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert all(f"`{name}`" in page and f"\n### {title}\n\n|" in page for name, (title, _) in PARTS.items())
