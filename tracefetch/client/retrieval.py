"""The use case, without any I/O of its own: operations that a driver runs, from a question to a conversation."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from tracefetch.assembly import Assembly, assemble_talk, publish_assembly
from tracefetch.assembly.clashes import choices, do_clash, matches
from tracefetch.assembly.findings.beginning import earlier_turns
from tracefetch.assembly.listing import Listed, conversations_in, sessions_of
from tracefetch.backends.contract import Backend
from tracefetch.backends.detection import detect
from tracefetch.client import refusals
from tracefetch.client.gathering import Gathered, gather
from tracefetch.client.progress import settle
from tracefetch.client.question import Question
from tracefetch.config import Settings, window
from tracefetch.errors import TracefetchError, UsageError
from tracefetch.http.values import Operation
from tracefetch.maps import MapSet, load
from tracefetch.models import Conversation, Evidence, Query, Span, doubt, note

T = TypeVar("T")
_PLACES = 3  # that a doubt lists


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A conversation, and everything that was found on the way to it."""

    conversation: Conversation
    assembly: Assembly

    def told(self, evidence: Evidence) -> Retrieved:
        """The same with one finding more."""
        added = (*self.conversation.evidence, evidence)
        return Retrieved(self.conversation.model_copy(update={"evidence": added}), self.assembly)


