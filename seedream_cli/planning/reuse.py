"""What need not be paid for again: drafts whose pictures are whole, and those that are paid for and can be fetched."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drafts import EXTENSIONS, unix_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedream_cli.drafts import Draft, Key, Target
    from seedream_cli.planning import plan


def alike(drafts: Iterable[Draft], wish: plan.Wish) -> list[Draft]:
    """Return those of some drafts, in their order, that ask for the same with any seed."""
    like = wish.key(0)
    return [draft for draft in drafts if replace(draft.key, seed=0, n=1, index=1) == like]


def give_back(
    wanted: Sequence[Key], past: Iterable[Draft], place: Callable[[int, Draft], Target], *, now: float
) -> tuple[list[Draft], list[Key]]:
    """Return the drafts that can be given back or fetched for keys, and the keys for which there is none.

    Args:
        past: earlier drafts, the newest first.
        place: says where a picture is wanted, by its number among them, from 1, and its draft.
        now: Unix time in seconds; what is lost is fetched again where its URL lives longer.
    """
    tries: dict[Key, list[Draft]] = {}
    for draft in past:
        tries.setdefault(draft.key.picture, []).append(draft)
    there: dict[Key, Draft] = {}
    for number, key in enumerate(wanted, 1):
        found = next(reusable(tries.get(key.picture, ()), functools.partial(place, number), now), None)
        if found is not None:
            there[key] = found
    # The pictures of one request are drawn together or not at all.
    missing_seeds = {key.seed for key in wanted if key not in there}
    given = [there[key] for key in wanted if key.seed not in missing_seeds]
    return given, [key for key in wanted if key.seed in missing_seeds]


def reusable(past: Iterable[Draft], place: Callable[[Draft], Target], now: float | None = None) -> Iterator[Draft]:
    """Yield those of earlier drafts that need not be paid for again: first those that are whole, as they lie.

    Args:
        place: says where a draft's picture is wanted.
        now: Unix time in seconds; None where those that are lost are perhaps not wanted any more.
    """
    others = []
    for draft in past:
        lying = whole(draft, place)
        if lying is not None:
            yield lying
        elif not draft.sandbox:
            others.append(draft)
    for draft in others:
        if draft.status == "pending" or (draft.status == "saved" and now is not None and lives(draft, now)):
            yield replace(draft, status="pending")


def whole(draft: Draft, place: Callable[[Draft], Target]) -> Draft | None:
    """Return a draft as its picture lies: as the history says, or as a copy where it is wanted; None for neither.

    Args:
        place: says where a draft's picture is wanted.
    """
    from seedream_cli.saving.saver import intact

    if draft.status != "saved":
        return None
    if intact(draft):
        return draft
    copy = replace(draft, path=place(draft).absolute().path(EXTENSIONS.get(draft.format or "", "png")))
    return copy if intact(copy) else None


def lives(draft: Draft, now: float) -> bool:
    """Whether a draft's URL is known and does not expire before a Unix time in seconds."""
    expires = unix_time(draft.expires or "")
    return draft.url is not None and expires is not None and expires > now


def as_it_lies(draft: Draft, now: float) -> Draft:
    """Return a saved draft as pending where its picture is gone or changed and its URL may still live.

    Args:
        now: Unix time in seconds.
    """
    from seedream_cli.saving.saver import intact

    if draft.status != "saved" or not lives(draft, now) or intact(draft):
        return draft
    return replace(draft, status="pending")
