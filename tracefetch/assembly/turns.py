"""The talk as public turns: atoms joined to messages, with times, models, ids and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from tracefetch.assembly.calls import Call
from tracefetch.assembly.times import utc
from tracefetch.assembly.tools import ToolSpan
from tracefetch.assembly.tree import Node
from tracefetch.messages import CallPart, ResultPart
from tracefetch.models import Role, Span, ToolCall, Turn


@dataclass(slots=True)
class Draft:
    """A turn in the making.

    Attributes:
        nodes: the atoms that it joins.
        calls: the assistant's calls; `names` their public ids.
    """

    role: Role
    content: str = ""
    call: Call | None = None
    nodes: list[Node] = field(default_factory=list)
    calls: list[CallPart] = field(default_factory=list)
    result: ResultPart | None = None
    spoken: bool = False
    closing: bool = False
    tool: ToolSpan | None = None
    cut: bool = False
    orphan: bool = False
    ids: list[str | None] = field(default_factory=list)
    answers: str | None = None
    thread_of: dict[int, str] = field(default_factory=dict)

    @property
    def own_span(self) -> Span | None:
        """The span that is this one message, where messages have spans of their own."""
        return next((node.atom.message.span for node in self.nodes[:1] if node.atom is not None), None)

    @property
    def span(self) -> Span | None:
        """Where it was recorded."""
        return self.own_span or (self.call.span if self.call else None)


def draft(nodes: Iterable[Node], *, side_answers: Collection[str] = ()) -> list[Draft]:
    """Join atoms to messages, and put each new system text before the call that it came with.

    Args:
        side_answers: what side calls answered; a system text after the first that holds one is
            a summary of the history, and no turn.
    """
    found: list[Draft] = []
    systems: tuple[str, ...] = ()
    shown: set[Call] = set()
    for node in _in_recorded_order(list(nodes)):
        call = node.call
        if call is not None and call not in shown and not _is_result(node):  # nothing parts an answer from its call
            shown.add(call)
            if call.system:
                new = [
                    text for text in call.system if text not in systems and not _is_summary(text, call, side_answers)
                ]
                found += [Draft("system", text, call, closing=True) for text in new]
                systems = call.system
        _add(found, node)
    return found


def _is_summary(text: str, call: Call, side_answers: Collection[str]) -> bool:
    return text is not call.system[0] and any(answer in text for answer in side_answers)


def _in_recorded_order(nodes: list[Node]) -> list[Node]:
    """A run of tools' answers in the order in which it was recorded, not the sorted one."""
    found: list[Node] = []
    at = 0
    while at < len(nodes):
        end = at
        while end < len(nodes) and _is_result(nodes[end]) and nodes[end].call is nodes[at].call:
            end += 1
        run = nodes[at : max(end, at + 1)]
        found += sorted(run, key=lambda node: node.atom.place) if end > at else run  # type: ignore[union-attr]
        at = max(end, at + 1)
    return found


def _is_result(node: Node) -> bool:
    return node.atom is not None and node.atom.kind == "result"


def _add(found: list[Draft], node: Node) -> None:
    atom = node.atom
    if atom is None:
        return
    last = found[-1] if found else None
    if atom.kind == "call" and isinstance(atom.part, CallPart):
        fits = last is not None and last.role == "assistant" and last.call is node.call and last.spoken == node.spoken
        if not fits or last is None:
            last = Draft("assistant", "", node.call, spoken=node.spoken)
            found.append(last)
        last.calls.append(atom.part)
        last.nodes.append(node)
    elif atom.kind == "result" and isinstance(atom.part, ResultPart):
        turn = Draft("tool", atom.part.content, node.call, [node], result=atom.part)
        turn.closing, turn.cut = node.closing, atom.message.cut
        found.append(turn)
    else:
        role: Role = "user" if atom.kind == "user" else "assistant"
        turn = Draft(role, atom.text, node.call, [node], spoken=node.spoken, closing=node.closing)
        turn.cut = atom.message.cut
        found.append(turn)


