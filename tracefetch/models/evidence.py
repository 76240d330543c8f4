"""Evidence: what a reader must know beside the words, typed and with the spans it is about."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """How much a piece of evidence weighs."""

    LOSS = "loss"  # words are missing
    DOUBT = "doubt"  # order, owner or completeness was guessed
    NOTE = "note"  # how the answer was come by


class Evidence(BaseModel):
    """One finding about a conversation.

    Attributes:
        kind: a stable word to filter by, e.g. `attribute-cut`, `window`, `order-guessed`.
        severity: `loss` and `doubt` are shown and make `--strict` fail; notes wait to be asked.
        message: a sentence for a person.
        trace_ids, span_ids: what it is about; bounded to the first hundred.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    severity: Severity
    message: str
    trace_ids: tuple[str, ...] = ()
    span_ids: tuple[str, ...] = ()


def loss(kind: str, message: str, *, traces: tuple[str, ...] = (), spans: tuple[str, ...] = ()) -> Evidence:
    """Words are missing."""
    return Evidence(kind=kind, severity=Severity.LOSS, message=message, trace_ids=traces[:100], span_ids=spans[:100])


def doubt(kind: str, message: str, *, traces: tuple[str, ...] = (), spans: tuple[str, ...] = ()) -> Evidence:
    """Order, owner or completeness was guessed."""
    return Evidence(kind=kind, severity=Severity.DOUBT, message=message, trace_ids=traces[:100], span_ids=spans[:100])


def note(kind: str, message: str, *, traces: tuple[str, ...] = (), spans: tuple[str, ...] = ()) -> Evidence:
    """How the answer was come by."""
    return Evidence(kind=kind, severity=Severity.NOTE, message=message, trace_ids=traces[:100], span_ids=spans[:100])
