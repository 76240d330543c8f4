"""How much of the history a request carries: full, a window, a summary, only what is new, none.

Also drawn here: the plan of a talk, that is which complications it has and how traces lie.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.talks.truth import Message
from tests.talks.words import Words

STYLES = ("full", "window", "summary", "only-new", "none")
TRIMMED = "[old result removed]"
WEIGHTS = (34, 16, 10, 20, 20)

# How often each complication is tried; some don't go with some styles and dialects.
COMPLICATIONS = {
    "guard": 0.18,
    "title": 0.18,
    "rewriter": 0.12,
    "follow-up": 0.08,
    "retry": 0.14,
    "regenerate": 0.1,
    "unanswered": 0.1,
    "repeat": 0.2,
    "same-answer": 0.08,
    "tools": 0.5,
    "parallel": 0.25,
    "sub-agent": 0.12,
    "batch": 0.08,
    "interleaved": 0.15,
    "concurrent": 0.06,
    "clock": 0.15,
    "dropped": 0.12,
    "wrapper": 0.3,
    "augmented": 0.07,
    "own-answer": 0.1,
    "trimmed": 0.06,
    "split-calls": 0.15,
    "handoff": 0.05,
    "hidden": 0.04,
    "duplicated": 0.1,
    "fast": 0.15,
    "clock-in-prompt": 0.08,
}


@dataclass(slots=True)
class Plan:
    """What a talk will be like.

    Attributes:
        unit: what has a trace of its own: "turn", "session", "call".
        app: the application's span stands above.
        tool_spans: tools leave spans.
        carrier: which spans carry the session id: "all", "app", "llm".
        numbers: spans carry turn numbers.
        window: how many earlier messages a window holds.
        chained: requests name the response that they follow.
        agent_history: an agent's span holds what a request holds, not the user's words alone.
    """

    style: str
    dialect: str
    unit: str = "turn"
    app: bool = True
    tool_spans: bool = True
    carrier: str = "all"
    numbers: bool = False
    window: int = 4
    chained: bool = False
    agent_history: bool = False
    turns: int = 3
    sessions: int = 1
    flags: set[str] = field(default_factory=set)

    def has(self, flag: str) -> bool:
        """The complication is in it."""
        return flag in self.flags


class Memory:
    """What an application keeps of a talk, and hands to the model in its style."""

    def __init__(self, plan: Plan, words: Words, rng: random.Random) -> None:
        self.plan = plan
        self.words = words
        self.rng = rng
        self.kept: list[Message] = []
        self.summary: Message | None = None
        self.covered = 0
        self._trims: dict[int, Message] = {}

    def request(self, current: Sequence[Message], *, fresh: int = 0) -> tuple[Message, ...]:
        """The messages of a request in this turn; `fresh` of them are new since the last answer."""
        style = self.plan.style
        if style == "only-new":
            return tuple(current[-fresh:]) if fresh else tuple(current)
        if style == "none":
            return tuple(current)
        if style == "window":
            return (*self._window(), *current)
        if style == "summary":
            return (*self._summarised(), *current)
        return (*self._trimmed(self.kept), *current)

    def due(self) -> bool:
        """A summary has to be written (again) before the next request."""
        return self.plan.style == "summary" and len(self.kept) - self.covered >= 2 * self.plan.window + 2

    def summarise(self) -> tuple[tuple[Message, ...], str]:
        """Replace all but the last messages by a summary; what it covered, and the summary's text."""
        cut = _start_of_turn(self.kept, len(self.kept) - self.plan.window, back=self.plan.window > 1)
        text = self.words.fill("So far: {thing}, {place}, {number}; asked about {other}.")
        role = self.rng.choice(["user", "system", "assistant"])
        covered = tuple(self.kept[:cut])
        self.summary = Message(role, f"Summary of the earlier conversation:\n{text}")  # type: ignore[arg-type]
        self.covered = cut
        return covered, text

    def _summarised(self) -> list[Message]:
        return [self.summary, *self.kept[self.covered :]] if self.summary else list(self.kept)

    def _window(self) -> list[Message]:
        if not self.plan.window:
            return []
        start = max(0, len(self.kept) - self.plan.window)
        while start < len(self.kept) and self.kept[start].role == "tool":
            start += 1  # an API refuses a result without its call
        return self.kept[start:]

    def _trimmed(self, messages: Sequence[Message]) -> list[Message]:
        if not self.plan.has("trimmed"):
            return list(messages)
        return [self._trim(message) if message.role == "tool" else message for message in messages]

    def _trim(self, message: Message) -> Message:
        if message.uid not in self._trims:
            self._trims[message.uid] = Message("tool", TRIMMED, (), message.answers, message.name)
        return self._trims[message.uid]


