"""Recordings of real agent frameworks and SDKs with harder conversations come back as they were spoken.

Parallel and failing tools, repeats, side calls, sub-agents, handoffs, streams, failed requests. Beside
each recording lies its truth, in the form of `ground_truth.json`; its `expect` may say which roles it
`holds`, that `texts` are only `contained` in what a framework wrote, and which losses and doubts are `told`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.talks.test_recordings import got, same, want
from tests.talks.truth import ground_truth
from tracefetch import Client

HARDER = Path(__file__).parents[1] / "data" / "harder"
RULE = {"holds": ["system", "user", "assistant", "tool"], "texts": "exact", "told": []}


def _truth(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HARDER / name / "truth.json").read_text(encoding="utf-8"))
    return found


NAMES = sorted(path.parent.name for path in HARDER.glob("*/truth.json"))
CASES = [(name, number) for name in NAMES for number in range(len(_truth(name)["sessions"]))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_harder_conversation_is_read_whole(name: str, number: int) -> None:
    """Each session in full; nothing is told but what the recording gives reason for."""
    truth = _truth(name)
    rule = {**RULE, **truth["expect"]}
    session = ground_truth(truth["sessions"])[number]
    with Client(str(HARDER / name / "spans.otlp.json")) as client:
        conversation = client.get(session=session.id)
    shown = [item for item in got(conversation) if item[0] in rule["holds"]]
    assert same(shown, want(session, rule), rule["texts"]), (shown, conversation.evidence)
    told = {one.kind for one in (*conversation.losses, *conversation.doubts)}
    assert told <= set(rule["told"]), conversation.evidence


def test_every_recording_has_its_truth() -> None:
    """No recording lies there unheld."""
    assert NAMES
    assert sorted(path.parent.name for path in HARDER.glob("*/spans.otlp.json")) == NAMES
