"""The unit of a call: what one request of the user's set going. Mostly the trace."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from tracefetch.assembly.calls import Call, same_identity
from tracefetch.assembly.forest import Forest, masked
from tracefetch.messages import Reading
from tracefetch.models import Span


def assign_units(calls: list[Call], forest: Forest, *, batches: set[str]) -> None:
    """Give each call its unit; in a batch, the branch below the common ancestor.

    Args:
        batches: ids of traces that hold several sessions.
    """
    by_trace: dict[str, list[Call]] = {}
    for call in calls:
        by_trace.setdefault(call.span.trace_id, []).append(call)
    onward = _onward(calls)
    for trace, group in by_trace.items():
        split = trace in batches or _continues(group, forest, onward) or _has_turn_spans(group, forest)
        depth = _common(group, forest) if split and len(group) > 1 else 0
        for call in group:
            line = _line(call, forest)
            top = line[min(depth, len(line) - 1)]
            call.unit = (trace, top.span_id if depth else "")
            call.is_lonely = top is call.span and call.reading.kind != "message" and call.reading.turn is None
            call.unit_start = top.start_ns or call.start


def _line(call: Call, forest: Forest) -> list[Span]:
    return [call.span, *forest.ancestors(call.span)][::-1]


def _common(group: list[Call], forest: Forest) -> int:
    """How many spans, from the root, all calls of the group have in common."""
    lines = [_line(call, forest) for call in group]
    depth = 0
    shortest = min(len(line) for line in lines)
    while depth < shortest and all(line[depth] is lines[0][depth] for line in lines):
        depth += 1
    return depth


def _onward(calls: list[Call]) -> dict[int, set[str]]:
    """For each call's view the traces with a request that goes on from it."""
    found: dict[int, set[str]] = {call.view: set() for call in calls if call.output}
    for call in calls:
        for place in call.chain[1:]:
            if place in found:
                found[place].add(call.span.trace_id)
    return found


def _continues(group: list[Call], forest: Forest, onward: dict[int, set[str]]) -> bool:
    """Whether a request goes on from another call's view with a new user's text, below siblings of one name.

    Not one that nobody goes on from, where other traces go on from before it: follow-up questions
    or a title, asked with the history.
    """
    views = {call.view: call for call in group if call.output}
    for call in group:
        for place in range(len(call.request) - 1, 0, -1):
            earlier = views.get(call.chain[place])
            if earlier is None or earlier is call or not same_identity(earlier.identity, call.identity):
                continue
            if not any(atom.kind == "user" for atom in call.request[place:]):
                break
            if not onward.get(call.view) and onward[earlier.view] - {call.span.trace_id}:
                break
            return _siblings(earlier, call, forest)
    return False


def _has_turn_spans(group: list[Call], forest: Forest) -> bool:
    """Whether spans of one name, which don't speak themselves, each hold a question below the common ancestor."""
    lines = [_line(call, forest) for call in group]
    depth = _common(group, forest)
    speaking = {id(call.span) for call in group}
    asked: dict[str, set[int]] = {}
    for call, line in zip(group, lines, strict=True):
        if depth >= len(line) or id(line[depth]) in speaking or call.in_tool:
            continue
        if call.output and call.request and call.request[-1].kind == "user":
            asked.setdefault(masked(line[depth].name), set()).add(id(line[depth]))
    return any(len(branches) > 1 for branches in asked.values())


def _siblings(one: Call, other: Call, forest: Forest) -> bool:
    left, right = _line(one, forest), _line(other, forest)
    depth = 0
    while depth < min(len(left), len(right)) and left[depth] is right[depth]:
        depth += 1
    if depth >= len(left) or depth >= len(right):
        return False
    return masked(left[depth].name) == masked(right[depth].name)


def mark_in_tools(calls: list[Call], readings: list[Reading], forest: Forest) -> None:
    """Mark the calls below a tool's span, or inside its time in that trace."""
    tools: dict[str, list[Span]] = {}
    for reading in readings:
        if reading.kind == "tool":
            tools.setdefault(reading.span.trace_id, []).append(reading.span)
    keys = {id(span) for spans in tools.values() for span in spans}
    times = {trace: _Times(spans) for trace, spans in tools.items()}
    for call in calls:
        if any(id(span) in keys for span in forest.ancestors(call.span)):
            call.in_tool = True
        elif call.span.trace_id in times:
            call.in_tool = any(_inside(call, span, forest) for span in times[call.span.trace_id].around(call))


class _Times:
    """The tools' spans of a trace by start."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = sorted(spans, key=lambda span: span.start_ns or 0)
        self._starts = [span.start_ns or 0 for span in self._spans]
        self._ends = list(accumulate((span.end_ns or 0 for span in self._spans), max))

    def around(self, call: Call) -> list[Span]:
        """Those that began before the call, where one of them ended after it."""
        at = bisect_right(self._starts, call.start)
        return self._spans[:at] if at and self._ends[at - 1] >= call.end else []


def _inside(call: Call, tool: Span, forest: Forest) -> bool:
    if not call.start or not tool.start_ns or not tool.end_ns or tool.end_ns <= tool.start_ns:
        return False
    if call.span is tool or forest.is_below(tool, call.span):
        return False
    return (
        tool.start_ns <= call.start and call.end <= tool.end_ns and call.end - call.start < tool.end_ns - tool.start_ns
    )
