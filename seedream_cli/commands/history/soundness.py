"""`seedream history verify`, `repair`, `forget`: whether the history is sound, and taking things out of it."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from seedream_cli.context import Context
from seedream_cli.drafts import Draft
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.files import durable
from seedream_cli.history import History
from seedream_cli.history.leases import is_alive
from seedream_cli.notebook.verifying import Finding, Kind, as_its_picture_says
from seedream_cli.notebook.verifying import verify as find_faults
from seedream_cli.safetext import visible
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedream_cli.terminal.console import Console

_AGAIN = "seedream history rerun ID   # draws one again, and is billed"
_HINTS: dict[Kind, tuple[str, ...]] = {
    "moved": ("seedream history repair   # writes down where it lies now",),
    "unknown": ("seedream history import FILE   # takes a picture in",),
    "missing": ("seedream history import FILE   # where it was moved elsewhere; free", _AGAIN),
    "unreadable": ("seedream history verify   # once it and its folder can be read",),
    "changed": ("seedream history import FILE   # takes it as it is now; free", _AGAIN),
}
_NAMED = 4
"""So many drafts are named one by one."""


def verify(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a finding.")] = False,
) -> ExitStatus:
    """Hold the history against the disk; nothing is written.

    Finds pictures that are missing, moved or changed, pictures of ours that the history does not know, damaged lines
    by number, and what was paid for and has lost the record of what was asked for. Exit status 10 where anything is
    wrong; a picture that a later -o replaced is not.

    \b
    Examples:
      seedream history verify
      seedream history verify --json | jq -r 'select(.finding == "missing") | .id'
    """
    context: Context = ctx.obj
    console = context.console
    ledger = context.history()
    faults = [
        finding
        for finding in find_faults(ledger.newest_first(), _forgotten(ledger), now=context.clock())
        if _tell(context, finding, as_json=as_json)
    ]
    for orphan in ledger.orphans:
        if as_json:
            console.data(json.dumps({"finding": "orphaned", "id": orphan.id, "path": orphan.path, "found": None}))
        else:
            _tell_columns(console, "orphaned", orphan.id, visible(orphan.path or orphan.status))
    damaged = list(ledger.damaged_lines())
    for number in damaged:
        if as_json:
            console.data(json.dumps({"finding": "damaged", "line": number}))
        else:
            _tell_columns(console, "damaged", f"line {number}")
    for hint in _hints(faults):
        console.note(f"hint: {hint}")
    if damaged:
        console.note("hint: seedream history repair   # takes damaged lines out, keeping a copy")
    if ledger.orphans:
        console.note("hint: seedream history repair   # lists what was paid for with what is known; pull fetches it")
    is_sound = not (faults or damaged or ledger.orphans)
    if is_sound:
        console.note("the history and the pictures are sound")
    return combine(console.statuses | (set() if is_sound else {ExitStatus.LOCAL}))


def _hints(faults: Sequence[Finding]) -> Iterator[str]:
    """Yield what mends faults, what is free before what is billed."""
    free = [fault.id for fault in faults if fault.free and fault.id]
    if free:
        named = " ".join(free) if len(free) <= _NAMED else "ID..."
        yield f"seedream history pull {named}   # fetches what is lost again, free while its URL lives"
    left = [fault.kind for fault in faults if not fault.free]
    yield from dict.fromkeys(hint for kind in left for hint in _HINTS[kind])


def _forgotten(ledger: History) -> set[str]:
    return {record.id for record in ledger.lost_and_forgotten()}


def _tell(context: Context, finding: Finding, *, as_json: bool) -> bool:
    """Print a finding, and return whether it is a fault."""
    if as_json:
        told = {"finding": finding.kind, "id": finding.id, "path": finding.path, "found": finding.found}
        context.console.data(json.dumps(told | {"reason": finding.reason}))
    else:
        more = [f"now {visible(finding.found)}"] if finding.found else []
        more += [f"cannot be read: {finding.reason}"] if finding.reason else []
        _tell_columns(context.console, finding.kind, finding.id or "-", visible(finding.path), *more)
    return finding.kind != "replaced"


def _tell_columns(console: Console, *columns: str) -> None:
    console.entry(("  " if console.tabular else "\t").join(columns), "  ")


def repair(ctx: typer.Context) -> ExitStatus:
    """Take damaged lines out of the history, keeping a copy.

    It also writes down where moved pictures lie now, and what is known of drafts that were paid for and lost the record
    of what was asked for: from the picture, where there is one that says so.

    \b
    Examples:
      seedream history repair
      seedream history verify || seedream history repair
    """
    context: Context = ctx.obj
    ledger = context.history()
    damaged = sum(1 for _ in ledger.damaged_lines())
    if damaged:
        copy = ledger.repair()
        context.console.note(f"{counted(damaged, 'damaged line')} taken out; the file as it was: {copy}")
    faults = find_faults(ledger.newest_first(), _forgotten(ledger), now=context.clock())
    moved = [finding for finding in faults if finding.kind == "moved"]
    if moved:
        _write_down(ledger, moved)
    for finding in moved:
        context.console.note(f"{finding.path} is now {finding.found}")
    orphans = [as_its_picture_says(draft) for draft in ledger.orphans]
    if orphans:
        ledger.intend(orphans)
    for draft in orphans:
        context.console.note(f"{draft.id} was paid for, and is listed again: {draft.key.prompt}")
    if not damaged and not moved and not orphans:
        context.console.note("nothing to repair")
    return ExitStatus.OK


def _write_down(ledger: History, moved: Sequence[Finding]) -> None:
    """Record where moved pictures lie now."""
    found = {finding.id: finding.found for finding in moved if finding.id and finding.found}
    known = ledger.by_ids(list(found)).values()
    ledger.record_places([replace(draft, path=found[draft.id]) for draft in known])


def forget(
    ctx: typer.Context,
    references: Annotated[list[str], typer.Argument(metavar="ID...", help="Drafts to forget.")],
    *,
    files: Annotated[bool, typer.Option("--files", help="Delete their pictures too.")] = False,
) -> ExitStatus:
    """Take drafts out of the history for good.

    Their prompts, notes and URLs go, and what was kept of their answers. What they cost stays, without any text, so
    that sums stay true. Pictures stay, unless --files says otherwise.

    \b
    Examples:
      seedream history forget last
      seedream history forget 7k2m90ab41cd --files
    """
    context: Context = ctx.obj
    ledger = context.history()
    drafts = ledger.find_all(references)
    for draft in drafts:
        if is_alive(ledger.folder, draft.run):
            raise InputError(f"{draft.id} is being drawn", hint="wait for the command that draws it to end")
    _warn_of_loss(context.console, [draft.id for draft in drafts if draft.status == "pending" and not draft.sandbox])
    # Pictures first: as long as the history knows them, what was cut short can be done again.
    for draft in drafts:
        if files and draft.path is not None:
            _delete_picture(draft)
    ledger.forget(drafts)
    for draft in drafts:
        context.console.note(
            f"{draft.id} is forgotten" + (f"; its picture stays: {draft.path}" if _stays(draft) else "")
        )
    return ExitStatus.OK


def _warn_of_loss(console: Console, ids: list[str]) -> None:
    """Warn that pictures which were paid for can be fetched no more, and ask where somebody can answer."""
    if not ids:
        return
    warning = f"{', '.join(ids)}: paid for and not saved yet; what is forgotten can be fetched no more"
    if not console.asks:
        console.warn(warning)
    elif not console.ask(f"{warning}. Forget all the same?"):
        raise InputError("not forgotten", hint=f"seedream history pull {' '.join(ids)}   # fetches what was paid for")


def _stays(draft: Draft) -> bool:
    return draft.path is not None and os.path.lexists(draft.path)


def _delete_picture(draft: Draft) -> None:
    """Delete a draft's picture, unless another lies in its place."""
    from seedream_cli.saving.saver import is_picture_of
    from seedream_cli.saving.sidecar import remove_sidecar

    try:
        with durable.read_if_there(draft.path or "") or contextlib.nullcontext() as file:
            is_there = file is not None and is_picture_of(draft, file)
        if is_there:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft.path or "")
        remove_sidecar(draft.path or "", draft.id)
    except OSError as error:
        raise LocalFileError(
            f"{draft.path} cannot be deleted: {error.strerror or error}",
            hint=f"seedream history forget {draft.id} --files   # once its folder can be read and written",
        ) from error
