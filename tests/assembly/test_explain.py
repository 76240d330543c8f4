"""The explanation: every span with what it gave, why, and what no map read, with the map that would."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.assembly.scenes import Scene, asks, gets, says, user
from tracefetch.assembly import assemble_talk, publish_assembly
from tracefetch.assembly.account import account_of
from tracefetch.assembly.explanation import HOW, explain
from tracefetch.client import Client, Question
from tracefetch.formats import explanation_document, json_text, render_explanation
from tracefetch.maps import load
from tracefetch.models import Event, Span
from tracefetch.models.explanation import Explanation, SpanAccount

PACKAGE = Path(__file__).parents[2] / "tracefetch"
RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
NAMES = sorted(path.name.split(".")[0] for path in RECORDINGS.glob("*.json"))
# What they were told stands in no attribute: in log records, or nowhere.
WITHOUT_WORDS = {"autogen_agent", "otel_openai_v2_legacy"}
BY_MESSAGE = {"custom_messages", "custom_turns"}  # read by the plain map


def explained(spans: list[Span], *, session: str = "s1") -> Explanation:
    maps = load()
    found = assemble_talk(spans, maps=maps, session=session)
    return explain(found, publish_assembly(found, maps=maps, ident=session), maps)


def by_id(found: Explanation) -> dict[str, SpanAccount]:
    return {span.span_id: span for span in found.spans}


@pytest.mark.parametrize("name", NAMES)
def test_every_span_of_a_recording_is_accounted_for(name: str) -> None:
    """Each span once, with a verdict; the fates add up; whole recordings point at nothing unread."""
    with Client(RECORDINGS / f"{name}.otlp.json") as client:
        retrieved = client.retrieve(Question.of(session="sess-alpha"))
        found = client.explain(session="sess-alpha")
    spans = [s for s in retrieved.assembly.forest.spans if s.trace_id in found.conversation.trace_ids]
    assert sorted(span.span_id for span in found.spans) == sorted(span.span_id for span in spans)
    assert all(span.verdict for span in found.spans)
    assert found.fates == dict(account_of(retrieved.assembly).by_fate)
    assert [span.unread for span in found.spans if span.unread] == []
    assert found.suggested_map == ""
    turns = [number for span in found.spans for number in span.turns]
    assert sorted(turns) == sorted(turn.number for turn in found.conversation.turns)
    assert json.loads(json_text(explanation_document(found)))["spans"]


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_WORDS - BY_MESSAGE))
def test_the_suggested_map_reads_an_unknown_convention(name: str, tmp_path: Path) -> None:
    """With no map for its convention a recording's words are pointed at, and the map that is offered reads answers."""
    address, known = RECORDINGS / f"{name}.otlp.json", load().session_attributes
    with Client(address) as client:
        answers = {turn.content for turn in client.get(session="sess-alpha").dialogue if turn.role == "assistant"}
    with Client(address, conventions=["plain"], session_attributes=known) as client:
        blind = client.explain(session="sess-alpha")
    assert blind.suggested_map, [span.name for span in blind.spans]
    mine = tmp_path / "mine.toml"
    mine.write_text(blind.suggested_map, "utf-8")
    with Client(address, attribute_maps=[str(mine)], conventions=["mine"], session_attributes=known) as client:
        read = {turn.content for turn in client.get(session="sess-alpha").turns}
    assert answers & read


def test_what_each_span_gave() -> None:
    """Spoke, echoed, ran a tool, or had no words; with the map, the attribute and the reason."""
    scene = Scene()
    scene.app("00", 0, 9)
    call = ("c1", "lookup", {"city": "Rome"})
    given = [user("Rome?"), asks(call), gets(("c1", "18"))]
    agent = scene.call("01", 0, 8, [user("Rome?")], says("18 degrees."), above="00")
    agent.attributes["gen_ai.operation.name"] = "invoke_agent"
    scene.call("02", 0, 1, [user("Rome?")], asks(call), above="01")
    scene.tool("03", 1, 2, call, "18", above="01")
    scene.call("04", 3, 4, given, says("18 degrees."), above="01")
    scene.call("05", 5, 6, [user("Rome?")], says("harmless"), above="00", system="Judge.")
    spans = by_id(explained(scene.spans))
    assert [(s.span_id, s.depth) for s in spans.values()] == [
        ("00", 0), ("01", 1), ("02", 2), ("03", 2), ("04", 2), ("05", 1),
    ]  # fmt: skip
    verdicts = {ident: span.verdict for ident, span in spans.items()}
    assert verdicts == {
        "00": "no words", "01": "echo", "02": "spoke", "03": "ran a tool", "04": "spoke", "05": "side-call in thread-1",
    }  # fmt: skip
    assert spans["01"].reason == "says what 04 says"
    assert spans["04"].fates == {"said": 1, "echo": 3} or spans["04"].fates == {"said": 2, "echo": 2}
    assert "(2 of 3)" in spans["04"].reason
    assert spans["02"].sources["input"] == "genai: gen_ai.input.messages"
    assert spans["03"].turns == ("1.2",)
    assert spans["05"].thread == "thread-1"
    assert spans["05"].reason == "no later request holds its answer"


