"""What is paid for and not saved yet, fetched by a command that would otherwise pay for it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drawing.sparing import sparing
from seedream_cli.drawing.turns import one_at_a_time
from seedream_cli.planning.reuse import as_it_lies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft, Target
    from seedream_cli.drawing.report import Report
    from seedream_cli.history import History
    from seedream_cli.options.draw import RunOptions


def fetch_paid(
    context: Context, history: History, wanted: Mapping[str, Target], options: RunOptions, report: Report
) -> tuple[bool, list[Draft]]:
    """Fetch drafts that are paid for, free, as far as they are still to be fetched.

    Args:
        wanted: where their pictures are wanted, by id.

    Returns:
        Whether that was not stopped, and the drafts that another command saved meanwhile or that expired.
    """
    from seedream_cli.drawing.pull import Fetching, fetch

    with one_at_a_time(history.folder, context.console):
        # Another pull may have fetched some of them meanwhile.
        now = context.clock()
        known = [as_it_lies(draft, now) for draft in history.by_ids(list(wanted)).values()]
        still = [replace(draft, target=wanted[draft.id]) for draft in known if draft.status == "pending"]
        fetching = Fetching(options.jobs, options.embed, options.timeout)
        still = sparing(history, still, now=context.clock() + 1, warn=report.warn, ours=False)
        ended = not still or fetch(context, history, still, fetching, report)
    return ended, [draft for draft in known if draft.status != "pending"]
