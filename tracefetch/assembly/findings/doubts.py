"""Doubts: what was guessed of order, owner or completeness."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.findings.apart import apart
from tracefetch.assembly.tree import Node
from tracefetch.assembly.turns import Draft
from tracefetch.models import Evidence, Span, doubt


def doubts(found: Assembly) -> list[Evidence]:
    """What was guessed."""
    checks = (
        _rival,
        _handed,
        _left,
        apart,
        _beside,
        _alternatives,
        _unanswered,
        _parents,
        _order,
        _wordings,
        _again,
        _tools,
    )
    return [item for check in checks for item in check(found)]


def _tell(kind: str, message: str, spans: Iterable[Span]) -> Evidence:
    listed = list(spans)
    traces = tuple(dict.fromkeys(span.trace_id for span in listed))
    return doubt(kind, message, traces=traces, spans=tuple(dict.fromkeys(span.span_id for span in listed)))


def _spans(nodes: Iterable[Node]) -> list[Span]:
    return [node.call.span for node in nodes if node.call is not None]


def _rival(found: Assembly) -> Iterator[Evidence]:
    if found.choice.rival:
        text = "Two kinds of calls could each be the conversation; the likelier one was taken."
        yield _tell("owner-guessed", text, [call.span for call in found.choice.rival])


def _handed(found: Assembly) -> Iterator[Evidence]:
    spans = [call.span for call in found.handed if call not in found.hearing.heard]
    if spans:
        text = "Another agent goes on with the talk, and no later request tells whether the user heard it; it is shown."
        yield _tell("owner-guessed", text, spans)


def _left(found: Assembly) -> Iterator[Evidence]:
    if found.left:
        text = "A call of the talk's own agent was taken for a side call; its words are not in the talk."
        yield _tell("owner-guessed", text, [call.span for call in found.left])


def _beside(found: Assembly) -> Iterator[Evidence]:
    if found.talk.beside:
        nodes = [node for branch in found.talk.beside for node in branch]
        yield _tell(
            "beside-history", "A question and its answer stand in no later history; they are shown.", _spans(nodes)
        )


def is_proved(found: Assembly, branch: list[Node]) -> bool:
    """A later request holds what was chosen instead of the branch."""
    parent = branch[0].parent
    if parent is None:
        return False
    chosen = next((child for child in parent.children if found.layer.tree.holds(child)), None)
    if chosen is None or chosen.call is None:
        return False
    if not chosen.spoken or chosen.call in found.hearing.later:
        return True
    rivals = {node.call for node in branch if node.spoken}
    return chosen.call in found.hearing.heard and not rivals & found.hearing.heard


def _alternatives(found: Assembly) -> Iterator[Evidence]:
    open_ones = [branch for branch in found.talk.alternatives if not is_proved(found, branch)]
    if open_ones:
        text = "A question was answered more than once; no later request tells which was used, the last is shown."
        yield _tell("alternative-answer", text, _spans(node for branch in open_ones for node in branch))


def _unanswered(found: Assembly) -> Iterator[Evidence]:
    """Questions after which the next thing is another question, or nothing."""
    open_turns = []
    # Where each message is alone in its trace, a trace without an answer tells nothing.
    grouped = any(len(call.request) + len(call.output) > 1 for call in found.order.calls)
    drafts = [turn for turn in found.drafts if turn.role != "system"]
    for place, turn in enumerate(drafts):
        follows = drafts[place + 1] if place + 1 < len(drafts) else None
        if turn.role != "user" or _is_continued(turn, follows):
            continue
        if follows is None or follows.role == "user" or (grouped and _lacks_answer(turn)):
            open_turns.append(turn)
    if open_turns:
        text = "A question has no answer on any span."
        yield _tell("question-unanswered", text, [turn.span for turn in open_turns if turn.span is not None])


def _lacks_answer(turn: Draft) -> bool:
    """Of spans that are one message each, the answer's is missing."""
    call = turn.call
    return call is not None and turn.closing and call.reading.kind == "message" and not call.output


def _is_continued(turn: object, follows: object) -> bool:
    """Two messages of one user's, sent with one request, are one question."""
    call: Call | None = getattr(turn, "call", None)
    after: Call | None = getattr(follows, "call", None)
    return call is not None and call is after and bool(call.output)


