"""The longest window that a Tempo searches, as it states it when it refuses a longer one."""

from __future__ import annotations

import re
from datetime import timedelta

from tracefetch.http.pages import excerpt
from tracefetch.http.values import Response

RANGE_LIMIT = timedelta(hours=168)  # query_frontend.search.max_duration, by default

_RANGE = re.compile(r"range specified by start and end exceeds ([0-9.hms]*[hms])")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?")


def stated_range(response: Response) -> timedelta | None:
    """The limit that a 400 states; None where the answer is about something else."""
    stated = _RANGE.search(excerpt(response.body)) if response.status == 400 else None
    return read_duration(stated[1]) if stated else None


def read_duration(text: str) -> timedelta | None:
    """A Go duration such as `168h0m0s`."""
    match = _DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
