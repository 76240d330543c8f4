"""Which strings Tempo may have cut: `distributor.max_attribute_bytes`, 2048 by default since 2.7.

It cuts string values at a byte offset and leaves no mark. A string of exactly that many bytes is
suspect, and one that ends in U+FFFD with up to three bytes less before it: a character was split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracefetch.models import Attributes, Resource, Span

_BROKEN = "\ufffd"
_SPLIT_BYTES = 3  # of a character of four bytes, at most three can be left


def mark_suspects(spans: Iterable[Span], limit: int) -> None:
    """Name in `Span.suspect` the attributes that a limit of so many bytes may have cut.

    Attributes of the resource as `resource.<name>`, of events as `event.<index>.<name>`.
    """
    if limit <= 0:
        return
    resources: dict[int, tuple[str, ...]] = {}
    for span in spans:
        shared = resources.get(id(span.resource))
        if shared is None:
            shared = resources[id(span.resource)] = _suspects_of_resource(span.resource, limit)
        names = [*_suspects(span.attributes, limit), *shared]
        for index, event in enumerate(span.events):
            names += [f"event.{index}.{name}" for name in _suspects(event.attributes, limit)]
        if names:
            span.suspect = (*span.suspect, *names)


def _suspects_of_resource(resource: Resource, limit: int) -> tuple[str, ...]:
    return tuple(f"resource.{name}" for name in _suspects(resource.attributes, limit))


def _suspects(attributes: Attributes, limit: int) -> Iterator[str]:
    for name, value in attributes.items():
        if isinstance(value, str) and _is_suspect(value, limit):
            yield name


def _is_suspect(value: str, limit: int) -> bool:
    if len(value) > limit or len(value) * 4 < limit - _SPLIT_BYTES:
        return False  # neither more characters than bytes nor so few that no encoding reaches the limit
    size = len(value.encode("utf-8", "surrogatepass"))
    if size == limit:
        return True
    stripped = value.rstrip(_BROKEN)
    lost = len(value) - len(stripped)
    # JSON writes one U+FFFD per broken byte or one per sequence: look at what stands before them.
    before = size - lost * len(_BROKEN.encode())
    return 0 < lost <= _SPLIT_BYTES and limit - _SPLIT_BYTES <= before < limit
