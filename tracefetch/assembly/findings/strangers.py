"""Spans that look like a talk of their own, and that no map recognises."""

from __future__ import annotations

from collections.abc import Iterator

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.unread import Unread, is_messages, known_texts, unread_in
from tracefetch.maps import MapSet
from tracefetch.messages import Reading
from tracefetch.models import Evidence, Span, doubt


def strangers(found: Assembly, maps: MapSet) -> Iterator[Evidence]:
    """A doubt with the spans whose words may belong to the talk, where there are any."""
    silent = [reading for reading in found.readings if _is_silent(reading) and reading.span.attributes]
    if not silent:
        return
    known = known_texts(found.readings)
    spans: list[Span] = []
    names: dict[str, None] = {}
    for reading in silent:
        unread = unread_in(reading, maps, known)
        if unread and _is_talk(unread):
            spans.append(reading.span)
            names.update(dict.fromkeys(one.name for one in unread))
    if spans:
        listed = ", ".join(list(names)[:4])
        text = (
            f"Spans look like calls of a model, and no map reads them ({listed}): their words may be missing. "
            "`tracefetch explain` gives a map that reads them."
        )
        traces = tuple(dict.fromkeys(span.trace_id for span in spans))
        yield doubt("unrecognised-spans", text, traces=traces, spans=tuple(span.span_id for span in spans))


def _is_silent(reading: Reading) -> bool:
    """No map made anything of it; an embedding or a retrieval that a map knows is no stranger."""
    return not reading.maps and not reading.speaks and reading.tool is None


def _is_talk(unread: list[Unread]) -> bool:
    """Messages with roles, or a question together with an answer; one of them alone may be anything."""
    slots = {one.slot for one in unread}
    return {"prompt", "response"} <= slots or any(is_messages(one) for one in unread)
