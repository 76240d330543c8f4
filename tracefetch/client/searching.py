"""`search` as an operation: traces of a window, newest first, become rows, one for each conversation.

A session's older traces may lie further back than was read, so its row is made as `get` makes its
answer: by asking for the whole session. That costs requests (on a Jaeger without an attribute filter
one for each service and attribute name), so it is asked in steps, each dearer one only while it is cheap:

- a little further is read first, and without a limit to the window's end: where it ends, all traces were
  seen and nothing need be asked;
- all names that may hold the id, where that is cheap (Tempo: one search);
- the names that were seen in this listing, in all services;
- the names and services seen with the session itself; such a row is not `complete`.

How cheap it is the first session shows; all of them together take half of `max_requests` at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from itertools import islice, takewhile

from tracefetch.assembly import Forest, Sessions
from tracefetch.assembly.listing import conversations_in
from tracefetch.assembly.times import utc
from tracefetch.client.gathering import Gathered, Meter, Request, forward, gather, together
from tracefetch.client.retrieval import Retrieval, Retrieved, spans_by_trace
from tracefetch.client.summaries import summarise
from tracefetch.config import window
from tracefetch.errors import AmbiguousError, DeadlineError, LimitError, UsageError
from tracefetch.http.values import Batch, Found, Operation
from tracefetch.models import Conversation, Evidence, Query, Severity, Span, Summary, doubt, note

CHEAP = 8  # requests for a session by all names
DEAR = 64  # for one by the names and services seen: a request for each of its traces, on Tempo
AHEAD = 24  # requests to read further before sessions are asked for
CHUNK = 32  # conversations completed at a time
HELD = 200_000  # spans of waiting conversations in memory


class Reach(IntEnum):
    """How widely a session's other traces are looked for."""

    ALL_NAMES = 0
    SEEN_NAMES = 1
    SEEN_PLACES = 2


@dataclass(frozen=True, slots=True)
class Row(Found):
    """A conversation that a listing found, or only evidence."""

    summary: Summary | None = None


@dataclass(slots=True)
class Candidate:
    """A conversation of which traces were read.

    Attributes:
        attributes, services: of the spans that carry the session id.
    """

    id: str
    session: str | None
    found: Gathered[None] = field(default_factory=Gathered)
    attributes: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)


def plan(
    retrieval: Retrieval,
    *,
    service: str | None = None,
    status: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
) -> Query:
    """The query of a listing; what is not given is taken from the settings.

    Raises:
        UsageError, ConfigError: a filter that can't be.
    """
    if status not in (None, "ok", "error"):
        raise UsageError(f"There is no status {status!r}; choose ok or error.")
    if limit is not None and limit < 1:
        raise UsageError(f"A limit of {limit} lists nothing; give 1 or more.")
    given = {name: value for name, value in (("since", since), ("until", until)) if value is not None}
    settings = retrieval.settings.model_copy(update=given)
    begin, end, _ = window(settings, datetime.now(UTC))
    return replace(
        retrieval.query(), since=begin, until=end, service=service or settings.service, status=status, limit=limit
    )


