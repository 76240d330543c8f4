"""What `explain` shows: how each span was read and what became of its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tracefetch.models.conversation import Conversation


@dataclass(frozen=True, slots=True)
class UnreadAttribute:
    """An attribute that looks like content and that no map reads.

    Attributes:
        preview: how its value begins.
        map_line: what would read it, as `--attribute` takes it: `prompt=my.prompt`.
    """

    name: str
    preview: str
    map_line: str


@dataclass(frozen=True, slots=True)
class SpanAccount:
    """One span of the tree.

    Attributes:
        depth: 0 at a root; spans come in the order of the tree.
        kind: what it was recognised as: call, agent, tool, chain, message, other.
        maps: the names of the maps that read it.
        sources: what was read from where, e.g. {"input": "openinference: llm.input_messages"}.
        verdict: what it is to the talk, e.g. "spoke", "echo", "side call", "ran a tool", "no words".
        reason: why, a sentence; for an echo and a repeat what it repeats.
        turns: numbers of the turns that it contributed.
        fates: how many of its words ended how: said, echo, alternative, replaced, side; and unexplained,
            which would be a defect of ours.
        thread: the id of the thread that it spoke in, beside the talk.
        problems: what could not be read, a sentence each.
    """

    trace_id: str
    span_id: str
    name: str
    depth: int = 0
    service: str | None = None
    start: datetime | None = None
    duration_seconds: float | None = None
    error: bool = False
    kind: str = "other"
    maps: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    verdict: str = ""
    reason: str = ""
    turns: tuple[str, ...] = ()
    fates: dict[str, int] = field(default_factory=dict)
    unread: tuple[UnreadAttribute, ...] = ()
    thread: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A conversation, and the account of every span that was looked at for it.

    Attributes:
        spans: every span of the conversation's traces, in the order of the tree.
        why: how it was told from what else was recorded, a sentence each.
        suggested_map: an attribute map, in TOML, that would read what no map reads; empty where nothing is missed.
    """

    conversation: Conversation
    spans: tuple[SpanAccount, ...] = ()
    why: tuple[str, ...] = ()
    suggested_map: str = ""

    @property
    def fates(self) -> dict[str, int]:
        """The sum over all spans."""
        total = dict.fromkeys(("said", "echo", "alternative", "replaced", "side"), 0)
        for span in self.spans:
            for fate, count in span.fates.items():
                total[fate] = total.get(fate, 0) + count
        return {fate: count for fate, count in total.items() if count}
