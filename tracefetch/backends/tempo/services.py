"""The services that Tempo knows: values of `resource.service.name`."""

from __future__ import annotations

from typing import Any

from tracefetch.backends.answers import json_object, refuse
from tracefetch.backends.budget import Budget
from tracefetch.http.values import Operation, Request

PATHS = ("/api/v2/search/tag/resource.service.name/values", "/api/search/tag/service.name/values")


def list_services(budget: Budget) -> Operation[list[str]]:
    """Service names, sorted; through v2, or v1 where v2 is missing."""
    for path in PATHS:
        response = yield from budget.ask_one(Request(path, headers=(("Accept", "application/json"),)))
        answer = json_object(response)
        if response.status == 200 and answer is not None and ("tagValues" in answer or "metrics" in answer):
            return sorted({_name(item) for item in answer.get("tagValues") or ()})
        if response.status != 404:
            break
    refuse(response, backend="tempo", asked="the services")


def _name(item: Any) -> str:
    return str(item.get("value") if isinstance(item, dict) else item)
