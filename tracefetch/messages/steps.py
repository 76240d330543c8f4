"""An agent's steps that are written as words: calls and answers in texts, an answer given as a call (smolagents)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracefetch.messages.json_text import compact
from tracefetch.messages.message import CallPart, Message
from tracefetch.messages.parts import add_calls
from tracefetch.messages.python_text import python_value

_CALLING = "Calling tools:\n["
_OBSERVED = "Observation:\n"
FINAL_ANSWER = "final_answer"


def settle_steps(messages: Sequence[Message]) -> list[Message]:
    """Calls and answers out of the texts that hold them; the tool that gives the answer is the answer."""
    found: list[Message] = []
    answer: str | None = None
    for given in messages:
        message = _with_steps(given)
        spoken = _given_answer(message)
        message = message if spoken is None else replace(message, text=spoken, calls=[])
        repeated = answer is not None and [result.content.strip() for result in message.results] == [answer]
        if not repeated:
            found.append(message)
        answer = spoken.strip() if spoken is not None else None
    return found


def _with_steps(message: Message) -> Message:
    """The message, or a copy of it with its calls and answers out of the text; the given one may be shared."""
    if message.role == "assistant" and message.text.startswith(_CALLING):
        calls = python_value(message.text.removeprefix("Calling tools:\n"))
        if isinstance(calls, list):
            message = replace(message, text="", calls=list(message.calls))
            add_calls(message, calls)
    if any(result.content.startswith(_OBSERVED) for result in message.results):
        results = [replace(result, content=result.content.removeprefix(_OBSERVED)) for result in message.results]
        message = replace(message, results=results)
    return message


def _given_answer(message: Message) -> str | None:
    """What the answering tool was called with, where that is all that the message does."""
    if len(message.calls) != 1 or message.calls[0].name != FINAL_ANSWER:
        return None
    return answer_of(message.calls[0])


def answer_of(call: CallPart) -> str | None:
    """What a call of the answering tool says."""
    arguments = call.arguments
    if not isinstance(arguments, Mapping) or "answer" not in arguments:
        return None
    answer = arguments["answer"]
    return answer if isinstance(answer, str) else compact(answer)
