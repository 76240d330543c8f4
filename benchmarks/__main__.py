"""`python -m benchmarks`: every measurement, as Markdown.

Servers are those of the tests: a Jaeger is found or built, a Tempo is named in TRACEFETCH_TEST_TEMPO or stands
on the PATH. What is missing is left out and said.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from benchmarks import answering, fetching, growing, starting
from benchmarks.tables import Row, Skipped, table

PARTS: dict[str, tuple[str, Callable[..., Iterator[Row | Skipped]]]] = {
    "get": ("A whole `get` of a trace of 10,000 spans", fetching.rows),
    "start": ("The start of the process", starting.rows),
    "cached": ("A cached answer of the promptfoo provider", answering.rows),
    "growth": ("Assembly of calls that each carry the whole history", growing.rows),
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    options.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all where none is named")
    options.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each is timed (default: 7)")
    given = options.parse_args()
    unknown = [name for name in given.parts if name not in PARTS]
    if unknown:
        options.error(f"there is no part {unknown[0]!r}: {', '.join(PARTS)}")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}, "
        f"{datetime.now(UTC):%Y-%m-%d}; {given.rounds} rounds in turns.\n",
        flush=True,
    )
    for name in given.parts or PARTS:
        title, rows = PARTS[name]
        print(table(title, rows(rounds=given.rounds)), flush=True)


if __name__ == "__main__":
    main()
