"""Against a real server on loopback: bodies that drip or burst, refusals, redirects, Ctrl-C."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

from tracefetch.errors import (
    DeadlineError,
    LimitError,
    NotABackendError,
    NotAllowedError,
    ResponseError,
    UnreachableError,
)
from tracefetch.http import Batch, Blocking, Request, Response
from tracefetch.http.values import Operation


def ask(*paths: str, optional: bool = False) -> Operation[list[Response]]:
    """One batch, whose answers are the result."""
    responses: list[Response] = yield Batch(tuple(Request(path) for path in paths), optional)
    return responses


def drip(handler: Any) -> None:
    """A body that never ends, a byte at a time."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    while not handler.server.ending.wait(0.01):
        handler.wfile.write(b"x")


def drip_headers(handler: Any) -> None:
    """Headers that never end, a byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not handler.server.ending.wait(0.01):
        handler.wfile.write(b"x")


def hang(handler: Any) -> None:
    """No answer at all."""
    handler.server.ending.wait(60)


@pytest.mark.parametrize("slow", [drip, drip_headers, hang])
def test_the_deadline_ends_whatever_drips(run: Any, server: Any, slow: Any) -> None:
    """A total deadline, not one between two bytes."""
    server.handle = slow
    outcome = run(ask("/a", "/b"), url=server.url, timeout_seconds=0.3)
    assert isinstance(outcome.error, DeadlineError)
    assert (outcome.error.url or "").startswith(server.url)


def test_the_deadline_ends_a_blocking_call(run: Any) -> None:
    """A file on a share that hangs hangs nobody; its thread is left behind."""
    never = threading.Event()

    def operation() -> Operation[None]:
        yield Blocking(never.wait)

    assert isinstance(run(operation(), timeout_seconds=0.1).error, DeadlineError)
    never.set()


def test_a_bomb_bursts_at_the_limit(run: Any, server: Any) -> None:
    """Bytes are counted after decompression, and counting stops it early."""
    bomb = gzip.compress(b"\0" * 100_000_000)
    server.handle = lambda handler: handler.answer(bomb, content_encoding="gzip")
    outcome = run(ask("/x"), url=server.url, max_bytes=1_000_000)
    assert isinstance(outcome.error, LimitError)
    assert outcome.bytes_received < 3_000_000


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_compressed_bodies_are_read(run: Any, server: Any, encoding: str, compress: Any) -> None:
    """Whatever of these a gateway uses, and in many pieces."""
    body = bytes(range(256)) * 20_000
    server.handle = lambda handler: handler.answer(compress(body), content_encoding=encoding)
    assert run(ask("/x"), url=server.url).result[0].body == body


def test_several_gzip_members_are_one_body(run: Any, server: Any) -> None:
    """A gzip stream may be concatenated."""
    server.handle = lambda handler: handler.answer(gzip.compress(b"a") + gzip.compress(b"b"), content_encoding="gzip")
    assert run(ask("/x"), url=server.url).result[0].body == b"ab"


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"no gzip at all")])
def test_what_can_not_be_decompressed_is_an_error(run: Any, server: Any, encoding: str, body: bytes) -> None:
    """Never bytes that look like an answer."""
    server.handle = lambda handler: handler.answer(body, content_encoding=encoding)
    assert isinstance(run(ask("/x"), url=server.url).error, ResponseError)


def test_a_body_that_says_that_it_is_too_long_is_not_read(run: Any, server: Any) -> None:
    """Content-Length is enough."""

    def handle(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "10000000")
        handler.end_headers()
        handler.server.ending.wait(60)

    server.handle = handle
    assert isinstance(run(ask("/x"), url=server.url, max_bytes=1000).error, LimitError)


@pytest.mark.parametrize("cut", ["short", "gzip"])
def test_a_broken_body_is_asked_again(run: Any, server: Any, cut: str) -> None:
    """A connection that broke in the middle may hold the next time."""

    def handle(handler: Any) -> None:
        if len(server.seen) > 1:
            handler.answer(b"whole")
        elif cut == "gzip":
            handler.answer(gzip.compress(b"whole" * 1000)[:-20], content_encoding="gzip")
        else:
            handler.send_response(200)
            handler.send_header("content-length", "1000")
            handler.end_headers()
            handler.wfile.write(b"half")
            handler.close_connection = True

    server.handle = handle
    outcome = run(ask("/x"), url=server.url)
    assert (outcome.result[0].body, outcome.requests) == (b"whole", 2)


def test_a_connection_that_always_breaks_is_an_error(run: Any, server: Any) -> None:
    """After a few tries."""

    def handle(handler: Any) -> None:
        handler.close_connection = True

    server.handle = handle
    outcome = run(ask("/x"), url=server.url)
    assert isinstance(outcome.error, UnreachableError)
    assert "broke" in str(outcome.error)
    assert outcome.requests == 3


def test_a_closed_port_is_an_error_with_a_question(run: Any) -> None:
    """Refused is told from unknown, with what to check."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = run(ask("/x"), url=f"http://127.0.0.1:{taken.getsockname()[1]}").error
    assert isinstance(error, UnreachableError)
    assert "refused; is it running" in str(error)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_may_pass_is_asked_again(run: Any, server: Any, status: int) -> None:
    """A gateway whose backend restarts."""
    server.handle = lambda handler: handler.answer(status=200 if len(server.seen) > 2 else status)
    outcome = run(ask("/x"), url=server.url)
    assert (outcome.result[0].status, outcome.requests) == (200, 3)


