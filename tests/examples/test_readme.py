"""The README's texts are run as they stand; only addresses, ids and file names are those of the test."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from servers import Server
from servers.played import Played
from servers.promptfoo import Evaluation

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
CONFIG = Path(__file__).resolve().parents[2] / "examples" / "promptfoo" / "promptfooconfig.yaml"


def blocks(language: str) -> list[str]:
    """The README's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def here(jaeger: Server, played: Played, tmp_path: Path) -> Callable[[str], str]:
    """Puts the test's own addresses, ids and files in the place of the README's."""
    (tmp_path / "downloaded.json").write_bytes(httpx.get(f"{jaeger.url}/api/traces/{played.traces[0]}").content)
    places = {
        "http://localhost:16686": jaeger.url,
        "http://localhost:3200": jaeger.url,
        "sess_123.md": str(tmp_path / "talk.md"),
        "sess_123": played.session,
        "0af7651916cd43dd8448eb211c80319c": played.traces[1],
        "incident-from-jaeger-ui.json": str(tmp_path / "downloaded.json"),
    }

    def put(text: str) -> str:
        for there, mine in places.items():
            text = text.replace(there, mine)
        return text

    return put


@pytest.mark.live
def test_terminal(here: Callable[[str], str], tmp_path: Path) -> None:
    """Each command succeeds, complains of nothing, and shows what was said."""
    lines = [line for block in blocks("") for line in block.splitlines() if line.startswith("tracefetch ")]
    assert len(lines) == 3
    done = [subprocess.run(_words(here(line)), capture_output=True, text=True, timeout=60) for line in lines]
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * 3
    assert "password reset link" in done[0].stdout
    assert "password reset link" in (tmp_path / "talk.md").read_text()
    assert "log in to my account" in done[2].stdout


def _words(line: str) -> list[str]:
    return [str(Path(sys.executable).with_name("tracefetch")), *shlex.split(line, comments=True)[1:]]


@pytest.mark.live
def test_promptfoo(here: Callable[[str], str], promptfoo_eval: Callable[..., Evaluation], tmp_path: Path) -> None:
    """The shim and the configuration pass in promptfoo."""
    (shim,) = [block for block in blocks("python") if "call_api" in block]
    (config,) = blocks("yaml")
    (tmp_path / "tracefetch_provider.py").write_text(shim)
    (tmp_path / "promptfooconfig.yaml").write_text(here(config))
    evaluation = promptfoo_eval(tmp_path / "promptfooconfig.yaml")
    assert [row["success"] for row in evaluation.rows] == [True, True]
    assert evaluation.rows[1]["response"]["output"].startswith("It says that my password has expired.")


@pytest.mark.live
def test_script(here: Callable[[str], str]) -> None:
    """The script prints the six dialogue turns."""
    (script,) = [block for block in blocks("python") if "Client(" in block]
    done = subprocess.run([sys.executable, "-c", here(script)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["1", "2", "3", "4", "5", "6"]


def test_project_is_the_one_in_the_readme() -> None:
    """The example's provider is configured as the README shows."""
    (config,) = blocks("yaml")
    assert yaml.safe_load(config)["providers"] == yaml.safe_load(CONFIG.read_text())["providers"]
