"""Spans that ran tools: they date answers, supply missing ones, and speak where no message has the call."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from tracefetch.assembly.calls import Call
from tracefetch.assembly.forest import Forest
from tracefetch.assembly.times import utc
from tracefetch.messages import CallPart, Reading, ResultPart
from tracefetch.models import Span


@dataclass(slots=True, eq=False)
class ToolSpan:
    """A tool's span: the call it ran, and its answer (None where it is not recorded)."""

    span: Span
    call: CallPart
    result: ResultPart | None
    error: str | None

    @property
    def outcome(self) -> ResultPart | None:
        """Its answer; of a tool that failed, and so gave none, an empty one, whose turn has the error."""
        if self.result is None and self.span.error and not self.span.dropped_attributes:
            return ResultPart("", self.call.id, self.call.name, True)
        return self.result

    def facts(self) -> dict[str, object]:
        """What the span knows of the answer's turn: time, duration, error."""
        took = (self.span.end_ns - self.span.start_ns) / 1e9 if self.span.end_ns and self.span.start_ns else None
        return {"timestamp": utc(self.span.end_ns), "duration_seconds": took, "error": self.error}


def tool_spans(readings: list[Reading], forest: Forest) -> list[ToolSpan]:
    """The tools that ran, in order of start; of nested spans of one run the outer one, with all that both know."""
    found: list[ToolSpan] = []
    by_key: dict[tuple[str, str], ToolSpan] = {}
    for reading in readings:
        if reading.tool is None:
            continue
        call, result = reading.tool
        tool = ToolSpan(reading.span, call, result, reading.error)
        outer = next((by_key[k] for k in _above(forest, reading.span) if k in by_key), None)
        by_key[reading.span.trace_id, reading.span.span_id] = tool
        if (
            outer is not None
            and outer.call.name == call.name
            and (not call.id or not outer.call.id or call.id == outer.call.id)
        ):
            outer.result = outer.result or result
            outer.call.id = outer.call.id or call.id
            if outer.call.arguments is None:
                outer.call.arguments = call.arguments
        else:
            found.append(tool)
    return sorted(found, key=lambda tool: (tool.span.start_ns or 0, tool.span.end_ns or 0))


def _above(forest: Forest, span: Span) -> list[tuple[str, str]]:
    return [(one.trace_id, one.span_id) for one in forest.ancestors(span)]


class Owners:
    """Whose tools are whose, for the calls of a talk and all calls that speak."""

    def __init__(self, talk: list[Call], everyone: list[Call], forest: Forest) -> None:
        self._forest = forest
        self._talk = set(talk)
        self._by_key = {call.key: call for call in reversed(everyone)}
        self._last: dict[str, Call] = {}
        by_trace: dict[str, list[Call]] = {}
        for call in talk:
            by_trace.setdefault(call.span.trace_id, []).append(call)
            self._last[call.span.trace_id] = call
        self._by_end = {trace: sorted(calls, key=lambda call: call.end) for trace, calls in by_trace.items()}
        self._all_by_end = sorted(talk, key=lambda call: call.end)
        self._voiced = {call.span.trace_id for call in everyone}

    def owner(self, tool: ToolSpan) -> Call | None:
        """The call of the talk that the tool ran for; None where it ran for another."""
        above = _above(self._forest, tool.span)
        nearest = next((self._by_key[key] for key in above if key in self._by_key), None)
        if nearest is not None:
            return nearest if nearest in self._talk else None
        trace = tool.span.trace_id
        if self.is_stray(tool):
            return self._during(tool)
        calls = self._by_end.get(trace, [])
        at = bisect_left(calls, tool.span.end_ns or tool.span.start_ns or 0, key=lambda call: call.end)
        return calls[at] if at < len(calls) else self._last.get(trace)

    def is_stray(self, tool: ToolSpan) -> bool:
        """Nobody speaks in its trace: only its time can tell for whom it ran."""
        return tool.span.trace_id not in self._voiced

    def _during(self, tool: ToolSpan) -> Call | None:
        """The call of the talk in whose time the tool ran."""
        start, end = tool.span.start_ns or 0, tool.span.end_ns or tool.span.start_ns or 0
        at = bisect_left(self._all_by_end, end, key=lambda call: call.end)
        call = self._all_by_end[at] if at < len(self._all_by_end) else None
        return call if call is not None and start and call.start <= start else None


def rounds(tools: list[ToolSpan], models: Iterable[Span] = ()) -> list[list[ToolSpan]]:
    """Tools that overlap in time were asked for together.

    Where the models' spans of their trace are known, those were between which no model was asked again.
    """
    trace = tools[0].span.trace_id if tools else ""
    asked = sorted(span.start_ns or 0 for span in models if span.trace_id == trace)
    found: list[list[ToolSpan]] = []
    until = 0
    for tool in tools:
        start = tool.span.start_ns or 0
        same = bisect_left(asked, start) == bisect_left(asked, found[-1][-1].span.start_ns or 0) if found else False
        if found and (start < until or (asked and same)):
            found[-1].append(tool)
        else:
            found.append([tool])
        until = max(until, tool.span.end_ns or start)
    return found
