"""What `doctor` learns about a backend: facts, not judgements."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracefetch.models.query import Summary


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a backend is and what it can do.

    Attributes:
        backend: "jaeger", "tempo", "file".
        version: as the backend states it; None where it states none (Jaeger never does).
        apis: the API generations that answered, e.g. ("legacy", "v3"), ("v2", "traceql").
        tenancy: what is known about tenants; None where nothing showed.
        limits: name and value as the backend stated or showed them, e.g. {"search range": "168h"}.
        clock_skew_seconds: the server's clock minus ours, by its Date header; None where it sent none.
        services: how many services sent spans; None where that can't be told.
        facts: other findings, a name and a sentence each.
        problems: what stands in the way, a sentence each that says what mends it.
        conversations: some that are there.
        flags: what a question needs here to be answered, as it is typed.
    """

    backend: str
    version: str | None = None
    apis: tuple[str, ...] = ()
    tenancy: str | None = None
    limits: dict[str, str] = field(default_factory=dict)
    clock_skew_seconds: float | None = None
    services: int | None = None
    facts: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    conversations: tuple[Summary, ...] = ()
    flags: tuple[str, ...] = ()
