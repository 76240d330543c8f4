"""Traces of a search made whole: some storages give of a trace only what lies near the window."""

from __future__ import annotations

from collections.abc import Sequence

from tracefetch.backends.budget import Budget
from tracefetch.backends.jaeger.by_id import look_up_all
from tracefetch.backends.jaeger.server import Server
from tracefetch.backends.traces import Traces, lacks_parent, merge_duplicates
from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence


def complete(traces: Traces, evidence: Sequence[Evidence], server: Server, budget: Budget) -> Operation[None]:
    """Yield the traces; one in which a parent is missing is asked for by its id first.

    Evidence about other traces of the same answers is left out.
    """
    doubtful = [trace_id for trace_id, spans in traces.items() if lacks_parent(spans)][: budget.left]
    outcomes = yield from look_up_all(doubtful, server, budget)
    for trace_id, outcome in zip(doubtful, outcomes, strict=True):
        whole = [span for span in outcome.decoded.spans if span.trace_id == trace_id]
        if outcome.kind == "found" and len(whole) > len(traces[trace_id]):
            traces[trace_id] = whole
            evidence = [*evidence, *outcome.decoded.evidence]
    for trace_id, spans in traces.items():
        kept, merged = merge_duplicates(spans)
        yield Found(kept, [*merged, *(item for item in evidence if trace_id in item.trace_ids)])
    general = [item for item in evidence if not item.trace_ids]
    if traces and general:
        yield Found([], general)
