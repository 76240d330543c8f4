"""The shape of spans: attribute names and, inside JSON, the paths and types of values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.talks.encoders.base import INDEX, Dialect, parsed
from tracefetch.models import Span

Shapes = dict[str, set[str]]


def shapes(spans: Iterable[Span], dialect: Dialect) -> Shapes:
    """By node kind, the paths of everything that holds words in this dialect."""
    found: Shapes = {}
    for span in spans:
        for kind, pattern in dialect.kinds.items():
            if re.fullmatch(pattern, span.name):
                found.setdefault(kind, set()).update(_of_span(span, dialect))
    return found


def _of_span(span: Span, dialect: Dialect) -> Iterator[str]:
    for key, value in span.attributes.items():
        if key.startswith(dialect.content):
            yield from _paths(INDEX.sub(".N", key), value)
    for event in span.events:
        if event.name != "exception":
            for key, value in event.attributes.items():
                yield from _paths(f"event {event.name} {key}", value)


def _paths(prefix: str, value: Any) -> Iterator[str]:
    value = parsed(value) if isinstance(value, str) and value[:1] in '{["' else value
    if isinstance(value, dict):
        for key, inner in value.items():
            # What a tool takes and gives is the tool's own matter.
            yield from _paths(f"{prefix}/{key}", inner) if key not in FREE else (f"{prefix}/{key}",)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _paths(f"{prefix}[]", inner)
    else:
        yield f"{prefix}: {type(value).__name__}"


FREE = {"arguments", "args", "city", "temp_c", "sky", "tools", "response", "result"}
