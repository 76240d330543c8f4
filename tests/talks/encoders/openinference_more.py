"""OpenInference over other libraries: Anthropic's SDK, LangGraph, the OpenAI SDK in its double form, streamed."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import dumps
from tests.talks.encoders.genai import GenAI
from tests.talks.encoders.openinference import WORDS, OpenInference, chat
from tests.talks.encoders.vendors import LangSmith
from tests.talks.truth import Message, Node, Talk
from tracefetch.models import Span


class OpenInferenceStream(OpenInference):
    """The OpenAI SDK, streamed: the response is a chunk, the span has no id of it."""

    name = "openinference_stream"
    recording = "openinference_openai_stream"
    noise = r"stream|tool_calls\[\]/index|input.value/messages\[\]/content: NoneType"

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """The last chunk has no empty content."""
        super().raw(node, given, span)
        if node.answer:
            chunk = str(span.attributes["output.value"]).replace('"message": {"content": null, ', '"message": {')
            span.attributes["output.value"] = chunk


class OpenInferenceGenAI(OpenInference):
    """The OpenAI SDK, written in both forms on one span."""

    name = "openinference_genai"
    recording = "openinference_openai_genai"
    content = (*OpenInference.content, "gen_ai.input", "gen_ai.output", "gen_ai.conversation.id", "gen_ai.response.")
    noise = r"gen_ai.response"

    def write(self, node: Node, span: Span) -> None:
        """Flat, raw, and as GenAI messages."""
        super().write(node, span)
        double = _Double()
        double.writing = self.writing
        double.write(node, span)
        if node.session:
            span.attributes["gen_ai.conversation.id"] = node.session


class _Double(GenAI):
    nulls: ClassVar[dict[str, Any]] = {}


class OpenInferenceAnthropic(OpenInference):
    """Anthropic's SDK: texts and calls in `contents`, calls twice; the SDK's own span below has no words."""

    name = "openinference_anthropic"
    recording = "anthropic_openinference"
    kinds: ClassVar[dict[str, str]] = {"llm": "messages.create", "inner": "anthropic.messages.create"}
    noise = r"output.value/|input.value/|gen_ai"
    content = (*WORDS, "session.id", "user.id")
    scope = "openinference.instrumentation.anthropic"

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """The call, and the SDK's own span."""
        found = super().spans(node, talk)
        if node.kind == "llm":
            outer = found[0]
            inner = Span(node.trace, f"{int(node.id, 16) ^ 2:016x}", "anthropic.messages.create", node.id)
            inner.start_ns, inner.end_ns, inner.resource = outer.start_ns, outer.end_ns, outer.resource
            inner.attributes, inner.scope, inner.kind = dict(self.incidental("inner")), "com.anthropic.sdk.python", 3
            found.append(inner)
        return found

    def llm(self, node: Node, span: Span) -> None:
        """A message."""
        super().llm(node, span)
        span.name = "messages.create"

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """As Anthropic has them: the user's words plain, the assistant's in blocks."""
        if message.role != "assistant":
            super().flat(prefix, message, span)
            return
        span.attributes[f"{prefix}.role"] = "assistant"
        at = 0
        if message.content:
            span.attributes[f"{prefix}.contents.0.message_content.type"] = "text"
            span.attributes[f"{prefix}.contents.0.message_content.text"] = message.content
            at = 1
        for number, call in enumerate(message.calls):
            span.attributes[f"{prefix}.contents.{at + number}.message_content.type"] = "tool_use"
            for inner in (f"{prefix}.contents.{at + number}.tool_call", f"{prefix}.tool_calls.{number}.tool_call"):
                span.attributes[f"{inner}.id"] = call.id
                span.attributes[f"{inner}.function.name"] = call.name
                span.attributes[f"{inner}.function.arguments"] = dumps(call.arguments)

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """Anthropic's request and response."""
        request: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 500, "system": node.system}
        request["messages"] = [_anthropic(m) for m in given if m.role != "system"]
        span.attributes |= {"input.value": dumps(request), "input.mime_type": "application/json"}
        if not node.answer:
            span.attributes.pop("output.mime_type", None)
            return
        message = node.answer[-1]
        blocks = _anthropic(message)["content"]
        response = {"id": "msg_1", "content": blocks, "model": "claude-sonnet-4-5", "role": "assistant"}
        span.attributes["output.value"] = dumps({**response, "type": "message"})


