"""A reverse proxy on loopback that counts requests, and can add a base path and ask for a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

HOP = {"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length", "host", "te", "upgrade"}


@dataclass
class Gateway:
    """A running gateway.

    Attributes:
        url: what a client is given, with the base path.
        paths: of the requests that came, with their query, in order; below the base path.
        received: bytes of the bodies that were handed back.
    """

    url: str
    paths: list[str] = field(default_factory=list)
    received: int = 0

    @property
    def count(self) -> int:
        """How many requests came."""
        return len(self.paths)

    def clear(self) -> None:
        """Begin to count anew."""
        self.paths.clear()
        self.received = 0


@contextmanager
def gateway(
    target: str, *, base_path: str = "", token: str | None = None, login_page: bool = False
) -> Iterator[Gateway]:
    """Pass requests below `base_path` on to `target`.

    Args:
        target: a server's `url`.
        token: without `Authorization: Bearer …` of it a request gets 401.
        login_page: a path outside `base_path` gets a page of HTML, not 404; so does a request without token.
    """
    server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
    server.start()
    door = Gateway(f"http://127.0.0.1:{server.port}{base_path}")
    client = httpx.Client(trust_env=False, timeout=60)

    def forward(request: Request) -> Response:
        refusal = Response("<html><title>Log in</title></html>", 200, content_type="text/html") if login_page else None
        if token is not None and request.headers.get("Authorization") != f"Bearer {token}":
            return refusal or Response("who are you?", 401)
        if not request.path.startswith(f"{base_path}/"):
            return refusal or Response("no such page", 404)
        path = request.environ["REQUEST_URI"].removeprefix(base_path)  # as it came, nothing decoded
        door.paths.append(path)
        headers = [(name, value) for name, value in request.headers if name.lower() not in HOP]
        answer = client.request(request.method, f"{target}{path}", headers=headers, content=request.get_data())
        door.received += len(answer.content)
        kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in HOP]
        return Response(answer.content, answer.status_code, kept)

    server.expect_request(re.compile(".*")).respond_with_handler(forward)
    try:
        yield door
    finally:
        server.clear()
        server.stop()
        client.close()
