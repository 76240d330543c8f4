"""Which calls beside the talk belong together: a sub-agent's run is one strand, a side call is one of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.forest import Key
from tracefetch.assembly.tools import ToolSpan
from tracefetch.models import Span


@dataclass(slots=True, eq=False)
class Strand:
    """Calls of one run of a sub-agent, or one side call.

    Attributes:
        tool: the tool's span in which it ran.
        top: the highest span of its own, above its calls and below the talk's.
        proofs: (earlier, later) pairs within: the later call holds the earlier one's answer.
        tools: the tools that ran for it.
        foreign: it carries a session id that the talk has not.
    """

    calls: list[Call]
    tool: ToolSpan | None = None
    top: Span | None = None
    proofs: list[tuple[Call, Call]] = field(default_factory=list)
    tools: list[ToolSpan] = field(default_factory=list)
    foreign: bool = False

    @property
    def start(self) -> int:
        """Nanoseconds since the epoch."""
        return self.calls[0].start

    @property
    def is_agent(self) -> bool:
        """In a tool, in a session of its own, calling tools, or heard by itself."""
        calls_tools = any(atom.kind == "call" for call in self.calls for atom in call.output)
        own = self.foreign or any(call.in_tool or call.foreign for call in self.calls)
        return own or calls_tools or bool(self.proofs)


def key_of(span: Span) -> Key:
    """Trace id and span id."""
    return span.trace_id, span.span_id


def strands_of(found: Assembly) -> list[Strand]:
    """The strands beside a talk, in order of start; linear in calls and tools."""
    calls = found.beside
    places = _Places(found, calls)
    groups = _Groups()
    for call in calls:
        groups.add(call, places)
    inside = set(calls)
    proofs = [pair for pair in found.hearing.proofs if pair[0] in inside and pair[1] in inside]
    for earlier, later in proofs:
        if places.tool.get(earlier) is places.tool.get(later):
            groups.join(earlier, later)
    strands = {root: Strand(members, places.tool.get(root), places.top.get(root)) for root, members in groups.members()}
    by_call = {call: strand for strand in strands.values() for call in strand.calls}
    for earlier, later in proofs:
        if by_call[earlier] is by_call[later]:
            by_call[earlier].proofs.append((earlier, later))
    _share_tools(found, by_call)
    _mark_foreign(found, strands.values())
    return sorted(strands.values(), key=lambda strand: (strand.start, strand.calls[0].key))


def _mark_foreign(found: Assembly, strands: Iterable[Strand]) -> None:
    """Ids under the names that the talk uses, with values that it has not."""
    talk: dict[str, set[str]] = {}
    for call in found.order.calls:
        for name, value in found.sessions.nearest(call.span).items():
            talk.setdefault(name, set()).add(value)
    for strand in strands:
        values = (pair for call in strand.calls for pair in found.sessions.nearest(call.span).items())
        strand.foreign = any(name in talk and value not in talk[name] for name, value in values)


class _Places:
    """Where each call stands: in which tool, below which span of its own."""

    def __init__(self, found: Assembly, calls: Iterable[Call]) -> None:
        self._forest = found.forest
        self._tools = {key_of(tool.span): tool for tool in found.tools}
        self._shared = {
            key_of(span) for call in found.order.calls for span in found.forest.self_and_ancestors(call.span)
        }
        self.tool: dict[Call, ToolSpan] = {}
        self.top: dict[Call, Span] = {}
        loose = []
        for call in calls:
            self._place(call)
            if call.in_tool and call not in self.tool:
                loose.append(call)
        self.tool.update(_enclosing(loose, found.tools))

    def _place(self, call: Call) -> None:
        for span in self._forest.ancestors(call.span):
            key = key_of(span)
            if key in self._tools:
                self.tool[call] = self._tools[key]
                return
            if key in self._shared:
                return
            self.top[call] = span


def _enclosing(calls: list[Call], tools: list[ToolSpan]) -> Iterator[tuple[Call, ToolSpan]]:
    """For calls without a tool above them the tool that ran meanwhile, the latest started of several."""
    running: list[ToolSpan] = []
    waiting = deque(tools)
    for call in sorted(calls, key=lambda one: one.start):
        while waiting and (waiting[0].span.start_ns or 0) <= call.start:
            running.append(waiting.popleft())
        running = [tool for tool in running if (tool.span.end_ns or 0) >= call.start]
        around = [tool for tool in running if _runs_during(tool, call)]
        if around:
            yield call, around[-1]


def _runs_during(tool: ToolSpan, call: Call) -> bool:
    return tool.span.trace_id == call.span.trace_id and (tool.span.end_ns or 0) >= call.end


class _Groups:
    """Calls that belong together, as they are joined."""

    def __init__(self) -> None:
        self._up: dict[Call, Call] = {}
        self._first: dict[tuple[Key, str], dict[str, Call]] = {}

    def add(self, call: Call, places: _Places) -> None:
        """Join a call to those of its tool or branch that have its identity; an unnamed agent is any."""
        self._up[call] = call
        tool, top = places.tool.get(call), places.top.get(call)
        scope = tool.span if tool is not None else top
        if scope is None:
            return
        system, agent = call.identity
        agents = self._first.setdefault((key_of(scope), system), {})
        known = agents.setdefault(agent, call)
        if known is call and len(agents) == 2 and "" in agents:
            known = next(other for other in agents.values() if other is not call)
        self.join(known, call)

    def join(self, one: Call, other: Call) -> None:
        """Make two groups one."""
        self._up[self._root(other)] = self._root(one)

    def _root(self, call: Call) -> Call:
        while self._up[call] is not call:
            self._up[call] = self._up[self._up[call]]
            call = self._up[call]
        return call

    def members(self) -> Iterator[tuple[Call, list[Call]]]:
        """Each group with one call that stands for it; calls in order of start."""
        found: dict[Call, list[Call]] = {}
        for call in self._up:
            found.setdefault(self._root(call), []).append(call)
        for root, calls in found.items():
            yield root, sorted(calls, key=lambda one: one.moment)


def _share_tools(found: Assembly, by_call: dict[Call, Strand]) -> None:
    """Give each tool's span to the strand that it ran for."""
    owners: dict[Key, Strand | None] = {call.key: by_call.get(call) for call in found.voices.calls}
    for key, speaker in found.voices.echoes.items():
        owners.setdefault(key, by_call.get(speaker) if speaker is not None else None)
    starters: dict[Key, list[Strand]] = {}
    for strand in dict.fromkeys(by_call.values()):
        if strand.top is not None:
            owners.setdefault(key_of(strand.top), strand)
        if strand.tool is not None:
            starters.setdefault(key_of(strand.tool.span), []).append(strand)
    for tool in found.tools:
        owner = _owner(tool, found, owners, starters)
        if owner is not None:
            owner.tools.append(tool)


def _owner(
    tool: ToolSpan, found: Assembly, owners: dict[Key, Strand | None], starters: dict[Key, list[Strand]]
) -> Strand | None:
    start = tool.span.start_ns or 0
    for span in found.forest.ancestors(tool.span):
        key = key_of(span)
        if key in owners:
            return owners[key]
        if key in starters:
            return max(starters[key], key=lambda strand: (strand.start <= start, strand.start))
    return None
