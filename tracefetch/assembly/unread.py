"""Attributes that look like content and that no map reads, with the map that would read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracefetch.maps import MapSet
from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse
from tracefetch.messages.message import Message
from tracefetch.messages.objects import is_message
from tracefetch.messages.reading import Reading
from tracefetch.messages.shapes import messages_from
from tracefetch.models import Attributes, Span

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_INDEXED = re.compile(r"^(.+)\.(\d+)\.(?:message\.)?(role|content)$")
_LETTER = re.compile(r"[^\W\d_]")
_OPENINGS = frozenset('{["') | frozenset(" \t\r\n\x0b\x0c")  # JSON, also behind space
_NAMES = 4096  # attribute names that are remembered: the same few stand on thousands of spans

# What the words of a name say that the attribute means; the last word that says something decides.
_SLOTS = {
    "prompt": "prompt", "question": "prompt", "query": "prompt", "input": "prompt", "request": "prompt",
    "utterance": "prompt",
    "completion": "response", "answer": "response", "reply": "response", "output": "response",
    "response": "response", "generated": "response", "assistant": "response", "generation": "response",
    "choice": "response",
    "system": "system_prompt", "instruction": "system_prompt",
}  # fmt: skip
_TOOL_SLOTS = {
    "argument": "tool_arguments", "arg": "tool_arguments", "input": "tool_arguments",
    "result": "tool_result", "output": "tool_result", "response": "tool_result",
}  # fmt: skip
_VAGUE = {"content", "text", "message", "transcript", "conversation", "chat", "user", "history", "said"}
# Names that hold a sentence now and then, and never what was said.
_NOT_WORDS = {
    "description", "definition", "schema", "template", "name", "title", "url", "uri", "path", "file", "stacktrace",
    "statement", "sql", "log", "version", "metadata", "parameter", "config", "setting", "option", "id", "type", "mime",
    "agent", "model", "token", "usage", "cost", "format", "method", "status", "host", "function", "level", "severity",
    "namespace", "header",
}  # fmt: skip
_TELEMETRY = (
    "http.", "db.", "rpc.", "url.", "exception.", "otel.", "code.", "server.", "client.", "network.", "net.",
    "messaging.", "faas.", "k8s.", "host.", "os.", "process.", "telemetry.", "thread.", "user_agent.", "sampler.",
    "internal.", "deployment.", "service.", "cloud.", "container.", "error.", "logfire.", "event.", "peer.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unread:
    """Content that no map reads.

    Attributes:
        name: the attribute's; of an indexed list the name before `.0.`; of an event `EVENT#FIELD`.
        slot: what it seems to mean, as `attributes:` names it.
        encoding: auto, indexed, events.
    """

    span: Span
    name: str
    slot: str
    value: Any
    encoding: str = "auto"


def unread_in(reading: Reading, maps: MapSet, known: set[str]) -> list[Unread]:
    """What looks like content on a span and is read by none of its maps.

    Args:
        known: texts that were read somewhere, stripped; what says the same is not missed.
    """
    span = reading.span
    left = maps.unread_names(reading.maps, tuple(span.attributes))
    found = {one.name: one for one in _indexed(span, left)}
    prefixes = tuple(f"{name}." for name in found)
    for name in _worth_a_look(left, span.attributes):
        value = span.attributes[name]
        if not name.startswith(prefixes) and _looks_like_words(name, value, known):
            found[name] = Unread(span, name, _slot(name, _decoded(value)), value)
    if span.events:
        for one in _in_events(span, maps.read_by(reading.maps), known):
            found.setdefault(one.name, one)
    return list(found.values())


@lru_cache(_NAMES)
def _names_without_words(names: tuple[str, ...]) -> frozenset[str]:
    """Those of a span that never hold what was said, unless it is JSON: most of most spans."""
    return frozenset(name for name in names if _never_words(name))


def _worth_a_look(names: tuple[str, ...], attributes: Attributes) -> list[str]:
    """Those that can hold words at all; a few comparisons each, since every span of a trace passes here."""
    never = _names_without_words(names)
    return [
        name
        for name in names
        if name not in never
        or ((kind := type(value := attributes[name])) is str and value[:1] in _OPENINGS)
        or kind is list
        or kind is dict
    ]


def _indexed(span: Span, names: tuple[str, ...]) -> Iterator[Unread]:
    """Lists of messages in flat keys: `prefix.0.role`."""
    for name, above in _list_names(names):
        value = span.attributes[name]
        if isinstance(value, str):
            yield Unread(span, above, _slot(above, None), value, "indexed")


@lru_cache(_NAMES)
def _list_names(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The indexed ones, each with the list that it belongs to."""
    matches = ((name, _INDEXED.match(name)) for name in names)
    return tuple((name, match.group(1)) for name, match in matches if match)


def _in_events(span: Span, read: frozenset[str], known: set[str]) -> Iterator[Unread]:
    for event in span.events:
        if event.name in read or event.name == "exception":
            continue
        for name, value in event.attributes.items():
            full = f"{event.name}#{name}"
            if _looks_like_words(name, value, known):
                yield Unread(span, full, _slot(full, _decoded(value)), value, "events")


