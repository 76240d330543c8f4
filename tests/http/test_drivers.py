"""What an operation may yield and what it is sent, the same in both drivers."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from tracefetch.config import Settings
from tracefetch.errors import (
    ConfigError,
    DeadlineError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    ResponseError,
    TracefetchError,
    UnreachableError,
)
from tracefetch.http import AsyncDriver, Batch, Blocking, Found, Request, Response, SyncDriver
from tracefetch.http.values import Operation

URL = "http://backend.example:1234/base"


def ask(*paths: str, optional: bool = False) -> Operation[list[Response]]:
    """One batch, whose answers are the result."""
    responses: list[Response] = yield Batch(tuple(Request(path) for path in paths), optional)
    return responses


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=request.url.raw_path.decode())


def test_answers_come_in_the_order_of_requests(run: Any) -> None:
    """Whatever order they come back in, beneath the base path."""
    outcome = run(ask(*(f"/{number}" for number in range(20))), url=URL, transport=httpx.MockTransport(echo))
    assert [response.body for response in outcome.result] == [f"/base/{number}".encode() for number in range(20)]
    assert (outcome.requests, outcome.bytes_received) == (20, sum(len(r.body) for r in outcome.result))


def test_parameters_are_encoded(run: Any) -> None:
    """Spaces, quotes, umlauts and lone surrogates reach the server as they are."""

    def operation() -> Operation[list[Response]]:
        params = (("q", '{ .a="ü &b" }'), ("tag", "x:1"), ("tag", "\ud800"))
        return (yield Batch((Request("/s", params),)))

    outcome = run(operation(), url=URL, transport=httpx.MockTransport(echo))
    assert outcome.result[0].body == b"/base/s?q=%7B%20.a%3D%22%C3%BC%20%26b%22%20%7D&tag=x%3A1&tag=%ED%A0%80"
    assert outcome.result[0].url == f"{URL}/s"


def test_found_spans_are_handed_on_at_once(run: Any) -> None:
    """A consumer has the first group before the operation goes on."""
    steps: list[str] = []

    def operation() -> Operation[str]:
        for name in ("a", "b"):
            yield Batch((Request(f"/{name}"),))
            steps.append(f"asked {name}")
            assert (yield Found([])) is None
        return "done"

    outcome = run(operation(), url=URL, transport=httpx.MockTransport(echo))
    assert (len(outcome.found), outcome.result, steps) == (2, "done", ["asked a", "asked b"])


def test_a_consumer_sees_spans_before_the_operation_goes_on() -> None:
    """Nothing is asked ahead of the consumer."""

    def operation() -> Operation[None]:
        yield Found([])
        raise AssertionError("went on")

    with SyncDriver(Settings()) as driver:
        run = driver.run(operation())
        next(run)
        with pytest.raises(RuntimeError, match="to its end"):
            _ = run.result
        run.close()


def test_a_blocking_call_answers(run: Any) -> None:
    """A file or a database needs no url, and runs outside the caller's thread."""

    def operation() -> Operation[Any]:
        return (yield Blocking(threading.current_thread))

    assert run(operation()).result is not threading.main_thread()


def test_an_error_of_a_blocking_call_reaches_the_operation(run: Any) -> None:
    """The operation may catch it and go on."""

    def fail() -> None:
        raise FileNotFoundError("x")

    def operation() -> Operation[str]:
        try:
            yield Blocking(fail)
        except FileNotFoundError:
            return "caught"
        return "not raised"

    assert run(operation()).result == "caught"


def test_what_an_operation_raises_comes_out(run: Any) -> None:
    """A backend's own error keeps its type, and is told with backend and url."""

    def operation() -> Operation[None]:
        yield Batch((Request("/x"),))
        raise NotFoundError("nothing", ident="i")

    error = run(operation(), url=URL, transport=httpx.MockTransport(echo), backend="tempo").error
    assert isinstance(error, NotFoundError)
    assert (error.ident, error.backend, error.url) == ("i", "tempo", URL)


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 422, 500, 501])
def test_a_status_is_data(run: Any, status: int) -> None:
    """What only a backend can judge is handed to it, after one request."""
    outcome = run(ask("/x"), url=URL, transport=httpx.MockTransport(lambda _: httpx.Response(status, text="b")))
    assert (outcome.result[0].status, outcome.requests) == (status, 1)


