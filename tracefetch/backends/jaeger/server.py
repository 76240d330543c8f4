"""What was learned about a Jaeger while asking it: its APIs, its services, what its search can do."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NoReturn

from tracefetch.backends.answers import refuse
from tracefetch.backends.budget import Budget
from tracefetch.backends.jaeger.door import Door, Outcome
from tracefetch.backends.jaeger.legacy import Legacy
from tracefetch.backends.jaeger.v3 import V3
from tracefetch.errors import TooOldError
from tracefetch.http.values import Operation, Request, Response

_CAPABILITIES = re.compile(rb"JAEGER_BACKEND_CAPABILITIES\s*=\s*(\{[^{}]*\})")
FRONT_PAGE = Request("/")


@dataclass(slots=True)
class Server:
    """Kept by the backend for its next questions.

    Attributes:
        api: "auto", "legacy" or "v3", as the user set it.
        filters: the v3 search filters by attribute and needs no service; None while unknown.
        lists: the v3 search gives traces of all services; None while unknown.
        hits: services in which sessions were found, so that they are asked first.
    """

    api: str = "auto"
    present: dict[str, bool] = field(default_factory=dict)
    filters: bool | None = None
    lists: bool | None = None
    stated: bool | None = None
    asked_front_page: bool = False
    hits: Counter[str] = field(default_factory=Counter)

    def doors(self, *, first: Door) -> list[Door]:
        """The APIs to try, without those that are known to be missing or that the user ruled out."""
        order: list[Door] = [first, Legacy() if first.name == "v3" else V3()]
        return [
            door for door in order if self.api in ("auto", door.name) and self.present.get(door.name) is not False
        ] or [first]

    def by_service(self, budget: Budget) -> Operation[tuple[Door, list[str]]]:
        """The API for searches service by service, and all services, those that hit before first.

        The legacy API wins where it is, for its filter works on every version and storage.
        """
        outcomes: list[Outcome] = []
        for door in self.doors(first=Legacy()):
            response = yield from budget.ask_one(door.services())
            names = door.read_services(response)
            self.present[door.name] = names is not None
            if names is not None:
                return door, sorted(names, key=lambda name: (-self.hits[name], name))
            outcomes.append(door.read(response))
        refused = next((outcome for outcome in outcomes if outcome.kind == "refused"), outcomes[-1])
        refuse_outcome(refused, asked="the list of services", api=self.api)

    def needs_service(self, budget: Budget) -> Operation[bool | None]:
        """Whether searches need a service, as newer servers state on their front page; None where they don't."""
        if not self.asked_front_page:
            page = yield from budget.ask_one(FRONT_PAGE, optional=True)
            self.asked_front_page = True
            self.stated = read_capability(page)
        return None if self.stated is None else not self.stated


def read_capability(page: Response) -> bool | None:
    """`searchWithoutServiceName` of JAEGER_BACKEND_CAPABILITIES; None where the page has none."""
    match = _CAPABILITIES.search(page.body)
    try:
        stated = json.loads(match[1]).get("searchWithoutServiceName") if match else None
    except ValueError:
        return None
    return stated if isinstance(stated, bool) else None


def refuse_outcome(outcome: Outcome, *, asked: str, ident: str | None = None, api: str = "auto") -> NoReturn:
    """Raise for an API that is not there, or that could not answer."""
    response = outcome.response
    if outcome.kind == "absent" and api != "auto":
        message = f"the Jaeger at {response.url} has no {api} API; set api to auto"
        raise TooOldError(message, backend="jaeger", url=response.url, ident=ident, status=response.status)
    refuse(response, backend="jaeger", asked=asked, ident=ident)
