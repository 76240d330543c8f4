"""Talks as OTLP objects: one span a turn below an application's span, times and ids as the test wants them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

SECOND = 10**9
SESSION = "session.id"


def fresh(name: str) -> str:
    """An id that no other test uses."""
    return f"{name}-{uuid.uuid4().hex[:12]}"


def trace_id() -> str:
    """A trace id without leading zeros."""
    return uuid.uuid4().hex.replace("0", "1")


def ago(seconds: float) -> int:
    """Nanoseconds since the epoch, that long before now."""
    return time.time_ns() - int(seconds * SECOND)


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP JSON has them."""

    def value(one: Any) -> dict[str, Any]:
        return {"intValue": str(one)} if isinstance(one, int) else {"stringValue": str(one)}

    return [{"key": key, "value": value(one)} for key, one in values.items()]


def messages(pairs: Iterable[tuple[str, str]]) -> str:
    """`gen_ai.input.messages` of (role, text) pairs."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in pairs])


def span(
    name: str,
    trace: str,
    start: int,
    *,
    seconds: float = 0.5,
    parent: str = "",
    error: bool = False,
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One span with the attributes `values`."""
    return {
        "traceId": trace,
        "spanId": uuid.uuid4().hex[:16],
        "parentSpanId": parent,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + int(seconds * SECOND)),
        "attributes": attributes(values or {}),
        "status": {"code": 2, "message": "it broke"} if error else {},
    }


def chat(
    trace: str,
    start: int,
    asked: str,
    answered: str | None,
    *,
    history: Sequence[tuple[str, str]] = (),
    on_root: dict[str, Any] | None = None,
    on_call: dict[str, Any] | None = None,
    error: bool = False,
) -> list[dict[str, Any]]:
    """A request of the user's: the application's span and the model call below it."""
    root = span("POST /chat", trace, start, seconds=1, values=on_root or {})
    said = {"gen_ai.input.messages": messages([*history, ("user", asked)])}
    if answered is not None:
        said["gen_ai.output.messages"] = messages([("assistant", answered)])
    values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1", **said, **(on_call or {})}
    call = span("chat m-1", trace, start + SECOND // 10, parent=root["spanId"], error=error, values=values)
    return [root, call]


def talk(
    session: str | None,
    turns: Sequence[tuple[str, str]],
    start: int,
    *,
    name: str = SESSION,
    user: str | None = None,
    with_history: bool = True,
    step_seconds: float = 10,
    error: bool = False,
) -> list[dict[str, Any]]:
    """A session: a trace for each question and answer, `step_seconds` apart; the last may fail."""
    spans: list[dict[str, Any]] = []
    history: list[tuple[str, str]] = []
    root = {**({name: session} if session is not None else {}), **({"user.id": user} if user else {})}
    for number, (asked, answered) in enumerate(turns):
        at = start + int(number * step_seconds * SECOND)
        is_last = number == len(turns) - 1
        spans += chat(
            trace_id(),
            at,
            asked,
            answered,
            history=history if with_history else (),
            on_root=root,
            error=error and is_last,
        )
        history += [("user", asked), ("assistant", answered)]
    return spans


def payload(spans: Iterable[dict[str, Any]], *, service: str = "agent", **resource: Any) -> dict[str, Any]:
    """An OTLP object of one service."""
    values = attributes({"service.name": service, **resource})
    return {"resourceSpans": [{"resource": {"attributes": values}, "scopeSpans": [{"spans": list(spans)}]}]}


def merged(*payloads: dict[str, Any]) -> dict[str, Any]:
    """Several OTLP objects in one."""
    return {"resourceSpans": [group for one in payloads for group in one["resourceSpans"]]}


def said(number: int, *, words: str = "") -> list[tuple[str, str]]:
    """So many questions and answers, all different."""
    return [(f"question {words}{at}", f"the answer to {words}{at} is {at * 7}") for at in range(number)]
