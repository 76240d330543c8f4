"""Tempo by id: envelopes, fallbacks and what PARTIAL means. Bodies as the servers' sources write them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from backends.play import otlp, otlp_span, play, reply, settings
from backends.test_values import as_protobuf
from tracefetch.backends.tempo import Tempo
from tracefetch.errors import NotABackendError, ResponseError
from tracefetch.http.values import Request, Response

IDENT = "af7651916cd43dd8448eb211c80319c"  # as Tempo's search trims it
SPAN = otlp_span(1, {"session.id": "sess_1"})


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def envelope(traces: TracesData, *, status: int = 0, message: str = "") -> bytes:
    """TraceByIDResponse, written by hand: trace=1, metrics=2, status=3, message=4."""
    body = field(1, traces.SerializeToString()) + field(2, field(9, b"x"))
    return (
        body + (varint(3 << 3) + varint(status) if status else b"") + (field(4, message.encode()) if message else b"")
    )


def tempo_json(*spans: dict[str, Any]) -> list[dict[str, Any]]:
    def recoded(span: dict[str, Any]) -> dict[str, Any]:
        ids = {key: base64.b64encode(bytes.fromhex(span[key])).decode() for key in ("traceId", "spanId")}
        return {**span, **ids}

    return otlp(*(recoded(span) for span in spans))


def is_protobuf(request: Request) -> bool:
    return ("Accept", "application/protobuf") in request.headers


def ask(answer: Callable[[Request], Response], **options: Any) -> Any:
    return play(Tempo(settings(**options)).trace(IDENT), answer)


def test_envelope_is_opened() -> None:
    """v2's protobuf has the trace inside; one request, with the id padded and pruning refused."""
    played = ask(lambda request: reply(request, envelope(as_protobuf(otlp(SPAN)))))
    assert [span.attributes for span in played.spans] == [{"session.id": "sess_1"}]
    assert played.paths == [f"/api/v2/traces/0{IDENT}"]
    assert ("span_pruning", "false") in played.requests[0].params
    assert played.evidence == []


@pytest.mark.parametrize("body", [b"", envelope(TracesData()), b'{"trace":{},"metrics":{}}'])
def test_missing_is_no_error(body: bytes) -> None:
    """An empty envelope, in protobuf or JSON, is a trace that is not there: nothing else is asked."""
    played = ask(lambda request: reply(request, body))
    assert (played.spans, len(played.requests)) == ([], 1)


def test_zero_spans_from_a_body_is_an_error() -> None:
    """A trace that holds something and no spans was not understood, and is not called missing."""
    unknown = field(1, field(15, b"something else"))
    with pytest.raises(ResponseError, match="not understood"):
        ask(lambda request: reply(request, unknown))


def test_before_2_6_v1_is_asked() -> None:
    """Where v2 is missing v1 answers with a bare trace, and the next question begins there."""
    tempo = Tempo(settings())

    def answer(request: Request) -> Response:
        if request.path.startswith("/api/v2"):
            return reply(request, "404 page not found", 404)
        return reply(request, as_protobuf(otlp(SPAN)).SerializeToString())

    assert play(tempo.trace(IDENT), answer).paths == [f"/api/v2/traces/0{IDENT}", f"/api/traces/0{IDENT}"]
    again = play(tempo.trace(IDENT), answer)
    assert (again.paths, len(again.spans)) == ([f"/api/traces/0{IDENT}"], 1)


def test_v1_miss_is_an_empty_404() -> None:
    """404 from both is a trace that is not there."""
    assert ask(lambda request: reply(request, b"", 404)).spans == []


