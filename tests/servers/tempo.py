"""Tempo: found and started with a configuration of our own. No registry has one to build."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from servers import process
from servers.process import MissingServerError, Server

VARIABLE = "TRACEFETCH_TEST_TEMPO"
HOW = (
    f"no Tempo on this machine: put `tempo` (3.x) on the PATH, or name binaries or "
    f"QUERY_URL+OTLP_URL addresses in {VARIABLE} (Grafana publishes binaries and containers; "
    f"examples/compose.yaml starts one)"
)
SLACK = "87600h"  # else spans older than two minutes are not found by a search


def sources() -> list[str]:
    """What there is to test against: paths or addresses; empty where nothing is."""
    if names := process.named(VARIABLE):
        return names
    found = shutil.which("tempo")
    return [found] if found else []


def start(
    source: str,
    folder: Path,
    *,
    max_attribute_bytes: int | None = 0,
    base_path: str = "",
    tenants: tuple[str, ...] = (),
) -> Server:
    """Start a Tempo that keeps its things in `folder`.

    Args:
        source: one of `sources()`; an address is only attached to.
        max_attribute_bytes: where string attributes are cut; 0 for nowhere, None for Tempo's own default.
        base_path: prefixes every route of the query API.
        tenants: requests then need `X-Scope-OrgID`; the server's `headers` have the first.
    """
    if "://" in source:
        return process.attach("tempo", source)
    if not os.access(source, os.X_OK):
        raise MissingServerError(f"{VARIABLE} names {source}, which is no program")
    http, grpc, otlp, gossip = process.free_ports(4)
    config = _config(folder, http=http, grpc=grpc, otlp=otlp, gossip=gossip)
    if max_attribute_bytes is not None:
        config["distributor"]["max_attribute_bytes"] = max_attribute_bytes
    if base_path:
        config["http_api_prefix"] = base_path
    if tenants:
        config["multitenancy_enabled"] = True
    path = folder / "tempo.yaml"
    path.write_text(json.dumps(config, indent=1))  # JSON is YAML
    log = folder / "tempo.log"
    command = [source, "-target=all", f"-config.file={path}"]
    running = process.start(command, health=f"http://127.0.0.1:{http}/ready", log=log)
    return Server(
        "tempo",
        Path(source).name if max_attribute_bytes == 0 else f"{Path(source).name}-cutting",
        f"http://127.0.0.1:{http}{base_path}",
        f"http://127.0.0.1:{otlp}",
        {"X-Scope-OrgID": tenants[0]} if tenants else {},
        log,
        running,
    )


def _config(folder: Path, *, http: int, grpc: int, otlp: int, gossip: int) -> dict[str, Any]:
    """Everything on loopback, and tuned so that a search finds a trace half a second after it came."""
    return {
        "server": {
            "http_listen_address": "127.0.0.1",
            "http_listen_port": http,
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": grpc,
        },
        "memberlist": {"bind_addr": ["127.0.0.1"], "bind_port": gossip},
        "distributor": {"receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{otlp}"}}}}},
        "query_frontend": {"query_end_cutoff": "0s"},
        "storage": {
            "trace": {
                "backend": "local",
                "blocklist_poll": "5s",
                "wal": {"path": str(folder / "wal"), "ingestion_time_range_slack": SLACK},
                "local": {"path": str(folder / "blocks")},
            }
        },
        "live_store": {
            "flush_check_period": "500ms",
            "max_trace_idle": "500ms",
            "max_trace_live": "1s",
            "max_block_duration": "5s",
            "shutdown_marker_dir": str(folder / "markers"),
            "wal": {"path": str(folder / "live"), "ingestion_time_range_slack": SLACK},
        },
        "usage_report": {"reporting_enabled": False},
    }
