"""What other agents said, told to the next agent in the user's name by Google's ADK, as messages of theirs again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tracefetch.messages.json_text import compact
from tracefetch.messages.message import CallPart, Message, ResultPart
from tracefetch.messages.python_text import python_value

_BEGIN = "For context:"
_SAID = re.compile(
    r"^\[[^\]\n]+\] (?:said:|called tool `(?P<call>[^`\n]+)` with parameters:"
    r"|`(?P<result>[^`\n]+)` tool returned result:)",
    re.MULTILINE,
)
_MARKS = re.compile(r"^<<<BEGIN_QUOTED_AGENT_CONTENT>>>\n(.*)\n<<<END_QUOTED_AGENT_CONTENT>>>$", re.DOTALL)


def unquote(messages: Iterable[Message]) -> Iterator[Message]:
    """Messages as they are; of one that only quotes another agent what that agent said, called and was answered."""
    for message in messages:
        found = list(_quoted(message.text)) if message.role == "user" and message.text.startswith(_BEGIN) else []
        yield from found or [message]


def _quoted(text: str) -> Iterator[Message]:
    matches = list(_SAID.finditer(text))
    ends = [*(match.start() for match in matches[1:]), len(text)]
    for match, end in zip(matches, ends, strict=False):
        body = text[match.end() : end].strip()
        marked = _MARKS.match(body)
        body = marked.group(1) if marked else body
        if match["call"]:
            yield Message("assistant", calls=[CallPart(match["call"], _value(body))])
        elif match["result"]:
            value = _value(body)
            content = value if isinstance(value, str) else compact(value)
            yield Message("tool", results=[ResultPart(content, None, match["result"])])
        else:
            yield Message("assistant", text=body)


def _value(text: str) -> object:
    value = python_value(text)
    return text if value is None else value
