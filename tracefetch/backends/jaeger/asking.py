"""Many searches at once: bounded batches, windows halved where an answer is as long as its limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tracefetch.backends.budget import Budget
from tracefetch.backends.jaeger.door import Door, Outcome
from tracefetch.backends.traces import Traces, group_by_trace
from tracefetch.backends.windows import Window, list_cut
from tracefetch.http.values import Operation, Request
from tracefetch.models import Evidence

DEFAULT_LIMIT = 100
FLOOR = timedelta(milliseconds=1)  # the legacy API counts in microseconds; more traces than the limit in 1 ms is odd


@dataclass(frozen=True, slots=True)
class Ask:
    """One search: a window, and what is wanted of it."""

    window: Window
    service: str | None = None
    attribute: str | None = None
    form: str = ""

    def request(self, door: Door, limit: int) -> Request:
        """The request that asks it."""
        tags = {self.attribute: self.form} if self.attribute is not None else {}
        return door.search(self.window, limit, service=self.service, tags=tags)

    def halves(self) -> list[Ask]:
        """The same for the newer and the older half of the window."""
        return [replace(self, window=half) for half in self.window.halves()]


@dataclass(slots=True)
class Answer:
    """A search that was answered: its traces, or why there are none."""

    ask: Ask
    outcome: Outcome
    traces: Traces
    limit: int


@dataclass(slots=True)
class Asker:
    """Asks one door, within a budget.

    Attributes:
        limit: traces asked for; lowered where the storage can't give so many.
    """

    door: Door
    budget: Budget
    limit: int = DEFAULT_LIMIT
    evidence: list[Evidence] = field(default_factory=list)

    def ask(self, asks: Sequence[Ask]) -> Operation[list[Answer]]:
        """Answers to one batch; what to ask again, `again` tells for each."""
        limit = self.limit
        responses = yield from self.budget.ask([ask.request(self.door, limit) for ask in asks])
        answers = []
        for ask, response in zip(asks, responses, strict=True):
            outcome = self.door.read(response)
            answers.append(Answer(ask, outcome, group_by_trace(outcome.decoded.spans), limit))
        return answers

    def ask_one(self, ask: Ask) -> Operation[Answer]:
        """The answer to one search, with a smaller limit where the storage can't give so many."""
        answers = yield from self.ask([ask])
        return answers[0]

    def again(self, answer: Answer) -> list[Ask]:
        """What to ask instead, where an answer is not the whole answer."""
        if answer.outcome.is_about_depth and answer.limit > 1:
            self.limit = min(self.limit, answer.limit // 2)
            return [answer.ask]
        if len(answer.traces) < answer.limit:
            return []
        if answer.ask.window.length > FLOOR:
            return answer.ask.halves()
        self.evidence.append(list_cut(answer.ask.window, answer.limit))
        return []


def asks_for(
    window: Window, services: Iterable[str | None], attributes: Iterable[str], forms: Iterable[str]
) -> list[Ask]:
    """Every attribute in every service, the likeliest attribute first."""
    return [Ask(window, service, attribute, form) for form in forms for attribute in attributes for service in services]
