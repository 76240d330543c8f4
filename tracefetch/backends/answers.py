"""What a server answered: JSON or not, a web page or not, and the errors that say so."""

from __future__ import annotations

from typing import Any, NoReturn

from tracefetch.backends.jsontext import DEEPEST, JsonTroubleError, Repair, read_json
from tracefetch.errors import NotAllowedError, ResponseError
from tracefetch.http.pages import excerpt, is_html, not_a_backend
from tracefetch.http.values import Response
from tracefetch.models import Evidence, doubt

NOT_ALLOWED = (401, 403)


def json_of(response: Response) -> tuple[Any, list[Evidence]]:
    """The JSON value of a body, whatever its label says (Jaeger 2.13 labels JSON text/plain).

    Raises:
        ValueError: the body is no JSON.
    """
    value, repair = read_json(response.body)
    return value, told_repairs(repair, response.request.path)


def told_repairs(repair: Repair, where: str) -> list[Evidence]:
    """What a reader must know of a text that could not be used as it came."""
    told = [broken_characters(where)] if Repair.HALVES in repair else []
    return [*told, nested_too_deep(where)] if Repair.DEPTH in repair else told


def nested_too_deep(where: str) -> Evidence:
    """Something was nested past all depth: what lies there is left out."""
    message = f"{where} holds values nested more than {DEEPEST} levels deep: what lies deeper is left out"
    return doubt("nested-too-deep", message)


def broken_characters(where: str) -> Evidence:
    """Half characters were found: something cut a text in the middle of one."""
    message = f"{where} holds half characters (lone surrogates), shown as \ufffd: a text was cut there"
    return doubt("broken-character", message)


def json_object(response: Response) -> dict[str, Any] | None:
    """The JSON object of a body; None where it is something else."""
    return told_object(response)[0]


def told_object(response: Response) -> tuple[dict[str, Any] | None, list[Evidence]]:
    """The JSON object of a body, None where it is something else; and what was repaired in it."""
    if response.body[:1] not in (b"{", b" ", b"\n", b"\r", b"\t"):
        return None, []
    try:
        value, told = json_of(response)
    except JsonTroubleError:
        return None, []
    return (value, told) if isinstance(value, dict) else (None, [])


def refuse(response: Response, *, backend: str, asked: str, ident: str | None = None, hint: str = "") -> NoReturn:
    """Raise the error that tells what came instead of an answer.

    Args:
        asked: what was asked for, as "the trace", "the services".
        hint: what to try.
    """
    fields: dict[str, Any] = {
        "backend": backend,
        "url": response.url,
        "ident": ident,
        "status": response.status,
        "body": excerpt(response.body),
    }
    advice = f"; {hint}" if hint else ""
    if response.status in NOT_ALLOWED:
        message = f"{response.url} refused {asked} ({response.status}): {_said(response)}{advice}"
        raise NotAllowedError(message, **fields)
    if is_html(response):
        raise not_a_backend(response, backend=backend)
    message = f"{backend} at {response.url} could not give {asked}: status {response.status}, {_said(response)}{advice}"
    raise ResponseError(message, **fields)


def _said(response: Response) -> str:
    return excerpt(response.body) or "an empty body"
