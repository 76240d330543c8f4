"""What a Jaeger is and what it can do. No answer of Jaeger's names its version."""

from __future__ import annotations

from tracefetch.backends.answers import NOT_ALLOWED
from tracefetch.backends.budget import Budget
from tracefetch.backends.clock import clock_skew_seconds
from tracefetch.backends.jaeger.legacy import Legacy
from tracefetch.backends.jaeger.server import FRONT_PAGE, read_capability
from tracefetch.backends.jaeger.v3 import V3
from tracefetch.http.pages import excerpt
from tracefetch.http.values import Operation, Request, Response
from tracefetch.models.diagnosis import Diagnosis

SUMMARIES = Request("/api/v3/trace-summaries")  # 2.19 on; without parameters it answers 400


def diagnose(budget: Budget) -> Operation[Diagnosis]:
    """Ask for services through both APIs, for newer doors, and for what the front page states."""
    requests = (V3().services(), Legacy().services(), SUMMARIES, FRONT_PAGE)
    v3, legacy, summaries, page = yield from budget.ask(requests, optional=True)
    names = {"v3": V3().read_services(v3), "legacy": Legacy().read_services(legacy)}
    known = next((found for found in names.values() if found is not None), None)
    answered = next((response for response in (v3, legacy, page) if response.status), v3)
    return Diagnosis(
        backend="jaeger",
        apis=tuple(api for api, found in names.items() if found is not None),
        tenancy=_tenancy(v3),
        clock_skew_seconds=clock_skew_seconds(answered) if answered.status else None,
        services=None if known is None else len(known),
        facts=_facts(names["legacy"] is not None, summaries, read_capability(page)),
        problems=tuple(_problem(response) for response in (v3, legacy) if response.status in NOT_ALLOWED),
    )


def _facts(has_legacy: bool, summaries: Response, without_service: bool | None) -> dict[str, str]:
    is_new = summaries.status == 400
    if not has_legacy:
        age = "after 2.20: the legacy search is gone"
    else:
        age = "2.19 or 2.20" if is_new else "before 2.19: the v3 search can't filter by attribute"
    facts = {"age": age}
    if without_service is not None:
        facts["search without service"] = "yes" if without_service else "no: sessions are asked service by service"
    return facts


def _tenancy(response: Response) -> str | None:
    said = excerpt(response.body)
    return f"{said}: set --tenant" if response.status == 401 and "tenant" in said else None


def _problem(response: Response) -> str:
    return f"{response.request.path} answered {response.status}: {excerpt(response.body)}; check the token and --tenant"
