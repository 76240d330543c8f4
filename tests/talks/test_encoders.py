"""Encoders write what the real instrumentations wrote: same names, same shapes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.talks.encoders import DIALECTS, Dialect
from tests.talks.encoders.base import recorded
from tests.talks.scripted import perform
from tests.talks.shapes import shapes
from tests.talks.styles import Plan
from tests.talks.truth import Talk, ground_truth

TRUTH = json.loads((Path(__file__).parents[1] / "data" / "ground_truth.json").read_text(encoding="utf-8"))["sessions"]
RECORDED = [one for one in DIALECTS.values() if one.recording]


def natural(dialect: Dialect) -> Talk:
    """The ground truth, run as the recording's program ran it."""
    style = "none" if "turns" in dialect.can else "only-new" if "chained" in dialect.can else "full"
    plan = Plan(style, dialect.name, chained="chained" in dialect.can, numbers="numbers" in dialect.can)
    plan.app = "turns" not in dialect.can
    plan.tool_spans = "tool-spans" in dialect.can
    plan.agent_history = "agent-history" in dialect.can
    plan.carrier = "app" if "app-session" in dialect.can else "all"
    plan.flags = {"wrapper"} if "agent" in dialect.can else set()
    return perform(ground_truth(TRUTH), plan, seed=2)


@pytest.mark.parametrize("dialect", RECORDED, ids=lambda one: one.name)
def test_an_encoder_invents_no_shape(dialect: Dialect) -> None:
    """Every path that the encoder writes is in the recording."""
    real = shapes(recorded(dialect.recording or ""), dialect)
    made = shapes(dialect.encode(natural(dialect)), dialect)
    assert made.keys() == real.keys()
    for kind, paths in made.items():
        assert not sorted(paths - real[kind]), kind


@pytest.mark.parametrize("dialect", RECORDED, ids=lambda one: one.name)
def test_an_encoder_leaves_no_words_out(dialect: Dialect) -> None:
    """Every path of the recording is written, but what the dialect names as noise."""
    real = shapes(recorded(dialect.recording or ""), dialect)
    made = shapes(dialect.encode(natural(dialect)), dialect)
    for kind, paths in real.items():
        left_out = {path for path in paths - made[kind] if not re.search(dialect.noise, path)}
        assert not sorted(left_out), kind


@pytest.mark.parametrize("dialect", RECORDED, ids=lambda one: one.name)
def test_what_is_copied_holds_no_words(dialect: Dialect) -> None:
    """Attributes copied from a recording hold nothing of its conversation."""
    spoken = [m["content"] for s in TRUTH for m in s["messages"] if m["content"]] + [TRUTH[0]["system_prompt"]]
    spoken += [s["session_id"] for s in TRUTH]
    for kind in dialect.kinds:
        for key, value in dialect.incidental(kind).items():
            assert not [text for text in spoken if len(text) > 7 and text in str(value)], key
