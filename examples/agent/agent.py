"""A small support agent that writes its talk into spans, as many home-made agents do.

    pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
    python agent.py --otlp http://localhost:4318 --session sess_123

It calls no model: `Model` answers from a script, so that the example runs anywhere and always
says the same. Everything else is real: the loop, the tool that is called, and the spans, which
the OpenTelemetry SDK sends over OTLP. Each question is a trace of its own; the session's id on
the spans is all that holds them together.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode, Tracer

QUESTIONS = (
    "Hi, I can't log in to my account.",
    "It says that my password has expired. I am ann@example.org.",
    "The mail is there. Thank you!",
)


@dataclass(frozen=True)
class Wish:
    """A tool that the model wants to be called."""

    id: str
    name: str
    arguments: dict[str, str]


class Model:
    """Stands in for a language model: it knows one talk by heart."""

    name = "scripted-1"

    def reply(self, question: str, tool_result: str | None = None) -> str | Wish:
        """What the model says, or the tool that it wants first."""
        if tool_result is not None:
            return f"I have sent a password reset link to {json.loads(tool_result)['sent_to']}."
        if "expired" in question:
            return Wish("call_1", "send_reset_link", {"account": "ann@example.org"})
        if "log in" in question:
            return "I am sorry to hear that. What does the page say?"
        return "You are welcome."


def send_reset_link(account: str) -> str:
    """The agent's one tool; it only says what it would do."""
    return json.dumps({"sent_to": account})


class Agent:
    """Answers questions of one session and records each in a trace."""

    def __init__(self, tracer: Tracer, session: str, model: Model) -> None:
        self.tracer = tracer
        self.session = session
        self.model = model
        self.turn = 0
        self.traces: list[str] = []

    def answer(self, question: str) -> str:
        """Ask the model, call the tool that it wants, ask again."""
        self.turn += 1
        attributes: dict[str, str | int] = {
            "conversation.session_id": self.session,
            "conversation.turn_number": self.turn,
            "llm.request.model": self.model.name,
            "llm.request.prompt": question,
        }
        with self.tracer.start_as_current_span("conversation.turn", attributes=attributes) as span:
            reply = self.model.reply(question)
            if isinstance(reply, Wish):
                reply = self.model.reply(question, self.call(reply))
            assert isinstance(reply, str)
            span.set_attribute("llm.response.content", reply)
            self.traces.append(format(span.get_span_context().trace_id, "032x"))
            return reply

    def call(self, wish: Wish) -> str:
        """Call a tool, in a span below the turn's."""
        attributes = {"tool.name": wish.name, "tool.call.id": wish.id, "tool.arguments": json.dumps(wish.arguments)}
        with self.tracer.start_as_current_span("tool.call", attributes=attributes) as span:
            try:
                result = send_reset_link(**wish.arguments)
            except TypeError as error:
                span.set_status(Status(StatusCode.ERROR, str(error)))
                raise
            span.set_attribute("tool.result", result)
            return result


def main() -> None:
    """Play the talk, send the spans, say how to read them back."""
    parser = argparse.ArgumentParser(description="A support agent that writes its talk into spans.")
    parser.add_argument("--otlp", default="http://localhost:4318", help="where spans go [%(default)s]")
    parser.add_argument("--session", default="sess_123", help="the session's id [%(default)s]")
    options = parser.parse_args()
    provider = TracerProvider(resource=Resource({"service.name": "support-agent"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{options.otlp}/v1/traces")))
    agent = Agent(provider.get_tracer("support.agent"), options.session, Model())
    for question in QUESTIONS:
        print(f"user: {question}\nassistant: {agent.answer(question)}")
    provider.shutdown()
    print(f"\nSent as {len(agent.traces)} traces: {' '.join(agent.traces)}")
    print(f"Read it back: tracefetch get {options.session} --url http://localhost:16686")


if __name__ == "__main__":
    main()
