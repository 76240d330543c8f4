"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def utc(nanoseconds: int | None) -> datetime | None:
    """A time in UTC; None for an unknown or impossible one.

    Nanoseconds are cut, not rounded: backends that keep microseconds cut them, and both shall be equal.
    """
    if not nanoseconds:
        return None
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except (ValueError, OverflowError, OSError):
        return None
