"""A trace of Jaeger by its id: through v3 where the server has it, which keeps nanoseconds and types."""

from __future__ import annotations

from collections.abc import Sequence

from tracefetch.backends.budget import Budget
from tracefetch.backends.jaeger.door import Outcome
from tracefetch.backends.jaeger.server import Server, refuse_outcome
from tracefetch.backends.jaeger.v3 import V3
from tracefetch.http.values import Operation


def look_up(trace_id: str, server: Server, budget: Budget) -> Operation[Outcome]:
    """The trace, or that there is none.

    Raises:
        TracefetchError: no API of the server could answer.
    """
    outcomes: list[Outcome] = []
    for door in server.doors(first=V3()):
        response = yield from budget.ask_one(door.trace(trace_id))
        outcome = door.read(response)
        if outcome.kind in ("found", "none"):
            server.present[door.name] = True
            return outcome
        if outcome.kind == "absent":
            server.present[door.name] = False
        outcomes.append(outcome)
    refused = next((outcome for outcome in outcomes if outcome.kind == "refused"), outcomes[-1])
    refuse_outcome(refused, asked=f"trace {trace_id}", ident=trace_id, api=server.api)


def look_up_all(trace_ids: Sequence[str], server: Server, budget: Budget) -> Operation[list[Outcome]]:
    """Traces side by side, through the API that the first of them showed to be there."""
    if not trace_ids:
        return []
    first = yield from look_up(trace_ids[0], server, budget)
    door = server.doors(first=V3())[0]
    responses = yield from budget.ask([door.trace(trace_id) for trace_id in trace_ids[1:]])
    return [first, *(door.read(response) for response in responses)]
