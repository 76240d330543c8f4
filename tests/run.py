"""Run all tests, with everything that takes to do so: a virtual environment, the package, the test libraries.

    python3 tests/run.py [--live] [pytest's arguments]

The environment is made in a temporary folder and removed afterwards; the checkout stays as it
is. Tests that need a real server or promptfoo run where those are at hand, and else skip and say how to get
them; `--live` installs what promptfoo needs. Only Python 3.11 or newer and its `venv` are needed to start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Set up, run pytest, clean up; the exit code is pytest's."""
    extras = "test,live" if "--live" in arguments else "test"
    arguments = [argument for argument in arguments if argument != "--live"]
    with tempfile.TemporaryDirectory(prefix="tracefetch-tests-") as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", f"{ROOT}[{extras}]"], check=True)
        # The program, not `python -m pytest`: that would put the checkout before the installed package.
        return subprocess.run([programs / "pytest", "-p", "no:cacheprovider", *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
