"""A trace of Tempo by its id: v2 in protobuf first, then whatever the server can do.

For 10,000 spans Tempo needs six times as long to answer in JSON, so JSON is the fallback: for
proxies that strip Accept, and for a cut character that makes the protobuf unreadable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from tracefetch.backends.answers import json_of, refuse
from tracefetch.backends.idents import padded
from tracefetch.backends.tempo.envelope import (
    DecodeError,
    Enclosed,
    UnreadableError,
    parse_v1,
    parse_v2,
    read_object,
    unreadable_protobuf,
)
from tracefetch.errors import ResponseError
from tracefetch.http.pages import is_html
from tracefetch.http.values import Request, Response
from tracefetch.models import Evidence, loss

PROTOBUF = ("Accept", "application/protobuf")
JSON = ("Accept", "application/json")


@dataclass(frozen=True, slots=True)
class Step:
    """One way to ask for a trace; `next` is the way to go when this one can't be."""

    path: str
    accept: tuple[str, str]
    parse: Callable[[bytes], Enclosed] | None
    fallback: str | None


STEPS = {
    "v2": Step("/api/v2/traces/{}", PROTOBUF, parse_v2, "v1"),
    "v2-json": Step("/api/v2/traces/{}", JSON, None, "v1"),
    "v1": Step("/api/traces/{}", PROTOBUF, parse_v1, None),
    "v1-json": Step("/api/traces/{}", JSON, None, None),
}


@dataclass(slots=True)
class Lookup:
    """One trace on its way: how it is asked for now, and what came of it.

    `enclosed` stays None until the server has answered for good; a missing trace is an empty one.
    """

    trace_id: str
    step: str = "v2"
    enclosed: Enclosed | None = None
    evidence: list[Evidence] | None = None

    @property
    def request(self) -> Request:
        """What to ask next."""
        step = STEPS[self.step]
        # Newer servers can be set to merge similar leaf spans unasked; older ones ignore the parameter.
        return Request(step.path.format(padded(self.trace_id)), (("span_pruning", "false"),), (step.accept,))

    def receive(self, response: Response) -> None:
        """Take an answer: it ends the lookup, or decides the next step.

        Raises:
            TracefetchError: the answer can't be used, and there is no other way to ask.
        """
        step = STEPS[self.step]
        if response.status == 404:
            self._go_on(step.fallback)
        elif response.status != 200:
            _refuse(response, self.trace_id)
        elif response.body[:1] == b"{" or step.parse is None:
            self._take_json(response, step)
        elif is_html(response):
            _refuse(response, self.trace_id)
        else:
            self._take_protobuf(response, step.parse)

    def _go_on(self, step: str | None) -> None:
        if step is None:
            self.enclosed = Enclosed()
        else:
            self.step = step

    def _take_protobuf(self, response: Response, parse: Callable[[bytes], Enclosed]) -> None:
        try:
            self.enclosed = parse(response.body)
        except DecodeError:
            self.evidence = [unreadable_protobuf()]
            self.step += "-json"
        except UnreadableError as error:
            fields = {"backend": "tempo", "url": response.url, "ident": self.trace_id}
            message = f"Tempo's answer at {response.url} is not understood: {error}"
            raise ResponseError(message, status=response.status, **fields) from error

    def _take_json(self, response: Response, step: Step) -> None:
        try:
            value, evidence = json_of(response)
        except ValueError:
            _refuse(response, self.trace_id)
        enclosed = read_object(value)
        if enclosed is None:
            if step.fallback is None:
                _refuse(response, self.trace_id)
            self._go_on(step.fallback)
            return
        self.enclosed = enclosed
        enclosed.decoded.evidence += evidence + (self.evidence or [])


def _refuse(response: Response, trace_id: str) -> NoReturn:
    hint = ""
    if response.status in (413, 422):
        hint = "the trace is larger than the server may answer: ask the operator for a higher max_bytes_per_trace"
    refuse(response, backend="tempo", asked=f"trace {trace_id}", ident=trace_id, hint=hint)


def partial_evidence(enclosed: Enclosed, trace_id: str) -> list[Evidence]:
    """What an answer marked PARTIAL means; the server gives its reasons in words, joined by `; `."""
    if not enclosed.is_partial:
        return []
    reasons = [reason.strip() for reason in enclosed.message.split(";") if reason.strip()] or ["no reason given"]
    return [_partial(reason, trace_id) for reason in _joined(reasons)]


def _joined(reasons: list[str]) -> list[str]:
    """Reasons again: the server's own sentences about pruning contain a `;`."""
    whole: list[str] = []
    for reason in reasons:
        if whole and reason[:1].islower() and reason != "no reason given":
            whole[-1] += f"; {reason}"
        else:
            whole.append(reason)
    return whole


def _partial(reason: str, trace_id: str) -> Evidence:
    lowered = reason.lower()
    if "pruned before it reached" in lowered:
        message = f"similar spans were merged before they reached Tempo, and the originals are gone: {reason}"
        return loss("trace-pruned", message, traces=(trace_id,))
    if "pruned by tempo" in lowered:
        message = f"Tempo merged similar spans although it was asked not to: {reason}"
        return loss("trace-pruned", message, traces=(trace_id,))
    if "filtered" in lowered:
        return loss("trace-filtered", f"Tempo gave only a part of the trace: {reason}", traces=(trace_id,))
    return loss("trace-partial", f"Tempo gave only a part of the trace: {reason}", traces=(trace_id,))
