"""`tracefetch doctor`: what the backend is, what it can do, and what stands in the way."""

from __future__ import annotations

from typing import Any

import click

from tracefetch.cli.options import OUTPUT, SectionCommand, option, settings_options

SAMPLE = 5  # conversations to look at: enough to see that there are some


@click.command(cls=SectionCommand, short_help="Look what the backend is and can do.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json"]), default="text",
        help="One screen, or a JSON object. [default: text]")  # fmt: skip
@option("--strict", section=OUTPUT, is_flag=True, default=None, help="Exit with 5 if something stands in the way.")
@settings_options()
def doctor(format_: str, verbose: bool, **flags: Any) -> int:
    """Say what the backend is and can do, whether conversations are there, and what to type next."""
    from tracefetch.cli.asking import asking
    from tracefetch.cli.exits import Exit
    from tracefetch.cli.next_steps import next_steps
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
            commands = list(next_steps(found, ask.settings, flags))
            target.write(render_diagnosis(found, url=ask.settings.url, commands=commands, ink=ink))
        return Exit.INCOMPLETE if ask.settings.strict and found.problems else Exit.FOUND
