"""What a page says of each draft: the fields that go in, free of secrets, and where its picture is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drafts import SUFFIXES
from seedream_cli.money import estimate
from seedream_cli.notebook.differences import change
from seedream_cli.safetext import redact, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seedream_cli.drafts import Draft

Card = dict[str, Any]
"""One draft, as the page's script reads it."""

_LONGEST: Final = 20_000
"""Characters of a text; a history may hold anything."""

_OTHER_MACHINES: Final = ("\\\\", "//")
"""What begins a path that Windows would ask another machine for."""

_WHY: Final = {
    "pending": "paid for, not saved yet: `seedream history pull` fetches it free",
    "expired": "paid for, and its URL has expired",
    "unknown": "outcome unknown, perhaps billed",
    "blocked": "blocked by the safety filter, not billed",
    "failed": "failed, not billed",
}
_WHY_IN_THE_SANDBOX: Final = {
    "pending": "not saved",
    "expired": "not saved, and its URL has expired",
    "unknown": "outcome unknown",
    "blocked": "blocked by the sandbox",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a page finds a draft's picture, or why it has none.

    Attributes:
        thumb: URL of the small one, or None.
        full: URL of the whole one, or None.
        remark: what is to be said of it, or None.
    """

    thumb: str | None = None
    full: str | None = None
    remark: str | None = None


class Cards:
    """Makes cards.

    Args:
        keys: API keys that are known here: they are taken out of every text, as are keys of the usual form.
        parents: drafts by id, from which it is told what their children changed.
    """

    def __init__(self, keys: Collection[str], parents: Mapping[str, Draft]) -> None:
        self._keys = keys
        self._parents = parents

    def card(self, draft: Draft, picture: Picture) -> Card:
        """Return what the page says of a draft."""
        asked = draft.key
        parent = self._parents.get(draft.parent or "")
        return {
            "id": draft.id,
            "status": draft.status,
            "why": self._why(draft, picture),
            "created": draft.created,
            "model": self._text(asked.model),
            "size": self._text(asked.size),
            "seed": str(asked.seed),  # JavaScript's numbers are exact to 2^53 only
            "n": asked.n,
            "index": asked.index,
            "prompt": self._text(asked.prompt),
            "negative": self._text(asked.negative_prompt),
            "revised": self._text(draft.revised_prompt),
            "cost": "$0" if draft.sandbox else estimate(draft.cost_usd),
            "sandbox": draft.sandbox,
            "parent": self._text(draft.parent),
            "change": self._text(change(parent, draft)) if parent else None,
            "batches": [self._text(batch) for batch in draft.batches],
            "rows": list(draft.batches.values()),
            "tags": [self._text(tag) for tag in draft.tags],
            "rating": draft.rating,
            "note": self._text(draft.note),
            "rerun": f"seedream history rerun {draft.id}{' --sandbox' if draft.sandbox else ''}",
            "picture": picture.thumb and {"thumb": picture.thumb, "full": picture.full},
        }

    def _text(self, text: str | None) -> str | None:
        if text is None:
            return None
        for key in self._keys or (None,):
            text = redact(text, key)
        return shorten(text, _LONGEST)

    def _why(self, draft: Draft, picture: Picture) -> str | None:
        told = (_WHY_IN_THE_SANDBOX if draft.sandbox else _WHY).get(draft.status, picture.remark)
        error = draft.error.message if draft.error else ""
        return f"{told}: {self._text(error)}" if told and error else told


def link(path: str, folder: str | None) -> str | None:
    """Return a URL of a picture for a page that is opened as a file, or None where none may be made.

    Args:
        path: of the picture, absolute.
        folder: of the page, absolute, where it may be moved together with its pictures; None where it stays.
    """
    if not os.path.isabs(path) or path.startswith(_OTHER_MACHINES) or not path.lower().endswith(SUFFIXES):
        return None
    if folder is not None and _share_a_place(path, folder):
        from urllib.parse import quote

        # With `./` before it, no first part of the path can be taken for a scheme.
        return "./" + quote(Path(os.path.relpath(path, folder)).as_posix(), errors="surrogateescape")
    return Path(path).as_uri()


def _share_a_place(path: str, folder: str) -> bool:
    """Whether two paths have a folder in common below the root: what lies there may be moved together."""
    try:
        common = Path(os.path.commonpath([path, folder]))
    except ValueError:  # different drives
        return False
    return common != Path(common.anchor)
