"""A talk that is still going on: spans that have not ended are not sent yet, and so no parent of theirs is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tracefetch.models import Evidence, Span, note

YOUNG = timedelta(minutes=5)  # since a trace's last span ended: it may still be going on


_KINDS = {"parent-missing", "question-unanswered"}


def settle(
    evidence: Iterable[Evidence], spans: Iterable[Span], *, last: Span | None = None, now: datetime | None = None
) -> list[Evidence]:
    """The same evidence, where what may still come is a note: a parent in a young trace without a root, an answer.

    Args:
        last: the span of the talk's last message, where it is a question that is a span of its own.
    """
    found = list(evidence)
    if not any(one.kind in _KINDS for one in found):
        return found
    since = ((now or datetime.now(UTC)) - YOUNG).timestamp() * 1e9
    open_traces = _open_traces(spans, since)
    waiting = (last.span_id,) if last is not None and (last.end_ns or last.start_ns or 0) >= since else ()
    return [_settled(one, open_traces, waiting) if one.kind in _KINDS else one for one in found]


def _settled(one: Evidence, open_traces: set[str], waiting: tuple[str, ...]) -> Evidence:
    if one.kind == "question-unanswered":
        text = "The last question is only minutes old: its answer may not have been sent yet."
        is_open = one.span_ids == waiting
    else:
        text = "The trace has no root yet and is only minutes old: spans that still run have not been sent."
        is_open = set(one.trace_ids) <= open_traces
    return note("in-progress", text, traces=one.trace_ids, spans=one.span_ids) if is_open else one


def _open_traces(spans: Iterable[Span], since: float) -> set[str]:
    rooted: set[str] = set()
    last: dict[str, int] = {}
    for span in spans:
        if not span.parent_id:
            rooted.add(span.trace_id)
        last[span.trace_id] = max(last.get(span.trace_id, 0), span.end_ns or 0)
    return {trace for trace, end in last.items() if end >= since and trace not in rooted}
