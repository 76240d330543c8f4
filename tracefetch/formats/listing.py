"""Conversations in a list: a table for a person, JSON values for a script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tracefetch.formats.ink import Ink
from tracefetch.formats.table import render_table
from tracefetch.models import Summary

HEADER = ("started (UTC)", "id", "turns", "service", "status", "first words")


def render_listing(summaries: Iterable[Summary], *, ink: Ink | None = None) -> str:
    """A table, ending in a newline; a `+` behind the turns says that there may be more."""
    return render_table(HEADER, [_cells(summary) for summary in summaries], ink=ink)


def summary_document(summary: Summary) -> dict[str, Any]:
    """A summary as JSON values; `start` in ISO 8601."""
    start = summary.start.isoformat().replace("+00:00", "Z") if summary.start else None
    return {**asdict(summary), "start": start, "trace_ids": list(summary.trace_ids)}


def _cells(summary: Summary) -> tuple[str, ...]:
    start = f"{summary.start:%Y-%m-%d %H:%M:%S}" if summary.start else "-"
    turns = f"{summary.turns}{'' if summary.complete else '+'}"
    return start, summary.id, turns, summary.service or "-", summary.status, " ".join(summary.preview.split())
