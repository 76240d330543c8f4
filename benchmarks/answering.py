"""A cached answer of the promptfoo provider against the first one, which reads a file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import Timing, take_turns
from benchmarks.tables import Row
from benchmarks.traces import BEGIN_NS, talking_trace
from tracefetch.promptfoo import call_api

TURNS = (20, 1000)
AT_ONCE = 20  # answers of one round: one is too short for the clock


def rows(*, rounds: int, lengths: tuple[int, ...] = TURNS) -> Iterator[Row]:
    """One row for each length of a conversation; an even number of turns."""
    with tempfile.TemporaryDirectory(prefix="tracefetch-answers-") as folder:
        for turns in lengths:
            trace_id = f"{turns:032x}"
            path = Path(folder) / f"{turns}.json"
            path.write_text(json.dumps(talking_trace(trace_id, spans=turns // 2 + 1, begin_ns=BEGIN_NS)))
            works = {"ours": partial(_ask, path, trace_id, 300), "floor": partial(_ask, path, trace_id, 0)}
            assert works["ours"]()["metadata"]["totalTurns"] == turns
            timings = take_turns(works, rounds=rounds)
            yield Row(
                f"provider, cached answer of {turns:,} turns",
                "the same from the file",
                _each(timings["ours"]),
                _each(timings["floor"]),
            )


def _ask(path: Path, trace_id: str, ttl_seconds: int) -> dict[str, Any]:
    options = {"config": {"url": str(path), "ttlSeconds": ttl_seconds}}
    for _ in range(AT_ONCE):
        answer = call_api("", options, {"vars": {"traceId": trace_id}})
    assert "error" not in answer, answer
    return answer


def _each(timing: Timing) -> Timing:
    return Timing([seconds / AT_ONCE for seconds in timing.seconds])
