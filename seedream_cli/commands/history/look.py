"""`seedream history list`, `show`, `path`, `open`: looking at what was drawn."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.apps import spread
from seedream_cli.context import Context
from seedream_cli.drafts import SUFFIXES
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.notebook.listing import details, labelled, tabbed, table
from seedream_cli.notebook.selecting import select, unknown_model
from seedream_cli.options.select import SelectOptions
from seedream_cli.terminal import headings
from seedream_cli.terminal.cells import columns
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft


@spread
def list_drafts(
    ctx: typer.Context,
    *,
    options: SelectOptions,
    as_json: Annotated[bool, headings.shown("--json", help="Print one JSON object a draft.")] = False,
) -> ExitStatus:
    """List drafts, the newest last; filters combine.

    What the sandbox drew is marked (sandbox), or (s) where the terminal is narrow.

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
    drafts = select(ledger, options, now=now)
    if as_json:
        for draft in drafts:
            console.data(json.dumps(draft.public()))
    elif console.tabular:
        rows = table(drafts, now=now, width=columns(), coloured=console.coloured) if drafts else ()
        console.lines("".join(f"{row}\n" for row in rows))
    else:
        for draft in drafts:
            console.data(tabbed(draft))
    if not drafts:
        _tell_nothing(context, options)
    if ledger.damaged:
        console.warn(f"{counted(ledger.damaged, 'damaged line')} passed over; `seedream history verify` names them")
    return combine(console.statuses)


def _tell_nothing(context: Context, options: SelectOptions) -> None:
    """Say why a list is empty: to people, and to anyone whose filter is likely to be misspelt."""
    console = context.console
    near = unknown_model(context.history(), options)
    if near is not None:
        console.note(near)
    elif console.tabular and any(context.history().newest_first()):
        console.note("no draft matches")
    elif console.tabular:
        console.note("nothing drawn yet")
        console.note('hint: seedream gen "An ink-wash mountain at dawn, soft mist" --sandbox   # costs nothing')


def show(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="An id, its beginning, last, last~2, or a picture's path.")
    ],
    *,
    preview: Annotated[
        bool,
        typer.Option("--preview/--no-preview", envvar="SEEDREAM_PREVIEW", help="Show a thumbnail on the terminal."),
    ] = True,
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
        width = columns() if context.console.tabular else None
        context.console.lines("".join(f"{line}\n" for line in labelled(details(draft, now=context.clock()), width)))
        _tell_next(context, draft)
        # Where the text goes into a pager or a file, a picture would only be in its way.
        if draft.status == "saved" and context.console.tabular:
            from seedream_cli.preview import open_preview

            shown = open_preview(context.console, context.environment, [draft], wanted=preview)
            shown.add(draft)
            shown.show([draft])
    return combine(context.console.statuses)


def _tell_next(context: Context, draft: Draft) -> None:
    """Say what can be done about a draft that has no picture."""
    again = f"seedream history rerun {draft.id}"
    hints = {
        "pending": f"seedream history pull {draft.id}   # fetches it free while the URL lives",
        "expired": f"{again}   # draws it once more, and is billed",
        "unknown": f"{again}   # it was perhaps billed; this sends it once more, and is billed",
        "blocked": f"{again} --prompt TEXT   # a blocked draft is not billed",
        "failed": f"{again}   # it was not billed",
    }
    if draft.sandbox:
        hints = dict.fromkeys(hints, f"{again} --sandbox   # asks the sandbox once more, which bills nothing")
    if draft.status in hints:
        context.console.note(f"hint: {hints[draft.status]}")


def path(ctx: typer.Context) -> ExitStatus:
    """Print where the history lies.

    \b
    Examples:
      seedream history path
      jq -r 'select(.kind == "intent") | .prompt' "$(seedream history path)"
    """
    context: Context = ctx.obj
    context.console.data(str(context.history().path))
    return combine(context.console.statuses)


def open_picture(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Whose picture to open.")],
) -> ExitStatus:
    """Open a draft's picture in the system's viewer.

    \b
    Examples:
      seedream history open last
      seedream history open last~1
    """
    from seedream_cli.terminal.opening import open_file

    context: Context = ctx.obj
    draft = context.history().find(reference)
    if draft.path is None:
        raise InputError(f"{draft.id} has no picture: it is {draft.status}", hint=f"seedream history show {draft.id}")
    if not (os.path.isabs(draft.path) and os.path.isfile(draft.path)):
        raise LocalFileError(f"there is no picture at {draft.path}", hint="seedream history verify")
    # By its name the system chooses what opens it; a history from elsewhere may name a program.
    if not draft.path.lower().endswith(SUFFIXES):
        raise LocalFileError(
            f"{draft.path} is not opened: its name does not say that it is a picture",
            hint=f"copy it to {draft.id}.{draft.format or 'png'}, and open that",
        )
    if not open_file(draft.path, context.environment):
        raise LocalFileError(f"no viewer could be opened for {draft.path}")
    return ExitStatus.OK
