"""`doctor` as an operation: what the backend says of itself, and a bounded sample of what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tracefetch.client.examination import Findings, examine
from tracefetch.client.gathering import Meter, forward
from tracefetch.client.retrieval import Retrieval
from tracefetch.client.searching import Row, Search, plan
from tracefetch.errors import DeadlineError, TracefetchError
from tracefetch.http.values import Found, Operation
from tracefetch.models import Conversation, Span, Summary
from tracefetch.models.diagnosis import Diagnosis

MOST_REQUESTS = 120  # for the sample: enough for a few windows of a server with many services
MOST_SPANS = 20_000
SKEW_SECONDS = 5.0


@dataclass(slots=True)
class _Sample:
    """What was read of the conversations."""

    spans: list[Span] = field(default_factory=list)
    rows: list[Summary] = field(default_factory=list)
    talks: list[Conversation] = field(default_factory=list)
    trouble: str | None = None

    def read(self, found: Found) -> None:
        if len(self.spans) < MOST_SPANS:
            self.spans += found.spans

    def list(self, found: Found) -> None:
        if isinstance(found, Row) and found.summary is not None:
            self.rows.append(found.summary)


def diagnose(retrieval: Retrieval, *, sample: int) -> Operation[Diagnosis]:
    """Facts of the backend and of its conversations; what can't be asked is a problem, not an error."""
    backend = yield from retrieval.connect()
    found = yield from backend.diagnose()
    seen = yield from _sample(retrieval, sample)
    findings = examine(seen.spans, seen.talks, retrieval.maps, backend=found.backend)
    problems = [*found.problems, *([seen.trouble] if seen.trouble else []), *_skew(found), *findings.problems]
    flags, dear = _economy(retrieval, found, findings)
    return replace(
        found,
        facts={**_detected(retrieval), **found.facts, **_counts(seen), **findings.facts},
        problems=tuple(dict.fromkeys([*problems, *dear])),
        conversations=tuple(seen.rows),
        flags=flags,
    )


def _sample(retrieval: Retrieval, size: int) -> Operation[_Sample]:
    seen = _Sample()
    most = min(MOST_REQUESTS, retrieval.settings.max_requests // 2)
    search = Search(retrieval, plan(retrieval, limit=size), on_read=seen.read, on_row=seen.talks.append, ahead=0)
    search.meter, search.allowance = Meter(most), most // 4
    try:
        yield from forward(search.run(), seen.list)
    except DeadlineError:
        raise
    except TracefetchError as error:
        seen.trouble = f"no sample of conversations could be read: {error.message}"
    return seen


def _detected(retrieval: Retrieval) -> dict[str, str]:
    return {"detected": retrieval.why} if retrieval.why else {}


def _counts(seen: _Sample) -> dict[str, str]:
    traces = len({span.trace_id for span in seen.spans})
    if not traces:
        return {}
    starts = [span.start_ns for span in seen.spans if span.start_ns]
    newest = f", the newest of {_moment(max(starts))}" if starts else ""
    return {"conversations": f"yes: {len(seen.rows)} looked at, in {traces} traces{newest}"}


def _moment(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds / 1e9, UTC):%Y-%m-%d %H:%M} UTC"


def _skew(found: Diagnosis) -> list[str]:
    skew = found.clock_skew_seconds
    if skew is None or abs(skew) < SKEW_SECONDS:
        return []
    side = "ahead of" if skew > 0 else "behind"
    return [
        f"its clock is {abs(skew):.0f} s {side} ours: synchronise both (NTP); until then give --until, "
        "or the newest traces lie outside of the window"
    ]


def _economy(retrieval: Retrieval, found: Diagnosis, findings: Findings) -> tuple[tuple[str, ...], list[str]]:
    """The flags with which a session is found within the cap, where asking service by service would pass it."""
    settings, names = retrieval.settings, retrieval.maps.session_attributes
    by_service = found.backend == "jaeger" and found.facts.get("search without service") != "yes"
    planned = (found.services or 0) * len(names)
    if not by_service or settings.service is not None or planned <= settings.max_requests:
        return (), []
    said = (
        f"{found.services} services x {len(names)} names of a session attribute are {planned} requests for one session"
    )
    cap = f"and {settings.max_requests} are allowed (--max-requests)"
    if not findings.session_attributes:
        return (), [f"{said}, {cap}: name the attribute (--session-attribute NAME) or the service (--service NAME)"]
    flags: list[str] = []
    for name in findings.session_attributes:
        flags += ["--session-attribute", name]
    return tuple(flags), [f"{said}, {cap}: give {' '.join(flags)}"]
