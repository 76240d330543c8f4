"""What a row asks for: vars over config, ids that decide, numbers that YAML made."""

from __future__ import annotations

from typing import Any

import pytest

from tracefetch.errors import UsageError
from tracefetch.promptfoo.ask import Ask, read_index


def read(prompt: Any = "", defaults: dict[str, Any] | None = None, **row: Any) -> Ask:
    return Ask.read(prompt, row, defaults or {})


def test_the_prompt_is_the_id_where_no_var_names_one() -> None:
    """Its text is stripped, and left to be guessed."""
    ask = read("  sess_1\n", sessionId="")
    assert (ask.ident, ask.session, ask.trace) == ("sess_1", None, None)


@pytest.mark.parametrize(
    ("row", "session", "trace"),
    [
        ({"sessionId": "s"}, "s", None),
        ({"conversationId": "c"}, "c", None),
        ({"traceId": "abc"}, None, "abc"),
        ({"sessionId": "s", "traceId": "abc"}, "s", "abc"),
        ({"sessionId": "s", "conversationId": "s"}, "s", None),
        ({"sessionId": "", "conversationId": "c", "traceId": None}, "c", None),
        ({"sessionId": 123}, "123", None),
        ({"sessionId": -5}, "-5", None),
        ({"sessionId": 9007199254740991}, "9007199254740991", None),
        ({"traceId": 0}, None, "0"),
    ],
)
def test_ids_in_vars_decide_outright(row: dict[str, Any], session: str | None, trace: str | None) -> None:
    """Whatever the prompt says; an empty one is absent."""
    ask = read("ignored", **row)
    assert (ask.ident, ask.session, ask.trace) == (None, session, trace)


@pytest.mark.parametrize("value", [1e21, 12.5, 9007199254740993, 12345678901234567000, True, ["a"], {"a": 1}])
def test_an_id_that_is_not_the_text_as_written_says_to_quote_it(value: Any) -> None:
    """YAML and JavaScript have changed it before we see it."""
    with pytest.raises(UsageError, match=r"sessionId.*quote"):
        read(sessionId=value)


def test_two_names_for_one_conversation_must_agree() -> None:
    """sessionId and conversationId are one thing."""
    with pytest.raises(UsageError, match=r"'a'.*'b'"):
        read(sessionId="a", conversationId="b")


def test_a_number_is_remarked_on_where_nothing_is_found() -> None:
    """`0123` reaches us as 123: only a miss can tell."""
    assert "quote" in read(sessionId=123).remark
    assert "quote" not in read(sessionId="123").remark


def test_vars_stand_over_the_config() -> None:
    """mode, turnIndex, view, format, each by itself; an empty var is absent."""
    defaults = {"mode": "turn", "turn_index": 3, "view": "all", "format": "messages"}
    kept = read("s", defaults, mode="", turnIndex="", view=None)
    assert (kept.mode, kept.turn_index, kept.view, kept.format) == ("turn", 3, "all", "messages")
    changed = read("s", defaults, mode="full", turnIndex="-1", view="dialogue", format="text")
    assert (changed.mode, changed.turn_index, changed.view, changed.format) == ("full", -1, "dialogue", "text")


def test_defaults() -> None:
    """The whole dialogue as text."""
    ask = read("s")
    assert (ask.mode, ask.turn_index, ask.view, ask.format) == ("full", 0, "dialogue", "text")


@pytest.mark.parametrize(("value", "index"), [(2, 2), ("2", 2), (" -1 ", -1), ("+1", 1), (2.0, 2), ("", 0), (None, 0)])
def test_turn_index_takes_numbers_and_their_digits(value: Any, index: int) -> None:
    """A CSV has only text."""
    assert read_index(value) == index


@pytest.mark.parametrize("value", ["two", 1.5, True, "1e3", "9" * 5000, [1], float("nan"), float("inf")])
def test_turn_index_refuses_the_rest(value: Any) -> None:
    """And says what would do."""
    with pytest.raises(UsageError, match=r"turnIndex.*0 is the first"):
        read_index(value)


@pytest.mark.parametrize(
    ("name", "advice"), [("mode", "full or turn"), ("view", "dialogue or all"), ("format", "text or messages")]
)
def test_an_unknown_choice_names_those_there_are(name: str, advice: str) -> None:
    """From a var as from the config."""
    with pytest.raises(UsageError, match=f"{name} is 'fulll'; use {advice}"):
        read("s", **{name: "fulll"})


def test_a_prompt_that_is_no_text_says_what_to_set() -> None:
    """promptfoo may hand over parsed messages."""
    with pytest.raises(UsageError, match="sessionId"):
        read([{"role": "user"}])
