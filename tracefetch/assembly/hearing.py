"""Step two, hearing: whose answers come back in later requests. That decides what is the talk.

Sharing the user's words proves nothing: guards, titles and rewriters get them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call, Identity, same_identity
from tracefetch.assembly.forest import Forest, masked
from tracefetch.assembly.words import runs
from tracefetch.messages import CallPart, ResultPart

Answer = tuple[int, tuple[int, ...]]
_QUESTION = 10  # characters that don't stand in another question by chance
_COMPARED = 100  # questions that are compared with each other: it matters in short talks, where nobody is heard


@dataclass(slots=True)
class Hearing:
    """Who was heard.

    Attributes:
        heard: calls whose answer stands in another call's request.
        later: of these, the ones after which a user's text follows there.
        proofs: (earlier, later) pairs: the later call holds the earlier one's answer.
        groups: calls bound by hearing, and unbound ones by who speaks.
        wrapping: calls whose question is another speaker's with words around it (a guard's, a title's).
    """

    heard: set[Call] = field(default_factory=set)
    later: set[Call] = field(default_factory=set)
    proofs: list[tuple[Call, Call]] = field(default_factory=list)
    groups: list[list[Call]] = field(default_factory=list)
    wrapping: set[Call] = field(default_factory=set)


def answer_key(call: Call) -> Answer | None:
    """The last atom before the answer and the answer's last run."""
    if not call.output:
        return None
    atoms = [*call.request[-1:], *call.output]
    end = len(atoms)
    while end and not atoms[end - 1].is_assistant:
        end -= 1
    begin = end
    while begin and atoms[begin - 1].is_assistant and (begin > 1 or not call.request):
        begin -= 1
    before = atoms[begin - 1].id if begin else 0
    return before, tuple(atom.id for atom in atoms[begin:end])


class _Union:
    def __init__(self) -> None:
        self._up: dict[Call, Call] = {}

    def find(self, call: Call) -> Call:
        root = call
        while self._up.get(root, root) is not root:
            root = self._up[root]
        while self._up.get(call, call) is not root:
            self._up[call], call = root, self._up.get(call, call)
        return root

    def join(self, one: Call, other: Call) -> None:
        self._up[self.find(one)] = self.find(other)

    def bound(self, call: Call) -> bool:
        return call in self._up or call in set(self._up.values())


def listen(calls: list[Call], forest: Forest) -> Hearing:
    """Look up every answer in every request."""
    hearing, union = Hearing(), _Union()
    witnesses: dict[Answer, list[Call]] = {}
    for call in calls:
        key = answer_key(call)
        if key is not None and len(witnesses.setdefault(key, [])) < 2:
            witnesses[key].append(call)
    bound: set[Call] = set()
    for call in calls:
        for key, followed in _answers_in(call, witnesses).items():
            found = [one for one in witnesses.get(key, ()) if one is not call]
            for one in found:
                hearing.heard.add(one)
                if followed:
                    hearing.later.add(one)
                union.join(one, call)
                bound |= {one, call}
            if len(found) == 1 and len(witnesses[key]) == 1:
                hearing.proofs.append((found[0], call))
    _cut_windows(calls, hearing, union, bound)
    _chain_responses(calls, hearing, union, bound)
    _chain_ids(calls, hearing, union, bound)
    hearing.groups = _grouped(calls, union, bound, forest)
    hearing.wrapping = _wrapping(calls)
    return hearing


def _wrapping(calls: list[Call]) -> set[Call]:
    asked = [call for call in calls if call.request and call.request[-1].kind == "user"][:_COMPARED]
    return {call for call in asked if _wraps_any(call, asked)}


def _wraps_any(call: Call, others: list[Call]) -> bool:
    text = call.request[-1].text.strip()
    questions = (other.request[-1].text.strip() for other in others if other.identity != call.identity)
    return any(_QUESTION <= len(question) < len(text) and question in text for question in questions)


def _cut_windows(calls: list[Call], hearing: Hearing, union: _Union, bound: set[Call]) -> None:
    """A window of the history may begin with an answer: what stood before it is not there to compare."""
    answered: dict[tuple[int, ...], list[Call]] = {}
    for call in calls:
        key = answer_key(call)
        if key is not None:
            answered.setdefault(key[1], []).append(call)
    for call in calls:
        begin, end = next(iter(runs(call.request)), (1, 1))
        found = answered.get(tuple(atom.id for atom in call.request[begin:end]), []) if begin == 0 else []
        others = [one for one in found[:2] if one is not call]
        for one in others:
            if one in hearing.heard:
                continue
            hearing.heard.add(one)
            if any(atom.kind == "user" for atom in call.request[end:]):
                hearing.later.add(one)
            union.join(one, call)
            bound |= {one, call}
            if len(found) == 1:
                hearing.proofs.append((one, call))


def _answers_in(call: Call, witnesses: Mapping[Answer, list[Call]]) -> dict[Answer, bool]:
    """Each (atom before, assistant run) of a request, and whether a user's text follows.

    Where nobody answered the whole run, its texts: some instrumentations lose the calls of a streamed answer.
    """
    found: dict[Answer, bool] = {}
    atoms = call.request
    last_user = max((place for place, atom in enumerate(atoms) if atom.kind == "user"), default=-1)
    for begin, end in runs(atoms):
        before = atoms[begin - 1].id if begin else 0
        key = (before, tuple(atom.id for atom in atoms[begin:end]))
        if key not in witnesses:
            texts = tuple(atom.id for atom in atoms[begin:end] if atom.kind == "assistant")
            key = (before, texts) if (before, texts) in witnesses else key
        found[key] = found.get(key, False) or last_user >= end
    return found