@dataclass(slots=True)
class Retrieval:
    """Answers questions about one backend.

    Attributes:
        backend: opened by the first question; `why` tells how it was detected, "" where it was named.
    """

    settings: Settings
    maps: MapSet = field(init=False)
    backend: Backend | None = None
    why: str = ""

    def __post_init__(self) -> None:
        self.maps = load(
            conventions=self.settings.conventions,
            attribute_maps=self.settings.attribute_maps,
            attributes=self.settings.attributes,
            session_attributes=self.settings.session_attributes,
        )

    def connect(self) -> Operation[Backend]:
        """Open the backend: the named one, else the one that answers.

        Raises:
            UsageError: no address is given.
        """
        if self.backend is not None:
            return self.backend
        if self.settings.url is None:
            raise UsageError("No address: give --url (url: in a config, TRACEFETCH_URL), a server's or a file's.")
        detected = yield from detect(self.settings)
        self.why = detected.why if self.settings.named_backend is None else ""
        self.backend = detected.backend
        return self.backend

    def told(self, operation: Operation[T], *, ident: str | None = None) -> Operation[T]:
        """The same operation, whose errors say which backend it was, why it was taken for that, and where."""
        try:
            return (yield from operation)
        except TracefetchError as error:
            name = self.backend.name if self.backend is not None else None
            refusals.complete(error, backend=name, why=self.why, url=self.settings.url, ident=ident)
            raise

    def query(self, session: str | None = None) -> Query:
        """The question as backends are asked it, with the window of the settings."""
        since, until, _ = window(self.settings, datetime.now(UTC))
        return Query(
            since=since,
            until=until,
            session=session,
            session_attributes=self.maps.session_attributes,
            markers=self.maps.markers,
            service=self.settings.service,
        )

    def retrieve(self, question: Question) -> Operation[Retrieved]:
        """Find the conversation that is asked for.

        Raises:
            NotFoundError: nothing with this id, or nothing in the window searched.
            AmbiguousError: several conversations; it lists them.
        """
        backend = yield from self.connect()
        if question.trace is not None:
            found = yield from gather(backend.trace(question.trace))
            if not found.spans:
                raise refusals.no_trace(backend, self.settings, question.trace)
            return (yield from self._from_trace(backend, found, question, question.trace))
        if question.is_guessed and question.session is not None and hasattr(backend, "everything"):
            found = yield from gather(backend.trace(question.session))
            if found.spans:
                return (yield from self._from_trace(backend, found, Question(), question.session))
        if question.session is not None:
            return (yield from self.session(question.session, self.query(question.session)))
        if question.ident is None:
            return (yield from self._only(backend))
        if question.looks_like_trace:
            found = yield from gather(backend.trace(question.ident))
            if found.spans:
                return (yield from self._from_trace(backend, found, question, question.ident))
        query = self.query(question.ident)
        return (yield from self.session(question.ident, query, tried_trace=question.looks_like_trace))

    def session(self, session: str, query: Query, *, tried_trace: bool = False) -> Operation[Retrieved]:
        """Find the whole session in the query's window.

        Raises:
            NotFoundError, AmbiguousError: as `retrieve`.
        """
        backend = yield from self.connect()
        found = yield from gather(backend.session(query))
        if not found.spans:
            raise refusals.no_session(backend, self.settings, session, query, found.evidence, tried_trace=tried_trace)
        answer = self.of_session(found, session)
        return answer if hasattr(backend, "everything") else _with_beginning(answer, query)

    def of_session(self, found: Gathered[None], session: str) -> Retrieved:
        """The session's conversation from spans that hold it.

        Raises:
            AmbiguousError: the id names several conversations.
        """
        retrieved = self.assembled(found, session=session, ident=session, extra=self._zone_notes())
        parts = matches(retrieved.assembly, self.maps)
        if len(parts) < 2:
            return retrieved
        if do_clash(parts):
            raise refusals.clash(self.backend, self.settings, session, list(choices(parts, session)))
        places = list(choices(parts, session))
        where = "; ".join(places[:_PLACES]) + ("; …" if len(places) > _PLACES else "")
        message = (
            f"Traces of {len(places)} places that share nothing but the id {session!r} "
            f"were taken for one conversation: {where}"
        )
        traces = tuple(trace for part in parts for trace in part.trace_ids)
        return retrieved.told(doubt("id-in-several-places", message, traces=traces))

    def assembled(
        self,
        found: Gathered[None],
        *,
        session: str | None,
        ident: str,
        extra: Iterable[Evidence] = (),
        whole: bool = True,
    ) -> Retrieved:
        """The conversation of the spans that were found; `whole`: all of the session was asked for."""
        assembly = assemble_talk(found.spans, maps=self.maps, session=session, whole=whole)
        evidence = list(dict.fromkeys([*found.evidence, *extra]))
        conversation = publish_assembly(assembly, maps=self.maps, ident=ident, evidence=evidence)
        settled = tuple(settle(conversation.evidence, found.spans, last=_open_question(assembly)))
        conversation = conversation.model_copy(update={"evidence": settled})
        return Retrieved(conversation, assembly)

    def _from_trace(
        self, backend: Backend, found: Gathered[None], question: Question, trace_id: str
    ) -> Operation[Retrieved]:
        sessions = sessions_of(found.spans, self.maps)
        session = question.session
        if session is None and len(sessions) > 1:
            lines = [shlex.join(["--trace", trace_id, "--session", name]) for name in sessions]
            raise refusals.several(backend, self.settings, f"The trace {trace_id}", lines, ident=trace_id)
        if session is not None and session not in sessions:
            raise refusals.not_in_trace(backend, self.settings, trace_id, session, sessions)
        session = session or next(iter(sessions), None)
        if session is not None and (question.whole_session or self.settings.whole_session):
            return (yield from self.session(session, self.query(session)))
        extra = []
        if session is not None:
            text = f"The trace belongs to the session {session!r}; --whole-session fetches its other traces too."
            extra.append(note("session", text, traces=found.trace_ids))
        own = found.trace_ids[0] if found.trace_ids else trace_id
        return self.assembled(found, session=session, ident=own, extra=extra, whole=False)

    def _only(self, backend: Backend) -> Operation[Retrieved]:
        everything = getattr(backend, "everything", None)
        if everything is None:
            raise UsageError("Give a trace id or a session id; only a file with one conversation needs none.")
        found = yield from gather(everything())
        listed = conversations_in(found.spans, self.maps)
        if not listed:
            raise refusals.nothing_in_it(backend, self.settings)
        if len(listed) > 1:
            lines = [_choice(one) for one in listed]
            raise refusals.several(backend, self.settings, str(self.settings.url), lines)
        only = listed[0]
        found.spans = [span for span in found.spans if span.trace_id in only.trace_ids]
        if only.session is not None:
            return self.of_session(found, only.session)
        return self.assembled(found, session=None, ident=only.id)

    def _zone_notes(self) -> list[Evidence]:
        _, _, notes = window(self.settings, datetime.now(UTC))
        return [note("window", text) for text in notes]


def spans_by_trace(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Spans by trace, in the order given."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    return traces


def _open_question(assembly: Assembly) -> Span | None:
    """The talk's last message, where it is the user's and a span of its own."""
    last = assembly.drafts[-1] if assembly.drafts else None
    return last.own_span if last is not None and last.role == "user" else None


def _with_beginning(answer: Retrieved, query: Query) -> Retrieved:
    """The same; where the session began before the window, that is told."""
    earlier = earlier_turns(answer.assembly)
    if earlier is None:
        return answer
    count, call = earlier
    since = query.since.isoformat(timespec="seconds").replace("+00:00", "Z")
    turns = f"{count} earlier {'turn' if count == 1 else 'turns'} of the user's"
    text = (
        f"The session seems to begin before the window: its first request there follows {turns} that no span "
        f"since {since} has (or examples stand in it). "
        "`--since` with an earlier time or a longer age looks further back."
    )
    return answer.told(doubt("begins-before-window", text, traces=(call.span.trace_id,), spans=(call.span.span_id,)))


def _choice(one: Listed) -> str:
    return shlex.join(["--session" if one.session is not None else "--trace", one.id])
