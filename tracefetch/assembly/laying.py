"""Step three, laying: each call's request is found in what was said so far; what is new is added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tracefetch.assembly.calls import Call
from tracefetch.assembly.finding import Finder, Memory, is_said_again
from tracefetch.assembly.tree import Node
from tracefetch.assembly.words import Atom
from tracefetch.messages import CallPart

_ENDING = 10  # characters by which answers are looked up; none is shorter


@dataclass(slots=True)
class Laid:
    """What became of one call.

    Attributes:
        begin: the node below which its new atoms stand.
        known: how many request atoms were found in what was said before.
        foreign: of these, how many stand in other words (a summary, a trimmed history).
        end: the node of its last atom.
        repeated: its answer stood there already.
        guessed: leading words were left out that nobody is known to have said.
    """

    call: Call
    begin: Node
    known: int
    how: str
    foreign: int = 0
    end: Node | None = None
    repeated: bool = False
    guessed: bool = False


class Layer:
    """Lays calls, in their order, into one tree."""

    def __init__(self, *, side_answers: frozenset[str] = frozenset(), cut: frozenset[Call] = frozenset()) -> None:
        self._memory = Memory(cut=cut)
        self._finder = Finder(self._memory)
        self.tree = self._memory.tree
        self.laid: list[Laid] = []
        self._side_answers = side_answers
        self._by_ending: dict[str, list[str]] = {}
        for answer in side_answers:
            self._by_ending.setdefault(answer[-_ENDING:], []).append(answer)

    def lay(self, call: Call) -> Laid:
        """Find a call's request in the tree, and add what is new."""
        found = self._finder.find(call)
        self._memory.unit_begins.setdefault(call.unit, found.node)
        laid = Laid(call, found.node, found.known, found.how)
        laid.foreign = found.known if found.how == "anywhere" else 0
        node = found.node
        rest = call.request[found.known :]
        if found.how == "new" and self.tree.path:
            rest = self._without_other_words(rest, laid)
        for place, atom in enumerate(rest):
            node = self._step(node, atom, call, last=place == len(rest) - 1)
        if rest:
            self._close(node, len(rest), call)
        self._remember_request(call, node)
        node = self._lay_answer(call, node, laid)
        laid.end = node
        self._memory.views[call.view] = node
        for atom in call.output:
            if isinstance(atom.part, CallPart) and atom.part.id:
                self._memory.callers[atom.part.id] = node
        if call.reading.response_id:
            self._memory.responses[call.reading.response_id] = node
        if not (laid.repeated and self.tree.holds(node)):  # saying it once more takes nothing back
            self.tree.move(node)
        self.laid.append(laid)
        self._memory.last = call
        return laid

    def _close(self, node: Node, count: int, call: Call) -> None:
        """Mark the trailing questions and tools' answers as sent with this call."""
        at: Node | None = node
        while at is not None and at.call is call and at.atom is not None and not at.atom.is_assistant and count:
            at.closing = True
            at, count = at.parent, count - 1

    def _step(self, node: Node, atom: Atom, call: Call, *, last: bool) -> Node:
        known = node.child(atom.id)
        if known is not None and not (last and is_said_again(known, call)):
            return known
        return self.tree.lay(node, atom, call, spoken=False)

    def _lay_answer(self, call: Call, node: Node, laid: Laid) -> Node:
        begin = node
        fresh = False
        for atom in call.output:
            known = None if fresh else node.child(atom.id)
            if known is None:
                fresh = True
                node = self.tree.lay(node, atom, call, spoken=True)
            else:
                node = known
                if not node.spoken:  # so far known only from a later history
                    node.call, node.spoken, node.atom = call, True, atom
        laid.repeated = bool(call.output) and not fresh and begin is not node
        return node

    def _without_other_words(self, rest: list[Atom], laid: Laid) -> list[Atom]:
        """In the midst of a talk, words before the last question that nothing joins to it were not said.

        They are a summary or a note of the application's: for certain, where a side call's answer
        stands in them, else in doubt.
        """
        last = max((place for place, atom in enumerate(rest) if atom.kind == "user"), default=0)
        kept = [atom for atom in rest[:last] if atom.kind not in ("user", "assistant")]
        dropped = [atom for atom in rest[:last] if atom.kind in ("user", "assistant")]
        if not rest[:last]:
            laid.call.request[laid.known : laid.known + 1] = map(self._without_summary, rest[:1])
            return laid.call.request[laid.known :]
        if not dropped or kept:
            return rest
        laid.foreign = len(dropped)
        laid.guessed = not any(answer in atom.text for atom in dropped for answer in self._side_answers)
        return rest[last:]

    def _without_summary(self, atom: Atom) -> Atom:
        """A side call's answer may stand in the question's own message, on the line before it (Pydantic AI)."""
        text = atom.text.strip() if atom.kind == "user" else ""
        for answer in self._answers_before_a_break(text):
            head, found, tail = text.partition(f"{answer}\n")
            if found and "\n" not in head and tail.strip() and not tail.startswith("\n"):
                return replace(atom, message=replace(atom.message, text=tail))
        return atom

    def _answers_before_a_break(self, text: str) -> Iterator[str]:
        """Side calls' answers that may end where a line does."""
        lines = text.split("\n")[:-1] if self._by_ending else []
        end = -1
        for line in lines:
            end += len(line) + 1
            yield from self._by_ending.get(text[max(0, end - _ENDING) : end], ())

    def _remember_request(self, call: Call, node: Node) -> None:
        if call.request:
            if call.request[-1].kind == "user":
                self._memory.questions.setdefault(call.unit, node)
            self._memory.asked.setdefault((call.unit, call.reading.turn, call.chain[-1]), node)
