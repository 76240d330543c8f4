"""Google ADK's older form: Gemini's request and response as JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.truth import Message, Node, Talk
from tracefetch.models import Span

PREFIX = "gcp.vertex.agent."


class GoogleADKOld(Dialect):
    """`llm_request` and `llm_response` on `call_llm`; a second span below it holds no words."""

    name = "google_adk_legacy"
    can = frozenset({"history", "tool-spans"})
    recording = "google_adk_agent_legacy"
    kinds: ClassVar[dict[str, str]] = {"llm": "call_llm", "tool": "execute_tool .*", "inner": "generate_content .*"}
    content = (
        *(PREFIX + "llm_", PREFIX + "tool_", PREFIX + "session_id", PREFIX + "event_id", PREFIX + "invocation_id"),
        *("gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.conversation.id"),
    )
    noise = r"event_id|invocation_id|usage_metadata|model_version|partial|config/(tools|labels)"
    scope = "gcp.vertex.agent"
    session_key = PREFIX + "session_id"
    user_key = ""

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """A model call is written twice."""
        found = super().spans(node, talk)
        if node.kind == "llm":
            outer = found[0]
            inner = Span(node.trace, f"{int(node.id, 16) ^ 1:016x}", "generate_content openai/gpt-4o-mini", node.id)
            inner.start_ns, inner.end_ns, inner.resource = outer.start_ns, outer.end_ns, outer.resource
            inner.attributes, inner.scope, inner.kind = dict(self.incidental("inner")), self.scope, 1
            if node.session:
                inner.attributes["gen_ai.conversation.id"] = node.session
            found.append(inner)
        return found

    def llm(self, node: Node, span: Span) -> None:
        """Gemini's JSON."""
        span.name, span.kind = "call_llm", 1
        if not node.words:
            return
        contents = [content(m) for m in self.split(node.request)]
        config = {"system_instruction": node.system} if node.system else {}
        request = {"model": "openai/gpt-4o-mini", "config": config, "contents": contents}
        span.attributes[PREFIX + "llm_request"] = dumps(request)
        if node.answer:
            response = {"content": content(node.answer[-1]), "finish_reason": "STOP"}
            span.attributes[PREFIX + "llm_response"] = dumps(response)

    def tool(self, node: Node, span: Span) -> None:
        """A tool's run; its model request and response are `{}`."""
        assert node.tool is not None
        span.name = f"execute_tool {node.tool.name}"
        span.attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": node.tool.name}
        span.attributes |= {
            "gen_ai.tool.call.id": node.tool.id,
            PREFIX + "llm_request": "{}",
            PREFIX + "llm_response": "{}",
        }
        span.attributes.pop(PREFIX + "session_id", None)
        if node.words:
            span.attributes[PREFIX + "tool_call_args"] = dumps(node.tool.arguments)
            span.attributes[PREFIX + "tool_response"] = dumps({"result": node.result})


def content(message: Message) -> dict[str, Any]:
    """A message in Gemini's form; what the assistant says is the model's."""
    if message.role == "tool":
        response = {"id": message.answers, "name": message.name, "response": {"result": message.content}}
        return {"parts": [{"function_response": response}], "role": "user"}
    parts: list[dict[str, Any]] = [{"text": message.content}] if message.content else []
    parts += [{"function_call": {"id": c.id, "args": c.arguments, "name": c.name}} for c in message.calls]
    return {"parts": parts, "role": "model" if message.role == "assistant" else message.role}
