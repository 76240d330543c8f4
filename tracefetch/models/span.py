"""A span as every backend hands it on: light, flat, many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Attributes = dict[str, Any]


@dataclass(slots=True)
class Event:
    """A span event (or a Jaeger log). `time_ns` is nanoseconds since the epoch, UTC."""

    name: str
    time_ns: int | None = None
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0


@dataclass(slots=True)
class Link:
    """A link to a span of this or another trace; ids as in `Span`."""

    trace_id: str
    span_id: str
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class Resource:
    """What emitted the spans; shared by all spans of one resource."""

    attributes: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0

    @property
    def service(self) -> str | None:
        """The value of `service.name`."""
        name = self.attributes.get("service.name")
        return str(name) if name is not None else None


@dataclass(slots=True)
class Span:
    """One span.

    Attributes:
        trace_id: 32 lower-case hex characters from a server; from a file, as written.
        span_id: 16 lower-case hex characters from a server; from a file, as written.
        parent_id: None at a root.
        start_ns, end_ns: nanoseconds since the epoch (Jaeger's legacy API: microseconds x 1000);
            None where the source has none.
        attributes: values as str, int, float, bool, None, list, dict; bytes stay bytes.
        kind: OTLP's number, 0 unspecified to 5 consumer.
        error: the status is an error; `error_message` its description.
        suspect: names of attributes that a backend's limit may have cut
            (event attributes as `event.<index>.<name>`).
    """

    trace_id: str
    span_id: str
    name: str
    parent_id: str | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    attributes: Attributes = field(default_factory=dict)
    resource: Resource = field(default_factory=Resource)
    scope: str | None = None
    scope_version: str | None = None
    kind: int = 0
    error: bool = False
    error_message: str | None = None
    events: list[Event] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    dropped_attributes: int = 0
    dropped_events: int = 0
    dropped_links: int = 0
    suspect: tuple[str, ...] = ()