def test_what_does_not_pass_is_data_in_the_end(run: Any, server: Any) -> None:
    """The backend says what a lasting 503 means."""
    server.handle = lambda handler: handler.answer(b"later", status=503)
    outcome = run(ask("/x"), url=server.url)
    assert (outcome.result[0].status, outcome.result[0].body, outcome.requests) == (503, b"later", 3)


def test_retry_after_holds_all_requests_of_a_connection(run: Any, server: Any) -> None:
    """While the backend rests nobody sends: no more are refused than were under way together."""
    refused: list[str] = []
    rested = threading.Event()

    def handle(handler: Any) -> None:
        with server.lock:
            refuse = not rested.is_set() and not (refused and handler.path in refused)
            if refuse:
                refused.append(handler.path)
        if refuse:
            handler.answer(status=429, retry_after="1")
        else:
            rested.set()
            handler.answer()

    server.handle = handle
    outcome = run(ask(*(f"/{number}" for number in range(20))), url=server.url, concurrency=4)
    assert [response.status for response in outcome.result] == [200] * 20
    assert 1 <= len(refused) <= 4
    assert outcome.requests == 20 + len(refused)


def test_a_rest_beyond_the_deadline_is_told_at_once(run: Any, server: Any) -> None:
    """No sleeping into a deadline: the error says how long the backend wants to rest."""
    server.handle = lambda handler: handler.answer(status=429, retry_after="3600")
    outcome = run(ask("/x"), url=server.url, timeout_seconds=30)
    assert isinstance(outcome.error, DeadlineError)
    assert "3600 s" in str(outcome.error)
    assert outcome.error.status == 429
    assert outcome.requests == 1


def test_redirects_within_the_origin_are_followed(run: Any, server: Any) -> None:
    """With the credentials, which are meant for this origin; the final url is told."""

    def handle(handler: Any) -> None:
        if handler.path == "/a/x":
            handler.answer(status=308, location="/b/x?y=1#z")
        else:
            handler.answer(handler.path.encode())

    server.handle = handle
    outcome = run(ask("/x"), url=f"{server.url}/a", token="t0ken")
    assert (outcome.result[0].body, outcome.result[0].url) == (b"/b/x?y=1", f"{server.url}/b/x")
    assert [headers["authorization"] for _, headers in server.seen] == ["Bearer t0ken"] * 2


def test_a_redirect_can_not_smuggle_credentials(run: Any, server: Any) -> None:
    """A user name in a redirect's target is dropped."""

    def handle(handler: Any) -> None:
        if handler.path == "/x":
            handler.answer(status=302, location=server.url.replace("//", "//eve:pw@") + "/y")
        else:
            handler.answer()

    server.handle = handle
    run(ask("/x"), url=server.url)
    assert [(path, headers.get("authorization")) for path, headers in server.seen] == [("/x", None), ("/y", None)]


@pytest.mark.parametrize("optional", [False, True])
def test_a_redirect_elsewhere_is_named_and_not_followed(
    run: Any, server: Any, other_server: Any, optional: bool
) -> None:
    """A login page on another host never sees the token."""
    target = f"{other_server.url}/login?next=secret#f"
    server.handle = lambda handler: handler.answer(status=302, location=target)
    outcome = run(ask("/x", optional=optional), url=server.url, token="t0ken")
    error = outcome.result[0].error if optional else outcome.error
    assert isinstance(error, NotABackendError)
    assert f"redirects to {other_server.url}/login," in str(error)
    assert "login page?" in str(error)
    assert error.status == 302
    assert other_server.seen == []


