"""Threads: what was said beside the talk, by sub-agents and in side calls, each a talk of its own.

A thread is laid out as the talk is: repeated history appears once, tools' answers stand under
their calls, and the talk's own words, where it was given them as history, are not told again. It
hangs on the call that started it, or on the user's turn in whose course it ran.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.inserting import insert_tools
from tracefetch.assembly.laying import Layer
from tracefetch.assembly.ordering import put_in_order
from tracefetch.assembly.strands import Strand, key_of, strands_of
from tracefetch.assembly.talk import spoken
from tracefetch.assembly.tools import ToolSpan
from tracefetch.assembly.turns import Draft, draft, pair, publish
from tracefetch.assembly.words import Vocabulary
from tracefetch.models import Thread, Turn


@dataclass(slots=True, eq=False)
class Woven:
    """A thread in the making.

    Attributes:
        outer: the thread in which it was started; None in the main talk.
        place: which turn there started it; `call_id` the public id of the call.
    """

    id: str
    strand: Strand
    drafts: list[Draft]
    outer: Woven | None = None
    place: int | None = None
    call_id: str | None = None

    def publish(self, turns: Sequence[Turn]) -> Thread:
        """The public thread; `turns` are the main talk's."""
        started = self
        while started.outer is not None:
            started = started.outer
        known = started.place is not None and started.place < len(turns)
        return Thread(
            id=self.id,
            kind="sub-agent" if self.strand.is_agent else "side-call",
            name=_name(self.strand),
            turn=turns[started.place].number if known and started.place is not None else None,
            tool_call_id=self.call_id,
            turns=tuple(publish(self.drafts)),
        )


def weave(found: Assembly) -> list[Woven]:
    """Lay out every thread, and note its id on the call that started it (`Draft.thread_of`)."""
    words = Vocabulary()
    woven: list[Woven] = []
    used = {ident for turn in found.drafts for ident in turn.ids if ident}
    talk = {node.id for node in found.talk.nodes}
    for strand in strands_of(found):
        drafts = _without_talk(_lay(strand, found, words), talk)
        if drafts:
            _make_unique(drafts, used)
            woven.append(Woven(f"thread-{len(woven) + 1}", strand, drafts))
    _Starts(found, woven).link()
    return woven


def _lay(strand: Strand, found: Assembly, words: Vocabulary) -> list[Draft]:
    layer = Layer()
    order = put_in_order(strand.calls, strand.proofs)
    for call in order.calls:
        layer.lay(call)
    drafts = draft(spoken(layer.tree, several_units=True).nodes)
    drafts, _ = insert_tools(drafts, strand.tools, order.calls, strand.calls, found.forest, words)
    pair(drafts)
    return drafts


def _without_talk(drafts: list[Draft], talk: set[int]) -> list[Draft]:
    """Without the beginning that is the talk's history, as guards and titles are given it."""
    fresh = (place for place, turn in enumerate(drafts) if (turn.closing or turn.spoken) and turn.role != "system")
    own = next(fresh, 0)
    return [
        turn
        for place, turn in enumerate(drafts)
        if place >= own or turn.role == "system" or not turn.nodes or any(node.id not in talk for node in turn.nodes)
    ]


def _make_unique(drafts: list[Draft], used: set[str]) -> None:
    """Calls of several threads may have equal ids: within a conversation each is made another."""
    renamed: dict[str, str] = {}
    for turn in drafts:
        for place, ident in enumerate(turn.ids):
            if ident is None:
                continue
            unique, count = ident, 1
            while unique in used:
                count += 1
                unique = f"{ident}_{count}"
            used.add(unique)
            renamed[ident] = unique
            turn.ids[place] = unique
    for turn in drafts:
        turn.answers = renamed.get(turn.answers, turn.answers) if turn.answers is not None else None


def _name(strand: Strand) -> str | None:
    named = next((call.reading.agent for call in strand.calls if call.reading.agent), None)
    if named is not None or strand.tool is not None:
        return named or (strand.tool.call.name if strand.tool is not None else None)
    return (strand.top or strand.calls[0].span).name or None


