"""Traces of a search made whole, by their ids.

Some storages give of a trace only what lies near the window, and the legacy API tells neither what
the SDK dropped nor nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracefetch.backends.budget import Budget, chunks
from tracefetch.backends.jaeger.by_id import look_up_all
from tracefetch.backends.jaeger.server import Server
from tracefetch.backends.traces import Traces, lacks_parent, merge_duplicates
from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence, note

BATCH = 16


def hand_on(traces: Traces, evidence: Sequence[Evidence]) -> Operation[None]:
    """Yield traces with the evidence of their answers, but for what is about other traces."""
    for trace_id, spans in traces.items():
        kept, merged = merge_duplicates(spans)
        yield Found(kept, [*merged, *(item for item in evidence if trace_id in item.trace_ids)])
    general = [item for item in evidence if not item.trace_ids]
    if traces and general:
        yield Found([], general)


def parts_of(traces: Traces) -> Traces:
    """The traces in which a parent is missing: perhaps parts, perhaps whole below a remote parent."""
    return {trace_id: spans for trace_id, spans in traces.items() if lacks_parent(spans)}


def complete(parts: Traces, evidence: Sequence[Evidence], server: Server, budget: Budget) -> Operation[None]:
    """Yield the traces, asked for by their ids, as far as the requests last."""
    asked = list(parts)[: budget.left]
    for some in chunks(asked, BATCH):
        outcomes = yield from look_up_all(some, server, budget)
        for trace_id, outcome in zip(some, outcomes, strict=True):
            whole = [span for span in outcome.decoded.spans if span.trace_id == trace_id]
            if outcome.kind == "found" and len(whole) >= len(parts[trace_id]):
                parts[trace_id] = whole
                evidence = [*evidence, *outcome.decoded.evidence]
    yield from hand_on(parts, evidence)
    if len(asked) < len(parts):
        message = (
            f"{len(parts) - len(asked)} traces were not asked for by id (max_requests): parts of them may be missing"
        )
        yield Found([], [note("not-completed", message, traces=tuple(parts)[len(asked) :])])
