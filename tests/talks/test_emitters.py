"""Harder conversations, as single emitters were seen to write them, come back as they were spoken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.talks.emitters import EMITTERS
from tests.talks.judge import judge
from tests.talks.reader import read
from tests.talks.scripted import perform
from tests.talks.styles import Plan
from tests.talks.truth import Call, Message, Session, Talk, ground_truth

TRUTH = json.loads((Path(__file__).parents[1] / "data" / "ground_truth.json").read_text(encoding="utf-8"))["sessions"]


def harder(*, silent: bool) -> Session:
    """Parallel calls of one tool, words before a call, the same question twice, a tool called twice alike.

    Args:
        silent: no words before the call; not every emitter has a place for them.
    """
    session = Session("sess-gamma", "user-cid", "You compare cities. Be brief.")
    both = (Call("call_1", "get_weather", {"city": "Rome"}), Call("call_2", "get_weather", {"city": "Bern"}))
    again = Call("call_3", "get_weather", {"city": "Rome"})
    session.messages = [
        Message("user", "Is it warmer in Rome or in Bern?"),
        Message("assistant", "" if silent else "Let me look.", both),
        Message("tool", '{"temp_c": 21}', (), "call_1", "get_weather"),
        Message("tool", '{"temp_c": 9}', (), "call_2", "get_weather"),
        Message("assistant", "Rome, by twelve degrees."),
        Message("user", "And now?"),
        Message("assistant", "", (again,)),
        Message("tool", '{"temp_c": 22}', (), "call_3", "get_weather"),
        Message("assistant", "Still Rome."),
        Message("user", "And now?"),
        Message("assistant", "Still Rome."),
    ]
    return session


def run(name: str) -> Talk:
    """The known conversations, as this emitter's program runs them."""
    can = EMITTERS[name].can
    plan = Plan("full", name, tool_spans="tool-spans" in can, app=name != "litellm_proxy")
    plan.unit = "call" if name == "litellm_proxy" else "turn"
    plan.carrier = "app" if can & {"app-session"} else "all"
    plan.flags = {"wrapper"} if name == "mastra" else set()
    return perform([*ground_truth(TRUTH), harder(silent=name == "mastra")], plan)


CLEAN = sorted(set(EMITTERS) - {"litellm_callback", "mastra", "botocore"})


@pytest.mark.parametrize("name", CLEAN)
def test_an_emitter_is_read_whole(name: str) -> None:
    """All words, calls and results, and no alarm."""
    talk = run(name)
    spans = EMITTERS[name].encode(talk)
    for session in talk.sessions:
        verdict = judge(talk, session, read(spans, session))
        assert verdict.verdict == "right", (verdict.verdict, verdict.why, verdict.got)


@pytest.mark.parametrize("name", ["litellm_callback", "mastra"])
def test_what_an_emitter_overwrites_is_told_or_found(name: str) -> None:
    """User and assistant are right; calls that the emitter does not hold are found elsewhere or told."""
    talk = run(name)
    spans = EMITTERS[name].encode(talk)
    for session in talk.sessions:
        conversation = read(spans, session)
        verdict = judge(talk, session, conversation)
        assert verdict.verdict in ("right", "told"), (verdict.verdict, verdict.why, verdict.got)
        spoken = [m.content for m in session.messages if m.content and m.role != "tool" and not m.calls]
        assert [turn.content for turn in conversation.dialogue if not turn.tool_calls] == spoken


def test_content_in_log_records_is_told() -> None:
    """Bedrock through botocore leaves no words on spans: a loss, and no turn."""
    talk = run("botocore")
    conversation = read(EMITTERS["botocore"].encode(talk), talk.sessions[0])
    assert not conversation.turns
    assert conversation.losses
