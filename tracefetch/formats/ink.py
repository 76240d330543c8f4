"""Colours for a terminal, only where they are asked for; and wrapping by what a terminal shows."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tracefetch.formats.escaping import escape_line

# SGR parameters (ECMA-48, 8.3.117). The sixteen colours of the reader's own theme, and few of them.
STYLES = {
    "title": "1",
    "dim": "2",
    "user": "1;36",
    "assistant": "1;32",
    "tool": "33",
    "system": "35",
    "error": "31",
    "loss": "31",
    "doubt": "33",
    "note": "2",
}
NARROWEST = 24


@dataclass(frozen=True, slots=True)
class Ink:
    """How text is shown: `color` adds terminal colours, `width` (in cells) wraps; without both it stays as it is."""

    color: bool = False
    width: int | None = None

    def paint(self, text: str, style: str | None) -> str:
        """Text in a style of STYLES; it must hold no control characters of its own."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text and style else text

    def clip(self, text: str) -> str:
        """A name cut to half of a terminal's line."""
        return text if self.width is None else self.cut(text, max(self.width // 2, NARROWEST))

    def cut(self, text: str, cells: int | None) -> str:
        """Text cut to so many cells, with an ellipsis; None leaves it whole."""
        if cells is None or self.cells(text) <= cells:
            return text
        import wcwidth  # noqa: PLC0415

        return wcwidth.clip(text, 0, max(cells - 1, 0)) + "…"

    def cells(self, text: str) -> int:
        """How many cells of a terminal the text takes; it must hold no control characters."""
        if text.isascii():
            return len(text)
        import wcwidth  # noqa: PLC0415

        return wcwidth.width(text)

    def wrap(self, line: str, room: int) -> list[str]:
        """One line as the lines that fit beside `room` cells of indentation, white space at its beginning kept."""
        if self.width is None:
            return [line]
        cells = max(self.width - room, NARROWEST)
        line = line.expandtabs(8)
        if line.isascii() and len(line) <= cells:
            return [line]
        indent = line[: len(line) - len(line.lstrip(" "))][: cells // 2]
        return _wrapper(line)(line.strip(" "), cells, initial_indent=indent, subsequent_indent=indent) or [""]

    def hang(self, label: str, text: str, *, style: str | None = None, label_style: str | None = None) -> Iterator[str]:
        """A label, and beside it text in as many lines as it needs; text is escaped, the label must be."""
        from_left = self.cells(label)
        first, *more = self.wrap(escape_line(text), from_left)
        yield self.paint(label, label_style) + self.paint(first, style)
        yield from (" " * from_left + self.paint(line, style) for line in more)


def _wrapper(line: str) -> Callable[..., list[str]]:
    """What breaks a line between words; by the table of how wide characters are only where that is needed."""
    if line.isascii():
        return partial(textwrap.wrap, break_on_hyphens=False)
    import wcwidth  # noqa: PLC0415

    return partial(wcwidth.wrap, break_on_hyphens=False)
