"""Pictures that are there already, brought to where they are wanted: left where they lie, or copied.

A batch whose file was edited may want pictures to change places, `1.png` to become `2.png` and so on. So a picture is
copied away, and the history told where it lies now, before another is written over it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seedream_cli.drafts import EXTENSIONS, Target
from seedream_cli.drawing.sparing import lies_beside, sparing
from seedream_cli.drawing.turns import one_at_a_time
from seedream_cli.errors import LocalFileError
from seedream_cli.saving.saver import copy_picture, intact
from seedream_cli.saving.targets import in_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.drawing.batch_report import BatchReport
    from seedream_cli.history import History
    from seedream_cli.planning.places import Places
    from seedream_cli.planning.rows import Asked


def give_all(
    context: Context,
    history: History,
    given: Sequence[tuple[Draft, Target]],
    places: Places,
    report: BatchReport,
) -> None:
    """Skip the pictures that lie where they are wanted, copy the others there, and tell it.

    Args:
        given: intact drafts, and where their pictures are wanted; no two at the same place.
        places: of the batch.

    Raises:
        LocalFileError: where a picture that would be written over cannot be copied away first.
    """
    moves = _skip_what_lies_there([_Move(draft, target) for draft, target in given], report)
    if not moves:
        return
    # Two runs of the same batch would take each other's pictures away.
    with one_at_a_time(history.folder, context.console):
        known = history.by_ids([move.draft.id for move in moves])
        moves = [
            _Move(replace(known.get(move.draft.id, move.draft), row=move.draft.row), move.target) for move in moves
        ]
        moves = _sparing(history, moves, places, now=context.clock() + 1, warn=report.warn)
        _carry_out(history, _skip_what_lies_there(moves, report), places, report)


def make_room(context: Context, history: History, others: Sequence[Asked], places: Places) -> None:
    """Copy pictures that rows of other shards want to keep away from where this shard's are going to lie.

    Args:
        others: what the rows of other shards ask for.
        places: of this shard.

    Raises:
        LocalFileError: where one that would be written over cannot be copied away.
    """
    if not others or not places.written:
        return
    with one_at_a_time(history.folder, context.console):
        pictures = {key.picture for request in others for key in request.keys}
        for draft in history.asking({key.prompt for key in pictures}):
            if draft.key.picture in pictures and places.of(draft.path or "") in places.written and intact(draft):
                folder = os.path.dirname(draft.path or "")
                _recorded(history, draft, copy_picture(draft, in_folder(folder, draft.id, draft.key)).path)


def _sparing(
    history: History, moves: Sequence[_Move], places: Places, *, now: float, warn: Callable[[str], None]
) -> list[_Move]:
    """Let pictures lie that were put beside their places, as long as what came there since is still there.

    Where a row wants its picture at another place than it did when it was drawn, what lies there is replaced.
    """
    sources = {places.of(move.draft.path or "") for move in moves}
    beside = [
        replace(move.draft, target=move.target)
        for move in moves
        if move.target.absolute() == move.draft.target.absolute()
        and lies_beside(move.draft, move.destination)
        and places.of(move.destination) not in sources
    ]
    targets = {draft.id: draft.target for draft in sparing(history, beside, now=now, warn=warn, ours=False)}
    return [move._replace(target=targets.get(move.draft.id, move.target)) for move in moves]


def _skip_what_lies_there(moves: Sequence[_Move], report: BatchReport) -> list[_Move]:
    left = []
    for move in moves:
        place = _lies_at(move)
        if place is None:
            left.append(move)
        else:
            report.skipped(replace(move.draft, path=place))
    return left


def _carry_out(history: History, moves: Sequence[_Move], places: Places, report: BatchReport) -> None:
    now_at: dict[str, str] = {}
    beside: dict[str, str] = {}
    for move, aside in _in_order(moves, places):
        draft = replace(move.draft, path=now_at.get(move.draft.id, move.draft.path))
        endangered = draft.id in now_at or places.of(draft.path or "") in places.written
        # Where a file lay under that name, the history may know it as another draft's.
        is_news = endangered or (move.target.replace and os.path.lexists(move.destination))
        try:
            copy = copy_picture(draft, in_folder(move.target.folder, draft.id, draft.key) if aside else move.target)
        except LocalFileError as error:
            if endangered:
                raise
            report.trouble(error)
            continue
        if is_news:
            now_at[draft.id] = _recorded(history, draft, copy.path)
        if aside:
            beside[draft.id] = copy.path
            continue
        report.given_back(draft, copy.path, copy.notices)
        if draft.id in beside:
            with contextlib.suppress(OSError):
                os.unlink(beside.pop(draft.id))


class _Move(NamedTuple):
    """A picture that is to be copied."""

    draft: Draft
    target: Target

    @property
    def destination(self) -> str:
        """Absolute path at which the copy will lie, where nothing keeps it from that."""
        return os.path.abspath(self.target.path(EXTENSIONS.get(self.draft.format or "", "png")))


def _lies_at(move: _Move) -> str | None:
    """Return the absolute path of a picture that is where it is wanted, or None where it is not there."""
    draft, target = move
    if draft.path is None:
        return None
    if not target.replace and os.path.dirname(draft.path) == os.path.abspath(target.folder):
        return draft.path
    wanted = move.destination
    return wanted if wanted == draft.path or intact(replace(draft, path=wanted)) else None


def _in_order(moves: Sequence[_Move], places: Places) -> Iterator[tuple[_Move, bool]]:
    """Yield moves so that each picture is copied before another takes its place.

    Where pictures change places in a circle, one of them comes twice: first to be put aside.
    """
    sources: dict[str, list[int]] = {}
    for number, move in enumerate(moves):
        sources.setdefault(places.of(move.draft.path or ""), []).append(number)
    begun: set[int] = set()
    safe: set[int] = set()
    done: set[int] = set()
    for first in range(len(moves)):
        stack = [first]
        while stack:
            number = stack[-1]
            begun.add(number)
            covered = sources.get(places.of(moves[number].destination), []) if moves[number].target.replace else []
            before = [other for other in covered if other not in safe and other not in done and other != number]
            for other in before:
                if other in begun:
                    safe.add(other)
                    yield moves[other], True
                else:
                    stack.append(other)
            if stack[-1] == number:
                stack.pop()
                if number not in done:
                    done.add(number)
                    yield moves[number], False


def _recorded(history: History, draft: Draft, path: str) -> str:
    """Record where a draft's picture lies from now on, and return that."""
    place = os.path.abspath(path)
    history.record_places([replace(draft, path=place)])
    return place
