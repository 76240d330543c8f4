"""Settings: from flags, provider config, files and the environment, validated once.

    settings = Settings.load({"url": "http://localhost:16686", "timeout": "30s"})
    settings = Settings.load(config, source="provider")     # camelCase, promptfoo's keys tolerated
    settings.address.kind, settings.named_backend           # "http" | "file" | "other"; "jaeger" | … | None
    since, until, notes = window(settings, datetime.now(UTC))
    for row in provenance(settings): row.name, row.value, row.source     # secrets masked

`layers` tells the order of the places and what keeps a credential at its origin.
"""

from tracefetch.config.addresses import Address, parse_address
from tracefetch.config.files import user_file
from tracefetch.config.layers import Layer
from tracefetch.config.provenance import Provenance, fingerprint, provenance
from tracefetch.config.settings import Settings
from tracefetch.config.times import parse_age, parse_time, window

__all__ = [
    "Address",
    "Layer",
    "Provenance",
    "Settings",
    "fingerprint",
    "parse_address",
    "parse_age",
    "parse_time",
    "provenance",
    "user_file",
    "window",
]
