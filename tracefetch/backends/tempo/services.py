"""The services that Tempo knows: values of `resource.service.name`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tracefetch.backends.answers import json_object, refuse
from tracefetch.backends.budget import Budget
from tracefetch.backends.tempo.ranges import stated_range
from tracefetch.http.values import Operation, Request, Response

PATHS = ("/api/v2/search/tag/resource.service.name/values", "/api/search/tag/service.name/values")


def list_services(budget: Budget, longest: timedelta) -> Operation[list[str]]:
    """Service names of the last `longest`, sorted; through v2, or v1 where v2 is missing.

    Without start and end only the newest minutes are looked at.
    """
    response = yield from budget.ask_one(services_request(PATHS[0], longest))
    if (allowed := stated_range(response)) and allowed < longest:
        response = yield from budget.ask_one(services_request(PATHS[0], allowed))
    if response.status == 404:
        response = yield from budget.ask_one(services_request(PATHS[1], longest))
    names = read_services(response)
    if names is None:
        refuse(response, backend="tempo", asked="the services")
    return names


def services_request(path: str, longest: timedelta) -> Request:
    """Ask for the services of the last `longest`."""
    now = int(datetime.now(UTC).timestamp())
    window = (("start", str(now - int(longest.total_seconds()))), ("end", str(now)))
    return Request(path, window, (("Accept", "application/json"),))


def read_services(response: Response) -> list[str] | None:
    """Service names, sorted; None where the answer is something else."""
    answer = json_object(response)
    if response.status != 200 or answer is None or not ("tagValues" in answer or "metrics" in answer):
        return None
    return sorted({_name(item) for item in answer.get("tagValues") or ()})


def _name(item: Any) -> str:
    return str(item.get("value") if isinstance(item, dict) else item)
