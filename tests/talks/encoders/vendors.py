"""Forms of single vendors: Vercel's AI SDK 6, Langfuse, MLflow, LangSmith."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.encoders.openinference import chat
from tests.talks.truth import Message, Node
from tracefetch.models import Span


def _given(node: Node) -> list[Message]:
    return [*([Message("system", node.system)] if node.system else []), *node.request]


class Vercel6(Dialect):
    """AI SDK 6: the root holds the prompt, each step the messages."""

    name = "vercel_ai"
    can = frozenset({"history", "agent", "agent-history", "tool-spans"})
    recording = "vercel_ai"
    kinds: ClassVar[dict[str, str]] = {"llm": ".*doGenerate", "agent": "ai.generateText", "tool": "ai.toolCall"}
    content = (
        *("ai.prompt.messages", "ai.response.text", "ai.response.toolCalls", "ai.toolCall", "ai.telemetry.metadata"),
        *("ai.prompt", "ai.response.finishReason", "gen_ai.response.finish_reasons"),
    )
    noise = r"ai.prompt.tool"
    scope = "ai"
    session_key = "ai.telemetry.metadata.sessionId"
    user_key = "ai.telemetry.metadata.userId"

    def llm(self, node: Node, span: Span) -> None:
        """One step."""
        span.name, span.kind = "ai.generateText.doGenerate", 1
        span.attributes["ai.operationId"] = span.name
        if node.words:
            span.attributes["ai.prompt.messages"] = dumps([self.message(m) for m in self.split(_given(node))])
            self._answer(node, span)
            span.attributes["gen_ai.response.finish_reasons"] = [span.attributes["ai.response.finishReason"]]

    def agent(self, node: Node, span: Span) -> None:
        """The whole call: prompt in, text out."""
        span.name = span.attributes["ai.operationId"] = "ai.generateText"
        if node.words:
            messages = [self.message(m) for m in self.split(node.request)]
            for message in messages:
                if message["role"] == "user":
                    message["content"] = message["content"][0]["text"]
            span.attributes["ai.prompt"] = dumps({"system": node.system, "messages": messages})
            self._answer(node, span)

    def _answer(self, node: Node, span: Span) -> None:
        last = node.answer[-1] if node.answer else Message("assistant")
        span.attributes["ai.response.finishReason"] = "tool-calls" if last.calls else "stop"
        if last.content:
            span.attributes["ai.response.text"] = last.content
        if last.calls:
            calls = [{"toolCallId": c.id, "toolName": c.name, "input": dumps(c.arguments)} for c in last.calls]
            span.attributes["ai.response.toolCalls"] = dumps(calls)

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = "ai.toolCall"
        span.attributes |= {"ai.operationId": span.name, "ai.toolCall.name": node.tool.name}
        span.attributes["ai.toolCall.id"] = node.tool.id
        if node.words:
            span.attributes["ai.toolCall.args"] = dumps(node.tool.arguments)
            span.attributes["ai.toolCall.result"] = dumps(node.result)

    def message(self, message: Message) -> dict[str, Any]:
        """A model message of the SDK."""
        if message.role == "system":
            return {"role": "system", "content": message.content}
        if message.role == "tool":
            output = {"type": "text", "value": message.content}
            part = {"type": "tool-result", "toolCallId": message.answers, "toolName": message.name, "output": output}
            return {"role": "tool", "content": [part]}
        parts: list[dict[str, Any]] = [{"type": "text", "text": message.content}] if message.content else []
        for call in message.calls:
            part = {"type": "tool-call", "toolCallId": call.id, "toolName": call.name, "input": call.arguments}
            parts.append(part)
        return {"role": message.role, "content": parts}


class Langfuse(Dialect):
    """Langfuse 3 and later: input and output of an observation."""

    name = "langfuse"
    can = frozenset({"history", "agent", "tool-spans"})
    recording = "langfuse_openai"
    kinds: ClassVar[dict[str, str]] = {"llm": "OpenAI-generation", "agent": "travel_agent", "tool": "get_weather"}
    content = ("langfuse.observation.input", "langfuse.observation.output", "session.id", "user.id")
    scope = "langfuse-sdk"

    def llm(self, node: Node, span: Span) -> None:
        """A generation."""
        span.name, span.kind = "OpenAI-generation", 1
        if node.words:
            given = {"tools": [], "messages": [chat(m) for m in self.split(_given(node))]}
            span.attributes["langfuse.observation.input"] = dumps(given)
            if node.answer:
                answer = {"content": None, **chat(node.answer[-1])}
                span.attributes["langfuse.observation.output"] = dumps(answer)

    def agent(self, node: Node, span: Span) -> None:
        """An agent: the user's words, the answer's words."""
        span.name = node.agent or "agent"
        if node.words:
            span.attributes["langfuse.observation.input"] = node.request[-1].content if node.request else ""
            span.attributes["langfuse.observation.output"] = node.answer[-1].content if node.answer else ""

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run, under the tool's name."""
        assert node.tool is not None
        span.name = node.tool.name
        if node.words:
            span.attributes["langfuse.observation.input"] = dumps(node.tool.arguments)
            span.attributes["langfuse.observation.output"] = node.result


