"""`seedream doctor`: what is wrong here and the command that mends it; whether the service honours seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.safetext import visible

if TYPE_CHECKING:
    from seedream_cli.doctor.check import Check

_MARGIN: Final = " " * 9
"""What stands in front of a message's further lines, and of its hint: below the name."""


def doctor(
    ctx: typer.Context,
    *,
    seed_check: Annotated[
        bool,
        typer.Option("--seed-check", help="Instead: draw one prompt twice with one seed and compare. Costs 2 drafts."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", envvar="SEEDREAM_MODEL", metavar="ID", help="Model for --seed-check."),
    ] = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Draw for --seed-check without asking.")] = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", envvar="SEEDREAM_SANDBOX", help="Check the sandbox's seeds, without cost.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a check.")] = False,
) -> ExitStatus:
    """Look for what is wrong here, with the command that mends it.

    It looks at configuration, history, key, terminal, network and clock. Nothing is written and nothing is billed,
    except by --seed-check: two pictures. Exit status 0 where nothing is wrong; warnings do not count.

    \b
    Examples:
      seedream doctor
      seedream doctor --json | jq -r 'select(.state == "problem") | .hint'
      seedream doctor --seed-check
    """
    context: Context = ctx.obj
    if seed_check:
        from seedream_cli.seed_check.asking import check_seeds

        return check_seeds(context, model, yes=yes, sandbox=sandbox, as_json=as_json)
    from seedream_cli.doctor import examine

    statuses = set(context.console.statuses)
    for check in examine(context):
        statuses.add(check.status)
        _tell(context, check, as_json=as_json)
    return combine(statuses | context.console.statuses)


def _tell(context: Context, check: Check, *, as_json: bool) -> None:
    console = context.console
    if as_json:
        console.data(json.dumps(check.public()))
    elif console.tabular:
        console.entry(visible(f"{check.state:<8} {check.name:<11} {check.message}"), _MARGIN)
        if check.hint is not None:
            console.entry(f"{_MARGIN}hint: {visible(check.hint)}", _MARGIN)
    else:
        console.data("\t".join(map(visible, (check.state, check.name, check.message, check.hint or ""))))
