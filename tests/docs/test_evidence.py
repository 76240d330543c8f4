"""docs/evidence.md lists every kind of evidence that the code has, under its severity, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "evidence.md").read_text("utf-8")
HEADINGS = {"loss": "## Losses", "doubt": "## Doubts", "note": "## Notes"}

TOLD = {"losses": "loss", "doubts": "doubt"}  # whose `_tell` has one severity


def listed(severity: str) -> set[str]:
    section = DOCUMENT.partition(HEADINGS[severity])[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {kind for row in rows for kind in re.findall(r"`([a-z-]+)`", row)}


def written(path: Path) -> Iterator[tuple[str, str]]:
    """(severity, kind) of each call that makes evidence with a kind of its own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        name = TOLD.get(path.stem, "") if node.func.id == "_tell" else node.func.id
        kind = node.args[0]
        if name in HEADINGS and isinstance(kind, ast.Constant) and isinstance(kind.value, str):
            yield name, kind.value


def test_every_kind_has_its_row() -> None:
    """In the section of its severity; kinds that are told of attributes are there too."""
    found: dict[str, set[str]] = {name: set() for name in HEADINGS}
    for path in (ROOT / "tracefetch").rglob("*.py"):
        for severity, kind in written(path):
            found[severity].add(kind)
    found["loss"] |= {"attribute-cut", "list-gap", "unreadable"}
    assert len(found["doubt"]) > 12
    for severity, kinds in found.items():
        assert kinds == listed(severity), severity
