"""An agent's steps that are written as words: calls and answers in texts, an answer given as a call (smolagents)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    for message in messages:
        _settle(message)
        repeated = answer is not None and [result.content.strip() for result in message.results] == [answer]
        if not repeated:
            found.append(message)
        answer = _given_answer(message)
    return found


def _settle(message: Message) -> None:
    if message.role == "assistant" and message.text.startswith(_CALLING):
        calls = python_value(message.text.removeprefix("Calling tools:\n"))
        if isinstance(calls, list):
            message.text = ""
            add_calls(message, calls)
    for result in message.results:
        result.content = result.content.removeprefix(_OBSERVED)


def _given_answer(message: Message) -> str | None:
    """Turn a call of the answering tool into the answer's text, and return that."""
    if len(message.calls) != 1 or message.calls[0].name != FINAL_ANSWER:
        return None
    text = answer_of(message.calls[0])
    if text is None:
        return None
    message.calls.clear()
    message.text = text
    return text.strip()


def answer_of(call: CallPart) -> str | None:
    """What a call of the answering tool says."""
    arguments = call.arguments
    if not isinstance(arguments, Mapping) or "answer" not in arguments:
        return None
    answer = arguments["answer"]
    return answer if isinstance(answer, str) else compact(answer)
