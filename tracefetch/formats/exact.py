"""A conversation as JSON, exact; the schema is docs/conversation.schema.json."""

from __future__ import annotations

import json
from typing import Any

from tracefetch.models import Conversation, View


def exact_document(conversation: Conversation, view: View = "all") -> dict[str, Any]:
    """The whole conversation as JSON values; the view `dialogue` leaves out the other turns and the threads."""
    if view == "dialogue":
        conversation = conversation.model_copy(update={"turns": conversation.dialogue, "threads": ()})
    return conversation.model_dump(mode="json")


def schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of what `exact_document` returns."""
    return Conversation.model_json_schema(mode="serialization")


def schema_text() -> str:
    """The schema as it stands in docs/conversation.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
