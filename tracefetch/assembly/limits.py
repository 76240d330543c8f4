"""Values that a length limit may have cut without a mark: an SDK's `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.

The limit shows where two or more different values have the same greatest length, and that is a
round number. https://opentelemetry.io/docs/specs/otel/common/#attribute-limits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tracefetch.models import Attributes, Span

_SHORTEST = 64


def mark_limited(spans: Sequence[Span]) -> list[Span]:
    """The spans; those with a value of the suspected limit's length as copies that say so."""
    limit = _limit(spans)
    return list(spans) if limit is None else [_marked(span, limit) for span in spans]


def _values(span: Span) -> Iterator[tuple[str, Any]]:
    yield from span.attributes.items()
    for place, event in enumerate(span.events):
        for name, value in event.attributes.items():
            yield f"event.{place}.{name}", value


def _limit(spans: Iterable[Span]) -> int | None:
    greatest, values = _SHORTEST, set[str]()
    for attributes in _places(spans):
        for value in attributes.values():
            if type(value) is not str or len(value) < greatest:
                continue
            if len(value) > greatest:
                greatest, values = len(value), set()
            if len(values) < 2:
                values.add(value)
    return greatest if len(values) > 1 and _is_round(greatest) else None


def _places(spans: Iterable[Span]) -> Iterator[Attributes]:
    for span in spans:
        yield span.attributes
        for event in span.events:
            yield event.attributes


def _is_round(length: int) -> bool:
    return length % 50 == 0 or length % 64 == 0


def _marked(span: Span, limit: int) -> Span:
    names = [name for name, value in _values(span) if isinstance(value, str) and len(value) == limit]
    return replace(span, suspect=tuple(dict.fromkeys((*span.suspect, *names)))) if names else span
