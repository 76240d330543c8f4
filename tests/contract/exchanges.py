"""Recorded exchanges with real servers: what was sent in, what is asked, how a request finds its answer.

`python tests/contract/record.py` records them again; `test_recorded.py` replays them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import vcr

from tracefetch.http import Operation
from tracefetch.models import Query

FOLDER = Path(__file__).parent / "recorded"
URL = "http://recorded.test"
NAMES = ("session.id", "gen_ai.conversation.id")
SESSION = "sess_1"
TRACES = {  # id -> service, session attribute, session; one id has leading zeros, which Tempo trims
    "0000000000000000a1b2c3d4e5f60718": ("shop", "session.id", "sess_1"),
    "0af7651916cd43dd8448eb211c80319c": ("shop", "session.id", "sess_1"),
    "1bf7651916cd43dd8448eb211c80319c": ("desk", "gen_ai.conversation.id", "sess_1"),
    "2cf7651916cd43dd8448eb211c80319c": ("desk", "session.id", "sess_12"),
    "3df7651916cd43dd8448eb211c80319c": ("desk", "foreign.id", "sess_1"),
}
PADDED = next(iter(TRACES))
PROMPT = "Ich hätte gern ein größeres Zimmer. " * 80  # more than 2048 bytes
CUT = "x" + "ä" * 2000  # byte 2048 lies within a character


@dataclass(frozen=True)
class Case:
    """A server's recordings."""

    name: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def payload(self) -> Path:
        """What was sent in: the truth."""
        return self.folder / "sent.otlp.json"

    @property
    def until(self) -> datetime:
        """The end of the window that was asked for."""
        body = json.loads(self.payload.read_text())
        span = body["resourceSpans"][-1]["scopeSpans"][0]["spans"][-1]
        return datetime.fromtimestamp(int(span["endTimeUnixNano"]) // 10**9, UTC) + timedelta(minutes=1)

    def query(self, session: str | None = SESSION) -> Query:
        return Query(
            since=self.until - timedelta(hours=6),
            until=self.until,
            session=session,
            session_attributes=NAMES,
            markers=("gen_ai.system",),
        )

    def operations(self) -> dict[str, Callable[[Any], Operation[Any]]]:
        """What is asked, by the name of its recording."""
        return {
            "trace": lambda backend: backend.trace(PADDED),
            "no-trace": lambda backend: backend.trace("f" * 32),
            "session": lambda backend: backend.session(self.query()),
            "no-session": lambda backend: backend.session(self.query("sess_99")),
            "conversations": lambda backend: backend.conversations(self.query(None)),
            "services": lambda backend: backend.services(),
            "diagnose": lambda backend: backend.diagnose(),
        }


CASES = {name: Case(name) for name in ("tempo-3", "tempo-3-cutting", "jaeger-main", "jaeger-2.13")}


def payload(now_ns: int) -> dict[str, Any]:
    """OTLP to send in: a call of a few spans in each trace, the newest ending at that time."""
    groups = []
    for index, (trace, (service, name, session)) in enumerate(TRACES.items()):
        start = now_ns - (len(TRACES) - index) * 10**9
        root = _span(trace, 2 * index + 1, start, {name: session}, name="POST /chat", kind=2)
        texts = {"gen_ai.system": "openai", "llm.request.prompt": PROMPT, "cut": CUT}
        call = _span(trace, 2 * index + 2, start, texts, name="chat", kind=3, parentSpanId=root["spanId"])
        call["attributes"].append({"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}})
        call["attributes"].append({"key": "tokens", "value": {"intValue": "9007199254740993"}})
        event = {"name": "said", "timeUnixNano": str(start), "attributes": call["attributes"][:1]}
        call.update(events=[event], status={"code": 2, "message": "it broke"})
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        groups.append({"resource": resource, "scopeSpans": [{"scope": {"name": "lib"}, "spans": [root, call]}]})
    return {"resourceSpans": groups}


def _span(trace: str, number: int, start: int, attributes: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 5 * 10**8),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        **fields,
    }


def recorder(mode: str) -> vcr.VCR:
    """vcrpy, with the host left out of what is kept, and a request's own clock out of what is compared."""
    tape = vcr.VCR(record_mode=mode, match_on=["method", "question"], before_record_request=_without_host)
    tape.register_matcher("question", _is_same_question)
    return tape


def _without_host(request: Any) -> Any:
    parts = urlsplit(request.uri)
    request.uri = f"{URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    request.headers = {name: value for name, value in request.headers.items() if name.lower() == "accept"}
    return request


def _is_same_question(one: Any, other: Any) -> None:
    assert _question(one) == _question(other)


def _question(request: Any) -> tuple[str, list[tuple[str, str]], str]:
    """Path, parameters and Accept; of questions about "now" without start and end."""
    parts = urlsplit(request.uri)
    params = sorted(parse_qsl(parts.query))
    if parts.path.endswith("/values") or any("tracefetch.probe" in value for _, value in params):
        params = [(key, value) for key, value in params if key not in ("start", "end")]
    accept = {name.lower(): value for name, value in request.headers.items()}.get("accept", "")
    return parts.path, params, str(accept)
