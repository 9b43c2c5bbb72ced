"""`seedream history pull`: fetch what was paid for and is not saved yet."""

from __future__ import annotations

from typing import Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus
from seedream_cli.options import Embed, Jobs, Timeout


def pull(
    ctx: typer.Context,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Only these; default: all that are pending."),
    ] = None,
    *,
    jobs: Jobs = 4,
    embed: Embed = True,
    timeout: Timeout = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a draft.")] = False,
    print0: Annotated[bool, typer.Option("-0", "--print0", help="End paths with NUL instead of a line feed.")] = False,
) -> ExitStatus:
    """Fetch what was paid for and is not saved yet, free.

    Each picture goes to where it was meant to lie; no key is needed. URLs live for 24 hours. Exit status 0 when nothing
    is left pending, else 9.

    \b
    Examples:
      seedream history pull
      seedream history pull 7k2
    """
    from seedream_cli.drawing.pull import Fetching, pull_pictures

    context: Context = ctx.obj
    fetching = Fetching(jobs, embed, timeout)
    return pull_pictures(context, references or [], fetching, as_json=as_json, end="\0" if print0 else "\n")
