"""What every format for people says beside the words: facts, details, evidence by kind; not yet escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracefetch.models import Conversation, Evidence, Severity, Thread, Turn


@dataclass(frozen=True, slots=True)
class Finding:
    """All evidence of one kind: its message, and how often it was found."""

    severity: Severity
    kind: str
    count: int
    message: str


def findings(evidence: Iterable[Evidence]) -> list[Finding]:
    """Evidence counted by severity and kind, losses first, then in the order of finding."""
    groups: dict[tuple[Severity, str], list[Evidence]] = {}
    for item in evidence:
        groups.setdefault((item.severity, item.kind), []).append(item)
    found = [
        Finding(severity, kind, len(items), _one_message([item.message for item in items]))
        for (severity, kind), items in groups.items()
    ]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def _one_message(messages: Sequence[str]) -> str:
    different = len(set(messages)) - 1
    return messages[0] if not different else f"{messages[0]} (and {different} more like it)"


def facts(conversation: Conversation) -> list[str]:
    """What stands under a title: when, how many turns, whose, from where."""
    told = [_period(conversation.start, conversation.end), count(len(conversation.dialogue), "turn")]
    if len(conversation.trace_ids) > 1:
        told.append(count(len(conversation.trace_ids), "trace"))
    told += [", ".join(conversation.services), f"user {conversation.user}" if conversation.user else ""]
    if conversation.usage and conversation.usage.total:
        told.append(f"{conversation.usage.total:,} tokens")
    told.append("with errors" if conversation.status == "error" else "")
    return [fact for fact in told if fact]


def details(turn: Turn, *, day: datetime | None = None) -> list[str]:
    """What stands beside a turn's role: its time (with the date where it is not `day`'s), its model, how long."""
    told = [turn.tool_call_id] if turn.role == "tool" and turn.tool_call_id else []
    if turn.timestamp:
        told.append(f"{turn.timestamp:{'%H:%M:%S' if _same_day(turn.timestamp, day) else '%Y-%m-%d %H:%M:%S'}}")
    told += [turn.model or "", duration(turn.duration_seconds), "known from history" if turn.from_history else ""]
    told.append("cut by a length limit" if turn.is_cut else "")
    return [detail for detail in told if detail]


def arguments_text(arguments: Any, *, indent: int | None = None) -> str:
    """A call's arguments as text: JSON, or what was recorded where that is not JSON; empty where there are none."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False, indent=indent, default=str)


def thread_title(thread: Thread) -> str:
    """The kind of a thread, its name and the call that started it."""
    call = f" for {thread.tool_call_id}" if thread.tool_call_id else ""
    return f"{thread.kind} {thread.name or thread.id}{call}"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 turn", "2 turns"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float | None) -> str:
    """Seconds as a person reads them: "40 ms", "1.2 s", "3 min 20 s"; empty where unknown."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _same_day(time: datetime, day: datetime | None) -> bool:
    return day is not None and time.date() == day.date()


def _period(start: datetime | None, end: datetime | None) -> str:
    if start is None:
        return ""
    if end is None or end.replace(microsecond=0) <= start.replace(microsecond=0):
        return f"{start:%Y-%m-%d %H:%M:%S} UTC"
    return f"{start:%Y-%m-%d %H:%M:%S} to {end:{'%H:%M:%S' if _same_day(end, start) else '%Y-%m-%d %H:%M:%S'}} UTC"
