"""Where spans come from: a clock, ids, traces, and the frames that a unit of work opens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.talks.styles import Memory, Plan
from tests.talks.truth import Duty, Message, Node, Session, Talk
from tests.talks.words import Words

SIDES = {
    "guard": ("You classify messages as safe or unsafe.", ("safe", "allowed", '{"flagged": false}', "S")),
    "title": ("Write a short title for the conversation.", ()),
    "rewriter": ("Rewrite the user's message as a search query.", ()),
    "follow-up": ("Suggest what the user could ask next.", ()),
    "summary": ("Summarise the conversation.", ()),
}


@dataclass(slots=True)
class Unit:
    """What one request of the user set going: where its spans hang."""

    trace: str
    parent: str | None
    node: Node | None = None


@dataclass(slots=True)
class Chat:
    """One session while it runs."""

    session: Session
    memory: Memory
    persona: str
    agent: str
    number: int = 0
    last_response: str | None = None
    trace: str | None = None
    root: Node | None = None


class Stage:
    """Makes nodes, in order, by a true clock."""

    def __init__(self, talk: Talk, plan: Plan, rng: random.Random, words: Words) -> None:
        self.talk = talk
        self.plan = plan
        self.rng = rng
        self.words = words
        self.now = 1_760_000_000.0 + rng.randint(0, 10_000_000)
        self.batch: Node | None = None

    def hex(self, digits: int) -> str:
        """A random id."""
        return f"{self.rng.getrandbits(digits * 4) or 1:0{digits}x}"

    def wait(self, low: float, high: float) -> None:
        """Let time pass."""
        self.now += self.rng.uniform(low, high) * (0.02 if self.plan.has("fast") else 1.0)

    def node(self, kind: str, name: str, unit: Unit, chat: Chat | None, **fields: Any) -> Node:
        """A span that starts now; its end is set when it is closed."""
        made = Node(kind, unit.trace, self.hex(16), unit.parent, name, self.now, self.now, **fields)  # type: ignore[arg-type]
        if chat is not None and self._carries(kind):
            made.session, made.user = chat.session.id, chat.session.user
        if chat is not None and self.plan.numbers and made.duty == "main" and kind != "tool":
            made.turn = chat.number
        self.talk.nodes.append(made)
        return made

    def _carries(self, kind: str) -> bool:
        return {"all": True, "app": kind == "app", "llm": kind in ("llm", "agent")}[self.plan.carrier]

    def open(self, chat: Chat) -> Unit:
        """A new unit: a turn of the user's, in the trace where this plan puts it."""
        chat.number += 1
        if self.plan.unit == "session":
            return self._open_within(chat)
        unit = Unit(self.hex(32), None)
        if self.plan.app and self.plan.unit == "turn":
            unit.node = self.node("app", "POST /chat", unit, chat)
            unit.parent = unit.node.id
        return unit

    def _open_within(self, chat: Chat) -> Unit:
        if self.plan.has("batch"):
            if self.batch is None:
                self.batch = self.node("app", "batch job", Unit(self.hex(32), None), None)
            chat.trace = self.batch.trace
        if chat.root is None and self.plan.app:
            above = self.batch.id if self.batch else None
            chat.trace = chat.trace or self.hex(32)
            chat.root = self.node("app", "session", Unit(chat.trace, above), chat)
        chat.trace = chat.trace or self.hex(32)
        unit = Unit(chat.trace, chat.root.id if chat.root else None)
        if self.plan.app:
            unit.node = self.node("app", "turn", unit, chat)
            unit.parent = unit.node.id
        return unit

    def close(self, node: Node | None) -> None:
        """The span ends now."""
        if node is not None:
            node.end = max(node.end, self.now)

    def at(self, unit: Unit) -> Unit:
        """Where a model call goes: in this unit, or in a trace of its own."""
        return Unit(self.hex(32), None) if self.plan.unit == "call" else unit

    def llm(
        self,
        chat: Chat,
        unit: Unit,
        request: Sequence[Message],
        answer: Message | None,
        *,
        duty: Duty = "main",
        system: str | None = None,
        agent: str | None = None,
        error: str | None = None,
    ) -> Node:
        """A call of a model: it takes its time."""
        fields: dict[str, Any] = {"request": tuple(request), "answer": (answer,) if answer else ()}
        fields |= {"duty": duty, "error": error, "agent": agent or (chat.agent if duty == "main" else duty)}
        node = self.node("llm", "chat", self.at(unit), chat, **fields)
        node.system = self.persona(chat) if duty == "main" else system
        if duty == "main" and answer is not None:
            node.response_id, node.previous_id = f"resp_{self.hex(12)}", chat.last_response
            chat.last_response = node.response_id
            if not self.plan.chained:
                node.previous_id = None
        self.wait(0.2, 2.5)
        node.end = self.now
        self.wait(0.001, 0.02)
        return node

    def persona(self, chat: Chat) -> str:
        """The system prompt of the moment; a clock in it ticks."""
        if not self.plan.has("clock-in-prompt"):
            return chat.persona
        return f"It is {int(self.now) % 86400 // 3600:02d}:{int(self.now) % 3600 // 60:02d}. {chat.persona}"

    def side(self, duty: Duty, chat: Chat, unit: Unit, request: Sequence[Message], answer: str | None = None) -> Node:
        """A call beside the talk, with a system prompt of its own."""
        system, answers = SIDES[duty]
        text = answer or (self.rng.choice(answers) if answers else self.words.fill("{place} {thing} {number}"))
        return self.llm(chat, unit, request, Message("assistant", text), duty=duty, system=system)