def test_an_optional_request_may_fail(run: Any) -> None:
    """The others' answers are not lost; the true status and the error stand in the answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/down"):
            raise httpx.ConnectError("no")
        status = 403 if request.url.path.endswith("/forbidden") else 200
        return httpx.Response(status, text="b")

    results = run(
        ask("/down", "/forbidden", "/up", optional=True), url=URL, transport=httpx.MockTransport(handle)
    ).result
    assert [(r.status, r.body, type(r.error)) for r in results] == [
        (0, b"", UnreachableError),
        (403, b"b", NotAllowedError),
        (200, b"b", type(None)),
    ]


def test_the_first_error_ends_a_batch(run: Any) -> None:
    """One refusal is enough; an operation may catch it at its yield."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401 if request.url.path.endswith("/5") else 200)

    def operation() -> Operation[str]:
        try:
            yield Batch(tuple(Request(f"/{number}") for number in range(10)))
        except NotAllowedError:
            responses = yield Batch((Request("/again"),))
            return f"caught, then {responses[0].status}"
        return "not raised"

    assert run(operation(), url=URL, transport=httpx.MockTransport(handle)).result == "caught, then 200"


def test_the_cap_on_requests_asks_for_a_service(run: Any) -> None:
    """Never a quiet miss: an error that names the ways out, before the batch is sent."""

    def operation() -> Operation[None]:
        yield Batch((Request("/a"), Request("/b")))
        yield Batch((Request("/c"), Request("/d")))

    outcome = run(operation(), url=URL, transport=httpx.MockTransport(echo), max_requests=3)
    assert isinstance(outcome.error, LimitError)
    assert "--service" in str(outcome.error)
    assert "--session-attribute" in str(outcome.error)
    assert outcome.requests == 2


def test_bytes_are_counted_over_the_whole_operation(run: Any) -> None:
    """Many small answers reach the limit as one large one does."""

    def operation() -> Operation[None]:
        for _ in range(100):
            yield Batch((Request("/x"),))

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 100))
    outcome = run(operation(), url=URL, transport=transport, max_bytes=1000)
    assert isinstance(outcome.error, LimitError)
    assert "1000 bytes" in str(outcome.error)
    assert outcome.requests == 11


def test_a_request_without_a_url_is_an_error(run: Any) -> None:
    """The error says how to give one."""
    error = run(ask("/x")).error
    assert isinstance(error, ConfigError)
    assert "--url" in str(error)


def test_a_budget_is_shared_by_operations() -> None:
    """Finding out what the backend is and asking it are one question."""
    with SyncDriver(Settings(url=URL, max_requests=3), transport=httpx.MockTransport(echo)) as driver:
        budget = driver.budget()
        driver.run(ask("/a", "/b"), budget=budget).finish()
        with pytest.raises(LimitError):
            driver.run(ask("/c", "/d"), budget=budget).finish()
        assert len(driver.run(ask("/c", "/d")).finish()) == 2


async def test_an_async_budget_is_shared_by_operations() -> None:
    """The same in an event loop."""
    async with AsyncDriver(Settings(url=URL, max_requests=3), transport=httpx.MockTransport(echo)) as driver:
        budget = driver.budget()
        await driver.run(ask("/a", "/b"), budget=budget).finish()
        with pytest.raises(LimitError):
            await driver.run(ask("/c", "/d"), budget=budget).finish()


def test_the_time_of_a_consumer_is_not_the_backends() -> None:
    """The deadline stands still while found spans are looked at."""
    with SyncDriver(Settings(timeout_seconds=0.05)) as driver:

        def operation() -> Operation[str]:
            yield Found([])
            yield Blocking(lambda: None)
            return "in time"

        run = driver.run(operation())
        next(run)
        threading.Event().wait(0.2)
        assert run.finish() == "in time"


def test_a_deadline_that_has_passed_asks_nothing_more(run: Any) -> None:
    """An operation that is slow itself ends at its next request."""

    def operation() -> Operation[None]:
        threading.Event().wait(0.1)
        yield Batch((Request("/x"),))

    outcome = run(operation(), url=URL, transport=httpx.MockTransport(echo), timeout_seconds=0.05)
    assert isinstance(outcome.error, DeadlineError)
    assert "0.05 s" in str(outcome.error)
    assert outcome.requests == 0


