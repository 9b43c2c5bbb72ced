"""Threads that write at the same moment share one write and one fsync: whoever comes first does it for all who wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")


class _Entry(Generic[Item]):
    """One item that waits to be committed, and what came of that."""

    __slots__ = ("done", "error", "item", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self.error: BaseException | None = None
        self.turn = threading.Event()


class GroupCommit(Generic[Item]):
    """Commits items, those of several threads together where they come together.

    Args:
        commit: commits some items, all or none of them; where it fails for several, each is tried alone, unless time
            ran out.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], None]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._waiting: list[_Entry[Item]] = []
        self._committing = False

    def submit(self, item: Item) -> None:
        """Return when the item is committed; raise what `commit` raised for it."""
        entry = _Entry(item)
        with self._lock:
            self._waiting.append(entry)
            leads, self._committing = not self._committing, True
        if not leads:
            # Each waits for its own turn: threads that all waited for one lock would pass it on one by one.
            entry.turn.wait()
        if not entry.done:
            self._lead()
        if entry.error is not None:
            raise entry.error

    def _lead(self) -> None:
        """Commit for everybody who waits, then let the first of those who came meanwhile do the same."""
        with self._lock:
            entries, self._waiting = self._waiting, []
        self._settle(entries)
        with self._lock:
            self._committing = bool(self._waiting)
            if self._waiting:
                self._waiting[0].turn.set()
        for entry in entries:
            entry.turn.set()

    def _settle(self, entries: list[_Entry[Item]]) -> None:
        try:
            self._commit([entry.item for entry in entries])
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread whose item it was
            if len(entries) > 1 and isinstance(error, Exception) and not isinstance(error, TimeoutError):
                for entry in entries:
                    self._settle([entry])
                return
            for entry in entries:
                entry.error = error
        for entry in entries:
            entry.done = True
