"""Step one, words: messages as atoms that compare by what they say, not by how they are written.

An atom is a user's text, an assistant's text, a tool call or a tool's answer. Texts compare
stripped; arguments and answers as JSON values; ids never. Within a run of assistant atoms texts
stand before calls, and a run of answers is sorted, so that one message or many, and an answer
and its form in the next request, are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tracefetch.messages import CallPart, Message, ResultPart
from tracefetch.messages.json_text import UnreadableError, looks_like_json, parse

AtomKind = Literal["user", "assistant", "call", "result"]


@dataclass(slots=True)
class Atom:
    """The smallest thing said.

    Attributes:
        id: equal for atoms that say the same.
        place: where it stood in its request or answer as it was recorded.
    """

    kind: AtomKind
    id: int
    message: Message
    part: CallPart | ResultPart | None
    place: int

    @property
    def text(self) -> str:
        """The words of a text atom, the answer of a result."""
        if isinstance(self.part, ResultPart):
            return self.part.content
        return self.message.text if self.part is None else ""

    @property
    def is_assistant(self) -> bool:
        """A text or a call of the assistant's."""
        return self.kind in ("assistant", "call")


def canonical(value: Any) -> str:
    """A JSON value as text that is equal for equal values: keys sorted, 18.0 as 18, `{"result": x}` as x."""
    value = _unwrapped(value)
    if isinstance(value, str):
        return value.strip()
    try:
        return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, default=str)
    except (ValueError, RecursionError):
        return str(value)


def _unwrapped(value: Any) -> Any:
    for _ in range(4):
        if isinstance(value, str) and looks_like_json(value.strip()):
            try:
                value = parse(value.strip())
            except UnreadableError:
                return value
        if isinstance(value, dict) and len(value) == 1 and "result" in value:
            value = value["result"]
        elif not isinstance(value, str):
            break
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


class Vocabulary:
    """Atoms by what they say, and sequences of atoms as nodes of one trie: every look-up is a dictionary's."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}
        self._raw: dict[tuple[str, str, str], int] = {}
        self._nodes: dict[tuple[int, int], int] = {}

    def atom_id(self, kind: str, key: str) -> int:
        """The id of what an atom says."""
        return self._ids.setdefault((kind, key), len(self._ids) + 1)

    def step(self, node: int, atom: int) -> int:
        """The trie node after `atom`; node 0 is the empty sequence."""
        return self._nodes.setdefault((node, atom), len(self._nodes) + 1)

    def chain(self, atoms: Iterable[Atom], start: int = 0) -> list[int]:
        """The nodes before the first atom and after each."""
        nodes = [start]
        for atom in atoms:
            nodes.append(self.step(nodes[-1], atom.id))
        return nodes

    def call_id(self, call: CallPart) -> int:
        """The id of a tool call: name and arguments."""
        arguments = call.arguments
        raw = arguments if isinstance(arguments, str) else json.dumps(arguments, default=str) if arguments else ""
        key = ("call", call.name, raw)
        if key not in self._raw:
            self._raw[key] = self.atom_id("call", f"{call.name}\0{canonical(arguments if arguments else {})}")
        return self._raw[key]

    def result_id(self, result: ResultPart) -> int:
        """The id of a tool's answer."""
        key = ("result", "", result.content)
        if key not in self._raw:
            self._raw[key] = self.atom_id("result", canonical(result.content))
        return self._raw[key]

    def atoms(self, messages: Iterable[Message]) -> list[Atom]:
        """The atoms of messages in comparing order; system messages are left out."""
        found: list[Atom] = []
        for message in messages:
            if message.role != "system":
                self._append(found, message)
        return _ordered(found)

    def _append(self, found: list[Atom], message: Message) -> None:
        for result in message.results:
            found.append(Atom("result", self.result_id(result), message, result, len(found)))
        kind: AtomKind = "assistant" if message.role == "assistant" else "user"
        if message.role == "tool" and message.text.strip() and not message.results:
            part = ResultPart(message.text, None, message.name)
            found.append(Atom("result", self.result_id(part), message, part, len(found)))
        elif message.text.strip():
            found.append(Atom(kind, self.atom_id(kind, message.text.strip()), message, None, len(found)))
        elif kind == "user" and message.parts and not message.results:
            key = "\0" + json.dumps([part.model_dump() for part in message.parts], default=str, sort_keys=True)
            found.append(Atom(kind, self.atom_id(kind, key), message, None, len(found)))
        for call in message.calls:
            found.append(Atom("call", self.call_id(call), message, call, len(found)))


def _ordered(atoms: list[Atom]) -> list[Atom]:
    """Texts before calls within a run of the assistant's; a run of answers sorted."""
    found: list[Atom] = []
    at = 0
    while at < len(atoms):
        end = at
        if atoms[at].kind == "user":
            end = at + 1
            found.append(atoms[at])
        elif atoms[at].kind == "result":
            while end < len(atoms) and atoms[end].kind == "result":
                end += 1
            found += sorted(atoms[at:end], key=lambda atom: atom.id)
        else:
            while end < len(atoms) and atoms[end].is_assistant:
                end += 1
            found += sorted(atoms[at:end], key=lambda atom: atom.kind == "call")
        at = end
    return found


def runs(atoms: list[Atom]) -> Iterable[tuple[int, int]]:
    """The (begin, end) of each run of assistant atoms."""
    at = 0
    while at < len(atoms):
        end = at
        while end < len(atoms) and atoms[end].is_assistant:
            end += 1
        if end > at:
            yield at, end
        at = max(end, at + 1)
