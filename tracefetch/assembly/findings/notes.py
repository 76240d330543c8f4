"""Notes: how the answer was come by."""

from __future__ import annotations

from collections.abc import Iterator

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.findings.doubts import is_proved
from tracefetch.assembly.findings.losses import torn_spans
from tracefetch.models import Evidence, note


def notes(found: Assembly) -> list[Evidence]:
    """How the answer was come by."""
    checks = (_maps, _history, _words, _wordings, _tries, _choices, _order, _lone, _duplicates, _dropped)
    return [item for check in checks for item in check(found)]


def _maps(found: Assembly) -> Iterator[Evidence]:
    used = {source.split(":")[0] for call in found.order.calls for source in call.reading.sources.values() if source}
    if used:
        yield note("map-used", f"Read by the attribute maps {', '.join(sorted(used))}.")


def _history(found: Assembly) -> Iterator[Evidence]:
    known = [
        turn
        for turn in found.drafts
        if turn.nodes and not turn.spoken and not turn.closing and turn.role != "tool" and turn.own_span is None
    ]
    if known:
        yield note(
            "from-history", f"{len(known)} messages have no span of their own; a later request's history holds them."
        )


def _words(found: Assembly) -> Iterator[Evidence]:
    spans = tuple(laid.call.span.span_id for laid in found.layer.laid if laid.foreign)
    if spans:
        yield note("history-replaced", "Requests hold the history in other words (trimmed or summarised).", spans=spans)


def _wordings(found: Assembly) -> Iterator[Evidence]:
    if found.unified:
        yield note(
            "question-enriched", "Requests hold a question with more words than later histories; these are shown."
        )


def _tries(found: Assembly) -> Iterator[Evidence]:
    proved = [branch for branch in found.talk.alternatives if is_proved(found, branch)]
    if proved:
        spans = tuple(node.call.span.span_id for branch in proved for node in branch if node.call is not None)
        yield note("alternative-answer", "An answer that later requests did not use is left out.", spans=spans)
    failed = tuple(call.span.span_id for call in found.order.calls if not call.output and call.reading.error)
    if failed:
        yield note("failed-try", "A call failed.", spans=failed)


def _choices(found: Assembly) -> Iterator[Evidence]:
    several = [call for call in found.order.calls if any(message.others for message in call.reading.output)]
    if several:
        spans = tuple(call.span.span_id for call in several)
        yield note("other-choices", "A request had several choices; the first is shown.", spans=spans)


def _order(found: Assembly) -> Iterator[Evidence]:
    if found.order.corrected:
        yield note("order-proved", "Requests prove another order than the clocks tell; the proof was followed.")


def _lone(found: Assembly) -> Iterator[Evidence]:
    if found.lone:
        yield note("other-speaker", "A call of another agent, alone in its trace, was taken to go on with the talk.")


def _duplicates(found: Assembly) -> Iterator[Evidence]:
    if found.forest.duplicates:
        spans = tuple(span.span_id for span in found.forest.duplicates)
        yield note("duplicates-merged", "Spans came more than once and were merged.", spans=spans)


def _dropped(found: Assembly) -> Iterator[Evidence]:
    counted = [
        r.span for r in found.readings if r.span.dropped_attributes or r.span.dropped_events or r.span.dropped_links
    ]
    torn = {id(span) for span in torn_spans(found)} if counted and found.drafts else set()
    spans = tuple(span.span_id for span in counted if id(span) not in torn)
    if spans and found.drafts:
        text = "The SDK dropped attributes, events or links of spans; what was said there stands elsewhere too."
        yield note("attributes-dropped", text, spans=spans)
