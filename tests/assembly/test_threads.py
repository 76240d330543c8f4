"""Sub-agents and side calls: threads of their own, reachable from what started them, never mixed into the talk."""

from __future__ import annotations

import pytest

from tests.assembly.scenes import Scene, asks, gets, says, user
from tests.talks.encoders import CAN
from tests.talks.play import play
from tests.talks.reader import found, written
from tracefetch.assembly import assemble_talk, publish_assembly
from tracefetch.maps import load
from tracefetch.models import Conversation, Thread

MAIN = "You help people to travel."
EXPERT = "You know the weather."


def lines(thread: Thread | Conversation) -> list[tuple[str, str]]:
    return [(turn.role, turn.content or ",".join(call.name for call in turn.tool_calls)) for turn in thread.turns]


def with_expert(*, tool_above: bool = True) -> Scene:
    """A question that a tool answers, in which an agent of its own asks a tool of its own."""
    scene = Scene()
    scene.app("00", 0, 10)
    ask, inner = ("c1", "expert", {"task": "Rome"}), ("c1", "lookup", {"city": "Rome"})
    scene.call("01", 0, 1, [user("Weather in Rome?")], asks(ask), above="00", system=MAIN)
    scene.tool("02", 1, 8, ask, "It is sunny.", above="00")
    above = "02" if tool_above else "00"
    scene.call("03", 2, 3, [user("Rome")], asks(inner), above=above, system=EXPERT, agent="expert")
    scene.tool("04", 3, 4, inner, "18", above=above)
    history = [user("Rome"), asks(inner), gets(("c1", "18"))]
    scene.call("05", 4, 5, history, says("It is sunny."), above=above, system=EXPERT, agent="expert")
    given = [user("Weather in Rome?"), asks(ask), gets(("c1", "It is sunny."))]
    scene.call("06", 8, 9, given, says("Sunny, 18 degrees."), above="00", system=MAIN)
    return scene


@pytest.mark.parametrize("tool_above", [True, False], ids=["below the tool", "in the tool's time"])
def test_a_sub_agent_is_one_thread_of_its_tool_call(tool_above: bool) -> None:
    """Its calls are one thread, its history once; the call that started it leads there and back."""
    talk = with_expert(tool_above=tool_above).read()
    assert lines(talk) == [
        ("system", MAIN), ("user", "Weather in Rome?"), ("assistant", "expert"), ("tool", "It is sunny."),
        ("assistant", "Sunny, 18 degrees."),
    ]  # fmt: skip
    (thread,) = talk.threads
    assert lines(thread) == [
        ("system", EXPERT), ("user", "Rome"), ("assistant", "lookup"), ("tool", "18"), ("assistant", "It is sunny."),
    ]  # fmt: skip
    (call,) = talk.turns[2].tool_calls
    assert (thread.kind, thread.name, thread.turn) == ("sub-agent", "expert", talk.turns[2].number)
    assert call.thread == thread.id
    assert thread.tool_call_id == call.id
    assert [turn.number for turn in thread.turns] == ["0.1", "1", "1.1", "1.2", "2"]


def test_ids_of_calls_are_unique_in_the_conversation() -> None:
    """A sub-agent that counts its calls from one again does not share ids with the talk."""
    talk = with_expert().read()
    turns = [*talk.turns, *(turn for thread in talk.threads for turn in thread.turns)]
    ids = [call.id for turn in turns for call in turn.tool_calls]
    assert len(set(ids)) == len(ids) == 2
    assert [turn.tool_call_id for turn in turns if turn.role == "tool"] == ids


def test_runs_side_by_side_are_threads_each() -> None:
    """One agent in two calls at once: two threads, each at its own call."""
    scene = Scene()
    scene.app("00", 0, 10)
    calls = [("c1", "expert", {"task": "Rome"}), ("c2", "expert", {"task": "Bern"})]
    scene.call("01", 0, 1, [user("Rome or Bern?")], asks(*calls), above="00", system=MAIN)
    for place, (call, answer) in enumerate(zip(calls, ("18", "9"), strict=True)):
        scene.tool(f"1{place}", 1, 5, call, answer, above="00")
        scene.call(f"2{place}", 2, 3, [user(call[2]["task"])], says(answer), above=f"1{place}", system=EXPERT)
    given = [user("Rome or Bern?"), asks(*calls), gets(("c1", "18"), ("c2", "9"))]
    scene.call("06", 8, 9, given, says("Rome."), above="00", system=MAIN)
    talk = scene.read()
    started = {call.thread: call.arguments["task"] for turn in talk.turns for call in turn.tool_calls}
    assert {thread.id: thread.turns[1].content for thread in talk.threads} == started


