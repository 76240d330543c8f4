"""What standard error says of an answer: losses and doubts, a line per kind; notes where they were asked for."""

from __future__ import annotations

from collections.abc import Iterable

from tracefetch.cli.console import both_in_sight, say
from tracefetch.formats import findings
from tracefetch.models import Evidence, Severity


def tell(evidence: Iterable[Evidence], *, about: str | None = None, verbose: bool = False) -> None:
    """Say what was found, by kind and with a count; `about` names the conversation where several are asked for."""
    told = [found for found in findings(evidence) if verbose or found.severity is not Severity.NOTE]
    if told and both_in_sight():
        say("")
    for found in told:
        times = f" ({found.count})" if found.count > 1 else ""
        begin = f"{about}: " if about else ""
        say(f"{begin}{found.severity}: {found.kind}{times}: {found.message}", style=str(found.severity))