@dataclass(slots=True)
class Search:
    """One listing.

    Attributes:
        on_read: sees each group that the backend hands on; on_row each conversation that is listed.
        ahead: requests to read further before sessions are asked for.
        allowance: requests for sessions' other traces, all together; half of `max_requests` where None.
        meter: of the requests that list traces.
    """

    retrieval: Retrieval
    query: Query
    on_read: Callable[[Found], object] = lambda found: None
    on_row: Callable[[Conversation], object] = lambda conversation: None
    ahead: int = AHEAD
    allowance: int | None = None
    meter: Meter = field(default_factory=Meter)
    pending: dict[str, Candidate] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    reach: Reach = Reach.ALL_NAMES
    tried: bool = False
    spent: int = 0
    held: int = 0
    listed: int = 0
    asked_ahead: int = 0
    oldest_ns: int = 0
    is_cut: bool = False

    def run(self) -> Operation[None]:
        """Yield a `Row` for each conversation, the last active first, then one with evidence alone.

        Where a cap or the deadline ends it, what was found before stands, with a doubt.
        """
        backend = yield from self.retrieval.connect()
        try:
            everything = hasattr(backend, "everything")
            yield from forward(
                backend.conversations(self.query), self._keep, before=None if everything else self._before
            )
            if not self._is_full:
                yield from self._finish(is_whole=everything or not self.is_cut)
        except (LimitError, DeadlineError) as error:
            for candidate in self._take(self._wanted):
                yield from self._hand_on(candidate, None, complete=False)
            if not self.listed:
                raise
            text = f"The list ends here, before the window does: {error.message}"
            self.evidence.append(doubt("list-cut", text))
        if self._is_full:
            self.evidence.append(self._stopped())
        yield Row([], list(dict.fromkeys(self.evidence)))

    # Reading.

    def _keep(self, found: Found) -> None:
        self.on_read(found)
        traces = spans_by_trace(found.spans)
        general = [item for item in found.evidence if traces.keys().isdisjoint(item.trace_ids)]
        self.evidence += [item for item in general if item.kind != "filtered"]
        self.is_cut = self.is_cut or any(item.severity is not Severity.NOTE for item in general)
        for trace, spans in traces.items():
            starts = [span.start_ns for span in spans if span.start_ns]
            self.oldest_ns = min([*starts, *([self.oldest_ns] if self.oldest_ns else [])], default=0)
            evidence = [item for item in found.evidence if trace in item.trace_ids]
            self._sort_in(spans, evidence)

    def _sort_in(self, spans: list[Span], evidence: list[Evidence]) -> None:
        """Note to which conversations a trace belongs."""
        sessions = Sessions(Forest(spans), self.retrieval.maps.session_attributes)
        for one in reversed(conversations_in(spans, self.retrieval.maps)):
            if one.id in self.done:
                continue
            candidate = self.pending.setdefault(one.id, Candidate(one.id, one.session))
            candidate.found.add(Found(spans, evidence))
            self.held += len(spans)
            for span in sessions.carriers(one.session) if one.session is not None else ():
                candidate.attributes.update(name for name, value in sessions.own(span).items() if value == one.session)
                candidate.services.update([span.resource.service] if span.resource.service else [])
            self.names |= candidate.attributes

    # Listing.

    @property
    def _is_full(self) -> bool:
        return self.query.limit is not None and self.listed >= self.query.limit

    @property
    def _wanted(self) -> int:
        return CHUNK if self.query.limit is None else min(CHUNK, self.query.limit - self.listed)

    def _before(self, step: Request) -> Operation[bool]:
        """Before the backend asks for more: list what is due. True ends the search."""
        while len(self.pending) >= self._wanted:
            if self._may_end_soon:
                self.asked_ahead += len(step.requests) if isinstance(step, Batch) else 0
                break
            yield from self._list(self._take(self._wanted))
            if self._is_full:
                return True
        return (yield from self.meter.before(step))

    @property
    def _may_end_soon(self) -> bool:
        """Reading on can spare requests: a session is waiting, and the listing is not narrower than `get`."""
        if self.query.service != self.retrieval.settings.service or self.held > HELD:
            return False
        if self.query.limit is not None and self.asked_ahead >= self.ahead:
            return False
        return any(one.session is not None for one in self.pending.values())

    def _take(self, count: int) -> list[Candidate]:
        taken = list(self.pending.values())[:count]
        for candidate in taken:
            del self.pending[candidate.id]
            self.done.add(candidate.id)
            self.held -= len(candidate.found.spans)
        return taken

    def _finish(self, *, is_whole: bool) -> Operation[None]:
        """The backend has no more: of what waits, all traces were read, unless the list was cut."""
        is_whole = is_whole and self.query.service == self.retrieval.settings.service
        while self.pending and not self._is_full:
            if is_whole:
                yield from self._hand_on(self._take(1)[0], None, complete=True)
            else:
                yield from self._list(self._take(self._wanted))

    def _list(self, candidates: list[Candidate]) -> Operation[None]:
        """Rows for these; their sessions are asked for side by side once it is known how widely."""
        waiting = list(candidates)
        while waiting and not self._is_full:
            if waiting[0].session is None:
                yield from self._hand_on(waiting.pop(0), None, complete=True)
                continue
            # The first session shows what one costs.
            size = self.retrieval.settings.concurrency if self.tried else 1
            group = list(islice(takewhile(lambda one: one.session is not None, waiting), size))
            waiting = waiting[len(group) :]
            yield from self._list_sessions(group)

    def _list_sessions(self, group: list[Candidate]) -> Operation[None]:
        answers = yield from self._complete_all(group)
        for candidate in group:
            answer, reach = answers[candidate.id]
            if answer is None or not answer.spans:
                yield from self._hand_on(candidate, None, complete=False)
                continue
            known = set(answer.trace_ids)
            answer.spans += [span for span in candidate.found.spans if span.trace_id not in known]
            answer.evidence += candidate.found.evidence
            yield from self._hand_on(candidate, answer, complete=reach < Reach.SEEN_PLACES)

    def _complete_all(self, group: list[Candidate]) -> Operation[dict[str, tuple[Gathered[None] | None, Reach]]]:
        """Everything of these sessions, each as widely as it is affordable."""
        found: dict[str, tuple[Gathered[None] | None, Reach]] = {}
        reach, left = self._affordable, list(group)
        while left:
            answers = yield from together([self._complete(candidate, reach) for candidate in left])
            dear = []
            for candidate, answer in zip(left, answers, strict=True):
                if isinstance(answer, DeadlineError):
                    raise answer
                if isinstance(answer, LimitError) and reach < Reach.SEEN_PLACES:
                    dear.append(candidate)
                else:
                    found[candidate.id] = (answer if isinstance(answer, Gathered) else None, reach)
            left, reach = dear, Reach(min(reach + 1, Reach.SEEN_PLACES))
        if not self.tried:
            self.tried, self.reach = True, found[group[0].id][1]
        return found

    @property
    def _affordable(self) -> Reach:
        """How widely a session may be asked for now."""
        most = self.retrieval.settings.max_requests // 2 if self.allowance is None else self.allowance
        return self.reach if self.spent < most else Reach.SEEN_PLACES

    def _complete(self, candidate: Candidate, reach: Reach) -> Operation[Gathered[None]]:
        """Everything of a session in the window, as far as `reach` goes."""
        backend = yield from self.retrieval.connect()
        settings = self.retrieval.settings
        most = {Reach.ALL_NAMES: CHEAP, Reach.SEEN_NAMES: settings.max_requests // 8, Reach.SEEN_PLACES: DEAR}
        meter, whole = Meter(most[reach]), Gathered[None]()
        try:
            for query in self._queries(candidate, reach):
                found = yield from gather(backend.session(query), meter=meter)
                whole.add(Found(found.spans, found.evidence))
        finally:
            self.spent += meter.used
        return whole

    def _queries(self, candidate: Candidate, reach: Reach) -> list[Query]:
        own = self.retrieval.settings.service
        query = replace(self.query, session=candidate.session, service=own, status=None, limit=None)
        if reach == Reach.ALL_NAMES:
            return [query]
        names = self.names if reach == Reach.SEEN_NAMES else candidate.attributes
        query = replace(query, session_attributes=tuple(name for name in query.session_attributes if name in names))
        if reach == Reach.SEEN_NAMES or not candidate.services:
            return [query]
        return [replace(query, service=service) for service in sorted(candidate.services)]

    def _hand_on(self, candidate: Candidate, found: Gathered[None] | None, *, complete: bool) -> Operation[None]:
        if self._is_full:
            return
        retrieved, is_one = self._assembled(candidate, found or candidate.found)
        if self.query.status not in (None, retrieved.conversation.status):
            return
        self.listed += 1
        self.on_row(retrieved.conversation)
        yield Row([], summary=summarise(retrieved, complete=complete and is_one))

    def _assembled(self, candidate: Candidate, found: Gathered[None]) -> tuple[Retrieved, bool]:
        if candidate.session is None:
            return self.retrieval.assembled(found, session=None, ident=candidate.id), True
        try:
            return self.retrieval.of_session(found, candidate.session), True
        except AmbiguousError as error:
            traces = found.trace_ids
            text = f"{error.message.splitlines()[0].rstrip(':')}; `tracefetch get` lists them"
            self.evidence.append(doubt("id-in-several-places", text, traces=traces))
            return self.retrieval.assembled(found, session=candidate.session, ident=candidate.id), False

    def _stopped(self) -> Evidence:
        oldest = utc(self.oldest_ns)
        back = f"back to {oldest:%Y-%m-%dT%H:%M:%SZ}" if oldest else "at the newest traces"
        begins = f"{self.query.since:%Y-%m-%dT%H:%M:%SZ}"
        return note("window", f"stopped at the limit of {self.query.limit}: looked {back}; the window begins {begins}")
