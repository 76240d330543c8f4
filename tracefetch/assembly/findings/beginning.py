"""Whether a talk began before its first span: only who chose the window can say what that means."""

from __future__ import annotations

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.turns import Draft


def earlier_turns(found: Assembly) -> tuple[int, Call] | None:
    """How many of the user's turns no span has before the talk's first call, and that call; None where none are known.

    Its request holds them as history, its turn number counts them, or it goes on from a response that is
    on no span. Traces of the session without any call may be such turns: an application that answers by itself.
    """
    first = next((turn.call for turn in found.drafts if _is_recorded(turn)), None)
    if first is None:
        return None
    count = max(_in_history(found, first), (first.reading.turn or 1) - 1)
    count -= _traces_before(found, first)
    if count < 1 and _goes_on(found, first):
        count = 1
    return (count, first) if count > 0 else None


def _is_recorded(turn: Draft) -> bool:
    """A call of the talk asked or said it."""
    said = turn.closing or turn.spoken or turn.own_span is not None
    return turn.call is not None and turn.role in ("user", "assistant") and said


def _in_history(found: Assembly, first: Call) -> int:
    """Questions that were answered before the first one that a call asked."""
    questions = answered = 0
    for turn in found.drafts:
        if _is_recorded(turn) or turn.call is not first:
            break
        questions += turn.role == "user"
        answered = questions if turn.role == "assistant" and turn.content else answered
    return answered


def _traces_before(found: Assembly, first: Call) -> int:
    speaking = {call.span.trace_id for call in found.voices.calls}
    starts: dict[str, int] = {}
    for reading in found.readings:
        span = reading.span
        if span.trace_id not in speaking and span.start_ns:
            starts[span.trace_id] = min(span.start_ns, starts.get(span.trace_id, span.start_ns))
    return sum(1 for start in starts.values() if start < first.start)


def _goes_on(found: Assembly, first: Call) -> bool:
    before = first.reading.previous_response_id
    return bool(before) and all(call.reading.response_id != before for call in found.voices.calls)
