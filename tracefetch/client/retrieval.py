"""The use case, without any I/O of its own: an operation that a driver runs, from a question to a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tracefetch.assembly import Assembly, assemble_talk, publish_assembly
from tracefetch.assembly.listing import Listed, conversations_in, sessions_of
from tracefetch.backends.contract import Backend
from tracefetch.backends.detection import detect
from tracefetch.client.gathering import Gathered, gather
from tracefetch.client.question import Question
from tracefetch.config import Settings, window
from tracefetch.errors import AmbiguousError, NotFoundError, UsageError
from tracefetch.http.values import Operation
from tracefetch.maps import MapSet, load
from tracefetch.models import Conversation, Evidence, Query, note

_DELAY = "A backend shows new traces only after a while (Tempo's search: about half a minute)."


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A conversation, and everything that was found on the way to it."""

    conversation: Conversation
    assembly: Assembly


@dataclass(slots=True)
class Retrieval:
    """Answers questions about one backend.

    Attributes:
        backend: opened by the first question; `why` tells how it was detected.
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
        self.backend, self.why = detected.backend, detected.why
        return self.backend

    def query(self, session: str | None = None, *, status: str | None = None, limit: int | None = None) -> Query:
        """The question as backends are asked it, with the window of the settings."""
        since, until, _ = window(self.settings, datetime.now(UTC))
        return Query(
            since=since,
            until=until,
            session=session,
            session_attributes=self.maps.session_attributes,
            markers=self.maps.markers,
            service=self.settings.service,
            status=status,
            limit=limit,
        )

    def retrieve(self, question: Question) -> Operation[Retrieved]:
        """Find the conversation that is asked for.

        Raises:
            NotFoundError: nothing with this id, or nothing in the window searched.
            AmbiguousError: several conversations; it lists them.
        """
        backend = yield from self.connect()
        if question.trace is not None:
            found = yield from self._trace(backend, question.trace)
            if found is None:
                raise self._no_trace(backend, question.trace)
            return (yield from self._from_trace(backend, found, question, question.trace))
        if question.session is not None:
            return (yield from self._session(backend, question.session))
        if question.ident is None:
            return (yield from self._only(backend))
        if question.looks_like_trace:
            found = yield from self._trace(backend, question.ident)
            if found is not None:
                return (yield from self._from_trace(backend, found, question, question.ident))
        return (yield from self._session(backend, question.ident, tried_trace=question.looks_like_trace))

    def _trace(self, backend: Backend, trace_id: str) -> Operation[Gathered[None] | None]:
        found = yield from gather(backend.trace(trace_id))
        return found if found.spans else None

    def _from_trace(
        self, backend: Backend, found: Gathered[None], question: Question, trace_id: str
    ) -> Operation[Retrieved]:
        sessions = sessions_of(found.spans, self.maps)
        session = question.session
        if session is None and len(sessions) > 1:
            raise self._several(backend, trace_id, [f"--trace {trace_id} --session {name}" for name in sessions])
        if session is not None and session not in sessions:
            known = f" It holds {', '.join(sessions)}." if sessions else " It names no session."
            raise NotFoundError(
                f"There is no session {session!r} in the trace {trace_id}.{known}", backend=backend.name, ident=session
            )
        session = session or next(iter(sessions), None)
        if session is not None and (question.whole_session or self.settings.whole_session):
            return (yield from self._session(backend, session))
        extra = []
        if session is not None:
            text = f"The trace belongs to the session {session!r}; --whole-session fetches its other traces too."
            extra.append(note("session", text, traces=found.trace_ids))
        own = found.trace_ids[0] if found.trace_ids else trace_id
        return self._assembled(found, session=session, ident=own, extra=extra)

    def _session(self, backend: Backend, session: str, *, tried_trace: bool = False) -> Operation[Retrieved]:
        query = self.query(session)
        found = yield from gather(backend.session(query))
        if not found.spans:
            raise self._no_session(backend, session, query, found, tried_trace=tried_trace)
        return self._assembled(found, session=session, ident=session, extra=self._window_notes(query, backend))

    def _only(self, backend: Backend) -> Operation[Retrieved]:
        everything = getattr(backend, "everything", None)
        if everything is None:
            raise UsageError("Give a trace id or a session id; only a file with one conversation needs none.")
        found = yield from gather(everything())
        listed = conversations_in(found.spans, self.maps)
        if not listed:
            raise NotFoundError(f"There is no conversation in {self.settings.url}.", backend=backend.name)
        if len(listed) > 1:
            raise self._several(backend, str(self.settings.url), [self._choice(one) for one in listed])
        only = listed[0]
        found.spans = [span for span in found.spans if span.trace_id in only.trace_ids]
        return self._assembled(found, session=only.session, ident=only.id, extra=[])

    def _assembled(
        self, found: Gathered[None], *, session: str | None, ident: str, extra: Iterable[Evidence]
    ) -> Retrieved:
        assembly = assemble_talk(found.spans, maps=self.maps, session=session)
        evidence = list(dict.fromkeys([*found.evidence, *extra]))
        conversation = publish_assembly(assembly, maps=self.maps, ident=ident, evidence=evidence)
        return Retrieved(conversation, assembly)

    @staticmethod
    def _choice(one: Listed) -> str:
        return f"--session {one.id}" if one.session is not None else f"--trace {one.id}"

    def _several(self, backend: Backend, where: str, choices: list[str]) -> AmbiguousError:
        shown = "\n  ".join(choices[:20]) + (f"\n  … and {len(choices) - 20} more" if len(choices) > 20 else "")
        message = f"{where} holds {len(choices)} conversations; choose one:\n  {shown}"
        return AmbiguousError(message, choices=choices, backend=backend.name, ident=where)

    def _window_notes(self, query: Query, backend: Backend) -> list[Evidence]:
        _, _, notes = window(self.settings, datetime.now(UTC))
        return [note("window", text) for text in notes]

    def _no_trace(self, backend: Backend, trace_id: str) -> NotFoundError:
        message = f"{backend.name} at {self.settings.url} has no trace {trace_id!r}. {self._delay(backend)}".strip()
        return NotFoundError(message, backend=backend.name, url=self.settings.url, ident=trace_id)

    def _no_session(
        self, backend: Backend, session: str, query: Query, found: Gathered[None], *, tried_trace: bool
    ) -> NotFoundError:
        what = "trace and no session" if tried_trace else "session"
        where = f"{backend.name} at {self.settings.url}"
        if backend.name == "file":
            message = f"There is no {what} {session!r} in {self.settings.url}."
            return NotFoundError(message, backend=backend.name, url=self.settings.url, ident=session)
        span = f"{_moment(query.since)} to {_moment(query.until)}"
        searched = "; ".join(item.message for item in found.evidence if item.kind in ("window", "list-cut"))
        message = (
            f"{where} has no {what} {session!r} in the window searched, {span}; --since and --until widen it. "
            f"{self._delay(backend)}"
        )
        message += f" ({searched})" if searched else ""
        return NotFoundError(message, backend=backend.name, url=self.settings.url, ident=session)

    @staticmethod
    def _delay(backend: Backend) -> str:
        return "" if backend.name == "file" else _DELAY


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
