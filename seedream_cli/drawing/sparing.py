"""What came to the place of a draft's picture since it was asked for is not replaced when it is fetched later.

`-o` replaces what lies there when the picture is asked for. What is fetched an hour later would take the place of what
the user put there, or drew there, meanwhile. Where the picture is asked for again, with its place, it takes that of
another draft, but not that of what is no picture of ours.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drafts import Target, unix_time
from seedream_cli.saving.saver import is_file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.history.occupants import Occupants


def sparing(
    history: History, drafts: Sequence[Draft], *, now: float, warn: Callable[[str], None], ours: bool
) -> list[Draft]:
    """Return drafts with targets at which nothing is replaced that is newer than they are.

    Args:
        drafts: to be fetched together; where several are meant for one place, the newest of them comes to lie there.
        now: Unix time in seconds.
        warn: is told what is not replaced.
        ours: whether other drafts' pictures are spared, too.

    Raises:
        LocalFileError: where the history cannot be read.
    """
    wanted: dict[str, list[Draft]] = {}
    for draft in drafts:
        for path in draft.target.absolute().paths() if draft.target.replace else ():
            wanted.setdefault(path, []).append(draft)
    contested = {path for path, claimants in wanted.items() if len(claimants) > 1 or os.path.lexists(path)}
    if not contested:
        return list(drafts)
    found = history.occupants(contested, {draft.id for path in contested for draft in wanted[path]})
    made = []
    for draft in drafts:
        target = _sparing(draft, found, wanted, now, ours=ours)
        if target != draft.target:
            warn(f"{draft.target.path('png')} is newer than {draft.id} and stays: that one's picture is put beside it")
        made.append(replace(draft, target=target))
    return made


def _sparing(draft: Draft, found: Occupants, wanted: dict[str, list[Draft]], now: float, *, ours: bool) -> Target:
    target = draft.target
    if not target.replace:
        return target
    created = unix_time(draft.created) or 0.0
    asked = found.intents.get(draft.id, 0)
    paths = target.absolute().paths()
    claims = (found.intents.get(other.id, 0) for path in paths for other in wanted[path])
    if any(claim > asked for claim in claims):
        return _beside(target, draft.id)
    # One that was asked for later than now was so by no clock of ours: nothing can be told to be older.
    newer = created > now or any(_is_newer(path, draft, created, asked, found, ours=ours) for path in paths)
    return replace(target, replace=not newer)


def _beside(target: Target, draft_id: str) -> Target:
    """Return a place of a draft's own, named like what is to lie at the target."""
    stem, suffix = os.path.splitext("\0".join(target.parts))
    return Target(tuple(f"{stem}-{draft_id}{suffix}".split("\0")), replace=False)


def lies_beside(draft: Draft, path: str) -> bool:
    """Whether a saved picture lies under a name that was given to it since its own, an absolute path, was taken."""
    stem, suffix = os.path.splitext(path)
    return draft.path is not None and draft.path.startswith(f"{stem}-") and draft.path.endswith(suffix)


def _is_newer(path: str, draft: Draft, created: float, asked: int, found: Occupants, *, ours: bool) -> bool:
    """Whether what lies at a path came there since a draft was asked for, and is to be spared; in doubt it did."""
    try:
        modified = os.lstat(path).st_mtime
    except (OSError, ValueError):
        return False
    lying = found.saved.get(path)
    if lying is not None and lying.id != draft.id:
        if is_file_of(path, lying.size, lying.sha256):
            return ours and lying.offset > asked and lying.only_here
        if lying.offset > asked:
            return True
    # Drafts know the second in which they were asked for, no more: a file of that very second may be newer.
    return modified >= created
