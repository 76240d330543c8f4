"""docs/cli.md, generated from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tracefetch.cli.application import application
from tracefetch.cli.exits import MEANINGS

_INTRODUCTION = """\
# The command line

Generated from the commands by `python docs/write.py`; a test holds that it is current.

Every option under *Backend*, *Window* and *Reading* is a setting, and can also stand in a settings file or in
`TRACEFETCH_…`. Data goes to standard output; losses and doubts (a line for each kind, with a count), errors and,
on a terminal, progress go to standard error. A complete answer leaves standard error empty.
"""
_SEVERAL = """\
## Formats

| format | one conversation | of several (ids, or ids from standard input) |
|---|---|---|
| `text` | a transcript; in colours on a terminal, unless `NO_COLOR` is set | one after another |
| `markdown` | a document | one after another, a rule between |
| `openai` | a list of chat messages | a line each: an object with `id` and `messages` |
| `json` | all of it ([schema](conversation.schema.json)) | a line each |

With `--view threads`, `openai` is an object with `messages`, the main talk, and `threads`, each with `messages` of its
own: one list would mix talks that never heard each other. With `--view dialogue`, `json` has no other turns and no
threads; else it has everything.

An `openai` message of an assistant that only calls tools has `content: null`; `arguments` is always text: JSON, or what
was recorded where that is no JSON. Every format but JSON shows control characters as visible escapes; JSON
(`json`, `openai`) keeps all text exactly, a lone surrogate as `\\udXXX`.

In `text` only headers begin at the first column, `→` begins a tool call, `~` a part that is no text (reasoning,
an image), `!` an error, a loss or a doubt, and `│` a thread; what was said is indented. In `markdown` what was said
is quoted with its markup escaped, and what has code in it stands in a fence.
"""


def reference() -> str:
    """The page as Markdown."""
    return "\n".join([_INTRODUCTION, *_commands(), _SEVERAL, *_exits()])


def _commands() -> Iterator[str]:
    root = application.make_context(application.name, [], resilient_parsing=True)
    for name, command in application.commands.items():
        ctx = click.Context(command, info_name=name, parent=root, terminal_width=100)
        yield f"## tracefetch {name}\n\n```text\n{command.get_help(ctx)}\n```\n"


def _exits() -> Iterator[str]:
    yield "## Exit codes\n\n| code | meaning |\n|---|---|"
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items())
    yield "\nOf several ids the worst counts; an error is worse than an answer that may not be whole.\n"
