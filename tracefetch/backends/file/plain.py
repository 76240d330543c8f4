"""Spans that somebody wrote by hand or by a small script: `{"name": …, "attributes": {plain JSON}}`.

Ids, times and parents are taken where they are, under the names that such scripts use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tracefetch.backends.anyvalue import read_attributes
from tracefetch.backends.idents import SPAN_WIDTH, TRACE_WIDTH, read_id
from tracefetch.backends.otlp import ERROR_CODES, KINDS, Decoded
from tracefetch.models import Attributes, Event, Resource, Span, loss

TRACE_NAMES = ("traceId", "trace_id", "traceID")
SPAN_NAMES = ("spanId", "span_id", "spanID", "id")
PARENT_NAMES = ("parentSpanId", "parent_span_id", "parent_id", "parentId", "parentSpanID")
START_NAMES = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "start", "timestamp")
END_NAMES = ("endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime", "end")
EVENT_TIME_NAMES = ("timeUnixNano", "time_unix_nano", "timestamp", "time")

_MALFORMED = (TypeError, ValueError, AttributeError, KeyError, OverflowError, RecursionError)
# A number tells its unit by its size: these moments of the year 1973 in s, ms, µs are all below.
_UNITS = ((1e17, 1), (1e14, 1_000), (1e11, 1_000_000), (0, 1_000_000_000))


def read_plain_spans(items: Iterable[Any], owner: Mapping[str, Any]) -> Decoded:
    """Spans of a list; `owner` is the object around it, which may name trace and resource."""
    decoded = Decoded()
    unreadable = 0
    trace_id = _first(owner, TRACE_NAMES)
    resource = _read_resource(owner.get("resource"))
    for item in items:
        try:
            decoded.spans.append(_read_span(item, trace_id, resource))
        except _MALFORMED:
            unreadable += 1
    if unreadable:
        decoded.evidence.append(loss("span-unreadable", f"{unreadable} spans are malformed and could not be read"))
    return decoded


def _read_span(item: Mapping[str, Any], trace_id: Any, shared: Resource) -> Span:
    own = _first(item, TRACE_NAMES)
    status = item.get("status")
    failed, message = _read_status(status)
    kind = item.get("kind") or 0
    return Span(
        trace_id=read_id(trace_id if own is None else own, TRACE_WIDTH),
        span_id=read_id(_first(item, SPAN_NAMES), SPAN_WIDTH),
        parent_id=read_id(_first(item, PARENT_NAMES), SPAN_WIDTH) or None,
        name=str(item["name"]),
        start_ns=read_time(_first(item, START_NAMES)),
        end_ns=read_time(_first(item, END_NAMES)),
        attributes=_read_attributes(item.get("attributes")),
        resource=_read_resource(item.get("resource")) if item.get("resource") else shared,
        kind=kind if isinstance(kind, int) else KINDS.get(f"SPAN_KIND_{str(kind).split('.')[-1].upper()}", 0),
        error=failed,
        error_message=message if failed else None,
        events=[_read_event(event) for event in item.get("events") or ()],
    )


def _first(item: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _read_attributes(value: Any) -> Attributes:
    if isinstance(value, Mapping):
        return {str(key): content for key, content in value.items()}
    return read_attributes(value)


def _read_resource(value: Any) -> Resource:
    if not isinstance(value, Mapping):
        return Resource()
    return Resource(_read_attributes(value.get("attributes", value)))


def _read_status(status: Any) -> tuple[bool, str | None]:
    if isinstance(status, Mapping):
        code, message = status.get("code", status.get("status_code")), status.get("message", status.get("description"))
    else:
        code, message = status, None
    failed = code in ERROR_CODES or str(code).upper() == "ERROR"
    return failed, str(message) if message else None


def _read_event(item: Mapping[str, Any]) -> Event:
    time_ns = read_time(_first(item, EVENT_TIME_NAMES))
    return Event(str(item.get("name") or ""), time_ns, _read_attributes(item.get("attributes")))


def read_time(value: Any) -> int | None:
    """Nanoseconds since the epoch of an ISO 8601 text or of a number in s, ms, µs or ns."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000) * 1_000
    number = value if isinstance(value, int) else (int(value) if str(value).isdigit() else float(value))
    factor = next(factor for least, factor in _UNITS if number >= least)
    return int(number * factor) or None
