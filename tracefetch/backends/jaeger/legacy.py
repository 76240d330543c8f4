"""Jaeger's legacy API, of v1 and of v2 up to 2.20. Source: cmd/jaeger/…/jaegerquery/internal."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tracefetch.backends.answers import json_object, told_object
from tracefetch.backends.idents import padded
from tracefetch.backends.jaeger.door import Outcome, absent_or_refused
from tracefetch.backends.jaeger_json import read_jaeger_traces
from tracefetch.backends.windows import Window
from tracefetch.http.values import Request, Response
from tracefetch.models import loss


class Legacy:
    """The generation that every Jaeger had until 2.20; its search filters by tag on every storage."""

    name = "legacy"

    def trace(self, trace_id: str) -> Request:
        """Ask for a trace by its id, raw."""
        return Request(f"/api/traces/{padded(trace_id)}", (("raw", "true"),))

    def search(self, window: Window, limit: int, *, service: str | None, tags: dict[str, str]) -> Request:
        """Ask for whole traces of a window, raw; a service is required here."""
        params = [
            ("service", service or ""),
            ("start", str(_microseconds(window.since))),
            ("end", str(_microseconds(window.until))),
            ("limit", str(limit)),
            ("raw", "true"),
        ]
        if tags:
            params.append(("tags", json.dumps(tags, ensure_ascii=False)))
        return Request("/api/traces", tuple(params))

    def services(self) -> Request:
        """Ask for the names of services."""
        return Request("/api/services")

    def read(self, response: Response) -> Outcome:
        """What an answer means: a miss by id may be an entry of `errors` with status 200."""
        answer, told_of_it = told_object(response)
        if answer is None or not ("data" in answer or "errors" in answer):
            return absent_or_refused(response, is_absent=response.status in (200, 404))
        decoded = read_jaeger_traces(answer.get("data"))
        decoded.evidence += told_of_it
        errors = [error for error in answer.get("errors") or () if isinstance(error, dict)]
        told = [error for error in errors if not _is_miss(error)]
        if decoded.spans:
            messages = "; ".join(str(error.get("msg")) for error in told)
            if messages:
                decoded.evidence.append(loss("answer-incomplete", f"Jaeger could not give all traces: {messages}"))
            return Outcome("found", response, decoded)
        if told or (response.status >= 400 and not errors):
            return absent_or_refused(response, is_absent=False, message=told[0].get("msg") if told else None)
        return Outcome("none", response, decoded)

    def read_services(self, response: Response) -> list[str] | None:
        """The names of services; `data` is null where there are none."""
        answer = json_object(response)
        if response.status != 200 or answer is None or "data" not in answer:
            return None
        return [str(name) for name in answer["data"] or ()]


def _is_miss(error: dict[str, Any]) -> bool:
    return error.get("code") == 404 or "trace not found" in str(error.get("msg"))


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
