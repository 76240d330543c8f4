"""Haystack's messages, as OpenInference writes them for its agents: Python's repr of each, in a JSON list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracefetch.messages.message import CallPart, Message, MessageRole, ResultPart, role_of
from tracefetch.messages.parts import arguments_of, content_text
from tracefetch.messages.python_text import python_value
from tracefetch.models import Part, Span

MARK = "ChatMessage(_role="
_ROLE = re.compile(r"^ChatMessage\(_role=<ChatRole\.\w+: '(\w+)'>")
_DEEPEST = 6


def haystack(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """The messages of the first list that holds reprs; none where there is no such list."""
    texts = next(_lists(value, 0), [])
    return [message for text in texts if (message := _message(text)) is not None]


def _lists(value: Any, depth: int) -> Iterator[list[str]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str) and item.startswith(MARK)]
        if texts:
            yield texts
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _lists(item, depth + 1)


def _message(text: str) -> Message | None:
    role = _ROLE.match(text)
    if role is None:
        return None
    body = text[: text.rfind(", _name=")] + ")"  # what follows says nothing, and may hold objects that are no literal
    data = python_value(_ROLE.sub(r"ChatMessage(_role='\1'", body, count=1))
    known = role_of(role.group(1))
    if not isinstance(data, Mapping) or known is None:
        return None
    message = Message(known)
    content = data.get("_content")
    for part in content if isinstance(content, list) else ():
        if isinstance(part, Mapping):
            _add(message, part)
    return message


def _add(message: Message, part: Mapping[str, Any]) -> None:
    """By the fields of `TextContent`, `ToolCall`, `ToolCallResult`, `ReasoningContent`; others are kept whole."""
    if isinstance(part.get("text"), str):
        message.text += part["text"]
    elif "tool_name" in part:
        message.calls.append(_call(part))
    elif "result" in part:
        origin = part.get("origin")
        call = _call(origin) if isinstance(origin, Mapping) else CallPart("")
        text = content_text(part["result"])
        message.results.append(ResultPart(text, call.id, call.name or None, part.get("error") is True))
    elif "reasoning_text" in part:
        message.parts.append(Part(type="reasoning", text=str(part["reasoning_text"])))
    else:
        message.parts.append(Part(type="content", data=dict(part)))


def _call(part: Mapping[str, Any]) -> CallPart:
    ident = part.get("id")
    return CallPart(
        str(part.get("tool_name") or ""), arguments_of(part.get("arguments")), str(ident) if ident else None
    )
