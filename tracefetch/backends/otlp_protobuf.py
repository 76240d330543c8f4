"""OTLP traces in protobuf as spans: apart from JSON, since importing protobuf takes its time.

Source: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tracefetch.backends.idents import TRACE_WIDTH
from tracefetch.models import Attributes, Event, Link, Resource, Span


def parse_resource_spans(groups: Iterable[trace_pb2.ResourceSpans]) -> list[Span]:
    """Spans of protobuf's `resource_spans`."""
    spans: list[Span] = []
    for group in groups:
        resource = Resource(
            parse_attributes(group.resource.attributes),
            group.resource.dropped_attributes_count,
        )
        for scope_group in group.scope_spans:
            scope = scope_group.scope.name or None
            version = scope_group.scope.version or None
            spans.extend(_parse_span(item, resource, scope, version) for item in scope_group.spans)
    return spans


def _parse_span(item: trace_pb2.Span, resource: Resource, scope: str | None, version: str | None) -> Span:
    parent = item.parent_span_id
    failed = item.status.code == trace_pb2.Status.STATUS_CODE_ERROR
    return Span(
        trace_id=item.trace_id.hex().rjust(TRACE_WIDTH, "0"),
        span_id=item.span_id.hex(),
        parent_id=parent.hex() if parent.strip(b"\0") else None,
        name=item.name,
        start_ns=item.start_time_unix_nano or None,
        end_ns=item.end_time_unix_nano or None,
        attributes=parse_attributes(item.attributes),
        resource=resource,
        scope=scope,
        scope_version=version,
        kind=item.kind,
        error=failed,
        error_message=item.status.message or None if failed else None,
        events=[_parse_event(event) for event in item.events] if item.events else [],
        links=[_parse_link(link) for link in item.links] if item.links else [],
        dropped_attributes=item.dropped_attributes_count,
        dropped_events=item.dropped_events_count,
        dropped_links=item.dropped_links_count,
    )


def _parse_event(item: trace_pb2.Span.Event) -> Event:
    attributes = parse_attributes(item.attributes)
    return Event(item.name, item.time_unix_nano or None, attributes, item.dropped_attributes_count)


def _parse_link(item: trace_pb2.Span.Link) -> Link:
    return Link(item.trace_id.hex(), item.span_id.hex(), parse_attributes(item.attributes))


def parse_attributes(items: Iterable[KeyValue]) -> Attributes:
    """Attributes from protobuf; the last of equal keys wins."""
    found: Attributes = {}
    for item in items:
        value = item.value
        found[item.key] = value.string_value or parse_value(value)  # each question to a message costs its time
    return found


def parse_value(value: AnyValue) -> Any:
    """One AnyValue of protobuf; None where it holds nothing."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [parse_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: parse_value(item.value) for item in value.kvlist_value.values}
    return getattr(value, kind)
