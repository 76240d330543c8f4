"""The fixtures that hand servers to tests; a missing server skips, with CI=true a missing Jaeger fails."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from servers import emission, jaeger, promptfoo, tempo
from servers.gateway import Gateway, gateway
from servers.process import MissingServerError, Server

REQUIRED = {"jaeger", "promptfoo"}


def refuse(kind: str, how: str) -> NoReturn:
    """Skip the test and say how to get what it needs; in CI a missing Jaeger or promptfoo is a failure."""
    if os.environ.get("CI") == "true" and kind in REQUIRED:
        pytest.fail(how, pytrace=False)
    pytest.skip(how)


class Pool:
    """Starts each variant of a server once, when a test first asks for it, and ends all of them.

    Tests share servers, so each uses session ids of its own. Where an empty server is needed,
    `fresh_jaeger` and `fresh_tempo` start one for a `with` block.
    """

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._running: dict[tuple[Any, ...], Server] = {}

    def jaeger(self, source: str | None = None, **options: Any) -> Server:
        """A shared Jaeger: `jaeger.start`'s options; the first source unless one is named."""
        return self._shared("jaeger", source, options)

    def tempo(self, source: str | None = None, **options: Any) -> Server:
        """A shared Tempo: `tempo.start`'s options; the first source unless one is named."""
        return self._shared("tempo", source, options)

    @contextmanager
    def fresh_jaeger(self, source: str | None = None, **options: Any) -> Iterator[Server]:
        """An empty Jaeger for this block alone; not from an address, which others use too."""
        with self._fresh("jaeger", source, options) as server:
            yield server

    @contextmanager
    def fresh_tempo(self, source: str | None = None, **options: Any) -> Iterator[Server]:
        """An empty Tempo for this block alone; not from an address, which others use too."""
        with self._fresh("tempo", source, options) as server:
            yield server

    @property
    def servers(self) -> list[Server]:
        """Those that run now."""
        return list(self._running.values())

    def stop(self) -> None:
        """End all of them."""
        for server in self.servers:
            server.stop()
        self._running.clear()

    def _shared(self, kind: str, source: str | None, options: dict[str, Any]) -> Server:
        source = source or _first(kind)
        options = {name: value for name, value in options.items() if (name, value) != ("storage", "memory")}
        if "://" in source and options:
            pytest.skip(f"{source} is as it is, and this test needs {options}: name a binary")
        key = (kind, source, *sorted(options.items()))
        if key not in self._running:
            self._running[key] = self._start(kind, source, options)
        return self._running[key]

    @contextmanager
    def _fresh(self, kind: str, source: str | None, options: dict[str, Any]) -> Iterator[Server]:
        source = source or _first(kind)
        if "://" in source:
            pytest.skip(f"{source} is shared, and this test needs an empty server: name a binary")
        key = ("fresh", object())
        server = self._running[key] = self._start(kind, source, options)
        try:
            yield server
        finally:
            server.stop()
            self._running.pop(key, None)

    def _start(self, kind: str, source: str, options: dict[str, Any]) -> Server:
        start: Callable[..., Server] = jaeger.start if kind == "jaeger" else tempo.start
        try:
            return start(source, self._folder(kind), **options)
        except MissingServerError as error:
            refuse(kind, str(error))


def _first(kind: str) -> str:
    sources, how = {"jaeger": (jaeger.sources, jaeger.HOW), "tempo": (tempo.sources, tempo.HOW)}[kind]
    return (sources() or refuse(kind, how))[0]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """The pool of servers, for variants: `servers.jaeger(base_path="/jaeger")`, `servers.tempo(tenants=("a",))`."""
    pool = Pool(lambda kind: tmp_path_factory.mktemp(kind))
    yield pool
    pool.stop()


@pytest.fixture(scope="session", name="jaeger")
def jaeger_server(servers: Pool) -> Server:
    """The first Jaeger, with memory storage."""
    return servers.jaeger()


@pytest.fixture(scope="session")
def jaeger_badger(servers: Pool) -> Server:
    """The first Jaeger, with badger."""
    return servers.jaeger(storage="badger")


