"""Damaged spans give the remaining truth or evidence: no exception, nothing invented, nothing under a wrong name."""

from __future__ import annotations

from hypothesis import given

from tests.properties.conversations import DAMAGES, Damage, damage, talks
from tests.talks.judge import canonical
from tests.talks.reader import found, read, written
from tests.talks.truth import Node, Session, Talk
from tracefetch.models import Conversation


@given(talk=talks(), damages=DAMAGES)
def test_damage_invents_nothing(talk: Talk, damages: list[Damage]) -> None:
    """Whatever is shown was said, by the role that said it, no more often than it was said; a cut text is told."""
    spans = written(talk)
    for one in damages:
        spans = damage(spans, one)
    session = talk.sessions[0]
    if not found(spans, session.id):
        return
    conversation = read(spans, session)
    strange = list(foreign(conversation, session, talk.nodes))
    cut = any(one.kind == "cut" for one in damages)
    assert not [one for one in strange if not (cut and _beginning(one, session))], (talk.dialect, strange)
    if strange:
        assert conversation.losses or conversation.doubts, (talk.dialect, strange)


def foreign(conversation: Conversation, session: Session, nodes: list[Node]) -> list[tuple[str, str]]:
    """What is shown but was not said (or not so often)."""
    left = [(m.role, canonical(m.content) if m.role == "tool" else m.content.strip()) for m in session.messages]
    left.append(("system", session.system.strip()))
    left += [("system", m.content.strip()) for node in nodes for m in node.request if m.role == "system"]
    strange = []
    for turn in conversation.turns:
        text = canonical(turn.content) if turn.role == "tool" else turn.content.strip()
        if (turn.role, text) in left:
            if turn.role != "system":
                left.remove((turn.role, text))
        elif text:
            strange.append((str(turn.role), text))
    return strange


def _beginning(shown: tuple[str, str], session: Session) -> bool:
    """It is the beginning of something that was said, by the same role."""
    role, text = shown
    said = [m.content for m in session.messages if m.role == role] + [session.system] * (role == "system")
    return any(one.strip().startswith(text.rstrip("…").strip()) or text in one for one in said)
