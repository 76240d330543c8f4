"""Write the pages of docs/ that are generated: `python docs/write.py`. Tests hold that they are current."""

from __future__ import annotations

from pathlib import Path

from tracefetch.cli.reference import reference
from tracefetch.cli.settings_page import settings_page
from tracefetch.formats.exact import schema_text

DOCS = Path(__file__).parent
GENERATED = {"conversation.schema.json": schema_text, "cli.md": reference, "settings.md": settings_page}

if __name__ == "__main__":
    for name, text in GENERATED.items():
        (DOCS / name).write_text(text(), encoding="utf-8")
