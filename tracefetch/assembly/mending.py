"""Cut texts and requests made whole from other spans of the same talk, where one has the whole words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call, chain_up
from tracefetch.assembly.words import Atom, Vocabulary
from tracefetch.messages import CallPart, Message, ResultPart

_SHORTEST = 8  # a shorter beginning may be any text's


@dataclass(slots=True)
class Mended:
    """Calls whose words were all found elsewhere, and calls that stay cut."""

    whole: set[Call] = field(default_factory=set)
    cut: set[Call] = field(default_factory=set)


class _Texts:
    """Whole texts by kind, to find the ones that a cut text begins."""

    def __init__(self, calls: Iterable[Call]) -> None:
        texts: dict[str, dict[str, Atom]] = {}
        for call in calls:
            for atom in (*call.request, *call.output):
                if atom.kind != "call" and not atom.message.cut:
                    texts.setdefault(atom.kind, {}).setdefault(atom.text.strip(), atom)
        self._atoms = texts
        self._sorted = {kind: sorted(found) for kind, found in texts.items()}

    def whole(self, atom: Atom) -> Atom | None:
        """The only whole text that begins so; None where there is none, or several."""
        begin = atom.text.strip().rstrip("\ufffd")
        listed = self._sorted.get(atom.kind, [])
        if len(begin) < _SHORTEST or not listed:
            return None
        at = bisect_left(listed, begin)
        found = [text for text in listed[at : at + 2] if text.startswith(begin)]
        return self._atoms[atom.kind][found[0]] if len(found) == 1 else None


def mend(
    calls: list[Call], echoes: dict[tuple[str, str], Call | None], everyone: list[Call], words: Vocabulary
) -> Mended:
    """Make cut calls whole as far as other spans tell.

    Args:
        calls: the calls that speak; changed in place.
        everyone: these and their echoes.
    """
    broken = [call for call in calls if any(problem.kind == "attribute-cut" for problem in call.reading.problems)]
    mended = Mended()
    if not broken:
        return mended
    texts = _Texts(everyone)
    for call in broken:
        for atoms in (call.request, call.output):
            _mend_texts(atoms, texts)
        chain_up(call, words)
        call.is_cut = is_cut(call, "input", tail=True)
    _mend_systems(everyone)
    whole_views = _Views([call for call in everyone if call not in set(broken)], words)
    wrappers = _wrappers(everyone, echoes)
    for call in broken:
        breaks_off = is_cut(call, "input", tail=True)
        if breaks_off and (_complete(call, whole_views, words) or _ask(call, wrappers, words)):
            breaks_off = False
        if breaks_off:
            mended.cut.add(call)
        elif not _is_still_cut(call):
            mended.whole.add(call)
    return mended


def is_cut(call: Call, side: str, *, tail: bool = False) -> bool:
    """Whether the request (`input`) or the answer (`output`) was cut; `tail`: whether a list breaks off."""
    slots = ("input", "transcript") if side == "input" else ("output",)
    sources = [source.split(": ")[-1] for slot in slots if (source := call.reading.sources.get(slot))]
    return any(
        problem.kind == "attribute-cut"
        and (problem.tail or not tail)
        and any(problem.attribute == source or problem.attribute.startswith(f"{source}.") for source in sources)
        for problem in call.reading.problems
    )


def _is_still_cut(call: Call) -> bool:
    messages = [atom.message for atom in (*call.request, *call.output)] + _system_messages(call)
    gone = not call.output and is_cut(call, "output")
    return gone or any(message.cut for message in messages) or _has_cut_calls(call)


def _has_cut_calls(call: Call) -> bool:
    """A cut value of the answer may be a tool call's arguments, which nothing else tells."""
    return is_cut(call, "output") and any(atom.kind == "call" for atom in call.output)


def _mend_texts(atoms: list[Atom], texts: _Texts) -> None:
    for place, atom in enumerate(atoms):
        if atom.kind == "call" or not atom.message.cut:
            continue
        found = texts.whole(atom)
        if found is None:
            continue
        message = copy(atom.message)
        message.cut = False
        part = atom.part
        if isinstance(part, ResultPart):
            part = ResultPart(found.text, part.id, part.name, part.error)
        else:
            message.text = found.text
        atoms[place] = Atom(atom.kind, found.id, message, part, atom.place)


def _mend_systems(calls: list[Call]) -> None:
    """A cut system text that begins as exactly one whole one does is that."""
    cut = {m.text.strip() for call in calls for m in _system_messages(call) if m.cut}
    whole = {text for call in calls for text in call.system} - cut
    for text in cut:
        found = [other for other in whole if other.startswith(text.rstrip("\ufffd"))]
        if len(found) == 1:
            for call in calls:
                call.system = tuple(found[0] if one == text else one for one in call.system)
                for message in _system_messages(call):
                    message.cut = message.cut and message.text.strip() != text
    for call in calls:
        if call.is_cut and not call.system:
            told = {one.system for one in calls if one.system and one.reading.agent == call.reading.agent}
            call.system = told.pop() if len(told) == 1 else ()


def _system_messages(call: Call) -> list[Message]:
    reading = call.reading
    return [message for message in (*reading.system, *reading.input, *reading.output) if message.role == "system"]


class _Views:
    """Where whole calls go on from a sequence of atoms."""

    def __init__(self, calls: list[Call], words: Vocabulary) -> None:
        self._by_node: dict[int, list[tuple[list[Atom], int]]] = {}
        for call in calls:
            atoms = [*call.request, *call.output]
            nodes = words.chain(atoms)
            for place, node in enumerate(nodes[:-1]):
                known = self._by_node.setdefault(node, [])
                if len(known) < 3:
                    known.append((atoms, place))

    def between(self, node: int, output: list[Atom]) -> list[Atom] | None:
        """What stands after a sequence and before an answer, in a call that holds both."""
        wanted = [atom.id for atom in output]
        for atoms, place in self._by_node.get(node, ()):
            for at in range(place, len(atoms) - len(wanted) + 1):
                if [atom.id for atom in atoms[at : at + len(wanted)]] == wanted:
                    return atoms[place:at]
        return None


def _complete(call: Call, views: _Views, words: Vocabulary) -> bool:
    """Take the end of a cut request from a later history that holds its beginning and its answer."""
    kept = list(call.request)
    while kept and kept[-1].message.cut:
        kept.pop()
    if not call.output:
        return False
    tail = views.between(words.chain(kept)[-1], call.output)
    if tail is None or not (kept or tail):
        return False
    call.request[:] = [*kept, *tail]
    chain_up(call, words)
    return True


def _wrappers(everyone: list[Call], echoes: dict[tuple[str, str], Call | None]) -> dict[Call, list[Call]]:
    found: dict[Call, list[Call]] = {}
    for call in everyone:
        speaker = echoes.get(call.key)
        if speaker is not None and not any(problem.kind == "attribute-cut" for problem in call.reading.problems):
            found.setdefault(speaker, []).append(call)
    return found


def _ask(call: Call, wrappers: dict[Call, list[Call]], words: Vocabulary) -> bool:
    """Take a cut request's question from the wrapper that gives the same answer."""
    for wrapper in wrappers.get(call, ()):
        if not wrapper.request or wrapper.request[-1].kind != "user":
            continue
        question = wrapper.request[-1]
        kept = [atom for atom in call.request if not atom.message.cut]
        if any(isinstance(atom.part, CallPart) for atom in wrapper.output):
            continue
        if not kept or kept[-1].id != question.id:
            kept.append(question)
        call.request[:] = kept
        chain_up(call, words)
        return True
    return False
