"""An operation under way: its generator, driven step by step, whoever does the I/O."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from tracefetch.errors import TracefetchError
from tracefetch.http.budget import Budget
from tracefetch.http.quiet import collector_at_rest
from tracefetch.http.values import Batch, Blocking, Found, Operation

T = TypeVar("T")
Step = Batch | Blocking | Found
_UNFINISHED = object()


class Course(Generic[T]):
    """The state that both drivers' runs share.

    While a consumer holds found spans, the deadline stands still. `clean` sees every error that
    leaves the operation.
    """

    def __init__(self, operation: Operation[T], budget: Budget, clean: Callable[[TracefetchError], object]) -> None:
        self.budget = budget
        self._clean = clean
        self._operation = operation
        self._handed_on: float | None = None
        self._result: T | object = _UNFINISHED

    @property
    def result(self) -> T:
        """What the operation returned.

        Raises:
            RuntimeError: it has not been run to its end.
        """
        if self._result is _UNFINISHED:
            raise RuntimeError("the operation has not been run to its end")
        return self._result  # type: ignore[return-value]

    @property
    def is_finished(self) -> bool:
        """The operation has returned."""
        return self._result is not _UNFINISHED

    def resume(self) -> Step | None:
        """Go on after a consumer had its turn; the next step, or None at the end."""
        if self._handed_on is not None:
            self.budget.extend(time.monotonic() - self._handed_on)
            self._handed_on = None
        return self._step(lambda: next(self._operation))

    def send(self, value: object) -> Step | None:
        """Answer a step."""
        return self._step(lambda: self._operation.send(value))

    def throw(self, error: BaseException) -> Step | None:
        """A step failed: the operation may catch that."""
        return self._step(lambda: self._operation.throw(error))

    def hand_on(self) -> None:
        """Found spans leave for the consumer."""
        self._handed_on = time.monotonic()

    def close(self) -> None:
        """End the operation where it stands."""
        self._operation.close()

    def _step(self, advance: Callable[[], Step]) -> Step | None:
        if self.is_finished:
            return None
        try:
            with collector_at_rest():
                return advance()
        except StopIteration as end:
            self._result = end.value
            return None
        except TracefetchError as error:
            # A backend's error may quote a body, and a body may echo what was sent.
            self._clean(error)
            raise