@pytest.fixture(scope="session", name="tempo")
def tempo_server(servers: Pool) -> Server:
    """The first Tempo, which cuts no attribute."""
    return servers.tempo()


@pytest.fixture(scope="session")
def tempo_cutting(servers: Pool) -> Server:
    """The first Tempo with its default of cutting string attributes at 2048 bytes."""
    return servers.tempo(max_attribute_bytes=None)


def _jaegers() -> list[Any]:
    rows = [(source, storage) for source in jaeger.sources() for storage in _storages(source)]
    return [pytest.param(("jaeger", *row), id=jaeger.label(*row)) for row in rows] or [
        pytest.param(("jaeger", None, "memory"), id="jaeger")
    ]


def _storages(source: str) -> list[str]:
    return ["memory"] if "://" in source else ["memory", "badger"]


def _tempos() -> list[Any]:
    found = [pytest.param(("tempo", source, ""), id=Path(source).name) for source in tempo.sources()]
    return found or [pytest.param(("tempo", None, ""), id="tempo")]


def _server(pool: Pool, row: tuple[str, str | None, str]) -> Server:
    kind, source, storage = row
    return pool.jaeger(source, storage=storage) if kind == "jaeger" else pool.tempo(source)


@pytest.fixture(scope="session", params=_jaegers())
def any_jaeger(request: pytest.FixtureRequest, servers: Pool) -> Server:
    """Every Jaeger that is named, with memory and with badger, one after the other."""
    return _server(servers, request.param)


@pytest.fixture(scope="session", params=_tempos())
def any_tempo(request: pytest.FixtureRequest, servers: Pool) -> Server:
    """Every Tempo that is named, one after the other; none cuts attributes."""
    return _server(servers, request.param)


@pytest.fixture(scope="session", params=[*_jaegers(), *_tempos()])
def any_server(request: pytest.FixtureRequest, servers: Pool) -> Server:
    """Every Jaeger and every Tempo: for contracts that hold for all of them."""
    return _server(servers, request.param)


@pytest.fixture
def open_gateway() -> Iterator[Callable[..., Gateway]]:
    """`open_gateway(server.url, base_path=…, token=…)`: a counting reverse proxy until the test ends."""
    with ExitStack() as doors:
        yield lambda target, **options: doors.enter_context(gateway(target, **options))


@pytest.fixture(scope="session")
def emit() -> Callable[..., AbstractContextManager[Any]]:
    """A block with a tracer of the SDK, whose spans are readable when it ends."""
    return emission.emit


@pytest.fixture(scope="session")
def push() -> Callable[..., None]:
    """`push(server, payload)`: an OTLP JSON object as it is, readable when it returns."""
    return emission.push


@pytest.fixture(scope="session")
def promptfoo_installed() -> Path:
    """promptfoo's program, installed once; without it the test skips, in CI it fails."""
    try:
        promptfoo.node()
        return promptfoo.installed()
    except MissingServerError as error:
        refuse("promptfoo", str(error))
    except (OSError, subprocess.CalledProcessError) as error:
        refuse("promptfoo", f"{promptfoo.HOW} ({error})")


@pytest.fixture
def promptfoo_eval(promptfoo_installed: Path, tmp_path: Path) -> Callable[..., promptfoo.Evaluation]:
    """`promptfoo_eval(config_path, *arguments, env={…}) -> Evaluation`, with a private database and cache."""
    private = tmp_path / "promptfoo"
    private.mkdir()
    return partial(promptfoo.evaluate, private=private)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test shows the end of the logs of the servers that it was given."""
    report = yield
    if report.failed:
        given = getattr(item, "funcargs", {}).values()
        used = [value for value in given if isinstance(value, Server)]
        report.sections += [(f"log of {server.label}: {server.log}", server.log_tail()) for server in used]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each reason for skips once, with its count: how to get a missing server is said, but not a hundred times."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ") for report in skipped if isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"SKIPPED [{count}] {reason}")
