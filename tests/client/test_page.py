"""docs/library.md: each block of Python runs, on a file in place of a server."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import re
from pathlib import Path

import pytest

from client.talks import ago, merged, payload, said, talk

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_blocks() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_block(block: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs as it stands and prints what it is for."""
    path = tmp_path / "spans.json"
    names = ("sess_123", "sess_1", "sess_2", "sess_3")
    groups = [payload(talk(name, said(2, words=name), ago(60), error=name == "sess_2")) for name in names]
    path.write_text(json.dumps(merged(*groups)))
    block = re.sub(r'"http://localhost:\d+"', repr(str(path)), block)
    scope: dict[str, object] = {}
    if "Client(" not in block:
        exec(f"from tracefetch import Client\nclient = Client({str(path)!r})", scope)
    running = eval(compile(block, "library.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), scope)
    if inspect.iscoroutine(running):
        asyncio.run(running)
    printed = capsys.readouterr().out
    assert printed.strip()
