"""Conversations to answer with, built by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tracefetch.models import Conversation, TokenUsage, ToolCall, Turn, loss, note

START = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def talk(*turns: Turn, **fields: Any) -> Conversation:
    """A conversation of these turns, else of a question, a tool call, its result and an answer."""
    return Conversation(
        **{
            "id": "sess_123",
            "session_id": "sess_123",
            "trace_ids": ("a" * 32,),
            "start": START,
            "turns": turns or RESET,
            **fields,
        }
    )


def said(*texts: str) -> Conversation:
    """A dialogue, user first."""
    roles = ("user", "assistant")
    return talk(*(Turn(number=str(i + 1), role=roles[i % 2], content=text) for i, text in enumerate(texts)))  # type: ignore[arg-type]


RESET = (
    Turn(number="0.1", role="system", content="Be kind."),
    Turn(number="1", role="user", content="I need a password reset.", timestamp=START),
    Turn(
        number="1.1",
        role="assistant",
        tool_calls=(ToolCall(id="c1", name="send_link", arguments={"to": "ann"}),),
        span_id="1" * 16,
        trace_id="a" * 32,
    ),
    Turn(number="1.2", role="tool", tool_name="send_link", tool_call_id="c1", content="sent"),
    Turn(
        number="2",
        role="assistant",
        content="Check your mail.",
        timestamp=START.replace(second=3),
        model="m-1",
        usage=TokenUsage(input=20, output=5, total=25),
        duration_seconds=1.25,
        span_id="2" * 16,
        trace_id="a" * 32,
    ),
)

CUT = loss("attribute-cut", "an attribute was cut at 2048 bytes", spans=("2" * 16,))
WINDOW = note("window", "searched 7 days")
