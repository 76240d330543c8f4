"""HTTP, and whatever else runs a backend's operation: the only room that knows httpx and tenacity.

For backends (values only, no I/O):

    Request, Response, Batch, Blocking, Found, Operation     what an operation yields and is sent
    (backends import these from `tracefetch.http.values`, and the next from `tracefetch.http.pages`)
    is_html(response), not_a_backend(response, backend=…)    a web page came back: an error that says which
    describe_page(response)                                  the same as the rest of a sentence
    excerpt(body)                                            200 escaped characters, for an error's `body`

For clients:

    with SyncDriver(settings, audit=print) as driver:
        budget = driver.budget()                       # one deadline and cap for several operations
        for found in driver.run(operation, budget=budget): …
        backend = driver.run(detect(settings), budget=budget).finish()
        driver.backend = backend.name                  # from now on a tenant is sent that backend's way
        driver.requests, driver.bytes_received

    async with AsyncDriver(settings) as driver: …      # the same with `async for` and `await`

A driver raises into the operation, at its `yield`: UnreachableError, DeadlineError, LimitError,
NotAllowedError (401, 403), NotABackendError (a redirect to another origin); other statuses are
data. In an optional batch only the deadline and the caps are raised; what else would have been is
in `Response.error`, so that detection can raise the one that matters.

A `Blocking` call runs in a daemon thread that is left behind when the deadline passes. One that
reads standard input must open file descriptor 0 itself (`open(0, "rb", closefd=False)`), since
the interpreter can't end while such a thread holds `sys.stdin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracefetch.http.audit import Audit, Exchange
from tracefetch.http.budget import Budget
from tracefetch.http.pages import describe_page, excerpt, is_html, not_a_backend
from tracefetch.http.values import Batch, Blocking, Found, Operation, Request, Response

if TYPE_CHECKING:
    from tracefetch.http.async_driver import AsyncDriver, AsyncRun
    from tracefetch.http.sync_driver import Run, SyncDriver

__all__ = [
    "AsyncDriver",
    "AsyncRun",
    "Audit",
    "Batch",
    "Blocking",
    "Budget",
    "Exchange",
    "Found",
    "Operation",
    "Request",
    "Response",
    "Run",
    "SyncDriver",
    "describe_page",
    "excerpt",
    "is_html",
    "not_a_backend",
]


def __getattr__(name: str) -> Any:
    """Import a driver when it is first used: backends need only the values."""
    if name in ("SyncDriver", "Run"):
        from tracefetch.http import sync_driver

        return getattr(sync_driver, name)
    if name in ("AsyncDriver", "AsyncRun"):
        from tracefetch.http import async_driver

        return getattr(async_driver, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
