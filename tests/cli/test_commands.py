"""The small commands, and what holds for all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.conftest import Answers, Run
from tracefetch.cli.application import application
from tracefetch.cli.reference import reference
from tracefetch.config import Settings

DOCS = Path(__file__).parents[2] / "docs"
# Settings without a flag: a secret on a command line is for everybody to see; a process that answers
# once needs no cache; the rest is the provider's, or comes with the url.
WITHOUT_FLAG = {"token", "username", "password", "ttl_seconds", "cache_bytes", "mode", "turn_index"}


def test_every_setting_has_a_flag() -> None:
    """`get` has a flag for each setting, under its name in kebab-case or the one that the README uses."""
    get = application.commands["get"]
    names = {parameter.name for parameter in get.params} | {"format" if p.name == "format_" else "" for p in get.params}
    assert set(Settings.model_fields) - names == WITHOUT_FLAG


def test_flags_are_known_settings(cli: Run) -> None:
    """Every flag of every command that is handed to Settings is one of its fields."""
    own = {
        "ids",
        "ident",
        "name",
        "shell",
        "trace",
        "session",
        "output",
        "verbose",
        "config",
        "profile",
        "format_",
        "help",
        "status",
        "limit",
    }
    for name, command in application.commands.items():
        unknown = {p.name for p in command.params} - own - set(Settings.model_fields)
        assert not unknown, f"{name}: {unknown}"


def test_every_command_and_option_has_help() -> None:
    """Nothing is left unexplained."""
    for name, command in application.commands.items():
        assert command.help, name
        assert all(p.help for p in command.params if isinstance(p, click.Option)), name


def test_docs_are_current() -> None:
    """docs/cli.md is what the commands say; `python docs/write.py` writes it."""
    assert (DOCS / "cli.md").read_text("utf-8") == reference()


def test_services(cli: Run, answers: Answers) -> None:
    """One name a line, escaped; exact as JSON."""
    assert cli("services", "--url", "file").out == "agent\nevil\\x1b[2J\n"
    assert json.loads(cli("services", "--url", "file", "--format", "json").out) == ["agent", "evil\x1b[2J"]


def test_config_masks_secrets(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings, where each came from, and no secret in any format."""
    monkeypatch.setenv("MY_TOKEN", "s3cret-token")
    monkeypatch.setenv("TRACEFETCH_SERVICE", "agent")
    arguments = ["config", "--url", "http://h:1", "--token-env", "MY_TOKEN", "--header", "X-Key: s3cret-key"]
    text, document = cli(*arguments), cli(*arguments, "--format", "json")
    assert text.code == document.code == 0
    assert "s3cret" not in text.out + text.err + document.out
    rows = {row["name"]: row for row in json.loads(document.out)}
    assert rows["service"]["value"] == "agent"
    assert "TRACEFETCH_SERVICE" in rows["service"]["source"]
    assert rows["url"]["source"] == "the command line"
    assert rows["timeout_seconds"]["source"] == "default"


def test_maps(cli: Run, tmp_path: Path) -> None:
    """The maps in the order in which they are tried, the user's first; and what one of them reads."""
    mine = tmp_path / "mine.toml"
    mine.write_text('name = "mine"\ntitle = "My own"\nrecognise = ["my.prompt"]\ninput = ["my.prompt"]\n')
    listed = cli("maps", "--map", mine).out.splitlines()
    assert listed[1].split(maxsplit=1) == ["mine", "My own"]
    assert any(line.startswith("openinference ") for line in listed)
    shown = cli("maps", "plain").out
    assert "session" in shown
    assert "conversation.session_id" in shown
    assert "input" in cli("maps", "mine", "--map", mine).out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli: Run, shell: str) -> None:
    """A script for the shell, which asks the command itself what fits."""
    ran = cli("completion", shell)
    assert ran.code == 0
    assert f"_TRACEFETCH_COMPLETE={shell}_complete" in ran.out


def test_completion_completes() -> None:
    """The command answers a shell that asks what may follow."""
    environ = {"_TRACEFETCH_COMPLETE": "bash_complete", "COMP_WORDS": "tracefetch get --for", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "tracefetch"], env=environ, capture_output=True, text=True, check=False
    )
    assert "plain,--format" in done.stdout


def test_help_and_version_load_nothing_heavy() -> None:
    """Neither pydantic nor httpx nor rich is loaded to say the version or the help."""
    code = (
        "import sys\nfrom tracefetch.cli.application import run\n"
        "run(['--version']); run(['--help']); run(['get', '--help'])\n"
        "print(sorted({'pydantic', 'httpx', 'rich', 'tenacity', 'wcwidth', 'google'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[0].startswith("tracefetch ")
    assert done.stdout.splitlines()[-1] == "[]"
