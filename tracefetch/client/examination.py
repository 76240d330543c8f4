"""What a sample of spans tells of how conversations are recorded, and what would mend what is wrong; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tracefetch.assembly import Forest, Sessions
from tracefetch.maps import MapSet
from tracefetch.messages import Reading, read
from tracefetch.models import Conversation, Severity, Span

_SPEAKERS = ("call", "agent", "message")
_NAMES = 4  # that a line lists
_CHARACTERS = 240  # of a message that a line quotes
# Kinds of evidence whose cause the spans show, with what mends it.
_SHOWN_BY_SPANS = {"content-not-captured", "attribute-cut", "content-hidden", "attributes-dropped"}
_LOOKS_LIKE_ID = re.compile(r"(?:session|conversation|thread|chat|dialog(?:ue)?)[._-]?(?:id|key|uuid)$", re.IGNORECASE)

# Map -> what makes its emitters record words. Sources: the instrumentations' own documentation.
_CAPTURE = {
    "genai": "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true (newer ones: SPAN_ONLY, with "
    "OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental)",
    "genai_events": "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
    "openinference": "OPENINFERENCE_HIDE_INPUTS=false and OPENINFERENCE_HIDE_OUTPUTS=false",
    "traceloop": "TRACELOOP_TRACE_CONTENT=true",
    "vercel": "experimental_telemetry: {recordInputs: true, recordOutputs: true}",
    "pydantic_ai": "InstrumentationSettings(include_content=True)",
    "google_adk": "ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true",
}
_CAPTURE_ANY = "see its documentation for how it captures message content"


@dataclass(slots=True)
class Findings:
    """What was found.

    Attributes:
        facts: a name and a sentence each.
        problems: a sentence each, with what mends it.
        session_attributes: names that hold session ids, the commonest first.
    """

    facts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    session_attributes: tuple[str, ...] = ()


def examine(spans: Sequence[Span], talks: Sequence[Conversation], maps: MapSet, *, backend: str) -> Findings:
    """Look at spans of whole traces, and at the conversations that were made of some of them."""
    findings = Findings()
    if not spans:
        return findings
    forest = Forest(spans)
    sessions = Sessions(forest, maps.session_attributes)
    readings = [read(span, maps) for span in forest.spans]
    _conventions(findings, readings)
    _session_attributes(findings, sessions, readings)
    checks = (_truncation(forest.spans, backend), _silence(readings, forest), _hidden(readings), _dropped(forest.spans))
    findings.problems += [problem for check in checks for problem in check]
    findings.problems += _places(sessions, readings, findings)
    findings.problems += _losses(talks)
    return findings


def _conventions(findings: Findings, readings: Iterable[Reading]) -> None:
    counts: Counter[str] = Counter()
    for reading in readings:
        sources = {source.partition(":")[0] for source in reading.sources.values()}
        counts.update(sources or (reading.maps[:1] if reading.kind in _SPEAKERS else ()))
    if counts:
        listed = [f"{name} ({count} spans)" for name, count in counts.most_common()]
        findings.facts["conventions"] = _few(listed)


def _session_attributes(findings: Findings, sessions: Sessions, readings: Iterable[Reading]) -> None:
    traces: dict[str, set[str]] = {}
    for span in sessions.forest.spans:
        for name in sessions.own(span):
            traces.setdefault(name, set()).add(span.trace_id)
    ranked = sorted(traces, key=lambda name: -len(traces[name]))
    findings.session_attributes = tuple(ranked)
    total = len({reading.span.trace_id for reading in readings})
    if ranked:
        listed = [f"{name} ({len(traces[name])} of {total} traces)" for name in ranked]
        findings.facts["session ids"] = _few(listed)


def _truncation(spans: Iterable[Span], backend: str) -> Iterator[str]:
    suspects = [name for span in spans for name in span.suspect]
    if suspects:
        mend = (
            "set distributor.max_attribute_bytes: 0 in Tempo's configuration "
            "(for one tenant: overrides, ingestion.max_attribute_bytes)"
            if backend == "tempo"
            else "raise the backend's limit on attributes"
        )
        text = "attributes have just the length at which the backend cuts them"
        yield f"{len(suspects)} {text} ({_named(suspects)}): words are missing; {mend}"


def _silence(readings: Sequence[Reading], forest: Forest) -> Iterator[str]:
    """Model calls without words, in traces where nobody near them speaks."""
    speaking = {(r.span.trace_id, r.span.span_id) for r in readings if r.speaks}
    above = {(s.trace_id, s.span_id) for r in readings if r.speaks for s in forest.ancestors(r.span)}
    silent: Counter[str] = Counter()
    for reading in readings:
        key = (reading.span.trace_id, reading.span.span_id)
        near = key in above or any((s.trace_id, s.span_id) in speaking for s in forest.ancestors(reading.span))
        if reading.kind in _SPEAKERS and not reading.speaks and not near and reading.maps:
            silent[reading.maps[0]] += 1
    for name, count in silent.most_common():
        mend = _CAPTURE.get(name, _CAPTURE_ANY)
        yield f"{count} model calls ({name}) have no words on their spans: in the application set {mend}"


def _hidden(readings: Iterable[Reading]) -> Iterator[str]:
    count = sum(1 for r in readings if any(problem.kind == "content-hidden" for problem in r.problems))
    if count:
        mend = _CAPTURE["openinference"]
        yield f"{count} spans read __REDACTED__: the operator hid the text; to record it, the application needs {mend}"


def _dropped(spans: Iterable[Span]) -> Iterator[str]:
    spans = list(spans)
    attributes = sum(span.dropped_attributes for span in spans)
    events = sum(span.dropped_events for span in spans)
    for count, what, name in ((attributes, "attributes", "ATTRIBUTE"), (events, "span events", "EVENT")):
        if count:
            mend = f"in the application set OTEL_SPAN_{name}_COUNT_LIMIT=10000"
            yield f"{count} {what} were dropped by the SDK's limit (by default 128 a span): {mend}"


def _places(sessions: Sessions, readings: Sequence[Reading], findings: Findings) -> Iterator[str]:
    """Where session ids stand: nowhere, or only on the application's own spans."""
    speakers = [reading.span for reading in readings if reading.kind in _SPEAKERS or reading.speaks]
    if not speakers:
        return
    if not findings.session_attributes:
        yield _no_session(reading.span for reading in readings)
        return
    with_session = [span for span in speakers if sessions.nearest(span)]
    if with_session and not any(sessions.own(span) for span in with_session):
        name = findings.session_attributes[0]
        yield (
            f"{name} is only on the application's own spans: a conversation loses what is in traces where that span "
            f"is missing; set it on model calls too (OpenTelemetry: baggage {name} with a BaggageSpanProcessor; "
            "OpenInference: using_session; Traceloop: set_association_properties)"
        )


