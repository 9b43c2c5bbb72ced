"""`seedream gen`: draw drafts of one prompt."""

from __future__ import annotations

from typing import Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus
from seedream_cli.options.draw import DrawOptions


@spread
def gen(
    ctx: typer.Context,
    prompt: Annotated[
        str | None,
        typer.Argument(metavar="[PROMPT]", help="The prompt, taken literally; - for stdin, @FILE for a file."),
    ] = None,
    *,
    options: DrawOptions,
) -> ExitStatus:
    """Draw drafts of a prompt, each with a seed of its own.

    Paths of the pictures go to stdout, one a line, as they are saved.

    \b
    Examples:
      seedream gen "An ink-wash mountain at dawn, soft mist" -n 4
      seedream gen @prompt.txt -s landscape --seed 100 -n 3 -o "out/{seed}.png"
      seedream gen "a fox" -n 8 --dry-run
      seedream gen "a fox" -n 4 --sandbox
    """
    from seedream_cli.drawing.draw import draw
    from seedream_cli.options.prompts import read_prompt
    from seedream_cli.planning.prompt import plan_prompt

    context: Context = ctx.obj
    history = context.history()
    return draw(context, history, plan_prompt(context, history, read_prompt(prompt), options), options)
