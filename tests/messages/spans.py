"""Spans by hand, and what was read of them in one line each."""

from __future__ import annotations

import json
from typing import Any

from tracefetch.maps import load
from tracefetch.messages import Reading, read
from tracefetch.models import Event, Span

MAPS = load()


def reading_of(
    attributes: dict[str, Any],
    events: tuple[tuple[str, dict[str, Any]], ...] = (),
    *,
    scope: str | None = None,
    **fields: Any,
) -> Reading:
    """Read a span with the built-in maps; lists and objects are written as JSON."""
    written = {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in attributes.items()}
    found = [Event(name, 1, {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in said.items()})
             for name, said in events]  # fmt: skip
    return read(Span("a" * 32, "01", "span", None, 1_000, 2_000, written, scope=scope, events=found, **fields), MAPS)


def told(messages: list[Any]) -> list[str]:
    """`role: text`, `call: name arguments`, `result: text`, `part: type`."""
    lines = []
    for message in messages:
        lines += [f"part: {part.type}" for part in message.parts]
        lines += [f"{message.role}: {message.text}"] if message.text else []
        lines += [f"call: {call.name} {json.dumps(call.arguments)}" for call in message.calls]
        lines += [f"result: {result.content}" for result in message.results]
    return lines
