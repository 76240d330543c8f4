"""Which session a span belongs to, through its own attributes and its ancestors'."""

from __future__ import annotations

from collections.abc import Iterable

from tracefetch.assembly.forest import Forest
from tracefetch.messages.attributes import find
from tracefetch.models import Span


def session_values(value: object) -> tuple[str, ...]:
    """An attribute's value as session ids; JSON-encoded text is unwrapped."""
    if value is None or isinstance(value, bool | dict):
        return ()
    if isinstance(value, list):
        return tuple(text for item in value for text in session_values(item))
    text = str(value)
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return (text,) if text.strip() else ()


class Sessions:
    """The session ids on the spans of a forest, by attribute name."""

    def __init__(self, forest: Forest, names: Iterable[str]) -> None:
        self.forest = forest
        self.names = tuple(dict.fromkeys(names))
        self._heads = frozenset(name.partition("#")[0] for name in self.names)
        self._elsewhere = any(name.startswith("event:") or name.endswith("#span") for name in self.names)
        self._own: dict[tuple[str, str], dict[str, str]] = {}
        self._carriers: list[tuple[Span, dict[str, str]]] = []
        for span in forest.spans:
            own = {} if self._is_without(span) else self._read(span)
            if own:
                self._own[span.trace_id, span.span_id] = own
                self._carriers.append((span, own))
        self._nearest: dict[tuple[str, str], dict[str, str]] = {}
        self._of_trace: dict[str, set[str]] = {}
        for (trace, _), own in self._own.items():
            self._of_trace.setdefault(trace, set()).update(own.values())

    def _read(self, span: Span) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self.names:
            value = find(span, (name,)) if "#" in name else span.attributes.get(name)
            if value is None:
                value = span.resource.attributes.get(name)
            if value is None:
                value = next((e.attributes[name] for e in span.events if name in e.attributes), None)
            for text in session_values(value):
                found.setdefault(name, text)
        return found

    def _is_without(self, span: Span) -> bool:
        """Whether none of the names is anywhere on the span: most spans, seen at a glance."""
        missing = self._heads.isdisjoint
        return (
            not self._elsewhere
            and missing(span.attributes)
            and missing(span.resource.attributes)
            and (not span.events or all(missing(event.attributes) for event in span.events))
        )

    def own(self, span: Span) -> dict[str, str]:
        """Name -> session id, on the span itself."""
        return self._own.get((span.trace_id, span.span_id), {})

    def nearest(self, span: Span) -> dict[str, str]:
        """Name -> the nearest session id on the span or above it."""
        line: list[Span] = []
        seen: set[str] = set()
        one: Span | None = span
        above: dict[str, str] = {}
        while one is not None and one.span_id not in seen:
            known = self._nearest.get((one.trace_id, one.span_id))
            if known is not None:
                above = known
                break
            line.append(one)
            seen.add(one.span_id)
            one = self.forest.parent(one)
        for one in reversed(line):
            own = self.own(one)
            above = {**own, **{name: value for name, value in above.items() if name not in own}} if own else above
            self._nearest[one.trace_id, one.span_id] = above
        return above

    def belongs(self, span: Span, session: str) -> bool:
        """Whether the span is the session's: by any name the nearest value is its id."""
        nearest = self.nearest(span)
        if nearest:
            return session in nearest.values()
        return self._of_trace.get(span.trace_id) == {session}

    def is_inside(self, span: Span, session: str) -> bool:
        """Whether an ancestor is the session's, although the span carries another id (a sub-agent)."""
        return any(session in self.own(one).values() for one in self.forest.ancestors(span))

    def listed(self) -> dict[str, list[Span]]:
        """Session id -> the spans that carry it; ids seen only below another session's span are left out."""
        spans: dict[str, list[Span]] = {}
        for span, own in self._carriers:
            for value in set(own.values()):
                spans.setdefault(value, []).append(span)
        return {value: found for value, found in spans.items() if any(not self._is_nested(s, value) for s in found)}

    def _is_nested(self, span: Span, value: str) -> bool:
        """Whether another id stands above the topmost span that carries this one.

        Of one name only if that is the span itself: the spans of a batch may carry an id below its root's.
        """
        above = [own for one in self.forest.ancestors(span) if (own := self.own(one))]
        top = max((place for place, own in enumerate(above) if value in own.values()), default=-1)
        if top < 0:
            return bool(above)
        names = {name for name, found in self.own(span).items() if found == value}
        return any(names.isdisjoint(own) for own in above[top + 1 :])

    def carriers(self, session: str) -> list[Span]:
        """The spans that carry the id themselves."""
        return [span for span, own in self._carriers if session in own.values()]
