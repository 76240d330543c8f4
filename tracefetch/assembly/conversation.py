"""The public `Conversation` of an assembly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracefetch.assembly.account import account_of, doubts
from tracefetch.assembly.assemble import Assembly, assemble_talk
from tracefetch.assembly.calls import Call
from tracefetch.assembly.findings import findings
from tracefetch.assembly.threads import publish_threads, weave
from tracefetch.assembly.times import utc
from tracefetch.assembly.turns import publish
from tracefetch.maps import MapSet
from tracefetch.models import Conversation, Evidence, Span, TokenUsage

_METADATA_ENTRIES = 64
_METADATA_CHARACTERS = 1024


def assemble(
    spans: Sequence[Span],
    *,
    maps: MapSet,
    session: str | None = None,
    trace: str | None = None,
    evidence: Iterable[Evidence] = (),
) -> Conversation:
    """Rebuild the one conversation of a session, or of a trace.

    Args:
        spans: whole traces.
        session: the session's id; calls of other sessions in these traces are left out.
        trace: the trace's id, where no session is asked for.
        evidence: what the backend knows.
    """
    found = assemble_talk(spans, maps=maps, session=session)
    return publish_assembly(found, maps=maps, ident=session or trace or _only_trace(spans), evidence=evidence)


def _only_trace(spans: Sequence[Span]) -> str:
    return next((span.trace_id for span in spans), "")


def publish_assembly(found: Assembly, *, maps: MapSet, ident: str, evidence: Iterable[Evidence] = ()) -> Conversation:
    """The conversation that an assembly found, with all its evidence."""
    spans = [reading.span for reading in found.readings]
    traces = list(dict.fromkeys(span.trace_id for span in spans))
    inside = set(traces)
    all_spans = [span for span in found.forest.spans if span.trace_id in inside]
    speakers = found.order.calls or found.voices.calls
    timed = [call.span for call in speakers] or all_spans
    starts = [span.start_ns for span in timed if span.start_ns]
    ends = [span.end_ns for span in timed if span.end_ns]
    threads = weave(found)  # before the turns: the calls that start threads name them
    turns = tuple(publish(found.drafts))
    return Conversation(
        id=ident,
        session_id=found.session,
        trace_ids=tuple(traces),
        services=_services(all_spans),
        user=_user(found, all_spans, maps),
        start=utc(min(starts, default=None)),
        end=utc(max(ends, default=None)),
        status="error" if any(span.error for span in spans) else "ok",
        usage=_usage(speakers),
        duration_seconds=sum((c.end - c.start) / 1e9 for c in speakers if c.span.end_ns and c.span.start_ns) or None,
        turns=turns,
        threads=tuple(publish_threads(threads, turns)),
        metadata=_metadata(found, maps),
        evidence=(*evidence, *findings(found, maps), *doubts(account_of(found))),
    )


def _services(spans: Iterable[Span]) -> tuple[str, ...]:
    resources = {id(span.resource): span.resource for span in spans}
    return tuple(dict.fromkeys(name for resource in resources.values() if (name := resource.service)))


def _user(found: Assembly, spans: list[Span], maps: MapSet) -> str | None:
    for reading in found.told:
        if reading.user:
            return reading.user
    names = maps.user_attributes
    wanted = frozenset(names)
    spans = [span for span in spans if not wanted.isdisjoint(span.attributes)]
    for name in names:
        for span in spans:
            value = span.attributes.get(name)
            if isinstance(value, str) and value:
                return value
    return None


def _usage(calls: list[Call]) -> TokenUsage | None:
    counted = [call.reading.usage for call in calls if call.reading.usage is not None]
    if not counted:
        return None
    given = [usage.input for usage in counted if usage.input is not None]
    answered = [usage.output for usage in counted if usage.output is not None]
    totals = [usage.total if usage.total is not None else (usage.input or 0) + (usage.output or 0) for usage in counted]
    return TokenUsage(
        input=sum(given) if given else None, output=sum(answered) if answered else None, total=sum(totals)
    )


def _metadata(found: Assembly, maps: MapSet) -> dict[str, object]:
    """Root and resource attributes that no map consumed, bounded."""
    read_names = {name for one in maps.maps for name in one.names}
    prefixes = tuple(name for name in read_names if name.endswith("."))
    entries: dict[str, object] = {}
    roots = [span for span in found.forest.spans if found.forest.parent(span) is None]
    kept = {reading.span.trace_id for reading in found.readings}
    for span in roots:
        if span.trace_id not in kept:
            continue
        for name, value in (*span.resource.attributes.items(), *span.attributes.items()):
            if name in read_names or name.startswith(prefixes) or name in maps.session_attributes:
                continue
            if len(entries) < _METADATA_ENTRIES and len(str(value)) <= _METADATA_CHARACTERS:
                entries.setdefault(name, value)
    return entries
