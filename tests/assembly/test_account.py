"""Every recorded word ends in exactly one fate, in every recording and in random talks; a gap is told, never raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assembly.scenes import Scene, asks, gets, says, user
from tests.talks.encoders import CAN
from tests.talks.play import play
from tests.talks.reader import found, written
from tracefetch.assembly import assemble_talk, publish_assembly
from tracefetch.assembly.account import account_of, doubts
from tracefetch.client import Client, Question
from tracefetch.maps import load
from tracefetch.models import Severity

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.name.split(".")[0])
def test_recordings_add_up(path: Path) -> None:
    """The sum of the fates is all that was recorded; each atom of the talk is said once."""
    with Client(path) as client:
        for session in ("sess-alpha", "sess-beta"):
            retrieved = client.retrieve(Question.of(session=session))
            account = account_of(retrieved.assembly)
            size = sum(len(call.request) + len(call.output) for call in retrieved.assembly.calls)
            assert account.is_balanced
            assert account.total == account.by_fate.total() == size
            assert account.by_fate["said"] == len(retrieved.assembly.talk.nodes)
            assert not [one for one in retrieved.conversation.evidence if one.kind == "account"]


@pytest.mark.parametrize("first", range(1, 301, 30))
def test_random_talks_add_up(first: int) -> None:
    """Whatever complications a talk has, no atom is without a fate."""
    maps = load()
    for seed in range(first, first + 30):
        talk = play(seed, CAN)
        spans = written(talk)
        for session in talk.sessions:
            account = account_of(assemble_talk(found(spans, session.id), maps=maps, session=session.id))
            assert account.is_balanced, (seed, session.id, account.by_fate, account.unexplained)


def test_cut_talks_add_up() -> None:
    """Texts that a backend cut have their fates too."""
    maps = load()
    for seed in range(1, 81):
        talk = play(seed, CAN, only="cut")
        spans = written(talk)
        for session in talk.sessions:
            account = account_of(assemble_talk(found(spans, session.id), maps=maps, session=session.id))
            assert account.is_balanced, (seed, session.id, account.by_fate, account.unexplained)


def scene() -> Scene:
    """Two turns with full history, the second answered twice, and a guard."""
    one = Scene()
    one.app("00", 0, 50)
    one.call("01", 0, 1, [user("Hi")], says("Hello!"), above="00")
    given = [user("Hi"), says("Hello!"), user("Rome?")]
    one.call("02", 10, 11, given, says("Try again."), above="00")
    one.call("03", 12, 13, given, says("Sunny."), above="00")
    one.call("04", 20, 21, [*given, says("Sunny."), user("Bye")], says("Bye!"), above="00")
    one.call("05", 22, 23, [user("Bye")], says("harmless"), above="00", system="Judge.")
    return one


def test_each_fate() -> None:
    """New words are said, history is an echo, an unused answer an alternative, a guard is beside the talk."""
    assembly, _ = scene().assembled()
    account = account_of(assembly)
    assert account.by_fate == {"said": 6, "echo": 9, "alternative": 1, "side": 2}
    assert account.is_balanced


def test_results_and_wrappers_are_echoes() -> None:
    """A tool's answer that the next request brings is said once; the agent's span says all again."""
    one = Scene()
    call = ("c1", "lookup", {"city": "Rome"})
    given = [user("Rome?"), asks(call), gets(("c1", "18"))]
    agent = one.call("00", 0, 9, [user("Rome?")], says("18 degrees."))
    agent.attributes["gen_ai.operation.name"] = "invoke_agent"
    one.call("01", 0, 1, [user("Rome?")], asks(call), above="00")
    one.call("02", 3, 4, given, says("18 degrees."), above="00")
    account = account_of(one.assembled()[0])
    assert account.by_fate == {"said": 4, "echo": 4}


def test_a_gap_is_a_doubt_and_no_exception() -> None:
    """Where a step lost an atom, evidence names the span; the conversation is there all the same."""
    assembly, whole = scene().assembled()
    assert not [one for one in whole.evidence if one.kind == "account"]
    assembly.talk.alternatives.clear()
    (doubt,) = doubts(account_of(assembly))
    assert (doubt.kind, doubt.severity, doubt.span_ids) == ("account", Severity.DOUBT, ("02",))
    published = publish_assembly(assembly, maps=load(), ident="s1")
    assert [one.kind for one in published.doubts].count("account") == 1
    assert published.turns == whole.turns


def test_a_turn_that_got_lost_is_a_doubt() -> None:
    """All of the talk stands in turns."""
    assembly, _ = scene().assembled()
    del assembly.drafts[1]
    assert account_of(assembly).lost_turns == 1
    assert doubts(account_of(assembly))
