"""`Message`: one message as a span holds it, whatever dialect it was written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tracefetch.models import Part, Span

MessageRole = Literal["system", "user", "assistant", "tool"]

HIDDEN = "__REDACTED__"

ROLES: dict[str, MessageRole] = {
    "system": "system", "developer": "system", "systemmessage": "system",
    "user": "user", "human": "user", "humanmessage": "user", "input": "user",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "aimessage": "assistant",
    "aimessagechunk": "assistant", "bot": "assistant", "agent": "assistant", "chatbot": "assistant",
    "tool-call": "assistant", "tool_call": "assistant",
    "tool": "tool", "function": "tool", "toolmessage": "tool", "tool-response": "tool", "tool_response": "tool",
    "ipython": "tool", "observation": "tool", "toolresult": "tool",
}  # fmt: skip


def role_of(value: object) -> MessageRole | None:
    """The role that a dialect's word means; None for a word that means none."""
    return ROLES.get(value.rsplit(".", 1)[-1].strip().lower()) if isinstance(value, str) else None


@dataclass(slots=True)
class CallPart:
    """A tool call that the assistant asked for; `arguments` a JSON value or a text."""

    name: str
    arguments: Any = None
    id: str | None = None


@dataclass(slots=True)
class ResultPart:
    """What a tool answered, as text; JSON where the tool gave a value."""

    content: str
    id: str | None = None
    name: str | None = None
    error: bool = False


@dataclass(slots=True)
class Message:
    """One message.

    Attributes:
        parts: content that is not plain text, such as reasoning or images.
        output: what the call answered, where a list holds request and answer together.
        hidden: the operator's instrumentation replaced the text.
        cut: the text ends where a limit cut it.
        others: how many other choices the request had; they were never said.
        time_ns: when it was said, where the message has a span of its own: `span`.
    """

    role: MessageRole
    text: str = ""
    calls: list[CallPart] = field(default_factory=list)
    results: list[ResultPart] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    name: str | None = None
    output: bool = False
    hidden: bool = False
    cut: bool = False
    others: int = 0
    time_ns: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """Neither text nor calls, results or parts."""
        return not (self.text or self.calls or self.results or self.parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why words of a span are missing; `kind` as in `Evidence.kind`.

    `tail`: a list breaks off, so that whole messages may be missing after its last one.
    """

    kind: str
    attribute: str
    detail: str = ""
    tail: bool = False
