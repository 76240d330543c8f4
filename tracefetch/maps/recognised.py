"""`Recognised`: the maps that read spans of one shape, with what they read together put in a row once."""

from __future__ import annotations

from functools import cached_property

from tracefetch.maps.attribute_map import AttributeMap, Source

_Sources = tuple[tuple[AttributeMap, Source], ...]


class Recognised(tuple[AttributeMap, ...]):
    """Maps in the order in which they are tried; many spans share one."""

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the maps."""
        return tuple(one.name for one in self)

    def names(self, meaning: str) -> tuple[str, ...]:
        """The attribute names that any of them gives to a meaning (`user`, `tool.result`)."""
        found = self._names.get(meaning)
        if found is None:
            owner, _, field = meaning.rpartition(".")
            holders = [getattr(one, owner) if owner else one for one in self]
            found = self._names[meaning] = tuple(name for holder in holders for name in getattr(holder, field))
        return found

    def sources(self, slot: str, kind: str) -> _Sources:
        """The sources of a slot (`input`) on a span of a kind, each with its map."""
        found = self._sources.get((slot, kind))
        if found is None:
            pairs = ((one, source) for one in self for source in getattr(one, slot))
            found = tuple((one, source) for one, source in pairs if not source.kinds or kind in source.kinds)
            self._sources[slot, kind] = found
        return found

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _sources(self) -> dict[tuple[str, str], _Sources]:
        return {}
