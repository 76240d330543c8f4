"""Lists as messages: of message objects, of parts and blocks, of items of a response."""

from __future__ import annotations

from typing import Any

from tracefetch.messages.message import Message, MessageRole
from tracefetch.messages.objects import is_definition, is_message, message_of
from tracefetch.messages.parts import add_part, add_text

_ENDS = ("stop", "length", "content_filter")


def text_messages(text: str, role: MessageRole) -> list[Message]:
    """A text as a message; none where it is empty."""
    message = Message(role)
    add_text(message, text)
    return [] if message.is_empty and not message.hidden else [message]


def from_list(values: list[Any], role: MessageRole) -> list[Message]:
    """Read a list; what is no message and belongs to none is left out."""
    if values and all(isinstance(item, str) for item in values):
        return text_messages("\n".join(values), role) if role == "system" else []
    found: list[Message] = []
    loose: Message | None = None
    for item in values:
        if isinstance(item, list):
            found += from_list(item, role)
        elif is_message(item) or (isinstance(item, dict) and item.get("type") == "message"):
            found += [message_of(item, role)] if not is_definition(item) else []
            loose = None
        else:
            loose = _loose(found, loose, item, role)
    kept = [message for message in found if not message.is_empty or message.hidden or message.role == "assistant"]
    if role != "assistant" or len(kept) < 2:
        return kept
    return _in_one_piece(kept) if _is_in_pieces(values) else _first_choice(values, kept)


def _is_in_pieces(values: list[Any]) -> bool:
    """A stream, recorded as it came: only the last piece says how it ended (Google's ADK)."""
    return all(isinstance(item, dict) and item.get("finish_reason") == "" for item in values[:-1])


def _in_one_piece(messages: list[Message]) -> list[Message]:
    whole = messages[0]
    for piece in messages[1:]:
        add_text(whole, piece.text)
        whole.calls += piece.calls
        whole.parts += piece.parts
    return [whole]


def _first_choice(values: list[Any], messages: list[Message]) -> list[Message]:
    """Of several answers that each came to an end, the first: the others are choices that were never said."""
    ended = all(isinstance(item, dict) and item.get("finish_reason") in _ENDS for item in values)
    if not ended or any(message.role != "assistant" or message.calls or not message.text for message in messages):
        return messages
    messages[0].others = len(messages) - 1
    return messages[:1]


def _loose(found: list[Message], loose: Message | None, item: Any, role: MessageRole) -> Message | None:
    """A part that stands without a message: calls are the assistant's, answers a tool's."""
    trial = Message(role)
    add_part(trial, item)
    if trial.is_empty and not trial.hidden:
        return loose
    owner: MessageRole = "assistant" if trial.calls or (trial.parts and role == "assistant") else role
    owner = "tool" if trial.results else owner
    if loose is None or loose.role != owner:
        loose = Message(owner)
        found.append(loose)
    add_part(loose, item)
    return loose
