"""Losses: words that are missing, as far as the spans tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.turns import Draft
from tracefetch.maps import MapSet
from tracefetch.messages import Reading
from tracefetch.models import Evidence, Span, loss


def losses(found: Assembly, maps: MapSet) -> list[Evidence]:
    """What is known to be missing."""
    if not found.drafts:
        return [_nothing(found, maps)]
    checks = (_hidden, _cut, _wordless, _requests, _dropped, _results, _chains)
    evidence = [item for check in checks for item in check(found)]
    evidence += _references(found, maps)
    if found.session is not None:
        evidence += _turn_numbers(found)
    return evidence


def _ids(spans: Iterable[Span]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    listed = list(spans)
    return tuple(dict.fromkeys(span.trace_id for span in listed)), tuple(dict.fromkeys(span.span_id for span in listed))


def _tell(kind: str, message: str, spans: Iterable[Span]) -> Evidence:
    traces, ids = _ids(spans)
    return loss(kind, message, traces=traces, spans=ids)


def _nothing(found: Assembly, maps: MapSet) -> Evidence:
    models = [reading.span for reading in found.told if reading.kind in ("call", "agent")]
    if any(problem.kind == "content-hidden" for reading in found.told for problem in reading.problems):
        return _tell("content-hidden", "All words were hidden by the instrumentation's settings.", models)
    elsewhere = list(_references(found, maps))
    if elsewhere:
        return elsewhere[0]
    dropped = [span for span in models if span.dropped_attributes or span.dropped_events]
    if dropped:
        return _tell("attributes-dropped", "The SDK dropped attributes or events of all spans that had words.", dropped)
    text = (
        "The spans hold no words of this conversation: the instrumentation did not capture content, "
        "or writes it elsewhere (log records, uploads). `tracefetch doctor` names the setting."
    )
    return _tell("content-not-captured", text, models)


def _hidden(found: Assembly) -> Iterator[Evidence]:
    spans = [r.span for r in found.told if any(problem.kind == "content-hidden" for problem in r.problems)]
    if spans:
        yield _tell("content-hidden", "The instrumentation hid text (it reads __REDACTED__); it stays hidden.", spans)


def _cut(found: Assembly) -> Iterator[Evidence]:
    """Values that end where a limit cut them, and lists with a gap, unless the words stood elsewhere."""
    used = {id(tool.span) for tool in (*found.inserted.supplied, *found.inserted.spoken)}
    whole = found.mended.whole | _supplied(found)
    readings = [call.reading for call in found.order.calls if call not in whole]
    readings += [call.reading for call in found.beside if call in found.mended.cut and not call.in_tool]
    readings += [reading for reading in found.told if _is_lost(reading) or id(reading.span) in used]
    for kind, text in (
        ("attribute-cut", "An attribute was cut by a length limit: what follows in it is missing."),
        ("list-gap", "An indexed list of messages has a gap: the oldest attributes were dropped."),
        ("unreadable", "An attribute's JSON can't be read: nothing whole could be taken out of it."),
    ):
        spans = [one.span for one in readings if any(problem.kind == kind for problem in one.problems)]
        if spans:
            yield _tell(kind, text, spans)


def _supplied(found: Assembly) -> set[Call]:
    """Calls whose answer is gone from their span, and stands in a later request's history."""
    return {
        laid.call
        for laid in found.layer.laid
        if not laid.call.output and laid.call not in found.mended.cut and laid.end is not None
        if any(child.atom is not None and child.atom.is_assistant for child in laid.end.children)
        if not any(atom.message.cut for atom in laid.call.request)
    }


def _is_lost(reading: Reading) -> bool:
    """A model call of which nothing could be read."""
    return reading.kind == "call" and not reading.speaks


def _references(found: Assembly, maps: MapSet) -> Iterator[Evidence]:
    names = {name for one in maps.maps for name in one.references}
    spans = [r.span for r in found.readings if not names.isdisjoint(r.span.attributes) and not r.speaks]
    if spans:
        yield _tell("content-elsewhere", "The words were uploaded; the spans hold only references to them.", spans)


def _related(found: Assembly, reading: Reading, speaking: set[tuple[str, str]], covered: set[tuple[str, str]]) -> bool:
    """A speaking span stands above or below."""
    key = (reading.span.trace_id, reading.span.span_id)
    above = any((span.trace_id, span.span_id) in speaking for span in found.forest.ancestors(reading.span))
    return above or key in covered


def _wordless(found: Assembly) -> Iterator[Evidence]:
    """Traces with a model call without words, more than later histories supplied questions."""
    speaking = {(r.span.trace_id, r.span.span_id) for r in found.told if r.speaks}
    covered = {
        (above.trace_id, above.span_id) for r in found.told if r.speaks for above in found.forest.ancestors(r.span)
    }
    voiced = {r.span.trace_id for r in found.told if r.speaks}
    responses = {r.response_id for r in found.told if r.speaks and r.response_id}
    silent = [
        reading
        for reading in found.told
        if reading.kind in ("call", "agent") and not reading.speaks and reading.maps
        if not _related(found, reading, speaking, covered)
        if reading.response_id not in responses  # an SDK's own span of a call that an instrumentation recorded too
    ]
    alone = [reading.span for reading in silent if reading.span.trace_id not in voiced]
    ran = [reading.span for reading in silent if reading.span.trace_id in voiced and _did_answer(reading)]
    told = [turn for turn in found.drafts if turn.nodes and not turn.spoken and not turn.closing]
    questions = sum(1 for turn in told if turn.role == "user")
    answers = sum(1 for turn in told if turn.role == "assistant")
    spans = (alone if len({span.trace_id for span in alone}) > questions else []) + (ran if len(ran) > answers else [])
    if spans:
        text = "Model calls without captured words: their part of the conversation is missing."
        yield _tell("content-not-captured", text, spans)


