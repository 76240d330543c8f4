"""Decoders for a framework's own JSON, found through the entry-point group `tracefetch.decoders`.

A decoder is `decode(value, role, span) -> list[Message]`: `value` is the attribute's value, JSON
text parsed already; None where the span has no such attribute and the message is spread over others.
`role` is the role of a text that names none. What it can't read it raises as any exception: evidence
then says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from tracefetch.errors import ConfigError
from tracefetch.messages.haystack import MARK, haystack
from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse, salvage
from tracefetch.messages.message import Message, MessageRole
from tracefetch.messages.parts import add_calls, add_part, add_text
from tracefetch.messages.python_text import python_value
from tracefetch.messages.shapes import messages_from
from tracefetch.models import Span

Decoder = Callable[[Any, MessageRole, Span], list[Message]]

GROUP = "tracefetch.decoders"


@cache
def decoder(name: str) -> Decoder:
    """Find a decoder by the name that a map gives.

    Raises:
        ConfigError: no installed package has it.
    """
    for point in entry_points(group=GROUP, name=name):
        loaded: Decoder = point.load()
        return loaded
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    raise ConfigError(
        f"An attribute map names the decoder {name!r}, which no installed package has. See docs/attribute-maps.md."
    )


def _value(value: Any) -> Any:
    if isinstance(value, str) and looks_like_json(value):
        return parse(value)
    return value


def langchain(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """LangChain's serialised messages: constructors with `kwargs`, `{type, data}`, generations."""
    return messages_from(_value(value), role)


def gemini(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """Gemini's request and response: `contents` with `parts`, `config.system_instruction`."""
    data = _value(value)
    return messages_from(data, role) if data != {} else []


def bedrock(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """Bedrock's content blocks: `[{text}, {toolUse}, {toolResult}]` of one message."""
    try:
        data = _value(value)
    except UnreadableError:
        data = value
    if not isinstance(data, list):
        return messages_from(data, role)
    message = Message(role)
    for block in data:
        add_part(message, block)
    if message.results and role in ("user", "tool") and not message.text:
        message.role = "tool"
    return [message]


def _as_far_as_it_goes(text: str) -> Any:
    try:
        return parse(text)
    except UnreadableError:
        return salvage(text)


def vercel_response(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """The AI SDK's answer, spread over `ai.response.text`, `.toolCalls`, `.reasoning`, `.object`."""
    attributes: Mapping[str, Any] = span.attributes
    message = Message("assistant")
    add_text(message, attributes.get("ai.response.text"))
    calls = attributes.get("ai.response.toolCalls", attributes.get("ai.result.toolCalls"))
    if isinstance(calls, str):
        calls = _as_far_as_it_goes(calls)
    add_calls(message, calls or ())
    if isinstance(attributes.get("ai.response.reasoning"), str):
        add_part(message, {"type": "reasoning", "content": attributes["ai.response.reasoning"]})
    if not message.text and not message.calls:
        add_text(message, attributes.get("ai.response.object"))
        add_text(message, attributes.get("ai.result.text"))
    known = any(name.startswith(("ai.response.text", "ai.response.toolCalls", "ai.result.")) for name in attributes)
    return [message] if not message.is_empty or known else []


def python(value: Any, role: MessageRole, span: Span) -> list[Message]:
    """A request or the choices of a response as Python writes them (LiteLLM's raw requests).

    What is no Python, such as a text that a limit cut, holds no message: the span above has the same.
    """
    data = python_value(value) if isinstance(value, str) else value
    if role == "assistant" and isinstance(data, list):
        return messages_from({"choices": data}, role)
    return messages_from(data, role)


_BUILT_IN: dict[str, Decoder] = {
    "langchain": langchain,
    "gemini": gemini,
    "bedrock": bedrock,
    "vercel-response": vercel_response,
    "haystack": haystack,
    "python": python,
}

# Decoders that are only asked where this stands in the text, so that no other span's value is parsed for them.
MARKS = {"haystack": MARK}

# Decoders that read the text itself where it is no JSON.
TEXTUAL = frozenset({"python"})
