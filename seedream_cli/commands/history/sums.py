"""`seedream history stats`: how many drafts, and what they cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import dollars
from seedream_cli.notebook.spending import Spending, Sum, add_up
from seedream_cli.safetext import shorten, visible
from seedream_cli.terminal.cells import cells, columns, padded
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from seedream_cli.terminal.console import Console

_BAR = 30
_SHORTEST_BAR = 5
_LONGEST_NAME = 60


def stats(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> ExitStatus:
    """Count drafts and estimate what they cost.

    It tells sums in all, and by day, model and batch. Days are UTC. What the sandbox drew is counted apart and costs
    nothing; what has an unknown outcome is counted as perhaps spent.

    \b
    Examples:
      seedream history stats
      seedream history stats --json | jq .usd
    """
    context: Context = ctx.obj
    ledger = context.history()
    spending = add_up(ledger.tally())
    if as_json:
        context.console.data(json.dumps(spending.public()))
    else:
        _show(context.console, spending)
    return combine(context.console.statuses)


def _show(console: Console, spending: Spending) -> None:
    statuses = ", ".join(f"{count} {status}" for status, count in spending.by_status.items())
    console.entry(f"in all: {_told(spending.total)} (estimate)" + (f"; {statuses}" if statuses else ""), "  ")
    if spending.forgotten:
        console.entry(f"forgotten, in these sums: {counted(spending.forgotten, 'draft')}", "  ")
    if spending.sandbox:
        console.entry(f"sandbox, in no sum: {counted(spending.sandbox, 'draft')}", "  ")
    for title, sums in (("day", spending.by_day), ("model", spending.by_model), ("batch", spending.by_batch)):
        if sums:
            console.entry("")
            console.entry(f"by {title}")
            _show_section(console, sums)


def _show_section(console: Console, sums: dict[str, Sum]) -> None:
    rows = [(shorten(visible(name), _LONGEST_NAME), _told(found), found) for name, found in sums.items()]
    named, told = max(cells(name) for name, _, _ in rows), max(len(sum_) for _, sum_, _ in rows)
    # Where name and sum do not fit side by side, the sum goes below; bars take what is left.
    room = columns() - 4 - named - told if console.tabular else _BAR + 2
    longest = min(_BAR, room - 2)
    most = max(found.usd + found.perhaps_usd for _, _, found in rows) or 1.0
    for name, sum_, found in rows:
        bar = "#" * round(longest * (found.usd + found.perhaps_usd) / most) if longest >= _SHORTEST_BAR else ""
        if room < 0:
            console.entry(f"  {name}", "  ")
            console.entry(f"    {sum_}", "    ")
        else:
            console.entry(f"  {padded(name, named)}  {padded(sum_, told)}  {bar}".rstrip())


def _told(found: Sum) -> str:
    perhaps = f" and perhaps {dollars(found.perhaps_usd)}" if found.perhaps_usd else ""
    return f"{counted(found.drafts, 'draft')}, {dollars(found.usd)}{perhaps}"
