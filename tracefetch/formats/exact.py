"""A conversation as JSON, exact; the schema is docs/conversation.schema.json."""

from __future__ import annotations

import base64
import json
from typing import Any

from tracefetch.models import Conversation, View

# pydantic serializes no deeper than 255, and readers have limits too; a value below this is given as its JSON text.
DEEPEST = 100


def exact_document(conversation: Conversation, view: View = "all") -> dict[str, Any]:
    """The whole conversation as JSON values; the view `dialogue` leaves out the other turns and the threads.

    What JSON has no form for: bytes are base64, not-a-number and the infinities are null, and what is
    nested deeper than DEEPEST is its JSON text.
    """
    if view == "dialogue":
        conversation = conversation.model_copy(update={"turns": conversation.dialogue, "threads": ()})
    try:
        return conversation.model_dump(mode="json")
    except ValueError:
        return _plain(conversation).model_dump(mode="json")


def schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of what `exact_document` returns."""
    return Conversation.model_json_schema(mode="serialization")


def schema_text() -> str:
    """The schema as it stands in docs/conversation.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(conversation: Conversation) -> Conversation:
    turns = tuple(_plain_turn(turn) for turn in conversation.turns)
    threads = tuple(
        thread.model_copy(update={"turns": tuple(_plain_turn(turn) for turn in thread.turns)})
        for thread in conversation.threads
    )
    metadata = _plain_value(conversation.metadata)
    return conversation.model_copy(update={"turns": turns, "threads": threads, "metadata": metadata})


def _plain_turn(turn: Any) -> Any:
    calls = [call.model_copy(update={"arguments": _plain_value(call.arguments)}) for call in turn.tool_calls]
    parts = [part.model_copy(update={"data": _plain_value(part.data)}) for part in turn.parts]
    return turn.model_copy(update={"tool_calls": tuple(calls), "parts": tuple(parts)})


def _plain_value(value: Any, depth: int = 0) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if not isinstance(value, dict | list | tuple):
        return value
    if depth >= DEEPEST:
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, dict):
        return {str(key): _plain_value(item, depth + 1) for key, item in value.items()}
    return [_plain_value(item, depth + 1) for item in value]