def test_cut_character_is_read_as_json() -> None:
    """Invalid UTF-8 makes the protobuf unreadable: JSON is asked, and it is told how that came."""
    message = as_protobuf(otlp(otlp_span(1, {"prompt": "XX"})))
    body = envelope(message).replace(b"XX", b"X\xc3")

    def answer(request: Request) -> Response:
        if is_protobuf(request):
            return reply(request, body)
        return reply(request, {"trace": {"resourceSpans": tempo_json(otlp_span(1, {"prompt": "X�"}))}, "metrics": {}})

    played = ask(answer)
    assert [span.attributes["prompt"] for span in played.spans] == ["X�"]
    assert played.spans[0].trace_id == f"{1:032x}"
    assert [(item.kind, item.severity) for item in played.evidence] == [("protobuf-unreadable", "note")]


@pytest.mark.parametrize("key", ["batches", "resourceSpans"])
def test_proxy_that_strips_accept(key: str) -> None:
    """JSON comes where protobuf was asked for: it is read as what it is."""
    body = {"batches": tempo_json(SPAN)} if key == "batches" else {"trace": {key: tempo_json(SPAN)}}
    played = ask(lambda request: reply(request, body))
    assert (played.traces, len(played.requests)) == ({f"{1:032x}"}, 1)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Trace exceeds maximum size of 5 bytes, a partial trace is returned", ["trace-partial"]),
        ("Trace filtered, only a subset of spans matching the filter is returned", ["trace-filtered"]),
        (
            "Trace was already pruned before it reached Tempo; this is the complete trace Tempo has stored",
            ["trace-pruned"],
        ),
        (
            "Trace exceeds maximum size of 5 bytes, a partial trace is returned; Trace was pruned by Tempo while "
            "serving this request; the original spans remain in storage",
            ["trace-partial", "trace-pruned"],
        ),
        ("", ["trace-partial"]),
    ],
)
def test_partial_is_told_by_its_reason(message: str, kind: list[str]) -> None:
    """Each reason that Tempo gives is a loss of its own kind, in protobuf and in JSON."""
    traces = as_protobuf(otlp(SPAN))
    played = ask(lambda request: reply(request, envelope(traces, status=1, message=message)))
    assert [(item.kind, item.severity) for item in played.evidence] == [(name, "loss") for name in kind]
    body = {"trace": {"resourceSpans": tempo_json(SPAN)}, "status": "PARTIAL", "message": message}
    assert ask(lambda request: reply(request, body)).kinds == kind


def test_page_is_said_to_be_one() -> None:
    """A login page under the right status is no trace and no miss."""
    with pytest.raises(NotABackendError, match="login"):
        ask(lambda request: reply(request, "<html><title>Log in</title><input type=password></html>"))


def test_too_large_names_the_remedy() -> None:
    """422 says what to ask the operator for."""
    with pytest.raises(ResponseError, match="max_bytes_per_trace") as caught:
        ask(lambda request: reply(request, "trace exceeds max size", 422))
    assert (caught.value.status, caught.value.ident) == (422, IDENT)


@pytest.mark.parametrize(
    ("value", "is_suspect"),
    [
        ("x" * 2048, True),
        ("x" * 2047, False),
        ("x" * 2049, False),
        ("é" * 1024, True),
        ("x" + "é" * 1023 + "�", True),
        ("x" * 2045 + "�", True),
        ("x" * 2044 + "�", False),
        ("x" * 2048 + "�", False),
        ("short �", False),
    ],
)
def test_suspect_lengths(value: str, is_suspect: bool) -> None:
    """Exactly the limit in bytes, or a broken character where it would have been passed."""
    span = otlp_span(1, {"prompt": value, "model": "m"}, events=[{"name": "e", "attributes": [text("t", value)]}])
    groups = otlp(span)
    groups[0]["resource"]["attributes"].append(text("r", value))
    played = ask(lambda request: reply(request, {"trace": {"resourceSpans": groups}}))
    assert set(played.spans[0].suspect) == ({"prompt", "resource.r", "event.0.t"} if is_suspect else set())
    assert played.evidence == []
    assert (
        ask(lambda request: reply(request, {"trace": {"resourceSpans": groups}}), max_attribute_bytes=0)
        .spans[0]
        .suspect
        == ()
    )


def text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}
