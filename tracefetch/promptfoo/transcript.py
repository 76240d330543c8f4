"""A conversation as promptfoo's output: turns under headers that no content can forge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tracefetch.formats import escape, escape_line
from tracefetch.formats.labels import arguments_text, thread_title
from tracefetch.formats.placement import Placement
from tracefetch.models import Conversation, Part, Turn, View

SEPARATOR = "---"

# Letters that no font draws; the other characters without ink are told by their category.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\t")
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_UNDRAWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_FORGED = re.compile(r"[\s\\]*(?:-{3}\s*$|\[\s*turn[\s\d])", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w./-]+", re.ASCII)
_REASONING = ("reasoning", "thinking")


def transcribe(conversation: Conversation, view: View) -> str:
    """Write blocks `[Turn 1] user: …`, joined by a line `---`.

    What was said stays as it was, but for control characters (visible escapes) and for lines that
    could be read as ours: a backslash is put before them, also where they begin with some already,
    so that taking one away gives back what was said.
    """
    return f"\n{SEPARATOR}\n".join(_Transcript(conversation, view).blocks())


def guard(text: str) -> str:
    """Escape control characters, and lines that are `---` or begin `[Turn `, whatever hides before them."""
    return "\n".join(f"\\{line}" if _is_forged(line) else line for line in escape(text).split("\n"))


class _Transcript:
    def __init__(self, conversation: Conversation, view: View) -> None:
        self.conversation = conversation
        self.is_spoken_only = view == "dialogue"
        self.turns = conversation.view(view)
        self.placement = Placement(conversation, view)

    def blocks(self) -> Iterator[str]:
        yield from self._talk(self.turns, within="")
        for thread in self.placement.rest():
            yield from self._talk(thread.turns, within=thread_title(thread))

    def _talk(self, turns: tuple[Turn, ...], *, within: str) -> Iterator[str]:
        """A talk's turns, each followed by the threads that it started."""
        for position, turn in enumerate(turns, start=1):
            label = f"Turn {position} of {_name(within)}" if within else f"Turn {escape_line(turn.number)}"
            yield from self._turn(turn, label)
            for thread in self.placement.under(turn, is_main=not within):
                yield from self._talk(thread.turns, within=thread_title(thread))

    def _turn(self, turn: Turn, label: str) -> Iterator[str]:
        who = f"[{label}] {turn.role}" + (f" {_name(turn.tool_name)}" if turn.tool_name else "")
        beside = list(self._beside(turn))
        if turn.content or not beside:
            yield f"{who}: {guard(turn.content)}"
        for verb, text in beside:
            yield f"{who} {verb}: {guard(text)}"

    def _beside(self, turn: Turn) -> Iterator[tuple[str, str]]:
        """What a turn holds beside its words; in the dialogue only what was handed over."""
        for part in turn.parts:
            if not (self.is_spoken_only and part.type in _REASONING):
                yield "attaches", _describe(part)
        if self.is_spoken_only:
            return
        for call in turn.tool_calls:
            yield f"calls {_name(call.name)}", arguments_text(call.arguments)
        if turn.error:
            yield "failed", turn.error


def _describe(part: Part) -> str:
    about = " ".join(word for word in (part.type, part.mime_type, part.uri) if word)
    return f"{about}\n{part.text}" if part.text else about


def _name(name: str) -> str:
    """A name inside a header: quoted where it is more than a word, so that it can't end the header."""
    return name if _PLAIN_NAME.fullmatch(name) else f'"{escape_line(name)}"'.replace("]", "\\]")


def _is_forged(line: str) -> bool:
    if line.isascii():
        return _FORGED.match(line) is not None
    first = next((drawn for drawn in map(_drawn, line) if drawn.strip(" \\")), "")
    # Only then is the whole line worth a look, character by character.
    return first.strip(" \\")[:1] in ("[", "-") and _FORGED.match("".join(map(_drawn, line))) is not None


def _drawn(character: str) -> str:
    """What a reader sees: nothing for a character without ink, the plain form of a full-width one."""
    return "".join(_ink(plain) for plain in unicodedata.normalize("NFKC", character))


def _ink(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES or character in _BLANK:
        return " "
    return "" if category in _UNDRAWN else character
