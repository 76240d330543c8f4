"""Python's cyclic garbage collector, at rest while an operation computes.

A decoded trace is hundreds of thousands of objects without a cycle among them, and the collector
walks through all of them again and again while they are made: a third of the time of a large `get`.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_resting = 0


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No collection within the block, in any thread; one that was off before stays off."""
    global _resting
    with _lock:
        if _resting or gc.isenabled():
            _resting += 1
            gc.disable()
            mine = True
        else:
            mine = False
    try:
        yield
    finally:
        with _lock:
            if mine:
                _resting -= 1
                if not _resting:
                    gc.enable()
