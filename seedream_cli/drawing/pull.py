"""Fetching what was paid for and is not saved yet: free, side by side, to where it was meant to lie."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seedream_cli.api.connection import Clients
from seedream_cli.api.origins import is_loopback_url
from seedream_cli.credentials import VARIABLE
from seedream_cli.drafts import by_request
from seedream_cli.drawing.conduct import conduct
from seedream_cli.drawing.report import Report
from seedream_cli.drawing.sparing import sparing
from seedream_cli.drawing.turns import one_at_a_time
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.history.leases import is_alive
from seedream_cli.money import estimate
from seedream_cli.pipeline.crew import Crew
from seedream_cli.pipeline.downloads import Downloads
from seedream_cli.planning.reuse import as_it_lies
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.saving.download import Downloader
from seedream_cli.saving.saver import Saver, intact
from seedream_cli.saving.targets import in_folder
from seedream_cli.terminal.progress import progress
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.history import History


class Fetching(NamedTuple):
    """How to fetch.

    Attributes:
        jobs: downloads at once.
        embed: whether what made a picture is written into it.
        timeout: seconds for one attempt.
    """

    jobs: int
    embed: bool
    timeout: float


def pull_pictures(
    context: Context, references: Sequence[str], fetching: Fetching, *, as_json: bool, end: str
) -> ExitStatus:
    """Fetch pending pictures, those of some drafts or all.

    Args:
        as_json: one JSON object a draft instead of paths.
        end: what ends a path.

    Returns:
        `OK` when nothing is left pending.

    Raises:
        SeedreamError: where the history cannot be read or a reference names no draft.
    """
    history = context.history()
    with one_at_a_time(history.folder, context.console):
        pending, some_busy = _to_fetch(context, history, references, as_json=as_json)
        if not pending:
            if not references:
                context.console.note("nothing else is pending" if some_busy else "nothing is pending")
            return ExitStatus.UNSAVED if some_busy else ExitStatus.OK
        with progress(context.console, len(pending)) as bar:
            report = Report(context.console, bar, as_json=as_json, end=end)
            placed = [_with_place(context, draft) for draft in pending]
            spared = sparing(history, placed, now=context.clock() + 1, warn=report.warn, ours=True)
            fetch(context, history, spared, fetching, report)
        status = report.finish(pending)
        _tell_expired(context, _still_expired(history, pending))
        if status == ExitStatus.UNSAVED and not some_busy and not _some_wait(history, pending, context.clock()):
            return combine(context.console.statuses)  # what was tried had expired, and does so still
        return status


def _to_fetch(
    context: Context, history: History, references: Sequence[str], *, as_json: bool
) -> tuple[list[Draft], bool]:
    """Return the drafts to be fetched, and whether others are just being; tell of those that cannot be."""
    now = context.clock()
    if references:
        found = [as_it_lies(draft, now) for draft in history.find_all(references)]
        _tell_nothing_to_fetch(context, found, as_json=as_json)
    else:
        found = list(_unsaved(history.newest_first()))[::-1]
        _tell_orphans(context, history.orphans)
        # Nobody knows how to draw again those that expired.
        found = [*(draft for draft in history.orphans if draft.status == "pending"), *found]
    unsaved = list(_unsaved({draft.id: draft for draft in found}.values()))
    # A clock may have been wrong, and to ask is free: what is named is tried whatever the time.
    given_up = [draft for draft in unsaved if draft.status == "expired" and not (references and draft.url)]
    _tell_expired(context, given_up)
    pending = [draft for draft in unsaved if draft.status == "pending" or (references and draft.url)]
    busy = {draft.id for draft in pending if draft.error is None and is_alive(history.folder, draft.run)}
    for draft_id in sorted(busy):
        context.console.note(f"{draft_id} is being fetched by the command that draws it")
    return _still_unsaved(history, [draft for draft in pending if draft.id not in busy], now), bool(busy)


def _still_unsaved(history: History, pending: Sequence[Draft], now: float) -> list[Draft]:
    """Return drafts but for those that the command that draws them saved while the history was read."""
    known = history.by_ids([draft.id for draft in pending])
    return [draft for draft in pending if as_it_lies(known.get(draft.id, draft), now).status != "saved"]


def _still_expired(history: History, tried: Sequence[Draft]) -> list[Draft]:
    """Return which of the drafts that were expired before they were tried are so now."""
    expired = [draft.id for draft in tried if draft.status == "expired"]
    return [draft for draft in history.by_ids(expired).values() if draft.status == "expired"]


def _some_wait(history: History, tried: Sequence[Draft], now: float) -> bool:
    """Whether there is something to be fetched still of drafts that were tried."""
    known = history.by_ids([draft.id for draft in tried])
    return any(as_it_lies(known.get(draft.id, draft), now).status == "pending" for draft in tried)


def _unsaved(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Yield the drafts that were paid for and not saved; the sandbox's are left out."""
    return (draft for draft in drafts if draft.status in {"pending", "expired"} and not draft.sandbox)


