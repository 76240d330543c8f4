"""Spans as traces: grouped, without duplicates, and asked whether they are what was wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tracefetch.models import Attributes, Evidence, Query, Span, note

Traces = dict[str, list[Span]]


def group_by_trace(spans: Iterable[Span]) -> Traces:
    """Spans by trace id, in the order in which the traces first appear."""
    traces: Traces = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    return traces


def merge_duplicates(spans: list[Span]) -> tuple[list[Span], list[Evidence]]:
    """Spans without those that came twice (an exporter that sent again, a store that kept both).

    Spans that share an id and differ are kept: a Zipkin client and server share one.
    """
    seen: dict[tuple[str, str], list[Span]] = {}
    kept: list[Span] = []
    dropped: list[str] = []
    for span in spans:
        known = seen.setdefault((span.trace_id, span.span_id), [])
        if span.span_id and any(span == other for other in known):
            dropped.append(span.span_id)
            continue
        known.append(span)
        kept.append(span)
    if not dropped:
        return kept, []
    message = f"{len(dropped)} spans came twice, word for word; each is counted once"
    return kept, [note("duplicates-merged", message, spans=tuple(dict.fromkeys(dropped)))]


def start_of(spans: Iterable[Span]) -> int:
    """The earliest start in nanoseconds; 0 where no span has one."""
    return min((span.start_ns for span in spans if span.start_ns is not None), default=0)


def is_older_than(spans: Iterable[Span], nanoseconds: int) -> bool:
    """Whether a span began before that moment."""
    return any(span.start_ns is not None and span.start_ns < nanoseconds for span in spans)


def lacks_parent(spans: list[Span]) -> bool:
    """Whether a span's parent is not among these spans: a sign of a part of a trace."""
    ids = {span.span_id for span in spans}
    return any(span.parent_id is not None and span.parent_id not in ids for span in spans)


def attributes_of(span: Span) -> Iterator[Attributes]:
    """The places of a span that a backend's search looks into: span, resource, events, links."""
    yield span.attributes
    yield span.resource.attributes
    yield from (event.attributes for event in span.events)
    yield from (link.attributes for link in span.links)


def holds(spans: Iterable[Span], names: Iterable[str], value: str) -> bool:
    """Whether a span says that one of the named attributes is this value, in any of its forms."""
    names = tuple(names)
    return any(
        name in attributes and is_value(attributes[name], value)
        for span in spans
        for attributes in attributes_of(span)
        for name in names
    )


def has_any(spans: Iterable[Span], names: Iterable[str]) -> bool:
    """Whether a span has one of the named attributes, or one below it (`name.0.content`)."""
    wanted = tuple(names)
    exact = frozenset(wanted)
    below = tuple(f"{name}." for name in wanted)
    return any(
        key in exact or key.startswith(below)
        for span in spans
        for attributes in attributes_of(span)
        for key in attributes
    )


def searchable(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are attributes themselves; a map's `name#key` lies below one, out of a search's reach."""
    return tuple(name for name in dict.fromkeys(names) if "#" not in name)


def is_value(found: Any, wanted: str) -> bool:
    """Whether an attribute's value is the wanted text: as text, number, bool, JSON text, or in a list."""
    if found == wanted:
        return True
    if isinstance(found, str):
        return found[:1] in ('"', "[") and _is_encoded(found, wanted)
    if isinstance(found, bool):
        return wanted.lower() == str(found).lower()
    if isinstance(found, (int, float)):
        return str(found) == wanted or (isinstance(found, float) and f"{found:g}" == wanted)
    if isinstance(found, (list, tuple)):
        return any(is_value(item, wanted) for item in found)
    return False


def _is_encoded(found: str, wanted: str) -> bool:
    """JSON text that holds the wanted one: in quotes, or in the list that Jaeger's legacy API makes a string of."""
    try:
        value = json.loads(found)
    except (ValueError, RecursionError):
        return False
    return not isinstance(value, dict) and value != found and is_value(value, wanted)


def selector(query: Query) -> Callable[[list[Span]], bool]:
    """What a whole trace must have to answer the query; holds on our side what a backend filtered or not."""

    def is_wanted(spans: list[Span]) -> bool:
        if query.service is not None and all(span.resource.service != query.service for span in spans):
            return False
        if query.session is not None:
            return holds(spans, query.session_attributes, query.session)
        return has_any(spans, (*query.session_attributes, *query.markers))

    return is_wanted


def in_window(spans: Iterable[Span], query: Query) -> bool:
    """Whether a span of the trace began in the query's window; one without times always counts."""
    since, until = nanoseconds_of_window(query)
    starts = [span.start_ns for span in spans if span.start_ns is not None]
    return not starts or any(since <= start <= until for start in starts)


def nanoseconds_of_window(query: Query) -> tuple[int, int]:
    """The query's window in nanoseconds since the epoch."""
    return int(query.since.timestamp() * 1_000_000) * 1000, int(query.until.timestamp() * 1_000_000) * 1000