def _looks_like_words(name: str, value: Any, known: set[str]) -> bool:
    if not isinstance(value, str | list | dict) or not value:
        return False
    if isinstance(value, str) and value.strip() in known:
        return False
    data = _decoded(value)
    if isinstance(data, list | Mapping):
        messages = _messages(data) or (messages_from(data, "user") if _says_words(name) else [])
        return any(text not in known for message in messages for text in _texts(message))
    return isinstance(data, str) and data.strip() not in known and _is_prose(name, data)


def _texts(message: Message) -> list[str]:
    return [message.text.strip()] if message.text.strip() else [call.name for call in message.calls]


def _messages(data: Any) -> list[Message]:
    """Messages with roles; a JSON object that only holds some text is no message."""
    if isinstance(data, list):
        flat = [item for part in data for item in (part if isinstance(part, list) else [part])]
        return messages_from(data, "user") if any(is_message(item) for item in flat) else []
    named = any(key in data for key in ("messages", "choices", "contents", "candidates", "generations"))
    return messages_from(data, "user") if named or is_message(data) else []


def is_messages(one: Unread) -> bool:
    """Whether it holds messages with roles; anything else is only a text."""
    data = _decoded(one.value)
    return one.encoding == "indexed" or (isinstance(data, list | Mapping) and bool(_messages(data)))


def _is_prose(name: str, text: str) -> bool:
    if _never_words(name) or not _LETTER.search(text):
        return False
    count = len(text.split())
    return count >= (2 if _says_words(name) else 8) and ("://" not in text or _says_words(name))


@lru_cache(_NAMES)
def _never_words(name: str) -> bool:
    """Whether the name says that it never holds what was said."""
    return name.startswith(_TELEMETRY) or not _NOT_WORDS.isdisjoint(_words(name))


@lru_cache(_NAMES)
def _says_words(name: str) -> bool:
    """Whether the name says that it holds words."""
    return any(word in _SLOTS or word in _TOOL_SLOTS or word in _VAGUE for word in _words(name))


def _words(name: str) -> list[str]:
    """The words of a name, small, and singular where the plural ends in s."""
    return [word.lower().removesuffix("s") for word in _WORD.findall(name)]


def _slot(name: str, data: Any) -> str:
    words = _words(name)
    slots = _TOOL_SLOTS if "tool" in words else _SLOTS
    slot = next((slots[word] for word in reversed(words) if word in slots), None)
    if slot is None and isinstance(data, list | Mapping):
        messages = _messages(data)
        slot = "response" if messages and all(message.role == "assistant" for message in messages) else "prompt"
    return slot or "prompt"


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not looks_like_json(value):
        return value
    try:
        return parse(value)
    except UnreadableError:
        return value


_FIELDS = {"prompt": "input", "response": "output", "system_prompt": "system"}


def as_map(found: Iterable[Unread]) -> str:
    """A map, in TOML, that reads all of this; empty where there is nothing."""
    names: dict[str, Unread] = {}
    for one in found:
        names.setdefault(one.name, one)
    if not names:
        return ""
    recognise = [_quoted(_rule(one)) for one in names.values()]
    lines = ['name = "mine"', f"recognise = [{', '.join(dict.fromkeys(recognise))}]"]
    for slot, field_name in _FIELDS.items():
        sources = [_source(one) for one in names.values() if one.slot == slot]
        lines += [f"{field_name} = [{', '.join(sources)}]"] if sources else []
    for slot in ("tool_arguments", "tool_result"):
        of_tools = [_quoted(_of_tool(one)) for one in names.values() if one.slot == slot]
        lines += [f"tool.{slot.removeprefix('tool_')} = [{', '.join(of_tools)}]"] if of_tools else []
    if any(one.slot.startswith("tool_") for one in names.values()):
        lines.append('tool.name = ["tool.name", "name#span"]')
    return "\n".join(lines) + "\n"


def _rule(one: Unread) -> str:
    if one.encoding == "events":
        return f"event:{one.name.partition('#')[0]}"
    return f"{one.name}.*" if one.encoding == "indexed" else one.name


def _source(one: Unread) -> str:
    if one.encoding == "events":
        event, _, name = one.name.partition("#")
        return f'{{ attribute = {_quoted(event)}, encoding = "events", field = {_quoted(name)} }}'
    if one.encoding == "indexed":
        return f'{{ attribute = {_quoted(one.name)}, encoding = "indexed" }}'
    return _quoted(one.name)


def _of_tool(one: Unread) -> str:
    return f"event:{one.name}" if one.encoding == "events" else one.name


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = "".join(f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else c for c in text.replace("\\", "\\\\"))
    return '"' + escaped.replace('"', '\\"') + '"'


def map_line(one: Unread) -> str:
    """What would read it, as `--attribute` takes it; empty where that can't."""
    return f"{one.slot}={one.name}" if one.encoding == "auto" else ""


def known_texts(readings: Iterable[Reading]) -> set[str]:
    """Everything that was read, stripped."""
    found: set[str] = set()
    for reading in readings:
        for message in (*reading.system, *reading.input, *reading.output):
            found.add(message.text.strip())
            found.update(result.content.strip() for result in message.results)
            found.update(call.name for call in message.calls)
        if reading.tool is not None:
            call, result = reading.tool
            found.add(call.arguments.strip() if isinstance(call.arguments, str) else "")
            found.add(result.content.strip() if result is not None else "")
    return found