@dataclass(slots=True)
class _CallAt:
    """A call in a talk or a thread: whose turn it is, and which of the turn's calls."""

    outer: Woven | None
    turn: int
    place: int


@dataclass(slots=True)
class _Starts:
    """Finds what started each thread.

    Attributes:
        by_tool: the call that a tool's span ran, known through its answer.
        by_id: the same by the recorded id, within a trace.
    """

    found: Assembly
    woven: list[Woven]
    by_tool: dict[tuple[str, str], _CallAt] = field(default_factory=dict)
    by_id: dict[tuple[str, str], _CallAt] = field(default_factory=dict)
    by_name: dict[tuple[str, str], list[_CallAt]] = field(default_factory=dict)

    def link(self) -> None:
        """Hang every thread on its call, else on a user's turn."""
        self._list(None, self.found.drafts)
        for one in self.woven:
            self._list(one, one.drafts)
        questions = _Questions(self.found.drafts)
        for one in self.woven:
            start = self._call_of(one, one.strand.tool) if one.strand.tool is not None else None
            if start is None:
                one.place = questions.before(one.strand)
                continue
            turn = (start.outer.drafts if start.outer else self.found.drafts)[start.turn]
            one.outer, one.place, one.call_id = start.outer, start.turn, turn.ids[start.place]
            turn.thread_of.setdefault(start.place, one.id)

    def _list(self, outer: Woven | None, drafts: list[Draft]) -> None:
        calls: dict[str, _CallAt] = {}
        for number, turn in enumerate(drafts):
            trace = turn.call.span.trace_id if turn.call is not None else ""
            for place, (call, ident) in enumerate(zip(turn.calls, turn.ids, strict=True)):
                at = _CallAt(outer, number, place)
                if ident is not None:
                    calls[ident] = at
                if call.id is not None:
                    self.by_id.setdefault((trace, call.id), at)
                self.by_name.setdefault((trace, call.name), []).append(at)
            if turn.tool is not None and turn.answers in calls:
                self.by_tool.setdefault(key_of(turn.tool.span), calls[turn.answers])

    def _call_of(self, one: Woven, tool: ToolSpan) -> _CallAt | None:
        at = self.by_tool.get(key_of(tool.span))
        if at is None and tool.call.id is not None:
            at = self.by_id.get((tool.span.trace_id, tool.call.id))
        if at is None:
            named = self.by_name.get((tool.span.trace_id, tool.call.name), [])
            at = named[0] if len(named) == 1 else None
        return at if at is not None and at.outer is not one else None


class _Questions:
    """The users' turns of the talk by time, and by what set them going."""

    def __init__(self, drafts: list[Draft]) -> None:
        self._by_unit: dict[object, list[tuple[int, int, str]]] = {}
        for place, turn in enumerate(drafts):
            if turn.role == "user" and turn.closing and turn.call is not None:
                entry = (turn.call.start, place, turn.content.strip())
                for unit in (turn.call.unit, None):
                    self._by_unit.setdefault(unit, []).append(entry)
        for entries in self._by_unit.values():
            entries.sort()

    def before(self, strand: Strand) -> int | None:
        """The turn in whose course a strand ran: the last one before it, or the next one if it was given that text.

        A guard runs before the call that it guards.
        """
        first = strand.calls[0]
        entries = self._by_unit.get(first.unit) or self._by_unit.get(None)
        if not entries:
            return None
        at = bisect_right(entries, (first.start, len(entries) + entries[-1][1], ""))
        if at == 0:
            return entries[0][1]
        _, place, text = entries[at - 1]
        given = _last_text(first)
        if at < len(entries) and entries[at][2] in given and text not in given:
            place = entries[at][1]
        return place


def _last_text(call: Call) -> str:
    return next((atom.text for atom in reversed(call.request) if atom.kind == "user"), "")


def publish_threads(woven: Sequence[Woven], turns: Sequence[Turn]) -> Iterator[Thread]:
    """The public threads, in order of start."""
    return (one.publish(turns) for one in woven)
