"""What Jaeger's two query APIs have in common: the questions, and the four kinds of answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tracefetch.backends.otlp import Decoded
from tracefetch.backends.windows import Window
from tracefetch.http.pages import excerpt
from tracefetch.http.values import Request, Response

_DEPTH = re.compile(r"search depth", re.IGNORECASE)


@dataclass(slots=True)
class Outcome:
    """What an answer means.

    Attributes:
        kind: `found`; `none`, an answer without traces; `absent`, this API is not there (a web page,
            a plain 404); `refused`, it is there and can't answer.
        message: of the server, where it refused.
    """

    kind: Literal["found", "none", "absent", "refused"]
    response: Response
    decoded: Decoded = field(default_factory=Decoded)
    message: str = ""

    @property
    def is_about_depth(self) -> bool:
        """The limit is more than the storage can give (memory: max_traces; ClickHouse: 10,000)."""
        return self.kind == "refused" and bool(_DEPTH.search(self.message))


class Door(Protocol):
    """One of the two APIs."""

    name: str

    def trace(self, trace_id: str) -> Request:
        """Ask for a trace by its id, raw."""

    def search(self, window: Window, limit: int, *, service: str | None, tags: dict[str, str]) -> Request:
        """Ask for whole traces of a window, raw; several tags are AND."""

    def services(self) -> Request:
        """Ask for the names of services."""

    def read(self, response: Response) -> Outcome:
        """What an answer about traces means."""

    def read_services(self, response: Response) -> list[str] | None:
        """The names of services; None where the answer is something else."""


def absent_or_refused(response: Response, *, is_absent: bool, message: Any = None) -> Outcome:
    """An answer that holds no traces and is no "none"."""
    if is_absent:
        return Outcome("absent", response)
    said = str(message) if message else excerpt(response.body)
    return Outcome("refused", response, message=said or f"status {response.status}")
