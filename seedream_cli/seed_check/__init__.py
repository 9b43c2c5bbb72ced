"""Whether a service honours seeds, on which every rerun rests: one prompt drawn twice with one seed, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.planning import plan
from seedream_cli.planning.prompt import check_options, resolve, settle

if TYPE_CHECKING:
    from seedream_cli.context import Context
    from seedream_cli.options.draw import DrawOptions
    from seedream_cli.planning.plan import Plan

PROMPT: Final = "A red paper boat on a still lake between dark pines, a white heron at its left, snow on the hills"
"""Many things that could lie anywhere: by chance no two pictures of it are alike."""

TAG: Final = "seed-check"


def plan_twice(context: Context, options: DrawOptions) -> Plan:
    """Plan two drafts that ask for the same with the same random seed.

    Raises:
        SeedreamError: where something cannot be as it was asked for.
    """
    check_options(options)
    wish = resolve(context, options, prompt=PROMPT, negative_prompt=None, model=options.model, size=options.size)
    seed = plan.random_first_seed(context.chance, 1)
    run = plan.new_id()
    fresh = plan.drafts([wish.key(seed)] * 2, price=wish.price, now=context.clock(), tags=(TAG,), run=run)
    return settle(context, options, fresh, origin=wish.origin, run=run)
