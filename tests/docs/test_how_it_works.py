"""docs/how-it-works.md shows what the commands print, and names every place where a request may go on."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import carry_out
from tracefetch.assembly.account import FATES
from tracefetch.assembly.explanation import HOW

DOCUMENT = (Path(__file__).parents[2] / "docs" / "how-it-works.md").read_text("utf-8")


def test_what_it_shows_is_what_is_printed(tmp_path: Path) -> None:
    """The talk, and its explanation."""
    compared = carry_out(DOCUMENT, tmp_path)
    assert len(compared) == 2
    for printed, shown in compared:
        assert printed == shown or (shown.endswith("…\n") and printed.startswith(shown.removesuffix("…\n")))


def test_every_fate_and_the_places_are_explained() -> None:
    """Words that `explain` uses have their row in a table."""
    assert all(f"| {fate} |" in DOCUMENT for fate in FATES)
    rows = [line.split("|")[1].strip() for line in DOCUMENT.splitlines() if line.startswith("| ")]
    explained = [how for how in HOW.values() if any(row and how.startswith(row) for row in rows)]
    assert len(explained) >= 9
