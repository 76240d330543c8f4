"""Agent frameworks that write GenAI messages on the agent's span and on the model calls below it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.encoders.genai import IN, OUT, GenAI, GenAIAgent
from tests.talks.encoders.openinference import chat
from tests.talks.truth import Message, Node
from tracefetch.models import Span


class AgentFramework(GenAIAgent):
    """Microsoft's: no session of its own, so it stands on the application's span."""

    name = "agent_framework"
    can = frozenset({"history", "agent", "tool-spans", "app-session"})
    recording = "agent_framework_agent"
    scope = "agent_framework"

    def agent(self, node: Node, span: Span) -> None:
        """Answers have no finish reason here."""
        super().agent(node, span)
        if OUT in span.attributes:
            span.attributes[OUT] = dumps([{**one, "finish_reason": None} for one in json.loads(span.attributes[OUT])])
            span.attributes[OUT] = span.attributes[OUT].replace(', "finish_reason": null', "")


class OtelOpenAI(GenAI):
    """opentelemetry-instrumentation-openai-v2: no session of its own."""

    name = "otel_openai_v2"
    can = frozenset({"history", "app-session"})
    recording = "otel_openai_v2"
    scope = "opentelemetry.util.genai.handler"
    nulls: ClassVar[dict[str, Any]] = {}


class PydanticAI(GenAIAgent):
    """Pydantic AI 2: results sit under role `user`; the agent's span holds all messages."""

    name = "pydantic_ai"
    can = frozenset({"history", "agent", "agent-history", "tool-spans"})
    recording = "pydantic_ai_agent"
    content = (*GenAIAgent.content, "pydantic_ai.", "final_result", "model_request_parameters", "gen_ai.agent.call.id")
    noise = r"model_request_parameters|gen_ai.agent.call.id"
    scope = "pydantic-ai"
    result_key = "result"
    result_role = "user"

    def message(self, message: Message) -> dict[str, Any]:
        """Results carry the tool's name; earlier answers their finish reason."""
        made = super().message(message)
        if message.role == "tool":
            made["parts"][0]["name"] = message.name
        elif message.role == "assistant":
            made["finish_reason"] = "tool_call" if message.calls else "stop"
        return made

    def agent(self, node: Node, span: Span) -> None:
        """The run: every message up to its end, and where the new ones begin."""
        super().agent(node, span)
        found = [span.attributes.pop(key, None) for key in (IN, OUT)]
        if found[0] is None:
            return
        span.attributes.pop("gen_ai.response.finish_reasons", None)
        messages = [*self.split(node.request), *self.split(node.answer)]
        span.attributes["pydantic_ai.all_messages"] = dumps([self.message(m) for m in messages])
        if len(node.request) > 1:
            span.attributes["pydantic_ai.new_message_index"] = len(node.request) - 1
        if node.answer:
            span.attributes["final_result"] = node.answer[-1].content


class PydanticAIOld(Dialect):
    """Pydantic AI 1.0: JSON lists of events."""

    name = "pydantic_ai_v1"
    can = frozenset({"history", "agent", "agent-history", "tool-spans", "app-session"})
    recording = "pydantic_ai_agent_v1"
    kinds: ClassVar[dict[str, str]] = {"llm": "chat .*", "agent": "agent run", "tool": "running tool"}
    content = ("events", "all_messages_events", "final_result", "tool_arguments", "tool_response", "gen_ai.tool.")
    scope = "pydantic-ai"

    def llm(self, node: Node, span: Span) -> None:
        """A model call: its request's messages and its choice."""
        span.name, span.kind = "chat gpt-4o-mini", 1
        span.attributes["gen_ai.operation.name"] = "chat"
        if not node.words:
            return
        events = self.events([*_system(node), *self.split(node.request)], {"gen_ai.system": "openai"})
        for message in node.answer:
            body = {"index": 0, "message": self.body(message)}
            events.append({**body, "gen_ai.system": "openai", "event.name": "gen_ai.choice"})
        span.attributes["events"] = dumps(events)

    def agent(self, node: Node, span: Span) -> None:
        """The run: every message up to its end."""
        span.name = "agent run"
        span.attributes |= {"agent_name": node.agent, "gen_ai.agent.name": node.agent}
        if node.words:
            messages = [*_system(node), *self.split(node.request), *self.split(node.answer)]
            span.attributes["all_messages_events"] = dumps(self.events(messages, {}))
            span.attributes["final_result"] = node.answer[-1].content if node.answer else ""

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run."""
        assert node.tool is not None
        span.name = "running tool"
        span.attributes |= {"gen_ai.tool.name": node.tool.name, "gen_ai.tool.call.id": node.tool.id}
        span.attributes |= {"logfire.msg": f"running tool: {node.tool.name}"}
        if node.words:
            span.attributes |= {"tool_arguments": dumps(node.tool.arguments), "tool_response": node.result}

    def events(self, messages: list[Message], more: dict[str, Any]) -> list[dict[str, Any]]:
        """Messages as events; all but the system's are counted."""
        found, at = [], 0
        for message in messages:
            index = {} if message.role == "system" else {"gen_ai.message.index": at}
            at += message.role != "system"
            found.append({**self.body(message), **more, **index, "event.name": f"gen_ai.{message.role}.message"})
        return found

    def body(self, message: Message) -> dict[str, Any]:
        """One message."""
        if message.role == "tool":
            return {"content": message.content, "role": "tool", "id": message.answers, "name": message.name}
        made = chat(message)
        if message.calls:
            functions = made["tool_calls"]
            made["tool_calls"] = [{"id": f["id"], "type": "function", "function": f["function"]} for f in functions]
        return made


class Vercel7(GenAIAgent):
    """AI SDK 7 with @ai-sdk/otel: the session stands on agent and step spans only."""

    name = "vercel_ai_7"
    recording = None
    scope = "@ai-sdk/otel"
    session_key = "ai.settings.context.sessionId"
    user_key = "ai.settings.context.userId"
    as_text = False

    def identify(self, node: Node, span: Span) -> None:
        """Model calls carry nothing where an agent's span stands above."""
        if node.kind != "llm" or node.parent is None:
            super().identify(node, span)


class GoogleADK(GenAIAgent):
    """Google ADK, its GenAI form: results are wrapped and sit under role `user`."""

    name = "google_adk"
    recording = None
    scope = "gcp.vertex.agent"
    result_role = "user"
    as_text = False

    def result(self, message: Message) -> Any:
        """`{"result": …}`."""
        return {"result": message.content}

    def llm(self, node: Node, span: Span) -> None:
        """Named by another operation."""
        super().llm(node, span)
        span.name = "generate_content gpt-4o-mini"
        span.attributes["gen_ai.operation.name"] = "generate_content"


def _system(node: Node) -> list[Message]:
    return [Message("system", node.system)] if node.system else []
