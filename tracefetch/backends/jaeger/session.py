"""A session of Jaeger by its attribute: which search to use, proved by what the server answers.

The v3 search needs a request per attribute, where the server filters (2.19 on) and its storage takes
a search without service. A server that does not filter answers anyone's newest traces, and a storage
that needs a service may answer nothing at all: neither may pass for a miss. So the v3 search is used
when the server states or shows that it works; else every service is asked for every attribute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from tracefetch.backends.budget import Budget
from tracefetch.backends.contract import BackendSettings
from tracefetch.backends.jaeger.asking import DEFAULT_LIMIT, Answer, Ask, Asker, asks_for
from tracefetch.backends.jaeger.completion import complete, hand_on, parts_of
from tracefetch.backends.jaeger.door import Door, Outcome
from tracefetch.backends.jaeger.forms import UNINDEXED_BYTES, could_match, has_specials, literal_form, other_forms
from tracefetch.backends.jaeger.scouting import look_around
from tracefetch.backends.jaeger.server import Server, refuse_outcome
from tracefetch.backends.jaeger.v3 import V3
from tracefetch.backends.traces import Traces, attributes_of, holds, searchable, selector
from tracefetch.backends.windows import searched, window_of
from tracefetch.errors import LimitError, TooOldError
from tracefetch.http.values import Found, Operation
from tracefetch.models import Evidence, Query, Span, note


@dataclass(slots=True)
class SessionSearch:
    """One search for one session."""

    query: Query
    server: Server
    settings: BackendSettings
    budget: Budget
    seen: set[str] = field(default_factory=set)
    hits: dict[str, set[str]] = field(default_factory=dict)  # attribute -> services
    refused: list[Outcome] = field(default_factory=list)
    answered: int = 0
    parts: Traces = field(default_factory=dict)
    evidence_of_parts: list[Evidence] = field(default_factory=list)
    in_use: tuple[str, ...] = ()  # attributes that a sample of the services' traces has
    evidence: list[Evidence] = field(default_factory=list)

    def run(self) -> Operation[None]:
        """Yield the traces that hold the session."""
        door, services = yield from self._choose()
        asker = Asker(door, self.budget, self.settings.search_limit or DEFAULT_LIMIT)
        yield from self._sweep(asker, services, (literal_form(self._session),))
        if not self.seen:
            yield from self._sweep_other_forms(asker, services)
        if not self.seen and self.refused and not self.answered:
            refuse_outcome(self.refused[0], asked="the search", ident=self._session, api=self.server.api)
        # Last, with the requests that are left: the search itself must not run out of them.
        yield from complete(self.parts, self.evidence_of_parts, self.server, self.budget)
        self.evidence += asker.evidence
        self._note_what_was_asked(door, services)
        yield Found([], self.evidence)

    @property
    def _session(self) -> str:
        return self.query.session or ""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names to search by; those below an attribute (`name#key`) no storage can be asked for."""
        return searchable(self.query.session_attributes)

    # Which search.

    def _choose(self) -> Operation[tuple[Door, list[str | None]]]:
        """The API, and the services to ask: `[None]` for all at once."""
        if self.query.service is None and self.server.api != "legacy" and (yield from self._filters()):
            return V3(), [None]
        door, services = yield from self.server.by_service(self.budget)
        if self.query.service is not None:
            return door, [self.query.service]
        return door, list(services)

    def _filters(self) -> Operation[bool]:
        """Whether the v3 search filters by attribute and needs no service."""
        if self.server.filters is None:
            needs = yield from self.server.needs_service(self.budget)
            self.server.filters = (yield from self._prove()) if needs is None else not needs
        return bool(self.server.filters)

    def _prove(self) -> Operation[bool | None]:
        """Let the server show it; None where the window has too little in it to show anything."""
        # A value that nobody has: the session's own trace may be the newest, which an ignored filter gives as well.
        ask = Ask(window_of(self.query), None, self.attributes[0], _held_by_nobody(self._session))
        asker = Asker(V3(), self.budget, 1)
        answer = yield from asker.ask_one(ask)
        self.server.present["v3"] = answer.outcome.kind != "absent"
        if answer.outcome.kind != "none":
            return False
        # Nothing: the filter's work, or a storage that is silent without a service? Ask without a filter.
        control = yield from asker.ask_one(Ask(ask.window))
        return True if control.outcome.kind == "found" else None if control.outcome.kind == "none" else False

    def _is_meant(self, spans: Sequence[Span], ask: Ask) -> bool:
        """Whether a filtering storage could have answered this trace."""
        name = ask.attribute or ""
        if holds(spans, (name,), self._session):
            return True
        values = (attributes[name] for span in spans for attributes in attributes_of(span) if name in attributes)
        return any(could_match(value, ask.form) for value in values)

    # The search.

    def _sweep(self, asker: Asker, services: list[str | None], forms: Sequence[str]) -> Operation[None]:
        """Ask every service for every attribute; none is dropped for what another gave.

        Raises:
            LimitError: it takes more requests than are left.
        """
        attributes, window = self.attributes, window_of(self.query)
        if len(services) * len(attributes) * len(forms) > self.budget.left:
            services, attributes, self.in_use = yield from look_around(asker, window, services, attributes)
        planned = len(services) * len(attributes) * len(forms)
        if planned <= self.budget.left:
            yield from self._ask_all(asker, asks_for(window, services, attributes, forms))
            return
        # It can't be finished. Ask the likeliest attributes all the same: the error can then name one that works.
        for attribute in attributes:
            if self.hits or len(services) > self.budget.left:
                break
            yield from self._ask_all(asker, asks_for(window, services, (attribute,), forms))
        raise self._too_many(planned, len(services))

    def _too_many(self, planned: int, services: int) -> LimitError:
        attributes = self.attributes
        asked = f"{services} services x {len(attributes)} attributes are {planned} requests, and max_requests is"
        if self.hits:
            attribute, names = next(iter(self.hits.items()))
            advice = f"it is in {', '.join(sorted(names)[:5])} as {attribute}: try --session-attribute {attribute}"
            others = [name for name in self.in_use if name != attribute]
            advice += f" (also in use there: {', '.join(others)})" if others else ""
        else:
            known = ", ".join(self.in_use or attributes)
            advice = f"name --service, or the attribute that holds it (--session-attribute, one of {known})"
        message = f"the search for session {self._session[:100]} was not finished: {asked} {self.budget.most}; {advice}"
        return LimitError(message, backend="jaeger", ident=self._session)

    def _sweep_other_forms(self, asker: Asker, services: list[str | None]) -> Operation[None]:
        """JSON-encoded and escaped forms; these end in a note where the requests don't suffice."""
        for form in other_forms(self._session):
            planned = len(services) * len(self.attributes)
            if planned > self.budget.left:
                message = f"not searched as {form[:100]}: that takes {planned} more requests (name --service)"
                self.evidence.append(note("form-not-searched", message))
                continue
            yield from self._sweep(asker, services, (form,))
            if self.seen:
                return

    def _ask_all(self, asker: Asker, asks: Sequence[Ask]) -> Operation[None]:
        pending = list(asks)
        size = self.settings.concurrency * 4  # batches run in step: more than one round keeps the pool busy
        while pending:
            batch, pending = pending[:size], pending[size:]
            answers = yield from asker.ask(batch)
            again = [ask for answer in answers for ask in asker.again(answer)]
            pending = again + pending
            new: Traces = {}
            for answer in answers:
                new.update(self._read(answer))
            yield from self._hand_on(new, answers, asker.door)

    def _read(self, answer: Answer) -> Traces:
        """The traces of an answer that hold the session and are new."""
        outcome, ask = answer.outcome, answer.ask
        if outcome.is_about_depth and answer.limit > 1:
            return {}
        if outcome.kind == "refused" and has_specials(ask.form):
            self.refused.append(outcome)  # what Elasticsearch says to a text that is no regular expression
            return {}
        if outcome.kind in ("absent", "refused"):
            refuse_outcome(outcome, asked="the search", ident=self._session, api=self.server.api)
        self.answered += 1
        self._check_filter(answer)
        wanted = selector(self.query)
        found = {trace_id: spans for trace_id, spans in answer.traces.items() if wanted(spans)}
        if found:
            self.hits.setdefault(ask.attribute or "", set()).add(ask.service or "all services")
            self.server.hits.update([ask.service] if ask.service else [])
        new = {trace_id: spans for trace_id, spans in found.items() if trace_id not in self.seen}
        self.seen.update(new)
        return new

    def _check_filter(self, answer: Answer) -> None:
        """Whether the v3 search really filtered.

        Raises:
            TooOldError: it did not, and no other search is there.
        """
        if all(self._is_meant(spans, answer.ask) for spans in answer.traces.values()):
            return
        url = answer.outcome.response.url
        if answer.ask.service is None or self.server.api == "v3":
            self.server.filters = False  # a proof was wrong: the next question goes service by service
            advice = "set api to auto or legacy"
            message = f"the v3 search of the Jaeger at {url} ignores attributes (before 2.19); {advice}"
            raise TooOldError(message, backend="jaeger", url=url, ident=self._session)

    def _hand_on(self, traces: Traces, answers: Sequence[Answer], door: Door) -> Operation[None]:
        evidence = [item for answer in answers for item in answer.outcome.decoded.evidence]
        parts = traces if self._by_id_tells_more(door) else parts_of(traces)
        self.parts |= parts
        self.evidence_of_parts += [
            item for item in evidence if not item.trace_ids or not parts.keys().isdisjoint(item.trace_ids)
        ]
        yield from hand_on({key: spans for key, spans in traces.items() if key not in parts}, evidence)

    def _by_id_tells_more(self, door: Door) -> bool:
        """What comes by the legacy API hides what the SDK dropped; v3, which 2.13 has too, tells it by id."""
        return door.name == "legacy" and self.server.api == "auto" and self.server.present.get("v3") is not False

    def _note_what_was_asked(self, door: Door, services: list[str | None]) -> None:
        where = "all services at once" if services == [None] else f"{len(services)} services"
        attributes = ", ".join(self.attributes)
        how = f"{where}, by {attributes}, through the {door.name} search ({self.budget.used} requests)"
        self.evidence.append(searched(window_of(self.query), where="Jaeger", how=how))
        if not self.seen and len(self._session.encode("utf-8", "replace")) >= UNINDEXED_BYTES:
            message = f"an id of {UNINDEXED_BYTES} bytes or more is in no index of Cassandra or Elasticsearch"
            self.evidence.append(note("value-not-indexed", message))


def _held_by_nobody(session: str) -> str:
    """An id that no trace has; the same for the same session, so that what is asked can be recorded."""
    return f"nobody-{hashlib.sha256(session.encode('utf-8', 'replace')).hexdigest()[:32]}"
