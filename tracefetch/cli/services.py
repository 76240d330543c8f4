"""`tracefetch services`: which services sent spans."""

from __future__ import annotations

from typing import Any

import click

from tracefetch.cli.options import OUTPUT, SectionCommand, option, output_option, settings_options


@click.command(cls=SectionCommand, short_help="List the services that sent spans.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json"]), default="text",
        help="One name a line, or a JSON list. [default: text]")  # fmt: skip
@output_option()
@settings_options(reading=False)
def services(format_: str, output: str | None, verbose: bool, **flags: Any) -> None:
    """List the services that sent spans."""
    from tracefetch.cli.asking import asking
    from tracefetch.cli.output import open_output
    from tracefetch.formats import escape_line, json_text

    with open_output(output) as target, asking(flags, verbose=verbose) as ask:
        with ask.progress("Asking for services …"):
            names = ask.client.services()
        if format_ == "json":
            target.write(json_text(names, indent=2) + "\n")
        else:
            target.write("".join(f"{escape_line(name)}\n" for name in names))
