"""docs/attribute-maps.md does what it says: every block of it is carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import blocks, carry_out
from tracefetch.maps import AttributeMap, ToolSource, load

DOCUMENT = (Path(__file__).parents[2] / "docs" / "attribute-maps.md").read_text("utf-8")


def test_what_it_shows_is_what_is_printed(tmp_path: Path) -> None:
    """Files are written, commands succeed without a complaint, and print what stands below them."""
    compared = carry_out(DOCUMENT, tmp_path)
    assert len(compared) == 2
    for printed, shown in compared:
        assert printed == shown


@pytest.mark.parametrize("file", ["acme.toml", "events.toml", "pairs.toml"])
def test_every_map_in_it_is_valid(file: str, tmp_path: Path) -> None:
    """Also those that no command uses."""
    (block,) = [one for one in blocks(DOCUMENT) if one.file == file]
    path = tmp_path / file
    path.write_text(block.text, "utf-8")
    own = load(attribute_maps=[path]).maps[0]
    assert own.recognise


def test_every_field_is_explained() -> None:
    """Each field of a map stands in it, in code."""
    tool = [f"tool.{name}" for name in ToolSource.model_fields]
    missing = [name for name in (*AttributeMap.model_fields, *tool) if name != "tool" and f"`{name}`" not in DOCUMENT]
    assert missing == []
