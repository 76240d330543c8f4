"""A talk that is still going on: spans that have not ended are not sent yet, and so no parent of theirs is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tracefetch.models import Evidence, Span, note

YOUNG = timedelta(minutes=5)  # since a trace's last span ended: it may still be going on


def settle(evidence: Iterable[Evidence], spans: Iterable[Span], *, now: datetime | None = None) -> list[Evidence]:
    """The same evidence, where a missing parent in a young trace without a root is a note: it has not ended yet."""
    found = list(evidence)
    if not any(one.kind == "parent-missing" for one in found):
        return found
    open_traces = _open_traces(spans, now or datetime.now(UTC))
    return [_settled(one, open_traces) if one.kind == "parent-missing" else one for one in found]


def _settled(one: Evidence, open_traces: set[str]) -> Evidence:
    if not set(one.trace_ids) <= open_traces:
        return one
    text = "The trace has no root yet and is only minutes old: spans that still run have not been sent."
    return note("in-progress", text, traces=one.trace_ids, spans=one.span_ids)


def _open_traces(spans: Iterable[Span], now: datetime) -> set[str]:
    rooted: set[str] = set()
    last: dict[str, int] = {}
    for span in spans:
        if not span.parent_id:
            rooted.add(span.trace_id)
        last[span.trace_id] = max(last.get(span.trace_id, 0), span.end_ns or 0)
    since = (now - YOUNG).timestamp() * 1e9
    return {trace for trace, end in last.items() if end >= since and trace not in rooted}
