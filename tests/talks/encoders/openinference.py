"""OpenInference: indexed flat keys, and the raw request and response beside them."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.truth import Message, Node
from tracefetch.models import Span

WORDS = ("llm.input_messages", "llm.output_messages", "input.value", "output.value")


def chat(message: Message) -> dict[str, Any]:
    """A message in OpenAI's own form, arguments as text."""
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.answers, "content": message.content}
    if not message.calls:
        return {"role": message.role, "content": message.content}
    calls = [
        {"id": c.id, "function": {"arguments": dumps(c.arguments), "name": c.name}, "type": "function"}
        for c in message.calls
    ]
    made: dict[str, Any] = {"role": message.role, "tool_calls": calls}
    return {"content": message.content, **made} if message.content else made


class OpenInference(Dialect):
    """The OpenAI SDK, instrumented by OpenInference."""

    name = "openinference"
    can: frozenset[str] = frozenset({"history"})
    recording: str | None = "openinference_openai"
    kinds: ClassVar[dict[str, str]] = {"llm": "ChatCompletion"}
    content: tuple[str, ...] = (*WORDS, "session.id", "user.id")
    scope = "openinference.instrumentation.openai"

    def llm(self, node: Node, span: Span) -> None:
        """A completion."""
        span.name, span.kind = "ChatCompletion", 1
        span.attributes |= {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}
        if node.words:
            self.write(node, span)

    def write(self, node: Node, span: Span) -> None:
        """The words, flat and raw."""
        given = self.split([*([Message("system", node.system)] if node.system else []), *node.request])
        for at, message in enumerate(given):
            self.flat(f"llm.input_messages.{at}.message", message, span)
        for at, message in enumerate(node.answer):
            self.flat(f"llm.output_messages.{at}.message", message, span)
        self.raw(node, given, span)

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """The request and the response as they went over the wire."""
        request = {"model": "gpt-4o-mini", "messages": [chat(m) for m in given], "tools": []}
        span.attributes |= {"input.value": dumps(request), "input.mime_type": "application/json"}
        if not node.answer:
            span.attributes.pop("output.mime_type", None)
            return
        choices = [
            {"finish_reason": "tool_calls" if m.calls else "stop", "index": i, "message": {"content": None, **chat(m)}}
            for i, m in enumerate(node.answer)
        ]
        response = {"id": node.response_id or "chatcmpl-1", "choices": choices, "created": 1760000000}
        response |= {"model": "gpt-4o-mini", "object": "chat.completion"}
        usage = {"completion_tokens": 10, "prompt_tokens": 39, "total_tokens": 49}
        span.attributes["output.value"] = dumps({**response, "usage": usage})

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """One message in indexed keys."""
        span.attributes[f"{prefix}.role"] = message.role
        if message.content:
            span.attributes[f"{prefix}.content"] = message.content
        for at, call in enumerate(message.calls):
            inner = f"{prefix}.tool_calls.{at}.tool_call"
            span.attributes[f"{inner}.id"] = call.id
            span.attributes[f"{inner}.function.name"] = call.name
            span.attributes[f"{inner}.function.arguments"] = dumps(call.arguments)
        if message.answers:
            span.attributes[f"{prefix}.tool_call_id"] = message.answers


class OpenInferenceResponses(OpenInference):
    """The OpenAI Agents SDK over the Responses API: chained by `previous_response_id` where asked to."""

    name = "openinference_responses"
    can = frozenset({"history", "chained", "tool-spans", "silent-agent"})
    noise = r"output.value/|invocation_parameters"
    recording = "openai_agents_openinference_chained"
    kinds: ClassVar[dict[str, str]] = {"llm": "response", "tool": "get_weather"}
    content = (*OpenInference.content, "llm.invocation_parameters")
    scope = "openinference.instrumentation.openai_agents"

    def llm(self, node: Node, span: Span) -> None:
        """A response."""
        super().llm(node, span)
        span.name = "response"

    def agent(self, node: Node, span: Span) -> None:
        """An agent's span has no words here."""
        span.name = node.agent or "agent"
        span.attributes |= {"openinference.span.kind": "AGENT", "agent.name": node.agent}

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """Outputs have the text twice."""
        super().flat(prefix, message, span)
        if "output" in prefix and message.content:
            span.attributes[f"{prefix}.contents.0.message_content.type"] = "text"
            span.attributes[f"{prefix}.contents.0.message_content.text"] = message.content

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """The Responses API's items."""
        items = [item for m in given if m.role != "system" for item in _items(m, given=True)]
        span.attributes |= {"input.value": dumps(items), "input.mime_type": "application/json"}
        if not node.answer:
            span.attributes.pop("output.mime_type", None)
            return
        output = [item for m in node.answer for item in _items(m, given=False)]
        response: dict[str, Any] = {
            "id": node.response_id or "resp_0",
            "object": "response",
            "instructions": node.system,
        }
        response |= {"output": output, "model": "gpt-4o-mini", "previous_response_id": node.previous_id}
        span.attributes["output.value"] = dumps(response)

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = node.tool.name
        span.attributes |= {"openinference.span.kind": "TOOL", "tool.name": node.tool.name}
        if node.words:
            span.attributes |= {"input.value": dumps(node.tool.arguments), "input.mime_type": "application/json"}
            span.attributes["output.value"] = node.result


def _items(message: Message, *, given: bool) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"call_id": message.answers, "output": message.content, "type": "function_call_output"}]
    found: list[dict[str, Any]] = []
    if message.content and given:
        found.append({"content": message.content, "role": message.role})
    elif message.content:
        part: dict[str, Any] = {"annotations": [], "text": message.content, "type": "output_text", "logprobs": None}
        found.append({"id": "msg_1", "content": [part], "role": "assistant", "status": "completed", "type": "message"})
    for call in message.calls:
        item = {"arguments": dumps(call.arguments), "call_id": call.id, "name": call.name, "type": "function_call"}
        found.append({**item, "id": f"fc_{call.id}", "status": "completed"})
    return found
