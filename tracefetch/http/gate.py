"""When the next request may be sent: one gate for all requests of a connection.

It paces to `requests_per_second`, holds everybody back while the backend asks for rest
(Retry-After), and after a 429 spaces requests out, wider with each further one and closer again
with each success. It never sleeps: a driver asks how long to wait, sleeps its own way, and asks
again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# After a first refusal without Retry-After; doubled by each further one.
FIRST_REST_SECONDS = 0.5
# Spacing after a refusal, and the widest it grows to.
FIRST_SPACING_SECONDS = 0.05
WIDEST_SPACING_SECONDS = 5.0
# A success narrows the spacing by this; below a millisecond it is gone.
_EASING = 0.8
_GONE_SECONDS = 0.001


@dataclass(slots=True)
class Ticket:
    """A place in the queue; void when the gate was closed after it was given."""

    at: float
    closing: int


class Gate:
    """The gate; safe to use from several threads. `clock` is monotonic seconds."""

    def __init__(
        self, requests_per_second: float | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._floor = 1 / requests_per_second if requests_per_second else 0.0
        self._spacing = 0.0
        self._next = 0.0
        self._closed_until = 0.0
        self._closings = 0
        self._refusals = 0
        self._clock = clock
        self._lock = threading.Lock()

    def ticket(self) -> Ticket:
        """The next free place."""
        with self._lock:
            return Ticket(self._place(), self._closings)

    def delay(self, ticket: Ticket) -> float:
        """Seconds until the ticket's turn, 0 when it has come; a void ticket gets a new place."""
        with self._lock:
            if ticket.closing != self._closings:
                ticket.at, ticket.closing = self._place(), self._closings
            return max(0.0, ticket.at - self._clock())

    def refuse(self, retry_after: float | None, *, sent_at: float) -> None:
        """The backend asked for rest: nobody sends before it is over.

        Args:
            retry_after: seconds, as the backend said; None where it said nothing.
            sent_at: when the refused request went out: a whole volley that was under way when
                the gate closed counts as one refusal.
        """
        with self._lock:
            now = self._clock()
            news = sent_at >= self._closed_until
            if news:
                self._refusals += 1
                doubled = max(FIRST_SPACING_SECONDS, self._spacing * 2)
                self._spacing = min(WIDEST_SPACING_SECONDS, doubled)
            rest = FIRST_REST_SECONDS * 2 ** min(self._refusals - 1, 6) if retry_after is None else retry_after
            if now + rest > self._closed_until and (news or retry_after is not None):
                self._closed_until = self._next = now + rest
                self._closings += 1

    def ease(self) -> None:
        """An answer came: send a little closer again."""
        with self._lock:
            self._refusals = 0
            self._spacing *= _EASING
            if self._spacing < _GONE_SECONDS:
                self._spacing = 0.0

    def _place(self) -> float:
        at = max(self._clock(), self._next, self._closed_until)
        self._next = at + max(self._floor, self._spacing)
        return at


def parse_retry_after(text: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
