"""What one question may cost: time, requests and bytes, counted over all its operations."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tracefetch.errors import DeadlineError, LimitError


class Budget:
    """A deadline and two caps, shared by the threads of one question.

    Args:
        timeout_seconds: from now to the deadline.
        max_requests: requests as the backend's operations ask for them; repetitions by the retry
            policy are not counted, so that a busy backend can't use the cap up.
        max_bytes: bytes received, after decompression.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float,
        max_requests: int,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self.max_requests = max_requests
        self.max_bytes = max_bytes
        self.requests = 0
        self.bytes_received = 0
        self._clock = clock
        self._end = clock() + timeout_seconds
        self._lock = threading.Lock()

    def remaining(self) -> float:
        """Seconds to the deadline; negative after it."""
        return self._end - self._clock()

    def extend(self, seconds: float) -> None:
        """Move the deadline: the time that a consumer held the answer is not the backend's."""
        with self._lock:
            self._end += seconds

    def check(self) -> None:
        """Raise DeadlineError where the deadline has passed."""
        if self.remaining() <= 0:
            raise self.overdue()

    def overdue(self) -> DeadlineError:
        """The error that the deadline's passing is."""
        return DeadlineError(
            f"no complete answer within {self.timeout_seconds:g} s (timeout_seconds); "
            "narrow the window or name --service, or raise --timeout"
        )

    def spend(self, requests: int) -> None:
        """Count requests before they are sent, all of a batch at once.

        Raises:
            LimitError: the cap would be passed; nothing of the batch is sent.
        """
        with self._lock:
            wanted = self.requests + requests
            if wanted > self.max_requests:
                raise LimitError(
                    f"this would take more than {self.max_requests} requests (max_requests), and the answer would "
                    "be incomplete: name the service with --service or the attribute that holds the session id with "
                    "--session-attribute, narrow the window with --since, or raise --max-requests"
                )
            self.requests = wanted

    def receive(self, count: int) -> None:
        """Count bytes as they come in.

        Raises:
            LimitError, DeadlineError: the cap or the deadline has passed.
        """
        with self._lock:
            self.bytes_received += count
            over = self.bytes_received > self.max_bytes
        if over:
            raise LimitError(
                f"more than {_size(self.max_bytes)} were received (max_bytes, after decompression); "
                "narrow the window or name --service, or raise --max-bytes"
            )
        self.check()


def _size(count: int) -> str:
    mebibytes = count / (1024 * 1024)
    return f"{mebibytes:g} MiB" if mebibytes >= 1 else f"{count} bytes"
