"""Time windows: how a search that has no paging is asked whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracefetch.models import Evidence, Query, doubt, note


@dataclass(frozen=True, slots=True)
class Window:
    """A window of time, UTC; both ends belong to it."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    def halves(self) -> tuple[Window, Window]:
        """The newer and the older half; they share the moment between."""
        middle = self.since + self.length / 2
        return Window(middle, self.until), Window(self.since, middle)

    def slices(self, longest: timedelta) -> Iterator[Window]:
        """Windows no longer than that which make up this one, the newest first."""
        until = self.until
        while until > self.since:
            since = max(self.since, until - longest)
            yield Window(since, until)
            until = since

    def widening(self, first: timedelta, factor: int) -> Iterator[Window]:
        """Windows that make up this one, the newest first, each `factor` times as long as the one before."""
        until, length = self.until, first
        while until > self.since:
            since = max(self.since, until - length)
            yield Window(since, until)
            until, length = since, length * factor

    def __str__(self) -> str:
        return f"{_shown(self.since)} to {_shown(self.until)}"


def window_of(query: Query) -> Window:
    """The window that a query wants searched."""
    return Window(query.since, query.until)


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def searched(window: Window, *, where: str, how: str) -> Evidence:
    """What was looked at, for the reader of a find and of a miss."""
    return note("window", f"searched {window} in {where}, {how}")


def list_cut(window: Window, limit: int) -> Evidence:
    """The backend's list was as long as its limit, and the window could not be made smaller."""
    return doubt("list-cut", f"the backend cut its list at {limit} traces from {window}: some may be missing")
