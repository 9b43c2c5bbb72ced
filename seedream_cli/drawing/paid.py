"""What is paid for and not saved yet, fetched by a command that would otherwise pay for it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drawing.sparing import sparing
from seedream_cli.drawing.turns import one_at_a_time
from seedream_cli.planning.reuse import as_it_lies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.drawing.report import Report
    from seedream_cli.history import History
    from seedream_cli.options.draw import RunOptions


def fetch_paid(
    context: Context, history: History, paid: Sequence[Draft], options: RunOptions, report: Report
) -> tuple[bool, list[Draft]]:
    """Fetch drafts that are paid for, free, as far as they are still to be fetched.

    Args:
        paid: each with the place where its picture is wanted, and the row that wants it.

    Returns:
        Whether that was not stopped, and the drafts that another command saved meanwhile or that expired.
    """
    from seedream_cli.drawing.pull import Fetching, fetch

    wanted = {draft.id: draft for draft in paid}
    with one_at_a_time(history.folder, context.console):
        # Another pull may have fetched some of them meanwhile.
        now = context.clock()
        known = [
            replace(as_it_lies(draft, now), row=wanted[draft.id].row) for draft in history.by_ids(list(wanted)).values()
        ]
        still = [replace(draft, target=wanted[draft.id].target) for draft in known if draft.status == "pending"]
        fetching = Fetching(options.jobs, options.embed, options.timeout)
        still = sparing(history, still, now=context.clock() + 1, warn=report.warn, ours=False)
        ended = not still or fetch(context, history, still, fetching, report)
    return ended, [draft for draft in known if draft.status != "pending"]
