"""Holding the history against the disk: pictures missing, moved or changed, and pictures that it does not know."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from seedream_cli.drafts import SUFFIXES
from seedream_cli.files import durable
from seedream_cli.planning.reuse import lives

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from seedream_cli.drafts import Draft

Kind = Literal["missing", "moved", "changed", "replaced", "unreadable", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the disk is not as the history says.

    Attributes:
        kind: `missing`, `moved`, `changed`, `replaced` (by a later draft's picture: no fault), `unreadable` (it may lie
            there), or `unknown` (a picture of ours that the history does not know).
        id: of the draft whose picture it is, or None.
        path: where the picture should lie, or where an unknown one does.
        found: where a moved picture lies now, or None.
        free: whether what is missing or changed can be fetched once more.
        reason: why an unreadable picture cannot be read, or None.
    """

    kind: Kind
    id: str | None
    path: str
    found: str | None = None
    free: bool = False
    reason: str | None = None


class _Absent(NamedTuple):
    """What is kept of a draft whose picture does not lie at its path: in a long history that may be all of them."""

    id: str
    path: str
    sha256: str | None
    free: bool


def verify(drafts: Iterable[Draft], forgotten: Collection[str] = (), *, now: float) -> Iterator[Finding]:
    """Yield what is not as it should be with the pictures of drafts.

    Args:
        drafts: the newest first.
        now: Unix time in seconds, against which URLs expire.
        forgotten: ids of drafts that were taken out; their pictures are no strangers.
    """
    owners: dict[str, str] = {}
    absent: list[_Absent] = []
    ids = set(forgotten)
    for draft in drafts:
        ids.add(draft.id)
        if draft.status != "saved" or draft.path is None:
            continue
        owner = owners.setdefault(draft.path, draft.id)
        try:
            digest = file_hash(draft.path)
        except OSError as error:
            if owner == draft.id:  # of another nothing can be said until it can be read
                yield Finding("unreadable", draft.id, draft.path, reason=error.strerror or str(error))
            continue
        if digest is not None and digest == draft.sha256:
            continue
        free = lives(draft, now) and not draft.sandbox
        if owner != draft.id or _says_another(draft.path, draft.id):
            yield Finding("replaced", draft.id, draft.path)
        elif digest is None:
            absent.append(_Absent(draft.id, draft.path, draft.sha256, free))
        else:
            yield Finding("changed", draft.id, draft.path, free=free)
    strangers = _strangers({os.path.dirname(path) for path in owners}, owners.keys())
    yield from _missing_or_moved(absent, strangers)
    moved = {stranger.sha256 for stranger in strangers}.intersection(picture.sha256 for picture in absent)
    for stranger in strangers:
        if stranger.sha256 not in moved and stranger.id is not None and stranger.id not in ids:
            yield Finding("unknown", None, stranger.path)


def _says_another(path: str, draft_id: str) -> bool:
    """Whether a picture's metadata say that another draft made it."""
    from seedream_cli.saving.sidecar import read_facts

    try:
        with durable.read_regular(path) as file:
            facts = read_facts(path, file)
    except (OSError, ValueError):
        return False
    return facts is not None and facts.id not in {None, draft_id}


def as_its_picture_says(draft: Draft) -> Draft:
    """Return a draft of which it is not known what was asked for, with what its picture says of that."""
    from seedream_cli.saving.sidecar import read_facts

    path = draft.path or ""
    try:
        with durable.read_regular(path) as file:
            facts = read_facts(path, file)
    except (OSError, ValueError):
        return draft
    if facts is None or facts.id != draft.id or facts.seed is None:
        return draft
    key = replace(
        draft.key,
        model=facts.model or draft.key.model,
        prompt=facts.prompt,
        negative_prompt=facts.negative_prompt,
        size=facts.size or draft.key.size,
        seed=facts.seed,
    )
    return replace(draft, key=key)


def file_hash(path: str) -> str | None:
    """Return the SHA-256 of a regular file, hexadecimal, or None where there is none.

    Raises:
        OSError: where there may be one, and it cannot be read.
    """
    with durable.read_if_there(path) or contextlib.nullcontext() as file:
        return None if file is None else hashlib.file_digest(file, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A picture file that no draft names as its own; `id` is what its metadata say, if anything."""

    path: str
    sha256: str
    id: str | None


def _missing_or_moved(absent: list[_Absent], strangers: list[_Stranger]) -> Iterator[Finding]:
    by_hash = {stranger.sha256: stranger.path for stranger in strangers}
    for picture in absent:
        found = by_hash.get(picture.sha256 or "")
        if found:
            yield Finding("moved", picture.id, picture.path, found)
        else:
            yield Finding("missing", picture.id, picture.path, free=picture.free)


def _strangers(folders: Iterable[str], known: Iterable[str]) -> list[_Stranger]:
    taken = set(known)
    paths = (path for folder in sorted(folders) for path in _pictures_in(folder) if path not in taken)
    return [stranger for stranger in map(_stranger, paths) if stranger]


def _stranger(path: str) -> _Stranger | None:
    from seedream_cli.saving.sidecar import read_facts

    try:
        digest = file_hash(path)
        with durable.read_regular(path) as file:
            facts = read_facts(path, file)
    except OSError:  # gone meanwhile, or for others to read
        return None
    return None if digest is None else _Stranger(path, digest, facts.id if facts else None)


def _pictures_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.name.lower().endswith(SUFFIXES)
                and not entry.name.startswith(".")
                and entry.is_file(follow_symlinks=False)
            )
    except (OSError, ValueError):
        return []
