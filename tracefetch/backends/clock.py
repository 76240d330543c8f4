"""A server's clock, by the Date header of its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tracefetch.http.values import Response


def clock_skew_seconds(response: Response) -> float | None:
    """The server's clock minus ours, to about a second; None where it sent no date."""
    try:
        moment = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:  # a gateway that adds a date of its own makes a list of the header
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds() + 0.5
