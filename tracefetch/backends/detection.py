"""Which backend answers at an address: found by asking, since a status proves nothing.

Tempo answers `echo` to /api/echo. Jaeger gives JSON with `services` at /api/v3/services (labelled
text/plain on 2.13), else JSON with `data` at /api/services; and 2.13 answers 200 and a web page to
any other path. A gateway may pass only some paths: then what the job needs is asked, and its shape read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracefetch.backends.answers import NOT_ALLOWED, excerpt, is_page, json_object
from tracefetch.errors import NotABackendError, NotAllowedError, ResponseError
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
    """The backend's name and why it is that one, for errors and for `doctor`."""

    name: str
    why: str


def detect_backend() -> Operation[Detected]:
    """Ask the address who it is.

    Raises:
        NotAllowedError: every path was refused.
        NotABackendError: web pages came back, or something else that is neither.
        ResponseError: the server failed at all of it.
    """
    first: list[Response] = yield Batch((ECHO, SERVICES_V3), optional=True)
    if detected := _name_by_probe(first):
        return detected
    if all(response.status == 0 for response in first):
        yield Batch((ECHO,))  # not optional: the driver raises why there is no connection
    second: list[Response] = yield Batch((BUILD, SERVICES), optional=True)
    if detected := _name_by_probe(second):
        return detected
    third: list[Response] = yield Batch(_JOBS, optional=True)
    for response in third:
        if detected := _name_by_job(response):
            return detected
    raise _unknown([*first, *second, *third])


def _name_by_probe(responses: Sequence[Response]) -> Detected | None:
    for response in responses:
        if name := _probe(response):
            return Detected(name, f"{response.request.path} answered as {name.capitalize()} does")
    return None


def _probe(response: Response) -> str | None:
    if response.status != 200:
        return None
    if response.request == ECHO:
        return "tempo" if response.body.strip() == b"echo" else None
    answer = json_object(response)
    if answer is None:
        return None
    if response.request == BUILD:
        return "tempo" if "version" in answer else None
    if response.request == SERVICES_V3:  # `{}` where there are no services
        return "jaeger" if not answer or isinstance(answer.get("services"), list) else None
    return "jaeger" if "data" in answer and "errors" in answer else None


def _name_by_job(response: Response) -> Detected | None:
    answer = json_object(response)
    if answer is None:
        return None
    name = _shape(response.request.path, answer)
    return Detected(name, f"{response.request.path} has the shape of {name.capitalize()}'s answer") if name else None


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
    return "jaeger" if "data" in answer and "errors" in answer else None


def _unknown(responses: Sequence[Response]) -> Exception:
    """The error that fits what came back most often: refused, a page, a failure, or something else."""
    answered = [response for response in responses if response.status]
    shown = answered[0] if answered else responses[0]
    fields = {"backend": "auto", "url": shown.url.removesuffix(shown.request.path)}
    asked = ", ".join(dict.fromkeys(response.request.path for response in responses))
    choose = "if it is one all the same, say which: jaeger+http(s)://… or tempo+http(s)://…"
    refused = [response for response in answered if response.status in NOT_ALLOWED]
    if refused and len(refused) == len([r for r in answered if r.status != 404]):
        said = excerpt(refused[0].body) or "no reason given"
        message = f"{fields['url']} refused every question ({refused[0].status}: {said}); check token and tenant"
        return NotAllowedError(message, status=refused[0].status, **fields)
    if any(is_page(response) for response in answered):
        page = next(response for response in answered if is_page(response))
        message = (
            f"{fields['url']} answered web pages, not a tracing API (asked {asked}): a login page, a front page "
            f"of Grafana, or a wrong base path? For Grafana use …/api/datasources/proxy/uid/<uid>; {choose}"
        )
        return NotABackendError(message, status=page.status, body=excerpt(page.body), **fields)
    if answered and all(response.status >= 500 for response in answered):
        message = f"{fields['url']} fails ({shown.status}: {excerpt(shown.body)}): try again later; {choose}"
        return ResponseError(message, status=shown.status, **fields)
    message = f"{fields['url']} is neither Jaeger nor Tempo (asked {asked}; {shown.status} came back); {choose}"
    return NotABackendError(message, status=shown.status, body=excerpt(shown.body), **fields)
