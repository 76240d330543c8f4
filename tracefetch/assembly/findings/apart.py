"""Calls that may be talk of their own: another speaker's, in traces where the talk has none, about something else.

A title, a guard or a summary was given words of the talk. Who was asked a question that nobody of the
talk was asked, and answered it elsewhere, may have been the user's partner all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracefetch.assembly.assemble import Assembly
from tracefetch.assembly.calls import Call
from tracefetch.models import Evidence, doubt

_SHORTEST = 10  # characters by which a question shows in another's words
_QUESTIONS = 500  # of the talk that are looked for in another's words


def apart(found: Assembly) -> Iterator[Evidence]:
    """A doubt about calls that are in no way tied to the talk."""
    talk = found.order.calls
    traces = {call.span.trace_id for call in talk}
    said = {atom.id for call in talk for atom in (*call.request, *call.output)}
    texts = list({atom.text.strip() for call in talk for atom in call.request if atom.kind == "user"})[:_QUESTIONS]
    left = set(found.left)
    spans = [
        call.span
        for call in found.beside
        if call.output and not (call.in_tool or call.foreign or call in left or call.span.trace_id in traces)
        if call.request and call.request[-1].kind == "user"
        if not any(atom.id in said for atom in (*call.request, *call.output)) and not _shares_words(call, texts)
    ]
    if spans:
        text = "Another speaker answered in traces of its own, about something else; its words stand beside the talk."
        ids = tuple(dict.fromkeys(span.span_id for span in spans))
        yield doubt("owner-guessed", text, traces=tuple(dict.fromkeys(span.trace_id for span in spans)), spans=ids)


def _shares_words(call: Call, texts: list[str]) -> bool:
    """A question of the talk stands in what the call was given, or its answer in what the talk was."""
    given = "\n".join([*call.system, *(atom.text for atom in call.request)])
    answers = [atom.text.strip() for atom in call.output if atom.kind == "assistant"]
    for text in texts:
        if len(text) >= _SHORTEST and text in given:
            return True
        if any(len(answer) >= _SHORTEST and answer in text for answer in answers):
            return True
    return False
