"""A real server on loopback, and both drivers behind one call."""

from __future__ import annotations

import asyncio
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from tracefetch.config import Settings
from tracefetch.http import AsyncDriver, Exchange, Found, SyncDriver
from tracefetch.http.values import Operation

Handle = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Hands each request to the test's function."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.seen.append((self.path, dict(self.headers.items())))
        self.server.handle(self)

    def answer(self, body: bytes = b"ok", status: int = 200, **headers: str) -> None:
        """A whole answer; `_` in a header's name is a dash."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    """Answers with `handle`; remembers path and headers of each request."""

    daemon_threads = True
    block_on_close = False
    # Many connections may be opened at once.
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.handle: Handle = lambda handler: handler.answer()
        self.ending = threading.Event()
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what some tests are about."""


def serve(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.ending.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from serve(Server())


@pytest.fixture
def other_server() -> Iterator[Server]:
    yield from serve(Server())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure_server(authority: trustme.CA) -> Iterator[Server]:
    """A server whose certificate only our authority vouches for; it asks for a client's."""
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.scheme = "https"
    # The client's name, if it showed a certificate.
    server.handle = lambda handler: handler.answer(repr(handler.connection.getpeercert()).encode())
    yield from serve(server)


@dataclass
class Outcome:
    """What an operation gave, and what it cost."""

    returned: Any = None
    error: Exception | None = None
    found: list[Found] = field(default_factory=list)
    audit: list[Exchange] = field(default_factory=list)
    requests: int = 0
    bytes_received: int = 0

    @property
    def result(self) -> Any:
        """What was returned; an error that no test asked about is raised."""
        if self.error is not None:
            raise self.error
        return self.returned


Run = Callable[..., Outcome]


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run an operation in either driver: `run(operation, url=…, transport=…, **settings)`."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    in_driver = _run_sync if request.param == "sync" else _run_async

    def run_operation(
        operation: Operation[Any], *, transport: Any = None, backend: str | None = None, **options: Any
    ) -> Outcome:
        outcome = Outcome()
        settings = Settings(**options)
        try:
            in_driver(operation, settings, transport, backend, outcome)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcome.error = error
        return outcome

    return run_operation


def _run_sync(
    operation: Operation[Any], settings: Settings, transport: Any, backend: str | None, outcome: Outcome
) -> None:
    with SyncDriver(settings, transport=transport, audit=outcome.audit.append) as driver:
        driver.backend = backend or driver.backend
        run = driver.run(operation)
        try:
            outcome.found.extend(run)
            outcome.returned = run.result
        finally:
            outcome.requests, outcome.bytes_received = driver.requests, driver.bytes_received


def _run_async(
    operation: Operation[Any], settings: Settings, transport: Any, backend: str | None, outcome: Outcome
) -> None:
    async def main() -> None:
        async with AsyncDriver(settings, transport=transport, audit=outcome.audit.append) as driver:
            driver.backend = backend or driver.backend
            run = driver.run(operation)
            try:
                async for found in run:
                    outcome.found.append(found)
                outcome.returned = run.result
            finally:
                outcome.requests, outcome.bytes_received = driver.requests, driver.bytes_received

    asyncio.run(main())
