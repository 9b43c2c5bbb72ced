"""What is there already: intact drafts that can be given back instead of paying again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seedream_cli.drafts import unix_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedream_cli.drafts import Draft, Key
    from seedream_cli.planning import plan


def give_back(wanted: Sequence[Key], intact: Iterable[Draft]) -> tuple[list[Draft], list[Key]]:
    """Return the drafts that can be given back for keys, and the keys for which there is none.

    Args:
        intact: drafts whose pictures are whole, the newest first.
    """
    newest: dict[Key, Draft] = {}
    for draft in intact:
        newest.setdefault(draft.key, draft)
        if draft.key.index == 1:
            # The first of a request is what a request of its own asks for.
            newest.setdefault(replace(draft.key, n=1), draft)
    # The pictures of one request are drawn together or not at all.
    missing_seeds = {key.seed for key in wanted if key not in newest}
    given = [newest[key] for key in wanted if key.seed not in missing_seeds]
    return given, [key for key in wanted if key.seed in missing_seeds]


def intact_drafts(drafts: Iterable[Draft], wish: plan.Wish) -> Iterator[Draft]:
    """Yield those of some drafts that ask for the same with any seed, are saved, and whose pictures are whole."""
    from seedream_cli.saving.saver import intact

    like = wish.key(0)
    for draft in drafts:
        same = replace(draft.key, seed=0, n=1, index=1) == like
        if same and draft.status == "saved" and intact(draft):
            yield draft


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
