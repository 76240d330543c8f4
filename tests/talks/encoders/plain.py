"""The plain forms: an application that writes its own attributes, one span per turn or per message."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from tests.talks.encoders.base import Dialect, dumps
from tests.talks.truth import Message, Node, Talk
from tracefetch.models import Span


class PlainTurns(Dialect):
    """`llm.request.prompt` and `llm.response.content` on a span per turn, tools below."""

    name = "plain_turns"
    can = frozenset({"turns", "numbers", "tool-spans"})
    recording = "custom_turns"
    kinds: ClassVar[dict[str, str]] = {"llm": "conversation.turn", "tool": "tool.call"}
    content = ("conversation.", "llm.request.prompt", "llm.request.system_prompt", "llm.response.content", "tool.")
    scope = "my.chatbot"
    session_key = "conversation.session_id"
    user_key = "conversation.user_id"

    def identify(self, node: Node, span: Span) -> None:
        """As always, but the tool's span carries nothing."""
        if node.kind != "tool":
            super().identify(node, span)
        if node.turn is not None:
            span.attributes["conversation.turn_number"] = node.turn

    def llm(self, node: Node, span: Span) -> None:
        """The turn: what was asked and what was answered."""
        if not node.words:
            return
        span.attributes["llm.request.system_prompt"] = node.system or ""
        span.attributes["llm.request.prompt"] = node.request[-1].content if node.request else ""
        if node.answer:
            span.attributes["llm.response.content"] = node.answer[0].content

    def tool(self, node: Node, span: Span) -> None:
        """A call and its result."""
        span.name = "tool.call"
        if node.tool and node.words:
            span.attributes |= {"tool.name": node.tool.name, "tool.call.id": node.tool.id}
            span.attributes |= {"tool.arguments": dumps(node.tool.arguments), "tool.result": node.result}


class PlainMessages(PlainTurns):
    """A span per message, with its role; the turn's span holds no words."""

    name = "plain_messages"
    recording = "custom_messages"
    kinds: ClassVar[dict[str, str]] = {
        "llm": "conversation.turn",
        "tool": "tool.call",
        "message": "conversation.message",
    }

    def spans(self, node: Node, talk: Talk) -> list[Span]:
        """The turn's span, and below it one for each message that user, assistant or system said."""
        found = super().spans(node, talk)
        if node.kind != "llm" or not node.words:
            return found
        said = node.said or (*node.request[-1:], *node.answer)
        spoken = [m for m in said if m.content and m.role in ("user", "assistant")]
        if node.turn in (None, 1) and node.system:
            spoken.insert(0, Message("system", node.system))
        return found + [self._message(node, message, at, talk) for at, message in enumerate(spoken)]

    def llm(self, node: Node, span: Span) -> None:
        """The turn's span: no words."""

    def _message(self, node: Node, message: Message, at: int, talk: Talk) -> Span:
        when = node.end if message.role == "assistant" else node.start + at / 1e6
        ident = f"{int(node.id, 16) ^ (at + 1):016x}"
        part = replace(node, kind="app", name="conversation.message", id=ident, parent=node.id, error=None)
        part.start = part.end = when
        span = super().spans(part, talk)[0]
        span.kind, span.scope, span.attributes = 1, self.scope, {}
        self.identify(replace(part, kind="llm"), span)
        span.attributes |= {"conversation.role": message.role, "conversation.content": message.content}
        return span
