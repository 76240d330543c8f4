"""The operations of the file backend: the embedded default, which needs no server."""

from __future__ import annotations

from collections.abc import Callable

from tracefetch.backends.contract import BackendSettings
from tracefetch.backends.file.reading import Reading, read_files
from tracefetch.backends.file.sources import list_files, signature
from tracefetch.backends.idents import same_id
from tracefetch.backends.suspects import mark_suspects
from tracefetch.backends.traces import group_by_trace, merge_duplicates, selector, start_of
from tracefetch.http.values import Blocking, Found, Operation
from tracefetch.models import Evidence, Query, Span, note
from tracefetch.models.diagnosis import Diagnosis


class FileBackend:
    """A path, a glob, a folder or standard input. No window applies: a file is searched whole."""

    name = "file"

    def __init__(self, settings: BackendSettings) -> None:
        self._address = settings.url or "-"
        self._max_bytes = settings.max_bytes
        self._max_attribute_bytes = settings.max_attribute_bytes
        self._kept: tuple[tuple[object, ...], Reading] | None = None

    def trace(self, trace_id: str) -> Operation[None]:
        """Find one trace by its id, whatever its case and leading zeros."""
        return (yield from self._find(lambda spans: same_id(spans[0].trace_id, trace_id)))

    def session(self, query: Query) -> Operation[None]:
        """Find whole traces that hold the session id under one of the attributes."""
        return (yield from self._find(selector(query)))

    def conversations(self, query: Query) -> Operation[None]:
        """Find traces with a marker or a session attribute, newest first."""
        return (yield from self._find(selector(query), newest_first=True))

    def everything(self) -> Operation[None]:
        """Find every trace."""
        return (yield from self._find(lambda spans: True))

    def services(self) -> Operation[list[str]]:
        """List the services that the spans name."""
        reading = yield from self._read()
        return sorted({span.resource.service for span in reading.spans if span.resource.service})

    def diagnose(self) -> Operation[Diagnosis]:
        """Count what the files hold."""
        reading = yield from self._read()
        traces = group_by_trace(reading.spans)
        services = {span.resource.service for span in reading.spans if span.resource.service}
        facts = {"files": str(reading.files), "traces": str(len(traces)), "spans": str(len(reading.spans))}
        return Diagnosis("file", services=len(services), facts=facts)

    def _read(self) -> Operation[Reading]:
        reading: Reading = yield Blocking(self._load)
        return reading

    def _load(self) -> Reading:
        if self._address == "-" and self._kept:
            return self._kept[1]  # standard input can be read once
        listing = list_files(self._address)
        state = signature(listing)
        if self._kept is None or self._kept[0] != state:
            reading = read_files(listing, self._max_bytes)
            mark_suspects(reading.spans, self._max_attribute_bytes)  # the file may be a download from Tempo
            self._kept = (state, reading)
        return self._kept[1]

    def _find(self, is_wanted: Callable[[list[Span]], bool], *, newest_first: bool = False) -> Operation[None]:
        reading = yield from self._read()
        traces = list(group_by_trace(reading.spans).values())
        if newest_first:
            traces.sort(key=start_of, reverse=True)
        for spans in traces:
            if is_wanted(spans):
                kept, merged = merge_duplicates(spans)
                yield Found(kept, merged)
        yield Found([], [*reading.evidence, self._searched(reading, len(traces))])

    def _searched(self, reading: Reading, traces: int) -> Evidence:
        where = "standard input" if self._address == "-" else self._address
        message = f"searched {where} whole: {reading.files} files, {traces} traces; no window applies to files"
        return note("window", message)
