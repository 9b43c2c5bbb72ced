"""The page as one file: small pictures inside, whole ones by link where they lie."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable
from seedream_cli.gallery.cards import Cards, Picture, link
from seedream_cli.gallery.page import Page
from seedream_cli.gallery.pictures import Small
from seedream_cli.saving.partfile import PartFile
from seedream_cli.thumbnails import NoPictureError, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from seedream_cli.drafts import Draft
    from seedream_cli.gallery.shelf import Shown

CHANGED = "the file was changed since it was drawn"


def still_page(
    shown: Shown,
    small: Small,
    folder: str | None,
    watched: Callable[[Iterable[Any]], Iterable[Any]] = lambda each: each,
) -> str:
    """Return the page of some drafts.

    Args:
        shown: the drafts and what is to be known about them.
        small: makes their pictures small.
        folder: of the page, absolute, where it may be moved together with its pictures; None where it stays.
        watched: is handed the drafts' pictures as they are made, and hands them on: to show how far it is.
    """
    cards = Cards(shown.keys, shown.parents)
    with in_order(lambda draft: _picture(draft, small, folder), shown.drafts) as pictures:
        made = [cards.card(draft, found) for draft, found in zip(shown.drafts, watched(pictures), strict=True)]
    return Page(served=False).html({"live": False, "more": shown.more, "drafts": made})


def _picture(draft: Draft, small: Small, folder: str | None) -> Picture:
    try:
        thumb = small.picture(draft)
    except NoPictureError as error:
        return Picture(remark=error.reason)
    url = f"data:{thumb.type};base64,{base64.b64encode(thumb.data).decode('ascii')}"
    return Picture(url, link(draft.path or "", folder), CHANGED if thumb.changed else None)


def write_page(path: Path, html: str, *, private: bool) -> None:
    """Put a page in its place, whole or not at all; a file that is there is replaced, and nothing but a file.

    Args:
        path: of the page; its folder is made where it is missing.
        html: the page.
        private: whether only this user may read it.

    Raises:
        LocalFileError: where it cannot be written.
    """
    try:
        if os.path.lexists(path) and not path.is_file():
            raise LocalFileError(f"{path} is not a file that could be replaced")
        if private:
            durable.make_private_folder(path.parent)
            durable.replace_private_file(path, html.encode())
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            with PartFile(str(path.parent), "gallery") as part:
                part.file.write(html.encode())
                part.move_over(str(path))
    except (OSError, ValueError) as error:
        raise LocalFileError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error
