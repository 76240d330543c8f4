"""A conversation with everything in it that a format has to show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracefetch.models import Conversation, Part, Thread, TokenUsage, ToolCall, Turn, doubt, loss, note


def at(minute: int, second: int) -> datetime:
    return datetime(2026, 8, 12, 14, minute, second, tzinfo=UTC)


@pytest.fixture
def talk() -> Conversation:
    return Conversation(
        id="sess-alpha",
        session_id="sess-alpha",
        trace_ids=("a" * 32, "b" * 32),
        services=("travel-agent",),
        user="user-ann",
        start=at(3, 22),
        end=at(4, 1),
        usage=TokenUsage(total=1234),
        turns=(
            Turn(number="0.1", role="system", content="You are a concise travel assistant."),
            Turn(number="1", role="user", content="What is the weather\nin Paris?", timestamp=at(3, 22)),
            Turn(
                number="1.1",
                role="assistant",
                tool_calls=(
                    ToolCall(id="call_1", name="get_weather", arguments={"city": "Paris"}),
                    ToolCall(id="call_2", name="research", arguments="not json", thread="t1"),
                ),
                timestamp=at(3, 23),
                model="gpt-4o-mini",
                duration_seconds=0.84,
            ),
            Turn(number="1.2", role="tool", tool_name="get_weather", tool_call_id="call_1", content='{"temp_c": 18}'),
            Turn(number="1.3", role="tool", tool_name="research", tool_call_id="call_2", content="rainy", error="slow"),
            Turn(
                number="2",
                role="assistant",
                content='It is 18 °C and "cloudy".',
                parts=(Part(type="reasoning", text="Look it up."),),
                timestamp=at(4, 1),
            ),
        ),
        threads=(
            Thread(
                id="t1",
                kind="sub-agent",
                name="researcher",
                turn="1.1",
                tool_call_id="call_2",
                turns=(Turn(role="user", content="weather?"), Turn(role="assistant", content="rainy")),
            ),
            Thread(id="s1", kind="side-call", name="title", turns=(Turn(role="assistant", content="Paris trip"),)),
        ),
        evidence=(
            loss("attribute-cut", "An attribute was cut.", spans=("1",)),
            loss("attribute-cut", "Another was cut.", spans=("2",)),
            doubt("order", "Two traces overlap."),
            note("window", "7 days"),
        ),
    )
