"""docs/errors.md knows every error and its exit code."""

from __future__ import annotations

import re
from pathlib import Path

from cli.test_exits import CODES
from tracefetch.cli.exits import MEANINGS

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")


def test_every_error_is_listed() -> None:
    """The table has each error of the tree with the code that it ends with."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", PAGE, re.MULTILINE)
    assert {name: int(code) for name, code in rows} == {kind.__name__: code for kind, code in CODES.items()}


def test_every_exit_code_is_listed() -> None:
    """The table has each exit code."""
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == [str(int(code)) for code in MEANINGS]
