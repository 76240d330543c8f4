"""The one question that every backend is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Query:
    """Which spans are wanted. Filters that a backend can't apply are applied on our side.

    Attributes:
        session: the session id; None when conversations of a window are listed.
        session_attributes: names that may hold it, the likeliest first.
        markers: attribute names that tell an LLM span, for a search without a session.
        since, until: UTC; the window, both set. By trace id no window applies.
        service: only spans' traces of this service.
        status: "ok" or "error", of conversations in a listing.
        limit: how many conversations a listing wants; None for all.
    """

    since: datetime
    until: datetime
    session: str | None = None
    session_attributes: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    service: str | None = None
    status: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list; the words are a preview, not the talk.

    Attributes:
        id: the session id, else the trace id.
        turns: dialogue turns, as `get` shows them.
        preview: the first user words, cut with an ellipsis.
        complete: False where the session may have more traces, and so turns, than were read.
    """

    id: str
    is_session: bool
    start: datetime | None
    turns: int
    service: str | None
    status: str
    preview: str
    trace_ids: tuple[str, ...] = ()
    complete: bool = True