def _anthropic(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        block = {"type": "tool_result", "tool_use_id": message.answers, "content": message.content}
        return {"role": "user", "content": [block]}
    if message.role == "user":
        return {"role": "user", "content": message.content}
    blocks: list[dict[str, Any]] = [{"text": message.content, "type": "text"}] if message.content else []
    blocks += [{"id": c.id, "input": c.arguments, "name": c.name, "type": "tool_use"} for c in message.calls]
    return {"role": "assistant", "content": blocks}


class OpenInferenceLangGraph(OpenInference):
    """LangGraph: the agent's span has a role without words, a chain above each call only the first message."""

    name = "openinference_langgraph"
    can = frozenset({"history", "agent", "tool-spans"})
    recording = "langgraph_openinference"
    kinds: ClassVar[dict[str, str]] = {
        "llm": "ChatOpenAI",
        "agent": "travel_agent",
        "tool": "get_weather",
        "inner": "model",
    }
    content = (*WORDS, "session.id", "user.id", "tool.name", "metadata")
    noise = r"(in|out)put.value|metadata|message.name"
    scope = "openinference.instrumentation.langchain"

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """Above each model call a chain's span."""
        found = super().spans(node, talk)
        if node.kind == "llm":
            call = found[0]
            chain = Span(node.trace, f"{int(node.id, 16) ^ 4:016x}", "model", node.parent)
            call.parent_id = chain.span_id
            chain.start_ns, chain.end_ns, chain.resource = call.start_ns, call.end_ns, call.resource
            chain.attributes, chain.scope, chain.kind = dict(self.incidental("inner")), self.scope, 1
            self.identify(node, chain)
            if node.words and node.request:
                self.partial(node, chain)
            found.append(chain)
        return found

    def partial(self, node: Node, chain: Span) -> None:
        """The chain's own: the first message flat, the state as JSON."""
        self.flat("llm.input_messages.0.message", node.request[0], chain)
        chain.attributes["input.value"] = dumps({"messages": [_langchain(m) for m in node.request]})
        if node.answer:
            update = {"messages": [_langchain(m) for m in node.answer]}
            chain.attributes["output.value"] = dumps([{"graph": None, "update": update, "resume": None, "goto": []}])

    def llm(self, node: Node, span: Span) -> None:
        """A chat model's call."""
        super().llm(node, span)
        span.name = "ChatOpenAI"

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """LangChain's own JSON."""
        serialised = LangSmith().message
        span.attributes["input.value"] = dumps({"messages": [[serialised(m) for m in given]]})
        if node.answer:
            message = serialised(node.answer[-1])
            message["kwargs"].pop("name", None)
            made = {"text": node.answer[-1].content, "message": message}
            span.attributes["output.value"] = dumps({"generations": [[made]]})

    def agent(self, node: Node, span: Span) -> None:
        """The graph's run: its state before and after."""
        span.name = node.agent or "agent"
        if node.words:
            span.attributes["input.value"] = dumps({"messages": [chat(m) for m in node.request]})
            state = [_langchain(m) for m in (*node.request, *node.answer)]
            span.attributes["output.value"] = dumps({"messages": state})
            span.attributes["llm.input_messages.0.message.role"] = "user"

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run: its input is the text of a lone argument, else a Python repr."""
        assert node.tool is not None
        span.name = span.attributes["tool.name"] = node.tool.name
        if node.words:
            given = node.tool.arguments
            span.attributes["input.value"] = str(next(iter(given.values()))) if len(given) == 1 else str(given)
            data = {"content": node.result, "type": "tool", "name": node.tool.name, "tool_call_id": node.tool.id}
            span.attributes["output.value"] = dumps({"type": "tool", "data": {**data, "status": "success"}})


def _langchain(message: Message) -> dict[str, Any]:
    kind = {"user": "human", "assistant": "ai"}.get(message.role, message.role)
    data: dict[str, Any] = {"content": message.content, "type": kind, "id": f"id-{message.uid}"}
    if message.role == "assistant":
        calls = [{"name": c.name, "args": c.arguments, "id": c.id, "type": "tool_call"} for c in message.calls]
        data["tool_calls"] = calls
    elif message.role == "tool":
        data |= {"name": message.name, "tool_call_id": message.answers, "status": "success"}
    return {"type": kind, "data": data}
