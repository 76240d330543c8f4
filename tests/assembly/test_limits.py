"""Holds how a length limit that leaves no mark is noticed."""

from __future__ import annotations

from tracefetch import maps
from tracefetch.assembly import assemble
from tracefetch.assembly.limits import mark_limited
from tracefetch.models import Span


def turns(*texts: tuple[str, str], limit: int | None = None) -> list[Span]:
    return [
        Span(
            f"{place:032x}",
            f"{place:016x}",
            "turn",
            start_ns=place * 10**9,
            end_ns=place * 10**9 + 1,
            attributes={
                "conversation.session_id": "s",
                "llm.request.prompt": question[:limit],
                "llm.response.content": answer[:limit],
            },
        )
        for place, (question, answer) in enumerate(texts, start=1)
    ]


LONG = (("First question. " * 20, "An answer."), ("Second. " * 40, "Another. " * 50))


def test_two_values_of_one_round_length_are_suspect() -> None:
    """An SDK's limit shows in values that differ and end at the same round length."""
    conversation = assemble(turns(*LONG, limit=100), maps=maps.load(), session="s")
    assert [item.kind for item in conversation.losses] == ["attribute-cut"]
    assert len(conversation.losses[0].span_ids) == 2
    assert [turn.is_cut for turn in conversation.dialogue] == [True, False, True, True]


def test_whole_values_are_not() -> None:
    """Neither different lengths, nor one value, nor an odd length."""
    assert assemble(turns(*LONG), maps=maps.load(), session="s").is_complete
    assert not any(span.suspect for span in mark_limited(turns(LONG[0], LONG[0], limit=101)))
    assert not any(span.suspect for span in mark_limited(turns(("x" * 100, "short"), ("x" * 100, "short"))))
