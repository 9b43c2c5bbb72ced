"""`seedream history rate`, `tag`, `note`: what the user thinks of a draft."""

from __future__ import annotations

from typing import Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.exits import ExitStatus
from seedream_cli.notebook import marking

_Reference = Annotated[
    str, typer.Argument(metavar="ID", help="An id, its beginning, last, last~2, or a picture's path.")
]


def rate(
    ctx: typer.Context,
    reference: _Reference,
    rating: Annotated[int, typer.Argument(metavar="0-5", min=0, max=5, help="How good it is.")],
) -> ExitStatus:
    """Rate a draft.

    \b
    Examples:
      seedream history rate last 5
      seedream history rate drafts/a-fox-1-7k2m90ab41cd.png 0
    """
    context: Context = ctx.obj
    ledger = context.history()
    draft = ledger.find(reference)
    marking.rate(ledger, draft, rating)
    context.console.note(f"{draft.id} is rated {rating}")
    return ExitStatus.OK


def tag(
    ctx: typer.Context,
    reference: _Reference,
    tags: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Tags to add.")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away instead.")] = False,
) -> ExitStatus:
    """Tag a draft.

    \b
    Examples:
      seedream history tag last poster favourite
      seedream history tag last poster --remove
    """
    context: Context = ctx.obj
    ledger = context.history()
    draft = ledger.find(reference)
    tagged = marking.tag(ledger, draft, added=() if remove else tags, removed=tags if remove else ())
    context.console.note(f"{draft.id} has {'the tags ' + ', '.join(tagged.tags) if tagged.tags else 'no tags'}")
    return ExitStatus.OK


def note(
    ctx: typer.Context,
    reference: _Reference,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; empty takes it away.")],
) -> ExitStatus:
    """Note something about a draft, in place of an earlier note.

    \b
    Examples:
      seedream history note last "the mist is right, the boat is too large"
      seedream history note last ""
    """
    context: Context = ctx.obj
    ledger = context.history()
    draft = ledger.find(reference)
    marking.note(ledger, draft, text)
    context.console.note(f"{draft.id} has {'a new' if text else 'no'} note")
    return ExitStatus.OK
