"""All that an address holds, read once: spans with ids, and what was not spans or could not be read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tracefetch.backends.answers import told_repairs
from tracefetch.backends.file.shapes import OTHER_SIGNALS, read_shape
from tracefetch.backends.file.sources import STDIN, Listing, Reader
from tracefetch.backends.jsontext import JsonTroubleError, Repair, read_values
from tracefetch.backends.otlp import Decoded
from tracefetch.errors import ResponseError
from tracefetch.models import Evidence, Span, loss, note


@dataclass(slots=True)
class Reading:
    """What files held. `evidence` is about all of it, since a lost line may have been of any trace."""

    spans: list[Span] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    files: int = 0


def read_files(listing: Listing, max_bytes: int) -> Reading:
    """Read the files of an address.

    Raises:
        ResponseError: a file that was named is no JSON, or holds nothing that is spans.
        UnreachableError, LimitError: as `Reader.read`.
    """
    reader = Reader(max_bytes)
    reading = Reading()
    others: list[str] = []
    for path in listing.paths:
        decoded = _read_text(reader.read(path), _shown(path))
        if decoded is None:
            others.append(_shown(path))
            continue
        reading.files += 1
        name_nameless(decoded.spans)
        reading.spans += decoded.spans
        reading.evidence += decoded.evidence
    reading.evidence += reader.evidence
    if others and not listing.is_folder:
        damage = "".join(f" ({item.message})" for item in reader.evidence)
        raise ResponseError(f"{others[0]} holds no spans{damage}: {FORMS}", backend="file", url=others[0])
    _note_skipped(reading, others, listing.skipped)
    return reading


FORMS = "give OTLP JSON (an object, a list, or one per line), Jaeger's JSON, or Tempo's"


def _shown(path: str) -> str:
    return "standard input" if path == STDIN else path


def _read_text(text: str, path: str) -> Decoded | None:
    """The spans of a file; None where it holds none, nor anything that could have been some."""
    whole = Decoded()
    recognised = False
    troubles: list[JsonTroubleError] = []
    repairs = Repair.NONE
    for value, repair in read_values(text):
        if isinstance(value, JsonTroubleError):
            troubles.append(value)
            continue
        decoded = read_shape(value)
        if decoded is None:
            continue
        recognised = True
        whole.extend(decoded)
        repairs |= repair if decoded.spans else Repair.NONE
    if not recognised:
        _refuse_broken(troubles, text, path)
        return None
    whole.evidence += told_repairs(repairs, path)
    whole.evidence = list(dict.fromkeys(whole.evidence + [_told(trouble, path) for trouble in troubles]))
    return whole


def _refuse_broken(troubles: list[JsonTroubleError], text: str, path: str) -> None:
    """A file that looks like spans and can't be read at all is no file to skip quietly."""
    if troubles and '"spans"' in text and not any(f'"{name}"' in text for name in OTHER_SIGNALS):
        raise ResponseError(f"{path} can't be read as JSON: {troubles[0]}; {FORMS}", backend="file", url=path)


def _told(trouble: JsonTroubleError, path: str) -> Evidence:
    if trouble.at_end:
        return loss("file-truncated", f"{path} breaks off in its last object: what follows is missing")
    return loss("line-unreadable", f"a line of {path} can't be read: {trouble}")


def _note_skipped(reading: Reading, others: list[str], skipped: int) -> None:
    count = len(others) + skipped
    if count:
        named = f" ({', '.join(others[:5])}{', …' if len(others) > 5 else ''})" if others else ""
        reading.evidence.append(note("files-skipped", f"{count} files hold no spans and were skipped{named}"))


def name_nameless(spans: list[Span]) -> None:
    """Give ids to spans that have none: made from what they hold, so the same file gives the same ids."""
    digests = []
    for index, span in enumerate(spans):
        if span.span_id and span.trace_id:
            continue
        digest = hashlib.sha256(f"{index}\0{span.name}\0{span.attributes!r}".encode("utf-8", "replace")).hexdigest()
        digests.append(digest)
        span.span_id = span.span_id or digest[:16]
    trace_id = hashlib.sha256("".join(digests).encode()).hexdigest()[:32]
    for span in spans:
        span.trace_id = span.trace_id or trace_id
