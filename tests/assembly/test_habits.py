"""Habits of agent frameworks that recordings of them showed, one small scene each."""

from __future__ import annotations

import json
from typing import Any

from tests.assembly.scenes import Scene, Words, asks, gets, says, user
from tracefetch.models import Conversation, Span

SYSTEM = "You are a travel agent."


def lines(conversation: Conversation) -> list[str]:
    """`role: text`, and the names of calls."""
    return [
        f"{turn.role}: {turn.content or ' '.join(call.name for call in turn.tool_calls)}" for turn in conversation.turns
    ]


def unnamed(result: str) -> Words:
    """A tool's answer that names no call."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "response": result}]}


def test_a_failed_question_in_the_next_turn_is_said_again() -> None:
    """The same words after a failed request, in a trace of their own and behind the same history, are a second turn."""
    scene = Scene()
    first = [user("Is rye better?")]
    history = [*first, says("It is denser."), user("And spelt?")]
    for at, (given, answer) in enumerate([(first, says("It is denser.")), (history, None), (history, says("Sweet."))]):
        scene.trace = f"{at + 1}" * 32
        scene.app(f"{at}0", at * 10, at * 10 + 5)
        span = scene.call(f"{at}1", at * 10 + 1, at * 10 + 4, given, answer or says(""), above=f"{at}0", system=SYSTEM)
        if answer is None:
            del span.attributes["gen_ai.output.messages"]
            span.error = True
    scene.trace = "4" * 32
    scene.app("30", 30, 35)
    later = [*history, says("Sweet."), user("Thanks")]
    scene.call("31", 31, 34, later, says("Bye."), above="30", system=SYSTEM)
    assert [line for line in lines(scene.read()) if line == "user: And spelt?"] == ["user: And spelt?"] * 2


def test_questions_wrapped_in_other_words_are_side_calls() -> None:
    """A guard and a title without a system prompt outnumber the one answer that the user got."""
    scene = Scene()
    scene.app("00", 0, 9)
    question = "Where can I swim cheaply?"
    for at, (text, answer) in enumerate([(f"Is this harmful? {question}", "no"), (f"A title for: {question}", "Swim")]):
        scene.app(f"a{at}", at, at + 0.8, above="00", name="side")
        scene.call(f"b{at}", at + 0.1, at + 0.7, [user(text)], says(answer), above=f"a{at}")
    scene.app("a2", 3, 5, above="00", name="agent")
    scene.call("b2", 3.1, 4.9, [user(question)], says("In Puglia."), above="a2", system=SYSTEM)
    assert lines(scene.read()) == [f"system: {SYSTEM}", f"user: {question}", "assistant: In Puglia."]


def _two_tools(
    results: list[Words], answers: tuple[str | None, str | None], given: Words | None = None
) -> Conversation:
    """A call asks for two tools; the next one is given `results`; the tools' spans have `answers`."""
    scene = Scene()
    scene.app("00", 0, 9)
    calls: tuple[Any, Any] = (("c1", "f", {"n": 1}), ("c2", "g", {"n": 2}))
    said = {"role": "assistant", "parts": [*says("Let me see.")["parts"], *asks(*calls)["parts"]]}
    scene.call("01", 1, 2, [user("Go")], said, above="00", system=SYSTEM)
    for at, (call, answer) in enumerate(zip(calls, answers, strict=True)):
        span = scene.tool(f"0{at + 2}", 2 + at / 10, 2.1 + at / 10, call, answer or "", above="00")
        del span.attributes["gen_ai.tool.call.id"]
        if answer is None:
            del span.attributes["gen_ai.tool.call.result"]
            span.error = True
    scene.call("05", 3, 4, [user("Go"), given or said, *results], says("Done."), above="00", system=SYSTEM)
    return scene.read()


def test_joined_answers_are_told_one_by_one() -> None:
    """Answers of parallel calls that a framework wrote into one message are each call's own."""
    found = _two_tools([unnamed("one\ntwo")], ("one", "two"))
    assert [(turn.tool_call_id, turn.content) for turn in found.turns if turn.role == "tool"] == [
        ("c1", "one"),
        ("c2", "two"),
    ]
    assert (found.losses, found.doubts) == ((), ())


def test_a_failed_round_keeps_its_calls() -> None:
    """The history after a failed step has neither its calls nor the other tool's answer; the spans have both."""
    found = _two_tools([unnamed("Error: g failed")], ("one", None), given=says("Let me see."))
    assert lines(found)[2:] == ["assistant: Let me see.", "tool: one", "tool: Error: g failed", "assistant: Done."]
    assert [call.name for turn in found.turns for call in turn.tool_calls] == ["f", "g"]
    assert [turn.tool_call_id for turn in found.turns if turn.role == "tool"] == ["c1", "c2"]
    assert (found.losses, found.doubts) == ((), ())


