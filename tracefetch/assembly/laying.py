"""Step three, laying: each call's request is found in what was said so far; what is new is added."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call
from tracefetch.assembly.overlap import end_anywhere, end_as_beginning
from tracefetch.assembly.tree import Node, Tree
from tracefetch.assembly.words import Atom
from tracefetch.messages import CallPart, ResultPart


@dataclass(slots=True)
class Found:
    """Where a request goes on: below `node`, after `known` of its atoms; `how` for `explain`."""

    node: Node
    known: int
    how: str


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
    fates: list[str] = field(default_factory=list)


class Layer:
    """Lays calls, in their order, into one tree."""

    def __init__(self, *, side_answers: frozenset[str] = frozenset(), cut: frozenset[Call] = frozenset()) -> None:
        self.tree = Tree()
        self.laid: list[Laid] = []
        self._views: dict[int, Node] = {}
        self._responses: dict[str, Node] = {}
        self._callers: dict[str, Node] = {}
        self._unit_begins: dict[object, Node] = {}
        self._asked: dict[tuple[object, int | None, int], Node] = {}
        self._side_answers = side_answers
        self._cut = cut

    def lay(self, call: Call) -> Laid:
        """Find a call's request in the tree, and add what is new."""
        found = self._find(call)
        self._unit_begins.setdefault(call.unit, found.node)
        laid = Laid(call, found.node, found.known, found.how)
        laid.foreign = found.known if found.how == "anywhere" else 0
        node = found.node
        rest = call.request[found.known :]
        if found.how == "new" and self.tree.path:
            rest = self._without_other_words(rest, laid)
        for place, atom in enumerate(rest):
            node = self._step(node, atom, call, last=place == len(rest) - 1, laid=laid)
        if rest:
            self._close(node, len(rest), call)
        self._remember_request(call, node)
        node = self._lay_answer(call, node, laid)
        laid.end = node
        self._views.setdefault(call.view, node)
        self._views[call.view] = node
        for atom in call.output:
            if isinstance(atom.part, CallPart) and atom.part.id:
                self._callers[atom.part.id] = node
        if call.reading.response_id:
            self._responses[call.reading.response_id] = node
        if not (laid.repeated and self.tree.holds(node)):  # saying it once more takes nothing back
            self.tree.move(node)
        self.laid.append(laid)
        return laid

    def _close(self, node: Node, count: int, call: Call) -> None:
        """Mark the trailing questions and tools' answers as sent with this call."""
        at: Node | None = node
        while at is not None and at.call is call and at.atom is not None and not at.atom.is_assistant and count:
            at.closing = True
            at, count = at.parent, count - 1

    def _step(self, node: Node, atom: Atom, call: Call, *, last: bool, laid: Laid) -> Node:
        known = node.child(atom.id)
        if known is not None and not (last and self._is_said_again(known, call)):
            laid.fates.append("repeat")
            return known
        laid.fates.append("said")
        return self.tree.lay(node, atom, call, spoken=False)

    def _is_said_again(self, known: Node, call: Call) -> bool:
        """The same question, unanswered so far, in another unit; where units tell nothing it is one more try."""
        before = known.call
        if before is None or not known.is_open_question() or before.unit == call.unit:
            return False
        return not (before.is_lonely and call.is_lonely)

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
        if not dropped or kept:
            return rest
        laid.foreign = len(dropped)
        laid.guessed = not any(answer in atom.text for atom in dropped for answer in self._side_answers)
        return rest[last:]

    def _remember_request(self, call: Call, node: Node) -> None:
        if call.request:
            self._asked.setdefault((call.unit, call.reading.turn, call.chain[-1]), node)

    # --- where a request goes on -------------------------------------------------------------

    def _find(self, call: Call) -> Found:
        previous = self._responses.get(call.reading.previous_response_id or "")
        if previous is not None:
            return Found(previous, 0, "response")
        if not call.request or (call in self._cut and all(atom.message.cut for atom in call.request)):
            return Found(self.tree.end, len(call.request), "answer only")
        if call in self._cut:
            return self._cut_short(call)
        asked = self._asked.get((call.unit, call.reading.turn, call.chain[-1]))
        end = self.tree.end
        caller = self._caller(call)
        if caller is not None:
            return Found(caller, 0, "results")
        if self._only_results(call) and end.atom is not None and end.atom.kind == "call":
            return Found(end, 0, "results")
        if asked is not None and not self._is_past(asked):
            return Found(asked, len(call.request), "asked again")
        found = self._best(call)
        beside = found.how == "history" and not self.tree.holds(
            found.node
        )  # concurrent turns, merged by the application
        if self._unexplained(call, found) > 1 and not beside:
            found = self._anywhere(call, found, self._ends())
        if self._unexplained(call, found) > 1 and not beside:
            found = self._anywhere(call, found, self._before_last_unit(call))
        if found.known == 0 and len(call.request) > 1:
            found = self._by_users(call) or found
        if found.known == 0:
            return self._new(call)
        return found

    def _is_past(self, asked: Node) -> bool:
        """Other questions were asked since: the same words again are another turn, not another try."""
        since = self.tree.path[asked.depth :] if self.tree.holds(asked) else []
        return any(node.atom is not None and node.atom.kind == "user" and node.closing for node in since)

    def _cut_short(self, call: Call) -> Found:
        """Of a cut request only the beginning is known: where that is the talk's, the rest is a hole.

        A text that breaks off there is the one that the path has in its place.
        """
        count = len(call.request)
        whole = count - (1 if call.request[-1].message.cut else 0)
        node = self.tree.root
        known = 0
        while known < whole and (below := node.child(call.request[known].id)) is not None:
            node, known = below, known + 1
        if known == whole and (known or not self.tree.path):
            begins = known < count and node.children and not self.tree.holds(node)
            at = node if begins else self.tree.end
            return Found(at, count if self._is_known_cut(node, call, known) else known, "cut")
        found = self._best(call)
        if found.known == whole and whole:
            return Found(self.tree.end, count if whole < count and found.node is not self.tree.end else whole, "cut")
        return found if found.known else self._new(call)

    @staticmethod
    def _is_known_cut(node: Node, call: Call, known: int) -> bool:
        """The text that breaks off is the beginning of one that stands there."""
        if known == len(call.request):
            return True
        begin = call.request[known].text.strip().rstrip("\ufffd")
        return any(child.atom is not None and child.atom.text.strip().startswith(begin) for child in node.children)

    def _caller(self, call: Call) -> Node | None:
        """Where a request is only answers: below the calls that they name."""
        if not self._only_results(call):
            return None
        first = call.request[0].part
        return self._callers.get(first.id) if isinstance(first, ResultPart) and first.id else None

    @staticmethod
    def _only_results(call: Call) -> bool:
        return bool(call.request) and all(atom.kind == "result" for atom in call.request)

    @staticmethod
    def _unexplained(call: Call, found: Found) -> int:
        """How many messages (a run of answers is one) follow what was found."""
        rest = call.request[found.known :]
        return sum(
            1
            for place, atom in enumerate(rest)
            if not place or atom.kind != "result" or rest[place - 1].kind != "result"
        )

    def _best(self, call: Call) -> Found:
        ids = call.ids()
        exact = self._exact(call)
        if exact.known and exact.node is self.tree.end and exact.known == len(self.tree.path):
            return exact
        path, cut = self._ends()
        best = exact
        for nodes, how in ((path, "end of the talk"), (cut, "before open questions")):
            known = end_as_beginning([node.id for node in nodes[-len(ids) :]], ids) if nodes else 0
            if known and how == "end of the talk" and self._is_only_open(nodes[-known:], call):
                continue
            if known == len(ids) and self._is_said_again(nodes[-1], call):
                continue
            if known and (known > best.known or (known == best.known and how == "end of the talk")):
                best = Found(nodes[-1], known, how)
        walk = self._walk(ids)
        if walk is not None and walk.known > best.known:
            best = walk
        return best

    def _exact(self, call: Call) -> Found:
        for known in range(len(call.request), 0, -1):
            node = self._views.get(call.chain[known])
            if node is not None and not (known == len(call.request) and self._is_said_again(node, call)):
                return Found(node, known, "history")
        return Found(self.tree.end, 0, "new")

    def _ends(self) -> tuple[list[Node], list[Node]]:
        path = self.tree.path
        cut = len(path)
        while cut and path[cut - 1].atom is not None and path[cut - 1].atom.kind == "user":  # type: ignore[union-attr]
            cut -= 1
        return path, path[:cut] if cut < len(path) else []

    @staticmethod
    def _is_only_open(nodes: list[Node], call: Call) -> bool:
        """Only unanswered questions of other units: the same words were said again."""
        return all(
            node.atom is not None
            and node.atom.kind == "user"
            and node.call is not None
            and node.call.unit != call.unit
            and not (node.call.is_lonely and call.is_lonely)
            for node in nodes
        )

    def _walk(self, ids: list[int]) -> Found | None:
        node, known, heard = self.tree.root, 0, False
        for atom in ids:
            below = node.child(atom)
            if below is None:
                break
            node, known = below, known + 1
            heard = heard or (node.atom is not None and node.atom.is_assistant)
        return Found(node, known, "from the beginning") if heard else None

    def _before_last_unit(self, call: Call) -> tuple[list[Node], ...]:
        """The path as it stood before the last unit began: turns that ran side by side had the same history."""
        last = self.laid[-1] if self.laid else None
        if last is None or last.call.unit == call.unit:
            return ()
        first = self._unit_begins[last.call.unit]
        return (self.tree.path[: first.depth],) if self.tree.holds(first) else ()

    def _anywhere(self, call: Call, found: Found, ends: tuple[list[Node], ...]) -> Found:
        ids = call.ids()
        best = found
        length = 0
        for nodes in ends:
            if not nodes:
                continue
            size, at = end_anywhere([node.id for node in nodes[-len(ids) :]], ids)
            strong = size >= 2 or (size == 1 and nodes[-1].atom is not None and nodes[-1].atom.is_assistant)
            if strong and size > length and at > best.known:
                best, length = Found(nodes[-1], at, "anywhere" if at > size else "end of the talk"), size
        return best

    def _by_users(self, call: Call) -> Found | None:
        """Align by user's texts alone, whatever was answered between them."""
        mine = [(place, atom.id) for place, atom in enumerate(call.request) if atom.kind == "user"]
        said = [node for node in self.tree.path if node.atom is not None and node.atom.kind == "user"]
        if not mine or not said:
            return None
        ids = [atom for _, atom in mine[:-1]] if mine[-1][0] == len(call.request) - 1 else [atom for _, atom in mine]
        known = end_as_beginning([node.id for node in said[-len(ids) :]], ids) if ids else 0
        if not known:
            return None
        return Found(said[-1], mine[known - 1][0] + 1, "by questions")

    def _new(self, call: Call) -> Found:
        end = self.tree.end
        first = call.request[0]
        if end.is_open_question() and end.atom is not None and first.kind == "user" and len(call.request) > 1:
            text = first.text.strip()
            if len(text) >= 3 and text in end.atom.text:
                return Found(end, 1, "contained")
        return Found(end, 0, "new")
