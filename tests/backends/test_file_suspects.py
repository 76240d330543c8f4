"""Holds that a text of Tempo's limit is suspect in a file too: it may be a download."""

from __future__ import annotations

import json
from pathlib import Path

from tracefetch import Client


def test_a_text_of_2048_bytes_in_a_file_is_told(tmp_path: Path) -> None:
    """A prompt of exactly Tempo's default limit was probably cut there."""
    attributes = {
        "conversation.session_id": "s",
        "llm.request.prompt": "word " * 409 + "end",
        "llm.response.content": "ok",
    }
    path = tmp_path / "spans.json"
    path.write_text(json.dumps({"spans": [{"name": "turn", "attributes": attributes}]}))
    with Client(path) as client:
        assert [item.kind for item in client.get("s").losses] == ["attribute-cut"]
    with Client(path, max_attribute_bytes=0) as client:
        assert client.get("s").is_complete
