"""Jaeger: found, or built once with Go, and started with a configuration of our own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from servers import process, store
from servers.process import MissingServerError, Server

VERSION = "2.13"
# The same commit as v2.13.0, and the newest that Go's module proxy has.
MODULE = "github.com/jaegertracing/jaeger@v1.76.0"
VARIABLE = "TRACEFETCH_TEST_JAEGER"
HOW = (
    f"no Jaeger on this machine: put `jaeger` (2.13 or newer) on the PATH, or name binaries or "
    f"QUERY_URL+OTLP_URL addresses in {VARIABLE}, or put Go 1.25 or newer on the PATH, "
    f"with which the tests build Jaeger {VERSION} once (five minutes)"
)
BUILT = f"jaeger-{VERSION}"


def sources() -> list[str]:
    """What there is to test against: paths, addresses, or `build`; empty where nothing is."""
    if names := process.named(VARIABLE):
        return names
    if found := shutil.which("jaeger"):
        return [found]
    if (store.folder() / BUILT).exists() or shutil.which("go"):
        return ["build"]
    return []


def binary(source: str) -> str:
    """The path of the binary that a source means; builds it where it has to be built."""
    if source == "build":
        return str(store.kept(BUILT, build))
    if not os.access(source, os.X_OK):
        raise MissingServerError(f"{VARIABLE} names {source}, which is no program")
    return source


def build(target: Path) -> None:
    """Build Jaeger inside its own module's folder, where its go.mod and go.sum apply."""
    if not shutil.which("go"):
        raise MissingServerError(HOW)
    told = subprocess.run(
        ["go", "mod", "download", "-json", MODULE], cwd=target.parent, check=True, stdout=subprocess.PIPE
    )
    command = ["go", "-C", json.loads(told.stdout)["Dir"], "build", "-trimpath", "-ldflags=-s -w"]
    subprocess.run([*command, "-o", str(target), "./cmd/jaeger"], check=True, env={**os.environ, "CGO_ENABLED": "0"})


def start(
    source: str,
    folder: Path,
    *,
    storage: str = "memory",
    base_path: str = "",
    tenants: tuple[str, ...] = (),
    max_traces: int = 100_000,
) -> Server:
    """Start a Jaeger that keeps its things in `folder`.

    Args:
        source: one of `sources()`; an address is only attached to.
        storage: "memory" or "badger".
        base_path: prefixes every route of the query API.
        tenants: the query API then wants one of these in `x-tenant`; nothing is stored for them.
        max_traces: that the memory storage holds.
    """
    if "://" in source:
        return process.attach("jaeger", source)
    program = binary(source)
    query, grpc, otlp, health = process.free_ports(4)
    storages: dict[str, dict[str, Any]] = {
        "memory": {"memory": {"max_traces": max_traces}},
        "badger": {
            "badger": {
                "directories": {"keys": str(folder / "keys"), "values": str(folder / "values")},
                "ephemeral": False,
                "ttl": {"spans": "87600h"},
            }
        },
    }
    config = _config(storages[storage], query=query, grpc=grpc, otlp=otlp, health=health)
    settings = config["extensions"]["jaeger_query"]
    if base_path:
        settings["base_path"] = base_path
    if tenants:
        settings["multi_tenancy"] = {"Enabled": True, "Header": "x-tenant", "Tenants": list(tenants)}
    path = folder / "jaeger.yaml"
    path.write_text(json.dumps(config, indent=1))  # JSON is YAML
    log = folder / "jaeger.log"
    running = process.start([program, "--config", str(path)], health=f"http://127.0.0.1:{health}/status", log=log)
    return Server(
        "jaeger",
        label(source, storage),
        f"http://127.0.0.1:{query}{base_path}",
        f"http://127.0.0.1:{otlp}",
        {"x-tenant": tenants[0]} if tenants else {},
        log,
        running,
    )


def label(source: str, storage: str) -> str:
    """How a source is called in test ids."""
    name = BUILT if source == "build" else Path(source).name
    return f"{name}-{storage}"


def _config(storage: dict[str, Any], *, query: int, grpc: int, otlp: int, health: int) -> dict[str, Any]:
    """A whole configuration; without one Jaeger would listen on all interfaces."""

    def at(port: int) -> dict[str, str]:
        return {"endpoint": f"127.0.0.1:{port}"}

    return {
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": at(health)},
            "jaeger_storage": {"backends": {"main": storage}},
            "jaeger_query": {
                "storage": {"traces": "main"},
                "http": at(query),
                "grpc": at(grpc),
                "enable_tracing": False,  # else its own spans go to whoever listens on 4317
            },
        },
        "receivers": {"otlp": {"protocols": {"http": at(otlp)}}},
        "exporters": {"jaeger_storage_exporter": {"trace_storage": "main"}},
        "service": {
            "extensions": ["healthcheckv2", "jaeger_storage", "jaeger_query"],
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
