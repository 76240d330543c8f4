"""`MapSet`: the maps of one question in order, and which of them read a span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracefetch.maps.attribute_map import AttributeMap
from tracefetch.maps.recognised import Recognised
from tracefetch.models import Span


@dataclass(slots=True)
class _Recogniser:
    names: frozenset[str]
    prefixes: tuple[str, ...]
    events: frozenset[str]
    scopes: tuple[str, ...]

    @classmethod
    def of(cls, rules: Iterable[str]) -> _Recogniser:
        rules = tuple(rules)
        plain = [r for r in rules if not r.startswith(("event:", "scope:"))]
        return cls(
            names=frozenset(r for r in plain if not r.endswith("*")),
            prefixes=tuple(r[:-1] for r in plain if r.endswith("*")),
            events=frozenset(r[6:] for r in rules if r.startswith("event:")),
            scopes=tuple(r[6:] for r in rules if r.startswith("scope:")),
        )

    def matches(self, span: Span) -> bool:
        if not self.names.isdisjoint(span.attributes):
            return True
        if self.prefixes and any(name.startswith(self.prefixes) for name in span.attributes):
            return True
        if self.events and any(event.name in self.events for event in span.events):
            return True
        return bool(self.scopes and span.scope and span.scope.startswith(self.scopes))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


@dataclass(slots=True)
class MapSet:
    """The maps of one question; the user's own come first.

    Attributes:
        maps: in the order in which they are tried.
        session_attributes: names that may hold a session id, the likeliest first.
        only_session: `--session-attribute` was given: no other name counts.
    """

    maps: tuple[AttributeMap, ...]
    session_attributes: tuple[str, ...] = ()
    only_session: bool = False
    _recognisers: tuple[_Recogniser, ...] = field(default=(), repr=False)
    _seen: dict[tuple[tuple[str, ...], str | None, tuple[str, ...]], Recognised] = field(
        default_factory=dict, repr=False
    )
    _read: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict, repr=False)
    _unread: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict, repr=False)
    _known: dict[tuple[int, ...], Recognised] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.session_attributes:
            self.session_attributes = _unique(name for one in self.maps for name in one.session)
        self._recognisers = tuple(_Recogniser.of(one.recognise) for one in self.maps)

    @property
    def markers(self) -> tuple[str, ...]:
        """Attribute names that tell a span with words, for a search without a session."""
        listed = (rule for one in self.maps for rule in one.recognise)
        return _unique(rule for rule in listed if ":" not in rule and not rule.endswith("*"))

    @property
    def user_attributes(self) -> tuple[str, ...]:
        """Names that may hold the user's id."""
        return _unique(name for one in self.maps for name in one.user)

    def read_by(self, labels: tuple[str, ...]) -> frozenset[str]:
        """The names that the named maps, the session and the user are read from; one that ends in a dot is a prefix."""
        found = self._read.get(labels)
        if found is None:
            own = (name for one in self.maps if one.name in labels for name in one.names)
            found = self._read[labels] = frozenset((*own, *self.session_attributes, *self.user_attributes))
        return found

    def unread_names(self, labels: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
        """Of a span's names those that neither the named maps nor session and user are read from."""
        found = self._unread.get((labels, names))
        if found is None:
            read = self.read_by(labels)
            prefixes = tuple(name for name in read if name.endswith("."))
            found = tuple(name for name in names if name not in read and not name.startswith(prefixes))
            if len(self._unread) < 4096:
                self._unread[labels, names] = found
        return found

    def for_span(self, span: Span) -> Recognised:
        """The maps that recognise the span, in order."""
        events = tuple(event.name for event in span.events) if span.events else ()
        shape = (tuple(span.attributes), span.scope, events)
        found = self._seen.get(shape)
        if found is None:
            places = tuple(place for place, one in enumerate(self._recognisers) if one.matches(span))
            found = self._known.setdefault(places, Recognised(self.maps[place] for place in places))
            if len(self._seen) < 4096:
                self._seen[shape] = found
        return found
