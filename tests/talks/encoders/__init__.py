"""Encoders: one per dialect, each with the attribute names and shapes of the real instrumentation."""

from __future__ import annotations

from tests.talks.encoders.base import Dialect, Writing
from tests.talks.encoders.genai import GenAI, GenAIAgent
from tests.talks.encoders.openinference import OpenInference, OpenInferenceResponses
from tests.talks.encoders.plain import PlainMessages, PlainTurns
from tests.talks.encoders.traceloop import Traceloop, TraceloopOld

DIALECTS: dict[str, Dialect] = {
    one.name: one
    for one in (
        PlainTurns(),
        PlainMessages(),
        GenAI(),
        GenAIAgent(),
        OpenInference(),
        OpenInferenceResponses(),
        TraceloopOld(),
        Traceloop(),
    )
}

__all__ = ["DIALECTS", "Dialect", "Writing"]
