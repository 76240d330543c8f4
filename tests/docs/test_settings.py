"""docs/settings.md is what the model says, and its example of a file works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracefetch.cli.settings_page import settings_page
from tracefetch.config import Settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")


def test_it_is_current() -> None:
    """`python docs/write.py` writes it; every setting has its row."""
    assert settings_page() == DOCUMENT
    assert all(f"| `{name}` |" in DOCUMENT for name in Settings.model_fields)


def test_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile is laid over the top level, its secrets filled in from the environment."""
    (block,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "tracefetch.toml").write_text(block)
    environ = {"GRAFANA_TOKEN": "t-1", "SCOPE": "s-1"}
    chosen = {"config": str(tmp_path / "tracefetch.toml"), "profile": "prod"}
    settings = Settings.load(chosen, environ=environ)
    assert settings.url == "https://grafana.example.org/api/datasources/proxy/uid/abc"
    assert (settings.since, settings.tenant) == ("3d", "team-a")
    assert settings.token is not None
    assert settings.token.get_secret_value() == "t-1"
    assert settings.headers["X-Scope"].get_secret_value() == "s-1"
