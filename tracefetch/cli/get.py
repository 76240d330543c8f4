"""`tracefetch get`: conversations by trace or session id."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tracefetch.cli.exits import Exit, exit_of, worst
from tracefetch.cli.options import OUTPUT, SectionCommand, option, output_option, settings_options, which_options
from tracefetch.errors import TracefetchError, UsageError

if TYPE_CHECKING:
    from tracefetch.cli.asking import Asking
    from tracefetch.cli.output import Output
    from tracefetch.config import Settings
    from tracefetch.formats import Format
    from tracefetch.models import Conversation, View

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Shape:
    """How conversations are shown; `one_of_many` makes JSON formats a line each."""

    format: Format
    view: View
    one_of_many: bool


@click.command(cls=SectionCommand, short_help="Show conversations by trace or session id.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@which_options()
@option(
    "--format",
    "-f",
    "format_",
    section=OUTPUT,
    type=click.Choice(["text", "json", "openai", "markdown"]),
    help="How to show it. [default: text]",
)
@option(
    "--view",
    section=OUTPUT,
    type=click.Choice(["dialogue", "all", "threads"]),
    help="What user and assistant said; also system and tools; also sub-agents and side calls. [default: all]",
)
@output_option()
@option(
    "--strict",
    section=OUTPUT,
    is_flag=True,
    default=None,
    help="Exit with 5 if words are lost or something is doubtful.",
)
@settings_options()
def get(
    ids: tuple[str, ...], trace: str | None, session: str | None, output: str | None, verbose: bool, **flags: Any
) -> int:
    """Show conversations by trace or session id.

    An ID of hex digits only is a trace, or else a session; any other is a session. `-` reads ids from
    standard input, one a line. A file with one conversation needs no ID.

    Of several ids, those that fail don't stop the others, and the exit code is that of the worst.
    Then `--format json` and `openai` print one line for each conversation: the conversation, or
    an object with `id` and `messages`.
    """
    from tracefetch.cli.asking import asking
    from tracefetch.cli.output import open_output

    if ids and (trace or session):
        raise click.UsageError("Give an ID, or --trace and --session, not both.")
    if STDIN in ids and flags["url"] == STDIN:
        raise click.UsageError("Standard input can hold the spans (--url -) or the ids (-), not both.")
    flags["format"] = flags.pop("format_")
    wanted = list(_read(ids))
    one_of_many = len(wanted) > 1 or STDIN in ids
    with open_output(output) as target, asking(flags, verbose=verbose) as ask:
        shape = Shape(_format(ask.settings), ask.settings.view or "all", one_of_many)
        if one_of_many:
            return _get_many(ask, wanted, target, shape)
        return _get_one(ask, target, shape, ident=wanted[0] if wanted else None, trace=trace, session=session)


def _format(settings: Settings) -> Format:
    from tracefetch.formats import FORMATS

    if settings.format and settings.format not in FORMATS:
        raise UsageError(f"There is no format {settings.format!r}; choose one of {', '.join(FORMATS)}.")
    return settings.format or "text"


def _read(ids: Sequence[str]) -> Iterator[str]:
    for ident in ids:
        if ident == STDIN:
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield ident


def _get_one(
    ask: Asking, target: Output, shape: Shape, *, ident: str | None, trace: str | None, session: str | None
) -> Exit:

    with ask.progress(f"Looking for {ident or session or trace or 'the conversation'} …"):
        conversation = ask.client.get(ident, trace=trace, session=session)
    return _show(conversation, ask, target, shape, is_first=True)


def _get_many(ask: Asking, idents: Sequence[str], target: Output, shape: Shape) -> Exit:
    from tracefetch.cli.console import say_error

    exits: list[Exit] = []
    found = 0
    answers = iter(ask.client.get_many(idents))
    for asked in idents:
        with ask.progress(f"Looking for {asked} ({len(exits) + 1} of {len(idents)}) …"):
            answer = next(answers)
        if isinstance(answer, TracefetchError):
            say_error(answer, about=asked)
            exits.append(exit_of(answer))
        else:
            exits.append(_show(answer, ask, target, shape, is_first=not found))
            found += 1
    return worst(exits)


def _show(conversation: Conversation, ask: Asking, target: Output, shape: Shape, *, is_first: bool) -> Exit:
    from tracefetch.cli.evidence import tell

    target.write(_rendered(conversation, target, shape, is_first=is_first))
    tell(conversation.evidence, about=conversation.id if shape.one_of_many else None, verbose=ask.verbose)
    return Exit.INCOMPLETE if ask.settings.strict and not conversation.is_complete else Exit.FOUND


def _rendered(conversation: Conversation, target: Output, shape: Shape, *, is_first: bool) -> str:
    from tracefetch.formats import render, render_line, render_text

    if shape.format == "text":
        separator = "" if is_first else "\n\n"
        return separator + render_text(conversation, shape.view, **target.look())
    if shape.format == "markdown":
        return ("" if is_first else "\n---\n\n") + render(conversation, "markdown", shape.view)
    if shape.one_of_many:
        return render_line(conversation, shape.format, shape.view)
    return render(conversation, shape.format, shape.view)
