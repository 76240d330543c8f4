"""Points in time as people write them: ISO 8601, or an age such as `24h`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tracefetch.errors import ConfigError

_AGE = re.compile(r"(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w)\s*)+", re.IGNORECASE)
_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class HasWindow(Protocol):
    """What `window` reads of the settings."""

    @property
    def since(self) -> str:
        """Begin, as written."""

    @property
    def until(self) -> str | None:
        """End, as written."""

    @property
    def model_fields_set(self) -> set[str]:
        """Which settings were given."""


def parse_age(text: str) -> timedelta | None:
    """`24h`, `7d`, `90m`, `2w`, `1d12h` as a length of time; None where it is not an age."""
    if not _AGE.fullmatch(text.strip()):
        return None
    seconds = sum(float(number) * _SECONDS[unit.lower()] for number, unit in _STEP.findall(text))
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ConfigError(f"an age of {text!r} is longer than time can be counted") from None


def parse_time(text: str, *, now: datetime, name: str = "time") -> tuple[datetime, str | None]:
    """A point in time in UTC, and a note where the zone was taken to be the local one.

    Raises:
        ConfigError: neither ISO 8601 nor an age.
    """
    text = text.strip()
    age = parse_age(text)
    try:
        if age is not None:
            return now.astimezone(UTC) - age, None
        if text.lower() == "now":
            return now.astimezone(UTC), None
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC), None
        local = moment.astimezone()
        return local.astimezone(UTC), f"{name} {text} has no zone and was read as local time: {local.isoformat()}"
    except (ValueError, OverflowError):
        message = f"{name}: {text!r} is neither a time nor an age; write 2026-01-31T09:00:00Z, or 24h, 7d, 2w"
        raise ConfigError(message) from None


def window(settings: HasWindow, now: datetime) -> tuple[datetime, datetime, tuple[str, ...]]:
    """The window searched, in UTC, and what is to be said of how it was read.

    The default length counts back from `until`; an age that was asked for counts back from now.

    Raises:
        ConfigError: a time can't be read, or `since` is not before `until`.
    """
    until, until_note = parse_time(settings.until, now=now, name="until") if settings.until else (now, None)
    start = now if "since" in settings.model_fields_set else until
    since, since_note = parse_time(settings.since, now=start, name="since")
    until = until.astimezone(UTC)
    if since >= until:
        raise ConfigError(f"since ({since.isoformat()}) is not before until ({until.isoformat()}): swap or widen them")
    return since, until, tuple(note for note in (since_note, until_note) if note)
