"""Which other calls belong to the talk: kin of the heard ones, retries, unanswered questions."""

from __future__ import annotations

from tracefetch.assembly.calls import Call, Identity, same_identity
from tracefetch.assembly.hearing import Hearing, goes_on
from tracefetch.assembly.words import Atom

_WORDS = 10  # an answer of ten characters or more, so that "yes" is nobody's rewritten query


class Company:
    """The talk as it grows.

    Attributes:
        talk: calls of the talk.
        handed: calls of another agent that go on with the talk's history, in doubt.
        lone: calls of another identity that went on with the talk although nobody was heard.
    """

    def __init__(self, calls: list[Call], hearing: Hearing, talk: list[Call]) -> None:
        self.calls, self.hearing = calls, hearing
        self.talk = set(talk)
        heard = [call.identity for call in talk if call in hearing.heard]
        self.identities: list[Identity] = list(dict.fromkeys(heard or [call.identity for call in talk]))
        self.lone: list[Call] = []
        self.handed: list[Call] = []
        self.second: list[Call] = []
        self._askers = self._askers_by_text()
        self._systems = {text for call in calls for text in call.system}
        self._question_texts = self._questions()

    def is_kin(self, call: Call) -> bool:
        """The call's identity is one of the talk's; of a cut request without a system text nobody knows."""
        if call.is_cut and not call.system:
            return any(one[1] == call.identity[1] or not one[1] or not call.identity[1] for one in self.identities)
        return any(same_identity(call.identity, one) for one in self.identities)

    def _questions(self) -> dict[tuple[object, Identity], list[str]]:
        found: dict[tuple[object, Identity], list[str]] = {}
        for call in self.calls:
            if call.request and call.request[-1].kind == "user":
                found.setdefault((call.unit, call.identity), []).append(call.request[-1].text.strip())
        return found

    def _askers_by_text(self) -> dict[str, list[Call]]:
        """User's text -> the first two calls that were given it."""
        by_id: dict[int, list[Call]] = {}
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            for atom in call.request:
                if atom.kind != "user":
                    continue
                askers = by_id.get(atom.id)
                if askers is None:
                    askers = by_id[atom.id] = found.setdefault(atom.text.strip(), [])
                if len(askers) < 2 and call not in askers:
                    askers.append(call)
        return found

    def drop_strangers(self) -> None:
        """Answered calls that nobody heard and that are not kin were only given the history.

        Not another agent that answers what the talk's own calls brought, and that nobody else was given.
        """
        given = {node for call in self.talk if self.is_kin(call) for node in call.chain}
        for call in list(self.talk):
            takes_over = bool(call.request) and call.request[-1].kind == "result" and call.chain[-1] not in given
            if call.output and call not in self.hearing.heard and not self.is_kin(call) and not takes_over:
                self.talk.discard(call)

    def grow(self) -> None:
        """Join what belongs to the talk, in passes, until nothing more does."""
        candidates = [call for call in self.calls if call not in self.talk and not call.in_tool and not call.foreign]
        candidates = [call for call in candidates if not self._is_service(call)]
        grown = True
        while grown and candidates:
            reasons = _Reasons(self)
            joining = [call for call in candidates if reasons.belongs(call)]
            grown = bool(joining)
            self.talk.update(joining)
            candidates = [call for call in candidates if call not in self.talk]

    def _is_service(self, call: Call) -> bool:
        """Its answer became somebody's question or prompt, or its question wraps another's."""
        if call in self.hearing.heard:
            return False
        answer = next((atom for atom in reversed(call.output) if atom.kind == "assistant"), None)
        if answer is not None and len(answer.text.strip()) >= _WORDS and self._is_used(call, answer):
            return True
        return self._wraps(call)

    def _is_used(self, call: Call, answer: Atom) -> bool:
        text = answer.text.strip()
        if call.request and call.request[-1].text.strip() == text:
            return False  # it repeats what it was told
        if any(other is not call and other.start >= call.end for other in self._askers.get(text, ())):
            return True
        return any(text in system for system in self._systems)

    def _wraps(self, call: Call) -> bool:
        if not call.request or call.request[-1].kind != "user":
            return False
        text = call.request[-1].text.strip()
        others = self._question_texts.get((call.unit, call.identity), ())
        return any(other != text and len(other) >= 3 and other in text for other in others)

    def drop_second_questions(self) -> None:
        """One unit has one question: an unheard, answered call with a second one is a side call."""
        units: dict[object, list[Call]] = {}
        for call in sorted(self.talk, key=lambda one: one.moment):
            if call.request and call.request[-1].kind == "user":
                units.setdefault(call.unit, []).append(call)
        extra: list[Call] = []
        for group in units.values():
            extra += self._second(group, several=len(units) > 1)
        hit = {call.unit for call in extra}
        if not self.hearing.heard.intersection(self.talk) and len(hit) * 2 > len(units):
            return
        self.talk.difference_update(extra)
        self.second = extra

    def _second(self, group: list[Call], *, several: bool) -> list[Call]:
        first = group[0]
        found: list[Call] = []
        for call in group[1:]:
            other = call.request[-1].id != first.request[-1].id
            unheard = bool(call.output) and call not in self.hearing.heard and call.reading.turn is None
            if other and unheard and (several or (first.returned and not call.returned)) and not call.returned:
                found.append(call)
        return found

    def join_lone(self) -> None:
        """Only where nobody is heard: a lone call of another identity, never beside the talk, goes on with it."""
        if self.hearing.heard or any(call.reading.turn is not None for call in self.talk):
            return
        units = {call.unit for call in self.talk}
        others: dict[Identity, list[Call]] = {}
        asked = {(call.span.trace_id, call.request[-1].id) for call in self.talk if call.request}
        for call in self.calls:
            if call.request and (call.span.trace_id, call.request[-1].id) in asked:
                continue  # a guard or a rewriter was given the talk's own question
            if call not in self.talk and call not in self.hearing.wrapping and not call.in_tool and not call.foreign:
                others.setdefault(call.identity, []).append(call)
        for group in others.values():
            if len(group) == 1 and group[0].unit not in units and not self._is_service(group[0]):
                self.lone += group
        self.talk.update(self.lone)

    def join_handoffs(self) -> None:
        """Another agent goes on with the talk in a unit of its own: a question nobody else asks, after its history."""
        units = {call.unit for call in self.talk}
        traces = {call.span.trace_id for call in self.talk}
        ends = {call.view for call in self.talk if call.output}
        asked: dict[tuple[Identity, int], int] = {}
        neighbours = {call.identity for call in self.calls if call not in self.talk and call.span.trace_id in traces}
        for call in self.calls:
            if call.request:
                key = (call.identity, call.request[-1].id)
                asked[key] = asked.get(key, 0) + 1
        for call in self.calls:
            if call in self.talk or call.in_tool or call.foreign or call.unit in units or len(call.request) < 2:
                continue
            if not call.span.parent_id or call.identity in neighbours or call.span.trace_id in traces:
                continue
            fresh = call.request[-1].kind == "user" and asked[call.identity, call.request[-1].id] == 1
            if fresh and call.chain[len(call.request) - 1] in ends and not self._is_service(call):
                self.talk.add(call)
                self.handed.append(call)

    def left(self) -> list[Call]:
        """Kin of the talk that nothing joined to it, and that are no side calls for certain."""
        aside = set(self.second)
        return [
            call
            for call in self.calls
            if call not in self.talk and call not in aside and not call.in_tool and not call.foreign and call.output
            if self.is_kin(call) and not self._is_service(call)
        ]


