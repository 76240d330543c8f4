"""Each kind of evidence has its severity and its spans, and a whole talk has none."""

from __future__ import annotations

from dataclasses import replace

from tests.assembly.scenes import SECOND, ZERO, Scene, asks, gets, says, user
from tracefetch.assembly import assemble
from tracefetch.maps import load
from tracefetch.models import Conversation, Span


def one_turn(ident: str, at: int, *, turn: int | None = None) -> Span:
    """A turn in a trace of its own, without history."""
    attributes = {"conversation.session_id": "s1", "llm.request.prompt": f"Question {ident}?"}
    attributes["llm.response.content"] = f"Answer {ident}."
    if turn is not None:
        attributes["conversation.turn_number"] = turn  # type: ignore[assignment]
    start = ZERO + at * SECOND
    return Span(ident * 16, ident, "chat", None, start, start + SECOND, attributes)


def told(conversation: Conversation) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.severity.value, one.kind, one.span_ids) for one in (*conversation.losses, *conversation.doubts)]


def read(*spans: Span) -> Conversation:
    return assemble(spans, maps=load(), session="s1")


def test_turns_of_one_instant() -> None:
    """Two turns that begin at the same time: their order is a guess, unless numbers or history tell it."""
    assert told(read(one_turn("01", 0), one_turn("02", 0))) == [("doubt", "order-guessed", ("01", "02"))]
    assert told(read(one_turn("01", 0, turn=2), one_turn("02", 0, turn=1))) == []
    assert told(read(one_turn("01", 0), one_turn("02", 5))) == []
    scene = Scene()
    scene.call("01", 0, 1, [user("Hello?")], says("Hi."))
    scene.trace = "b" * 32
    scene.call("02", 0, 1, [user("Hello?"), says("Hi."), user("Bye?")], says("Bye."))
    assert told(scene.read()) == []


def test_a_gap_in_turn_numbers() -> None:
    """The spans after a gap are named."""
    spans = (one_turn("01", 0, turn=1), one_turn("04", 9, turn=4), one_turn("05", 12, turn=5))
    assert told(read(*spans)) == [("loss", "turn-gap", ("04",))]


def test_everything_was_dropped() -> None:
    """A call without words whose counters say that something was dropped: that, not a setting, is the reason."""
    scene = Scene()
    scene.call("01", 0, 1, [user("Hello?")], says("Hi."))
    span = scene.spans[0]
    kept = {name: value for name, value in span.attributes.items() if "messages" not in name}
    for counted in (
        replace(span, attributes=kept, dropped_attributes=2),
        replace(span, attributes=kept, dropped_events=2),
    ):
        assert told(read(counted)) == [("loss", "attributes-dropped", ("01",))]
    assert told(read(replace(span, attributes=kept))) == [("loss", "content-not-captured", ("01",))]


