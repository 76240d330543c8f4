"""Runs an operation against a function that answers its requests: backends do no I/O of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tracefetch.config import Settings
from tracefetch.http.values import Batch, Blocking, Found, Operation, Request, Response
from tracefetch.models import Evidence, Query, Span

NAMES = ("session.id", "gen_ai.conversation.id")
UNTIL = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SINCE = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)


@dataclass
class Played:
    """What an operation did."""

    requests: list[Request] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    largest_batch: int = 0
    result: Any = None

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.evidence]

    @property
    def traces(self) -> set[str]:
        return {span.trace_id for span in self.spans}

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


def play(operation: Operation[Any], answer: Callable[[Request], Response] | None = None) -> Played:
    """Run to the end; each request is answered by `answer`."""
    played = Played()
    value: Any = None
    try:
        while True:
            step = operation.send(value)
            value = _serve(step, answer, played)
    except StopIteration as end:
        played.result = end.value
    return played


def _serve(step: Batch | Blocking | Found, answer: Callable[[Request], Response] | None, played: Played) -> Any:
    if isinstance(step, Blocking):
        return step.call()
    if isinstance(step, Found):
        played.spans += step.spans
        played.evidence += step.evidence
        if step.spans:
            played.groups.append(sorted({span.trace_id for span in step.spans}))
        return None
    assert answer is not None, "this operation should have asked for nothing"
    played.largest_batch = max(played.largest_batch, len(step.requests))
    played.requests += step.requests
    return [answer(request) for request in step.requests]


def reply(request: Request, body: Any = b"", status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A response; anything that is no bytes or str is sent as JSON."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Response(request, status, dict(headers), body, f"http://backend.test{request.path}")


def settings(**options: Any) -> Settings:
    return Settings.load({"url": "http://backend.test", **options}, environ={})


def query(session: str | None = "sess_1", **options: Any) -> Query:
    options = {"since": SINCE, "until": UNTIL, "session_attributes": NAMES, **options}
    return Query(session=session, **options)


def params(request: Request) -> dict[str, str]:
    return dict(request.params)


def otlp_span(number: int, attributes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A span of OTLP/JSON in the trace of that number; fields override."""
    start = int(SINCE.timestamp() * 1e9) + number * 10**9
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 5_000_000),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in (attributes or {}).items()],
        **fields,
    }


def otlp(*spans: dict[str, Any], service: str = "shop") -> list[dict[str, Any]]:
    """`resourceSpans` with one resource."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return [{"resource": resource, "scopeSpans": [{"scope": {"name": "lib", "version": "1"}, "spans": list(spans)}]}]


def legacy_trace(
    number: int, tags: dict[str, str], *, at_us: int | None = None, service: str = "shop"
) -> dict[str, Any]:
    """A trace of Jaeger's legacy JSON with one span."""
    start = int(SINCE.timestamp() * 1e6) + number * 10**6 if at_us is None else at_us
    span = {
        "traceID": f"{number:032x}",
        "spanID": f"{number:016x}",
        "operationName": "chat",
        "references": [],
        "startTime": start,
        "duration": 5000,
        "tags": [{"key": key, "type": "string", "value": value} for key, value in tags.items()],
        "logs": [],
        "processID": "p1",
        "warnings": None,
    }
    return {"traceID": span["traceID"], "spans": [span], "processes": {"p1": {"serviceName": service, "tags": []}}}
