"""What was said, as a tree: questions are dropped and answers thrown away, so that a path is a history."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call
from tracefetch.assembly.words import Atom


@dataclass(slots=True, eq=False)
class Node:
    """One atom in its place.

    Attributes:
        call: the call that laid it; `spoken` where it is that call's answer.
        closing: it ends that call's request (a question, a tool's answer), as it was sent.
        answered: an answer was laid below it.
    """

    atom: Atom | None
    parent: Node | None
    call: Call | None = None
    spoken: bool = False
    closing: bool = False
    order: int = 0
    depth: int = 0
    children: list[Node] = field(default_factory=list)

    @property
    def id(self) -> int:
        """What the node says."""
        return self.atom.id if self.atom is not None else 0

    def child(self, atom: int) -> Node | None:
        """The latest child that says this."""
        for node in reversed(self.children):
            if node.id == atom:
                return node
        return None

    def is_open_question(self) -> bool:
        """A user's text below which nobody answered."""
        return self.atom is not None and self.atom.kind == "user" and not self.children

    def is_unanswered(self) -> bool:
        """A user's text below which nobody answered in words: at most tools were called, and the run broke off."""
        waiting = [self] if self.atom is not None and self.atom.kind == "user" else []
        while waiting:
            below = waiting.pop().children
            if any(node.atom is not None and node.atom.kind in ("assistant", "user") for node in below):
                return False
            waiting += below
        return self.atom is not None and self.atom.kind == "user"


class Tree:
    """The tree of the talk, and the path to its present end."""

    def __init__(self) -> None:
        self.root = Node(None, None)
        self.path: list[Node] = []
        self._count = 0

    @property
    def end(self) -> Node:
        """The last thing said."""
        return self.path[-1] if self.path else self.root

    def holds(self, node: Node) -> bool:
        """Whether the path leads through the node."""
        return 0 < node.depth <= len(self.path) and self.path[node.depth - 1] is node

    def move(self, node: Node) -> None:
        """Make a node the path's end."""
        if node is self.end:
            return
        if node.parent is self.end:
            self.path.append(node)
            return
        line: list[Node] = []
        at: Node | None = node
        while at is not None and at is not self.root and not self.holds(at):
            line.append(at)
            at = at.parent
        self.path[at.depth if at is not None else 0 :] = line[::-1]

    def lay(self, parent: Node, atom: Atom, call: Call, *, spoken: bool) -> Node:
        """Add an atom below a node."""
        self._count += 1
        node = Node(atom, parent, call, spoken, order=self._count, depth=parent.depth + 1)
        parent.children.append(node)
        return node
