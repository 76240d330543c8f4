"""The order of the talk's calls: by proof (who holds whose answer) before clocks."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass

from tracefetch.assembly.calls import Call


@dataclass(slots=True)
class Order:
    """Calls in order; `corrected` are those that a clock would have put elsewhere."""

    calls: list[Call]
    corrected: list[Call]


def put_in_order(calls: list[Call], proofs: list[tuple[Call, Call]]) -> Order:
    """Sort so that a call comes after the call whose answer it holds; ties by turn number, then time."""
    inside = set(calls)
    numbered = bool(calls) and all(call.reading.turn is not None for call in calls)

    def rank(call: Call) -> tuple[int, int, int, tuple[str, str]]:
        return (call.reading.turn or 0 if numbered else 0, call.start, call.end, call.key)

    later: dict[Call, set[Call]] = {}
    waiting = dict.fromkeys(calls, 0)
    for earlier, after in proofs:
        if earlier in inside and after in inside and after not in later.setdefault(earlier, set()):
            later[earlier].add(after)
            waiting[after] += 1
    ticket = itertools.count()
    ready = [(rank(call), next(ticket), call) for call in calls if not waiting[call]]
    heapq.heapify(ready)
    found: list[Call] = []
    left = set(calls)
    while left:
        if not ready:  # equal texts can seem to prove a circle: the clock decides
            first = min(left, key=rank)
            heapq.heappush(ready, (rank(first), next(ticket), first))
        _, _, call = heapq.heappop(ready)
        if call not in left:
            continue
        left.discard(call)
        found.append(call)
        for after in later.get(call, ()):
            waiting[after] -= 1
            if not waiting[after] and after in left:
                heapq.heappush(ready, (rank(after), next(ticket), after))
    by_clock = sorted(calls, key=rank)
    corrected = [one for one, other in zip(found, by_clock, strict=True) if one is not other]
    return Order(found, corrected)
