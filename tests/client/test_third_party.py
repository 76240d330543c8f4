"""A backend from outside, found by its entry point, through both clients; it counts what it is asked."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from client.doors import OpenClient
from tracefetch import AsyncClient, Client
from tracefetch.errors import ConfigError

MODULE = """
import threading
from tracefetch.http.values import Blocking, Found
from tracefetch.models import Resource, Span
from tracefetch.models.diagnosis import Diagnosis

asked = []
gate = threading.Event()
gate.set()


def span(session):
    said = {"session.id": session, "llm.request.prompt": "Is it on?", "llm.response.content": "Yes, " + session}
    return Span("t-" + session, "s-" + session, "turn", start_ns=10**18, end_ns=10**18 + 1, attributes=said,
                resource=Resource({"service.name": "ledger"}))


class Ledger:
    name = "ledger"

    def __init__(self, settings):
        self.settings = settings

    def _read(self, what):
        def call():
            gate.wait(30)
            asked.append(what)
        return (yield Blocking(call))

    def trace(self, trace_id):
        yield from self._read(trace_id)

    def session(self, query):
        yield from self._read(query.session)
        if query.session != "nobody":
            yield Found([span(query.session)])

    def conversations(self, query):
        for name in ("b", "a"):
            yield from self._read("list")
            yield Found([span(name)])

    def services(self):
        yield from self._read("services")
        return ["ledger"]

    def diagnose(self):
        yield from self._read("diagnose")
        return Diagnosis("ledger")
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """An installed package that brings the backend `ledger`."""
    (tmp_path / "throw_away_ledger.py").write_text(MODULE)
    info = tmp_path / "throw_away_ledger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: throw-away-ledger\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tracefetch.backends]\nledger = throw_away_ledger:Ledger\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("throw_away_ledger")
    del sys.modules["throw_away_ledger"]


def test_it_is_used_as_a_built_in_one(ledger: ModuleType, open_client: OpenClient) -> None:
    """The scheme names it; every question reaches it, and nothing is probed."""
    client = open_client("ledger://books")
    assert client.get(session="x").dialogue[1].content == "Yes, x"
    assert client.services() == ["ledger"]
    assert [row.id for row in client.search()] == ["b", "a"]
    found = client.diagnose()
    assert (found.backend, len(found.conversations)) == ("ledger", 2)
    assert [getattr(one, "id", None) for one in client.get_many(["a", "nobody", "c"])] == ["a", None, "c"]
    assert client.explain(session="x").spans[0].service == "ledger"


def test_an_unknown_one_is_told(open_client: OpenClient) -> None:
    """With the names of those that are there."""
    with pytest.raises(ConfigError, match="jaeger"):
        open_client("ledger://books").get("x")


def test_many_threads_ask_once(ledger: ModuleType) -> None:
    """One conversation, asked for by eight threads, is fetched once, and then kept."""
    ledger.gate.clear()
    with Client("ledger://books") as client, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(client.get, session="x") for _ in range(8)]
        ledger.gate.set()
        assert {answer.result().id for answer in answers} == {"x"}
        client.get(session="x")
    assert ledger.asked == ["x"]


async def test_many_tasks_ask_once(ledger: ModuleType) -> None:
    """The same with tasks."""
    async with AsyncClient("ledger://books") as client:
        answers = await asyncio.gather(*(client.get(session="x") for _ in range(8)))
        assert {answer.id for answer in answers} == {"x"}
        await client.get(session="x")
    assert ledger.asked == ["x"]


async def test_a_cancelled_task_takes_nobody_along(ledger: ModuleType) -> None:
    """Who asked first is cancelled; who waits for the same asks itself."""
    ledger.gate.clear()
    async with AsyncClient("ledger://books") as client:
        first = asyncio.create_task(client.get(session="x"))
        second = asyncio.create_task(client.get(session="x"))
        await asyncio.sleep(0.05)
        first.cancel()
        ledger.gate.set()
        assert (await second).id == "x"
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_leaving_many_cancels_what_is_under_way(ledger: ModuleType) -> None:
    """A loop that is left takes its tasks with it, and the client goes on to work."""
    async with AsyncClient("ledger://books", concurrency=2) as client:
        answers = client.get_many([f"s{number}" for number in range(50)])
        assert (await anext(answers)).id == "s0"
        await answers.aclose()  # type: ignore[attr-defined]
        assert len(ledger.asked) <= 4
        assert (await client.get(session="y")).id == "y"


def test_the_memory_can_be_turned_off(ledger: ModuleType, open_client: OpenClient) -> None:
    """ttl_seconds=0: each question is asked."""
    client = open_client("ledger://books", ttl_seconds=0)
    client.get(session="x")
    client.get(session="x")
    assert ledger.asked == ["x", "x"]
