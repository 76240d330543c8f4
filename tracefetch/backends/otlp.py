"""OTLP traces in JSON as spans; `otlp_protobuf` has the binary form.

Source: opentelemetry-proto, trace/v1/trace.proto. Read tolerantly: enums as names
or numbers, ids as hex or base64, int64 as strings or numbers, absent fields as their defaults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracefetch.backends.anyvalue import read_attributes
from tracefetch.backends.idents import SPAN_WIDTH, TRACE_WIDTH, read_id
from tracefetch.models import Event, Evidence, Link, Resource, Span, loss

KINDS = {
    "SPAN_KIND_UNSPECIFIED": 0,
    "SPAN_KIND_INTERNAL": 1,
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}
ERROR_CODES = (2, "2", "STATUS_CODE_ERROR")
_MALFORMED = (TypeError, ValueError, AttributeError, KeyError, RecursionError, OverflowError)


@dataclass(slots=True)
class Decoded:
    """Spans of one answer or file, and what could not be read of it."""

    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def extend(self, other: Decoded) -> None:
        """Add what another part held."""
        self.spans += other.spans
        self.evidence += other.evidence


def read_resource_spans(groups: Any) -> Decoded:
    """Spans of OTLP/JSON's `resourceSpans` (Tempo's v1 calls them `batches`).

    A span that can't be read costs that span only, and is told.
    """
    decoded = Decoded()
    unreadable = 0
    for item, resource, scope in _span_items(groups):
        try:
            decoded.spans.append(_read_span(item, resource, scope))
        except _MALFORMED:
            unreadable += 1
    if unreadable:
        decoded.evidence.append(loss("span-unreadable", f"{unreadable} spans are malformed and could not be read"))
    return decoded


def _span_items(groups: Any) -> Iterator[tuple[Any, Resource, Any]]:
    for group in _dicts(groups):
        resource = _read_resource(group.get("resource"))
        # Up to 2022 the field was called instrumentationLibrarySpans; old files and old Jaegers have it.
        scopes = group.get("scopeSpans") or group.get("instrumentationLibrarySpans")
        for scope_group in _dicts(scopes):
            scope = scope_group.get("scope") or scope_group.get("instrumentationLibrary")
            for item in scope_group.get("spans") or ():
                yield item, resource, scope if isinstance(scope, dict) else {}


def _dicts(items: Any) -> Iterator[dict[str, Any]]:
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _read_resource(item: Any) -> Resource:
    if not isinstance(item, dict):
        return Resource()
    try:
        return Resource(read_attributes(item.get("attributes")), _count(item, "droppedAttributesCount"))
    except _MALFORMED:
        return Resource()


def _read_span(item: dict[str, Any], resource: Resource, scope: dict[str, Any]) -> Span:
    status = item.get("status") or {}
    kind = item.get("kind") or 0
    failed = status.get("code") in ERROR_CODES
    return Span(
        trace_id=read_id(item.get("traceId"), TRACE_WIDTH),
        span_id=read_id(item.get("spanId"), SPAN_WIDTH),
        parent_id=read_id(item.get("parentSpanId"), SPAN_WIDTH) or None,
        name=str(item.get("name") or ""),
        start_ns=_nanos(item.get("startTimeUnixNano")),
        end_ns=_nanos(item.get("endTimeUnixNano")),
        attributes=read_attributes(item.get("attributes")),
        resource=resource,
        scope=scope.get("name") or None,
        scope_version=scope.get("version") or None,
        kind=KINDS.get(kind, 0) if isinstance(kind, str) else int(kind),
        error=failed,
        error_message=status.get("message") or None if failed else None,
        events=[_read_event(event) for event in item.get("events") or ()],
        links=[_read_link(link) for link in item.get("links") or ()],
        dropped_attributes=_count(item, "droppedAttributesCount"),
        dropped_events=_count(item, "droppedEventsCount"),
        dropped_links=_count(item, "droppedLinksCount"),
    )


def _read_event(item: dict[str, Any]) -> Event:
    return Event(
        name=str(item.get("name") or ""),
        time_ns=_nanos(item.get("timeUnixNano")),
        attributes=read_attributes(item.get("attributes")),
        dropped_attributes=_count(item, "droppedAttributesCount"),
    )


def _read_link(item: dict[str, Any]) -> Link:
    return Link(
        trace_id=read_id(item.get("traceId"), TRACE_WIDTH),
        span_id=read_id(item.get("spanId"), SPAN_WIDTH),
        attributes=read_attributes(item.get("attributes")),
    )


def _nanos(value: Any) -> int | None:
    """Nanoseconds since the epoch; 0 and absent mean that the source has none."""
    if value is None or value == "":
        return None
    # Some tools write a float, which a string of digits with an exponent may be.
    return int(value if isinstance(value, (int, float)) or value.isdigit() else float(value)) or None


def _count(item: dict[str, Any], name: str) -> int:
    return int(item.get(name) or 0)
