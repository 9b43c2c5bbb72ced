"""`seedream history diff` and `tree`: what changed from draft to draft."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.drafts import Draft
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.notebook.differences import TEXTS, change, differences, word_difference
from seedream_cli.notebook.listing import tree as family_tree
from seedream_cli.safetext import visible
from seedream_cli.terminal.cells import columns

_DEEPEST = 60
"""Cells by which a draft is set in at most in a tree."""


def diff(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="A", help="The draft before.")],
    new: Annotated[str, typer.Argument(metavar="B", help="The draft after.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> ExitStatus:
    """Show what differs between two drafts, word by word.

    What went is shown as [-so-], what came as {+so+}; settings follow.

    \b
    Examples:
      seedream history diff last~1 last
      seedream history diff 7k2 last --json | jq .differences
    """
    context: Context = ctx.obj
    ledger = context.history()
    before, after = ledger.find(old), ledger.find(new)
    found = differences(before, after)
    if as_json:
        values = {name: {"a": a, "b": b} for name, (a, b) in found.items()}
        context.console.data(json.dumps({"a": before.id, "b": after.id, "differences": values}))
    else:
        _show(context, before, after, found)
    return combine(context.console.statuses)


def _show(context: Context, before: Draft, after: Draft, found: dict[str, tuple[object, object]]) -> None:
    console = context.console
    console.entry(f"{before.id} -> {after.id}")
    for name, (a, b) in found.items():
        told = word_difference(str(a or ""), str(b or "")) if name in TEXTS else f"{_told(a)} -> {_told(b)}"
        console.entry(visible(f"{name}: {told}"), "  ")
    if not found:
        console.entry("nothing differs but the id")


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def tree(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ID", help="Any draft of the family.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a draft, the oldest first.")] = False,
) -> ExitStatus:
    """Show a draft's family: what was made from what.

    Each draft is shown with what changed in it, its seed, rating and cost.

    \b
    Examples:
      seedream history tree last
      seedream history tree 7k2 --json | jq -r '[.id, .parent, .seed] | @tsv'
    """
    context: Context = ctx.obj
    ledger = context.history()
    draft = ledger.find(reference)
    family = ledger.relatives(draft)
    if as_json:
        for member in family:
            context.console.data(json.dumps(member.public()))
    else:
        deepest = min(_DEEPEST, columns() // 3) if context.console.tabular else _DEEPEST
        for before, further, text in family_tree(family, draft.id, change, deepest=deepest):
            context.console.entry(before + text, further)
    return combine(context.console.statuses)
