"""The contract on recorded exchanges with Tempo 3 and Jaeger: what a machine without them runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.conftest import Answer, Ask
from contract.exchanges import CASES, CUT, NAMES, PADDED, PROMPT, SESSION, URL, Case, recorder
from tracefetch.backends.traces import holds
from tracefetch.models import Span


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def replay(case: Case, name: str, ask: Ask) -> Answer:
    """One operation, with detection, against what was recorded; a request that was not is an error."""
    with recorder("none").use_cassette(str(case.folder / f"{name}.yaml"), allow_playback_repeats=True):
        return ask(URL, case.operations()[name], concurrency=1)


def truth(case: Case, ask: Ask) -> list[Span]:
    return ask(str(case.payload), lambda backend: backend.everything()).spans


def comparable(span: Span, *, cut: bool) -> tuple[Any, ...]:
    """What every API keeps; texts only as far as a Tempo that cuts leaves them."""
    values = {key: json.dumps(plain(value)) for key, value in span.attributes.items()}
    if cut:
        values |= {"cut": "", "llm.request.prompt": ""} if "cut" in values else {}
    shown = tuple(sorted(values.items()))
    times = ((span.start_ns or 0) // 1000, (span.end_ns or 0) // 1000)
    return (span.trace_id, span.span_id, span.parent_id, span.name, span.kind, span.error_message, times, shown)


def plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] == "[" else value


def same(answer: Answer, wanted: list[Span], *, cut: bool) -> bool:
    return {comparable(span, cut=cut) for span in answer.spans} == {comparable(span, cut=cut) for span in wanted}


def test_trace_by_id(case: Case, ask: Ask) -> None:
    """The trace with leading zeros, whole; a missing one is none."""
    wanted = [span for span in truth(case, ask) if span.trace_id == PADDED]
    assert same(replay(case, "trace", ask), wanted, cut="cutting" in case.name)
    assert replay(case, "no-trace", ask).spans == []


def test_session(case: Case, ask: Ask) -> None:
    """Its three traces of two services and attributes, without the decoys; an unknown one is none."""
    spans = truth(case, ask)
    traces = {span.trace_id for span in spans if holds([span], NAMES, SESSION)}
    assert len(traces) == 3
    answer = replay(case, "session", ask)
    assert same(answer, [span for span in spans if span.trace_id in traces], cut="cutting" in case.name)
    assert answer.told == set()
    assert replay(case, "no-session", ask).spans == []


def test_listing(case: Case, ask: Ask) -> None:
    """All five traces speak; the newest is the first."""
    answer = replay(case, "conversations", ask)
    order = dict.fromkeys(span.trace_id for span in truth(case, ask))
    assert [group[0].trace_id for group in answer.groups] == list(order)[::-1]


def test_services_and_diagnosis(case: Case, ask: Ask) -> None:
    """Two services; a Tempo states its version and range, a Jaeger shows its age."""
    assert replay(case, "services", ask).result == ["desk", "shop"]
    found = replay(case, "diagnose", ask).result
    if case.name.startswith("tempo"):
        assert found.version.startswith("3.")
        assert found.limits == {"search range": "168 hours"}
    else:
        assert found.facts["age"].startswith("after 2.20" if case.name == "jaeger-main" else "before 2.19")


def test_cut_strings_are_suspect(ask: Ask) -> None:
    """Tempo's default cuts at 2048 bytes: read in spite of a broken character, and every cut is marked."""
    answer = replay(CASES["tempo-3-cutting"], "session", ask)
    calls = [span for span in answer.spans if span.name == "chat"]
    assert {span.suspect for span in calls} == {("llm.request.prompt", "cut")}
    assert all(PROMPT.startswith(span.attributes["llm.request.prompt"]) for span in calls)
    assert all(CUT.startswith(span.attributes["cut"].rstrip("\ufffd")) for span in calls)
    assert "protobuf-unreadable" in {item.kind for item in answer.evidence}
    whole = replay(CASES["tempo-3"], "session", ask)
    assert all(span.suspect == () for span in whole.spans)
