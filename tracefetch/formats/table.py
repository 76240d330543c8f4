"""Rows as columns that a person can read, cells escaped."""

from __future__ import annotations

from collections.abc import Sequence

from tracefetch.formats.escaping import escape_line
from tracefetch.formats.ink import Ink

GAP = "  "
LEAST = 8  # cells of the last column, however narrow the terminal is


def render_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, ink: Ink | None = None) -> str:
    """Left-aligned columns under a header; the last column takes what room is left, on one line each.

    On a terminal (`ink.width`) the last column is cut there; elsewhere it is whole.
    """
    ink = ink or Ink()
    cells = [[escape_line(cell) for cell in row] for row in [header, *rows]]
    widths = [max(ink.cells(row[column]) for row in cells) for column in range(len(header) - 1)]
    room = max(ink.width - sum(widths) - len(GAP) * len(widths), LEAST) if ink.width else None
    lines = []
    for number, row in enumerate(cells):
        padded = [cell + " " * (width - ink.cells(cell)) for cell, width in zip(row, widths, strict=False)]
        line = GAP.join([*padded, ink.cut(row[-1], room)]).rstrip()
        lines.append(line if number else ink.paint(line, "dim"))
    return "\n".join(lines) + "\n"
