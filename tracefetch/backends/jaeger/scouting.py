"""A look around before a search that is too large: which services are silent, which attributes occur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracefetch.backends.jaeger.asking import Ask, Asker
from tracefetch.backends.traces import attributes_of
from tracefetch.backends.windows import Window
from tracefetch.http.values import Operation
from tracefetch.models import Span

SAMPLE = 2  # traces of each service


def look_around(
    asker: Asker, window: Window, services: Sequence[str | None], attributes: Sequence[str]
) -> Operation[tuple[list[str | None], tuple[str, ...], tuple[str, ...]]]:
    """Services that have traces in the window; the attributes, those that occur in them first; and these alone.

    A service without any trace can't hold the session; no other is dropped. Costs a request per service.
    """
    if 2 * len(services) > asker.budget.left:  # then asking for the first attribute is worth more
        return list(services), tuple(attributes), ()
    scout = Asker(asker.door, asker.budget, SAMPLE)
    answers = yield from scout.ask([Ask(window, service) for service in services])
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update(_names([span for spans in answer.traces.values() for span in spans]))
    alive: list[str | None] = [answer.ask.service for answer in answers if answer.outcome.kind != "none"]
    ordered = tuple(sorted(attributes, key=lambda name: -counts[name]))
    return alive, ordered, tuple(name for name in ordered if counts[name])


def _names(spans: Sequence[Span]) -> set[str]:
    return {name for span in spans for attributes in attributes_of(span) for name in attributes}
