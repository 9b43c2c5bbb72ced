"""`seedream history rerun` and `final`: drawing drafts again, with what is to be different."""

from __future__ import annotations

from typing import Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus
from seedream_cli.options.redraw import RedrawOptions

_References = Annotated[
    list[str], typer.Argument(metavar="ID...", help="Ids, their beginnings, last, last~2, or pictures' paths.")
]


@spread
def rerun(ctx: typer.Context, references: _References, *, options: RedrawOptions) -> ExitStatus:
    """Draw drafts again, as they were but for what is given.

    Same prompt, same seed, same size, same model. The new drafts know which they were made from. -n draws several with
    new seeds.

    \b
    Examples:
      seedream history rerun last --sub dawn=dusk
      seedream history rerun 7k2 -n 4
      seedream history rerun last~1 last --seed +1 --negative "text, people"
    """
    from seedream_cli.drawing import draw
    from seedream_cli.planning.again import plan_again

    context: Context = ctx.obj
    history = context.history()
    return draw(context, history, plan_again(context, history, references, options), options)


@spread
def final(ctx: typer.Context, references: _References, *, options: RedrawOptions) -> ExitStatus:
    """Draw picks again on a model for finals, with the same seed.

    That is seedream-v4.5 unless -m says seedream-v4. On V4.5 a draft becomes 2048 pixels wide, high, or both; what its
    size becomes is said, and what it costs.

    \b
    Examples:
      seedream history final last
      seedream history final 7k2 9ab -m seedream-v4 -o 'finals/{slug}-{seed}.{ext}'
      seedream history final last --dry-run
    """
    from seedream_cli import catalog
    from seedream_cli.drawing import draw
    from seedream_cli.planning.again import plan_again

    context: Context = ctx.obj
    history = context.history()
    planned = plan_again(context, history, references, options, final_model=catalog.FINAL_MODEL)
    return draw(context, history, planned, options)