def test_another_agents_prompt_does_not_part_an_answer_from_its_call() -> None:
    """After a handoff the new system text stands behind the tool's answer that the new agent was given."""
    scene = Scene()
    scene.app("00", 0, 9)
    call = ("c1", "transfer", {"to": "booking"})
    scene.call("01", 1, 2, [user("Book")], asks(call), above="00", system=SYSTEM)
    scene.call("02", 3, 4, [user("Book"), asks(call), gets(("c1", "ok"))], says("Booked."), above="00", system="Book.")
    assert [turn.role for turn in scene.read().turns] == ["system", "user", "assistant", "tool", "system", "assistant"]


def test_an_sdks_own_span_beside_an_instrumentations() -> None:
    """A call without words is no loss where it names the response that another span tells."""

    def told(response: str) -> list[str]:
        scene = Scene()
        scene.app("00", 0, 9)
        scene.call("01", 1, 2, [user("Hi")], says("Hello."), above="00").attributes["gen_ai.response.id"] = "msg_1"
        facts = {"gen_ai.operation.name": "chat", "gen_ai.response.id": response, "gen_ai.usage.output_tokens": 5}
        span = Span(scene.trace, "02", "messages.create", "00", scene.spans[1].start_ns, scene.spans[1].end_ns, facts)
        scene.spans.append(span)
        return [one.kind for one in scene.read().losses]

    assert told("msg_1") == []
    assert told("msg_2") == ["content-not-captured"]


def test_an_equal_run_in_another_trace_is_another_turn() -> None:
    """Agents that record each run whole and keep no history: the same question with the same tools, twice."""
    scene = Scene()
    call = ("c1", "f", {"n": 1})
    for at, answer in enumerate(("First.", "Second.")):
        scene.trace = f"{at + 1}" * 32
        scene.app(f"{at}0", at * 10, at * 10 + 5)
        given = json.loads(json.dumps([user("Go"), asks(call), gets(("c1", "one"))]))
        scene.call(f"{at}1", at * 10 + 1, at * 10 + 4, given, says(answer), above=f"{at}0", system=SYSTEM)
    found = scene.read()
    run = ["user: Go", "assistant: f", "tool: one"]
    assert lines(found)[1:] == [*run, "assistant: First.", *run, "assistant: Second."]
    assert not found.doubts


def test_a_frameworks_ids_below_the_applications_are_no_sessions() -> None:
    """Pydantic AI gives each run without history an id: two tries in one trace are no batch, and no sessions."""
    scene = Scene()
    scene.app("00", 0, 9)
    for at, answer in enumerate((None, says("Denser."))):
        scene.call(f"a{at}", at, at + 0.8, [user("Is rye better?")], says(""), above="00", session=f"run-{at}")
        span = scene.call(
            f"b{at}", at, at + 0.7, [user("Is rye better?")], answer or says(""), above=f"a{at}", session=f"run-{at}"
        )
        span.error = answer is None
    found, conversation = scene.assembled()
    assert list(found.sessions.listed()) == ["s1"]
    assert lines(conversation) == ["user: Is rye better?", "assistant: Denser."]


def test_a_summary_in_the_questions_own_message() -> None:
    """Pydantic AI joins messages of the user's: the summary that a side call made was not said."""
    scene = Scene()
    summary = "The user lives in Graz and likes trains."
    scene.app("00", 0, 5)
    scene.call("01", 1, 2, [user("I live in Graz and like trains.")], says("Noted."), above="00", system=SYSTEM)
    scene.trace = "b" * 32
    scene.app("10", 10, 19)
    scene.call("11", 11, 12, [user("user: I live in Graz …")], says(summary), above="10", system="Summarise.")
    merged = user(f"Summary: {summary}\nA night train?")
    scene.call("12", 13, 14, [merged], says("Yes."), above="10", system=SYSTEM)
    scene.trace = "c" * 32
    scene.app("20", 20, 29)
    scene.call("21", 21, 22, [merged, says("Yes."), user("Book it")], says("Done."), above="20", system=SYSTEM)
    said = ["user: A night train?", "assistant: Yes.", "user: Book it", "assistant: Done."]
    found = scene.read()
    assert lines(found)[3:] == said
    assert not found.doubts


def test_calls_that_only_the_history_has_are_kept() -> None:
    """ADK's older spans hold the last piece of a stream: of two calls one, and the next request both, in turn."""
    scene = Scene()
    one, two = ("c1", "f", {"n": 1}), ("c2", "g", {"n": 2})
    scene.app("00", 0, 9)
    scene.call("01", 1, 2, [user("Go")], asks(two), above="00", system=SYSTEM)
    told = [user("Go"), asks(one), gets(("c1", "one")), asks(two), gets(("c2", "two"))]
    scene.call("02", 3, 4, told, says("Done."), above="00", system=SYSTEM)
    found = scene.read()
    assert lines(found)[2:] == ["assistant: f", "tool: one", "assistant: g", "tool: two", "assistant: Done."]
    assert (found.losses, found.doubts) == ((), ())
