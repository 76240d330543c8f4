"""Emitters whose spans are odder than their convention's: each writes a known truth as it was seen to write."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.encoders.genai import IN, OUT, GenAI, GenAIAgent
from tests.talks.encoders.openinference import OpenInference, chat
from tests.talks.encoders.vendors import Langfuse
from tests.talks.truth import Message, Node, Talk
from tracefetch.models import Span


class WithoutParts(GenAI):
    """LiteLLM's v2 callback and AG2: OpenAI messages in the GenAI attributes, `tool_calls: null` among them."""

    name = "messages_without_parts"
    recording = None

    def message(self, message: Message) -> dict[str, Any]:
        """A chat message."""
        made = {"content": None, **chat(message)}
        return made if message.calls or message.role != "assistant" else {**made, "tool_calls": None}

    def output(self, message: Message) -> dict[str, Any]:
        """A chat message with its finish reason."""
        return {**self.message(message), "finish_reason": "tool_calls" if message.calls else "stop"}


class LiteLLMProxy(WithoutParts):
    """LiteLLM's proxy: one trace per model call, operation `acompletion`, the session in a Python dict."""

    name = "litellm_proxy"

    def identify(self, node: Node, span: Span) -> None:
        """A repr of what the requester sent."""
        if node.session:
            span.attributes["metadata.requester_metadata"] = str({"session_id": node.session, "user": node.user})

    def llm(self, node: Node, span: Span) -> None:
        """A completion."""
        super().llm(node, span)
        span.name = "litellm_request"
        span.attributes["gen_ai.operation.name"] = "acompletion"


class LiteLLMCallback(GenAI):
    """LiteLLM's default callback: on the active application span, where a turn's second call overwrites the first."""

    name = "litellm_callback"
    recording = None

    def encode(self, talk: Talk, writing: Any = None) -> list[Span]:
        """The last call of a turn stays on the application's span; its raw copy hangs below."""
        found: list[Span] = []
        apps = {node.id: node for node in talk.nodes if node.kind == "app"}
        spans = {span.span_id: span for span in super().encode(talk, writing)}
        for node in talk.nodes:
            span = spans[node.id]
            if node.kind == "llm" and node.parent in apps:
                spans[node.parent].attributes |= span.attributes
                span.name, span.attributes = "raw_gen_ai_request", self.raw(node)
            found.append(span)
        return found

    def raw(self, node: Node) -> dict[str, Any]:
        """Python reprs of what went over the wire."""
        given = [Message("system", node.system or ""), *node.request]
        return {
            "llm.openai.messages": str([chat(m) for m in given]),
            "llm.openai.choices": str([{"finish_reason": "stop", "index": 0, "message": chat(m)} for m in node.answer]),
        }

    def message(self, message: Message) -> dict[str, Any]:
        """Parts and, beside them, OpenAI's own fields; a result is a text part."""
        text = [{"type": "text", "content": message.content}] if message.content else []
        made: dict[str, Any] = {"role": message.role, "parts": text}
        if message.calls:
            made["parts"] += [self.call(call) for call in message.calls]
            made["tool_calls"] = chat(message)["tool_calls"]
        if message.answers:
            made["tool_call_id"] = message.answers
        return made

    def write(self, node: Node, span: Span) -> None:
        """A call in an answer has no part: it stands in Traceloop's old keys, without an id, and stays there."""
        super().write(node, span)
        for message in node.answer:
            if message.calls:
                span.attributes[OUT] = dumps([{"role": "assistant", "parts": [], "finish_reason": "tool_calls"}])
                prefix = "gen_ai.completion.0.function_call"
                span.attributes[f"{prefix}.name"] = message.calls[0].name
                span.attributes[f"{prefix}.arguments"] = dumps(message.calls[0].arguments)
        span.attributes["gen_ai.response.finish_reasons"] = dumps(["stop"])


class LangfuseOfLiteLLM(Langfuse):
    """LiteLLM to Langfuse: a call in an answer is an item of the Responses API."""

    name = "langfuse_litellm"
    can = frozenset({"history"})

    def llm(self, node: Node, span: Span) -> None:
        """A generation."""
        super().llm(node, span)
        if node.words and node.answer and node.answer[-1].calls and not node.answer[-1].content:
            items = [
                {"type": "function_call", "name": c.name, "call_id": c.id, "arguments": c.arguments}
                for c in node.answer[-1].calls
            ]
            span.attributes["langfuse.observation.output"] = dumps(items)


