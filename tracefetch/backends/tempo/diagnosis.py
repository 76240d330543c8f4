"""What a Tempo is and what it can do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracefetch.backends.answers import json_object
from tracefetch.backends.budget import Budget
from tracefetch.backends.clock import clock_skew_seconds
from tracefetch.backends.tempo.ranges import stated_range
from tracefetch.backends.tempo.services import PATHS, read_services, services_request
from tracefetch.http.pages import excerpt
from tracefetch.http.values import Operation, Request, Response
from tracefetch.models.diagnosis import Diagnosis

_NO_TRACE = "0" * 31 + "1"
BUILD = Request("/api/status/buildinfo")
V2 = Request(f"/api/v2/traces/{_NO_TRACE}", headers=(("Accept", "application/json"),))


def diagnose(budget: Budget) -> Operation[Diagnosis]:
    """Ask for version, API generations, the range limit and the services."""
    requests = (BUILD, V2, services_request(PATHS[0], timedelta(hours=24)), _long_search())
    build, by_id, values, search = yield from budget.ask(requests, optional=True)
    version = str((json_object(build) or {}).get("version") or "") or None
    names = read_services(values)
    problems = [_problem(response) for response in (values, search) if response.status in (401, 403)]
    return Diagnosis(
        backend="tempo",
        version=version,
        apis=_apis(by_id),
        tenancy=_tenancy(values),
        limits=_limits(search),
        clock_skew_seconds=clock_skew_seconds(build) if build.status else None,
        services=None if names is None else len(names),
        problems=tuple(problems),
    )


def _apis(by_id: Response) -> tuple[str, ...]:
    if by_id.status in (401, 403):
        return ()  # who is not let in sees nothing of them
    return ("v2", "traceql") if by_id.status == 200 else ("v1", "traceql")


def _long_search() -> Request:
    """A search over a year, which shows the range limit in its error."""
    now = int(datetime.now(UTC).timestamp())
    window = (("start", str(now - 365 * 86400)), ("end", str(now)))
    return Request("/api/search", (("q", "{ .tracefetch.probe=true }"), *window, ("limit", "1")))


def _limits(search: Response) -> dict[str, str]:
    longest = stated_range(search)
    if longest is not None:
        return {"search range": f"{longest / timedelta(hours=1):g} hours"}
    return {"search range": "none"} if search.status == 200 else {}


def _tenancy(response: Response) -> str | None:
    if response.status == 401 and "no org id" in excerpt(response.body):
        return "a tenant is required (X-Scope-OrgID): set --tenant"
    return None


def _problem(response: Response) -> str:
    return f"{response.request.path} answered {response.status}: {excerpt(response.body)}; check the token and --tenant"
