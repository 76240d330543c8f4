"""Measurements as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.measuring import Timing

HEAD = "| what | ours: min / median / max | floor: min / median / max | ratio | peak memory |"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of ours beside the floor that it stands on.

    Attributes:
        floor_name: what the floor does.
        peaks: MiB of ours and of the floor; None where they were not or can't be taken.
        size: bytes that were read, for nanoseconds per byte.
    """

    label: str
    floor_name: str
    ours: Timing
    floor: Timing
    note: str = ""
    peaks: tuple[float | None, float | None] = (None, None)
    size: int | None = None

    @property
    def ratio(self) -> float:
        """Ours over the floor, by their medians."""
        return self.ours.median / self.floor.median


@dataclass(frozen=True, slots=True)
class Skipped:
    """A measurement that this machine can't take, and why."""

    label: str
    reason: str


def table(title: str, rows: Iterable[Row | Skipped]) -> str:
    """The rows below a heading; those that were left out as lines below the table."""
    listed = list(rows)
    lines = [f"## {title}", ""]
    measured = [row for row in listed if isinstance(row, Row)]
    if measured:
        lines += [
            "| what | ours: min / median / max | floor: min / median / max | ratio | peak memory |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in measured]
    lines += [f"- left out: {row.label}: {row.reason}" for row in listed if isinstance(row, Skipped)]
    return "\n".join([*lines, ""])


def _line(row: Row) -> str:
    label = f"{row.label} ({row.note})" if row.note else row.label
    floor = f"{row.floor_name}: {_spread(row.floor, row.size)}"
    return f"| {label} | {_spread(row.ours, row.size)} | {floor} | **{row.ratio:.2f}** | {_memory(row.peaks)} |"


def _spread(timing: Timing, size: int | None) -> str:
    seconds = sorted(timing.seconds)
    text = " / ".join(_duration(value) for value in (seconds[0], timing.median, seconds[-1]))
    return text if size is None else f"{text}; {timing.median * 1e9 / size:.0f} ns/byte"


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e6:,.0f} µs"


def _memory(peaks: tuple[float | None, float | None]) -> str:
    ours, floor = peaks
    return "" if ours is None or floor is None else f"{ours:.0f} MiB, floor {floor:.0f} MiB"