def test_a_driver_serves_many_threads() -> None:
    """Operations of several threads run side by side within `concurrency`."""
    most, now, lock = 0, 0, threading.Lock()
    results: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.01)
        with lock:
            now -= 1
        return httpx.Response(200)

    with SyncDriver(Settings(url=URL, concurrency=3), transport=httpx.MockTransport(handle)) as driver:
        paths = [f"/{number}" for number in range(6)]
        threads = [
            threading.Thread(target=lambda: results.append(len(driver.run(ask(*paths)).finish()))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert results == [6] * 4
    assert most == 3


async def test_async_requests_are_bounded() -> None:
    """`concurrency` holds in an event loop over all its operations."""
    import asyncio

    most, now = 0, 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return httpx.Response(200)

    async with AsyncDriver(Settings(url=URL, concurrency=3), transport=httpx.MockTransport(handle)) as driver:
        paths = [f"/{number}" for number in range(6)]
        await asyncio.gather(*(driver.run(ask(*paths)).finish() for _ in range(4)))
    assert most == 3


def test_a_closed_driver_takes_nothing_more() -> None:
    """What is asked afterwards fails at once."""
    driver = SyncDriver(Settings(url=URL), transport=httpx.MockTransport(echo))
    driver.close()
    with pytest.raises(RuntimeError, match="closed"):
        driver.run(ask("/x")).finish()


def test_the_audit_tells_each_request(run: Any) -> None:
    """Method, url with its query, status, bytes and which attempt it was; no credential."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if len(seen) < 1 and not seen.append(1) else 200, text="body")  # type: ignore[func-returns-value]

    seen: list[int] = []

    def operation() -> Operation[None]:
        yield Batch((Request("/x", (("q", "a\x1b[2J"),)),))

    audit = run(operation(), url="http://ann:pw@h:1", transport=httpx.MockTransport(handle)).audit
    assert [(each.status, each.bytes_received, each.attempt) for each in audit] == [(503, 4, 1), (200, 4, 2)]
    assert str(audit[1]).startswith("GET http://h:1/x?q=a%1B%5B2J -> 200, 4 bytes, ")
    assert str(audit[1]).endswith(" s (attempt 2)")
    assert "pw" not in repr(audit)


def test_an_error_of_the_tree_is_never_anothers(run: Any) -> None:
    """Whatever httpx raises, a caller sees one tree, and why."""
    raised: list[Exception] = [
        httpx.ConnectError("name or service not known"),
        httpx.ConnectTimeout("t"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed"),
        httpx.ProxyError("407"),
        httpx.DecodingError("bad"),
        httpx.TooManyRedirects("loop"),
        httpx.LocalProtocolError("Illegal header value b's3cret'"),
        httpx.UnsupportedProtocol("ftp"),
        httpx.InvalidURL("bad"),
    ]
    for exception in raised:

        def handle(request: httpx.Request, exception: Exception = exception) -> httpx.Response:
            raise exception

        error = run(ask("/x"), url=URL, transport=httpx.MockTransport(handle)).error
        assert isinstance(error, UnreachableError | ResponseError | ConfigError), exception
        assert error.url == f"{URL}/x"
        assert error.__cause__ is exception
        assert "s3cret" not in str(error)


@pytest.mark.parametrize("secret", ["s3cret-token-value"])
def test_a_server_that_echoes_a_secret_is_not_quoted(run: Any, secret: str) -> None:
    """A body in an error is masked, also where the excerpt ends in the middle of the secret."""
    for padding in (0, 185):
        body = "x" * padding + secret
        transport = httpx.MockTransport(lambda _, body=body: httpx.Response(401, text=body))
        for error in (
            run(ask("/x"), url=URL, transport=transport, token=secret).error,
            run(_quoting("/x"), url=URL, transport=transport, token=secret).error,
        ):
            assert isinstance(error, TracefetchError)
            assert "s3cret" not in f"{error!r} {error.body}"
            assert "***" in str(error.body)


def _quoting(path: str) -> Operation[None]:
    """An operation that raises an error of its own with the body in it."""
    from tracefetch.http.pages import excerpt

    (response,) = yield Batch((Request(path),), optional=True)
    raise ResponseError("unusable", body=excerpt(response.body))


def test_importing_the_package_loads_no_http_library() -> None:
    """A file needs no httpx; a driver loads it with its first request."""
    import subprocess
    import sys

    code = (
        "import sys, tracefetch, tracefetch.http, tracefetch.config\n"
        "from tracefetch.http import SyncDriver, Blocking\n"
        "def operation():\n    return (yield Blocking(lambda: 42))\n"
        "with SyncDriver(tracefetch.config.Settings()) as driver:\n    assert driver.run(operation()).finish() == 42\n"
        "print(sorted({'httpx', 'tenacity', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