def _chain_responses(calls: list[Call], hearing: Hearing, union: _Union, bound: set[Call]) -> None:
    by_id = {call.reading.response_id: call for call in calls if call.reading.response_id}
    for call in calls:
        earlier = by_id.get(call.reading.previous_response_id or "")
        if earlier is None or earlier is call:
            continue
        hearing.heard.add(earlier)
        if any(atom.kind == "user" for atom in call.request):
            hearing.later.add(earlier)
        hearing.proofs.append((earlier, call))
        union.join(earlier, call)
        bound |= {earlier, call}


def _chain_ids(calls: list[Call], hearing: Hearing, union: _Union, bound: set[Call]) -> None:
    """A tool's answer names the call that it answers: where ids are unique, that is proof too."""
    callers: dict[str, list[Call]] = {}
    for call in calls:
        for atom in call.output:
            if isinstance(atom.part, CallPart) and atom.part.id:
                callers.setdefault(atom.part.id, []).append(call)
    for call in calls:
        for atom in call.request:
            if not isinstance(atom.part, ResultPart) or not atom.part.id:
                continue
            found = callers.get(atom.part.id, ())
            if len(found) == 1 and found[0] is not call and found[0] not in hearing.heard:
                hearing.heard.add(found[0])
                hearing.proofs.append((found[0], call))
                union.join(found[0], call)
                bound |= {found[0], call}


def _grouped(calls: list[Call], union: _Union, bound: set[Call], forest: Forest) -> list[list[Call]]:
    groups: dict[object, list[Call]] = {}
    for call in calls:
        groups.setdefault(union.find(call) if call in bound else _company(call, forest), []).append(call)
    return list(groups.values())


def _company(call: Call, forest: Forest) -> tuple[object, ...]:
    names = tuple(masked(span.name) for span in forest.ancestors(call.span))
    return (*call.identity, call.in_tool, call.foreign, names)


@dataclass(slots=True)
class Standing:
    """What speaks for a group being the talk, the weightiest first."""

    rank: tuple[float, ...]
    units: set[object]

    @property
    def is_guess(self) -> bool:
        """Nothing but numbers of units and lengths of answers speaks for it."""
        return not any((*self.rank[1:4], self.rank[5]))


def standing(group: list[Call], units_of: dict[Identity, set[object]], hearing: Hearing) -> Standing:
    """How much speaks for a group.

    Args:
        units_of: where each identity speaks outside of tools.
    """
    units = {unit for identity in {call.identity for call in group} for unit in units_of.get(identity, ())}
    answers = {tuple(atom.id for atom in call.output) for call in group if call.output}
    rank = (
        not all(call.in_tool or call.foreign for call in group),
        any(call.reading.turn is not None for call in group),
        len(hearing.later.intersection(group)),
        sum(1 for call in group if goes_on(call)),
        not hearing.wrapping.issuperset(group),
        sum(1 for call in group if call.returned),
        _prose(group),
        len(units),
        len(hearing.heard.intersection(group)),
        any(atom.kind == "call" for call in group for atom in call.output),
        len(answers),
        sum(len(atom.text) for call in group for atom in call.output),
    )
    return Standing(tuple(float(item) for item in rank), units)


def _prose(group: list[Call]) -> int:
    """2: somebody answers in words; 1: nobody answers, every call failed; 0: nothing but verdicts."""
    if any(_is_prose(call) for call in group):
        return 2
    return 0 if any(call.output for call in group) else 1


def _is_prose(call: Call) -> bool:
    """The answer is words or a tool call, not a verdict such as `safe` or `{"flagged": false}`."""
    texts = [atom.text.strip() for atom in call.output if atom.kind == "assistant"]
    return len(texts) < len(call.output) or any(" " in text and text[:1] not in ("{", "[") for text in texts)


def goes_on(call: Call) -> bool:
    """The request holds an answer and then a user's text."""
    answered = False
    for atom in call.request:
        if atom.kind == "user" and answered:
            return True
        answered = answered or atom.kind == "assistant"
    return False


@dataclass(slots=True)
class Choice:
    """The main talk, and whether another group might as well have been it."""

    talk: list[Call]
    rival: list[Call] | None = None


def choose(calls: list[Call], hearing: Hearing) -> Choice:
    """The group that is the talk."""
    if not hearing.groups:
        return Choice([])
    units_of: dict[Identity, set[object]] = {}
    for call in calls:
        if not call.in_tool:
            units_of.setdefault(call.identity, set()).add(call.unit)
    ranked = sorted(
        ((standing(group, units_of, hearing), group) for group in hearing.groups),
        key=lambda pair: (pair[0].rank, -min(call.start for call in pair[1])),
        reverse=True,
    )
    best, group = ranked[0]
    others = [(mark, other) for mark, other in ranked[1:] if not _is_aside(group, other, hearing)]
    return Choice(list(group), next((other for mark, other in others if _is_rival(best, group, mark, other)), None))


def _is_aside(group: list[Call], other: list[Call], hearing: Hearing) -> bool:
    """Calls without a system text whose questions wrap those of a talk that has one: a guard's, a title's."""
    prompted = any(call.system for call in group) and not any(call.system for call in other)
    return prompted and hearing.wrapping.issuperset(other)


def _is_rival(best: Standing, group: list[Call], mark: Standing, other: list[Call]) -> bool:
    """Where nothing but numbers speaks for the talk: others who were asked as often, or in traces of their own."""
    if not best.is_guess or not mark.rank[0]:
        return False
    if same_identity(group[0].identity, other[0].identity):
        return False
    shared = len(mark.units & best.units)
    if shared and not any(call.output for call in other):
        return True
    return shared >= len(best.units) or shared < len(mark.units)