@pytest.mark.parametrize("target", ["https://127.0.0.1:{port}/x", "//evil.example/x", "ftp://h/"])
def test_another_scheme_is_another_origin(run: Any, server: Any, target: str) -> None:
    """As is a host without scheme."""
    location = target.format(port=server.server_port)
    server.handle = lambda handler: handler.answer(status=307, location=location)
    assert isinstance(run(ask("/x"), url=server.url).error, NotABackendError)
    assert len(server.seen) == 1


def test_a_redirect_to_no_address_is_an_error(run: Any, server: Any) -> None:
    """Asked once, and told."""
    server.handle = lambda handler: handler.answer(status=307, location="http://h:bad/")
    error = run(ask("/x"), url=server.url).error
    assert isinstance(error, ResponseError)
    assert "no address" in str(error)
    assert len(server.seen) == 1


def test_circles_of_redirects_end(run: Any, server: Any) -> None:
    """After a handful."""
    server.handle = lambda handler: handler.answer(status=302, location="/x")
    outcome = run(ask("/x"), url=server.url)
    assert isinstance(outcome.error, ResponseError)
    assert "redirects more than 5 times" in str(outcome.error)
    assert outcome.requests == 6


@pytest.mark.parametrize(
    ("status", "body", "settings", "words"),
    [
        (401, b"no org id", {}, "--tenant NAME"),
        (401, b"missing tenant header", {}, "--tenant NAME"),
        (401, b"unknown tenant", {"tenant": "acme"}, "does not know the tenant 'acme'"),
        (401, b"", {}, "no credential was sent"),
        (403, b"nope", {"token": "t0ken"}, "was refused"),
    ],
)
def test_not_allowed_says_what_is_missing(
    run: Any, server: Any, status: int, body: bytes, settings: dict[str, str], words: str
) -> None:
    """A tenant, a credential, or a right."""
    server.handle = lambda handler: handler.answer(body, status=status)
    error = run(ask("/x"), url=server.url, **settings).error
    assert isinstance(error, NotAllowedError)
    assert words in str(error)
    assert (error.status, error.url, error.body) == (status, f"{server.url}/x", body.decode() or None)


CLIENT = """
import sys
from tracefetch.config import Settings
from tracefetch.http import SyncDriver, Batch, Blocking, Request

def operation(paths):
    yield Batch(tuple(Request(path) for path in paths)) if paths else Blocking(open(0, "rb", closefd=False).read)

with SyncDriver(Settings(url=sys.argv[1], timeout_seconds=500)) as driver:
    print("asking", flush=True)
    driver.run(operation(sys.argv[2:])).finish()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("slow", [drip, drip_headers, hang, None])
def test_ctrl_c_ends_at_once(server: Any, slow: Any, tmp_path: Path) -> None:
    """With requests under way and more of them queued, or while standard input is silent."""
    arrived = threading.Event()

    def handle(handler: Any) -> None:
        arrived.set()
        slow(handler)

    server.handle = handle
    paths = [f"/{number}" for number in range(30)] if slow else []
    command = [sys.executable, "-c", CLIENT, server.url, *paths]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "asking\n"
        assert slow is None or arrived.wait(60)
        process.send_signal(signal.SIGINT)
        # Standard input stays open, the server goes on: only the signal can end it. Far below
        # the deadline of 500 s, which is what a hang would wait for.
        process.wait(60)
        errors = process.stderr.read()
    assert process.returncode in (-signal.SIGINT, 130)
    assert "KeyboardInterrupt" in errors
    assert "Fatal" not in errors


def test_a_login_gateway_is_named_while_the_backend_is_looked_for(run: Any, server: Any, other_server: Any) -> None:
    """The redirect's target is what helps, not that neither Jaeger nor Tempo was recognised."""
    from tracefetch.backends.detection import detect
    from tracefetch.config import Settings

    server.handle = lambda handler: handler.answer(status=302, location=f"{other_server.url}/login")
    error = run(detect(Settings(url=server.url)), url=server.url).error
    assert isinstance(error, NotABackendError)
    assert f"redirects to {other_server.url}/login" in str(error)


def test_closing_a_driver_ends_what_others_wait_for(server: Any) -> None:
    """A thread whose driver is closed by another is not left waiting for the deadline."""
    from tracefetch.config import Settings
    from tracefetch.http import SyncDriver

    arrived = threading.Event()

    def handle(handler: Any) -> None:
        arrived.set()
        drip(handler)

    server.handle = handle
    driver = SyncDriver(Settings(url=server.url, timeout_seconds=500, concurrency=2))
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            driver.run(ask(*(f"/{number}" for number in range(10)))).finish()
        except RuntimeError as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert arrived.wait(60)
    driver.close()
    thread.join(60)
    assert len(ended) == 1
