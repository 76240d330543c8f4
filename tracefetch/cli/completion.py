"""`tracefetch completion`: what makes a shell complete commands and options."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")
# Where each shell reads it from; shown in the help.
_ADVICE = {
    "bash": "tracefetch completion bash >> ~/.bashrc",
    "zsh": "tracefetch completion zsh >> ~/.zshrc   (below compinit)",
    "fish": "tracefetch completion fish > ~/.config/fish/completions/tracefetch.fish",
}


@click.command(short_help="Print a shell's completion script.", epilog="\b\n" + "\n".join(_ADVICE.values()))
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    from tracefetch.cli.output import open_output

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    root = ctx.find_root()
    name = root.info_name or "tracefetch"
    source = maker(root.command, {}, name, "_TRACEFETCH_COMPLETE").source()
    with open_output(None) as target:
        target.write(source.rstrip() + "\n")
