"""Tempo's search: no paging, no order, a limit on the range, and a status for each of these.

A window whose answer is as long as the limit is asked again in halves; one that is longer than the
server allows, in slices of what its error states.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NoReturn

from tracefetch.backends.answers import json_object, refuse
from tracefetch.backends.budget import Budget
from tracefetch.backends.idents import padded
from tracefetch.backends.tempo.ranges import RANGE_LIMIT, stated_range
from tracefetch.backends.tempo.traceql import Dialect
from tracefetch.backends.windows import Window, list_cut
from tracefetch.http.pages import excerpt
from tracefetch.http.values import Operation, Request, Response
from tracefetch.models import Evidence, doubt

DEFAULT_LIMIT = 1000
FLOOR = timedelta(seconds=1)  # start and end are whole seconds

_LIMIT = re.compile(r"limit \d+ exceeds max limit (\d+)")


@dataclass(slots=True)
class Server:
    """What was learned about a Tempo while asking it; kept for its next questions."""

    dialect: Dialect = field(default_factory=Dialect)
    longest: timedelta = RANGE_LIMIT
    limit: int = DEFAULT_LIMIT
    first_step: str = "v2"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was known of the server when a step was asked."""

    dialect: Dialect
    limit: int


@dataclass(slots=True)
class Search:
    """One search over a window.

    Attributes:
        write: writes the queries in a dialect; what one of them finds counts.
        side_by_side: windows asked at once; 1 keeps the newest first.
    """

    server: Server
    budget: Budget
    write: Callable[[Dialect], Sequence[str]]
    side_by_side: int
    evidence: list[Evidence] = field(default_factory=list)
    pending: list[Window] = field(default_factory=list)

    def start(self, window: Window) -> None:
        """Search this window, the newest slice first."""
        self.pending = list(window.slices(self.server.longest))

    def step(self) -> Operation[list[str]]:
        """Ask for the next windows; returns ids of traces found, the newest first, padded to 32."""
        asked, self.pending = self.pending[: self.side_by_side], self.pending[self.side_by_side :]
        state = Asked(self.server.dialect, self.server.limit)
        queries = self.write(state.dialect)
        responses = yield from self.budget.ask([self._request(q, window) for window in asked for q in queries])
        found: list[dict[str, Any]] = []
        again: list[Window] = []
        for index, window in enumerate(asked):
            own = responses[index * len(queries) : (index + 1) * len(queries)]
            traces, pieces = self._read(window, own, state)
            found += traces
            again += pieces
        self.pending = again + self.pending
        found.sort(key=lambda item: int(item.get("startTimeUnixNano") or 0), reverse=True)
        return list(dict.fromkeys(padded(str(item.get("traceID") or "")) for item in found))

    def _request(self, query: str, window: Window) -> Request:
        # Whole seconds, outwards; but no longer than allowed: the slice before has the second at the seam.
        end = math.ceil(window.until.timestamp())
        start = max(math.floor(window.since.timestamp()), end - int(self.server.longest.total_seconds()))
        bounds = (("start", str(start)), ("end", str(end)), ("limit", str(self.server.limit)), ("spss", "1"))
        return Request("/api/search", (("q", query), *bounds), (("Accept", "application/json"),))

    def _read(
        self, window: Window, responses: Sequence[Response], asked: Asked
    ) -> tuple[list[dict[str, Any]], list[Window]]:
        """The traces of a window, or what to ask instead of it."""
        found: list[dict[str, Any]] = []
        for response in responses:
            if response.status == 400:
                return [], self._learn(window, response, asked)
            answer = json_object(response)
            if response.status != 200 or answer is None:
                _refuse(response)
            traces = [item for item in answer.get("traces") or () if isinstance(item, dict)]
            found += traces
            if len(traces) < asked.limit:
                self._note_unfinished(window, answer)
            elif window.length > FLOOR:
                return [], list(window.halves())
            else:
                self.evidence.append(list_cut(window, asked.limit))
        return found, []

    def _learn(self, window: Window, response: Response, asked: Asked) -> list[Window]:
        """Windows to ask again after a 400, knowing the server better now; several may have met the same limit."""
        said = excerpt(response.body)
        longest = stated_range(response)
        if longest and longest < window.length:
            self.server.longest = min(self.server.longest, longest)
            return list(window.slices(longest))
        if (most := _LIMIT.search(said)) and int(most[1]) < asked.limit:
            self.server.limit = int(most[1])
            return [window]
        simpler = asked.dialect.simpler()
        if simpler is None or "parse error" not in said:
            _refuse(response)
        self.server.dialect = simpler
        return [window]

    def _note_unfinished(self, window: Window, answer: dict[str, Any]) -> None:
        metrics = answer.get("metrics") or {}
        done, planned = int(metrics.get("completedJobs") or 0), int(metrics.get("totalJobs") or 0)
        if done < planned:
            message = f"Tempo searched only {done} of {planned} parts of {window}: traces may be missing"
            self.evidence.append(doubt("search-unfinished", message))


def _refuse(response: Response) -> NoReturn:
    hint = "ask for a shorter window (--since) or try again later" if response.status in (429, 504) else ""
    refuse(response, backend="tempo", asked="the search", hint=hint)
