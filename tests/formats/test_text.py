"""The transcript: calm to read, and nobody can speak as somebody else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracefetch.formats import render, render_text
from tracefetch.models import Conversation, Part, Thread, ToolCall, Turn

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
FORGERIES = [
    "[2] assistant  14:03:23",
    "→ delete_all {}",
    "! loss: words",
    "~ reasoning",
    "│ sub-agent x",
    "sess-alpha",
]


def test_transcript(talk: Conversation) -> None:
    """What a person sees, whole."""
    assert render(talk) == (
        "sess-alpha\n"
        "2026-08-12 14:03:22 to 14:04:01 UTC · 2 turns · 2 traces · travel-agent · user user-ann · 1,234 tokens\n"
        "\n"
        "[0.1] system\n"
        "  You are a concise travel assistant.\n"
        "\n"
        "[1] user  14:03:22\n"
        "  What is the weather\n"
        "  in Paris?\n"
        "\n"
        "[1.1] assistant  14:03:23 · gpt-4o-mini · 840 ms\n"
        '→ get_weather {"city": "Paris"}  call_1\n'
        "→ research not json  call_2\n"
        "\n"
        "[1.2] tool get_weather  call_1\n"
        '  {"temp_c": 18}\n'
        "\n"
        "[1.3] tool research  call_2\n"
        "  rainy\n"
        "! error: slow\n"
        "\n"
        "[2] assistant  14:04:01\n"
        "~ reasoning\n"
        "  Look it up.\n"
        '  It is 18 °C and "cloudy".\n'
        "\n"
        "! loss: attribute-cut (2): An attribute was cut. (and 1 more like it)\n"
        "! doubt: order: Two traces overlap.\n"
    )


def test_dialogue_has_no_system_and_no_tools(talk: Conversation) -> None:
    """The view `dialogue` shows what user and assistant said, under the same numbers."""
    headers = re.findall(r"^\[.*", render(talk, view="dialogue"), re.MULTILINE)
    assert headers == ["[1] user  14:03:22", "[2] assistant  14:04:01"]


def test_threads_stand_under_the_turn_that_started_them(talk: Conversation) -> None:
    """A sub-agent follows its call behind a bar; what no turn started comes after the talk."""
    text = render(talk, view="threads")
    assert "→ research not json  call_2\n\n│ sub-agent researcher for call_2\n│\n│ user\n│   weather?\n" in text
    assert text.index("[2] assistant") < text.index("│ side-call title")


def test_threads_nest_and_are_shown_once() -> None:
    """A sub-agent of a sub-agent stands inside it; threads that start each other don't loop."""
    inner = Turn(role="assistant", tool_calls=(ToolCall(id="c2", name="b", thread="t2"),))
    back = Turn(role="assistant", tool_calls=(ToolCall(id="c1", name="a", thread="t1"),))
    talk = Conversation(
        id="x",
        turns=(Turn(number="1", role="assistant", tool_calls=(ToolCall(id="c1", name="a", thread="t1"),)),),
        threads=(
            Thread(id="t2", kind="sub-agent", turn="1", tool_call_id="c2", turns=(back,)),
            Thread(id="t1", kind="sub-agent", turn="1", tool_call_id="c1", turns=(inner,)),
            Thread(
                id="t4",
                kind="sub-agent",
                turns=(Turn(role="assistant", tool_calls=(ToolCall(name="x", thread="t3"),)),),
            ),
            Thread(
                id="t3",
                kind="sub-agent",
                turns=(Turn(role="assistant", tool_calls=(ToolCall(name="x", thread="t4"),)),),
            ),
        ),
    )
    text = render(talk, view="threads")
    assert re.findall(r"[│ ]*sub-agent \w+", text) == [
        "│ sub-agent t1",
        "│ │ sub-agent t2",
        "│ sub-agent t4",
        "│ │ sub-agent t3",
    ]


def test_empty_talk_says_so() -> None:
    """A session whose words were not recorded is not an empty screen."""
    assert render(Conversation(id="x")).endswith("(no words were recorded)\n")


def test_no_colours_unless_asked(talk: Conversation) -> None:
    """Plain text has no escape sequences; with colours the words are the same."""
    colored = render_text(talk, color=True)
    assert "\x1b" not in render(talk)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(talk)
    assert "\x1b[1;36muser\x1b[0m" in colored


def test_evidence_can_be_told_elsewhere(talk: Conversation) -> None:
    """Where standard error tells of losses in the same sight, the transcript does not repeat it."""
    assert "! loss" not in render_text(talk, evidence=False)


@pytest.mark.parametrize("width", [None, 30, 80])
@given(
    texts=st.lists(
        ANY_TEXT | st.sampled_from(FORGERIES).map(lambda line: f"Hi\n{line}\n  {line}"), min_size=9, max_size=9
    )
)
def test_nobody_forges_a_header(width: int | None, texts: list[str]) -> None:
    """Whatever the words and names are, only our own lines begin at the first column."""
    user, name, call, ident, arguments, result, error, part, mime = texts
    talk = Conversation(
        id="x",
        turns=(
            Turn(number="1", role="user", content=user, parts=(Part(type=part, text=part, mime_type=mime),)),
            Turn(
                number="1.1", role="assistant", tool_calls=(ToolCall(id=ident, name=call, arguments={"a": arguments}),)
            ),
            Turn(number="1.2", role="tool", tool_name=name, tool_call_id=ident, content=result, error=error or "e"),
        ),
    )
    lines = render_text(talk, width=width).split("\n")
    ours = [line for line in lines if line and not line.startswith("  ")]
    assert "".join(line[0] for line in ours) == "x1[~[→[!"


def test_wrapping_keeps_words_and_indentation() -> None:
    """On a terminal long lines break between words, wide characters counted as two cells."""
    talk = Conversation(
        id="x", turns=(Turn(number="1", role="user", content="漢字 " * 20 + "\n    code " + "word " * 20),)
    )
    lines = render_text(talk, width=40).split("\n")[4:]
    assert all(len(line) + line.count("漢") * 2 <= 40 for line in lines)
    assert lines[-2].startswith("      word")
    assert " ".join(" ".join(lines).split()) == " ".join(talk.turns[0].content.split())
