"""Where a request goes on: found in what was said so far, by ids, by whole histories, by overlap."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call
from tracefetch.assembly.overlap import end_anywhere, end_as_beginning
from tracefetch.assembly.tree import Node, Tree
from tracefetch.messages import ResultPart


@dataclass(slots=True)
class Found:
    """Where a request goes on: below `node`, after `known` of its atoms; `how` for `explain`."""

    node: Node
    known: int
    how: str


@dataclass(slots=True)
class Memory:
    """What was laid so far, to look requests up in.

    Attributes:
        views: trie node of a call's request and answer -> the tree's node where it ended.
        responses: response id -> the same.
        callers: tool call id -> the node of its answer's end.
        asked: (unit, turn number, trie node of the request) -> the node of its end.
        unit_begins: unit -> the node below which its first call stands.
        questions: unit -> the node of its first question.
        last: the call laid last.
        cut: calls whose requests break off.
    """

    tree: Tree = field(default_factory=Tree)
    views: dict[int, Node] = field(default_factory=dict)
    responses: dict[str, Node] = field(default_factory=dict)
    callers: dict[str, Node] = field(default_factory=dict)
    asked: dict[tuple[object, int | None, int], Node] = field(default_factory=dict)
    unit_begins: dict[object, Node] = field(default_factory=dict)
    questions: dict[object, Node] = field(default_factory=dict)
    last: Call | None = None
    cut: frozenset[Call] = frozenset()


def is_said_again(known: Node, call: Call) -> bool:
    """The same question, unanswered so far, in another unit; where units tell nothing it is one more try."""
    before = known.call
    if before is None or not known.is_unanswered() or before.unit == call.unit:
        return False
    return not (before.is_lonely and call.is_lonely)


class Finder:
    """Finds requests in the tree."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.tree = memory.tree

    def find(self, call: Call) -> Found:
        """Where the call's request goes on."""
        return self._by_names(call) or self._by_words(call)

    def _by_names(self, call: Call) -> Found | None:
        """By what the span names, or by what little a cut request has."""
        memory, end = self.memory, self.tree.end
        previous = memory.responses.get(call.reading.previous_response_id or "")
        if previous is not None:
            return Found(previous, 0, "response")
        is_cut = call in memory.cut
        if not call.request or (is_cut and all(atom.message.cut for atom in call.request)):
            return Found(end, len(call.request), "answer only")
        if is_cut:
            return self._cut_short(call)
        caller = self._caller(call)
        if caller is not None:
            return Found(caller, 0, "results")
        if self._only_results(call) and end.atom is not None and end.atom.kind == "call":
            return Found(end, 0, "results")
        return None

    def _by_words(self, call: Call) -> Found:
        """By what was said: the same request, a history, an overlap."""
        wrapped = self._wrapped(call)
        if wrapped is not None:
            return wrapped
        asked = self.memory.asked.get((call.unit, call.reading.turn, call.chain[-1]))
        if asked is not None and not self._is_past(asked):
            return Found(asked, len(call.request), "asked again")
        found = self._best(call)
        # A history off the path: turns side by side, merged by the application.
        beside = found.how == "history" and not self.tree.holds(found.node)
        for ends in (self._ends, self._before_last_unit):
            if self._unexplained(call, found) > 1 and not beside:
                found = self._anywhere(call, found, ends(call))
        if found.known == 0 and len(call.request) > 1:
            found = self._by_users(call) or found
        return found if found.known else self._new(call)

    def _wrapped(self, call: Call) -> Found | None:
        """A wrapper that speaks for itself was given the question that its unit's first call was."""
        node = self.memory.questions.get(call.unit) if call.wraps else None
        if node is None or not call.request or call.request[-1].kind != "user":
            return None
        same = node.id == call.request[-1].id
        return Found(node, len(call.request), "wrapper") if same else None

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
        return self.memory.callers.get(first.id) if isinstance(first, ResultPart) and first.id else None

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
        path, cut = self._ends(call)
        best = exact
        for nodes, how in ((path, "end of the talk"), (cut, "before open questions")):
            known = end_as_beginning([node.id for node in nodes[-len(ids) :]], ids) if nodes else 0
            if known and how == "end of the talk" and self._is_only_open(nodes[-known:], call):
                continue
            if known == len(ids) and is_said_again(nodes[-1], call):
                continue
            if known and (known > best.known or (known == best.known and how == "end of the talk")):
                best = Found(nodes[-1], known, how)
        walk = self._walk(ids, call)
        if walk is not None and walk.known > best.known and not self._is_another_run(walk, call):
            best = walk
        return best

    def _is_another_run(self, found: Found, call: Call) -> bool:
        """All that its unit tells, from a question to the answer, and an equal run in another unit came before."""
        users = [place for place, atom in enumerate(call.request) if atom.kind == "user"]
        if users != [0] or len(call.request) < 2 or call.unit in self.memory.unit_begins:
            return False
        before = found.node.call if found.node.children else None
        return before is not None and before.unit != call.unit and not (before.is_lonely and call.is_lonely)

    def _exact(self, call: Call) -> Found:
        for known in range(len(call.request), 0, -1):
            node = self.memory.views.get(call.chain[known])
            if node is not None and not (known == len(call.request) and is_said_again(node, call)):
                return Found(node, known, "history")
        return Found(self.tree.end, 0, "new")

    def _ends(self, call: Call) -> tuple[list[Node], list[Node]]:
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

    def _walk(self, ids: list[int], call: Call) -> Found | None:
        node, known, heard = self.tree.root, 0, False
        for place, atom in enumerate(ids):
            below = node.child(atom)
            if below is None or (place == len(ids) - 1 and is_said_again(below, call)):
                break
            node, known = below, known + 1
            heard = heard or (node.atom is not None and node.atom.is_assistant)
        return Found(node, known, "from the beginning") if heard else None

    def _before_last_unit(self, call: Call) -> tuple[list[Node], ...]:
        """The path as it stood before the last unit began: turns that ran side by side had the same history."""
        last = self.memory.last
        if last is None or last.unit == call.unit:
            return ()
        first = self.memory.unit_begins[last.unit]
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
                inserted = self._before_inserted(ids, call, nodes[:-size], at - size)
                best = inserted or Found(nodes[-1], at, "anywhere" if at > size else "end of the talk")
                length = size
        return best

    @staticmethod
    def _before_inserted(ids: list[int], call: Call, nodes: list[Node], end: int) -> Found | None:
        """Of parallel calls only the last was recorded: the others stand in the history between question and it."""
        count = end
        while count and call.request[count - 1].kind in ("call", "result"):
            count -= 1
        is_known = 0 < count < end and [node.id for node in nodes[-count:]] == ids[:count]
        return Found(nodes[-1], count, "end of the talk") if is_known else None

    def _by_users(self, call: Call) -> Found | None:
        """Align by user's texts alone, whatever was answered between them."""
        mine = [(place, atom.id) for place, atom in enumerate(call.request) if atom.kind == "user"]
        said = [node for node in self.tree.path if node.atom is not None and node.atom.kind == "user"]
        if not mine or not said:
            return None
        ids = [atom for _, atom in mine[:-1]] if mine[-1][0] == len(call.request) - 1 else [atom for _, atom in mine]
        known = end_as_beginning([node.id for node in said[-len(ids) :]], ids) if ids else 0
        found = Found(said[-1], mine[known - 1][0] + 1, "by questions")
        return found if known and not self._is_another_run(found, call) else None

    def _new(self, call: Call) -> Found:
        end = self.tree.end
        first = call.request[0]
        if end.is_open_question() and end.atom is not None and first.kind == "user" and len(call.request) > 1:
            text = first.text.strip()
            if len(text) >= 3 and text in end.atom.text:
                return Found(end, 1, "contained")
        return Found(end, 0, "new")
