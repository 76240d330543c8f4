"""Jaeger's API v3 over HTTP: OTLP/JSON. Source: cmd/jaeger/…/jaegerquery/internal/apiv3.

Names are in snake_case, which every version knows. `query.num_traces` is always sent: before 2.19
leaving it out means 0.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any

from tracefetch.backends.answers import told_repairs
from tracefetch.backends.idents import padded
from tracefetch.backends.jaeger.door import Outcome, absent_or_refused
from tracefetch.backends.jaeger_json import WARNINGS, truncation
from tracefetch.backends.jsontext import JsonTroubleError, Repair, read_values
from tracefetch.backends.otlp import Decoded, read_resource_spans
from tracefetch.backends.windows import Window
from tracefetch.http.pages import is_html
from tracefetch.http.values import Request, Response
from tracefetch.models import loss


class V3:
    """The generation that stays; it searches by attribute from 2.19 on."""

    name = "v3"

    def trace(self, trace_id: str) -> Request:
        """Ask for a trace by its id, raw."""
        return Request(f"/api/v3/traces/{padded(trace_id)}", (("raw_traces", "true"),))

    def search(self, window: Window, limit: int, *, service: str | None, tags: dict[str, str]) -> Request:
        """Ask for whole traces of a window, raw."""
        params = [
            ("query.start_time_min", _timestamp(window.since)),
            ("query.start_time_max", _timestamp(window.until)),
            ("query.num_traces", str(limit)),
            ("query.raw_traces", "true"),
        ]
        if service is not None:
            params.append(("query.service_name", service))
        if tags:
            params.append(("query.attributes", json.dumps(tags, ensure_ascii=False)))
        return Request("/api/v3/traces", tuple(params))

    def services(self) -> Request:
        """Ask for the names of services."""
        return Request("/api/v3/services")

    def read(self, response: Response) -> Outcome:
        """What an answer means; its body decides, since old servers answer 200 and a page to any path."""
        try:
            values, repair = _values(response)
        except JsonTroubleError as trouble:
            absent = response.status == 404 or (response.status == 200 and is_html(response))
            return absent_or_refused(response, is_absent=absent, message=None if absent else trouble)
        decoded = Decoded()
        for value in values:
            error = value.get("error")
            if isinstance(error, dict) and not decoded.spans:
                return _read_error(error, response)
            decoded.extend(_read_result(value))
        decoded.evidence += told_repairs(repair, response.request.path)
        return Outcome("found" if decoded.spans else "none", response, decoded)

    def read_services(self, response: Response) -> list[str] | None:
        """The names of services; JSON labelled text/plain on 2.13, `{}` where there are none."""
        try:
            value = _values(response)[0][0]
        except JsonTroubleError:
            return None
        names = value.get("services", [] if not value else None)
        return [str(name) for name in names] if isinstance(names, list) else None


def _values(response: Response) -> tuple[list[dict[str, Any]], Repair]:
    """The JSON objects of a body, one or (v1 streamed) one after another; and what was repaired in them."""
    if response.body[:1] not in (b"{", b" ", b"\n"):
        raise JsonTroubleError("")
    text = response.body.decode("utf-8", "replace")
    read = list(read_values(text))
    values = [value for value, _ in read]
    trouble = next((value for value in values if isinstance(value, JsonTroubleError)), None)
    if trouble is not None or not values:
        raise JsonTroubleError(f"the answer is no JSON: {trouble or 'it is empty'}")
    repair = reduce(or_, (one for _, one in read))
    return [value for value in values if isinstance(value, dict)] or [{}], repair


def _read_error(error: dict[str, Any], response: Response) -> Outcome:
    if error.get("httpCode") == 404 or response.status == 404:
        return Outcome("none", response)
    return Outcome("refused", response, message=str(error.get("message") or ""))


def _read_result(value: dict[str, Any]) -> Decoded:
    result = value.get("result", value)
    decoded = read_resource_spans(result.get("resourceSpans") if isinstance(result, dict) else None)
    for span in decoded.spans:
        decoded.evidence += truncation(span.attributes.pop(WARNINGS, None), span)
    if isinstance(value.get("error"), dict):
        message = f"Jaeger broke off in its answer: {value['error'].get('message')}"
        decoded.evidence.append(loss("answer-broken-off", message))
    return decoded


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
