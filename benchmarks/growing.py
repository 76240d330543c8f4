"""Assembly against `json.loads` of the same attributes, as a talk grows: is it linear in bytes?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from benchmarks.measuring import Work, peak_mib, take_turns
from benchmarks.tables import Row
from benchmarks.traces import full_history
from tracefetch.assembly import assemble
from tracefetch.maps import load

SIZES = (250, 500, 1000)
READ = ("gen_ai.input.messages", "gen_ai.output.messages")


def rows(*, rounds: int, sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    """One row for each number of calls, with texts that differ and with equal ones."""
    for equal in (False, True):
        for calls in sizes:
            spans = full_history(calls, equal=equal)
            size = sum(len(span.attributes[name]) for span in spans for name in READ)
            assert len(assemble(spans, maps=load(), session="full").dialogue) == 2 * calls
            works = {"floor": parsed(calls, equal), "ours": assembled(calls, equal)}
            timings = take_turns(works, rounds=rounds)
            yield Row(
                f"{calls:,} calls, {'equal texts' if equal else 'full history'}",
                "json.loads",
                timings["ours"],
                timings["floor"],
                note=f"{size / 1e6:.1f} MB",
                peaks=(peak_mib(assembled, calls, equal), peak_mib(parsed, calls, equal)),
                size=size,
            )


def assembled(calls: int, equal: bool) -> Work:
    """Spans to a conversation."""
    spans, maps = full_history(calls, equal=equal), load()
    return lambda: assemble(spans, maps=maps, session="full")


def parsed(calls: int, equal: bool) -> Work:
    """The JSON of the same attributes, one after the other."""
    spans = full_history(calls, equal=equal)

    def parse() -> list[Any]:
        kept = []
        for span in spans:
            kept = [json.loads(span.attributes[name]) for name in READ]
        return kept

    return parse