class MLflow(Dialect):
    """MLflow's own attributes: every value is JSON; the session stands elsewhere."""

    name = "mlflow"
    can = frozenset({"history", "agent", "agent-history", "tool-spans", "app-session"})
    recording = "mlflow_openai"
    kinds: ClassVar[dict[str, str]] = {"llm": "Completions", "agent": "travel_agent", "tool": "get_weather"}
    content = ("mlflow.spanInputs", "mlflow.spanOutputs")
    noise = r"usage|created|spanInputs/(sid|uid)|: NoneType|/object|logprobs"
    scope = "mlflow.tracing.provider"

    def llm(self, node: Node, span: Span) -> None:
        """A completion."""
        span.name, span.kind = "Completions", 1
        if node.words:
            given = {"model": "gpt-4o-mini", "messages": [chat(m) for m in self.split(_given(node))], "tools": []}
            span.attributes["mlflow.spanInputs"] = dumps(given)
            choices = [
                {"finish_reason": "stop", "index": i, "message": {"content": None, **chat(m)}}
                for i, m in enumerate(node.answer)
            ]
            if choices:
                response = {"id": "chatcmpl-1", "choices": choices, "model": "gpt-4o-mini"}
                span.attributes["mlflow.spanOutputs"] = dumps(response)

    def agent(self, node: Node, span: Span) -> None:
        """A traced function: its arguments and what it returned."""
        span.name = node.agent or "agent"
        if node.words:
            given = {"messages": [chat(m) for m in self.split(_given(node))]}
            span.attributes["mlflow.spanInputs"] = dumps(given)
            span.attributes["mlflow.spanOutputs"] = dumps(node.answer[-1].content if node.answer else None)

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run, under the tool's name."""
        assert node.tool is not None
        span.name = node.tool.name
        span.attributes["mlflow.spanFunctionName"] = dumps(node.tool.name)
        if node.words:
            span.attributes["mlflow.spanInputs"] = dumps(node.tool.arguments)
            span.attributes["mlflow.spanOutputs"] = dumps(node.result)


TYPES = {"system": "SystemMessage", "user": "HumanMessage", "assistant": "AIMessage", "tool": "ToolMessage"}
LANGCHAIN = {"user": "human", "assistant": "ai"}


class LangSmith(Dialect):
    """LangSmith over OTel: LangChain's own JSON in `gen_ai.prompt` and `gen_ai.completion`."""

    name = "langsmith"
    can = frozenset({"history", "tool-spans"})
    recording = "langgraph_langsmith"
    kinds: ClassVar[dict[str, str]] = {"llm": "ChatOpenAI", "tool": "get_weather"}
    content = ("gen_ai.prompt", "gen_ai.completion", "langsmith.metadata.", "gen_ai.tool.name", "gen_ai.tool.call.id")
    noise = (
        r"langsmith.metadata.(?!session_id|user_id)|response_metadata|usage|additional_kwargs|llm_output|logprobs|run:"
    )
    scope = "langsmith"
    session_key = "langsmith.metadata.session_id"
    user_key = "langsmith.metadata.user_id"

    def llm(self, node: Node, span: Span) -> None:
        """A chat model's call."""
        span.name, span.kind = "ChatOpenAI", 1
        if not node.words:
            return
        span.attributes["gen_ai.prompt"] = dumps({"messages": [[self.message(m) for m in self.split(_given(node))]]})
        if node.answer:
            made = {"text": node.answer[-1].content, "generation_info": {"finish_reason": "stop"}}
            message = self.message(node.answer[-1])
            message["kwargs"].pop("name", None)
            made |= {"type": "ChatGeneration", "message": message}
            span.attributes["gen_ai.completion"] = dumps({"generations": [[made]], "type": "LLMResult"})

    def message(self, message: Message) -> dict[str, Any]:
        """A LangChain message, serialised by its constructor."""
        inner: dict[str, Any] = {"content": message.content, "type": LANGCHAIN.get(message.role, message.role)}
        if message.role != "system":
            inner["id"] = f"id-{message.uid}"
        if message.role == "assistant":
            calls = [{"name": c.name, "args": c.arguments, "id": c.id, "type": "tool_call"} for c in message.calls]
            inner |= {"name": "travel_agent", "tool_calls": calls, "invalid_tool_calls": []}
        elif message.role == "tool":
            inner |= {"name": message.name, "tool_call_id": message.answers, "status": "success"}
        kind = ["langchain", "schema", "messages", TYPES[message.role]]
        return {"lc": 1, "type": "constructor", "id": kind, "kwargs": inner}

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = span.attributes["gen_ai.tool.name"] = node.tool.name
        span.attributes["gen_ai.tool.call.id"] = node.tool.id
        if node.words:
            span.attributes["gen_ai.prompt"] = dumps(node.tool.arguments)
            output = {"content": node.result, "type": "tool", "name": node.tool.name, "tool_call_id": node.tool.id}
            span.attributes["gen_ai.completion"] = dumps({"output": {**output, "status": "success"}})
