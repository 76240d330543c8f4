"""Histories that leave out the calls of an answer, as agents write them after a failed step, made whole again."""

from __future__ import annotations

from collections.abc import Iterable

from tracefetch.assembly.calls import Call, chain_up
from tracefetch.assembly.words import Atom, Vocabulary
from tracefetch.messages import ResultPart

_Place = tuple[int, tuple[int, ...]]


def restore_calls(calls: Iterable[Call], words: Vocabulary) -> None:
    """Before a tool's answer without id that follows no call: the calls that stand in the one answer it can be."""
    known = list(calls)
    answers: dict[_Place, list[Call]] = {}
    for call in known:
        if call.request and any(atom.kind == "call" for atom in call.output):
            texts = tuple(atom.id for atom in call.output if atom.kind == "assistant")
            answers.setdefault((call.request[-1].id, texts), []).append(call)
    for call in known:
        places = [place for place in range(1, len(call.request)) if _lacks_call(call.request, place)]
        for place in reversed(places):
            call.request[place:place] = _missing(call, place, answers)
        if places:
            chain_up(call, words)


def _lacks_call(atoms: list[Atom], place: int) -> bool:
    part = atoms[place].part
    return isinstance(part, ResultPart) and not part.id and atoms[place - 1].kind in ("user", "assistant")


def _missing(call: Call, place: int, answers: dict[_Place, list[Call]]) -> list[Atom]:
    begin = place
    while begin and call.request[begin - 1].kind == "assistant":
        begin -= 1
    if not begin:
        return []
    texts = tuple(atom.id for atom in call.request[begin:place])
    found = answers.get((call.request[begin - 1].id, texts), [])
    return [atom for atom in found[0].output if atom.kind == "call"] if len(found) == 1 and found[0] is not call else []