class LangfuseOfLangChain(Langfuse):
    """Langfuse's LangChain handler: tool definitions stand in the input, as messages of role `tool`."""

    name = "langfuse_langchain"
    can = frozenset({"history"})

    def llm(self, node: Node, span: Span) -> None:
        """A generation."""
        super().llm(node, span)
        if node.words:
            given = [*([Message("system", node.system)] if node.system else []), *node.request]
            definition = {"name": "get_weather", "description": "Look up the weather.", "parameters": {}}
            tool = {"role": "tool", "content": {"type": "function", "function": definition}}
            span.attributes["langfuse.observation.input"] = dumps([*(chat(m) for m in given), tool])


class Genkit(Dialect):
    """Genkit: `generate` above the model's span says the same."""

    name = "genkit"
    can = frozenset({"history", "app-session"})
    scope = "genkit-tracer"

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """The model's span and `generate`."""
        found = super().spans(node, talk)
        if node.kind == "llm":
            model = found[0]
            above = Span(node.trace, f"{int(node.id, 16) ^ 8:016x}", "generate", node.parent)
            model.parent_id = above.span_id
            above.start_ns, above.end_ns, above.resource = model.start_ns, model.end_ns, model.resource
            above.scope = self.scope
            above.attributes = {**model.attributes, "genkit:name": "generate", "genkit:metadata:subtype": "util"}
            found.append(above)
        return found

    def llm(self, node: Node, span: Span) -> None:
        """A model's span."""
        span.name, span.kind = "googleai/gemini-2.5-flash", 1
        span.attributes |= {"genkit:name": span.name, "genkit:type": "action", "genkit:metadata:subtype": "model"}
        if node.words:
            given = [*([Message("system", node.system)] if node.system else []), *node.request]
            request = {"messages": [self.message(m) for m in given], "tools": [], "config": {}}
            span.attributes["genkit:input"] = dumps(request)
            if node.answer:
                response = {"message": self.message(node.answer[-1]), "finishReason": "stop"}
                span.attributes["genkit:output"] = dumps(response)

    def message(self, message: Message) -> dict[str, Any]:
        """A message whose role is `model` where the assistant speaks."""
        if message.role == "tool":
            part = {"toolResponse": {"ref": message.answers, "name": message.name, "output": message.content}}
            return {"role": "tool", "content": [part]}
        parts: list[dict[str, Any]] = [{"text": message.content}] if message.content else []
        parts += [{"toolRequest": {"ref": c.id, "name": c.name, "input": c.arguments}} for c in message.calls]
        return {"role": "model" if message.role == "assistant" else message.role, "content": parts}


class Mastra(GenAIAgent):
    """Mastra: the chat's span has only the answer, the user's words stand on the agent's."""

    name = "mastra"
    scope = "@mastra/otel"
    session_key = "mastra.metadata.threadId"
    user_key = "mastra.metadata.userId"

    def agent(self, node: Node, span: Span) -> None:
        """The run: what it was given and what it said."""
        span.name = f"invoke_agent {node.agent}"
        span.attributes |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": node.agent}
        span.attributes["mastra.span.type"] = "agent_run"
        span.attributes["mastra.agent_run.input"] = dumps([chat(m) for m in node.request])
        span.attributes["mastra.agent_run.output"] = dumps({"text": node.answer[-1].content if node.answer else ""})

    def llm(self, node: Node, span: Span) -> None:
        """The answer alone; where it called a tool, an empty text."""
        super().llm(node, span)
        span.attributes.pop(IN, None)
        span.attributes["gen_ai.system_instructions"] = node.system
        if node.answer and node.answer[0].calls:
            part = {"type": "text", "content": ""}
            span.attributes[OUT] = dumps([{"role": "assistant", "parts": [part], "finish_reason": "tool_call"}])


class OpenInferenceGoogle(OpenInference):
    """OpenInference for Google GenAI: role `model`; a call in an answer has no id, the next input has it."""

    name = "openinference_google"
    recording = None
    scope = "openinference.instrumentation.google_genai"

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """Indexed keys."""
        super().flat(prefix, message, span)
        if message.role == "assistant":
            span.attributes[f"{prefix}.role"] = "model"
        if "output" in prefix:
            for at in range(len(message.calls)):
                span.attributes.pop(f"{prefix}.tool_calls.{at}.tool_call.id")

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """Not written."""