def _no_session(spans: Iterable[Span]) -> str:
    likely = Counter(name for span in spans for name in span.attributes if _LOOKS_LIKE_ID.search(name))
    text = "no span has a session id, so each trace is a conversation of its own"
    if likely:
        name = likely.most_common(1)[0][0]
        return f"{text}; if {name} is one: --session-attribute {name}"
    return f"{text}: set session.id on your spans, or name your attribute with --session-attribute NAME"


def _losses(talks: Iterable[Conversation]) -> Iterator[str]:
    """Losses of the sampled conversations that the spans alone don't show, and ids that are not one conversation's."""
    texts: dict[str, list[str]] = {}
    for talk in talks:
        for item in talk.evidence:
            if item.severity is Severity.LOSS or item.kind == "id-in-several-places":
                texts.setdefault(item.kind, []).append(item.message)
    for kind, messages in sorted(texts.items(), key=lambda pair: -len(pair[1])):
        if kind not in _SHOWN_BY_SPANS:
            first = messages[0] if len(messages[0]) <= _CHARACTERS else f"{messages[0][:_CHARACTERS].rstrip()}…"
            yield f"{kind}, in {len(messages)} of the conversations looked at: {first}"


def _named(names: Iterable[str]) -> str:
    return _few([name for name, _ in Counter(names).most_common()])


def _few(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_NAMES]) + (f" and {len(texts) - _NAMES} more" if len(texts) > _NAMES else "")
