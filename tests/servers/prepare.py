"""Get what the live tests need before they run: `PYTHONPATH=tests python -m servers.prepare`."""

from __future__ import annotations

import sys

from servers import jaeger, promptfoo
from servers.process import MissingServerError


def main() -> int:
    """Build what has to be built, and say what was found; 1 if something is missing."""
    try:
        for source in jaeger.sources() or ["build"]:
            print(f"Jaeger: {source if '://' in source else jaeger.binary(source)}", flush=True)
        print(f"promptfoo: {promptfoo.installed()} with {promptfoo.node()}", flush=True)
    except MissingServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
