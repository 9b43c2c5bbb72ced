"""Putting on record what the user thinks of a draft: a rating, tags, a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.api.generation import check_text
from seedream_cli.drafts import check_tags
from seedream_cli.errors import InputError
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History

BEST: Final = 5


def rate(history: History, draft: Draft, rating: int) -> Draft:
    """Rate a draft 0 to 5, and return it so.

    Raises:
        InputError: where that is no rating.
        LocalFileError: where it cannot be recorded.
    """
    if not 0 <= rating <= BEST:
        raise InputError(f"{rating} is not a rating", hint=f"0 to {BEST}: seedream history rate {draft.id} {BEST}")
    return history.record([records.rated(draft, rating)], late=True)[0]


def tag(history: History, draft: Draft, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Draft:
    """Add tags to a draft, take others away, and return it so.

    Raises:
        InputError: where one is no tag.
        LocalFileError: where it cannot be recorded.
    """
    check_tags([*added, *removed])
    return history.record([records.tagged(draft, added=added, removed=removed)], late=True)[0]


def note(history: History, draft: Draft, text: str) -> Draft:
    """Note something about a draft in place of an earlier note, or take that away, and return it so.

    Raises:
        InputError: where the text cannot be kept.
        LocalFileError: where it cannot be recorded.
    """
    check_text("the note", text)
    return history.record([records.noted(draft, text)], late=True)[0]
