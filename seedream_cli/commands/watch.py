"""`seedream watch`: draw a prompt file again with the same seeds whenever it is saved."""

from __future__ import annotations

import os
import stat
from typing import Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.exits import ExitStatus
from seedream_cli.options.draw import DrawOptions


@spread
def watch(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The prompt, taken literally; UTF-8.")],
    *,
    options: DrawOptions,
) -> ExitStatus:
    """Draw a prompt file again with the same seeds whenever it is saved.

    The seeds are chosen once, so only the words change; each draft knows the one before it. It asks before the first
    round, says what changed and pays for no text twice; --max-cost holds for all rounds together. Ctrl-C ends it (exit
    status 130), once what is in flight has been saved.

    \b
    Examples:
      seedream watch prompt.txt -n 4
      seedream watch prompt.txt --seed 7 -o now.png --max-cost 0.50 --yes
      seedream watch prompt.txt -n 2 --sandbox
    """
    from seedream_cli.watching.session import Session

    _check_file(file)
    context: Context = ctx.obj
    return Session(context, context.history(), file, options).run()


def _check_file(file: str) -> None:
    try:
        regular = stat.S_ISREG(os.stat(file).st_mode)
    except ValueError:
        raise InputError("the file does not have a valid name") from None
    except OSError as error:
        raise LocalFileError(
            f"the prompt's file '{file}' cannot be read: {error.strerror or error}",
            hint="seedream watch FILE watches a file that is there",
        ) from error
    if not regular:
        raise InputError(f"'{file}' is not a regular file", hint="only a file can be saved and drawn again")
