"""Encoders: one per dialect, each with the attribute names and shapes of the real instrumentation."""

from __future__ import annotations

from tests.talks.encoders.agents import AgentFramework, GoogleADK, OtelOpenAI, PydanticAI, PydanticAIOld, Vercel7
from tests.talks.encoders.base import Dialect, Writing
from tests.talks.encoders.events import SemConv127, Strands, StrandsLatest
from tests.talks.encoders.genai import GenAI, GenAIAgent
from tests.talks.encoders.google import GoogleADKOld
from tests.talks.encoders.openinference import OpenInference, OpenInferenceResponses
from tests.talks.encoders.openinference_more import (
    OpenInferenceAnthropic,
    OpenInferenceGenAI,
    OpenInferenceLangGraph,
    OpenInferenceStream,
)
from tests.talks.encoders.plain import PlainMessages, PlainTurns
from tests.talks.encoders.traceloop import Traceloop, TraceloopOld
from tests.talks.encoders.vendors import Langfuse, LangSmith, MLflow, Vercel6

DIALECTS: dict[str, Dialect] = {
    one.name: one
    for one in (
        PlainTurns(),
        PlainMessages(),
        GenAI(),
        GenAIAgent(),
        AgentFramework(),
        OtelOpenAI(),
        PydanticAI(),
        PydanticAIOld(),
        Vercel6(),
        Vercel7(),
        GoogleADK(),
        GoogleADKOld(),
        SemConv127(),
        Strands(),
        StrandsLatest(),
        Langfuse(),
        MLflow(),
        LangSmith(),
        OpenInference(),
        OpenInferenceResponses(),
        OpenInferenceStream(),
        OpenInferenceGenAI(),
        OpenInferenceAnthropic(),
        OpenInferenceLangGraph(),
        TraceloopOld(),
        Traceloop(),
    )
}

# What each can express.
CAN: dict[str, set[str]] = {name: set(one.can) for name, one in DIALECTS.items()}

__all__ = ["CAN", "DIALECTS", "Dialect", "Writing"]
