"""The command line: which commands there are, and what holds for all of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.exceptions import TyperException

from seedream_cli import __version__
from seedream_cli.apps import dressed, lazy_group, make_app, set_elsewhere, show_help
from seedream_cli.errors import InputError, SeedreamError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.safetext import shorten, to_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context

COMMANDS: Final = {
    "gen": ("gen:gen", "Draw drafts of a prompt, each with a seed of its own."),
    "batch": ("batch:batch", "Draw a file of prompts; run it again and it goes on."),
    "history": ("history:history", "Find what was drawn, see what made it, and draw it again."),
    "gallery": ("gallery:gallery", "Look at drafts on a page: compare, rate, pick, by the keyboard."),
    "watch": ("watch:watch", "Draw a prompt file again with the same seeds whenever it is saved."),
    "models": ("models:models", "List the models: sizes, limits, price and the price's date."),
    "auth": ("auth:auth", "Store the API key, see where it comes from, remove it."),
    "config": ("config:config", "List and change what is configured."),
    "doctor": ("doctor:doctor", "Look for what is wrong here, with the command that mends it."),
    "sandbox": ("sandbox:sandbox", "Serve the images API on this machine: no key, no bill."),
}
"""By name, in help's order: `module:attribute` in `commands`, and the first line of its docstring.

The line stands here as well, since listing the commands imports none of them. It fits a terminal of 80 columns.
"""

_DRAWING: Final = ("gen", "batch")
_CONFIGURED: Final = {"gen": (), "batch": (), "gallery": ("model", "size", "negative"), "watch": ()}
"""Commands that heed what is configured, each with what it does not heed: the gallery's are filters."""

_ANYWHERE: Final = ("-q", "--quiet", "-v", "--verbose", "-qv", "-vq")
"""Options that may stand before a command."""

_SOON: Final = 6 * 60 * 60.0
"""Seconds before a paid picture's URL dies from which every command warns of it."""

_LONGEST_MESSAGE: Final = 500
_LONGEST_PROMPT: Final = 100
_PLAINER: Final = (
    ("is not a valid int range", "is not a whole number"),
    ("is not a valid int", "is not a whole number"),
    ("is not a valid float range", "is not a number"),
    ("is not a valid float", "is not a number"),
    ("is not a valid boolean. Recognized values: , ", "is neither yes nor no; these are: "),
)
"""The parser's words, and those that people use."""


def _root(
    ctx: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Draw cheap image drafts while a prompt is still moving; keep what made each; pay for the final once.

    \b
    Examples:
      seedream gen "An ink-wash mountain at dawn, soft mist" -n 4 --sandbox
      seedream history
      seedream models
    """
    context: Context = ctx.obj
    if version:
        context.console.data(f"seedream {__version__}")
        raise typer.Exit(combine(context.console.statuses))
    if ctx.invoked_subcommand is None:
        show_help(ctx)


def root_command() -> Any:
    """Return the whole command line as Typer's command, from which those below it are loaded as they are asked for."""
    app = make_app(
        cls=lazy_group("seedream_cli.commands", COMMANDS, configured=_CONFIGURED), invoke_without_command=True
    )
    app.callback()(_root)
    return dressed(typer.main.get_command(app))


def run_command(argv: Sequence[str], context: Context) -> ExitStatus:
    """Run one command line.

    Args:
        argv: arguments without the program's name.
        context: what the command needs from outside.

    Returns:
        The exit status of a command that ran.

    Raises:
        SeedreamError: where it could not.
    """
    command = root_command()
    # Not `command.main`: that takes interrupts and closed pipes for itself.
    try:
        with command.make_context("seedream", list(argv), obj=context) as ctx:
            status = command.invoke(ctx)
    except typer.Exit as done:
        return ExitStatus(done.exit_code)
    except TyperException as error:
        raise _usage_error(error, _command(argv), context) from None
    except InputError as error:
        error.hint = error.hint or f"{_command(argv)} --help"
        raise
    _warn_of_expiry(context)
    return ExitStatus(status or 0)


def _warn_of_expiry(context: Context) -> None:
    """Warn of what is paid for and about to be lost; a history that cannot be read is told by who needs it."""
    if context.console.quiet or context.hurried:
        return
    with contextlib.suppress(SeedreamError):
        soon = context.history().expiring(_SOON)
        if soon is not None:
            from seedream_cli.terminal.wording import counted, hours

            context.console.warn(
                f"{counted(soon.pictures, 'picture')} paid for and not saved: gone in {hours(soon.seconds)};"
                " `seedream history pull` is free"
            )


def _command(argv: Sequence[str]) -> str:
    """Return the command as typed, without its arguments."""
    words = [argument for argument in argv if argument not in _ANYWHERE]
    if not words or words[0] not in COMMANDS:
        return "seedream"
    command = root_command().get_command(None, words[0])
    below = words[1] if words[1:] and words[1] in getattr(command, "listed", ()) else None
    return " ".join(filter(None, ("seedream", words[0], below or getattr(command, "default_command", None))))


def _quoted_prompt(ctx: Any, message: str) -> str:
    """Return the words of a prompt that the shell took apart as it is to be typed."""
    first, others = ctx.params.get("prompt") or "", message.partition("(s) (")[2].removesuffix(".").removesuffix(")")
    prompt = to_type(shorten(f"{first} {others}", _LONGEST_PROMPT), "PROMPT")
    return f"-- {prompt}" if first.startswith("-") else prompt


def _usage_error(error: TyperException, command: str, context: Context) -> InputError:
    """Return the parser's error in words of ours, with the command to type."""
    from seedream_cli.settings.config import unset_hint
    from seedream_cli.terminal.helptext import plain_ranges

    ctx = getattr(error, "ctx", None)
    hint = f"{ctx.command_path if ctx else command} --help"
    message = error.format_message()
    drawing = command.removeprefix("seedream ") in _DRAWING
    mistyped = getattr(error, "possibilities", None)
    if mistyped:
        message, hint = message.partition(" (Possible")[0], f"did you mean {mistyped[0]}? See {hint}"
    elif command == "seedream batch" and message.startswith("Got unexpected extra argument"):
        hint = f"one file at a time; see {hint}"
    elif drawing and message.startswith("Got unexpected extra argument"):
        hint = f"a prompt goes in quotes: {command} {_quoted_prompt(ctx, message)}"
    elif drawing and message.startswith("No such option"):
        hint = f"a prompt that begins with - goes after --; see {hint}"
    elif isinstance(error, typer.BadParameter) and error.message and error.param is not None and ctx is not None:
        where = set_elsewhere(ctx, error.param)
        if where is not None and where.startswith("'"):
            hint = unset_hint(str(error.param.name), context.config_path)
        message = f"Invalid value for {where or '/'.join(error.param.opts)}: {error.message}"
    for theirs, ours in _PLAINER:
        message = message.replace(theirs, ours)
    message = plain_ranges(message.removesuffix("."))
    return InputError(shorten(message[:1].lower() + message[1:], _LONGEST_MESSAGE), hint=hint)
