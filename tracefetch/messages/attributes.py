"""Single attributes by the names that a map gives: `name`, `name#key`, `event:NAME#field`, `name#span`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse
from tracefetch.messages.python_text import python_value
from tracefetch.models import Span


def find(span: Span, names: Iterable[str]) -> Any:
    """The first value present that says something; None where no name has one."""
    attributes = span.attributes
    for name in names:
        if name in attributes:
            value = attributes[name]
        elif "#" in name:
            value = _find_below(span, name)
        else:
            continue
        if value is not None and value != "":
            return value
    return None


def has(span: Span, name: str) -> bool:
    """Whether a name has a value that says something."""
    return find(span, (name,)) is not None


def _find_below(span: Span, name: str) -> Any:
    head, _, key = name.partition("#")
    if head.startswith("event:"):
        return _event_field(span, head[6:], key)
    if key == "span":
        return span.name
    return _json_key(span.attributes.get(head), key)


def _event_field(span: Span, event_name: str, key: str) -> Any:
    for event in span.events:
        if event.name == event_name and event.attributes.get(key) is not None:
            return event.attributes[key]
    return None


def _json_key(value: Any, key: str) -> Any:
    if isinstance(value, str):
        if f'"{key}"' in value:
            value = _parsed(value)
        elif f"'{key}'" in value:
            value = python_value(value)  # LiteLLM's proxy writes its metadata so
    return value.get(key) if isinstance(value, Mapping) else None


def _parsed(text: str) -> Any:
    try:
        return parse(text) if looks_like_json(text) else None
    except UnreadableError:
        return None


def text_of(span: Span, names: Iterable[str]) -> str | None:
    """The first value as text, without the quotes of a JSON-encoded one."""
    value = find(span, names)
    if value is None or isinstance(value, list | dict):
        return None
    text = str(value)
    if len(text) > 1 and text[0] == '"' and text[-1] == '"':
        try:
            inner = parse(text)
        except UnreadableError:
            return text
        return inner if isinstance(inner, str) else text
    return text


def number_of(span: Span, names: Iterable[str]) -> int | None:
    """The first value as a whole number; None where it is none."""
    value = find(span, names)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    try:
        return int(str(value)) if value is not None else None
    except ValueError:
        return None
