"""The options that several commands share: each is a field of `Settings` under its name in kebab-case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tracefetch.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

BACKEND = "Backend"
READING = "Reading"
WINDOW = "Window"
OUTPUT = "Output"
SECTIONS = (OUTPUT, WINDOW, BACKEND, READING)


class SectionOption(click.Option):
    """An option that stands under a heading of the help."""

    def __init__(self, *args: Any, section: str = OUTPUT, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.section = section


class SectionCommand(click.Command):
    """A command whose help lists its options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section; the unsectioned first."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], **{name: [] for name in SECTIONS}}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections[getattr(parameter, "section", "Options")].append(record)
        for name, records in [*list(sections.items())[1:], ("Options", sections["Options"])]:
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def option(*names: str, section: str, **attributes: Any) -> Callable[[F], F]:
    """A click option under a heading."""
    return click.option(*names, cls=SectionOption, section=section, **attributes)


def pairs(
    separator: str, what: str
) -> Callable[[click.Context, click.Parameter, Sequence[str]], dict[str, str] | None]:
    """A callback that reads repeated `NAME<separator>VALUE` options into a mapping; None where none is given."""

    def read(ctx: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for value in values:
            name, between, rest = value.partition(separator)
            if not between or not name.strip():
                # The value is not repeated here: it may be a secret.
                raise click.BadParameter(f"write it as {what}.", ctx, parameter)
            found[name.strip()] = rest.strip()
        return found or None

    return read


def many(ctx: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...] | None:
    """A repeatable option; None where it is not given, so that other layers of settings may set it."""
    return tuple(values) or None


def _setting(section: str, flag: str, metavar: str, help_text: str, name: str | None = None) -> Callable[[F], F]:
    """A flag whose value is one setting's text; Settings checks it."""
    return option(flag, *([name] if name else []), section=section, metavar=metavar, help=help_text)


_BACKEND = (
    _setting(BACKEND, "--url", "URL", "Jaeger or Tempo (http://host:port), a file, glob, folder, or - for stdin."),
    _setting(BACKEND, "--backend", "NAME", "Decide it instead of probing: jaeger, tempo, file, or another installed."),
    option("--api", section=BACKEND, type=click.Choice(["auto", "legacy", "v3"]), help="Jaeger's API. [default: auto]"),
    option(
        "--header", "headers", section=BACKEND, multiple=True, metavar="NAME:VALUE", callback=pairs(":", "NAME:VALUE"),
        help="Send this header; ${NAME} is taken from the environment. Repeatable.",
    ),
    _setting(BACKEND, "--tenant", "NAME", "Whose traces, where the backend has several tenants."),
    _setting(BACKEND, "--token-env", "NAME", "The environment variable that holds the bearer token."),
    _setting(BACKEND, "--ca-bundle", "FILE", "Certificates to trust instead of the system's."),
    _setting(BACKEND, "--client-cert", "FILE", "The certificate to show to the server."),
    _setting(BACKEND, "--client-key", "FILE", "Its key, where that is a file of its own."),
    _setting(BACKEND, "--timeout", "SECONDS", "The deadline of the whole command. [default: 60]", "timeout_seconds"),
    _setting(BACKEND, "--concurrency", "N", "Requests side by side. [default: 8]"),
    _setting(BACKEND, "--max-requests", "N", "Requests at most. [default: 1000]"),
    _setting(BACKEND, "--max-bytes", "N", "Bytes read at most. [default: 512 MiB]"),
    _setting(BACKEND, "--requests-per-second", "N", "Requests in a second at most."),
)  # fmt: skip
_WINDOW = (
    _setting(WINDOW, "--since", "TIME", "Search from here: ISO 8601, or an age such as 24h. [default: 7d]"),
    _setting(WINDOW, "--until", "TIME", "Search to here. [default: now]"),
    _setting(WINDOW, "--service", "NAME", "Search this service only."),
    _setting(WINDOW, "--search-limit", "N", "Traces to ask for in one search request."),
)
_READING = (
    option(
        "--session-attribute", "session_attributes", section=READING, multiple=True, callback=many, metavar="NAME",
        help="The session id is in this attribute, and in no other. Repeatable.",
    ),
    option(
        "--convention", "conventions", section=READING, multiple=True, callback=many, metavar="NAME",
        help="Read by this built-in map only (see `tracefetch maps`). Repeatable.",
    ),
    option(
        "--map", "attribute_maps", section=READING, multiple=True, callback=many, metavar="FILE",
        help="An attribute map of your own, tried first. Repeatable.",
    ),
    option(
        "--attribute", "attributes", section=READING, multiple=True, metavar="MEANING=NAME",
        callback=pairs("=", "MEANING=NAME, such as prompt=llm.request.prompt"),
        help="Which attribute means what, tried first. Repeatable.",
    ),
    _setting(
        READING, "--max-attribute-bytes", "N",
        "The length at which an attribute from Tempo may have been cut; 0 for none. [default: 2048]",
    ),
)  # fmt: skip
_GENERAL = (
    click.option(
        "--config", metavar="FILE", help="Read settings from this file instead of the user's tracefetch.toml."
    ),
    click.option("--profile", metavar="NAME", help="Use this profile of the settings file."),
    click.option("-v", "--verbose", is_flag=True, help="Say also notes, and what the backend is asked."),
)


def output_option() -> Callable[[F], F]:
    """`--output`."""
    return option(
        "--output",
        "-o",
        section=OUTPUT,
        metavar="FILE",
        help="Write a file, whole or not at all, readable by you only.",
    )


def which_options() -> Callable[[F], F]:
    """The options that say outright which conversation is meant."""
    chosen = (
        click.option(
            "--trace", metavar="ID", help="The trace with this id; with --session, that session in this trace."
        ),
        click.option("--session", metavar="ID", help="The session with this id."),
        click.option(
            "--whole-session", is_flag=True, default=None, help="If a trace belongs to a session, fetch all of that."
        ),
    )

    def decorate(command: F) -> F:
        for add in reversed(chosen):
            command = add(command)
        return command

    return decorate


def settings_options(*, window: bool = True, reading: bool = True) -> Callable[[F], F]:
    """The options that become settings, in sections of the help; `--config`, `--profile` and `--verbose` too."""

    def decorate(command: F) -> F:
        chosen = (*(_WINDOW if window else ()), *_BACKEND, *(_READING if reading else ()), *_GENERAL)
        for add in reversed(chosen):
            command = add(command)
        return command

    return decorate


def load_settings(flags: Mapping[str, Any]) -> Settings:
    """The settings of a command: what its flags say, over the environment, over files, over defaults.

    Raises:
        ConfigError: a setting is unknown, invalid or unsafe.
    """
    import os

    from tracefetch.config import Settings

    return Settings.load({name: value for name, value in flags.items() if value is not None}, environ=os.environ)
