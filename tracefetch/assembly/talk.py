"""Step four, talk: the path that was spoken, with the questions that were never answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.assembly.calls import Call
from tracefetch.assembly.tree import Node, Tree


@dataclass(slots=True)
class Talk:
    """The nodes that were spoken, in order, and the branches that were not.

    Attributes:
        alternatives: answers that later history did not use; with the node they branch from.
        beside: a question with an answer beside the path, in another unit: shown, in doubt.
        asides: the same in the unit of what was chosen: a side talk.
    """

    nodes: list[Node] = field(default_factory=list)
    alternatives: list[list[Node]] = field(default_factory=list)
    beside: list[list[Node]] = field(default_factory=list)
    asides: list[list[Node]] = field(default_factory=list)


def _subtree(node: Node) -> list[Node]:
    found, waiting = [], [node]
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting += reversed(at.children)
    return found


def spoken(tree: Tree, *, several_units: bool) -> Talk:
    """Walk the path to the last end, and place what branches from it."""
    talk = Talk()
    path = tree.path
    on_path = {id(node) for node in path}
    at = tree.root
    for chosen in (*path, None):
        branches = [child for child in at.children if id(child) not in on_path]
        for branch in branches:
            _place(talk, branch, chosen, path, several_units=several_units)
        if chosen is None:
            break
        talk.nodes.append(chosen)
        at = chosen
    return talk


def _place(talk: Talk, branch: Node, chosen: Node | None, path: list[Node], *, several_units: bool) -> None:
    nodes = _subtree(branch)
    first = branch.atom
    if first is None or first.kind != "user":
        talk.alternatives.append(nodes)
    elif all(node.atom is not None and node.atom.kind == "user" for node in nodes):
        talk.nodes += nodes
    elif chosen is None:
        talk.beside.append(nodes)
        talk.nodes += nodes
    elif _is_told_later(nodes, path):
        pass
    elif several_units and _same_unit(branch, chosen):
        talk.asides.append(nodes)
    else:
        talk.beside.append(nodes)
        talk.nodes += nodes


def _same_unit(branch: Node, chosen: Node) -> bool:
    one = _sender(branch)
    other = _sender(chosen)
    return one is not None and other is not None and one.unit == other.unit


def _sender(node: Node) -> Call | None:
    """The call that sent the question: the one whose request it closes, else the one that laid it."""
    return node.call


def _is_told_later(nodes: list[Node], path: list[Node]) -> bool:
    """The branch stands on the path too, known there from a later history: concurrent turns.

    The path's nodes then get the branch's calls, so that times and models are not lost.
    """
    ids = [node.id for node in nodes]
    size = len(ids)
    for place in range(len(path) - size + 1):
        window = path[place : place + size]
        if [node.id for node in window] == ids and not any(node.spoken or node.closing for node in window):
            for told, own in zip(window, nodes, strict=True):
                told.call, told.spoken, told.closing, told.atom = own.call, own.spoken, own.closing, own.atom
            return True
    return False