class _Reasons:
    """Why a call belongs to the talk, as it stands in this pass."""

    def __init__(self, company: Company) -> None:
        self.company = company
        talk = company.talk
        self.units = {call.unit for call in talk}
        self.requests = {(call.system, call.chain[-1]) for call in talk if call.request}
        self.said = {atom.id for call in talk for atom in (*call.request, *call.output)}
        self.is_alone = self._is_one_unit_without_history()
        self.bound = {one for pair in company.hearing.proofs for one in pair if pair[0] in talk or pair[1] in talk}

    def _is_one_unit_without_history(self) -> bool:
        """All of kin stands in one unit, and no request goes on after an earlier answer: turns without history."""
        company = self.company
        kin = [call for call in company.calls if company.is_kin(call) and not call.in_tool]
        return len({call.unit for call in kin}) == 1 and not any(goes_on(call) for call in kin)

    def belongs(self, call: Call) -> bool:
        kin = self.company.is_kin(call)
        if not call.output and (kin or call.unit not in self.units):
            return True
        if call.request and (call.system, call.chain[-1]) in self.requests:
            return True
        if not kin:
            return False
        if call.unit not in self.units or call in self.bound:
            return True
        if call.request and all(atom.kind == "result" for atom in call.request):
            return True
        if self.is_alone and call.request and call.request[-1].kind == "user":
            return True
        return any(atom.id in self.said for atom in call.request[:-1])