def _tell_nothing_to_fetch(context: Context, named: Sequence[Draft], *, as_json: bool) -> None:
    """Tell of drafts that were named and are not waiting to be fetched how they stand."""
    for draft in named:
        if as_json and (draft.sandbox or draft.status not in {"pending", "expired"}):
            context.console.data(json.dumps(draft.public()))
        if draft.status == "saved" and intact(draft):
            context.console.note(f"{draft.id} is saved: {draft.path}")
        elif draft.sandbox:
            context.console.note(f"{draft.id} was drawn by the sandbox: there is nothing to fetch")
        elif draft.status == "saved":
            context.console.warn(
                f"{draft.id} was saved as {draft.path}, lost or changed since, and can no longer be fetched; "
                f"`seedream history rerun {draft.id}` draws it again, and is billed"
            )
        elif draft.status not in {"pending", "expired"}:
            context.console.note(f"{draft.id} is {draft.status}: there is nothing to fetch")


def _tell_orphans(context: Context, orphans: Sequence[Draft]) -> None:
    """Tell what was paid for and stands in the history without what was asked for."""
    if orphans:
        context.console.warn(
            f"{counted(len(orphans), 'draft')} paid for, with a damaged record of what was asked for; "
            "`seedream history verify` names them"
        )


def _tell_expired(context: Context, expired: Sequence[Draft]) -> None:
    """Tell what was paid for in vain, and the commands that would draw it again."""
    if expired:
        cost = estimate(sum(draft.cost_usd for draft in expired))
        context.console.warn(f"{len(expired)} expired before they were fetched ({cost})")
        for siblings in by_request(expired)[:20]:
            it = "it" if len(siblings) == 1 else "all of its request"
            context.console.say(f"hint: seedream history rerun {siblings[0].id}   # draws {it} again, and is billed")


def fetch(context: Context, history: History, drafts: Sequence[Draft], fetching: Fetching, report: Report) -> bool:
    """Fetch the pictures of drafts that are paid for to their targets; return False where that was stopped."""
    # A picture may come from this machine only where the service is on it and was when it told the URL: a history from
    # elsewhere says of its drafts what it likes.
    local = is_loopback_url(context.base_url)
    for loopback in (False, True):
        group = [draft for draft in drafts if (local and is_loopback_url(draft.key.origin)) == loopback]
        if group and not _fetch_from(context, history, group, fetching, report, loopback=loopback):
            return False
    return True


def _fetch_from(
    context: Context,
    history: History,
    drafts: Sequence[Draft],
    fetching: Fetching,
    report: Report,
    *,
    loopback: bool,
) -> bool:
    policy = AddressPolicy(loopback=loopback, exempt_hosts=context.config.download_hosts)
    with contextlib.closing(Downloader(Clients(), policy, timeout=fetching.timeout)) as downloader:
        crew = Crew(history, late=True)
        downloads = Downloads(
            crew,
            # A stored key is not asked for: that may open a window, and a pull needs none.
            lambda wait: Saver(downloader, embed=fetching.embed, wait=wait, key=context.environment.get(VARIABLE)),
            workers=min(fetching.jobs, len(drafts)),
        )
        conduct(context, crew, downloads.fetch(drafts), report)
        return not crew.closing.is_set()


def _with_place(context: Context, draft: Draft) -> Draft:
    """Return a draft with a place for its picture where the history tells of none."""
    if draft.target.parts:
        return draft
    return replace(draft, target=in_folder(os.path.abspath(context.folder), draft.id, draft.key))
