"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(nanoseconds: int | None) -> datetime | None:
    """A time in UTC; None for an unknown or impossible one."""
    if not nanoseconds:
        return None
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return None
