"""Dialects whose words are on span events: semconv 1.27, Strands."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.encoders.genai import IN, OUT, SYSTEM, GenAIAgent
from tests.talks.encoders.openinference import chat
from tests.talks.truth import Message, Node
from tracefetch.models import Event, Span


class SemConv127(Dialect):
    """`gen_ai.content.prompt` and `gen_ai.content.completion` events, JSON in one attribute."""

    name = "semconv_1_27"
    can = frozenset({"history", "app-session"})
    scope = "opentelemetry.instrumentation.openai"

    def llm(self, node: Node, span: Span) -> None:
        """A model call."""
        span.name = "chat gpt-4o-mini"
        span.attributes |= {"gen_ai.operation.name": "chat", "gen_ai.system": "openai"}
        span.attributes["gen_ai.request.model"] = "gpt-4o-mini"
        if not node.words:
            return
        given = [*([Message("system", node.system)] if node.system else []), *self.split(node.request)]
        prompt = {"gen_ai.prompt": dumps([chat(m) for m in given])}
        span.events.append(Event("gen_ai.content.prompt", span.start_ns, prompt))
        if node.answer:
            completion = {"gen_ai.completion": dumps([chat(m) for m in node.answer])}
            span.events.append(Event("gen_ai.content.completion", span.end_ns, completion))


class Strands(Dialect):
    """Strands, its older form: an event per message, Bedrock blocks inside."""

    name = "strands"
    can = frozenset({"history", "agent", "tool-spans"})
    recording = "strands_agent"
    kinds: ClassVar[dict[str, str]] = {"llm": "chat", "agent": "invoke_agent .*", "tool": "execute_tool .*"}
    content = ("session.id", "user.id", "gen_ai.tool.name", "gen_ai.tool.call.id")
    noise = r"^gen_ai.tool"
    scope = "strands.telemetry.tracer"

    def llm(self, node: Node, span: Span) -> None:
        """A model call."""
        span.name, span.kind = "chat", 1
        span.attributes["gen_ai.operation.name"] = "chat"
        if node.words:
            self._request(node, span)
            for message in node.answer:
                reason = "tool_use" if message.calls else "end_turn"
                answer = {"finish_reason": reason, "message": dumps(blocks(message))}
                span.events.append(Event("gen_ai.choice", span.end_ns, answer))

    def agent(self, node: Node, span: Span) -> None:
        """The run: the user's words and the last answer, as plain text."""
        span.name = f"invoke_agent {node.agent}"
        span.attributes |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": node.agent}
        if node.words:
            self._request(node, span)
        if node.words and node.answer:
            answer = {"message": node.answer[-1].content + "\n", "finish_reason": "end_turn"}
            span.events.append(Event("gen_ai.choice", span.end_ns, answer))

    def _request(self, node: Node, span: Span) -> None:
        system = [Message("system", node.system)] if node.system else []
        for message in [*system, *self.split(node.request)]:
            written = {"content": dumps(blocks(message))}
            span.events.append(Event(f"gen_ai.{message.role}.message", span.start_ns, written))

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = f"execute_tool {node.tool.name}"
        span.attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": node.tool.name}
        span.attributes["gen_ai.tool.call.id"] = node.tool.id
        if node.words:
            given = {"role": "tool", "content": dumps(node.tool.arguments), "id": node.tool.id}
            span.events.append(Event("gen_ai.tool.message", span.start_ns, given))
            gave = {"message": dumps([{"text": node.result}]), "id": node.tool.id}
            span.events.append(Event("gen_ai.choice", span.end_ns, gave))


class StrandsLatest(GenAIAgent):
    """Strands, its newer form: GenAI messages on events, each on one of its own."""

    name = "strands_latest"
    recording = None
    scope = "strands.telemetry.tracer"
    session_key = "session.id"
    result_role = "user"
    as_text = False

    def write(self, node: Node, span: Span) -> None:
        """As GenAI, moved onto events."""
        super().write(node, span)
        for key in (SYSTEM, IN, OUT):
            if key in span.attributes:
                written = {key: span.attributes.pop(key)}
                span.events.append(Event("gen_ai.client.inference.operation.details", span.start_ns, written))


def blocks(message: Message) -> list[dict[str, Any]]:
    """A message in Bedrock's content blocks."""
    if message.role == "tool":
        result = {"toolUseId": message.answers, "status": "success", "content": [{"text": message.content}]}
        return [{"toolResult": result}]
    text = [{"text": message.content}] if message.content else []
    uses = [{"toolUse": {"toolUseId": c.id, "name": c.name, "input": c.arguments}} for c in message.calls]
    return [*text, *uses]
