"""Timings taken in turns, so that a busy machine slows both sides, and peak memory in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Work = Callable[[], Any]


@dataclass(slots=True)
class Timing:
    """Seconds of each round."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)


def take_turns(works: Mapping[str, Work], *, rounds: int, warm: int = 1) -> dict[str, Timing]:
    """Time each work once a round, one after the other; the first `warm` rounds don't count.

    The results are dropped before the next one runs, and the garbage of one is no other's cost.
    """
    timings = {name: Timing() for name in works}
    for number in range(-warm, rounds):
        for name, work in works.items():
            gc.collect()
            began = time.perf_counter()
            result = work()
            took = time.perf_counter() - began
            del result
            if number >= 0:
                timings[name].seconds.append(took)
    return timings


def peak_mib(work: Callable[..., Any], *arguments: Any) -> float | None:
    """MiB by which a fresh process grows at its peak while it does the work; None where the system can't tell.

    Args:
        work: a module's function; what it returns with the keyword `prepare` is given to it, uncounted.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_weigh, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        grown: float | None = ours.recv()
    finally:
        process.join()
    return grown


def _weigh(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    run = work(*arguments)
    gc.collect()
    before = _resident("VmRSS")
    kept = run()
    peak = _resident("VmHWM")
    pipe.send(None if before is None or peak is None else max(0.0, peak - before))
    del kept


def _resident(name: str) -> float | None:
    """MiB from Linux's /proc/self/status."""
    status = Path("/proc/self/status")
    found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.exists() else None
    return int(found[1]) / 1024 if found else None
