"""Runs one operation inside another and keeps what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence, Span

T = TypeVar("T")


@dataclass(slots=True)
class Gathered(Generic[T]):
    """Everything that an operation found, and what it returned."""

    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    result: T | None = None

    def add(self, found: Found) -> None:
        """Keep a group; a trace that comes again is kept once."""
        self.spans += found.spans
        self.evidence += found.evidence

    @property
    def trace_ids(self) -> tuple[str, ...]:
        """The traces, in the order in which they were found."""
        return tuple(dict.fromkeys(span.trace_id for span in self.spans))


def gather(operation: Operation[T]) -> Operation[Gathered[T]]:
    """Run an operation to its end; requests go on to the driver, what is found stays here."""
    gathered: Gathered[T] = Gathered()
    try:
        step: Any = next(operation)
        while True:
            if isinstance(step, Found):
                gathered.add(step)
                step = operation.send(None)
                continue
            try:
                reply = yield step
            except Exception as error:
                step = operation.throw(error)
            else:
                step = operation.send(reply)
    except StopIteration as end:
        gathered.result = end.value
        return gathered
    finally:
        operation.close()
