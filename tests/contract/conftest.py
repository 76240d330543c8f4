"""How contract tests ask: detection and one operation, through either driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servers import Server, tempo
from tracefetch.backends.contract import Backend
from tracefetch.backends.detection import detect
from tracefetch.config import Settings
from tracefetch.http import AsyncDriver, Found, Operation, SyncDriver
from tracefetch.models import Evidence, Query, Span

NAMES = ("session.id", "gen_ai.conversation.id", "conversation.session_id")
MARKERS = ("gen_ai.system",)


@dataclass
class Answer:
    """What an operation found, at which cost."""

    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    groups: list[list[Span]] = field(default_factory=list)
    result: Any = None
    backend: str = ""
    requests: int = 0

    @property
    def traces(self) -> set[str]:
        return {span.trace_id for span in self.spans}

    @property
    def told(self) -> set[str]:
        """Kinds of losses and doubts: a whole answer has none."""
        return {item.kind for item in self.evidence if item.severity != "note"}

    def take(self, found: Found) -> None:
        self.spans += found.spans
        self.evidence += found.evidence
        if found.spans:
            self.groups.append(found.spans)


Ask = Callable[..., Answer]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """`ask(server_or_url, lambda backend: backend.trace(…), **settings) -> Answer`, through a driver."""

    def asked(place: Server | str, what: Callable[[Any], Operation[Any]], **options: Any) -> Answer:
        settings = _settings(place, options)
        return _ask(settings, what) if request.param == "sync" else asyncio.run(_ask_async(settings, what))

    return asked


@pytest.fixture
def window() -> Callable[..., Query]:
    """`window(session, hours=24) -> Query` that ends a little later than now."""

    def query(session: str | None = None, *, hours: float = 24, **options: Any) -> Query:
        until = datetime.now(UTC) + timedelta(minutes=1)
        options = {"session_attributes": NAMES, "markers": MARKERS, **options}
        return Query(since=until - timedelta(hours=hours), until=until, session=session, **options)

    return query


def _settings(place: Server | str, options: dict[str, Any]) -> Settings:
    headers = place.headers if isinstance(place, Server) else {}
    environ = {f"H{number}": value for number, value in enumerate(headers.values())}
    given = {name: f"${{H{number}}}" for number, name in enumerate(headers)}
    url = place.url if isinstance(place, Server) else place
    token = options.pop("token", None)
    if token:
        environ["TOKEN"] = token
        options["token"] = "${TOKEN}"
    return Settings.load({"url": url, "headers": given or None, **options}, environ=environ)


def _ask(settings: Settings, what: Callable[[Backend], Operation[Any]]) -> Answer:
    answer = Answer()
    with SyncDriver(settings) as driver:
        backend = driver.run(detect(settings)).finish().backend
        driver.backend = answer.backend = backend.name
        run = driver.run(what(backend))
        for found in run:
            answer.take(found)
        answer.result, answer.requests = run.result, driver.requests
    return answer


async def _ask_async(settings: Settings, what: Callable[[Backend], Operation[Any]]) -> Answer:
    answer = Answer()
    async with AsyncDriver(settings) as driver:
        backend = (await driver.run(detect(settings)).finish()).backend
        driver.backend = answer.backend = backend.name
        run = driver.run(what(backend))
        async for found in run:
            answer.take(found)
        answer.result, answer.requests = run.result, driver.requests
    return answer


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line where recordings stood in for a live Tempo."""
    if not tempo.sources():
        line = "Tempo: recorded exchanges with a real Tempo 3 ran instead of a live one"
        terminalreporter.write_line(f"{line} ({tempo.HOW})")
