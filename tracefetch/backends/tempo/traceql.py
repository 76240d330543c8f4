"""TraceQL: conditions, quoted and typed.

Sources: Tempo's docs/sources/tempo/traceql and pkg/traceql/lexer.go. `.a` matches attributes of span
and resource, not of events. A number never equals a string, so each form gets its own condition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

# Encoded, as in a URL: gateways refuse addresses of more than some 4 to 8 KB (nginx: 8 KB by default).
QUERY_CHARACTERS = 3000
# As Tempo reads it. Its lexer takes 1024 bytes at a time and, where a piece ends at an attribute without scope,
# answers 400 ("parse error at line 1, col 1025: unexpected $end") or too few traces, seen on 3.0 [main, 2026-08].
# What stands around the conditions (a service's name, the hint) has the rest.
QUERY_BYTES = 800

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/]*")
_SCOPES = ("span.", "resource.", "event.", "link.", "instrumentation.", "parent.", "trace.")
_INT64 = 2**63
_INT = re.compile(r"-?(0|[1-9]\d{0,18})")
_FLOAT = re.compile(r"-?(0|[1-9]\d{0,15})\.\d{1,15}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What this server's TraceQL knows; older ones answer 400 to the rest.

    Attributes:
        most_recent: the search hint, 2.8 on.
        events: the scope `event.`, 2.6 on.
    """

    most_recent: bool = True
    events: bool = True

    def simpler(self) -> Dialect | None:
        """The dialect to try after a parse error; None when there is no simpler one."""
        if self.most_recent:
            return replace(self, most_recent=False)
        return replace(self, events=False) if self.events else None


def quoted(text: str) -> str:
    """A string literal. JSON's escapes are a subset of those that TraceQL knows."""
    return json.dumps(text, ensure_ascii=False)


def attribute(scope: str, name: str) -> str:
    """An attribute with its scope ("" for span and resource); quoted (2.3 on) only where it must be."""
    plain = _PLAIN_NAME.fullmatch(name) and not name.startswith(_SCOPES)
    return f"{scope}.{name if plain else quoted(name)}"


def literals(value: str) -> Iterator[str]:
    """The forms in which an id may be stored: text, JSON-encoded text, int, float, bool."""
    yield quoted(value)
    yield quoted(json.dumps(value, ensure_ascii=False))
    if value in ("true", "false"):
        yield value
    if _FLOAT.fullmatch(value) or (_INT.fullmatch(value) and -_INT64 <= int(value) < _INT64):
        yield value


def session_queries(names: Sequence[str], value: str, *, service: str | None, dialect: Dialect) -> list[str]:
    """Traces in which one of the attributes is this value: what one of the queries finds."""
    forms = tuple(literals(value))
    conditions = [f"{field}={form}" for field in _fields(names, dialect) for form in forms]
    return [_query(some, service, dialect) for some in _portions(conditions)]


def presence_queries(names: Sequence[str], *, service: str | None, dialect: Dialect) -> list[str]:
    """Traces in which one of the attributes is present: what one of the queries finds."""
    conditions = [f"{field}!=nil" for field in _fields(names, dialect)]
    return [_query(some, service, dialect) for some in _portions(conditions)]


def _portions(conditions: Sequence[str]) -> list[list[str]]:
    """The conditions in portions whose query fits into a URL, and into one piece of Tempo's lexer."""
    portions: list[list[str]] = [[]]
    length = read = 0
    for condition in conditions:
        text = f"{condition} || "
        size, raw = len(quote(text, errors="replace")), len(text.encode(errors="replace"))
        if portions[-1] and (length + size > QUERY_CHARACTERS or read + raw > QUERY_BYTES):
            portions.append([])
            length = read = 0
        portions[-1].append(condition)
        length, read = length + size, read + raw
    return portions


def _fields(names: Sequence[str], dialect: Dialect) -> Iterator[str]:
    for name in names:
        yield attribute("", name)
        if dialect.events:
            yield attribute("event", name)


def _query(conditions: Sequence[str], service: str | None, dialect: Dialect) -> str:
    query = "{ " + " || ".join(conditions) + " }"
    if service is not None:
        query = f"{{ resource.service.name={quoted(service)} }} && {query}"
    return f"{query} with (most_recent=true)" if dialect.most_recent else query
