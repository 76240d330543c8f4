"""Traceloop: indexed flat keys up to 0.54, GenAI messages since 0.55."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.encoders.genai import GenAI
from tests.talks.truth import Message, Node
from tracefetch.models import Span

PROPERTIES = "traceloop.association.properties."


class TraceloopOld(Dialect):
    """`gen_ai.prompt.N` and `gen_ai.completion.N`."""

    name = "traceloop_old"
    can = frozenset({"history"})
    recording = "traceloop_openai_old"
    kinds: ClassVar[dict[str, str]] = {"llm": "openai.chat"}
    content = ("gen_ai.prompt.", "gen_ai.completion.", PROPERTIES)
    scope = "opentelemetry.instrumentation.openai.v1"
    session_key = PROPERTIES + "session_id"
    user_key = PROPERTIES + "user_id"

    def llm(self, node: Node, span: Span) -> None:
        """A completion."""
        span.name = "openai.chat"
        span.attributes["llm.request.type"] = "chat"
        if not node.words:
            return
        given = [*([Message("system", node.system)] if node.system else []), *node.request]
        for at, message in enumerate(self.split(given)):
            self.flat(f"gen_ai.prompt.{at}", message, span)
        for at, message in enumerate(node.answer):
            span.attributes[f"gen_ai.completion.{at}.finish_reason"] = "tool_calls" if message.calls else "stop"
            self.flat(f"gen_ai.completion.{at}", message, span)

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """One message in indexed keys."""
        span.attributes[f"{prefix}.role"] = message.role
        if message.content:
            span.attributes[f"{prefix}.content"] = message.content
        for at, call in enumerate(message.calls):
            inner = f"{prefix}.tool_calls.{at}"
            span.attributes |= {f"{inner}.id": call.id, f"{inner}.name": call.name}
            span.attributes[f"{inner}.arguments"] = dumps(call.arguments)
        if message.answers:
            span.attributes[f"{prefix}.tool_call_id"] = message.answers


class Traceloop(GenAI):
    """GenAI messages under Traceloop's span names and properties."""

    name = "traceloop"
    can = frozenset({"history"})
    recording = "traceloop_openai"
    kinds: ClassVar[dict[str, str]] = {"llm": "openai.chat"}
    content = (*GenAI.content, PROPERTIES)
    scope = "opentelemetry.instrumentation.openai.v1"
    session_key = PROPERTIES + "session_id"
    user_key = PROPERTIES + "user_id"
    nulls: ClassVar[dict[str, Any]] = {}

    def llm(self, node: Node, span: Span) -> None:
        """A completion."""
        super().llm(node, span)
        span.name = "openai.chat"
