"""`tracefetch search`: which conversations there are, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING, Any

import click

from tracefetch.cli.options import OUTPUT, WINDOW, SectionCommand, option, output_option, settings_options
from tracefetch.errors import TracefetchError

if TYPE_CHECKING:
    from tracefetch.cli.asking import Asking
    from tracefetch.cli.output import Output
    from tracefetch.models import Summary

LIMIT = 20


@click.command(cls=SectionCommand, short_help="List conversations, newest first.")
@option("--format", "-f", "format_", section=OUTPUT, type=click.Choice(["text", "json", "jsonl"]), default="text",
        help="A table, a JSON list, or a line of JSON for each as it is found. [default: text]")  # fmt: skip
@output_option()
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
    from tracefetch.cli.console import say
    from tracefetch.cli.evidence import tell
    from tracefetch.cli.exits import Exit
    from tracefetch.cli.output import open_output

    with open_output(output) as target, asking(flags, verbose=verbose) as ask:
        listing = ask.client.search(status=status, limit=limit)
        found = _lines(listing, ask, target) if format_ == "jsonl" else _table(listing, ask, target, format_)
        tell(listing.evidence, verbose=verbose)
        if not found:
            say("Nothing was found: --since widens the window, `tracefetch doctor` says what is there.", style="error")
            return Exit.NOT_FOUND
        is_doubtful = any(item.severity != "note" for item in listing.evidence)
        return Exit.INCOMPLETE if ask.settings.strict and is_doubtful else Exit.FOUND


def _lines(listing: Iterable[Summary], ask: Asking, target: Output) -> int:
    """Write each as it is found; the line of progress is away meanwhile."""
    from tracefetch.formats import json_text, summary_document

    rows = iter(listing)
    for found in count():
        with ask.progress(f"Searching … {found} found"):
            row = next(rows, None)
        if row is None:
            break
        target.write(json_text(summary_document(row)) + "\n")
    return found


def _table(listing: Iterable[Summary], ask: Asking, target: Output, format_: str) -> int:
    """Write all at the end; where the search fails on the way, what it found until then."""
    found: list[Summary] = []
    try:
        with ask.progress("Searching …") as line:
            for row in listing:
                found.append(row)
                line.update(f"Searching … {len(found)} found")
    except TracefetchError:
        if found:
            target.write(_rendered(found, target, format_))
        raise
    if found or format_ == "json":
        target.write(_rendered(found, target, format_))
    return len(found)


def _rendered(found: list[Summary], target: Output, format_: str) -> str:
    from tracefetch.formats import json_text, render_listing, summary_document
    from tracefetch.formats.ink import Ink

    if format_ == "json":
        return json_text([summary_document(row) for row in found], indent=2) + "\n"
    return render_listing(found, ink=Ink(target.look()["color"], target.columns()))
