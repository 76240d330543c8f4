"""Holds that another speaker's answers, tied to the talk by nothing, are not passed over in silence."""

from __future__ import annotations

import json

from tracefetch import maps
from tracefetch.assembly import assemble
from tracefetch.models import Span


def message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def call(place: int, system: str, question: str, answer: str, *earlier: tuple[str, str]) -> Span:
    history = [message(role, text) for pair in earlier for role, text in zip(("user", "assistant"), pair, strict=True)]
    messages = [message("system", system), *history, message("user", question)]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]
    return Span(
        f"{place:032x}",
        f"{place:016x}",
        "chat",
        start_ns=place * 10**9,
        end_ns=place * 10**9 + 1,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.conversation.id": "s",
            "gen_ai.input.messages": json.dumps(messages),
            "gen_ai.output.messages": json.dumps(said),
        },
    )


SAID = [(f"When does train {place} leave?", f"At {place} o'clock.") for place in (1, 2, 3)]
TALK = [call(place, "You sell trains.", *pair, *SAID[: place - 1]) for place, pair in enumerate(SAID, start=1)]


def kinds(*spans: Span) -> list[str]:
    return [item.kind for item in assemble([*TALK, *spans], maps=maps.load(), session="s").doubts]


def test_another_speaker_about_something_else_is_a_doubt() -> None:
    """Two answers of another agent, in traces of their own, to questions that the talk never had."""
    other = [call(place, "You mend bicycles.", f"My brake {place} squeaks!", "Oil it well.") for place in (7, 8)]
    assert kinds(*other) == ["owner-guessed"]


def test_a_title_is_none() -> None:
    """Who was given the talk's words did the talk a service."""
    given = [call(9, "Write a title.", "user: When does train 2 leave?", "A train's time")]
    given.append(call(10, "Write a title.", "user: When does train 3 leave?", "Another time"))
    assert kinds(*given) == []
