"""The command line: which commands there are, each imported only when it is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from seedream_cli import __version__
from seedream_cli.exits import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context

_COMMANDS: Final = {
    "gen": "Draw drafts of a prompt.",
    "history": "What was drawn, and with what.",
    "models": "Models, sizes and prices.",
    "sandbox": "Serve the API's imitation on this machine.",
}


class _LazyGroup(TyperGroup):
    """Commands by name; a command's module is imported when the command is called or its help is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"seedream_cli.commands.{cmd_name}")
        made = getattr(module, cmd_name)
        app = made if isinstance(made, typer.Typer) else make_app()
        if app is not made:
            app.command(cmd_name)(made)
        return typer.main.get_command(app)


def make_app(**settings: Any) -> typer.Typer:
    """Return a Typer application in this program's style: plain help, no pretty tracebacks, `-h` too."""
    return typer.Typer(
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def _root(
    ctx: typer.Context,
    *,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Draw cheap image drafts while a prompt is still moving; keep what made each; pay for the final once."""
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
    app = make_app(cls=_LazyGroup, invoke_without_command=True)
    app.callback()(_root)
    command = typer.main.get_command(app)
    defaults = dict(context.config.options) if argv else {}
    status = command.main(
        list(argv),
        prog_name="seedream",
        standalone_mode=False,
        obj=context,
        default_map=dict.fromkeys(_COMMANDS, defaults),
    )
    return ExitStatus(status or 0)
