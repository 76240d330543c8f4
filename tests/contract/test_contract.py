"""What every backend must do, on every server that this machine has."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer

from contract.conftest import Answer, Ask
from servers import Server
from servers.gateway import Gateway
from tracefetch.backends.file import FileBackend
from tracefetch.errors import NotABackendError, NotAllowedError
from tracefetch.models import Query, Span

pytestmark = pytest.mark.live

Emit = Callable[..., AbstractContextManager[Tracer]]
Window = Callable[..., Query]

TEXTS = {
    "plain": "password reset",
    "unicode": "Grüße 😀 \u202e\u0007 \u0001 日本語",
    "json": '{"a": ["b", "\\u20ac"]}',
    "long": "wörter " * 2000,
    "empty": "",
    "number": 42,
    "large": 9007199254740993,
    "float": 0.1,
    "yes": True,
}
LISTS: dict[str, Any] = {"texts": ["a", "b"], "numbers": [1, 2]}


def fresh(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex}"


def hex_id(number: int, width: int = 32) -> str:
    return format(number, f"0{width}x")


def plain(value: Any) -> Any:
    """Legacy answers and Badger have lists as JSON text."""
    return json.loads(value) if isinstance(value, str) and value[:1] == "[" else value


def by_name(answer: Answer) -> dict[str, Span]:
    return {span.name: span for span in answer.spans}


def say(tracer: Tracer, session: str, *, name: str = "session.id", **attributes: Any) -> str:
    """A trace of an application's span and a call below it; returns the trace's id."""
    with (
        tracer.start_as_current_span("POST /chat", kind=SpanKind.SERVER, attributes={name: session}) as root,
        tracer.start_as_current_span("chat", attributes={"gen_ai.system": "openai", **attributes}),
    ):
        return hex_id(root.get_span_context().trace_id)


def test_spans_come_back_as_they_were(any_server: Server, emit: Emit, ask: Ask) -> None:
    """Ids, parents, kinds, times, status, texts of any kind, numbers, lists, events and links; nothing else."""
    with emit(any_server, service="shop-ü") as tracer:  # noqa: SIM117 - the second is a part of what is sent
        with tracer.start_as_current_span("root", kind=SpanKind.SERVER) as root:
            link = Link(root.get_span_context(), {"why": "earlier"})
            with tracer.start_as_current_span(
                "call", kind=SpanKind.CLIENT, attributes=TEXTS | LISTS, links=[link]
            ) as call:
                call.add_event("said", {"role": "user", "content": "hällo\n"})
                call.set_status(Status(StatusCode.ERROR, "it broke"))
    answer = ask(any_server, lambda backend: backend.trace(hex_id(root.get_span_context().trace_id)))
    spans = by_name(answer)
    got = spans["call"]
    assert answer.backend == any_server.kind
    assert set(spans) == {"root", "call"}
    assert got.trace_id == hex_id(root.get_span_context().trace_id)
    assert (got.span_id, got.parent_id) == (hex_id(call.get_span_context().span_id, 16), spans["root"].span_id)
    assert (spans["root"].parent_id, spans["root"].kind, got.kind) == (None, 2, 3)
    assert (got.start_ns, got.end_ns) == (call.start_time, call.end_time)
    assert (got.error, got.error_message, spans["root"].error) == (True, "it broke", False)
    assert {key: got.attributes[key] for key in TEXTS} == TEXTS
    assert {key: plain(got.attributes[key]) for key in LISTS} == LISTS
    assert set(got.attributes) == set(TEXTS) | set(LISTS)
    event = got.events[0]
    assert (event.name, event.attributes) == ("said", {"role": "user", "content": "hällo\n"})
    assert [(link.trace_id, link.span_id) for link in got.links] == [(got.trace_id, spans["root"].span_id)]
    assert (got.resource.service, got.scope) == ("shop-ü", "tracefetch.tests")
    assert answer.told == set()
    assert got.suspect == ()


@pytest.mark.parametrize("width", [32, 16])
def test_ids_of_both_widths(any_server: Server, push: Callable[..., None], ask: Ask, width: int) -> None:
    """128 and 64 bits: found padded, trimmed and in capitals; what is near is not it."""
    trace = uuid.uuid4().hex[:width].replace("0", "1").rjust(32, "0")
    push(any_server, payload(trace, {"text": {"stringValue": "x"}, "map": MAP}))
    for asked in (trace, trace.lstrip("0"), trace.upper()):
        answer = ask(any_server, lambda backend, asked=asked: backend.trace(asked))
        assert answer.traces == {trace}, asked
    value = answer.spans[0].attributes["map"]
    assert (json.loads(value) if isinstance(value, str) else value) == {"k": ["v"]}
    other = trace[:-1] + ("1" if trace[-1] == "2" else "2")
    assert ask(any_server, lambda backend: backend.trace(other)).spans == []


MAP = {"kvlistValue": {"values": [{"key": "k", "value": {"arrayValue": {"values": [{"stringValue": "v"}]}}}]}}


def payload(trace: str, attributes: dict[str, Any], *, service: str = "raw", **fields: Any) -> dict[str, Any]:
    """An OTLP object with one span, of now."""
    import time

    start = time.time_ns()
    span = {
        "traceId": trace,
        "spanId": uuid.uuid4().hex[:16],
        "name": "chat",
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 10**6),
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
        **fields,
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


def test_session_is_found_among_decoys(any_server: Server, emit: Emit, ask: Ask, window: Window) -> None:
    """Whole traces of all services and attributes; no longer id, no foreign attribute, no part of another."""
    session = fresh("sess")
    wanted = set()
    with emit(any_server, service="one") as tracer:
        wanted |= {say(tracer, session), say(tracer, session, name="gen_ai.conversation.id")}
        say(tracer, f"{session}2")
        say(tracer, session[:-1])
        say(tracer, session, name="foreign.id")
        say(tracer, "other", note=session)
    with emit(any_server, service="two") as tracer:
        wanted.add(say(tracer, session, name="conversation.session_id"))
    answer = ask(any_server, lambda backend: backend.session(window(session)))
    assert answer.traces == wanted
    assert len(answer.spans) == 6
    assert answer.told == set()
    only = ask(any_server, lambda backend: backend.session(window(session, service="two")))
    assert len(only.traces) == 1
    named = ask(any_server, lambda backend: backend.session(window(session, session_attributes=("foreign.id",))))
    assert len(named.traces) == 1
    assert named.traces & wanted == set()


def test_unknown_session_says_what_was_searched(any_server: Server, ask: Ask, window: Window) -> None:
    """Nothing is found, nothing is guessed, and the window is told."""
    answer = ask(any_server, lambda backend: backend.session(window(fresh("nobody"))))
    assert answer.spans == []
    assert "window" in {item.kind for item in answer.evidence}


@pytest.mark.parametrize(
    "session", ["a.b+c", "[x] (y)", "user@x.org #1", 'quo"te', "back\\slash", "日本 😀", "a'b", "x&y=z"]
)
def test_ids_with_special_characters(any_server: Server, emit: Emit, ask: Ask, window: Window, session: str) -> None:
    """Whatever characters an id has, it is found, and only it."""
    session = f"{session} {uuid.uuid4().hex}"
    with emit(any_server) as tracer:
        wanted = say(tracer, session)
        say(tracer, session.replace(session[1], "x", 1) + "y")
    assert ask(any_server, lambda backend: backend.session(window(session))).traces == {wanted}


@pytest.mark.parametrize("form", ["number", "json", "list"])
def test_ids_of_other_types(any_server: Server, emit: Emit, ask: Ask, window: Window, form: str) -> None:
    """An id stored as a number, JSON-encoded, or in a list of texts, is asked for by its text.

    But for lists in Jaeger, whose storages compare their JSON text.
    """
    number = uuid.uuid4().int % 10**15
    session = str(number) if form == "number" else fresh("sess")
    stored: Any = {"number": number, "json": json.dumps(session), "list": [session]}[form]
    with emit(any_server) as tracer:
        wanted = say(tracer, stored)
    found = set() if form == "list" and any_server.kind == "jaeger" else {wanted}
    assert ask(any_server, lambda backend: backend.session(window(session))).traces == found


@pytest.mark.parametrize("place", ["resource", "event"])
def test_id_beside_the_span(
    any_server: Server, push: Callable[..., None], ask: Ask, window: Window, place: str
) -> None:
    """The id may stand on the resource or on an event."""
    session, trace = fresh("sess"), uuid.uuid4().hex.replace("0", "1")
    attribute = {"key": "session.id", "value": {"stringValue": session}}
    body = payload(trace, {}, events=[{"name": "e", "timeUnixNano": "1", "attributes": [attribute]}])
    if place == "resource":
        body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = []
        body["resourceSpans"][0]["resource"]["attributes"].append(attribute)
    push(any_server, body)
    assert ask(any_server, lambda backend: backend.session(window(session))).traces == {trace}


def test_conversations_are_listed_newest_first(any_server: Server, emit: Emit, ask: Ask, window: Window) -> None:
    """Traces that speak or name a session, the newest first; the others are not among them."""
    service = fresh("list")
    with emit(any_server, service=service) as tracer:
        talks = [say(tracer, fresh("sess")) for _ in range(5)]
        with tracer.start_as_current_span("GET /health", attributes={"http.route": "/health"}):
            pass
    answer = ask(any_server, lambda backend: backend.conversations(window(service=service)))
    assert [group[0].trace_id for group in answer.groups] == talks[::-1]


def test_services_and_diagnosis(any_server: Server, emit: Emit, ask: Ask) -> None:
    """The services that sent spans, and what `doctor` needs."""
    service = fresh("svc")
    with emit(any_server, service=service) as tracer:
        say(tracer, fresh("sess"))
    assert service in ask(any_server, lambda backend: backend.services()).result
    found = ask(any_server, lambda backend: backend.diagnose()).result
    assert found.backend == any_server.kind
    assert found.apis
    assert found.services >= 1
    assert abs(found.clock_skew_seconds) < 60
    assert found.problems == ()
    assert (found.version is not None) == (any_server.kind == "tempo")


@pytest.mark.parametrize("base_path", ["/team/traces", "/api/datasources/proxy/uid/abc"])
def test_through_a_gateway(
    any_server: Server, emit: Emit, ask: Ask, window: Window, open_gateway: Callable[..., Gateway], base_path: str
) -> None:
    """Below a base path and behind a token everything is found as it is directly."""
    session = fresh("sess")
    with emit(any_server) as tracer:
        wanted = say(tracer, session)
    door = open_gateway(any_server.url, base_path=base_path, token="open-sesame")
    for operation in (lambda b: b.session(window(session)), lambda b: b.trace(wanted)):
        answer = ask(door.url, operation, token="open-sesame")
        assert (answer.backend, answer.traces) == (any_server.kind, {wanted})
    assert door.count == len(door.paths) > 0
    with pytest.raises(NotAllowedError):
        ask(door.url, lambda backend: backend.services())


def test_wrong_path_under_a_gateway(any_server: Server, ask: Ask, open_gateway: Callable[..., Gateway]) -> None:
    """A login page instead of the API is said to be one."""
    door = open_gateway(any_server.url, base_path="/traces", token="t", login_page=True)
    with pytest.raises(NotABackendError, match="login"):
        ask(door.url.replace("/traces", "/other"), lambda backend: backend.services(), token="t")


def test_file_has_the_same_spans(
    any_server: Server, ask: Ask, window: Window, push: Callable[..., None], tmp_path: Path
) -> None:
    """A recorded trace is the same from a file as from a server, by id and by session."""
    recording = Path(__file__).parent.parent / "data" / "recordings" / "openinference_openai.otlp.json"
    body, session = moved(json.loads(recording.read_text())), fresh("sess")
    path = tmp_path / "traces.json"
    text = json.dumps(body).replace('"sess-alpha"', json.dumps(session))
    path.write_text(text)
    push(any_server, json.loads(text))
    here = ask(str(path), lambda backend: backend.session(window(session)))
    assert here.backend == FileBackend.name
    there = ask(any_server, lambda backend: backend.session(window(session)))
    assert there.traces == here.traces != set()
    assert {comparable(span) for span in there.spans} == {comparable(span) for span in here.spans}
    trace = min(here.traces)
    by_id = ask(any_server, lambda backend: backend.trace(trace))
    assert {(span.span_id, span.start_ns) for span in by_id.spans} == {
        (span.span_id, span.start_ns) for span in here.spans if span.trace_id == trace
    }


def comparable(span: Span) -> tuple[Any, ...]:
    """What a legacy answer keeps too: microseconds, lists as JSON."""
    attributes = tuple(sorted((key, json.dumps(plain(value))) for key, value in span.attributes.items()))
    micros = ((span.start_ns or 0) // 1000, span.name, span.parent_id, span.kind, span.error, span.scope)
    events = tuple((event.name, json.dumps(event.attributes, sort_keys=True)) for event in span.events)
    return (span.trace_id, span.span_id, *micros, attributes, events, span.resource.service)


def moved(body: dict[str, Any]) -> dict[str, Any]:
    """A recording with fresh trace ids, moved to this hour: a search's window ends with now."""
    import time

    fresh_ids: dict[str, str] = {}
    spans = [s for r in body["resourceSpans"] for scope in r["scopeSpans"] for s in scope["spans"]]
    shift = time.time_ns() - max(int(span["endTimeUnixNano"]) for span in spans)
    for span in spans:
        span["traceId"] = fresh_ids.setdefault(span["traceId"], uuid.uuid4().hex)
        for name in ("startTimeUnixNano", "endTimeUnixNano"):
            span[name] = str(int(span[name]) + shift)
        for event in span.get("events", ()):
            event["timeUnixNano"] = str(int(event["timeUnixNano"]) + shift)
    return body
