"""A slot of a span (request, answer, system prompt): the first source that holds it whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tracefetch.maps import AttributeMap, Source
from tracefetch.messages.attributes import find, text_of
from tracefetch.messages.decoders import MARKS, TEXTUAL, decoder
from tracefetch.messages.history import History
from tracefetch.messages.indexed import first_index, unflatten
from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse, salvage
from tracefetch.messages.message import HIDDEN, Message, MessageRole, Problem, ResultPart, role_of
from tracefetch.messages.parts import add_calls, arguments_of
from tracefetch.messages.shapes import messages_from
from tracefetch.models import Event, Span


@dataclass(slots=True)
class Slot:
    """What one slot gave.

    Attributes:
        found: a source was there, even if it holds no message (`[]`).
        source: "map: attribute" of the source that was used.
        history: what earlier requests held, to read on from there.
    """

    messages: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    found: bool = False
    source: str = ""
    history: History | None = None

    @property
    def is_whole(self) -> bool:
        """Words are there and nothing is known to be missing."""
        return self.size > 0 and not self.problems

    @property
    def size(self) -> int:
        """How many messages say something."""
        return sum(1 for message in self.messages if not message.is_empty)

    @property
    def has_blanks(self) -> bool:
        """A message of the assistant's or a tool's says nothing: its calls or its content may stand elsewhere."""
        return any(message.is_empty and message.role in ("assistant", "tool") for message in self.messages)

    @property
    def is_hidden(self) -> bool:
        """The operator's instrumentation replaced a text."""
        return any(message.hidden for message in self.messages)


def read_slot(
    span: Span,
    sources: Iterable[tuple[AttributeMap, Source]],
    *,
    role: MessageRole,
    history: History | None = None,
) -> Slot:
    """Try the sources in order; the first whole one wins, else the one that holds most."""
    best = Slot()
    pairs = list(sources)
    read_events: set[str] = set()
    for one, source in pairs:
        if source.encoding != "events":
            slot = _read_source(span, one, source, role, history)
        elif one.name not in read_events:
            read_events.add(one.name)
            slot = _read_events(span, one, [s for m, s in pairs if m is one and s.encoding == "events"], role)
        else:
            continue
        if slot.is_hidden or (slot.is_whole and not slot.has_blanks):
            return slot  # what is hidden is not looked up elsewhere: that would undo the operator's choice
        best = _better(best, slot)
    return best


def _read_events(span: Span, one: AttributeMap, sources: list[Source], role: MessageRole) -> Slot:
    """All event sources of one map together, in the order of the events."""
    slot = Slot()
    by_name = {source.attribute: source for source in sources}
    for place, event in enumerate(span.events):
        source = by_name.get(event.name)
        value = event_value(event, source.field) if source is not None else None
        if source is None or value is None:
            continue
        slot.found, slot.source = True, f"{one.name}: event {event.name}"
        part = Slot()
        name = f"event.{place}.{source.field or 'content'}"
        view = Span(span.trace_id, span.span_id, span.name, suspect=(source.attribute,) if name in span.suspect else ())
        _read_value(part, view, source, value, source.role or role)
        slot.messages += part.messages
        slot.problems += part.problems
    # Whatever event of the slot has a problem, it is the slot's.
    slot.problems = [replace(problem, attribute=slot.source.split(": ")[-1]) for problem in slot.problems]
    return slot


def _better(best: Slot, slot: Slot) -> Slot:
    return slot if slot.found and (not best.found or slot.size > best.size) else best


def _read_source(
    span: Span, one: AttributeMap, source: Source, role: MessageRole, history: History | None = None
) -> Slot:
    wanted: MessageRole = source.role or role
    slot = Slot(source=f"{one.name}: {source.attribute}", history=history)
    if source.encoding == "indexed":
        _read_indexed(slot, span, source, wanted)
    elif source.decoder and source.attribute not in span.attributes:
        _read_spread(slot, span, source, wanted)
    elif span.attributes.get(source.attribute) is not None and _is_marked(span, source):
        slot.found = True
        _read_value(slot, span, source, span.attributes[source.attribute], wanted)
    if not slot.found:
        slot.source = ""
    return slot


def _is_marked(span: Span, source: Source) -> bool:
    mark = MARKS.get(source.decoder or "")
    value = span.attributes[source.attribute]
    return mark is None or (isinstance(value, str) and mark in value)


def _read_spread(slot: Slot, span: Span, source: Source, role: MessageRole) -> None:
    """A message that a decoder puts together from several attributes."""
    _decode(slot, span, source, None, role)
    slot.found = bool(slot.messages or slot.problems)
    for name in span.suspect:
        if name.startswith(source.prefix) and slot.found:
            slot.problems.append(Problem("attribute-cut", source.attribute, f"{name} ends where a limit cuts"))
            for message in slot.messages:
                message.cut = True


def _read_indexed(slot: Slot, span: Span, source: Source, role: MessageRole) -> None:
    elements, gap = unflatten(span.attributes, source.prefix)
    slot.found = bool(elements)
    slot.messages = messages_from(elements, role) if elements else []
    missing = first_index(span.attributes, source.prefix) > 0 and span.dropped_attributes > 0
    if gap or missing:
        slot.problems.append(Problem("list-gap", source.attribute, "an indexed list has a gap"))
    for name in span.suspect:
        if name.startswith(source.prefix):
            slot.problems.append(Problem("attribute-cut", name, "the value ends where a limit cuts"))
            _mark_cut(slot.messages, span.attributes.get(name))
    if slot.is_hidden:
        slot.problems.append(Problem("content-hidden", source.attribute))


