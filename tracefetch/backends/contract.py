"""What a backend is: the operations that a client runs, and the settings that it reads."""

from __future__ import annotations

from typing import Protocol

from tracefetch.http.values import Operation
from tracefetch.models import Query
from tracefetch.models.diagnosis import Diagnosis


class BackendSettings(Protocol):
    """The settings that backends read; `tracefetch.config.Settings` has them all."""

    @property
    def url(self) -> str | None:
        """The address as the user gave it; a path for the file backend."""

    @property
    def named_backend(self) -> str | None:
        """The backend that the user decided for; None where it is to be found out."""

    @property
    def api(self) -> str:
        """Jaeger's API generation: "auto", "legacy" or "v3"."""

    @property
    def concurrency(self) -> int:
        """Requests that may run side by side."""

    @property
    def max_requests(self) -> int:
        """Requests that one operation may make."""

    @property
    def max_bytes(self) -> int:
        """Bytes that one operation may read, counted after decompression."""

    @property
    def max_attribute_bytes(self) -> int:
        """Length in bytes at which a string is suspect of having been cut; 0 turns it off."""

    @property
    def search_limit(self) -> int | None:
        """Traces asked for per search request; None leaves it to the backend."""


class Backend(Protocol):
    """A source of spans. Every operation is a generator for a driver to run.

    `trace`, `session`, `conversations` and `everything` yield `Found` groups of whole traces.
    """

    name: str

    def trace(self, trace_id: str) -> Operation[None]:
        """Find one trace by its id; finding nothing is no error here."""

    def session(self, query: Query) -> Operation[None]:
        """Find whole traces that hold `query.session` under one of `query.session_attributes`."""

    def conversations(self, query: Query) -> Operation[None]:
        """Find traces with a marker or a session attribute in the window, newest first."""

    def services(self) -> Operation[list[str]]:
        """List the services that sent spans."""

    def diagnose(self) -> Operation[Diagnosis]:
        """Find out what the backend is and what it can do."""


class WholeBackend(Backend, Protocol):
    """A backend that can hand over all that it has, such as a file."""

    def everything(self) -> Operation[None]:
        """Find every trace."""


class SupportsSettings(Protocol):
    """How a backend is made."""

    def __call__(self, settings: BackendSettings) -> Backend:
        """Make the backend."""
