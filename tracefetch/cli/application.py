"""The command line as a whole: its commands, and how errors end it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

import click

from tracefetch.cli.completion import completion
from tracefetch.cli.config import config
from tracefetch.cli.doctor import doctor
from tracefetch.cli.exits import Exit, exit_of
from tracefetch.cli.explain import explain
from tracefetch.cli.get import get
from tracefetch.cli.maps import maps
from tracefetch.cli.search import search
from tracefetch.cli.services import services
from tracefetch.errors import TracefetchError

NAME = "tracefetch"
COMPLETION = "_TRACEFETCH_COMPLETE"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # where click itself writes: the help, the version


def _version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{NAME} {version(NAME)}")
        ctx.exit()


class _InOrder(click.Group):
    """Commands as they were added: what is used most comes first."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in that order."""
        return list(self.commands)


@click.group(
    name=NAME, cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Say the version.")
def application() -> None:
    """Ask Jaeger, Tempo or a file for what an agent and its users really said."""


for command in (get, search, services, doctor, explain, maps, config, completion):
    application.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. Only Ctrl-C is raised."""
    from tracefetch.cli import console, output

    try:
        return _invoke(arguments)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except TracefetchError as error:
        console.say_error(error)
        return exit_of(error)
    except BrokenPipeError:
        output.silence_stdout()
        return Exit.FOUND
    except Exception as error:  # noqa: BLE001 - whatever it is, a user gets a line and no traceback
        if isinstance(error, OSError) and error.errno in _FULL:
            output.silence_stdout()
            console.say(f"Error: Can't write: {error.strerror}.", style="error")
            return Exit.FAILED
        console.say_bug(error, verbose=bool({"-v", "--verbose"} & set(arguments)))
        return Exit.FAILED


def _invoke(arguments: Sequence[str]) -> int:
    """What click's own `main` does, without its way of treating interrupts, broken pipes and EOFError."""
    instruction = os.environ.get(COMPLETION)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(application, {}, NAME, COMPLETION, instruction)
    with application.make_context(NAME, list(arguments)) as ctx:
        code: int | None = application.invoke(ctx)
        return code or Exit.FOUND
