"""The order of the talk's calls: by proof (who holds whose answer) before clocks."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from tracefetch.assembly.calls import Call

T = TypeVar("T", bound=Hashable)


@dataclass(slots=True)
class Order:
    """Calls in order; `corrected` are those that a clock would have put elsewhere."""

    calls: list[Call]
    corrected: list[Call]


def put_in_order(calls: list[Call], proofs: list[tuple[Call, Call]]) -> Order:
    """Sort so that a call comes after the call whose answer it holds; ties by turn number, then time.

    Units are sorted as wholes first, so that turns which overlap in time don't mix, and the calls
    of each then within it.
    """
    inside = set(calls)
    numbered = bool(calls) and all(call.reading.turn is not None for call in calls)
    units: dict[object, list[Call]] = {}
    for call in calls:
        units.setdefault(call.unit, []).append(call)
    between: set[tuple[object, object]] = set()
    within: dict[object, set[tuple[Call, Call]]] = {}
    for one, two in proofs:
        if one not in inside or two not in inside:
            continue
        if one.unit == two.unit:
            within.setdefault(one.unit, set()).add((one, two))
        else:
            between.add((one.unit, two.unit))
    rank = {unit: _unit_rank(group, numbered=numbered) for unit, group in units.items()}
    found: list[Call] = []
    for unit in _sorted(list(units), between, rank):
        group = units[unit]
        found += _sorted(group, within.get(unit, set()), {call: _rank(call) for call in group})
    by_clock = sorted(calls, key=lambda call: (rank[call.unit], _rank(call)))
    corrected = [one for one, other in zip(found, by_clock, strict=True) if one is not other]
    return Order(found, corrected)


def _rank(call: Call) -> tuple[object, ...]:
    start, end, *rest = call.moment
    return (end if call.wraps else start, end, *rest)


def _unit_rank(group: list[Call], *, numbered: bool) -> tuple[object, ...]:
    first = min(group, key=_rank)
    turn = min((call.reading.turn or 0 for call in group), default=0) if numbered else 0
    return (turn, first.unit_start or first.start, *_rank(first))


def _sorted(items: list[T], edges: set[tuple[T, T]], rank: dict[T, tuple[object, ...]]) -> list[T]:
    """Topologically, the lowest rank first; a circle is broken where the rank is lowest."""
    later: dict[T, list[T]] = {}
    waiting = dict.fromkeys(items, 0)
    for earlier, after in edges:
        if earlier != after:
            later.setdefault(earlier, []).append(after)
            waiting[after] += 1
    ticket = itertools.count()
    ready: list[tuple[Any, int, T]] = [(rank[item], next(ticket), item) for item in items if not waiting[item]]
    heapq.heapify(ready)
    left = dict.fromkeys(items)
    found: list[T] = []
    while left:
        if not ready:  # equal texts can seem to prove a circle: the clock decides
            first = min(left, key=lambda item: rank[item])
            heapq.heappush(ready, (rank[first], next(ticket), first))
        item = heapq.heappop(ready)[2]
        if item not in left:
            continue
        del left[item]
        found.append(item)
        for after in later.get(item, ()):
            waiting[after] -= 1
            if not waiting[after] and after in left:
                heapq.heappush(ready, (rank[after], next(ticket), after))
    return found
