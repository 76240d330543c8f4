"""Jaeger's own JSON, of its legacy API and of what its UI downloads, as spans.

Source: Jaeger's internal/uimodel. Times are microseconds; arrays and maps are JSON text, and stay so.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from tracefetch.backends.idents import SPAN_WIDTH, TRACE_WIDTH, padded
from tracefetch.backends.otlp import Decoded
from tracefetch.models import Attributes, Event, Evidence, Link, Resource, Span, loss

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
WARNINGS = "@jaeger@warnings"
_MALFORMED = (TypeError, ValueError, AttributeError, KeyError, OverflowError)
# Written by the translator from OTLP fields, which `Span` has as fields again.
_SCOPE_NAMES = ("otel.scope.name", "otel.library.name")
_SCOPE_VERSIONS = ("otel.scope.version", "otel.library.version")


def read_jaeger_traces(items: Any) -> Decoded:
    """Spans of the traces in `data`; a span that can't be read costs that span only, and is told."""
    decoded = Decoded()
    unreadable = 0
    for trace in items if isinstance(items, list) else ():
        if not isinstance(trace, dict):
            continue
        processes = _read_processes(trace.get("processes"))
        for item in trace.get("spans") or ():
            try:
                decoded.spans.append(_read_span(item, processes))
            except _MALFORMED:
                unreadable += 1
                continue
            decoded.evidence += truncation(item.get("warnings"), decoded.spans[-1])
    if unreadable:
        decoded.evidence.append(loss("span-unreadable", f"{unreadable} spans are malformed and could not be read"))
    return decoded


def truncation(warnings: Any, span: Span) -> list[Evidence]:
    """Jaeger's warning that `max_trace_size` cut the trace: "trace has more than 5 spans, showing first …"."""
    texts = [warnings] if isinstance(warnings, str) else warnings or ()
    return [
        loss("trace-truncated", f"Jaeger gave only a part of the trace: {text}", traces=(span.trace_id,))
        for text in texts
        if isinstance(text, str) and "trace has more than" in text
    ]


def _read_processes(items: Any) -> dict[str, Resource]:
    pairs = items.items() if isinstance(items, dict) else ()
    return {key: _read_process(item) for key, item in pairs if isinstance(item, dict)}


def _read_process(item: dict[str, Any]) -> Resource:
    name = item.get("serviceName")
    service = {"service.name": name} if name else {}
    return Resource({**service, **_read_tags(item.get("tags") or ())})


def _read_tags(items: Iterable[dict[str, Any]]) -> Attributes:
    return {item["key"]: _read_tag(item) for item in items}


def _read_tag(item: dict[str, Any]) -> Any:
    value, kind = item.get("value"), item.get("type")
    if kind == "int64" and not isinstance(value, int):
        return int(str(value))
    if kind == "float64" and value is not None:
        return float(value)
    if kind == "bool":
        return value is True or value == "true"
    if kind == "binary" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return value
    return value


def _read_span(item: dict[str, Any], processes: dict[str, Resource]) -> Span:
    tags = _read_tags(item.get("tags") or ())
    start_us, duration_us = item.get("startTime"), item.get("duration")
    trace_id = padded(str(item["traceID"]), TRACE_WIDTH)
    parent, links = _read_references(item, trace_id)
    span = Span(
        trace_id=trace_id,
        span_id=padded(str(item["spanID"]), SPAN_WIDTH),
        parent_id=parent,
        name=str(item.get("operationName") or ""),
        start_ns=int(start_us) * 1000 if start_us else None,
        end_ns=(int(start_us) + int(duration_us or 0)) * 1000 if start_us else None,
        resource=_resource_of(item, processes),
        events=[_read_log(log) for log in item.get("logs") or ()],
        links=links,
    )
    _take_fields(span, tags)
    span.attributes = tags
    return span


def _resource_of(item: dict[str, Any], processes: dict[str, Resource]) -> Resource:
    inline = item.get("process")
    if isinstance(inline, dict):
        return _read_process(inline)
    return processes.get(str(item.get("processID")), Resource())


def _take_fields(span: Span, tags: Attributes) -> None:
    """Move into the span's fields what the translator had made tags of."""
    span.kind = KINDS.get(str(tags.pop("span.kind", "")).lower(), 0)
    status = str(tags.pop("otel.status_code", "")).upper()
    span.error = status == "ERROR" or tags.get("error") in (True, "true")
    if status == "ERROR" and tags.get("error") is True:
        del tags["error"]
    message = tags.pop("otel.status_description", None)
    span.error_message = str(message) if message and span.error else None
    span.scope = _pop_first(tags, _SCOPE_NAMES)
    span.scope_version = _pop_first(tags, _SCOPE_VERSIONS)


def _pop_first(tags: Attributes, names: Iterable[str]) -> str | None:
    values = [tags.pop(name, None) for name in names]
    return next((str(value) for value in values if value), None)


def _read_references(item: dict[str, Any], trace_id: str) -> tuple[str | None, list[Link]]:
    parent = padded(str(item.get("parentSpanID") or ""), SPAN_WIDTH) or None
    links: list[Link] = []
    for reference in item.get("references") or ():
        other = padded(str(reference.get("traceID") or ""), TRACE_WIDTH)
        span_id = padded(str(reference.get("spanID") or ""), SPAN_WIDTH)
        if parent is None and reference.get("refType") == "CHILD_OF" and other == trace_id:
            parent = span_id
        elif span_id != parent:
            links.append(Link(other, span_id))
    return (parent if parent and parent.strip("0") else None), links


def _read_log(item: dict[str, Any]) -> Event:
    fields = _read_tags(item.get("fields") or ())
    name = fields.pop("event", "")
    time_us = item.get("timestamp")
    return Event(str(name), int(time_us) * 1000 if time_us else None, fields)
