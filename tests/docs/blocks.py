"""Code blocks of a Markdown document, carried out from top to bottom in a folder of their own.

"```json spans.json" is a file; `sh` holds commands; `text` after it is what they print. A block
`pyproject.toml` is the package that the folder is, as if it were installed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block: its language, the file that it is, its text."""

    language: str
    file: str | None
    text: str


def blocks(document: str) -> Iterator[Block]:
    """All blocks, in order."""
    return (Block(*match.groups()) for match in _BLOCK.finditer(document))


def carry_out(document: str, folder: Path) -> list[tuple[str, str]]:
    """Write the files and run the commands; (what was printed, what the document says) for each `text`."""
    printed: str | None = None
    compared = []
    for block in blocks(document):
        if block.file is not None:
            (folder / block.file).write_text(block.text, "utf-8")
            if block.file == "pyproject.toml":
                install(folder)
        elif block.language == "sh":
            printed = "".join(run(line, folder) for line in block.text.splitlines())
        elif block.language == "text":
            assert printed is not None
            compared.append((printed, block.text))
            printed = None
        else:
            raise AssertionError(f"a {block.language} block that nothing tries: {block.text[:60]}")
    return compared


def run(line: str, folder: Path) -> str:
    """What a command prints; it must succeed and complain of nothing."""
    name, *arguments = shlex.split(line)
    assert name == "tracefetch"
    env = {**os.environ, "PYTHONPATH": str(folder), "XDG_CONFIG_HOME": str(folder), "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tracefetch", *arguments],
        cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), (line, done.stderr)
    return done.stdout


def install(folder: Path) -> None:
    """Make the folder a distribution: what an installer would write down of its pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