def augment(message: Message, words: Words) -> Message:
    """The user's words as a retrieval step wraps them; the same message in another form."""
    facts = words.fill("{thing} {place}: {number}. {other} has none.")
    return replace(message, content=f"Context:\n{facts}\n\nQuestion: {message.content}", uid=message.uid)


def _start_of_turn(messages: Sequence[Message], at: int, *, back: bool) -> int:
    while 0 < at < len(messages) and messages[at].role != "user":
        at += -1 if back else 1
    return at


def draw(rng: random.Random, dialects: dict[str, set[str]], *, only: str | None = None) -> Plan:
    """A plan at random. `dialects` maps a name to what it can express."""
    dialect = rng.choice(sorted(dialects))
    can = dialects[dialect]
    style = rng.choices(STYLES, WEIGHTS)[0] if "turns" not in can else "none"
    plan = Plan(style, dialect)
    plan.flags = {name for name, chance in COMPLICATIONS.items() if rng.random() < chance}
    plan.unit = rng.choices(["turn", "session", "call"], [55, 20, 25])[0]
    plan.app = rng.random() < 0.75
    plan.tool_spans = rng.random() < 0.6
    plan.carrier = rng.choices(["all", "app", "llm"], [60, 20, 20])[0]
    plan.numbers = "numbers" in can
    plan.window = rng.choice([0, 1, 2, 2, 3, 4, 4, 5, 6])
    plan.agent_history = "agent-history" in can
    plan.chained = style == "only-new" and "chained" in can and rng.random() < 0.8
    plan.turns = rng.choice([1, 2, 2, 3, 3, 3, 4, 5, 6, 8])
    if only in COMPLICATIONS:
        plan.flags.add(only)
    _settle(plan, can, rng)
    return plan


def _settle(plan: Plan, can: set[str], rng: random.Random) -> None:
    """Take back what doesn't go together."""
    flags = plan.flags
    if "turns" in can:
        plan.unit = "turn"
        flags -= {"retry", "regenerate", "wrapper", "augmented", "own-answer", "handoff", "concurrent"}
        flags -= {"rewriter", "hidden", "sub-agent", "follow-up"}
        if plan.dialect == "plain_messages":  # an application logs what was said, not what it asked beside
            flags -= {"guard", "title"}
        plan.tool_spans = True
        plan.app = bool(flags & {"guard", "title"}) or rng.random() < 0.3
    if "agent" not in can or plan.unit == "call":
        flags.discard("wrapper")
    if "app-session" in can:
        plan.carrier, plan.app = "app", True
        plan.unit = "turn" if plan.unit == "call" else plan.unit
    if plan.unit == "call":
        plan.app = plan.tool_spans = False
        flags.discard("batch")
    if "tool-spans" not in can:
        plan.tool_spans = False
    if not plan.app and plan.carrier == "app":
        plan.carrier = "all"
    if plan.style != "full":
        flags -= {"trimmed", "handoff", "augmented" if plan.style == "summary" else "trimmed"}
    _settle_sessions(plan, rng)


def _settle_sessions(plan: Plan, rng: random.Random) -> None:
    flags = plan.flags
    if "batch" in flags:
        plan.unit, plan.app = "session", True
        plan.carrier = rng.choice(["all", "app"])
        flags.discard("interleaved")
    plan.sessions = rng.choice([2, 2, 3]) if flags & {"batch", "interleaved"} else 1
    if "own-answer" in flags:
        flags.add("guard")
    if flags & {"parallel", "sub-agent", "trimmed", "split-calls"}:
        flags.add("tools")
