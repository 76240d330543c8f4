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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Set up, run pytest, clean up; the exit code is that of the first step that failed."""
    extras = "test,live" if "--live" in arguments else "test"
    arguments = [argument for argument in arguments if argument != "--live"]
    with tempfile.TemporaryDirectory(prefix="tracefetch-tests-") as folder:
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        steps: list[list[str | Path]] = [
            [sys.executable, "-m", "venv", folder],
            [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", f"{ROOT}[{extras}]"],
            # The program, not `python -m pytest`: that would put the checkout before the installed package.
            [programs / "pytest", "-p", "no:cacheprovider", *arguments],
        ]
        return next((code for step in steps if (code := subprocess.run(step, cwd=ROOT).returncode)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
