"""The operations of Tempo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracefetch.backends.budget import Budget, chunks
from tracefetch.backends.contract import BackendSettings
from tracefetch.backends.idents import server_id
from tracefetch.backends.suspects import mark_suspects
from tracefetch.backends.tempo.by_id import Lookup, partial_evidence
from tracefetch.backends.tempo.diagnosis import diagnose
from tracefetch.backends.tempo.search import Search, Server
from tracefetch.backends.tempo.services import list_services
from tracefetch.backends.tempo.traceql import Dialect, presence_queries, session_queries
from tracefetch.backends.traces import group_by_trace, merge_duplicates, searchable, selector
from tracefetch.backends.windows import Window, searched, window_of
from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence, Query, loss, note
from tracefetch.models.diagnosis import Diagnosis

ADVICE = "ask for a shorter window (--since), name --service, or raise --max-requests"
LAG = "Tempo's search shows a new trace after about half a minute, and one sent with old timestamps perhaps never"


class Tempo:
    """Tempo, by id in protobuf, by session through TraceQL."""

    name = "tempo"

    def __init__(self, settings: BackendSettings) -> None:
        self._settings = settings
        self._server = Server()
        if settings.search_limit:
            self._server.limit = settings.search_limit

    def trace(self, trace_id: str) -> Operation[None]:
        """Find one trace by its id."""
        lookups = yield from self._look_up([server_id(trace_id, backend=self.name)], self._budget())
        yield from self._hand_on(lookups, is_wanted=None)

    def session(self, query: Query) -> Operation[None]:
        """Find whole traces that hold the session id under one of the attributes."""
        session, names = query.session or "", searchable(query.session_attributes)

        def write(dialect: Dialect) -> list[str]:
            return session_queries(names, session, service=query.service, dialect=dialect)

        yield from self._search(query, write, side_by_side=self._settings.concurrency)

    def conversations(self, query: Query) -> Operation[None]:
        """Find traces with a marker or a session attribute, newest first."""
        names = searchable((*query.session_attributes, *query.markers))

        def write(dialect: Dialect) -> list[str]:
            return presence_queries(names, service=query.service, dialect=dialect)

        yield from self._search(query, write, side_by_side=1)

    def services(self) -> Operation[list[str]]:
        """List the values of `service.name` that Tempo knows."""
        return (yield from list_services(self._budget(), self._server.longest))

    def diagnose(self) -> Operation[Diagnosis]:
        """Ask for version, limits and what answers."""
        return (yield from diagnose(self._budget()))

    def _budget(self) -> Budget:
        return Budget(self._settings.max_requests, backend=self.name, advice=ADVICE)

    def _search(self, query: Query, write: Callable[[Dialect], Sequence[str]], *, side_by_side: int) -> Operation[None]:
        budget = self._budget()
        search = Search(self._server, budget, write, side_by_side)
        window = window_of(query)
        search.start(window)
        seen: set[str] = set()
        while search.pending:
            found = yield from search.step()
            new = [trace_id for trace_id in found if trace_id and trace_id not in seen]
            seen.update(new)
            for some in chunks(new, self._settings.concurrency * 2):
                lookups = yield from self._look_up(some, budget)
                yield from self._hand_on(lookups, is_wanted=query)
            if search.evidence:  # at once: who wants only the newest won't be here at the end
                yield Found([], search.evidence)
                search.evidence = []
        yield Found([], [self._searched(window, query)])

    def _searched(self, window: Window, query: Query) -> Evidence:
        asked = (
            f"{len(searchable(query.session_attributes))} session attributes"
            if query.session
            else "traces with LLM spans"
        )
        return searched(window, where="Tempo", how=f"TraceQL over {asked}; {LAG}")

    def _look_up(self, trace_ids: Sequence[str], budget: Budget) -> Operation[list[Lookup]]:
        lookups = [Lookup(trace_id, self._server.first_step) for trace_id in trace_ids]
        while pending := [lookup for lookup in lookups if lookup.enclosed is None]:
            responses = yield from budget.ask([lookup.request for lookup in pending])
            for lookup, response in zip(pending, responses, strict=True):
                lookup.receive(response)
        if any(lookup.step == "v1" and lookup.enclosed and lookup.enclosed.decoded.spans for lookup in lookups):
            self._server.first_step = "v1"  # a Tempo before 2.6
        return lookups

    def _hand_on(self, lookups: Sequence[Lookup], *, is_wanted: Query | None) -> Operation[None]:
        wanted = selector(is_wanted) if is_wanted else None
        for lookup in lookups:
            enclosed = lookup.enclosed
            if enclosed is None or not enclosed.decoded.spans:
                if is_wanted:
                    yield Found([], [_vanished(lookup.trace_id)])
                continue
            mark_suspects(enclosed.decoded.spans, self._settings.max_attribute_bytes)
            evidence = [*enclosed.decoded.evidence, *partial_evidence(enclosed, lookup.trace_id)]
            for spans in group_by_trace(enclosed.decoded.spans).values():
                if wanted and not wanted(spans):
                    yield Found([], [_not_wanted(lookup.trace_id)])
                    continue
                kept, merged = merge_duplicates(spans)
                yield Found(kept, [*evidence, *merged])


def _vanished(trace_id: str) -> Evidence:
    message = f"Tempo's search listed trace {trace_id} and could not give it by id"
    return loss("trace-missing", message, traces=(trace_id,))


def _not_wanted(trace_id: str) -> Evidence:
    message = f"trace {trace_id} came from Tempo's search and does not hold what was asked for; left out"
    return note("filtered", message, traces=(trace_id,))
