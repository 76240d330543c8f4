"""The traces that are measured, as OTLP JSON; the same in every run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tracefetch.models import Resource, Span

JSON = dict[str, Any]
BEGIN_NS = 1_750_000_000_000_000_000
WORDS = [
    "the",
    "flight",
    "leaves",
    "at",
    "nine",
    "and",
    "our",
    "hotel",
    "by",
    "a",
    "river",
    "has",
    "room",
    "for",
    "three",
]


def text(number: int, words: int) -> str:
    """Words that differ from number to number."""
    return f"{number}: " + " ".join(WORDS[(number * 7 + place) % len(WORDS)] for place in range(words))


def service_trace(trace_id: str, *, spans: int, begin_ns: int) -> JSON:
    """One trace of an application: of every 40 spans one is a model call, one its agent, one a tool, the rest work.

    Calls carry the last six messages, in the form of OpenTelemetry GenAI.
    """
    return _payload(trace_id, spans, begin_ns, _service_span)


def talking_trace(trace_id: str, *, spans: int, begin_ns: int) -> JSON:
    """One trace in which every span but the root is a model call with its prompt and its response as plain text."""
    return _payload(trace_id, spans, begin_ns, _talking_span)


def _payload(trace_id: str, count: int, begin_ns: int, make: Callable[[int], tuple[str, int, JSON]]) -> JSON:
    resource = {"service.name": "benchmark", "service.version": "1.2.3", "deployment.environment.name": "test"}
    spans = list(_spans(trace_id, count, begin_ns, make))
    group = {
        "resource": {"attributes": _attributes(resource)},
        "scopeSpans": [{"scope": {"name": "benchmarks", "version": "1"}, "spans": spans}],
    }
    return {"resourceSpans": [group]}


def _spans(trace_id: str, count: int, begin_ns: int, make: Callable[[int], tuple[str, int, JSON]]) -> Iterator[JSON]:
    for number in range(count):
        name, parent, attributes = ("conversation", -1, {"session.id": trace_id}) if number == 0 else make(number)
        start = begin_ns + number * 1_000_000
        yield {
            "traceId": trace_id,
            "spanId": f"{number + 1:016x}",
            "parentSpanId": f"{parent + 1:016x}" if parent >= 0 else "",
            "name": name,
            "kind": 1 if parent < 0 else 3,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 900_000),
            "attributes": _attributes(attributes),
            "status": {},
        }


def _service_span(number: int) -> tuple[str, int, JSON]:
    turn, place = divmod(number, 40)
    agent = turn * 40 + 1
    if place == 1:
        return "invoke_agent travel", 0, {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "travel"}
    if place == 2:
        return "chat gpt-4o-mini", agent, _chat(turn)
    if place == 3:
        said = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "lookup",
            "gen_ai.tool.call.id": f"c{turn}",
        }
        return "execute_tool lookup", agent, {**said, "gen_ai.tool.call.result": text(turn, 12)}
    return (
        "GET /rooms",
        agent if place else 0,
        {
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "url.full": f"http://rooms.internal/rooms/{number}?nights=3",
            "server.address": "rooms.internal",
            "server.port": 8080,
            "network.peer.address": "10.0.0.7",
            "db.rows": number % 17,
            "cache.hit": number % 3 == 0,
        },
    )


def _chat(turn: int) -> JSON:
    history = [message for one in range(max(0, turn - 2), turn + 1) for message in _exchange(one)][:-1]
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": json.dumps(history),
        "gen_ai.output.messages": json.dumps([_exchange(turn)[1]]),
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
    }


def _exchange(turn: int, *, words: int = 14, equal: bool = False) -> list[JSON]:
    asked, answered = ("again", "again") if equal else (text(2 * turn, words), text(2 * turn + 1, words))
    return [
        {"role": "user", "parts": [{"type": "text", "content": asked}]},
        {"role": "assistant", "parts": [{"type": "text", "content": answered}]},
    ]


def _talking_span(number: int) -> tuple[str, int, JSON]:
    return (
        "llm",
        0,
        {
            "llm.request.prompt": text(2 * number, 14),
            "llm.response.content": text(2 * number + 1, 14),
            "llm.model": "gpt-4o-mini",
        },
    )


def _attributes(values: JSON) -> list[JSON]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> JSON:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def full_history(calls: int, *, equal: bool) -> list[Span]:
    """Calls that each carry everything said before, as GenAI messages.

    Args:
        equal: every text is the same.
    """
    resource = Resource({"service.name": "benchmark"})
    messages = [json.dumps(message) for turn in range(calls) for message in _exchange(turn, equal=equal)]
    return [
        Span(
            "0" * 31 + "1",
            f"{turn + 1:016x}",
            "chat gpt-4o-mini",
            start_ns=BEGIN_NS + turn * 1_000_000_000,
            end_ns=BEGIN_NS + turn * 1_000_000_000 + 900_000_000,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.conversation.id": "full",
                "gen_ai.input.messages": f"[{', '.join(messages[: 2 * turn + 1])}]",
                "gen_ai.output.messages": f"[{messages[2 * turn + 1]}]",
            },
            resource=resource,
        )
        for turn in range(calls)
    ]