def tool(ident: str, at: float, *, name: str = "weather") -> Span:
    """A tool's run in a trace of its own."""
    attributes = {"conversation.session_id": "s1", "tool.name": name, "tool.arguments": "{}", "tool.result": "18"}
    start = ZERO + int(at * SECOND)
    return Span(ident * 16, ident, name, None, start, start + SECOND // 10, attributes)


def test_a_tool_in_a_trace_of_its_own() -> None:
    """It ran for the call in whose time it ran; at any other time that is a doubt, and never silence."""
    placed = read(one_turn("01", 0), tool("02", 0.5), one_turn("03", 9))
    assert [turn.role for turn in placed.all] == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert told(placed) == []
    loose = read(one_turn("01", 0), tool("02", 5), one_turn("03", 9))
    assert [turn.role for turn in loose.all] == ["user", "assistant", "user", "assistant"]
    assert told(loose) == [("doubt", "tool-unplaced", ("02",))]


def test_a_tool_of_its_own_that_messages_tell() -> None:
    """What messages say of it already is not said twice, nor doubted."""
    scene = Scene()
    scene.call("01", 0, 1, [user("Warm?")], asks(("c1", "weather", {})))
    scene.call("02", 2, 3, [user("Warm?"), asks(("c1", "weather", {})), gets(("c1", "18 degrees"))], says("Yes."))
    conversation = read(*scene.spans, tool("03", 1.5))
    assert [turn.role for turn in conversation.all] == ["user", "assistant", "tool", "assistant"]
    assert told(conversation) == []


def test_a_tool_that_failed() -> None:
    """Its error is what came of it: a turn that has it, and nothing is missing; silence without an error is a loss."""
    scene = Scene()
    scene.app("0a", 0, 9)
    scene.call("01", 0, 1, [user("Warm?")], asks(("c1", "weather", {})), above="0a")
    scene.tool("02", 2, 3, ("c1", "weather", {}), "x", above="0a")
    silent = scene.spans.pop()
    del silent.attributes["gen_ai.tool.call.result"]
    failed = read(*scene.spans, replace(silent, error=True, error_message="boom"))
    assert [(turn.role, turn.content, turn.error) for turn in failed.all[1:]] == [
        ("assistant", "", None),
        ("tool", "", "boom"),
    ]
    assert told(failed) == []
    assert told(read(*scene.spans, silent)) == [("loss", "result-missing", ("02",))]
    dropped = replace(silent, error=True, dropped_attributes=1)
    assert ("loss", "result-missing", ("02",)) in told(read(*scene.spans, dropped))


def test_messages_with_spans_of_their_own() -> None:
    """Each turn names its own span, is from no history, and what lacks an answer is named by its span."""
    spans = [
        Span("a" * 32, ident, "message", None, ZERO + at * SECOND, ZERO + at * SECOND + 1,
             {"conversation.session_id": "s1", "conversation.role": role, "conversation.content": f"Words {at}."})
        for at, (ident, role) in enumerate([("01", "user"), ("02", "assistant"), ("03", "user")])
    ]  # fmt: skip
    conversation = read(*spans)
    assert [(turn.span_id, turn.from_history) for turn in conversation.all] == [(i, False) for i in ("01", "02", "03")]
    assert told(conversation) == [("doubt", "question-unanswered", ("03",))]
    assert "from-history" not in {one.kind for one in conversation.evidence}


def test_dropped_counters() -> None:
    """Where the words stand elsewhere too, a counter of dropped attributes, events or links is only a note."""
    scene = Scene()
    scene.app("0a", 0, 9)
    scene.call("01", 0, 1, [user("Hello?")], says("Hi."), above="0a")
    above, call = scene.spans
    for counted in (
        replace(above, dropped_attributes=3),
        replace(above, dropped_links=1),
        replace(above, dropped_events=2),
    ):
        conversation = read(counted, call)
        assert told(conversation) == []
        assert [one.span_ids for one in conversation.evidence if one.kind == "attributes-dropped"] == [("0a",)]
    torn = read(above, replace(call, dropped_attributes=1))
    assert told(torn) == [("loss", "attributes-dropped", ("01",))]
    assert len([one for one in torn.evidence if one.kind == "attributes-dropped"]) == 1


def test_messages_in_traces_of_their_own() -> None:
    """Without any context that is passed on, each message is a trace: its answer stands in the next."""
    spans = [
        Span(ident * 16, ident, "message", None, ZERO + at * SECOND, ZERO + at * SECOND + 1,
             {"conversation.session_id": "s1", "conversation.role": role, "conversation.content": f"Words {at}."})
        for at, (ident, role) in enumerate([("01", "user"), ("02", "assistant"), ("03", "user"), ("04", "assistant")])
    ]  # fmt: skip
    assert told(read(*spans)) == []
    assert told(read(*spans[:3])) == [("doubt", "question-unanswered", ("03",))]


def test_a_talk_said_again_from_the_start() -> None:
    """The same words under the same session, in new traces: what is not shown a second time is doubted, not dropped."""
    scene = Scene()
    first, second = [user("Hello?")], [user("Hello?"), says("Hi."), user("Bye?")]
    for place, (given, answer) in enumerate([(first, "Hi."), (second, "Bye.")] * 2):
        scene.trace = f"{place + 1:x}" * 32
        scene.app(f"a{place}", place * 60, place * 60 + 3)
        scene.call(f"c{place}", place * 60 + 1, place * 60 + 2, given, says(answer), above=f"a{place}")
    conversation = scene.read()
    if len(conversation.dialogue) < 8:
        assert {one.kind for one in conversation.doubts} == {"said-again"}
    else:
        assert told(conversation) == []