class OpenInferenceLiteLLM(OpenInference):
    """OpenInference for LiteLLM: a tool's message does not say which call it answers."""

    name = "openinference_litellm"
    recording = None
    scope = "openinference.instrumentation.litellm"

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """Indexed keys."""
        super().flat(prefix, message, span)
        span.attributes.pop(f"{prefix}.tool_call_id", None)

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """The messages, and the answer's text."""
        span.attributes |= {
            "input.value": dumps({"messages": [chat(m) for m in given]}),
            "input.mime_type": "application/json",
        }
        span.attributes["output.value"] = node.answer[-1].content if node.answer else ""


class OpenInferenceVercel(OpenInference):
    """OpenInference for Vercel: empty values make phantom calls on user messages; arguments are encoded twice."""

    name = "openinference_vercel"
    recording = None
    scope = "ai"

    def flat(self, prefix: str, message: Message, span: Span) -> None:
        """Indexed keys, with what an AnyValue without a value leaves."""
        super().flat(prefix, message, span)
        for at, call in enumerate(message.calls):
            twice = dumps(dumps(call.arguments))
            span.attributes[f"{prefix}.tool_calls.{at}.tool_call.function.arguments"] = twice
        if message.role == "user" and "input" in prefix:
            for key in ("id", "function.name", "function.arguments"):
                span.attributes[f"{prefix}.tool_calls.0.tool_call.{key}"] = None
        if message.role == "tool":
            span.attributes[f"{prefix}.content"] = dumps({"type": "text", "value": message.content})

    def raw(self, node: Node, given: list[Message], span: Span) -> None:
        """The SDK's own attribute."""
        span.attributes["ai.operationId"] = "ai.generateText.doGenerate"


class LogfireAgents(Dialect):
    """Logfire over the OpenAI Agents SDK: events on the response's span, the session on the trace's."""

    name = "logfire_agents"
    can = frozenset({"history", "app-session"})
    scope = "logfire.openai_agents"

    def identify(self, node: Node, span: Span) -> None:
        """`group_id` on the workflow's span."""
        if node.kind == "app" and node.session:
            span.name, span.scope = "OpenAI Agents trace: Agent workflow", self.scope
            span.attributes |= {"group_id": node.session, "agent_trace_id": f"trace_{node.trace}"}

    def app(self, node: Node, span: Span) -> None:
        """The workflow."""

    def llm(self, node: Node, span: Span) -> None:
        """A response."""
        span.name, span.kind = "Responses API with {gen_ai.request.model!r}", 1
        span.attributes |= {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
        if not node.words:
            return
        given = [*([Message("system", node.system)] if node.system else []), *node.request]
        events = [self.event(m) for m in given]
        events += [{**self.event(m), "event.name": "gen_ai.choice"} for m in node.answer]
        for one, message in zip(events[len(given) :], node.answer, strict=True):
            body = {key: one.pop(key) for key in ("role", "content", "tool_calls") if key in one}
            one |= {"index": 0, "message": body} if message else {}
        span.attributes["events"] = dumps(events)

    def event(self, message: Message) -> dict[str, Any]:
        """One message."""
        if message.role == "tool":
            return {
                "event.name": "gen_ai.tool.message",
                "role": "tool",
                "id": message.answers,
                "content": message.content,
            }
        return {"event.name": f"gen_ai.{message.role}.message", **chat(message)}


class Botocore(GenAI):
    """Bedrock through botocore: content only in log events, nothing on the span."""

    name = "botocore"
    recording = None
    lossy: ClassVar[bool] = True

    def write(self, node: Node, span: Span) -> None:
        """Nothing."""


EMITTERS: dict[str, Dialect] = {
    one.name: one
    for one in (
        WithoutParts(),
        LiteLLMProxy(),
        LiteLLMCallback(),
        LangfuseOfLiteLLM(),
        LangfuseOfLangChain(),
        Genkit(),
        Mastra(),
        OpenInferenceGoogle(),
        OpenInferenceLiteLLM(),
        OpenInferenceVercel(),
        LogfireAgents(),
        Botocore(),
    )
}