def _did_answer(reading: Reading) -> bool:
    """The model is known to have answered: tokens were counted."""
    return reading.kind == "call" and reading.usage is not None and bool(reading.usage.output)


def _requests(found: Assembly) -> Iterator[Evidence]:
    """Answers whose question is on no span."""
    lost: list[Span] = []
    heard_user = False
    answered_by: Call | None = None
    for turn in found.drafts:
        if turn.role == "user":
            heard_user, answered_by = True, None
        elif turn.role == "assistant" and turn.spoken and turn.call is not None:
            unasked = not any(message.role in ("user", "tool") for message in turn.call.reading.input)
            new_unit = answered_by is not None and answered_by.unit != turn.call.unit
            if turn.content and unasked and (not heard_user or new_unit):
                lost.append(turn.call.span)
            answered_by = turn.call if turn.content else answered_by
    if lost:
        yield _tell("question-missing", "An answer stands without the question that it was given to.", lost)


def _dropped(found: Assembly) -> Iterator[Evidence]:
    if spans := torn_spans(found):
        yield _tell("attributes-dropped", "The SDK dropped attributes of a span: words may be missing.", spans)


def torn_spans(found: Assembly) -> list[Span]:
    """Spans with dropped attributes that may have held words: their call held only what is new, or has no answer."""
    spans: list[Span] = []
    for call in found.order.calls:
        span = call.span
        if not (span.dropped_attributes or (_reads_events(call) and span.dropped_events)):
            continue
        only_new = not any(atom.is_assistant for atom in call.request)
        if only_new or not call.output:
            spans.append(span)
    for reading in found.told:
        wordless = reading.kind in ("call", "tool") and not reading.speaks and reading.tool is None
        unanswered = reading.tool is not None and reading.tool[1] is None
        if (wordless or unanswered) and reading.span.dropped_attributes:
            spans.append(reading.span)
    return spans


def _reads_events(call: Call) -> bool:
    return any("event" in source for source in call.reading.sources.values())


def _results(found: Assembly) -> Iterator[Evidence]:
    """Calls that were executed, and whose answer is nowhere."""
    lost = [tool.span for tool in found.inserted.lost]
    lost += [tool.span for tool in found.inserted.spoken if tool.outcome is None]
    answered = {turn.result.name for turn in found.drafts if turn.result is not None}
    answered |= _answered_names(found.drafts)
    last = found.drafts[-1]
    for call, turn in found.inserted.unanswered:
        if call.name in answered and turn is not last and turn.call is not None and not _is_in_progress(found, turn):
            lost.append(turn.call.span)
    if lost:
        yield _tell("result-missing", "A tool was called and its answer is on no span.", lost)
    orphans = [turn.call.span for turn in found.drafts if turn.orphan and turn.call is not None]
    if orphans:
        yield _tell("call-missing", "A tool's answer stands without the call that it answers.", orphans)


def _is_in_progress(found: Assembly, turn: Draft) -> bool:
    """Nothing but tools' answers follows."""
    place = next((n for n, one in enumerate(found.drafts) if one is turn), 0)
    return all(one.role == "tool" for one in found.drafts[place + 1 :])


def _answered_names(drafts: list[Draft]) -> set[str | None]:
    """The tools whose calls have an answer somewhere in the talk."""
    answers = {one.answers for one in drafts if one.answers}
    pairs = ((part, ident) for turn in drafts for part, ident in zip(turn.calls, turn.ids, strict=False))
    return {part.name for part, ident in pairs if ident in answers}


def _chains(found: Assembly) -> Iterator[Evidence]:
    """A request goes on from a response that is on no span."""
    known = {call.reading.response_id for call in found.voices.calls if call.reading.response_id}
    spans = [
        call.span
        for call in found.order.calls
        if call.reading.previous_response_id and call.reading.previous_response_id not in known
    ]
    if spans:
        text = "A request goes on from a response that is on no span: what was said before may be missing."
        yield _tell("history-missing", text, spans)


def _turn_numbers(found: Assembly) -> Iterator[Evidence]:
    numbers = {call.reading.turn for call in found.order.calls if call.reading.turn is not None}
    if not numbers or not found.whole:
        return
    missing = sorted(set(range(min(1, min(numbers)), max(numbers) + 1)) - numbers)
    supplied = sum(1 for one in found.drafts if one.role == "user" and not one.closing and one.nodes)
    if len(missing) > supplied:
        listed = ", ".join(str(number) for number in missing[:10])
        beside = [call.span for call in found.order.calls if (call.reading.turn or 0) - 1 in missing]
        yield _tell("turn-gap", f"Turn numbers are missing: {listed}; these spans come right after.", beside)
