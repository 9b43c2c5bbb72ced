"""Which drafts a page shows, and what else it takes to show them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedream_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History


@dataclass(frozen=True, slots=True)
class Shown:
    """What goes onto a page.

    Attributes:
        drafts: in the order in which they are shown.
        parents: drafts by id, from which it is told what their children changed.
        keys: API keys that are known here.
        more: what is not shown, in words, or None.
    """

    drafts: Sequence[Draft]
    parents: Mapping[str, Draft]
    keys: Collection[str]
    more: str | None = None


def shown(history: History, drafts: Sequence[Draft], keys: Collection[str], more: str | None = None) -> Shown:
    """Return what goes onto a page that shows these drafts."""
    known = {draft.id: draft for draft in drafts}
    others = {draft.parent for draft in drafts if draft.parent} - known.keys()
    return Shown(drafts, known | history.by_ids(sorted(others)), keys, more)


class Shelf:
    """The drafts that a served page may show and change; safe to use from many threads.

    Args:
        history: returns the history, for one thread.
        choose: returns the drafts to be shown, in their order, as the history has them now, and what is not shown.
        keys: API keys that are known here.
    """

    def __init__(
        self,
        history: Callable[[], History],
        choose: Callable[[History], tuple[list[Draft], str | None]],
        keys: Collection[str],
    ) -> None:
        self._history = history
        self._choose = choose
        self._keys = keys
        self._drafts: dict[str, Draft] = {}
        self._drawn: list[str] = []
        self._lock = threading.Lock()

    def look(self) -> Shown:
        """Return what is to be shown, as the history has it now: what was drawn from the page first."""
        history = self._history()
        chosen, more = self._choose(history)
        known = {draft.id: draft for draft in chosen}
        with self._lock:
            missing = [draft_id for draft_id in self._drawn if draft_id not in known]
        drafts = [*list(history.by_ids(missing).values())[::-1], *chosen]
        with self._lock:
            self._drafts = {draft.id: draft for draft in drafts}
        return shown(history, drafts, self._keys, more)

    def draft(self, draft_id: object) -> Draft:
        """Return a draft that the page shows, as it was when last looked at.

        Raises:
            InputError: where the page shows no such draft.
        """
        with self._lock:
            draft = self._drafts.get(draft_id) if isinstance(draft_id, str) else None
        if draft is None:
            raise InputError("this page shows no such draft", hint="load the page again")
        return draft

    def refresh(self, ids: Sequence[str], *, drawn: bool = False) -> Shown:
        """Return some drafts as the history has them now, and show them from now on.

        Args:
            ids: of the drafts, in their order.
            drawn: whether they were drawn from the page, and so belong to it whatever was chosen.
        """
        history = self._history()
        found = history.by_ids(ids)
        with self._lock:
            self._drafts.update(found)
            if drawn:
                self._drawn += found
        return shown(history, list(found.values()), self._keys)
