"""When a request is repeated: the one tenacity policy of both drivers.

Only what is safe and may help: no connection or a broken one, 429, 502, 503, 504. The wait that
a backend asks for is kept by the gate, for all requests together; between other tries there is
jitter. No try begins that the deadline would cut off before it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tenacity

from tracefetch.errors import UnreachableError
from tracefetch.http.budget import Budget
from tracefetch.http.failures import is_lasting
from tracefetch.http.values import Response

BUSY = frozenset({429})
PASSING = frozenset({502, 503, 504})
# 429 means "later", so it is given more tries than what may be broken for good.
TRIES_WHEN_BUSY = 8
TRIES_WHEN_FAILING = 3

_jitter = tenacity.wait_exponential(multiplier=0.1, max=5) + tenacity.wait_random(0, 0.2)


def policy(budget: Budget) -> dict[str, Any]:
    """The arguments of `tenacity.Retrying` and `tenacity.AsyncRetrying`, all but `sleep`."""
    return {
        "retry": _may_help,
        "wait": _wait,
        "stop": _stop(budget),
        # The last answer, or the last error, whatever it was.
        "retry_error_callback": lambda state: state.outcome.result(),
    }


def _may_help(state: tenacity.RetryCallState) -> bool:
    assert state.outcome is not None
    error = state.outcome.exception()
    if error is not None:
        return isinstance(error, UnreachableError) and not is_lasting(error)
    return _status(state) in BUSY | PASSING


def _wait(state: tenacity.RetryCallState) -> float:
    return 0 if _rests_at_gate(state) else _jitter(state)


def _stop(budget: Budget) -> Callable[[tenacity.RetryCallState], bool]:
    def stop(state: tenacity.RetryCallState) -> bool:
        tries = TRIES_WHEN_BUSY if _status(state) in BUSY else TRIES_WHEN_FAILING
        return state.attempt_number >= tries or state.upcoming_sleep >= budget.remaining()

    return stop


def _status(state: tenacity.RetryCallState) -> int:
    assert state.outcome is not None
    if state.outcome.failed:
        return 0
    response = state.outcome.result()
    return response.status if isinstance(response, Response) else 0


def _rests_at_gate(state: tenacity.RetryCallState) -> bool:
    """The gate was closed for this answer, so its wait is kept there."""
    return _status(state) in BUSY
