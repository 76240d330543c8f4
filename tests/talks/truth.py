"""What was really said, and how the program ran that said it: the truth a reader is judged by.

A `Talk` holds sessions (the words, as chat messages) and nodes (the spans that a run leaves: the
application's, an agent's, a model call's, a tool's). Nodes know no dialect; `encoders` writes them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["app", "agent", "llm", "tool"]
Duty = Literal["main", "guard", "title", "rewriter", "summary", "follow-up", "sub-agent"]

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the assistant asked for."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `uid` tells two equal messages apart; a copy in a later history keeps it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    calls: tuple[Call, ...] = ()
    answers: str | None = None
    name: str | None = None
    uid: int = field(default_factory=lambda: next(_numbers), compare=False)

    def chat(self) -> dict[str, Any]:
        """The message in OpenAI's chat form, with arguments as a JSON value."""
        found: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.calls:
            found["tool_calls"] = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in self.calls]
        if self.answers:
            found |= {"tool_call_id": self.answers, "name": self.name}
        return found


@dataclass(slots=True)
class Node:
    """One span of a run, without a dialect. Times in seconds since the epoch, by a true clock.

    Attributes:
        session, user, turn: what this span itself carries; None where it carries nothing.
        request: what the model (or agent) was given, without the system prompt.
        answer: what it produced; usually one message, for an agent perhaps its whole run.
        said: of a plain turn, the messages that this unit added to the talk.
        host: whose clock the span was stamped by.
        duty: what the call was for. Never written: only the judge and a person may know.
        words: False where the instrumentation captured no content.
    """

    kind: Kind
    trace: str
    id: str
    parent: str | None
    name: str
    start: float
    end: float = 0.0
    session: str | None = None
    user: str | None = None
    turn: int | None = None
    agent: str | None = None
    system: str | None = None
    request: tuple[Message, ...] = ()
    answer: tuple[Message, ...] = ()
    said: tuple[Message, ...] = ()
    tool: Call | None = None
    result: str | None = None
    response_id: str | None = None
    previous_id: str | None = None
    error: str | None = None
    host: str = "app"
    duty: Duty = "main"
    words: bool = True


@dataclass(slots=True)
class Session:
    """One conversation as it was spoken.

    Attributes:
        messages: the truth, without the system prompt.
        others: by uid, other texts that are as true (a text that was recorded in two forms).
        drafts: by uid, answers to the same request that were thrown away.
        optional: uids whose presence nobody can decide from the spans; a reader may leave them out.
    """

    id: str
    user: str
    system: str
    messages: list[Message] = field(default_factory=list)
    others: dict[int, set[str]] = field(default_factory=dict)
    drafts: dict[int, set[str]] = field(default_factory=dict)
    optional: set[int] = field(default_factory=set)

    def everything(self) -> set[int | str]:
        """The uids of all messages and the ids of all tool calls."""
        calls: set[int | str] = {call.id for message in self.messages for call in message.calls}
        return calls | {message.uid for message in self.messages}


@dataclass(slots=True, repr=False)
class Talk:
    """A run with known truth.

    Attributes:
        style: how much history the requests carry.
        labels: the complications that are in it, and how traces and sessions lie.
        undecidable: reasons why spans alone can't tell the truth; then a told doubt is right.
        skew: seconds by which a host's clock is wrong.
        dropped: nodes that never arrived.
        limit: the length at which a backend cut every text.
    """

    seed: int
    style: str
    dialect: str
    labels: set[str] = field(default_factory=set)
    sessions: list[Session] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    undecidable: set[str] = field(default_factory=set)
    skew: dict[str, float] = field(default_factory=dict)
    dropped: list[Node] = field(default_factory=list)
    limit: int | None = None

    def shown(self, node: Node) -> tuple[float, float]:
        """Start and end by the clock of the node's host."""
        shift = self.skew.get(node.host, 0.0)
        return node.start + shift, node.end + shift

    def __repr__(self) -> str:
        said = [(m.role, m.content, [c.arguments for c in m.calls]) for s in self.sessions for m in s.messages]
        units = [(n.kind, n.trace[:3], n.id[:3], (n.parent or "")[:3]) for n in self.nodes]
        return f"<talk: {self.style}, {self.dialect}, {sorted(self.labels)}, said {said}, spans {units}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def recorded(self, session: Session, reached: set[str]) -> set[int | str]:
        """What of the session stands on a span of the talk itself: uids of messages, ids of tool calls.

        Args:
            reached: the traces in which a span names the session; others are beyond a reader's reach.
        """
        found: set[int | str] = set()
        for node in self.nodes:
            if node.duty == "main" and node.words and node.trace in reached:
                found |= _of_call(node) if node.tool is None else _of_tool(node, session)
        return found & session.everything()


def _of_call(node: Node) -> set[int | str]:
    """A plain turn's span holds only texts; its calls have spans of their own."""
    found: set[int | str] = {m.uid for m in node.said if m.role != "tool" and not m.calls}
    for message in itertools.chain(node.request, node.answer):
        found.add(message.uid)
        found |= {call.id for call in message.calls}
    return found


def _of_tool(node: Node, session: Session) -> set[int | str]:
    """A tool's span holds its call and its result."""
    assert node.tool is not None
    return {node.tool.id} | {m.uid for m in session.messages if m.answers == node.tool.id}


def ground_truth(sessions: list[dict[str, Any]]) -> list[Session]:
    """Sessions from the JSON form of `tests/data/ground_truth.json`."""
    found = []
    for one in sessions:
        session = Session(one["session_id"], one["user_id"], one["system_prompt"])
        session.messages = [_message(message) for message in one["messages"]]
        found.append(session)
    return found


def _message(one: dict[str, Any]) -> Message:
    calls = tuple(Call(c["id"], c["name"], c["arguments"]) for c in one.get("tool_calls") or [])
    return Message(one["role"], one["content"] or "", calls, one.get("tool_call_id"), one.get("name"))
