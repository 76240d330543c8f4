"""Spans by hand, in the GenAI dialect: calls, tools and the application's own, on one clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tracefetch.assembly import Assembly, assemble_talk, publish_assembly
from tracefetch.maps import load
from tracefetch.models import Conversation, Span

SECOND = 1_000_000_000
ZERO = 1_780_000_000 * SECOND

Words = dict[str, Any]


def user(text: str) -> Words:
    return {"role": "user", "parts": [{"type": "text", "content": text}]}


def says(text: str) -> Words:
    return {"role": "assistant", "parts": [{"type": "text", "content": text}]}


def asks(*calls: tuple[str, str, Any]) -> Words:
    """An assistant's calls: (id, name, arguments)."""
    parts = [{"type": "tool_call", "id": i, "name": name, "arguments": arguments} for i, name, arguments in calls]
    return {"role": "assistant", "parts": parts}


def gets(*results: tuple[str, str]) -> Words:
    """Tools' answers: (id, text)."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": i, "response": r} for i, r in results]}


@dataclass
class Scene:
    """Spans as they come; each of the methods adds one, `at` and `to` in seconds."""

    session: str = "s1"
    trace: str = "a" * 32
    spans: list[Span] = field(default_factory=list)

    def app(self, ident: str, at: float, to: float, *, above: str | None = None, name: str = "POST /chat") -> Span:
        return self._add(ident, name, at, to, above, {"session.id": self.session})

    def call(
        self,
        ident: str,
        at: float,
        to: float,
        given: list[Words],
        answer: Words,
        *,
        above: str | None = None,
        system: str | None = None,
        agent: str | None = None,
        session: str | None = None,
    ) -> Span:
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.conversation.id": session or self.session,
            "gen_ai.input.messages": json.dumps(given),
            "gen_ai.output.messages": json.dumps([answer]),
        }
        if system is not None:
            attributes["gen_ai.system_instructions"] = json.dumps([{"type": "text", "content": system}])
        if agent is not None:
            attributes["gen_ai.agent.name"] = agent
        return self._add(ident, "chat", at, to, above, attributes)

    def tool(
        self, ident: str, at: float, to: float, call: tuple[str, str, Any], result: str, *, above: str | None = None
    ) -> Span:
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.call.id": call[0],
            "gen_ai.tool.name": call[1],
            "gen_ai.tool.call.arguments": json.dumps(call[2]),
            "gen_ai.tool.call.result": result,
        }
        return self._add(ident, f"execute_tool {call[1]}", at, to, above, attributes)

    def _add(self, ident: str, name: str, at: float, to: float, above: str | None, attributes: dict[str, Any]) -> Span:
        start, end = ZERO + int(at * SECOND), ZERO + int(to * SECOND)
        span = Span(self.trace, ident, name, above, start, end, attributes)
        self.spans.append(span)
        return span

    def assembled(self) -> tuple[Assembly, Conversation]:
        maps = load()
        found = assemble_talk(self.spans, maps=maps, session=self.session)
        return found, publish_assembly(found, maps=maps, ident=self.session)

    def read(self) -> Conversation:
        return self.assembled()[1]
