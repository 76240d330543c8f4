"""Puts tools' spans into the talk: as dates and missing answers of known calls, or as calls of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call
from tracefetch.assembly.forest import Forest
from tracefetch.assembly.tools import Owners, ToolSpan, rounds
from tracefetch.assembly.turns import Draft
from tracefetch.assembly.words import Vocabulary
from tracefetch.messages import CallPart, ResultPart
from tracefetch.models import Span


@dataclass(slots=True)
class Inserted:
    """What the tools' spans added: answers that no message had, and calls without any answer.

    Attributes:
        unplaced: tools that ran in traces where nobody speaks, at a time when nobody spoke.
    """

    supplied: list[ToolSpan] = field(default_factory=list)
    spoken: list[ToolSpan] = field(default_factory=list)
    unanswered: list[tuple[CallPart, Draft]] = field(default_factory=list)
    lost: list[ToolSpan] = field(default_factory=list)
    unplaced: list[ToolSpan] = field(default_factory=list)


def insert_tools(
    drafts: list[Draft],
    tools: list[ToolSpan],
    talk: list[Call],
    everyone: list[Call],
    forest: Forest,
    words: Vocabulary,
    *,
    models: Iterable[Span] = (),
) -> tuple[list[Draft], Inserted]:
    """Let each tool's span date its answer, supply it, or speak for itself.

    Args:
        models: spans of calls of a model whose words are not on them.
    """
    report = Inserted()
    owners = Owners(talk, everyone, forest)
    mine = [(tool, call) for tool in tools if (call := owners.owner(tool)) is not None]
    _separate(drafts, [tool for tool, _ in mine], words)
    free = _date_known(drafts, [tool for tool, _ in mine], words)
    _supply(drafts, free, words, report)
    names = {
        (call.span.trace_id, atom.part.name)
        for call in everyone
        for atom in (*call.request, *call.output)
        if isinstance(atom.part, CallPart)
    }
    everywhere = {name for _, name in names}
    strays = {tool for tool in tools if owners.is_stray(tool)}
    speaking = [
        (tool, call)
        for tool, call in mine
        if tool in free
        and (tool.span.trace_id, tool.call.name) not in names
        and not (tool in strays and tool.call.name in everywhere)
    ]
    homeless = strays - {tool for tool, _ in mine}
    report.unplaced = [tool for tool in tools if tool in homeless and tool.call.name not in everywhere]
    return _speak(drafts, speaking, report, list(models)), report


def _separate(drafts: list[Draft], tools: list[ToolSpan], words: Vocabulary) -> None:
    """One answer to several calls becomes one for each: it holds all, line by line, or is the one that failed."""
    for place in range(len(drafts) - 1, 0, -1):
        turn, joined = drafts[place - 1], drafts[place]
        after = drafts[place + 1].result if place + 1 < len(drafts) else None
        if len(turn.calls) < 2 or joined.result is None or joined.result.id or after is not None:
            continue
        spans = [tool for call in turn.calls if (tool := _span_of(call, turn, tools, words)) is not None]
        if len(set(spans)) == len(turn.calls):
            answers = _separated(joined.result, [tool.result for tool in spans])
            drafts[place : place + 1] = _as_drafts(joined, turn.calls, answers)


def _separated(joined: ResultPart, known: list[ResultPart | None]) -> list[ResultPart]:
    texts = [one.content.strip() for one in known if one is not None]
    whole, text = len(texts) == len(known), joined.content.strip()
    if whole and all(one in text for one in texts) and len(text) == sum(len(one) + 1 for one in texts) - 1:
        return [one for one in known if one is not None]
    if len(texts) == len(known) - 1 and text not in texts:
        return [one or joined for one in known]
    return [joined]


def _as_drafts(joined: Draft, calls: list[CallPart], answers: list[ResultPart]) -> list[Draft]:
    if len(answers) != len(calls):
        return [joined]
    found = [
        Draft("tool", one.content, joined.call, result=ResultPart(one.content, call.id, call.name, one.error))
        for call, one in zip(calls, answers, strict=True)
    ]
    found[0].nodes = joined.nodes
    return found


def _date_known(drafts: list[Draft], tools: list[ToolSpan], words: Vocabulary) -> list[ToolSpan]:
    """Give answers in the talk the times of the spans that ran them; the rest is returned.

    An answer whose call is on no span of a model gets its call from the tool's span.
    """
    left = list(tools)
    open_calls: list[CallPart] = []
    place = 0
    while place < len(drafts):
        turn = drafts[place]
        open_calls += turn.calls
        place += 1
        if turn.result is None:
            continue
        found = _matching(turn.result, open_calls, left, words)
        if found is None:
            continue
        left.remove(found)
        turn.tool = found
        call = _call_of(turn.result, found, open_calls)
        if call is not None:
            open_calls.remove(call)
        else:
            drafts.insert(place - 1, Draft("assistant", "", turn.call, calls=[found.call]))
            place += 1
    return left


def _call_of(result: ResultPart, tool: ToolSpan, calls: list[CallPart]) -> CallPart | None:
    """The call in the talk that the answer is of."""
    for call in calls:
        if call.id and call.id == (result.id or tool.call.id):
            return call
    loose = [call for call in calls if not (call.id and result.id)]
    return next((call for call in loose if call.name == tool.call.name), None)


def _matching(result: ResultPart, calls: list[CallPart], tools: list[ToolSpan], words: Vocabulary) -> ToolSpan | None:
    for tool in tools:
        if tool.call.id and tool.call.id == result.id:
            return tool
    for tool in tools:
        same = tool.result is not None and words.result_id(tool.result) == words.result_id(result)
        if same and not (tool.call.id and result.id):
            return tool
    return None


def _supply(drafts: list[Draft], tools: list[ToolSpan], words: Vocabulary, report: Inserted) -> None:
    """Answers that no message holds, from the spans that ran the calls."""
    answered = {turn.result.id for turn in drafts if turn.result is not None and turn.result.id}
    place = 0
    while place < len(drafts):
        turn = drafts[place]
        place += 1
        results = 0
        while place + results < len(drafts) and drafts[place + results].result is not None:
            results += 1
        missing = [call for call in turn.calls if not (call.id and call.id in answered)]
        if len(missing) <= results and not any(call.id for call in missing):
            missing = []
        elif results and all(not drafts[place + n].result.id for n in range(results)):  # type: ignore[union-attr]
            missing = missing[results:]
        for call in missing:
            _supply_one(drafts, place + results, turn, call, tools, words, report)
            results += 1 if report.supplied and report.supplied[-1] not in tools else 0


def _supply_one(
    drafts: list[Draft],
    at: int,
    turn: Draft,
    call: CallPart,
    tools: list[ToolSpan],
    words: Vocabulary,
    report: Inserted,
) -> None:
    tool = _span_of(call, turn, tools, words)
    if tool is None:
        report.unanswered.append((call, turn))
        return
    tools.remove(tool)
    outcome = tool.outcome
    if outcome is None:
        report.lost.append(tool)
        return
    report.supplied.append(tool)
    result = ResultPart(outcome.content, call.id, call.name)
    drafts.insert(at, Draft("tool", result.content, turn.call, result=result, tool=tool))


def _span_of(call: CallPart, turn: Draft, tools: list[ToolSpan], words: Vocabulary) -> ToolSpan | None:
    for tool in tools:
        if call.id and tool.call.id == call.id:
            return tool
    trace = turn.call.span.trace_id if turn.call else None
    for tool in tools:
        if (
            tool.span.trace_id == trace
            and not (tool.call.id and call.id)
            and words.call_id(tool.call) == words.call_id(call)
        ):
            return tool
    return None


def _speak(
    drafts: list[Draft], tools: list[tuple[ToolSpan, Call]], report: Inserted, models: list[Span]
) -> list[Draft]:
    """Calls that no message has stand before the answer of the call that they ran for."""
    by_call: dict[Call, list[ToolSpan]] = {}
    for tool, call in tools:
        by_call.setdefault(call, []).append(tool)
        report.spoken.append(tool)
    found: list[Draft] = []
    for turn in drafts:
        if turn.call in by_call and turn.role == "assistant" and turn.spoken:
            found += _as_turns(by_call.pop(turn.call), turn.call, models)
        found.append(turn)
    for call, left in by_call.items():
        at = max((n + 1 for n, turn in enumerate(found) if turn.call is call), default=len(found))
        found[at:at] = _as_turns(left, call, models)
    return found


def _as_turns(tools: list[ToolSpan], call: Call, models: list[Span]) -> list[Draft]:
    found: list[Draft] = []
    for together in rounds(tools, models):
        asked = Draft("assistant", "", call, calls=[tool.call for tool in together], closing=True)
        found.append(asked)
        for tool in sorted(together, key=lambda one: one.span.end_ns or 0):
            if (outcome := tool.outcome) is not None:
                result = ResultPart(outcome.content, tool.call.id, tool.call.name)
                found.append(Draft("tool", result.content, call, result=result, tool=tool))
    return found
