"""`tracefetch explain`: how a conversation came about, for who does not believe the transcript."""

from __future__ import annotations

from typing import Any

import click

from tracefetch.cli.options import OUTPUT, SectionCommand, option, output_option, settings_options, which_options


@click.command(cls=SectionCommand, short_help="Show how a conversation came about.")
@click.argument("ident", required=False, metavar="[ID]")
@which_options()
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json"]), default="text",
        help="A tree, or a JSON object. [default: text]")  # fmt: skip
@output_option()
@settings_options()
def explain(
    ident: str | None,
    trace: str | None,
    session: str | None,
    format_: str,
    output: str | None,
    verbose: bool,
    **flags: Any,
) -> None:
    """Show the tree of spans with what each gave to the conversation, which map read it, and why.

    `=` says what a span is to the talk, `<` where its words were read, `?` which attributes look like
    content and are read by no map. It holds what was said: look through it before you attach it to a report.
    """
    from tracefetch.cli.asking import asking
    from tracefetch.cli.output import open_output
    from tracefetch.formats import explanation_document, json_text, render_explanation
    from tracefetch.formats.ink import Ink

    if ident and (trace or session):
        raise click.UsageError("Give an ID, or --trace and --session, not both.")
    with open_output(output) as target, asking(flags, verbose=verbose) as ask:
        with ask.progress(f"Looking for {ident or session or trace or 'the conversation'} …"):
            found = ask.client.explain(ident, trace=trace, session=session)
        if format_ == "json":
            target.write(json_text(explanation_document(found), indent=2) + "\n")
        else:
            look = target.look()
            target.write(render_explanation(found, ink=Ink(look["color"], look["width"])))
