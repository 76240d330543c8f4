"""What a JSON value in a file is: whose export, by its shape; and its spans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracefetch.backends.file.plain import read_plain_spans
from tracefetch.backends.jaeger_json import read_jaeger_traces
from tracefetch.backends.otlp import Decoded, read_resource_spans
from tracefetch.models import loss

OTHER_SIGNALS = ("resourceLogs", "resourceMetrics", "resourceProfiles")


def read_shape(value: Any) -> Decoded | None:
    """The spans of one JSON value; None where it is nothing that holds spans."""
    if isinstance(value, dict):
        return _read_object(value)
    if isinstance(value, list) and value:
        return _read_list(value)
    return None


def _read_object(value: dict[str, Any]) -> Decoded | None:
    for key, read in _READERS.items():
        if key in value and (decoded := read(value)) is not None:
            return decoded
    return None


def _read_otlp(value: dict[str, Any]) -> Decoded:
    return read_resource_spans(value["resourceSpans"])


def _read_batches(value: dict[str, Any]) -> Decoded:
    return read_resource_spans(value["batches"])


def _read_enclosed(value: dict[str, Any]) -> Decoded | None:
    """Tempo's v2 by id: `{"trace": {"resourceSpans": […]}, "status": "PARTIAL"}`."""
    trace = value["trace"]
    if not isinstance(trace, dict):
        return None
    if not trace:
        return Decoded()
    decoded = _read_object(trace)
    if decoded is not None and value.get("status") == "PARTIAL":
        decoded.evidence.append(loss("trace-partial", f"Tempo gave only a part: {value.get('message') or 'no reason'}"))
    return decoded


def _read_result(value: dict[str, Any]) -> Decoded | None:
    """Jaeger's v3: `{"result": {"resourceSpans": […]}}`."""
    result = value["result"]
    return _read_object(result) if isinstance(result, dict) else None


def _read_data(value: dict[str, Any]) -> Decoded | None:
    """Jaeger's legacy API and its UI's download: `{"data": [{"spans", "processes"}]}`."""
    data = value["data"]
    if isinstance(data, dict):
        return _read_object(data)
    if not isinstance(data, list):
        return None
    return Decoded() if not data else _read_list(data)


def _read_spans(value: dict[str, Any]) -> Decoded | None:
    """A trace of Jaeger's on its own, or the plain form `{"spans": [{"name", "attributes"}]}`."""
    if not isinstance(value["spans"], list):
        return None
    if "processes" in value or _is_jaeger_span(next(iter(value["spans"]), None)):
        return read_jaeger_traces([value])
    return read_plain_spans(value["spans"], value)


def _is_jaeger_span(item: Any) -> bool:
    return isinstance(item, dict) and "operationName" in item and "spanID" in item


def _read_list(items: list[Any]) -> Decoded | None:
    if all(_is_plain_span(item) for item in items):
        return read_plain_spans(items, {})
    parts = [read_shape(item) for item in items]
    if all(part is None for part in parts):
        return None
    whole = Decoded()
    for part in parts:
        if part is not None:
            whole.extend(part)
    return whole


def _is_plain_span(item: Any) -> bool:
    return isinstance(item, dict) and "attributes" in item and "name" in item and "spans" not in item


_READERS: dict[str, Callable[[dict[str, Any]], Decoded | None]] = {
    "resourceSpans": _read_otlp,
    "batches": _read_batches,
    "trace": _read_enclosed,
    "result": _read_result,
    "data": _read_data,
    "spans": _read_spans,
}
