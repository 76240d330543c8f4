"""The pages of docs/ hang together: links, flags, kinds of evidence and errors that they name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tracefetch.cli.application import application

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted(DOCS.glob("*.md"))]
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tracefetch").rglob("*.py")))
OPTIONS = [option for command in application.commands.values() for option in command.params]
FLAGS = {flag for option in OPTIONS for flag in (*option.opts, *option.secondary_opts)} | {"--version", "--help"}
OF_OTHERS = {"--live", "--talks", "--seed", "--show", "--spans", "--upgrade", "--rounds", "--omit", "--otlp"}
backends = pytest.mark.parametrize("name", ["jaeger.md", "tempo.md"])


def page(path: Path) -> str:
    return path.read_text("utf-8")


def anchors(text: str) -> set[str]:
    """What a heading is called in a link, as GitHub makes it."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Every link within the project names a file, and a heading of it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page(path)):
        name, _, anchor = target.partition("#")
        found = path.parent / name if name else path
        if "://" in target:
            continue
        if not found.exists() or (anchor and anchor not in anchors(page(found))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_flags_are_there(path: Path) -> None:
    """Every flag that a page names is one of a command's."""
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page(path)))
    assert named - FLAGS - OF_OTHERS == set()


def test_the_index_has_every_page() -> None:
    """A page that nobody finds might as well not be there."""
    linked = set(re.findall(r"\]\(([\w.-]+)\)", page(DOCS / "README.md")))
    assert linked == {path.name for path in DOCS.iterdir() if path.suffix in (".md", ".json")} - {"README.md"}


@backends
def test_errors_and_evidence_are_said_like_that(name: str) -> None:
    """The words of an error's row, and the kinds of evidence, stand in the code."""
    rows = re.findall(r"^\| (`.+?`) \|", page(DOCS / name).split("## What errors say")[1], re.MULTILINE)
    phrases = [phrase for row in rows for part in re.findall("`(.+?)`", row) for phrase in part.split(" … ")]
    assert len(phrases) >= 5
    spelt = " ".join(SOURCE.replace('"\n', "").split()).replace('" f"', "").replace('" "', "")
    missing = [phrase for phrase in phrases if phrase not in spelt and not phrase.startswith("status ")]
    assert missing == []
    kinds = re.findall(r"`((?:trace|list|attributes|parent)-[a-z]+)`", page(DOCS / name))
    assert kinds
    assert [kind for kind in kinds if f'"{kind}"' not in SOURCE] == []


def test_the_settings_for_an_operator_are_yaml() -> None:
    """Tempo's page has a piece of its configuration."""
    (block,) = re.findall(r"```yaml\n(.*?)```", page(DOCS / "tempo.md"), re.DOTALL)
    assert yaml.safe_load(block)["distributor"] == {"max_attribute_bytes": 0}
