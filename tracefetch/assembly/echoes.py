"""Which spans say what another span says already: wrappers above a call, and spans that enclose one in time."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call, chain_up
from tracefetch.assembly.forest import Forest
from tracefetch.assembly.words import Atom, Vocabulary


@dataclass(slots=True)
class Voices:
    """The calls that speak, and the echoes: echo -> the call that speaks for it (None: nobody's words)."""

    calls: list[Call] = field(default_factory=list)
    echoes: dict[tuple[str, str], Call | None] = field(default_factory=dict)


def last_answer(atoms: list[Atom]) -> tuple[int, ...]:
    """The ids of the last run of assistant atoms."""
    end = len(atoms)
    while end and not atoms[end - 1].is_assistant:
        end -= 1
    begin = end
    while begin and atoms[begin - 1].is_assistant:
        begin -= 1
    return tuple(atom.id for atom in atoms[begin:end])


def _text_answer(atoms: list[Atom]) -> tuple[int, ...]:
    return tuple(atom.id for atom in atoms if atom.kind == "assistant")[-1:]


def _same_answer(outer: Call, inner: Call) -> bool:
    mine = last_answer(outer.output)
    return bool(mine) and (mine == last_answer(inner.output) or mine == _text_answer(inner.output))


def _holds(inner: Call, atom: Atom) -> bool:
    return any(one.id == atom.id for one in inner.request)


def _is_echo(outer: Call, below: list[Call]) -> Call | None:
    if outer.output:
        for inner in reversed(below):
            if _same_answer(outer, inner):
                return inner
        return None
    if not outer.request:
        return below[-1]
    for inner in reversed(below):
        if _holds(inner, outer.request[-1]):
            return inner
    return None


def sort_out(calls: list[Call], forest: Forest, words: Vocabulary) -> Voices:
    """Tell the calls that speak from their echoes, innermost first."""
    by_span = {call.key: call for call in calls}
    below: dict[tuple[str, str], list[Call]] = {}
    depth = {call.key: len(forest.ancestors(call.span)) for call in calls}
    voices = Voices()
    for call in sorted(calls, key=lambda one: (-depth[one.key], one.start, one.end)):
        inner = below.get(call.key, [])
        speaker = _is_echo(call, inner) if inner else None
        if speaker is not None:
            speaker.returned = speaker.returned or (bool(call.output) and call.reading.kind != "call")
            voices.echoes[call.key] = speaker
            _lend(call, inner, words)
        else:
            call.wraps = bool(inner)
            voices.calls.append(call)
        above = next((by_span[key] for key in _keys(forest, call) if key in by_span), None)
        if above is not None:
            below.setdefault(above.key, []).extend([call] if speaker is None else [])
            below[above.key] += inner
    _enclosed(voices, forest)
    voices.calls.sort(key=lambda call: call.moment)
    return voices


def _lend(outer: Call, below: list[Call], words: Vocabulary) -> None:
    """Where only the wrapper's span holds the request (Mastra), the first call below that answered was given it."""
    if outer.request and not any(inner.request for inner in below):
        first = min(below, key=lambda one: (not one.output, one.start, one.end))
        first.request, first.system = list(outer.request), first.system or outer.system
        chain_up(first, words)


def _keys(forest: Forest, call: Call) -> list[tuple[str, str]]:
    return [(span.trace_id, span.span_id) for span in forest.ancestors(call.span)]


def _enclosed(voices: Voices, forest: Forest) -> None:
    """Where no tree joins them: the enclosing span with the same answer and question is an echo."""
    by_answer: dict[tuple[str, tuple[int, ...]], list[Call]] = {}
    for call in voices.calls:
        if call.output:
            by_answer.setdefault((call.span.trace_id, last_answer(call.output)), []).append(call)
    for group in by_answer.values():
        if len(group) < 2 or len(group) > 50:
            continue
        group.sort(key=lambda call: (call.end - call.start, len(call.request)))
        for place, outer in enumerate(group):
            for inner in group[:place]:
                if outer.key not in voices.echoes and _encloses(outer, inner, forest):
                    voices.echoes[outer.key] = inner
                    inner.returned = True
    voices.calls = [call for call in voices.calls if call.key not in voices.echoes]


def _encloses(outer: Call, inner: Call, forest: Forest) -> bool:
    if not outer.start or outer.start > inner.start or outer.end < inner.end:
        return False
    if (outer.start, outer.end) == (inner.start, inner.end) or forest.is_below(outer.span, inner.span):
        return False
    if forest.parent(outer.span) is not None and forest.parent(outer.span) is forest.parent(inner.span):
        return False
    if not outer.request or not inner.request:
        return False
    return len(inner.request) >= len(outer.request) and _holds(inner, outer.request[-1])
