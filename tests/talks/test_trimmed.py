"""Real instrumentations' spans whose requests hold no history, or only the end of it, come back whole."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.talks.encoders.base import recorded
from tests.talks.reader import read
from tests.talks.test_recordings import EXPECT, TRUTH, got, want
from tests.talks.truth import ground_truth

NAMES = (
    "openinference_openai",
    "openinference_openai_stream",
    "traceloop_openai",
    "traceloop_openai_old",
    "genai_openai",
)
Message = dict[str, Any]


def _kept(messages: list[Message], turns: int, role: Callable[[Message], object]) -> list[Message]:
    """The system prompt, and what follows the last so many of the user's messages."""
    system = [message for message in messages if role(message) == "system"]
    rest = [message for message in messages if role(message) != "system"]
    asked = [place for place, message in enumerate(rest) if role(message) == "user"]
    return system + rest[asked[-turns] if len(asked) >= turns else 0 :]


def _trim_indexed(attributes: dict[str, Any], prefix: str, role_key: str, turns: int) -> None:
    messages: dict[int, Message] = {}
    for name in [name for name in attributes if name.startswith(prefix)]:
        place, field = name[len(prefix) :].split(".", 1)
        messages.setdefault(int(place), {})[field] = attributes.pop(name)
    listed = [messages[place] for place in sorted(messages)]
    for place, message in enumerate(_kept(listed, turns, lambda one: one.get(role_key))):
        attributes |= {f"{prefix}{place}.{field}": value for field, value in message.items()}


def _trim(attributes: dict[str, Any], turns: int) -> None:
    attributes.pop("input.value", None)
    _trim_indexed(attributes, "llm.input_messages.", "message.role", turns)
    _trim_indexed(attributes, "gen_ai.prompt.", "role", turns)
    if "gen_ai.input.messages" in attributes:
        messages = _kept(json.loads(attributes["gen_ai.input.messages"]), turns, lambda one: one["role"])
        attributes["gen_ai.input.messages"] = json.dumps(messages)


@pytest.mark.parametrize("turns", [1, 2], ids=["no history", "the turn before"])
@pytest.mark.parametrize("name", NAMES)
def test_a_trimmed_history_costs_nothing(name: str, turns: int) -> None:
    """Each request with its own turn, and with the one before: the whole talk, and no alarm."""
    for session in ground_truth(TRUTH):
        spans = copy.deepcopy(list(recorded(name)))
        for span in spans:
            _trim(span.attributes, turns)
        conversation = read(spans, session)
        assert got(conversation) == want(session, EXPECT["default"])
        assert conversation.is_complete, conversation.evidence
