"""Requests repeat a growing history: what was read of one is not read again in the next."""

from __future__ import annotations

from tracefetch.messages.json_text import UnreadableError, parse
from tracefetch.messages.message import Message, MessageRole
from tracefetch.messages.objects import is_message
from tracefetch.messages.shapes import messages_from

_KEPT = 4  # texts by attribute: as many talks may run side by side
_SHORTEST = 512


class History:
    """Remembers the last requests as text; a request that goes on from one is read from there.

    The messages are shared between the readings of all requests that hold them.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[str, list[Message]]]] = {}

    def read(self, attribute: str, text: str, role: MessageRole) -> list[Message] | None:
        """The messages of a JSON list of messages; None where it is anything else, or short."""
        if len(text) < _SHORTEST or text[:1] != "[" or text[-1:] != "]":
            return None
        known = self._known.setdefault((attribute, role), [])
        for place, (stem, messages) in enumerate(known):
            if len(stem) < len(text) and text[len(stem)] in ",]" and text.startswith(stem):
                rest = self._read_rest(text[len(stem) :], role)
                if rest is None:
                    return None
                del known[place]
                return self._keep(known, text, [*messages, *rest])
        first = _messages(text, role)
        return None if first is None else self._keep(known, text, first)

    @staticmethod
    def _read_rest(text: str, role: MessageRole) -> list[Message] | None:
        return [] if text == "]" else _messages("[" + text[1:], role)

    @staticmethod
    def _keep(known: list[tuple[str, list[Message]]], text: str, messages: list[Message]) -> list[Message]:
        known.insert(0, (text[:-1].rstrip(), messages))
        del known[_KEPT:]
        return list(messages)


def _messages(text: str, role: MessageRole) -> list[Message] | None:
    try:
        data = parse(text)
    except UnreadableError:
        return None
    if not isinstance(data, list) or not data or not all(is_message(item) for item in data):
        return None
    return messages_from(data, role)
