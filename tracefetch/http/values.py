"""The values that a backend's operation and a driver exchange: no I/O, no httpx.

An operation is a generator. It yields one of three things:

- a `Batch` of requests, and is sent the list of their responses, in order. A status is
  data: the driver raises only for what no backend could use (no connection, deadline,
  401/403, a redirect to another origin, bytes over the limit).
- a `Blocking` call (a file, a database), and is sent what the call returned; the async
  driver runs it in a thread.
- `Found` spans, and is sent None; the driver hands them on at once.

It returns its result with `return`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tracefetch.errors import TracefetchError
from tracefetch.models import Evidence, Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """A GET below the backend's base URL; `path` begins with `/` and is percent-encoded, params are not yet."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; `body` is decompressed, `url` has neither credentials nor query.

    `error` is set in answers to an optional batch only: what would have been raised. Its status is
    the true one where there was one (401, 403, a redirect to another origin), else 0.
    """

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    error: TracefetchError | None = None

    @property
    def content_type(self) -> str:
        """The media type, lower-case, without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that may run side by side; `optional` ones may fail: status 0 and no body."""

    requests: tuple[Request, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Blocking:
    """A call that blocks."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Spans as they were found, whole traces, with what the backend knows of their losses."""

    spans: list[Span]
    evidence: list[Evidence] = field(default_factory=list)


Operation = Generator[Batch | Blocking | Found, Any, T]
