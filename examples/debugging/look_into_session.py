"""What went wrong in this conversation? Its turns, what failed, what was slow, and what is not known.

python look_into_session.py http://localhost:16686 sess_123
"""

from __future__ import annotations

import sys

from tracefetch import Client
from tracefetch.models import Conversation, Turn


def told(turn: Turn) -> str:
    """A turn in one line."""
    calls = ", ".join(f"{call.name}({call.arguments})" for call in turn.tool_calls)
    when = f"{turn.timestamp:%H:%M:%S}" if turn.timestamp else "--:--:--"
    return f"{turn.number:>5} {when} {turn.role:<9} {turn.content or f'calls {calls}'}"


def report(conversation: Conversation) -> list[str]:
    """The lines that a person reads."""
    lines = [f"{conversation.id}: {len(conversation.dialogue)} turns in {len(conversation.trace_ids)} traces", ""]
    lines += [told(turn) for turn in conversation.all]
    lines += ["", *(f"failed: turn {turn.number}: {turn.error}" for turn in conversation.all if turn.error)]
    slowest = max(conversation.all, key=lambda turn: turn.duration_seconds or 0, default=None)
    if slowest is not None and slowest.duration_seconds:
        lines.append(f"slowest: turn {slowest.number}, {slowest.duration_seconds:.3f} s (span {slowest.span_id})")
    lines += [f"{item.severity}: {item.message}" for item in (*conversation.losses, *conversation.doubts)]
    return [*lines, "complete" if conversation.is_complete else "NOT complete: don't rely on these words alone"]


def main(url: str, session: str) -> None:
    """Fetch one session and print the report."""
    with Client(url) as client:
        print("\n".join(report(client.get(session))))


if __name__ == "__main__":
    main(*sys.argv[1:3])
