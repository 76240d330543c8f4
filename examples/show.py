"""Show a recorded conversation, with everything that takes to do so; no server is asked.

    python3 examples/show.py [arguments of tracefetch]

tracefetch is installed into a virtual environment in a temporary folder, which is removed
afterwards. Only Python 3.11 or newer and a way to its package index are needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOWN = ["get", "sess-alpha", "--url", str(ROOT / "examples" / "travel-recording.json")]


def main(arguments: list[str]) -> int:
    """Set up, show, clean up; the exit code is that of the first step that failed."""
    print("Installing tracefetch into a temporary folder…", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tracefetch-") as folder:
        programs = Path(folder) / ("Scripts" if os.name == "nt" else "bin")
        steps: list[list[str | Path]] = [
            [sys.executable, "-m", "venv", folder],
            [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", ROOT],
            [programs / "tracefetch", *(arguments or SHOWN)],
        ]
        return next((code for step in steps if (code := subprocess.run(step).returncode)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
