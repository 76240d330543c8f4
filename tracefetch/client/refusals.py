"""What a question is refused with: each error says where was looked and what to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from textwrap import shorten

from tracefetch.backends.contract import Backend
from tracefetch.config import Settings
from tracefetch.errors import AmbiguousError, BackendError, NotFoundError, TracefetchError
from tracefetch.models import Evidence, Query, Severity

DELAY = "A backend shows new traces only after a while (Tempo's search: about half a minute)."
_SHOWN = 20  # choices in a message; the error has them all
_BRIEF = 240  # characters of how it was looked for; --verbose has all requests
_REASONS = ("form-not-searched", "value-not-indexed")  # notes that may tell why nothing was found


def complete(error: TracefetchError, *, backend: str | None, why: str, url: str | None, ident: str | None) -> None:
    """Add to an error what its place did not know: where, and why the backend was taken for what it is."""
    error.backend = error.backend or backend
    error.url = error.url or url
    error.ident = error.ident or ident
    added = []
    if isinstance(error, BackendError) and url and url.rpartition("://")[2] not in error.message:
        added.append(f"asked {url}")
    if why and error.why is None:
        error.why = why
        added.append(f"taken for {str(backend).capitalize()}: {why}")
    if added:
        error.message = f"{error.message.rstrip()} ({'; '.join(added)})"
        error.args = (error.message,)


def place(backend: Backend, settings: Settings) -> str:
    """The backend as a message names it."""
    return f"{backend.name.capitalize()} at {settings.url}" if backend.name != "file" else str(settings.url)


def no_trace(backend: Backend, settings: Settings, trace_id: str) -> NotFoundError:
    """There is no such trace."""
    message = f"{place(backend, settings)} has no trace {trace_id!r}."
    if backend.name != "file":
        message += f" By id no window applies, but old traces are deleted. {DELAY}"
    return NotFoundError(message, backend=backend.name, url=settings.url, ident=trace_id)


def no_session(
    backend: Backend,
    settings: Settings,
    session: str,
    query: Query,
    evidence: Iterable[Evidence],
    *,
    tried_trace: bool,
) -> NotFoundError:
    """There is no such session in the window searched, which it names."""
    what = "trace and no session" if tried_trace else "session"
    message = f"{place(backend, settings)} has no {what} {session!r}"
    if backend.name == "file":
        message += "; no window applies to files."
    else:
        span = f"{_moment(query.since)} to {_moment(query.until)}"
        message += f" in the window searched, {span}; --since and --until widen it. {DELAY}"
    told = _worth_telling(backend, evidence)
    message += f" ({'; '.join(told)})" if told else ""
    return NotFoundError(message, backend=backend.name, url=settings.url, ident=session)


def _worth_telling(backend: Backend, evidence: Iterable[Evidence]) -> list[str]:
    """How it was looked for, in brief, and what may be the reason that nothing was found."""
    told = []
    for item in evidence:
        if item.kind == "window" and backend.name != "file":
            told.append(shorten(item.message, _BRIEF, placeholder=" …"))
        elif item.severity is not Severity.NOTE or item.kind in _REASONS:
            told.append(item.message)
    return list(dict.fromkeys(told))


def not_in_trace(
    backend: Backend, settings: Settings, trace_id: str, session: str, known: Sequence[str]
) -> NotFoundError:
    """The trace is there, but it is not that session's."""
    holds = f"It holds {', '.join(map(repr, known))}." if known else "It names no session."
    message = f"There is no session {session!r} in the trace {trace_id}. {holds}"
    return NotFoundError(message, backend=backend.name, url=settings.url, ident=session)


def nothing_in_it(backend: Backend, settings: Settings) -> NotFoundError:
    """A file without conversations."""
    message = (
        f"There is no conversation in {settings.url}: no span has words that a map reads, nor a session id. "
        "`tracefetch maps` shows what is read; --attribute prompt=NAME and --session-attribute NAME add to it."
    )
    return NotFoundError(message, backend=backend.name, url=settings.url)


def several(
    backend: Backend, settings: Settings, where: str, lines: Sequence[str], *, ident: str | None = None
) -> AmbiguousError:
    """Several conversations where one was meant."""
    message = f"{where} holds {len(lines)} conversations; choose one:\n{_listed(lines)}"
    return AmbiguousError(message, choices=lines, backend=backend.name, url=settings.url, ident=ident)


def clash(backend: Backend | None, settings: Settings, session: str, lines: Sequence[str]) -> AmbiguousError:
    """One id, several conversations."""
    message = (
        f"The id {session!r} names {len(lines)} conversations that share no trace and no history, "
        f"at one time or of different users; choose one:\n{_listed(lines)}"
    )
    name = backend.name if backend is not None else None
    return AmbiguousError(message, choices=lines, backend=name, url=settings.url, ident=session)


def _listed(lines: Sequence[str]) -> str:
    more = [f"  … and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([*(f"  {line}" for line in lines[:_SHOWN]), *more])


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
