"""OpenTelemetry GenAI 1.37 and later: messages with parts, as JSON in attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.truth import Call, Message, Node
from tracefetch.models import Span

IN, OUT, SYSTEM = "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"


class GenAI(Dialect):
    """Spans of operation `chat`, with the system prompt inside the input (as for OpenAI).

    Attributes:
        inside: the system prompt is a message; else it is an attribute of its own.
        result_key, result_role: how a tool's result is written.
        as_text: arguments are a JSON text.
        nulls: fields that are always there, empty.
    """

    name = "genai_chat"
    can: frozenset[str] = frozenset({"history"})
    recording: str | None = "genai_openai"
    kinds: ClassVar[dict[str, str]] = {"llm": "chat .*"}
    content: tuple[str, ...] = (IN, OUT, SYSTEM, "gen_ai.conversation.id", "gen_ai.response.finish_reasons", "user.id")
    scope = "opentelemetry.instrumentation.genai.openai"
    session_key = "gen_ai.conversation.id"
    user_key = ""
    inside = True
    result_key = "response"
    result_role = "tool"
    as_text = False
    nulls: ClassVar[dict[str, Any]] = {"name": None}

    def llm(self, node: Node, span: Span) -> None:
        """A model call."""
        span.name = "chat gpt-4o-mini"
        span.attributes |= {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
        if self.agent_key and node.agent:
            span.attributes[self.agent_key] = node.agent
        if node.response_id:
            span.attributes["gen_ai.response.id"] = node.response_id
        if node.words:
            self.write(node, span)

    agent_key = ""

    def write(self, node: Node, span: Span) -> None:
        """The words of a call, or of an agent's run."""
        given = list(node.request)
        if node.system and self.inside:
            given.insert(0, Message("system", node.system))
        elif node.system:
            span.attributes[SYSTEM] = dumps([{"type": "text", "content": node.system}])
        span.attributes[IN] = dumps([self.message(m) for m in self.split(given)])
        if node.answer:
            span.attributes[OUT] = dumps([self.output(m) for m in node.answer])
            span.attributes["gen_ai.response.finish_reasons"] = ["tool_calls" if node.answer[-1].calls else "stop"]

    def message(self, message: Message) -> dict[str, Any]:
        """A message with parts."""
        if message.role == "tool":
            part = {"type": "tool_call_response", "id": message.answers, self.result_key: self.result(message)}
            return {"role": self.result_role, "parts": [part], **self.nulls}
        return {"role": message.role, "parts": self.parts(message), **self.nulls}

    def result(self, message: Message) -> Any:
        """A tool's result as the part holds it."""
        return message.content

    def parts(self, message: Message) -> list[dict[str, Any]]:
        """Text, then calls."""
        text = [{"type": "text", "content": message.content}] if message.content else []
        return [*text, *(self.call(call) for call in message.calls)]

    def call(self, call: Call) -> dict[str, Any]:
        """A call of a tool."""
        given = dumps(call.arguments) if self.as_text else call.arguments
        return {"type": "tool_call", "id": call.id, "name": call.name, "arguments": given}

    def output(self, message: Message) -> dict[str, Any]:
        """A message of an answer; its parts may stand in another order."""
        made = self.message(message)
        if self.writing.calls_first:
            made["parts"].sort(key=lambda part: part["type"] == "text")
        if message.role == "assistant":
            made["finish_reason"] = "tool_call" if message.calls else "stop"
        return made


class GenAIAgent(GenAI):
    """invoke_agent above chat and execute_tool, as the conventions say."""

    name = "genai_agent"
    can: frozenset[str] = frozenset({"history", "agent", "tool-spans"})
    recording: str | None = None
    kinds: ClassVar[dict[str, str]] = {"llm": "chat .*", "agent": "invoke_agent .*", "tool": "execute_tool .*"}
    content: tuple[str, ...] = (*GenAI.content, "gen_ai.tool.call", "gen_ai.tool.name", "gen_ai.response.id")
    scope = "my.agent"
    inside = False
    as_text = True
    nulls: ClassVar[dict[str, Any]] = {}

    def agent(self, node: Node, span: Span) -> None:
        """The agent's run: what it was asked, what it did."""
        span.name = f"invoke_agent {node.agent}"
        span.attributes |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": node.agent}
        if node.words:
            self.write(node, span)

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = f"execute_tool {node.tool.name}"
        span.attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": node.tool.name}
        span.attributes["gen_ai.tool.call.id"] = node.tool.id
        if node.words:
            span.attributes["gen_ai.tool.call.arguments"] = dumps(node.tool.arguments)
            span.attributes["gen_ai.tool.call.result"] = node.result


def texts(messages: Sequence[Message]) -> str:
    """The last text of some messages."""
    return next((m.content for m in reversed(messages) if m.content), "")
