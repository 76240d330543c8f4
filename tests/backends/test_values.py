"""Attribute values, ids and whole spans, out of OTLP's JSON and protobuf."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from backends.play import otlp, otlp_span, settings
from tracefetch.backends.anyvalue import read_value
from tracefetch.backends.idents import padded, read_id, same_id
from tracefetch.backends.jaeger import Jaeger
from tracefetch.backends.otlp import read_resource_spans
from tracefetch.backends.otlp_protobuf import parse_resource_spans
from tracefetch.backends.tempo import Tempo
from tracefetch.errors import UsageError

VALUES: dict[str, tuple[dict[str, Any], Any]] = {
    "text": ({"stringValue": "é\n😀"}, "é\n😀"),
    "int": ({"intValue": "9007199254740993"}, 9007199254740993),
    "float": ({"doubleValue": 0.5}, 0.5),
    "bool": ({"boolValue": True}, True),
    "empty": ({}, None),
    "bytes": ({"bytesValue": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
    "list": ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}, {}]}}, ["a", 1, None]),
    "map": (
        {"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {"values": [{"boolValue": False}]}}}]}},
        {"k": [False]},
    ),
}


def rich_groups() -> list[dict[str, Any]]:
    attributes = [{"key": key, "value": value} for key, (value, _) in VALUES.items()]
    span = otlp_span(
        7,
        attributes=None,
        parentSpanId="00000000000000aa",
        status={"code": 2, "message": "boom"},
        droppedAttributesCount=3,
        droppedEventsCount=1,
        droppedLinksCount=2,
        events=[{"name": "e", "timeUnixNano": "5", "attributes": attributes, "droppedAttributesCount": 4}],
        links=[{"traceId": f"{9:032x}", "spanId": f"{9:016x}", "attributes": attributes}],
    )
    span["attributes"] = attributes
    return otlp(span)


def as_protobuf(groups: list[dict[str, Any]]) -> TracesData:
    """The same message in protobuf, by protobuf's own JSON reader (which wants ids in base64)."""

    def ids(value: Any) -> Any:
        if isinstance(value, list):
            return [ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        names = ("traceId", "spanId", "parentSpanId")
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode() if key in names else ids(item)
            for key, item in value.items()
        }

    return json_format.Parse(json.dumps({"resourceSpans": ids(groups)}), TracesData())


def test_both_encodings_give_the_same_span() -> None:
    """JSON and protobuf of one message give equal spans, with every field and every type of value."""
    from_json = read_resource_spans(rich_groups()).spans
    assert from_json == parse_resource_spans(as_protobuf(rich_groups()).resource_spans)
    span = from_json[0]
    assert {key: span.attributes[key] for key in VALUES} == {key: wanted for key, (_, wanted) in VALUES.items()}
    assert (span.parent_id, span.error, span.error_message, span.kind) == ("00000000000000aa", True, "boom", 3)
    assert (span.dropped_attributes, span.dropped_events, span.dropped_links) == (3, 1, 2)
    assert span.events[0].dropped_attributes == 4
    assert (span.resource.service, span.scope, span.scope_version) == ("shop", "lib", "1")


def test_tempo_writes_the_same_otherwise() -> None:
    """Ids in base64 and enums by name, as Tempo's JSON has them, are the same span."""
    plain = otlp(otlp_span(7, {"a": "b"}, status={"code": 2}))
    span = otlp_span(7, {"a": "b"}, status={"code": "STATUS_CODE_ERROR"}, kind="SPAN_KIND_CLIENT")
    span["traceId"] = base64.b64encode(bytes.fromhex(span["traceId"])).decode()
    span["spanId"] = base64.b64encode(bytes.fromhex(span["spanId"])).decode()
    assert read_resource_spans(otlp(span)).spans == read_resource_spans(plain).spans


def test_old_name_of_scopes_is_read() -> None:
    """`instrumentationLibrarySpans`, as exporters wrote it up to 2022."""
    group = otlp(otlp_span(1))[0]
    scopes = group.pop("scopeSpans")
    group["instrumentationLibrarySpans"] = [{"instrumentationLibrary": {"name": "old"}, "spans": scopes[0]["spans"]}]
    assert [span.scope for span in read_resource_spans([group]).spans] == ["old"]


@pytest.mark.parametrize("broken", [{"attributes": [7]}, {"startTimeUnixNano": "soon"}, {"events": [3]}, {"status": 4}])
def test_a_malformed_span_costs_itself_only(broken: dict[str, Any]) -> None:
    """Its neighbours are read, and that it is missing is a loss."""
    decoded = read_resource_spans(otlp(otlp_span(1), {**otlp_span(2), **broken}, otlp_span(3)))
    assert [span.trace_id[-1] for span in decoded.spans] == ["1", "3"]
    assert [(item.kind, item.severity) for item in decoded.evidence] == [("span-unreadable", "loss")]


def test_hand_written_plain_values_are_taken() -> None:
    """A value that is no AnyValue is itself."""
    assert [read_value(value) for value in ("x", 3, None, {"stringValue": None})] == ["x", 3, None, None]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"),
        ("CvdlGRbNQ92ESOshHIAxnA==", "0af7651916cd43dd8448eb211c80319c"),
        ("0" * 32, ""),
        ("", ""),
        (None, ""),
        ("trace-1", "trace-1"),
        ("ABC", "ABC"),
        ("not base64 =", "not base64 ="),
    ],
)
def test_trace_ids_are_read(written: Any, read: str) -> None:
    """Hex in lower case, base64 as hex, all zeros as none, and other tools' ids as written."""
    assert read_id(written, 32) == read


def test_trimmed_ids_are_the_same() -> None:
    """Leading zeros and case don't matter, other texts must be equal."""
    assert padded("ABC") == f"{0xABC:032x}"
    assert same_id("abc", "0ABC")
    assert not same_id("abc", "abcd")
    assert not same_id("trace-1", "Trace-1")


@pytest.mark.parametrize("ident", ["zz", "../../etc", "a b?c#d", "a" * 33, "ab/cd", "ab%2f", "0af7651916cd43dd-8448"])
@pytest.mark.parametrize("backend", [Jaeger, Tempo])
def test_only_hex_digits_go_into_a_path(ident: str, backend: type[Jaeger] | type[Tempo]) -> None:
    """Anything else is no trace's id, and could lead to another path or add parameters: no request is sent."""
    with pytest.raises(UsageError, match="1 to 32 hex digits"):
        next(backend(settings()).trace(ident))
