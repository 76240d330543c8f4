"""The operations of Jaeger."""

from __future__ import annotations

from tracefetch.backends.budget import Budget
from tracefetch.backends.contract import BackendSettings
from tracefetch.backends.idents import server_id
from tracefetch.backends.jaeger.by_id import look_up
from tracefetch.backends.jaeger.diagnosis import diagnose
from tracefetch.backends.jaeger.listing import Listing
from tracefetch.backends.jaeger.server import Server
from tracefetch.backends.jaeger.session import SessionSearch
from tracefetch.backends.traces import merge_duplicates
from tracefetch.http.values import Found, Operation
from tracefetch.models import Query
from tracefetch.models.diagnosis import Diagnosis

ADVICE = "name --service, a shorter window (--since) or --session-attribute, or raise --max-requests"


class Jaeger:
    """Jaeger, v1 and v2: raw traces through whichever API the server has."""

    name = "jaeger"

    def __init__(self, settings: BackendSettings) -> None:
        self._settings = settings
        self._server = Server(settings.api)

    def trace(self, trace_id: str) -> Operation[None]:
        """Find one trace by its id."""
        outcome = yield from look_up(server_id(trace_id, backend=self.name), self._server, self._budget())
        if outcome.decoded.spans:
            kept, merged = merge_duplicates(outcome.decoded.spans)
            yield Found(kept, [*outcome.decoded.evidence, *merged])

    def session(self, query: Query) -> Operation[None]:
        """Find whole traces that hold the session id under one of the attributes."""
        return (yield from SessionSearch(query, self._server, self._settings, self._budget()).run())

    def conversations(self, query: Query) -> Operation[None]:
        """Find traces with a marker or a session attribute, newest first."""
        return (yield from Listing(query, self._server, self._settings, self._budget()).run())

    def services(self) -> Operation[list[str]]:
        """List the services that sent spans."""
        _, names = yield from self._server.by_service(self._budget())
        return sorted(names)

    def diagnose(self) -> Operation[Diagnosis]:
        """Ask for the API generations and what they can do."""
        return (yield from diagnose(self._budget()))

    def _budget(self) -> Budget:
        return Budget(self._settings.max_requests, backend=self.name, advice=ADVICE)
