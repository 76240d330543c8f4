"""What was asked of the backend: one record for each request sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, and what became of it.

    Attributes:
        method: always GET so far.
        url: with its query, without credentials, control characters escaped.
        status: 0 where no answer came.
        bytes_received: of the body, after decompression.
        seconds: from sending to the body's end, without the wait at the gate.
        attempt: 1 for the first, 2 for its first repetition.
        error: why no answer came.
    """

    method: str
    url: str
    status: int
    bytes_received: int
    seconds: float
    attempt: int
    error: str | None = None

    def __str__(self) -> str:
        again = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        outcome = str(self.status) if self.status else f"failed: {self.error}"
        return f"{self.method} {self.url} -> {outcome}, {self.bytes_received} bytes, {self.seconds:.3f} s{again}"


Audit = Callable[[Exchange], None]
