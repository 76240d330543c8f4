"""`tracefetch search`: which conversations there are, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import click

from tracefetch.cli.options import OUTPUT, WINDOW, SectionCommand, option, settings_options

if TYPE_CHECKING:
    from tracefetch.cli.asking import Asking
    from tracefetch.cli.output import Output
    from tracefetch.models import Summary

LIMIT = 20


@click.command(cls=SectionCommand, short_help="List conversations, newest first.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json", "jsonl"]), default="text",
        help="A table, a JSON list, or a line of JSON for each as it is found. [default: text]")  # fmt: skip
@option(
    "--output", "-o", section=OUTPUT, metavar="FILE", help="Write a file, whole or not at all, readable by you only."
)
@option("--strict", section=OUTPUT, is_flag=True, default=None, help="Exit with 5 if the list may not be whole.")
@option("--limit", section=WINDOW, type=click.IntRange(min=1), default=LIMIT, metavar="N",
        help=f"Conversations to list. [default: {LIMIT}]")  # fmt: skip
@option(
    "--status", section=WINDOW, type=click.Choice(["ok", "error"]), help="Only those that went well, or that failed."
)
@settings_options()
def search(format_: str, output: str | None, limit: int, status: str | None, verbose: bool, **flags: Any) -> int:
    """List conversations, newest first.

    It looks on until --limit conversations are found or the window ends. The ids are for
    `tracefetch get`.
    """
    from tracefetch.cli.asking import asking
    from tracefetch.cli.evidence import tell
    from tracefetch.cli.exits import Exit
    from tracefetch.cli.output import open_output

    with open_output(output) as target, asking(flags, verbose=verbose) as ask:
        listing = ask.client.search(status=status, limit=limit)
        found = _write(_watched(listing, ask), target, format_)
        tell(listing.evidence, verbose=verbose)
        if ask.settings.strict and any(item.severity != "note" for item in listing.evidence):
            return Exit.INCOMPLETE
    return Exit.FOUND if found else Exit.NOT_FOUND


def _watched(listing: Iterable[Summary], ask: Asking) -> Iterator[Summary]:
    """The same, with a line on a terminal that says how far it got; it is away while a row is written."""
    rows = iter(listing)
    for number in count():
        with ask.progress(f"Searching … {number} found"):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _write(rows: Iterator[Summary], target: Output, format_: str) -> int:
    from tracefetch.formats import json_text, render_listing, summary_document
    from tracefetch.formats.ink import Ink

    if format_ == "jsonl":
        written = 0
        for row in rows:
            target.write(json_text(summary_document(row)) + "\n")
            written += 1
        return written
    found = list(rows)
    if format_ == "json":
        target.write(json_text([summary_document(row) for row in found], indent=2) + "\n")
    elif found:
        look = target.look()
        target.write(render_listing(found, ink=Ink(look["color"], look["width"])))
    return len(found)
