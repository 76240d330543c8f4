"""Random talks with known truth: nearly all come back right, and of the wrong ones most are told."""

from __future__ import annotations

import pytest

from tests.talks.__main__ import Outcome, outcome
from tests.talks.encoders import CAN
from tests.talks.play import play

TALKS = 1000


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """The first thousand talks, judged."""
    return [outcome((seed, None, None)) for seed in range(1, TALKS + 1)]


def test_nearly_all_talks_are_right(outcomes: list[Outcome]) -> None:
    """At least 94 of 100, over all history styles, complications and dialects."""
    assert sum(one.verdict == "right" for one in outcomes) >= 0.94 * TALKS


def test_of_the_wrong_ones_most_are_told(outcomes: list[Outcome]) -> None:
    """At least three in four carry a loss or a doubt."""
    wrong = [one for one in outcomes if one.verdict in ("told", "silent", "crash")]
    assert sum(one.verdict == "told" for one in wrong) >= 0.75 * len(wrong), [
        o.seed for o in wrong if o.verdict != "told"
    ]


def test_no_talk_ends_in_an_exception(outcomes: list[Outcome]) -> None:
    """Whatever spans say."""
    assert not [one.seed for one in outcomes if one.verdict == "crash"]


def test_false_alarms_are_rare(outcomes: list[Outcome]) -> None:
    """Whole and decidable talks are not doubted: at most one in three hundred is."""
    assert sum(one.verdict == "false alarm" for one in outcomes) <= TALKS / 300


def test_cut_texts_are_never_shown_as_whole() -> None:
    """A backend that cuts and marks texts: all of the talk, or a part of it and a warning."""
    silent = [seed for seed in range(1, 201) if outcome((seed, "cut", None)).verdict in ("silent", "crash")]
    assert not silent


def test_a_seed_is_a_talk() -> None:
    """The same seed gives the same words and spans, in any process."""
    one, other = play(17, CAN), play(17, CAN)
    assert [m.chat() for s in one.sessions for m in s.messages] == [
        m.chat() for s in other.sessions for m in s.messages
    ]
    assert [(n.id, n.start, n.host) for n in one.nodes] == [(n.id, n.start, n.host) for n in other.nodes]