def _parents(found: Assembly) -> Iterator[Evidence]:
    mine = {reading.span.trace_id for reading in found.readings}
    spans = [span for span in found.forest.lost_parents() if span.trace_id in mine]
    if spans:
        yield _tell(
            "parent-missing", "A span's parent is missing: a part of the trace may not have been recorded.", spans
        )


def _order(found: Assembly) -> Iterator[Evidence]:
    proved = {call for pair in found.hearing.proofs for call in pair}
    calls = found.order.calls
    timeless = [call.span for call in calls if not call.start and call.reading.turn is None and call not in proved]
    if timeless and len(calls) > 1:
        text = "Spans have no time, and nothing proves their order: they stand as they were given."
        yield _tell("order-guessed", text, timeless)
    proofs = set(found.hearing.proofs)
    level = [
        call.span for pair in itertools.pairwise(calls) if pair not in proofs and _is_level(*pair) for call in pair
    ]
    if level:
        text = "Turns begin in the same instant, and nothing proves which was first."
        yield _tell("order-guessed", text, level)
    if not found.order.corrected:
        return
    loose = [call.span for call in found.order.calls if call not in proved]
    if loose:
        text = "Clocks disagree with what requests prove; where nothing proves it, the order is the clocks'."
        yield _tell("clock-skew", text, loose)


def _is_level(one: Call, other: Call) -> bool:
    """Two turns that begin at one time and have no numbers."""
    if one.unit == other.unit or not one.start or one.unit_start != other.unit_start or one.start != other.start:
        return False
    return one.reading.turn is None or other.reading.turn is None


def _wordings(found: Assembly) -> Iterator[Evidence]:
    spans = [laid.call.span for laid in found.layer.laid if laid.guessed]
    if spans:
        text = "A request begins with words that nobody is known to have said (a summary?); they are left out."
        yield _tell("history-in-other-words", text, spans)


def _again(found: Assembly) -> Iterator[Evidence]:
    """Equal requests, each in a trace of its own without any parent: said again, or tried again?"""
    units: dict[object, int] = {}
    for call in found.order.calls:
        units[call.unit] = units.get(call.unit, 0) + 1
    split = _is_split(found)
    lonely = [
        call
        for call in found.order.calls
        if units[call.unit] == 1 and call.reading.turn is None and (split or not call.span.parent_id)
    ]
    seen: dict[tuple[int, ...], Call] = {}
    spans: list[Span] = []
    for call in lonely:
        if call.request and call not in found.hearing.heard and tuple(call.ids()) in seen:
            spans += [seen[tuple(call.ids())].span, call.span]
        seen.setdefault(tuple(call.ids()), call)
    spans += _unheard_runs(found)
    if spans:
        text = "Equal requests stand in traces of their own: said again, or the same question asked again?"
        yield _tell("said-again", text, spans)


def _unheard_runs(found: Assembly) -> list[Span]:
    """Calls with the request and the answer of an earlier trace's, of which nothing is shown."""
    shown = {turn.call for turn in found.drafts}
    seen: dict[tuple[int, ...], Call] = {}
    spans: list[Span] = []
    for call in found.order.calls:
        words = (*call.ids(), *(atom.id for atom in call.output))
        first = seen.setdefault(words, call)
        other = first.span.trace_id != call.span.trace_id and first.unit != call.unit
        if call.output and other and call not in shown and call.reading.turn is None:
            spans += [first.span, call.span]
    return spans


def _tools(found: Assembly) -> Iterator[Evidence]:
    if found.inserted.unplaced and found.drafts:
        text = "A tool ran in a trace of its own, and nothing tells for which call; it is not shown."
        yield _tell("tool-unplaced", text, [tool.span for tool in found.inserted.unplaced])


def _is_split(found: Assembly) -> bool:
    """Tools' answers are asked about in other traces than the calls: a trace tells nothing of a turn."""
    asked: dict[object, set[int]] = {}
    for call in found.order.calls:
        asked.setdefault(call.unit, set()).update(atom.id for atom in call.output if atom.kind == "call")
    everywhere = set().union(*asked.values())
    return any(
        call.request[-1].kind == "result"
        and not asked[call.unit]
        and any(atom.id in everywhere for atom in call.request if atom.kind == "call")
        for call in found.order.calls
        if call.request
    )
