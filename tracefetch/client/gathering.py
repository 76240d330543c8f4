"""Runs operations inside another one: keeps what they find, counts what they ask, sets them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tracefetch.errors import LimitError, TracefetchError
from tracefetch.http.values import Batch, Blocking, Found, Operation, Response
from tracefetch.models import Evidence, Span

T = TypeVar("T")
Request = Batch | Blocking
Before = Callable[[Request], Operation[bool]]


@dataclass(slots=True)
class Gathered(Generic[T]):
    """Everything that an operation found, and what it returned."""

    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    result: T | None = None

    def add(self, found: Found) -> None:
        """Keep a group."""
        self.spans += found.spans
        self.evidence += found.evidence

    @property
    def trace_ids(self) -> tuple[str, ...]:
        """The traces, in the order in which they were found."""
        return tuple(dict.fromkeys(span.trace_id for span in self.spans))


def forward(
    operation: Operation[T], keep: Callable[[Found], object], *, before: Before | None = None
) -> Operation[T | None]:
    """Run an operation to its end; requests go on to the driver, what is found to `keep`.

    Args:
        before: an operation run before each request; where it returns True the whole ends there, with None.
    """
    try:
        step: Any = next(operation)
        while True:
            if isinstance(step, Found):
                keep(step)
                step = operation.send(None)
                continue
            if before is not None and (yield from before(step)):
                return None
            try:
                reply = yield step
            except Exception as error:  # noqa: BLE001 - the operation decides whether it can go on
                step = operation.throw(error)
            else:
                step = operation.send(reply)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        operation.close()


@dataclass(slots=True)
class Meter:
    """Counts requests, and ends in a LimitError before one too many is sent; `most` None is no limit."""

    most: int | None = None
    used: int = 0

    def before(self, step: Request) -> Operation[bool]:
        """Count what is about to be asked."""
        wanted = self.used + (len(step.requests) if isinstance(step, Batch) else 0)
        if self.most is not None and wanted > self.most:
            raise LimitError(f"this would take more than {self.most} requests")
        self.used = wanted
        yield from ()  # an operation, although it asks for nothing itself
        return False


def gather(operation: Operation[T], *, meter: Meter | None = None) -> Operation[Gathered[T]]:
    """Run an operation to its end and keep all that it found.

    Raises:
        LimitError: it takes more requests than the meter allows; those are not sent.
    """
    gathered: Gathered[T] = Gathered()
    gathered.result = yield from forward(operation, gathered.add, before=meter.before if meter else None)
    return gathered


def together(operations: Sequence[Operation[T]]) -> Operation[list[T | TracefetchError]]:
    """Run operations side by side: what they ask at one time goes out as one batch.

    Each gets its own answers and its own errors; one that fails has its error as its result. None may
    hand on what it found (`gather` keeps that).
    """
    lanes = [_Lane(operation) for operation in operations]
    try:
        for lane in lanes:
            lane.go(lambda lane: next(lane.operation))
        while waiting := [lane for lane in lanes if lane.step is not None]:
            for lane in [lane for lane in waiting if isinstance(lane.step, Blocking)]:
                yield from lane.ask_alone()
            asking = [lane for lane in waiting if isinstance(lane.step, Batch)]
            if asking:
                yield from _ask_at_once(asking)
    finally:
        for lane in lanes:
            lane.operation.close()
    return [lane.result for lane in lanes]


class _Lane(Generic[T]):
    """One of several operations, and where it stands."""

    def __init__(self, operation: Operation[T]) -> None:
        self.operation = operation
        self.step: Request | None = None
        self.result: Any = None

    def go(self, advance: Callable[[_Lane[T]], Any]) -> None:
        self.step = None
        try:
            self.step = advance(self)
        except StopIteration as end:
            self.result = end.value
        except TracefetchError as error:
            self.result = error

    def ask_alone(self) -> Operation[None]:
        try:
            reply = yield self.step  # type: ignore[misc]
        except TracefetchError as error:
            self.fail(error)
        else:
            self.go(lambda lane: lane.operation.send(reply))

    def answer(self, responses: list[Response]) -> None:
        """Give it its answers; an error among them is raised where the lane did not allow for it."""
        optional = isinstance(self.step, Batch) and self.step.optional
        error = next((response.error for response in responses if response.error is not None), None)
        if error is not None and not optional:
            self.fail(error)
        else:
            self.go(lambda lane: lane.operation.send(responses))

    def fail(self, error: TracefetchError) -> None:
        self.go(lambda lane: lane.operation.throw(error))


def _ask_at_once(lanes: Sequence[_Lane[Any]]) -> Operation[None]:
    asked = [lane.step.requests for lane in lanes if isinstance(lane.step, Batch)]
    try:
        responses = yield Batch(tuple(request for requests in asked for request in requests), optional=True)
    except TracefetchError as error:  # a cap or the deadline: nobody gets an answer
        for lane in lanes:
            lane.fail(error)
        return
    at = 0
    for lane, requests in zip(lanes, asked, strict=True):
        lane.answer(responses[at : at + len(requests)])
        at += len(requests)
