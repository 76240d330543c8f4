"""The error tree: what can go wrong, told so that a person knows what to try next.

    TracefetchError
    ├── UsageError                the question can't be asked like this
    │   ├── ConfigError           a setting is unknown, invalid or unsafe
    │   ├── MissingExtraError     an optional library is not installed; names the extra
    │   └── AmbiguousError        one id, several conversations; `choices` lists them
    ├── NotFoundError             nothing in the backend, or nothing in the window searched
    ├── NotAllowedError           401, 403, or a tenant is missing
    ├── BackendError              the backend could not answer
    │   ├── UnreachableError      no connection, or the connection broke
    │   ├── DeadlineError         the total deadline (`timeout_seconds`) passed
    │   ├── LimitError            a cap of ours was reached: requests, bytes
    │   ├── NotABackendError      something else answers there: a login page, a front page
    │   ├── TooOldError           the backend lacks what this needs
    │   └── ResponseError         the answer can't be used: a status, a body
    └── OutputError               the answer can't be written where it was asked to go

Only `cli` turns these into exit codes and only `promptfoo` into `{"error": …}`.
"""

from __future__ import annotations

from collections.abc import Sequence

BODY_CHARACTERS = 200


class TracefetchError(Exception):
    """The root of all errors raised on purpose.

    Args:
        message: what failed, where, and what to try.
        backend: "jaeger", "tempo", "file", or another.
        url: without credentials and query.
        ident: the trace or session id asked for.
        status: the HTTP status, where there was one.
        body: at most 200 characters of the body, already escaped.
        why: what showed that it is this backend; None where it was named or not found out.
    """

    def __init__(
        self,
        message: str,
        *,
        backend: str | None = None,
        url: str | None = None,
        ident: str | None = None,
        status: int | None = None,
        body: str | None = None,
        why: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.backend = backend
        self.url = url
        self.ident = ident
        self.status = status
        self.body = body[:BODY_CHARACTERS] if body else None
        self.why = why


class UsageError(TracefetchError):
    """The question can't be asked like this."""


class ConfigError(UsageError):
    """A setting is unknown, invalid or unsafe."""


class MissingExtraError(UsageError):
    """An optional library is not installed; the message names the extra."""


class AmbiguousError(UsageError):
    """One id, several conversations; `choices` lists them, a line each."""

    def __init__(self, message: str, *, choices: Sequence[str] = (), **fields: object) -> None:
        super().__init__(message, **fields)  # type: ignore[arg-type]
        self.choices = tuple(choices)


class NotFoundError(TracefetchError):
    """Nothing with this id in the backend, or nothing in the window searched."""


class NotAllowedError(TracefetchError):
    """401, 403, or a tenant is missing."""


class BackendError(TracefetchError):
    """The backend could not answer."""


class UnreachableError(BackendError):
    """No connection, or the connection broke."""


class DeadlineError(BackendError):
    """The total deadline (`timeout_seconds`) passed."""


class LimitError(BackendError):
    """A cap of ours was reached: requests or bytes."""


class NotABackendError(BackendError):
    """Something else than a tracing backend answers there."""


class TooOldError(BackendError):
    """The backend lacks what this needs."""


class ResponseError(BackendError):
    """The answer can't be used."""


class OutputError(TracefetchError):
    """The answer can't be written where it was asked to go."""
