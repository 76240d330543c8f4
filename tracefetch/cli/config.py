"""`tracefetch config`: the settings in force and where each came from."""

from __future__ import annotations

from typing import Any

import click

from tracefetch.cli.options import OUTPUT, SectionCommand, load_settings, option, settings_options


@click.command(cls=SectionCommand, short_help="Show the settings in force.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json"]), default="text",
        help="A table, or a JSON list of objects with name, value and source. [default: text]")  # fmt: skip
@settings_options()
def config(format_: str, verbose: bool, **flags: Any) -> None:
    """Show the settings in force and where each came from; secrets are masked.

    They come from the command line, a profile that it names, TRACEFETCH_* in the environment,
    tracefetch.toml in the current folder, tracefetch.toml in your config folder, and defaults.
    """
    from tracefetch.cli.console import say
    from tracefetch.cli.output import open_output
    from tracefetch.config import provenance, user_file
    from tracefetch.formats import json_text, render_table
    from tracefetch.formats.ink import Ink

    settings = load_settings(flags)
    rows = provenance(settings)
    with open_output(None) as target:
        if format_ == "json":
            document = [{"name": row.name, "value": row.value, "source": row.source} for row in rows]
            target.write(json_text(document, indent=2) + "\n")
        else:
            cells = [(row.name, row.source, row.value or "-") for row in rows]
            target.write(render_table(("setting", "from", "value"), cells, ink=Ink(target.look()["color"])))
            there = "" if user_file().is_file() else " (not there)"
            target.write(f"\nYour settings file is {user_file()}{there}.\n")
    for text in settings.notes:
        say(f"note: {text}", style="note")
