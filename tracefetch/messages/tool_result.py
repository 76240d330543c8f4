"""What a tool's span says that the tool answered, out of a framework's wrapping."""

from __future__ import annotations

from typing import Any

from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse
from tracefetch.messages.parts import content_text
from tracefetch.messages.shapes import messages_from


def tool_result(value: Any) -> tuple[str, str | None]:
    """The answer's text, and the id of its call where the wrapping names it."""
    data = value
    if isinstance(value, str) and looks_like_json(value):
        try:
            data = parse(value)
        except UnreadableError:
            return value, None
    if isinstance(data, str):
        return data, None
    for message in messages_from(data, "tool"):
        for result in message.results:
            return result.content, result.id
    if isinstance(data, list) and data and all(isinstance(item, dict) and "text" in item for item in data):
        return content_text(data), None
    return (value, None) if isinstance(value, str) else (content_text(data), None)
