"""The account: where every atom of every call ended. That nothing is without an end is why no loss is silent.

Each atom has exactly one fate. In the talk it was *said* (a turn has it), is an *echo* of what was
said elsewhere (repeated history, a wrapper, another telling of the same call), an *alternative* that
later history did not use, or was *replaced* (a history in other words: nobody's turn). What is of no
talk is *side*. Fates are proved, not assumed: an atom counts only where the tree has the node that it
is, or the words of which it is a repetition; the rest is *unexplained*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.assembly.laying import Laid
from tracefetch.assembly.tree import Node
from tracefetch.assembly.words import Atom
from tracefetch.models import Evidence, doubt

Fate = Literal["said", "echo", "alternative", "replaced", "side"]
FATES: tuple[Fate, ...] = ("said", "echo", "alternative", "replaced", "side")

# Places whose request is, atom by atom, an earlier call's: looked up in a dictionary of whole sequences.
_WHOLE = ("history", "asked again")
# Places of requests that break off: whatever is whole in them was said before.
_CUT = ("cut", "answer only")
# Places that were found although other words stand before or between what is known.
_IN_OTHER_WORDS = ("anywhere", "by questions", "contained", "wrapper")


@dataclass(slots=True)
class Account:
    """The atoms of all calls by fate.

    Attributes:
        total: all atoms of all calls.
        by_fate: how many ended in each fate.
        by_call: the same for each call.
        unexplained: atoms without a fate, by call.
        spoken: atoms of the talk, `lost_turns` of these without a turn.
    """

    total: int = 0
    by_fate: Counter[str] = field(default_factory=Counter)
    by_call: dict[Call, Counter[str]] = field(default_factory=dict)
    unexplained: dict[Call, int] = field(default_factory=dict)
    spoken: int = 0
    lost_turns: int = 0

    @property
    def is_balanced(self) -> bool:
        """The sum of all fates is all atoms; what is said is the talk, each atom once, and stands in turns."""
        whole = self.by_fate.total() == self.total and not self.unexplained
        return whole and self.by_fate["said"] == self.spoken and not self.lost_turns

    def enter(self, call: Call, fates: Counter[str]) -> None:
        """Enter the fates of one call's atoms."""
        size = len(call.request) + len(call.output)
        self.total += size
        self.by_fate += fates
        self.by_call[call] = fates
        if fates.total() != size:
            self.unexplained[call] = size - fates.total()


def account_of(found: Assembly) -> Account:
    """Draw up the account of an assembly; linear in what is new, not in the history that calls repeat."""
    account = Account()
    places = _places(found)
    said = {node.id for node in _nodes(found.layer.tree.root)}
    laid = {one.call: one for one in found.layer.laid}
    speaking = set(found.voices.calls)
    for call in found.calls:
        size = len(call.request) + len(call.output)
        if call not in speaking:
            account.enter(call, Counter(echo=size))
        elif call in laid:
            account.enter(call, _fates(laid[call], places, said))
        else:
            account.enter(call, Counter(side=size))
    shown = {id(node) for draft in found.drafts for node in draft.nodes}
    account.spoken = len(found.talk.nodes)
    account.lost_turns = sum(1 for node in found.talk.nodes if id(node) not in shown)
    return account


def doubts(account: Account) -> list[Evidence]:
    """What a reader must know where the sum is not all."""
    if account.is_balanced:
        return []
    missing = sum(account.unexplained.values()) + account.lost_turns + abs(account.spoken - account.by_fate["said"])
    calls = list(account.unexplained)
    return [
        doubt(
            "account",
            f"{missing} of {account.total} recorded words can't be accounted for; `tracefetch explain` shows where.",
            traces=tuple(dict.fromkeys(call.span.trace_id for call in calls)),
            spans=tuple(call.span.span_id for call in calls),
        )
    ]


def _places(found: Assembly) -> dict[int, Fate]:
    """The fate of every node of the tree, by identity."""
    places: dict[int, Fate] = {}
    talk = found.talk
    listed: tuple[tuple[Fate, Iterable[Sequence[Node]]], ...] = (
        ("said", [talk.nodes]),
        ("side", talk.asides),
        ("alternative", talk.alternatives),
    )
    for fate, branches in listed:
        for branch in branches:
            for node in branch:
                places.setdefault(id(node), fate)
    said = {id(node.atom) for node in talk.nodes}
    for node in _nodes(found.layer.tree.root):
        if id(node) not in places and id(node.atom) in said:
            places[id(node)] = "said"  # concurrent turns: the path tells the same, and took over its atoms
    return places


def _nodes(root: Node) -> Iterable[Node]:
    waiting = list(root.children)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def _fates(laid: Laid, places: dict[int, Fate], said: set[int]) -> Counter[str]:
    """The fates of a call's atoms: what was known before, then what it laid or found, walked upwards."""
    call = laid.call
    found = _known(laid, said)
    fresh: list[Atom] = [*call.request[laid.known :], *call.output]
    node = laid.end
    for atom in reversed(fresh):
        fate = places.get(id(node)) if node is not None and node is not laid.begin else None
        if node is None or fate is None or node.id != atom.id:
            break
        # A node has one atom of its own; another that says the same in its place repeats it.
        found[fate if node.atom is atom or fate != "said" else "echo"] += 1
        node = node.parent
        fresh.pop()
    if laid.how == "new" and node is laid.begin and len(fresh) == laid.foreign:
        found["replaced"] += len(fresh)  # a summary, or a note of the application's, before the question
    return +found


def _known(laid: Laid, said: set[int]) -> Counter[str]:
    """The fates of the request's atoms that were found in what was said before."""
    call, known = laid.call, laid.known
    if laid.how in _CUT:
        broken = sum(1 for atom in call.request[:known] if atom.message.cut)
        return Counter(replaced=broken, echo=sum(1 for a in call.request[:known] if not a.message.cut and a.id in said))
    if laid.how in _WHOLE or not known:
        return Counter(echo=known)
    if laid.how == "by questions":
        users = sum(1 for atom in call.request[:known] if atom.kind == "user")
        return Counter(echo=users, replaced=known - users)
    matched, node = 0, laid.begin
    while matched < known and node.atom is not None and node.id == call.request[known - 1 - matched].id:
        matched += 1
        node = node.parent or node
    if laid.how in _IN_OTHER_WORDS:
        return Counter(echo=matched, replaced=known - matched)
    return Counter(echo=matched)
