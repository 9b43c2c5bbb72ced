"""`seedream history rerun` and `final`: drawing drafts again, with what is to be different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus
from seedream_cli.options.redraw import RedrawOptions

if TYPE_CHECKING:
    from seedream_cli.history import History
    from seedream_cli.planning.plan import Plan

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
    from seedream_cli.drawing.draw import draw
    from seedream_cli.planning.again import plan_again

    context: Context = ctx.obj
    history = context.history()
    planned = plan_again(context, history, references, options)
    _remind(context, history, planned, options)
    return draw(context, history, planned, options)


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
    from seedream_cli.drawing.draw import draw
    from seedream_cli.planning.again import plan_again

    context: Context = ctx.obj
    history = context.history()
    planned = plan_again(context, history, references, options, final_model=catalog.FINAL_MODEL)
    _remind(context, history, planned, options)
    return draw(context, history, planned, options)


def _remind(context: Context, history: History, planned: Plan, options: RedrawOptions) -> None:
    """Say it where a draft is to look like an earlier one and a check found that seeds are not honoured."""
    if options.seed is not None or options.count is not None or not planned.fresh:
        return
    from seedream_cli.seed_check.answers import without_seeds

    models = sorted({draft.key.model for draft in planned.fresh})
    for model in without_seeds(history.folder, planned.origin, models):
        context.console.note(
            f"{model} did not honour seeds when that was checked: what comes will not look like the draft"
            " (seedream doctor --seed-check checks again)"
        )
