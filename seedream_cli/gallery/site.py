"""What the served page consists of, by path: the page, pictures, and what it asks for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from seedream_cli import catalog
from seedream_cli.errors import InputError, LocalFileError, SeedreamError
from seedream_cli.gallery.cards import Card, Cards, Picture
from seedream_cli.gallery.page import Page
from seedream_cli.gallery.pictures import Small, is_there, original
from seedream_cli.gallery.server import Reply
from seedream_cli.thumbnails import NoPictureError

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft
    from seedream_cli.gallery.actions import Actions
    from seedream_cli.gallery.shelf import Shelf, Shown

_PICTURE: Final = re.compile(r"/(thumb|picture)/([a-z0-9]{10,16})")
_NOT_FOUND: Final = Reply(404, b"There is no such thing here.\n")


class Site:
    """Answers requests that the server has let in; safe to use from many threads.

    Args:
        shelf: what the page shows.
        actions: what it may ask for.
        small: makes pictures small.
        sandbox: whether reruns go to the sandbox unless the page says otherwise.
    """

    def __init__(self, shelf: Shelf, actions: Actions, small: Small, *, sandbox: bool) -> None:
        self._shelf = shelf
        self._actions = actions
        self._small = small
        self._sandbox = sandbox
        self._page = Page(served=True)

    def get(self, path: str) -> Reply:
        """Answer a GET of a path without its query."""
        if path == "/":
            try:
                return self._whole_page()
            except SeedreamError as error:  # the history can no longer be read, or what the page showed was forgotten
                return Reply(_status(error), f"{error.message}\n{error.hint or ''}\n".encode())
        found = _PICTURE.fullmatch(path)
        if found is None:
            return _NOT_FOUND
        try:
            draft = self._shelf.draft(found[2])
            picture = self._small.picture(draft) if found[1] == "thumb" else original(draft)
        except (InputError, NoPictureError):
            return _NOT_FOUND
        return _NOT_FOUND if picture is None else Reply(200, picture.data, picture.type, keep=True)

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Answer a POST of a JSON object."""
        action = self._actions.known.get(path.removeprefix("/api/")) if path.startswith("/api/") else None
        if action is None:
            return _NOT_FOUND
        try:
            shown, more = action(body)
        except SeedreamError as error:
            return _refused(error)
        return _json(200, {"drafts": [] if shown is None else self._cards(shown), **more})

    def _whole_page(self) -> Reply:
        shown = self._shelf.look()
        html = self._page.html(
            {
                "live": True,
                "sandbox": self._sandbox,
                "final_model": catalog.FINAL_MODEL,
                "more": shown.more,
                "drafts": self._cards(shown),
            }
        )
        policy = f"{self._page.policy}; frame-ancestors 'none'"
        return Reply(200, html.encode(), "text/html; charset=utf-8", policy=policy)

    def _cards(self, shown: Shown) -> list[Card]:
        cards = Cards(shown.keys, shown.parents)
        return [cards.card(draft, _place(draft)) for draft in shown.drafts]


def _place(draft: Draft) -> Picture:
    if is_there(draft):
        return Picture(f"thumb/{draft.id}", f"picture/{draft.id}")
    return Picture(remark="the file is gone")


def _refused(error: SeedreamError) -> Reply:
    return _json(_status(error), {"error": {"message": error.message, "hint": error.hint}})


def _status(error: SeedreamError) -> int:
    statuses: tuple[tuple[type[SeedreamError], int], ...] = ((InputError, 400), (LocalFileError, 500))
    return next((status for kind, status in statuses if isinstance(error, kind)), 409)


def _json(status: int, value: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(value).encode(), "application/json")
