"""The conversation that tracefetch hands back: turns, threads, evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tracefetch.models.evidence import Evidence, Severity

SCHEMA_VERSION = 1

Role = Literal["system", "user", "assistant", "tool"]
View = Literal["dialogue", "all", "threads"]


class TokenUsage(BaseModel):
    """Tokens as the instrumentation recorded them; None where it did not."""

    model_config = ConfigDict(frozen=True)

    input: int | None = None
    output: int | None = None
    total: int | None = None


class ToolCall(BaseModel):
    """A call that the assistant asked for.

    Attributes:
        id: as recorded, made unique within the conversation; None where none was recorded.
        arguments: the JSON value, or the text where it is not JSON.
        thread: the id of the sub-agent's thread that this call started.
    """

    model_config = ConfigDict(frozen=True)

    id: str | None = None
    name: str
    arguments: Any = None
    thread: str | None = None


class Part(BaseModel):
    """Content that is not plain text: reasoning, an image, a file, a reference."""

    model_config = ConfigDict(frozen=True)

    type: str
    text: str | None = None
    mime_type: str | None = None
    uri: str | None = None
    data: Any = None


class Turn(BaseModel):
    """One message.

    Attributes:
        number: dialogue turns are "1", "2", "3"; what lies between reads "2.1", "2.2".
        timestamp: UTC. user: start of the call whose request it ends; assistant: end of the
            call that said it; None where only a later call's history holds it.
        duration_seconds: of the call that said it (assistant), of the tool's span (tool).
        tool_call_id: on a tool's result, the id of the call it answers.
        error: the failure of the call or the tool, as recorded.
        from_history: known only from a later call's history.
        is_cut: the text ends where a length limit cut it; the evidence has the span.
    """

    model_config = ConfigDict(frozen=True)

    number: str = ""
    role: Role
    content: str = ""
    parts: tuple[Part, ...] = ()
    timestamp: datetime | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    tool_name: str | None = None
    model: str | None = None
    usage: TokenUsage | None = None
    duration_seconds: float | None = None
    error: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    from_history: bool = False
    is_cut: bool = False

    @property
    def is_dialogue(self) -> bool:
        """What user and assistant said: no system, no tools, no message that only calls tools."""
        if self.role == "user":
            return True
        return self.role == "assistant" and (bool(self.content.strip()) or not self.tool_calls)


class Thread(BaseModel):
    """A talk beside the main one: a sub-agent's, or a side call such as a title or a guard.

    Attributes:
        turn: the number of the main talk's turn that started it, where that is known.
        tool_call_id: the call that started it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Literal["sub-agent", "side-call"]
    name: str | None = None
    turn: str | None = None
    tool_call_id: str | None = None
    turns: tuple[Turn, ...] = ()


class Conversation(BaseModel):
    """One conversation, as it was spoken, and what is known to be missing.

    Attributes:
        id: the session id, else the trace id.
        start, end: UTC, of the calls that spoke.
        status: "error" if a span of its traces failed.
        metadata: root and resource attributes that no map consumed, bounded.
        usage: summed over calls, each counted once.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: int = SCHEMA_VERSION
    id: str
    session_id: str | None = None
    trace_ids: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    user: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    status: Literal["ok", "error"] = "ok"
    usage: TokenUsage | None = None
    duration_seconds: float | None = None
    turns: tuple[Turn, ...] = ()
    threads: tuple[Thread, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def all(self) -> tuple[Turn, ...]:
        """Every turn of the main talk."""
        return self.turns

    @property
    def dialogue(self) -> tuple[Turn, ...]:
        """What user and assistant said; numbered 1, 2, 3."""
        return tuple(turn for turn in self.turns if turn.is_dialogue)

    @property
    def losses(self) -> tuple[Evidence, ...]:
        """Evidence that words are missing."""
        return tuple(item for item in self.evidence if item.severity is Severity.LOSS)

    @property
    def doubts(self) -> tuple[Evidence, ...]:
        """Evidence that order, owner or completeness was guessed."""
        return tuple(item for item in self.evidence if item.severity is Severity.DOUBT)

    @property
    def is_complete(self) -> bool:
        """Neither a loss nor a doubt: the reader may rely on the text."""
        return not self.losses and not self.doubts

    def view(self, name: View) -> tuple[Turn, ...]:
        """The turns of a view; `threads` has the main talk's turns, the threads stand beside."""
        return self.dialogue if name == "dialogue" else self.turns
