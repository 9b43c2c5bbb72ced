"""`seedream history stats`: how many drafts, and what they cost."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.listing import cells, fitted, padded
from seedream_cli.money import dollars
from seedream_cli.safetext import shorten, visible
from seedream_cli.spending import Spending, Sum, add_up

_BAR = 30
_LONGEST_NAME = 60


def stats(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> ExitStatus:
    """Count drafts and estimate what they cost.

    In all, and by day, model and batch. Days are UTC. What the sandbox drew is counted apart and costs nothing; what
    has an unknown outcome is counted as perhaps spent.

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
        for line in _lines(spending):
            context.console.data(fitted(line) if context.console.tabular else line)
    return combine(context.console.statuses, any_saved=False)


def _lines(spending: Spending) -> list[str]:
    statuses = ", ".join(f"{count} {status}" for status, count in spending.by_status.items())
    lines = [f"in all: {_told(spending.total)} (estimate)" + (f"; {statuses}" if statuses else "")]
    if spending.forgotten:
        lines.append(f"forgotten, in these sums: {spending.forgotten}")
    if spending.sandbox:
        lines.append(f"sandbox, in no sum: {spending.sandbox} drafts")
    for title, sums in (("day", spending.by_day), ("model", spending.by_model), ("batch", spending.by_batch)):
        lines += _section(title, sums)
    return lines


def _section(title: str, sums: dict[str, Sum]) -> list[str]:
    if not sums:
        return []
    names = {name: shorten(visible(name), _LONGEST_NAME) for name in sums}
    widest = max(map(cells, names.values()))
    most = max(found.usd + found.perhaps_usd for found in sums.values()) or 1.0
    lines = ["", f"by {title}"]
    for name, found in sums.items():
        bar = "#" * round(_BAR * (found.usd + found.perhaps_usd) / most)
        lines.append(f"  {padded(names[name], widest)}  {_told(found)}  {bar}".rstrip())
    return lines


def _told(found: Sum) -> str:
    perhaps = f" and perhaps {dollars(found.perhaps_usd)}" if found.perhaps_usd else ""
    return f"{found.drafts} drafts, {dollars(found.usd)}{perhaps}"
