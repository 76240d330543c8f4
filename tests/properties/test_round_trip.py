"""Any conversation, written by any encoder in any history style, comes back as it was spoken."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.properties.conversations import talks
from tests.talks.emitters import EMITTERS
from tests.talks.judge import judge
from tests.talks.reader import read, written
from tests.talks.styles import STYLES
from tests.talks.truth import Talk

# They overwrite words, keep them elsewhere, or name the session where no backend finds it.
LOSSY = {"litellm_callback", "litellm_proxy", "mastra", "botocore"}


@pytest.mark.parametrize("style", STYLES)
def test_a_conversation_comes_back_equal(style: str) -> None:
    """Every word once, in order, results under their calls; and no alarm."""

    @given(talk=talks(style=style))
    def holds(talk: Talk) -> None:
        conversation = read(written(talk), talk.sessions[0])
        verdict = judge(talk, talk.sessions[0], conversation)
        assert verdict.verdict == "right", f"{talk.dialect}: {verdict.why}\n{verdict.want}\n{verdict.got}"

    holds()


@pytest.mark.parametrize("emitter", sorted(set(EMITTERS) - LOSSY))
def test_an_odd_emitter_comes_back_equal(emitter: str) -> None:
    """Emitters that write their convention in a way of their own, in any history style."""

    @given(talk=talks(dialect=emitter, turns=3))
    def holds(talk: Talk) -> None:
        verdict = judge(talk, talk.sessions[0], read(written(talk), talk.sessions[0]))
        assert verdict.verdict == "right", f"{talk.dialect}: {verdict.why}\n{verdict.want}\n{verdict.got}"

    holds()


@given(talk=talks(turns=3))
def test_the_order_of_arrival_is_nothing(talk: Talk) -> None:
    """The same spans in another order are the same conversation."""
    spans = written(talk)
    first = read(spans, talk.sessions[0])
    second = read(spans[::-1], talk.sessions[0])
    assert first.turns == second.turns
    assert [e.kind for e in first.evidence] == [e.kind for e in second.evidence]
