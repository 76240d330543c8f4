"""`tracefetch doctor`: what the backend is, what it can do, and what stands in the way."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from tracefetch.cli.options import OUTPUT, SectionCommand, option, settings_options

if TYPE_CHECKING:
    from tracefetch.config import Settings
    from tracefetch.models.diagnosis import Diagnosis

SAMPLE = 5  # conversations to look at: enough to see that there are some
# Flags that say where to ask, as whom and how to read; to be typed again.
_CARRIED = {
    "backend": "--backend", "api": "--api", "tenant": "--tenant", "token_env": "--token-env",
    "ca_bundle": "--ca-bundle", "client_cert": "--client-cert", "client_key": "--client-key",
    "session_attributes": "--session-attribute", "conventions": "--convention", "attribute_maps": "--map",
    "service": "--service", "since": "--since", "until": "--until", "config": "--config", "profile": "--profile",
}  # fmt: skip


@click.command(cls=SectionCommand, short_help="Look what the backend is and can do.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json"]), default="text",
        help="One screen, or a JSON object. [default: text]")  # fmt: skip
@option("--strict", section=OUTPUT, is_flag=True, default=None, help="Exit with 5 if something stands in the way.")
@settings_options()
def doctor(format_: str, verbose: bool, **flags: Any) -> int:
    """Say what the backend is and can do, whether conversations are there, and what to type next."""
    from tracefetch.cli.asking import asking
    from tracefetch.cli.exits import Exit
    from tracefetch.cli.output import open_output
    from tracefetch.formats import diagnosis_document, json_text, render_diagnosis
    from tracefetch.formats.ink import Ink

    with open_output(None) as target, asking(flags, verbose=verbose) as ask:
        with ask.progress("Looking at the backend …"):
            found = ask.client.diagnose(sample=SAMPLE)
        if format_ == "json":
            target.write(json_text(diagnosis_document(found), indent=2) + "\n")
        else:
            look = target.look()
            ink = Ink(look["color"], look["width"])
            commands = list(_commands(found, ask.settings, flags))
            target.write(render_diagnosis(found, url=ask.settings.url, commands=commands, ink=ink))
        return Exit.INCOMPLETE if ask.settings.strict and found.problems else Exit.FOUND


def _commands(found: Diagnosis, settings: Settings, flags: Mapping[str, Any]) -> Iterator[str]:
    """What to type next, with the flags that got here and those that it takes; a secret is never among them."""
    given = [*_given(settings, flags), *found.flags]
    if not found.conversations:
        yield shlex.join(["tracefetch", "search", *given, *([] if flags.get("since") else ["--since", "30d"])])
        return
    talk = next((talk for talk in found.conversations if talk.turns), found.conversations[0])
    which = ["--session", talk.id] if talk.is_session else ["--trace", talk.id]
    yield shlex.join(["tracefetch", "get", *which, *given])
    yield shlex.join(["tracefetch", "search", *given])


def _given(settings: Settings, flags: Mapping[str, Any]) -> Iterator[str]:
    if flags.get("url"):
        yield from ("--url", str(settings.url))
    for name, flag in _CARRIED.items():
        value = flags.get(name)
        for word in value if isinstance(value, tuple) else (value,):
            yield from (flag, str(word)) if word is not None else ()
    for name, value in (flags.get("headers") or {}).items():
        # Written out it may be a secret; as ${NAME} it is only where to find one.
        yield from ("--header", f"{name}:{value if value.startswith('${') else '${VALUE}'}")
    for meaning, name in (flags.get("attributes") or {}).items():
        yield from ("--attribute", f"{meaning}={name}")
