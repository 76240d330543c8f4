"""Which conversations a set of spans holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracefetch.assembly.forest import Forest
from tracefetch.assembly.sessions import Sessions
from tracefetch.maps import MapSet
from tracefetch.messages import read
from tracefetch.models import Span


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a set of spans: a session, or a trace that names none."""

    id: str
    session: str | None
    trace_ids: tuple[str, ...]


def sessions_of(spans: Sequence[Span], maps: MapSet) -> tuple[str, ...]:
    """The session ids in these spans, by start; a sub-agent's own id is none."""
    return tuple(Sessions(Forest(spans), maps.session_attributes).listed())


def conversations_in(spans: Sequence[Span], maps: MapSet) -> list[Listed]:
    """The sessions in these spans, and the traces with words that belong to none, by start."""
    forest = Forest(spans)
    sessions = Sessions(forest, maps.session_attributes)
    found: list[Listed] = []
    covered: set[str] = set()
    for session, carriers in sessions.listed().items():
        traces = tuple(dict.fromkeys(span.trace_id for span in carriers))
        found.append(Listed(session, session, traces))
        covered.update(traces)
    for trace, inside in forest.by_trace.items():
        if trace not in covered and any(read(span, maps).speaks for span in inside):
            found.append(Listed(trace, None, (trace,)))
    return found
