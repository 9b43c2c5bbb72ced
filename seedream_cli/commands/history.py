"""`seedream history`: what was drawn, and with what."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.apps import make_app
from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.listing import details, tabbed, table

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft

history = make_app(invoke_without_command=True, no_args_is_help=False)

_DEFAULT_LENGTH = 20


@history.callback()
def _history(ctx: typer.Context) -> ExitStatus | None:
    """List what was drawn, show what made each picture.

    \b
    Examples:
      seedream history
      seedream history list -n 5 --json
      seedream history show last
    """
    if ctx.invoked_subcommand is None:
        return list_drafts(ctx)
    return None


@history.command("list")
def list_drafts(
    ctx: typer.Context,
    *,
    limit: Annotated[
        int, typer.Option("-n", "--limit", min=0, metavar="N", help="The newest N; 0 for all.")
    ] = _DEFAULT_LENGTH,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a draft.")] = False,
) -> ExitStatus:
    """List drafts, the newest last.

    \b
    Examples:
      seedream history list
      seedream history list --all --json | jq -r 'select(.status == "saved") | .path'
      seedream history list -n 3 | cut -f 1,6
    """
    context: Context = ctx.obj
    console = context.console
    ledger = context.history()
    newest = itertools.islice(ledger.newest_first(), None if everything or not limit else limit)
    drafts = list(newest)[::-1]
    if as_json:
        for draft in drafts:
            console.data(json.dumps(draft.public()))
    elif console.tabular:
        console.lines(table(drafts))
    else:
        for draft in drafts:
            console.data(tabbed(draft))
    if ledger.damaged:
        console.warn(f"{ledger.damaged} damaged lines in {ledger.path} were passed over")
    return combine(console.statuses, any_saved=False)


@history.command("show")
def show(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="An id, its beginning, last, last~2, or a picture.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> ExitStatus:
    """Show everything that is known of one draft.

    \b
    Examples:
      seedream history show last
      seedream history show 7k2 --json
      seedream history show drafts/a-fox-1-7k2m90ab41cd.png
    """
    context: Context = ctx.obj
    draft = context.history().find(reference)
    _print_one(context, draft, as_json=as_json)
    return combine(context.console.statuses, any_saved=False)


@history.command("path")
def path(ctx: typer.Context) -> ExitStatus:
    """Print where the history lies.

    \b
    Examples:
      jq -r 'select(.kind == "intent") | .prompt' "$(seedream history path)"
    """
    context: Context = ctx.obj
    context.console.data(str(context.history().path))
    return combine(context.console.statuses, any_saved=False)


def _print_one(context: Context, draft: Draft, *, as_json: bool) -> None:
    if as_json:
        context.console.data(json.dumps(draft.public()))
    else:
        context.console.lines(details(draft))
