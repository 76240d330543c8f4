"""How many requests an operation has left, and the error when it has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from tracefetch.errors import LimitError
from tracefetch.http.values import Batch, Operation, Request, Response

T = TypeVar("T")


class Budget:
    """Requests of one operation, counted, so that a search ends in an error that says what to do.

    Args:
        most: `max_requests`.
        advice: what to try when it is spent.
    """

    def __init__(self, most: int, *, backend: str, advice: str) -> None:
        self.most = most
        self.used = 0
        self._backend = backend
        self._advice = advice

    @property
    def left(self) -> int:
        """Requests that may still be made."""
        return self.most - self.used

    def ask(self, requests: Sequence[Request], *, optional: bool = False) -> Operation[list[Response]]:
        """Make these requests side by side.

        Raises:
            LimitError: they are more than what is left.
        """
        if len(requests) > self.left:
            message = f"{self.used} requests were made and {self.most} are allowed (max_requests): {self._advice}"
            raise LimitError(message, backend=self._backend)
        self.used += len(requests)
        responses: list[Response] = yield Batch(tuple(requests), optional)
        return responses

    def ask_one(self, request: Request, *, optional: bool = False) -> Operation[Response]:
        """Make one request."""
        responses = yield from self.ask((request,), optional=optional)
        return responses[0]


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), max(1, size)))
