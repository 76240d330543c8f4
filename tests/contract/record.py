"""Records the exchanges again: `python tests/contract/record.py [NAME …]`.

Needs the servers: binaries in TRACEFETCH_TEST_TEMPO (3.x) and TRACEFETCH_TEST_JAEGER (2.13 and one of
main, in this order). Status, headers and bodies are kept as they came, compressed where they were.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from contract.exchanges import CASES, Case, payload, recorder
from servers import Server, jaeger, tempo
from servers.emission import push
from tracefetch.backends.detection import detect
from tracefetch.config import Settings
from tracefetch.http import SyncDriver


def start(name: str, folder: Path) -> Server:
    """The server of a case, fresh."""
    if name.startswith("tempo"):
        return tempo.start(tempo.sources()[0], folder, max_attribute_bytes=None if name.endswith("cutting") else 0)
    return jaeger.start(jaeger.sources()[-1 if name == "jaeger-main" else 0], folder)


def record(case: Case, server: Server) -> None:
    """Ask everything, and keep it."""
    shutil.rmtree(case.folder, ignore_errors=True)
    case.folder.mkdir(parents=True)
    body = payload(time.time_ns() // 10**9 * 10**9)
    case.payload.write_text(json.dumps(body, indent=1, ensure_ascii=False))
    push(server, body)
    time.sleep(2)
    settings = Settings.load({"url": server.url, "concurrency": 1}, environ={})
    for name, operation in case.operations().items():
        with recorder("all").use_cassette(str(case.folder / f"{name}.yaml")), SyncDriver(settings) as driver:
            backend = driver.run(detect(settings)).finish().backend
            driver.run(operation(backend)).finish()
            print(f"{case.name} {name}: {driver.requests} requests")


def main() -> None:
    """Record the named cases, or all."""
    for name in sys.argv[1:] or CASES:
        with tempfile.TemporaryDirectory() as folder:
            server = start(name, Path(folder))
            try:
                record(CASES[name], server)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
