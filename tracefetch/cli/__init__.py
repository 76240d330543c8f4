"""The command line: arguments in, exit codes out; one file per command.

Command modules import click and nothing heavy; what a command needs is imported when it runs, so
that `--version`, `--help` and completion answer at once.
"""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point of the `tracefetch` command; ends the process."""
    try:
        from tracefetch.cli.application import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    if code == 130:
        from tracefetch.cli.interruption import leave

        leave(code)
    sys.exit(code)
