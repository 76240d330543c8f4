"""The examples do what they say: each is run as it stands, against a real Jaeger where it asks one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from servers import Server, tempo
from servers.fixtures import refuse
from servers.played import Played
from servers.promptfoo import Evaluation

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TRACEFETCH = Path(sys.executable).with_name("tracefetch")
USUAL_ADDRESS = "http://localhost:16686"


def run(*command: str | Path) -> str:
    """What a command prints; it must succeed and complain of nothing."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=EXAMPLES)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_recorded_conversation_is_shown() -> None:
    """The recording gives its talk, as text, without a server."""
    shown = run(TRACEFETCH, "get", "sess-alpha", "--url", "travel-recording.json")
    said = ["I am planning a trip to Paris", "when do you leave?", "get_weather", "cloudy", "enjoy the café terraces."]
    places = [shown.find(words) for words in said]
    assert -1 not in places
    assert places == sorted(places)
    assert "lantern" not in shown  # the other session's


@pytest.mark.live
def test_agent_is_read_back(jaeger: Server, played: Played) -> None:
    """What the agent said is what tracefetch finds in Jaeger by the session's id, tool call and all."""
    shown = run(TRACEFETCH, "get", played.session, "--url", jaeger.url, "--format", "markdown")
    for words in (
        "can't log in",
        "What does the page say?",
        "send_reset_link",
        "password reset link to ann@",
        "welcome",
    ):
        assert words in shown


@pytest.mark.live
def test_promptfoo_project(
    jaeger: Server, played: Played, promptfoo_eval: Callable[..., Evaluation], tmp_path: Path
) -> None:
    """The project passes in promptfoo; only the address and the session's id are another."""
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / "promptfoo", project)
    config = project / "promptfooconfig.yaml"
    written = config.read_text()
    assert USUAL_ADDRESS in written
    config.write_text(written.replace(USUAL_ADDRESS, jaeger.url).replace("sess_123", played.session))
    evaluation = promptfoo_eval(config)
    assert [(row["success"], row.get("error")) for row in evaluation.rows] == [(True, None), (True, None)]
    assert evaluation.exit_code == 0


@pytest.mark.live
def test_debugging_script(jaeger: Server, played: Played) -> None:
    """The script tells the turns and that nothing is missing."""
    printed = run(sys.executable, EXAMPLES / "debugging" / "look_into_session.py", jaeger.url, played.session)
    assert f"{played.session}: 6 turns in 3 traces" in printed
    assert "send_reset_link({'account': 'ann@example.org'})" in printed
    assert "slowest: turn " in printed
    assert printed.endswith("complete\n")


def test_compose_listens_on_this_machine_only() -> None:
    """Every published port is on loopback, and what is mounted is there."""
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    assert set(services) == {"jaeger", "tempo"}
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert all((EXAMPLES / volume.split(":")[0]).is_file() for volume in service.get("volumes", []))


@pytest.mark.live
def test_tempo_takes_the_compose_configuration() -> None:
    """A real Tempo finds nothing wrong with the file that the container is given."""
    program = next((source for source in tempo.sources() if "://" not in source), None)
    if program is None:
        refuse("tempo", tempo.HOW)
    command = [program, f"-config.file={EXAMPLES / 'tempo.yaml'}", "-config.verify=true"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