def test_an_agent_of_an_agent_hangs_on_its_call() -> None:
    """Nested: the inner thread's call is in the outer thread; the turn is the talk's that began it all."""
    scene = Scene()
    scene.app("00", 0, 20)
    one, two = ("c1", "expert", {"task": "Rome"}), ("d1", "archive", {"year": 1900})
    scene.call("01", 0, 1, [user("Was Rome warmer once?")], asks(one), above="00", system=MAIN)
    scene.tool("02", 1, 15, one, "No.", above="00")
    scene.call("03", 2, 3, [user("Rome")], asks(two), above="02", system=EXPERT)
    scene.tool("04", 3, 10, two, "17", above="02")
    scene.call("05", 4, 5, [user("1900")], says("17"), above="04", system="You keep the archive.")
    scene.call("06", 10, 11, [user("Rome"), asks(two), gets(("d1", "17"))], says("No."), above="02", system=EXPERT)
    given = [user("Was Rome warmer once?"), asks(one), gets(("c1", "No."))]
    scene.call("07", 15, 16, given, says("No, it was not."), above="00", system=MAIN)
    talk = scene.read()
    outer, inner = talk.threads
    calls = {call.thread: call.id for turn in outer.turns for call in turn.tool_calls}
    assert calls == {inner.id: inner.tool_call_id}
    assert inner.turn == outer.turn == talk.turns[2].number
    assert lines(inner)[-1] == ("assistant", "17")


def two_turns_with_side_calls() -> Scene:
    """A guard before each answer and a title after the first, all given the whole history."""
    scene = Scene()
    history: list[dict[str, object]] = []
    for number, (question, answer) in enumerate((("Is it warm?", "Yes, 18."), ("And in Bern?", "No, 9."))):
        scene.trace = str(number) * 32
        at = number * 100
        scene.app(f"{number}0", at, at + 10)
        given = [*history, user(question)]
        scene.call(f"{number}1", at, at + 1, given, says("harmless"), above=f"{number}0", system="Judge.")
        scene.call(f"{number}2", at + 2, at + 3, given, says(answer), above=f"{number}0", system=MAIN)
        history = [*given, says(answer)]
        if number == 0:
            asked = [*history, user("Write a title.")]
            scene.call("03", 4, 5, asked, says("Warmth"), above="00", system="Name talks.")
    return scene


def test_side_calls_stand_under_their_turn() -> None:
    """A guard under the question that it judged, a title under the turn that it came after."""
    talk = two_turns_with_side_calls().read()
    assert [turn.content for turn in talk.dialogue] == ["Is it warm?", "Yes, 18.", "And in Bern?", "No, 9."]
    assert {thread.kind for thread in talk.threads} == {"side-call"}
    assert [(thread.turn, thread.turns[-1].content) for thread in talk.threads] == [
        ("1", "harmless"), ("1", "Warmth"), ("3", "harmless"),
    ]  # fmt: skip


def test_a_side_call_does_not_tell_the_talk_again() -> None:
    """The history that it was given is the talk's: only its own words are its thread's."""
    threads = two_turns_with_side_calls().read().threads
    assert lines(threads[1]) == [("system", "Name talks."), ("user", "Write a title."), ("assistant", "Warmth")]
    assert lines(threads[2]) == [("system", "Judge."), ("user", "And in Bern?"), ("assistant", "harmless")]


def test_a_fresh_session_below_is_a_thread() -> None:
    """An agent with a conversation id of its own, below a span of the session, is a sub-agent."""
    scene = Scene()
    scene.app("00", 0, 10)
    scene.call("01", 1, 2, [user("Hi")], says("One moment."), above="00", system=MAIN)
    scene.app("02", 3, 6, above="00", name="expert run")
    scene.spans[-1].attributes.clear()
    scene.call("03", 4, 5, [user("Say hello")], says("Hello!"), above="02", system=EXPERT, session="other")
    talk = scene.read()
    (thread,) = talk.threads
    assert (thread.kind, thread.name, thread.turn) == ("sub-agent", "expert run", "1")
    assert [turn.content for turn in talk.dialogue] == ["Hi", "One moment."]


@pytest.mark.parametrize("seed", range(1, 121))
def test_every_call_beside_the_talk_is_in_a_thread(seed: int) -> None:
    """Random talks: what a side call or a sub-agent answered stands in a thread that hangs on the talk."""
    maps = load()
    talk = play(seed, CAN)
    spans = written(talk)
    for session in talk.sessions:
        assembly = assemble_talk(found(spans, session.id), maps=maps, session=session.id)
        conversation = publish_assembly(assembly, maps=maps, ident=session.id)
        told = {turn.content.strip() for thread in conversation.threads for turn in thread.turns}
        answers = [atom.text.strip() for call in assembly.beside for atom in call.output[-1:] if atom.kind != "call"]
        assert set(answers) <= told
        numbers = {turn.number for turn in conversation.turns}
        assert all(thread.turn in numbers for thread in conversation.threads if conversation.turns)