def _mark_cut(messages: list[Message], value: Any) -> None:
    for message in messages:
        texts = (message.text, *(result.content for result in message.results))
        if isinstance(value, str) and value and value in texts:
            message.cut = True


def _read_value(slot: Slot, span: Span, source: Source, value: Any, role: MessageRole) -> None:
    suspect = source.attribute in span.suspect
    if value == HIDDEN:
        slot.messages = [Message(role, hidden=True)]
    elif source.encoding == "text" or not isinstance(value, str):
        if source.encoding == "text":
            slot.messages = _plain(value, role)
        else:
            _decode(slot, span, source, value, role)
    else:
        _read_text(slot, span, source, value, role)
    if slot.is_hidden:
        slot.problems.append(Problem("content-hidden", source.attribute))
    if suspect and not any(problem.kind == "attribute-cut" for problem in slot.problems) and _ends_open(source, value):
        slot.problems.append(Problem("attribute-cut", source.attribute, "the value ends where a limit cuts"))
        if slot.messages:
            slot.messages[-1].cut = True


def _ends_open(source: Source, value: Any) -> bool:
    """A value at the limit is cut, unless it is JSON that closes."""
    if not isinstance(value, str) or source.encoding == "text" or not looks_like_json(value):
        return True
    try:
        parse(value)
    except UnreadableError:
        return True
    return False


def _plain(value: Any, role: MessageRole) -> list[Message]:
    text = value if isinstance(value, str) else str(value)
    return [Message(role, text=text)] if text else []


def _decoded(source: Source, value: Any, role: MessageRole, span: Span) -> list[Message]:
    if not source.decoder:
        return messages_from(value, role)
    decode = decoder(source.decoder)
    try:
        return decode(value, role, span)
    except UnreadableError:
        raise
    except Exception as error:  # another package's code, on input that it may not have expected
        raise UnreadableError(f"the decoder {source.decoder} failed: {error!r:.200}") from error


def _decode(slot: Slot, span: Span, source: Source, value: Any, role: MessageRole) -> None:
    try:
        slot.messages = _decoded(source, value, role, span)
    except UnreadableError as error:
        slot.problems.append(Problem("unreadable", source.attribute, str(error) or "no whole element could be read"))


def _read_text(slot: Slot, span: Span, source: Source, value: str, role: MessageRole) -> None:
    if value.strip() == "null" and source.encoding == "json":
        return
    if not looks_like_json(value):
        if source.decoder:
            _decode(slot, span, source, value, role)
        else:
            slot.messages = _plain(value, role)
        return
    if slot.history is not None and not source.decoder and role == "user":
        messages = slot.history.read(source.attribute, value, role)
        if messages is not None:
            slot.messages = messages
            return
    try:
        data = parse(value)
    except UnreadableError:
        if source.decoder in TEXTUAL:
            _decode(slot, span, source, value, role)
        else:
            _salvage(slot, span, source, value, role)
        return
    if source.encoding == "auto" and not isinstance(data, list | dict):
        slot.messages = _plain(data if isinstance(data, str) else value, role)
        return
    _decode(slot, span, source, data, role)
    if not slot.messages and not slot.problems and source.encoding == "auto":
        slot.messages = _plain(value, role)  # words that happen to be JSON, such as a structured answer


def _salvage(slot: Slot, span: Span, source: Source, value: str, role: MessageRole) -> None:
    """JSON that breaks off: what is whole is kept. In `auto`, where no message is in it, words that begin so."""
    try:
        slot.messages = _decoded(source, salvage(value), role, span)
    except UnreadableError:
        if source.encoding != "auto":
            slot.problems.append(Problem("unreadable", source.attribute, "no whole element could be read"))
    if not slot.messages and source.encoding == "auto" and source.attribute not in span.suspect:
        slot.messages = _plain(value, role)
        return
    slot.problems.append(Problem("attribute-cut", source.attribute, "the JSON text breaks off", tail=True))
    if slot.messages:
        last = slot.messages[-1]
        last.cut = True
        del last.calls[-1:]  # it is the one that breaks off: its name or arguments may be half
        if last.results and last.results[-1].content in ("", "{}", "null"):
            del last.results[-1]


def read_message(span: Span, one: AttributeMap) -> Slot:
    """A span that is one message: role and content in attributes of their own."""
    role = role_of(find(span, one.role))
    slot = Slot()
    if role is None:
        return slot
    source = Source(attribute=next(name for name in one.content if name in span.attributes), encoding="text", role=role)
    slot = _read_source(span, one, source, role)
    for message in slot.messages:
        message.time_ns, message.span = span.start_ns, span
        calls = find(span, ("conversation.tool_calls",))
        message.output = role == "assistant"
        if role == "tool":
            message.results = [ResultPart(message.text, text_of(span, one.tool.id), text_of(span, one.tool.name))]
            message.text = ""
        elif calls is not None:
            add_calls(message, arguments_of(calls) if isinstance(arguments_of(calls), list) else ())
    return slot


def event_value(event: Event, field_name: str | None) -> Any:
    """What an event says: one field, or all its attributes as a message object."""
    return event.attributes.get(field_name) if field_name else dict(event.attributes)
