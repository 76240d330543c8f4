"""Traces of a window of Jaeger, newest first, whatever is in them: no storage can be asked for "has attribute"."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tracefetch.backends.budget import Budget
from tracefetch.backends.contract import BackendSettings
from tracefetch.backends.jaeger.asking import DEFAULT_LIMIT, FLOOR, Ask, Asker
from tracefetch.backends.jaeger.completion import hand_on
from tracefetch.backends.jaeger.door import Door
from tracefetch.backends.jaeger.server import Server, refuse_outcome
from tracefetch.backends.jaeger.v3 import V3
from tracefetch.backends.traces import Traces, selector, start_of
from tracefetch.backends.windows import Window, list_cut, searched, window_of
from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence, Query

FIRST_LENGTH = timedelta(hours=1)
FACTOR = 4


@dataclass(slots=True)
class Listing:
    """One listing. Windows grow while little is in them and are halved where an answer is cut."""

    query: Query
    server: Server
    settings: BackendSettings
    budget: Budget
    seen: set[str] = field(default_factory=set)
    read: int = 0
    evidence: list[Evidence] = field(default_factory=list)

    def run(self) -> Operation[None]:
        """Yield traces with a marker or a session attribute; the caller stops when it has enough."""
        door, services = yield from self._choose()
        asker = Asker(door, self.budget, self.settings.search_limit or DEFAULT_LIMIT)
        window, length = window_of(self.query), FIRST_LENGTH
        until = window.until
        while until > window.since and services:
            piece = Window(max(window.since, until - length), until)
            is_whole = yield from self._list(asker, piece, services)
            if is_whole:
                until, length = piece.since, piece.length * FACTOR
            else:
                length = piece.length / 2
        how = f"{self.read} traces of {'all services' if services == [None] else f'{len(services)} services'}"
        self.evidence.append(searched(window, where="Jaeger", how=f"{how}, through the {door.name} search"))
        yield Found([], self.evidence)

    def _choose(self) -> Operation[tuple[Door, list[str | None]]]:
        if self.query.service is None and self.server.api != "legacy" and (yield from self._lists()):
            return V3(), [None]
        door, services = yield from self.server.by_service(self.budget)
        return door, [self.query.service] if self.query.service is not None else list(services)

    def _lists(self) -> Operation[bool]:
        """Whether the v3 search gives traces without a service; one that is silent may need it."""
        if self.server.lists is None:
            answer = yield from Asker(V3(), self.budget, 1).ask_one(Ask(window_of(self.query)))
            self.server.lists = True if answer.outcome.kind == "found" else None
        return bool(self.server.lists)

    def _list(self, asker: Asker, window: Window, services: list[str | None]) -> Operation[bool]:
        """Hand on what is in a window; False where an answer was cut and nothing was handed on."""
        traces: Traces = {}
        evidence: list[Evidence] = []
        pending = [Ask(window, service) for service in services]
        size = self.settings.concurrency * 4
        while pending:
            batch, pending = pending[:size], pending[size:]
            for answer in (yield from asker.ask(batch)):
                if answer.outcome.is_about_depth and answer.limit > 1:
                    pending += asker.again(answer)
                    continue
                if answer.outcome.kind in ("absent", "refused"):
                    refuse_outcome(answer.outcome, asked="the search", api=self.server.api)
                if len(answer.traces) >= answer.limit:
                    if window.length > FLOOR:
                        return False
                    # At once: who wants only the newest won't be here at the end.
                    yield Found([], [list_cut(window, answer.limit)])
                traces.update(answer.traces)
                evidence += answer.outcome.decoded.evidence
        yield from self._hand_on(traces, evidence)
        return True

    def _hand_on(self, traces: Traces, evidence: list[Evidence]) -> Operation[None]:
        new = {trace_id: spans for trace_id, spans in traces.items() if trace_id not in self.seen}
        self.seen.update(new)
        self.read += len(new)
        wanted = selector(self.query)
        chosen = sorted((item for item in new.items() if wanted(item[1])), key=lambda item: -start_of(item[1]))
        yield from hand_on(dict(chosen), evidence)
