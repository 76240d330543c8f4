"""`Reading`: what the maps take from one span: its messages, its tool, its ids, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracefetch.maps import AttributeMap, MapSet, Recognised
from tracefetch.messages.attributes import find, has, number_of, text_of
from tracefetch.messages.history import History
from tracefetch.messages.message import CallPart, Message, MessageRole, Problem, ResultPart
from tracefetch.messages.parts import arguments_of
from tracefetch.messages.quoted import unquote
from tracefetch.messages.slots import Slot, read_message, read_slot
from tracefetch.messages.steps import FINAL_ANSWER, settle_steps
from tracefetch.messages.tool_result import tool_result
from tracefetch.models import Span, TokenUsage


@dataclass(slots=True)
class Reading:
    """What one span says, in no vendor's words.

    Attributes:
        kind: call (one request to a model), agent (a wrapper), tool, chain, message, other.
        input: the messages that the call was given, `output` what it produced; of a transcript
            the answers are marked.
        tool: the call that the span ran, with its result.
        sources: slot -> "map: attribute", for `explain`.
    """

    span: Span
    kind: str = "other"
    maps: tuple[str, ...] = ()
    input: list[Message] = field(default_factory=list)
    output: list[Message] = field(default_factory=list)
    system: list[Message] = field(default_factory=list)
    tool: tuple[CallPart, ResultPart | None] | None = None
    user: str | None = None
    turn: int | None = None
    agent: str | None = None
    model: str | None = None
    usage: TokenUsage | None = None
    response_id: str | None = None
    previous_response_id: str | None = None
    error: str | None = None
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        """Whether the span holds messages."""
        return bool(self.input or self.output)


_MERGED = "(merged tools)"  # Google's ADK: the answers of parallel calls once more, which have spans of their own
_SLOT_ROLES: dict[str, MessageRole] = {"transcript": "user", "input": "user", "output": "assistant", "system": "system"}


def _kind(span: Span, maps: Iterable[AttributeMap]) -> str:
    for one in maps:
        for attribute, values in one.kinds.items():
            value = span.attributes.get(attribute)
            if value is not None and str(value) in values:
                return values[str(value)]
    for one in maps:
        if one.role and find(span, one.role) is not None and find(span, one.content) is not None:
            return "message"
        if one.tool.result and not one.kinds and _ran_tool(span, one):
            return "tool"
    for one in maps:
        if find(span, (*one.tool.id,)) is not None and find(span, one.tool.name) is not None:
            return "tool"
    return "call" if any(one.input or one.output or one.transcript for one in maps) else "other"


def _ran_tool(span: Span, one: AttributeMap) -> bool:
    """It names a tool; the span's own name, which every span has, counts only beside arguments or a result."""
    if find(span, (*one.tool.arguments, *one.tool.result)) is not None:
        return find(span, one.tool.name) is not None
    return find(span, (name for name in one.tool.name if not name.endswith("#span"))) is not None


def read(span: Span, maps: MapSet, history: History | None = None) -> Reading:
    """Read one span with the maps that recognise it.

    Args:
        history: shared by the spans of one talk, so that what a request repeats is not read again.
    """
    found = maps.for_span(span)
    reading = Reading(span, maps=found.labels)
    if not found:
        return reading
    reading.kind = _kind(span, found)
    _read_facts(reading, found)
    if reading.kind == "tool":
        _read_tool(reading, found)
        reading.problems += [
            Problem("attribute-cut", name)
            for one in found
            for name in (*one.tool.result, *one.tool.arguments)
            if name in span.suspect
        ]
    elif reading.kind == "message":
        _read_message(reading, found)
    elif reading.kind != "other":
        _read_slots(reading, found, history)
    return reading


def _read_facts(reading: Reading, maps: Recognised) -> None:
    span = reading.span
    reading.user = text_of(span, maps.names("user"))
    reading.turn = number_of(span, maps.names("turn"))
    reading.agent = text_of(span, maps.names("agent"))
    reading.model = text_of(span, maps.names("model"))
    reading.response_id = text_of(span, maps.names("response_id"))
    reading.previous_response_id = text_of(span, maps.names("previous_response_id"))
    counts = [number_of(span, maps.names(name)) for name in ("input_tokens", "output_tokens", "total_tokens")]
    if any(count is not None for count in counts):
        reading.usage = TokenUsage(input=counts[0], output=counts[1], total=counts[2])
    reading.error = _error_of(span, maps)


def _error_of(span: Span, maps: Recognised) -> str | None:
    exception = next((event for event in span.events if event.name == "exception"), None)
    if span.error:
        text = span.error_message
        if not text and exception is not None:
            text = str(exception.attributes.get("exception.message") or "") or None
        return text or text_of(span, maps.names("error")) or "error"
    return text_of(span, maps.names("error"))


def _read_message(reading: Reading, maps: Recognised) -> None:
    for one in maps:
        if find(reading.span, one.content) is not None:
            _take(reading, "transcript", read_message(reading.span, one))
            return


def _read_slots(reading: Reading, maps: Recognised, history: History | None) -> None:
    span, kind = reading.span, reading.kind
    for name in ("transcript", "input", "output", "system"):
        if (name == "input" and reading.input) or (name == "output" and _has_output(reading)):
            continue
        slot = read_slot(span, maps.sources(name, kind), role=_SLOT_ROLES[name], history=history)
        _take(reading, name, slot)


def _has_output(reading: Reading) -> bool:
    return bool(reading.output) or "transcript" in reading.sources


def _take(reading: Reading, name: str, slot: Slot) -> None:
    reading.problems += slot.problems
    if slot.source:
        reading.sources[name] = slot.source
    if not slot.found:
        return
    if name == "system":
        reading.system = slot.messages
    elif name == "transcript":
        reading.input = [message for message in slot.messages if not message.output]
        reading.output = [message for message in slot.messages if message.output]
    else:
        getattr(reading, name).extend(settle_steps(list(unquote(slot.messages))))


def _read_tool(reading: Reading, maps: Recognised) -> None:
    span = reading.span
    name = text_of(span, maps.names("tool.name"))
    if name is None:
        return
    if name == _MERGED:
        reading.kind = "other"
        return
    if name == FINAL_ANSWER:  # the answer itself, which messages hold
        reading.kind = "chain"
        return
    ident = text_of(span, maps.names("tool.id"))
    call = CallPart(name, _keywords(arguments_of(find(span, maps.names("tool.arguments")))), ident)
    value = find(span, maps.names("tool.result"))
    for key in ("name", "arguments", "result"):
        listed = (f"{one.name}: {item}" for one in maps for item in getattr(one.tool, key) if has(span, item))
        source = next(listed, None)
        if source is not None:
            reading.sources[f"tool {key}"] = source
    if value is None:
        reading.tool = call, None
        return
    content, found_id = tool_result(value)
    call.id = ident or found_id
    reading.tool = call, ResultPart(content, call.id, name, span.error)


def _keywords(arguments: Any) -> Any:
    """The keyword arguments, where a Python function's call is recorded whole."""
    if isinstance(arguments, Mapping) and "kwargs" in arguments and arguments.get("args") == []:
        return arguments["kwargs"]
    return arguments
