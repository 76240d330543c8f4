"""Which backend answers at an address: found by asking, since a status proves nothing.

Tempo answers `echo` to /api/echo. Jaeger gives JSON with `services` at /api/v3/services (labelled
text/plain on 2.13), else JSON with `data` at /api/services; and 2.13 answers 200 and a web page to
any other path. A gateway may pass only some paths: then what the job needs is asked, and its shape read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracefetch.backends.answers import NOT_ALLOWED, json_object
from tracefetch.backends.contract import Backend, BackendSettings
from tracefetch.backends.registry import open_backend
from tracefetch.errors import NotABackendError, ResponseError, TracefetchError
from tracefetch.http.pages import describe_page, excerpt, is_html
from tracefetch.http.values import Batch, Operation, Request, Response

ECHO = Request("/api/echo")
BUILD = Request("/api/status/buildinfo")
SERVICES_V3 = Request("/api/v3/services")
SERVICES = Request("/api/services")
# An id that no server has: what it says about a missing trace shows who it is.
_MISSING = "0" * 31 + "1"
_JOBS = (
    Request(f"/api/v2/traces/{_MISSING}", headers=(("Accept", "application/json"),)),
    Request(f"/api/v3/traces/{_MISSING}"),
    Request(f"/api/traces/{_MISSING}", headers=(("Accept", "application/json"),)),
    Request("/api/search", (("q", "{ .tracefetch.probe=true }"), ("limit", "1"))),
)


@dataclass(frozen=True, slots=True)
class Detected:
    """A backend and why it is that one, for errors and for `doctor`."""

    backend: Backend
    why: str

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.backend.name


def detect(settings: BackendSettings) -> Operation[Detected]:
    """The backend of these settings: the named one, without a question, or the one that answers there.

    Raises:
        NotAllowedError: every path was refused.
        NotABackendError: web pages came back, or something else that is neither.
        UnreachableError: nothing answers.
        ResponseError: the server fails at all of it.
        ConfigError, MissingExtraError: as `open_backend`.
    """
    if settings.named_backend is not None:
        return Detected(open_backend(settings.named_backend, settings), "the settings say so")
    name, why = yield from name_backend()
    return Detected(open_backend(name, settings), why)


def name_backend() -> Operation[tuple[str, str]]:
    """Ask an address who it is: the backend's name and what told it."""
    asked: list[Response] = []
    for requests in ((ECHO, SERVICES_V3), (BUILD, SERVICES), _JOBS):
        responses: list[Response] = yield Batch(requests, optional=True)
        for response in responses:
            if name := _name(response):
                return name, f"{response.request.path} answered as {name.capitalize()} does"
        asked += responses
        if all(response.status == 0 for response in asked):
            break  # nothing answers; asking for more would only take longer
    raise _unknown(asked)


def _name(response: Response) -> str | None:
    if response.request == ECHO:
        return "tempo" if response.status == 200 and response.body.strip() == b"echo" else None
    answer = json_object(response)
    if answer is None:
        return None
    if response.request == BUILD:
        return "tempo" if response.status == 200 and "version" in answer else None
    if response.request == SERVICES_V3:  # `{}` where there are no services
        known = not answer or isinstance(answer.get("services"), list)
        return "jaeger" if response.status == 200 and known else None
    return _shape(response.request.path, answer)


def _shape(path: str, answer: dict[str, object]) -> str | None:
    if path == "/api/search":
        return "tempo" if "traces" in answer or "metrics" in answer else None
    if path.startswith("/api/v2/"):
        return "tempo" if isinstance(answer.get("trace"), dict) else None
    if path.startswith("/api/v3/"):
        error = answer.get("error")
        return "jaeger" if "result" in answer or (isinstance(error, dict) and "httpCode" in error) else None
    if "batches" in answer:
        return "tempo"
    # Jaeger's legacy answers, `/api/services` among them, have one envelope.
    return "jaeger" if "data" in answer and "errors" in answer else None


def _unknown(responses: Sequence[Response]) -> TracefetchError:
    """The error that fits what came back: nothing, refused, a page, a failure, or something else."""
    answered = [response for response in responses if response.status]
    refused = [r for r in answered if r.status in NOT_ALLOWED or r.error is not None]  # a redirect elsewhere has one
    for response in responses if not answered else refused:
        if response.error is not None:
            return response.error
    shown = next((response for response in answered if is_html(response)), answered[0] if answered else responses[0])
    base = shown.url.removesuffix(shown.request.path)
    asked = ", ".join(dict.fromkeys(response.request.path for response in responses))
    choose = "if it is one all the same, say which: jaeger+http(s)://… or tempo+http(s)://…"
    if is_html(shown):
        message = f"{base} {describe_page(shown)}; {choose}"
        return NotABackendError(message, url=base, status=shown.status, body=excerpt(shown.body))
    if answered and all(response.status >= 500 for response in answered):
        message = f"{base} fails ({shown.status}: {excerpt(shown.body)}): try again later; {choose}"
        return ResponseError(message, url=base, status=shown.status, body=excerpt(shown.body))
    said = f"{shown.status}: {excerpt(shown.body) or 'an empty body'}"
    message = f"{base} is neither Jaeger nor Tempo (asked {asked}; {said}); check host, port and base path; {choose}"
    return NotABackendError(message, url=base, status=shown.status, body=excerpt(shown.body))
