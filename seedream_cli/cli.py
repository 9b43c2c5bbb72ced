"""The command line: which commands there are, and what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from seedream_cli import __version__
from seedream_cli.apps import lazy_group, make_app
from seedream_cli.exits import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context

COMMANDS: Final = ("gen", "history", "models", "sandbox")
_DRAWING: Final = ("gen",)


def _root(
    ctx: typer.Context,
    *,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Draw cheap image drafts while a prompt is still moving; keep what made each; pay for the final once.

    \b
    Examples:
      seedream gen "An ink-wash mountain at dawn, soft mist" -n 4 --sandbox
      seedream history
      seedream models
    """
    if version:
        typer.echo(f"seedream {__version__}")
        raise typer.Exit
    context: Context = ctx.obj
    context.console.quiet = quiet
    context.console.verbose = verbose
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def run_command(argv: Sequence[str], context: Context) -> ExitStatus:
    """Run one command line.

    Args:
        argv: arguments without the program's name.
        context: what the command needs from outside.

    Returns:
        The exit status of a command that ran.

    Raises:
        SeedreamError: where it could not.
        TyperException: where the command line is wrong.
    """
    app = make_app(cls=lazy_group("seedream_cli.commands", COMMANDS), invoke_without_command=True)
    app.callback()(_root)
    status = typer.main.get_command(app).main(
        list(argv),
        prog_name="seedream",
        standalone_mode=False,
        obj=context,
        default_map=_defaults(argv, context),
    )
    return ExitStatus(status or 0)


def _defaults(argv: Sequence[str], context: Context) -> dict[str, dict[str, object]]:
    """Return the configuration's defaults for a command that draws; others work whatever the file holds."""
    command = next((argument for argument in argv if not argument.startswith("-")), None)
    return {command: dict(context.config.options)} if command in _DRAWING else {}
