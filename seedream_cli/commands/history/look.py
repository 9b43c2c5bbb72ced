"""`seedream history list`, `show`, `path`, `open`: looking at what was drawn."""

from __future__ import annotations

import itertools
import json
import os
from typing import Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.dates import moment
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.history.search import Filter
from seedream_cli.listing import details, tabbed, table

STATUSES = ("saved", "pending", "expired", "unknown", "blocked", "failed")
_DEFAULT_LENGTH = 20
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def list_drafts(
    ctx: typer.Context,
    *,
    limit: Annotated[
        int, typer.Option("-n", "--limit", min=0, metavar="N", help="The newest N; 0 for all.")
    ] = _DEFAULT_LENGTH,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    grep: Annotated[
        str | None, typer.Option(metavar="TEXT", help="With this in prompt, negative or revised prompt, or note.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="today, 3d, 2026-11-01 and so on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Likewise, the day included.")] = None,
    model: Annotated[str | None, typer.Option("-m", "--model", metavar="ID", help="Of this model.")] = None,
    size: Annotated[str | None, typer.Option("-s", "--size", metavar="WxH", help="Of this size.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="INT", help="With this seed.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TEXT", help="With this tag.")] = None,
    rating: Annotated[str | None, typer.Option(metavar="N", help="Rated so; 4+ for at least 4.")] = None,
    status: Annotated[str | None, typer.Option(metavar="STATUS", help=", ".join(STATUSES) + ".")] = None,
    batch: Annotated[str | None, typer.Option(metavar="NAME", help="Of this batch.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a draft.")] = False,
) -> ExitStatus:
    """List drafts, the newest last; filters combine.

    \b
    Examples:
      seedream history list --grep "red fox" --since 3d --rating 4+
      seedream history list --status pending
      seedream history list --all --json | jq -r 'select(.status == "saved") | .path'
      seedream history list -n 3 | cut -f 1,6
    """
    context: Context = ctx.obj
    console = context.console
    ledger = context.history()
    now = context.clock()
    if status is not None and status not in STATUSES:
        raise InputError(f"'{status}' is no status", hint=f"there are {', '.join(STATUSES)}")
    wanted = Filter(
        text=grep,
        since=None if since is None else moment(since, now=now),
        until=None if until is None else moment(until, now=now, end=True),
        model=model,
        size=size,
        seed=seed,
        tag=tag,
        ratings=_ratings(rating),
        status=status,
        batch=batch,
    )
    newest = itertools.islice(ledger.search(wanted), None if everything or not limit else limit)
    drafts = list(newest)[::-1]
    if as_json:
        for draft in drafts:
            console.data(json.dumps(draft.public()))
    elif console.tabular:
        console.lines(table(drafts, now=now))
    else:
        for draft in drafts:
            console.data(tabbed(draft))
    if ledger.damaged:
        console.warn(f"{ledger.damaged} damaged lines were passed over; `seedream history verify` names them")
    return combine(console.statuses, any_saved=False)


def _ratings(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset()
    least = text.endswith("+")
    digits = text.removesuffix("+")
    if digits not in set("012345"):
        raise InputError(f"'{text}' is no rating", hint="ratings are 0 to 5; 4+ is 4 or 5")
    return frozenset(range(int(digits), 6)) if least else frozenset({int(digits)})


def show(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="An id, its beginning, last, last~2, or a picture's path.")
    ],
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
    if as_json:
        context.console.data(json.dumps(draft.public()))
    else:
        context.console.lines(details(draft))
    return combine(context.console.statuses, any_saved=False)


def path(ctx: typer.Context) -> ExitStatus:
    """Print where the history lies.

    \b
    Examples:
      seedream history path
      jq -r 'select(.kind == "intent") | .prompt' "$(seedream history path)"
    """
    context: Context = ctx.obj
    context.console.data(str(context.history().path))
    return combine(context.console.statuses, any_saved=False)


def open_picture(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Whose picture to open.")],
) -> ExitStatus:
    """Open a draft's picture in the system's viewer.

    \b
    Examples:
      seedream history open last
    """
    context: Context = ctx.obj
    draft = context.history().find(reference)
    if draft.path is None:
        raise InputError(f"{draft.id} has no picture: it is {draft.status}", hint=f"seedream history show {draft.id}")
    if not (os.path.isabs(draft.path) and os.path.isfile(draft.path) and draft.path.endswith(_SUFFIXES)):
        raise LocalFileError(f"there is no picture at {draft.path}", hint="seedream history verify")
    if typer.launch(draft.path):
        raise LocalFileError(f"no viewer could be opened for {draft.path}")
    return ExitStatus.OK