def settle_ids(drafts: list[Draft]) -> None:
    """Give a call the id by which the next request names it, where its own span has another.

    Traceloop writes the item's id with a call of OpenAI's responses, and the call's id into the next request.
    """
    known = {call.id for turn in drafts for call in turn.calls}
    waiting: list[tuple[Draft, int, int]] = []
    named: dict[Call, dict[str, int]] = {}
    for turn in drafts:
        said = [node.id for node in turn.nodes if node.atom is not None and node.atom.kind == "call"]
        if len(said) == len(turn.calls):
            waiting += [(turn, place, one) for place, one in enumerate(said)]
        ident = turn.result.id if turn.result is not None else None
        if turn.call is None or ident is None:
            continue
        says = named.setdefault(turn.call, _named(turn.call)).get(ident)
        for entry in waiting:
            one, place, said_so = entry
            if one.calls[place].id == ident or (ident not in known and said_so == says):
                one.calls[place] = replace(one.calls[place], id=ident)
                waiting.remove(entry)
                break


def _named(call: Call) -> dict[str, int]:
    """What each call in a request says, by the id that it has there."""
    return {atom.part.id: atom.id for atom in call.request if isinstance(atom.part, CallPart) and atom.part.id}


def pair(drafts: list[Draft]) -> None:
    """Give calls unique ids, and each answer the id of its call: by id, else in order."""
    used: set[str] = set()
    open_calls: list[tuple[str | None, str, str]] = []
    for turn in drafts:
        for call in turn.calls:
            ident = call.id or f"call_{len(used) + 1}"
            while ident in used:
                ident += "_2"
            used.add(ident)
            turn.ids.append(ident)
            open_calls.append((call.id, call.name, ident))
        if turn.result is not None:
            turn.answers = _answered(turn.result, open_calls)
            turn.orphan = turn.answers is None or turn.answers not in used


def _answered(result: ResultPart, open_calls: list[tuple[str | None, str, str]]) -> str | None:
    """The public id of the call that a result answers; by order only where an id is missing on either side."""
    by_id = [entry for entry in open_calls if result.id is not None and entry[0] == result.id]
    loose = open_calls if result.id is None else [entry for entry in open_calls if entry[0] is None]
    by_name = [entry for entry in loose if result.name and entry[1] == result.name]
    for choice in (by_id, by_name, loose):
        if choice:
            entry = choice[0]
            open_calls.remove(entry)
            return entry[2]
    return result.id


def number(turns: list[Turn]) -> list[Turn]:
    """Dialogue turns are 1, 2, 3; what lies between reads 2.1, 2.2."""
    found: list[Turn] = []
    whole = part = 0
    for turn in turns:
        if turn.is_dialogue:
            whole, part = whole + 1, 0
            text = str(whole)
        else:
            part += 1
            text = f"{whole}.{part}"
        found.append(turn.model_copy(update={"number": text}))
    return found


def publish(drafts: list[Draft]) -> list[Turn]:
    """Turn drafts into public turns, numbered."""
    return number([_publish(one) for one in drafts])


def _publish(one: Draft) -> Turn:
    call, span = one.call, one.span
    known = one.spoken or one.closing or one.own_span is not None
    times = (node.atom.message.time_ns for node in one.nodes if node.atom is not None)
    message_time = next((time for time in times if time), None)
    fields: dict[str, object] = {}
    if one.role == "assistant" and one.spoken and call is not None:
        reading = call.reading
        took = (call.end - call.start) / 1e9 if call.span.end_ns and call.span.start_ns else None
        fields = {"timestamp": utc(call.span.end_ns), "model": reading.model, "usage": reading.usage,
                  "duration_seconds": took, "error": reading.error}  # fmt: skip
    elif one.role in ("user", "system") and one.closing and call is not None:
        fields = {"timestamp": utc(call.span.start_ns) if one.role == "user" else None}
        if one.role == "user" and not call.output:
            fields["error"] = call.reading.error
    if one.tool is not None:
        fields |= one.tool.facts()
        span = one.tool.span
    if message_time:
        fields["timestamp"] = utc(message_time)
    parts = tuple(part for node in one.nodes[:1] if node.atom is not None for part in node.atom.message.parts)
    calls = tuple(
        ToolCall(id=ident, name=part.name, arguments=part.arguments, thread=one.thread_of.get(place))
        for place, (part, ident) in enumerate(zip(one.calls, one.ids, strict=True))
    )
    return Turn(
        role=one.role, content=one.content, parts=parts, tool_calls=calls, tool_call_id=one.answers,
        tool_name=one.result.name if one.result else None, from_history=not known and one.tool is None,
        is_cut=one.cut,
        trace_id=span.trace_id if span else None, span_id=span.span_id if span else None, **fields,  # type: ignore[arg-type]
    )  # fmt: skip
