"""What a caller asks for: an id to be guessed, a trace, a session, or a file's only conversation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from tracefetch.errors import UsageError

_HEX = re.compile(r"[0-9a-fA-F]{1,32}")


@dataclass(frozen=True, slots=True)
class Question:
    """Which conversation is wanted.

    Attributes:
        ident: an id of hex digits only is a trace's, and tried as a session's where there is no such trace.
        is_guessed: the session was given as an id of unknown kind; in a file a trace may have such an id too.
        trace, session: decide outright; together they mean that session in that trace.
    """

    ident: str | None = None
    trace: str | None = None
    session: str | None = None
    whole_session: bool = False
    is_guessed: bool = field(default=False, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        ident: str | None = None,
        *,
        trace: str | None = None,
        session: str | None = None,
        whole_session: bool = False,
    ) -> Question:
        """Check a question.

        Raises:
            UsageError: an id beside `trace` or `session`, or an empty or impossible one.
        """
        if ident is not None and (trace is not None or session is not None):
            raise UsageError("Give an id, or trace and session, not both.")
        for name, value in (("id", ident), ("trace", trace), ("session", session)):
            if value is not None and not isinstance(value, str):
                raise UsageError(f"The {name} is {type(value).__name__}, not text: give it as a string.")
            if value is not None and not value.strip():
                raise UsageError(f"The {name} is empty. Give a trace id or a session id.")
        if trace is not None and not _HEX.fullmatch(trace.strip()) and not trace.strip().isprintable():
            raise UsageError(f"{trace!r} is no trace id.", ident=trace)
        is_guessed = ident is not None and not _HEX.fullmatch(ident.strip())
        if is_guessed:
            ident, session = None, ident  # a server's traces have other ids
        return cls(
            ident.strip() if ident else None,
            trace.strip() if trace else None,
            _unquoted(session.strip()) if session else None,
            whole_session,
            is_guessed,
        )

    @property
    def looks_like_trace(self) -> bool:
        """The id consists of hex digits only, 32 at most."""
        return self.ident is not None and _HEX.fullmatch(self.ident) is not None

    @property
    def asked(self) -> str | None:
        """The id that was given, for an error."""
        return self.ident or self.session or self.trace


def _unquoted(session: str) -> str:
    """The id inside JSON's quotes: some applications store it with them, and it is copied from there."""
    if session[:1] != '"':
        return session
    try:
        value = json.loads(session)
    except ValueError:
        return session
    return value if isinstance(value, str) and value.strip() else session