def test_words_under_names_that_no_map_knows(tmp_path: Path) -> None:
    """Texts, lists in flat keys and events are pointed at; numbers, ids, urls and settings are not."""
    span = Span("a" * 32, "01", "ask", None, 1_000, 2_000, {
        "session.id": "s1", "acme.question": "Is it warm?", "acme.answer": "Yes, it is.",
        "acme.tokens": 12, "acme.answer.id": "0f3c", "http.url": "http://host/what is this", "acme.model": "big one",
        "acme.history.0.role": "user", "acme.history.0.content": "Hello there",
        "acme.settings": '{"temperature": 0, "top_p": 1}',
    })  # fmt: skip
    span.events = [
        Event("acme.said", 1_500, {"text": "An aside of mine."}), Event("exception", 1_600, {"text": "It is broken."})
    ]  # fmt: skip
    found = explained([span])
    lines = {one.name: one.map_line for one in found.spans[0].unread}
    assert lines == {
        "acme.history": "", "acme.question": "prompt=acme.question", "acme.answer": "response=acme.answer",
        "acme.said#text": "",
    }  # fmt: skip
    assert found.spans[0].reason == "no map recognises it"
    mine = tmp_path / "mine.toml"
    mine.write_text(found.suggested_map, "utf-8")
    maps = load(attribute_maps=[mine])
    talk = publish_assembly(assemble_talk([span], maps=maps, session="s1"), maps=maps, ident="s1")
    assert "Yes, it is." in [turn.content for turn in talk.turns]


def test_attribute_line_reads_it() -> None:
    """What is offered for `--attribute` is taken by it."""
    attributes = {"session.id": "s1", "acme.question": "Is it warm?", "acme.answer": "Yes, it is."}
    span = Span("a" * 32, "01", "ask", None, 1_000, 2_000, attributes)
    lines = [one.map_line for one in explained([span]).spans[0].unread]
    maps = load(attributes=dict(line.split("=") for line in lines))
    talk = publish_assembly(assemble_talk([span], maps=maps, session="s1"), maps=maps, ident="s1")
    assert [(t.role, t.content) for t in talk.turns] == [("user", "Is it warm?"), ("assistant", "Yes, it is.")]


def test_what_could_not_be_read_is_told() -> None:
    """A value that breaks off is named on its span."""
    scene = Scene()
    span = scene.call("01", 0, 1, [user("Rome? " * 30)], says("Sunny."))
    span.attributes["gen_ai.input.messages"] = span.attributes["gen_ai.input.messages"][:100]
    (account,) = explained(scene.spans).spans
    assert account.problems == ("gen_ai.input.messages: cut: the JSON text breaks off",)
    assert "! gen_ai.input.messages: cut" in render_explanation(explained(scene.spans))


def test_another_sessions_spans_are_told() -> None:
    """A trace of two sessions: what is left out, and whose it is."""
    scene = Scene()
    scene.app("00", 0, 9, name="batch")
    scene.spans[0].attributes.clear()
    scene.call("01", 1, 2, [user("Mine")], says("Yours."), above="00")
    scene.call("02", 3, 4, [user("Theirs")], says("Not yours."), above="00", session="s2")
    spans = by_id(explained(scene.spans))
    assert (spans["02"].verdict, spans["02"].reason) == ("another session", "s2")
    assert spans["00"].verdict == "left out"
    assert spans["02"].sources == {}


def test_a_circle_of_parents_ends() -> None:
    """Spans that are each other's parents are listed once."""
    scene = Scene()
    scene.call("01", 0, 1, [user("Hi")], says("Hello."), above="02")
    scene.app("02", 0, 2, above="01")
    assert sorted(by_id(explained(scene.spans))) == ["01", "02"]


def test_a_map_is_offered_with_hostile_names(tmp_path: Path) -> None:
    """Names with quotes, backslashes and control characters are written so that the map can be read."""
    name = 'acme."quo\\te"\n.answer'
    span = Span("a" * 32, "01", "ask", None, 1_000, 2_000, {"session.id": "s1", name: "Yes, it is."})
    mine = tmp_path / "mine.toml"
    mine.write_text(explained([span]).suggested_map, "utf-8")
    assert name in load(attribute_maps=[mine]).maps[0].names


def test_every_way_to_go_on_has_words() -> None:
    """Whatever the laying calls its find, a person reads a sentence."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (PACKAGE / "assembly").glob("*.py")]
    calls = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "Found"]
    ways = {word.value for call in calls for word in ast.walk(call.args[2]) if isinstance(word, ast.Constant)}
    assert len(ways) > 8
    assert ways - {None} <= set(HOW)
