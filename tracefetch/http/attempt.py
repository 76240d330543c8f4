"""One sending of a request: its clock, its translation of failures, its line in the audit."""

from __future__ import annotations

import time
from types import TracebackType

import httpx

from tracefetch.errors import DeadlineError, TracefetchError
from tracefetch.http.audit import Exchange
from tracefetch.http.bodies import Body, BrokenBodyError
from tracefetch.http.budget import Budget
from tracefetch.http.connection import Connection, display
from tracefetch.http.failures import circular, transport_failure
from tracefetch.http.gate import parse_retry_after
from tracefetch.http.policy import BUSY, PASSING
from tracefetch.http.values import Request, Response

MAX_REDIRECTS = 5


class Attempt:
    """Follows one sending, redirects within the origin included; a driver does the I/O.

    Entered with `with`: httpx's exceptions leave it as ours.
    """

    def __init__(self, connection: Connection, request: Request, budget: Budget, number: int) -> None:
        self.url = connection.url(request)
        self.headers = connection.headers(request)
        self._connection = connection
        self._request = request
        self._budget = budget
        self._number = number
        self._hops = 0
        self._status = 0
        self._body: Body | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Attempt:
        self._budget.check()
        return self

    def send(self) -> None:
        """A request goes out now."""
        self._connection.count(requests=1)
        self._began = time.monotonic()

    def moved(self, raw: httpx.Response) -> bool:
        """The answer is a redirect that is followed; `url` is where to."""
        location = raw.headers.get("location")
        if location is None or raw.status_code not in (301, 302, 303, 307, 308):
            return False
        target = self._connection.redirect(self.url, location)
        if target is None:
            return False
        self._report(raw.status_code, 0)
        self._hops += 1
        if self._hops > MAX_REDIRECTS:
            raise circular(display(self.url), MAX_REDIRECTS)
        self.url = target
        return True

    def body(self, raw: httpx.Response) -> Body:
        """The body to feed with the answer's raw chunks, if it does not have all of them already."""
        self._status = raw.status_code
        self._announced(raw)
        if raw.is_stream_consumed:  # a transport for tests or replay hands over bodies as a whole, decompressed
            self._body = Body("", self._budget)
            self._body.feed(raw.content)
        else:
            self._body = Body(raw.headers.get("content-encoding", ""), self._budget)
        return self._body

    def finish(self, raw: httpx.Response, body: Body) -> Response:
        """The response value; tells the gate how the backend is."""
        content = body.finish()
        headers = dict(raw.headers)
        response = self._connection.receive(self._request, self.url, raw.status_code, headers, content)
        self._tell_gate(response)
        return response

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        received = self._body.bytes_received if self._body is not None else 0
        self._connection.count(received=received)
        if error is None:
            self._report(self._status, received)
            return
        told = self._translate(error)
        if told is None:
            self._report(0, received, "given up, the answer is no longer wanted")
            return
        self._connection.clean(told)
        self._report(0, received, told.message)
        if told is not error:
            raise told from error

    def _translate(self, error: BaseException | None) -> TracefetchError | None:
        if isinstance(error, TracefetchError):
            error.url = error.url or display(self.url)
            return error
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout | httpx.PoolTimeout):
            return self._budget.overdue()
        known = httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | BrokenBodyError | UnicodeError
        if isinstance(error, known):
            if self._budget.remaining() <= 0:
                return self._budget.overdue()
            return transport_failure(error, url=display(self.url), base=self._connection.base)
        return None

    def _announced(self, raw: httpx.Response) -> None:
        """A body that says itself that it is too long need not be read."""
        length = raw.headers.get("content-length", "")
        if length.isdigit() and int(length[:18]) > self._budget.max_bytes:
            self._budget.receive(int(length[:18]))

    def _tell_gate(self, response: Response) -> None:
        gate, status = self._connection.gate, response.status
        retry_after = parse_retry_after(response.headers.get("retry-after"))
        if status in BUSY or (status in PASSING and retry_after is not None):
            gate.refuse(retry_after, sent_at=self._began)
        elif status not in PASSING:
            gate.ease()

    def _report(self, status: int, received: int, error: str | None = None) -> None:
        seconds = time.monotonic() - self._began
        url = self._connection.auditable(self.url)
        self._connection.report(Exchange("GET", url, status, received, seconds, self._number, error))


def too_long_a_rest(delay: float, budget: Budget) -> DeadlineError:
    """The backend asks for a longer rest than the deadline leaves."""
    return DeadlineError(
        f"the backend is busy and asks to wait {delay:.0f} s (429, Retry-After), but the deadline of "
        f"{budget.timeout_seconds:g} s (timeout_seconds) comes first; "
        "try later, lower --concurrency, or raise --timeout",
        status=429,
    )
