"""The spans of all traces as trees: parents, ancestors, and what is missing from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tracefetch.models import Span

_DIGITS = re.compile(r"\d+|[0-9a-f]{8,}(?:-[0-9a-f]{4,})*", re.IGNORECASE)

Key = tuple[str, str]


def masked(text: str) -> str:
    """A text without its digits, so that a counter or a clock makes no difference."""
    return _DIGITS.sub("#", text)


class Forest:
    """Spans by id, each once.

    Attributes:
        spans: in order of start, then as given.
        duplicates: how many spans came more than once.
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._by_key: dict[Key, Span] = {}
        self.duplicates: list[Span] = []
        for span in spans:
            known = self._by_key.get((span.trace_id, span.span_id))
            if known is None:
                self._by_key[span.trace_id, span.span_id] = span
            else:
                self.duplicates.append(span)
                if len(span.attributes) > len(known.attributes):
                    self._by_key[span.trace_id, span.span_id] = span
        self.spans = sorted(self._by_key.values(), key=lambda span: span.start_ns or 0)
        self._ancestors: dict[Key, tuple[Span, ...]] = {}
        self.by_trace: dict[str, list[Span]] = {}
        for span in self.spans:
            self.by_trace.setdefault(span.trace_id, []).append(span)

    def parent(self, span: Span) -> Span | None:
        """The span's parent, where it is among the spans."""
        found = self._by_key.get((span.trace_id, span.parent_id)) if span.parent_id else None
        return found if found is not span else None

    def ancestors(self, span: Span) -> tuple[Span, ...]:
        """Parent, grandparent and so on; a cycle ends where it closes."""
        key = (span.trace_id, span.span_id)
        if key not in self._ancestors:
            line: list[Span] = []
            seen = {span.span_id}
            above = self.parent(span)
            while above is not None and above.span_id not in seen:
                line.append(above)
                seen.add(above.span_id)
                above = self.parent(above)
            self._ancestors[key] = tuple(line)
        return self._ancestors[key]

    def self_and_ancestors(self, span: Span) -> Iterator[Span]:
        """The span, then its ancestors."""
        yield span
        yield from self.ancestors(span)

    def is_below(self, span: Span, above: Span) -> bool:
        """Whether `above` is an ancestor of `span`."""
        return any(one is above for one in self.ancestors(span))

    def lost_parents(self) -> list[Span]:
        """Spans below a trace's topmost span whose parent is missing.

        A topmost span may have a remote parent (a gateway, a browser) and a server's or a
        consumer's span always may; a missing root over one group of spans is no gap either.
        """
        found: list[Span] = []
        for spans in self.by_trace.values():
            orphans = [span for span in spans if span.parent_id and self.parent(span) is None]
            groups = {span.parent_id for span in orphans}
            rooted = any(not span.parent_id for span in spans)
            if not rooted and len(groups) <= 1:
                continue
            top = None if rooted else min(orphans, key=lambda span: span.start_ns or 0).parent_id
            found += [span for span in orphans if span.kind not in (2, 5) and span.parent_id != top]
        return found
