"""What a Tempo is and what it can do."""

from __future__ import annotations

from datetime import UTC, datetime

from tracefetch.backends.answers import excerpt, json_object
from tracefetch.backends.budget import Budget
from tracefetch.backends.clock import clock_skew_seconds
from tracefetch.http.values import Operation, Request, Response
from tracefetch.models.diagnosis import Diagnosis

_NO_TRACE = "0" * 31 + "1"
_PROBES = (
    ("version", Request("/api/status/buildinfo")),
    ("v2", Request(f"/api/v2/traces/{_NO_TRACE}", headers=(("Accept", "application/json"),))),
    ("services", Request("/api/v2/search/tag/resource.service.name/values")),
)


def diagnose(budget: Budget) -> Operation[Diagnosis]:
    """Ask for version, API generations, the range limit and the services."""
    requests = [request for _, request in _PROBES] + [_long_search()]
    responses = yield from budget.ask(requests, optional=True)
    build, by_id, values, search = responses
    version = str((json_object(build) or {}).get("version") or "") or None
    tags = (json_object(values) or {}).get("tagValues")
    problems = [_problem(response) for response in (values, search) if response.status in (401, 403)]
    return Diagnosis(
        backend="tempo",
        version=version,
        apis=("v2", "traceql") if by_id.status == 200 else ("v1", "traceql"),
        tenancy=_tenancy(values),
        limits=_limits(search),
        clock_skew_seconds=clock_skew_seconds(build) if build.status else None,
        services=len(tags) if isinstance(tags, list) else None,
        problems=tuple(problems),
    )


def _long_search() -> Request:
    """A search over a year, which shows the range limit in its error."""
    now = int(datetime.now(UTC).timestamp())
    window = (("start", str(now - 365 * 86400)), ("end", str(now)))
    return Request("/api/search", (("q", "{ .tracefetch.probe=true }"), *window, ("limit", "1")))


def _limits(search: Response) -> dict[str, str]:
    said = excerpt(search.body)
    marker = "exceeds "
    if search.status == 400 and "range specified" in said and marker in said:
        return {"search range": said.split(marker, 1)[1].split(" ", 1)[0].rstrip(".")}
    return {"search range": "none"} if search.status == 200 else {}


def _tenancy(response: Response) -> str | None:
    if response.status == 401 and "no org id" in excerpt(response.body):
        return "a tenant is required (X-Scope-OrgID): set --tenant"
    return None


def _problem(response: Response) -> str:
    return f"{response.request.path} answered {response.status}: {excerpt(response.body)}; check the token and --tenant"
