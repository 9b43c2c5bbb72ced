"""Threads that write at the same moment share one write and one fsync: whoever comes first does it for all who wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")


class _Entry(Generic[Item]):
    """One item that waits to be committed, and what came of that."""

    __slots__ = ("done", "error", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self.error: BaseException | None = None


class GroupCommit(Generic[Item]):
    """Commits items, those of several threads together where they come together.

    Args:
        commit: commits some items, all or none of them; where it fails for several, each is tried alone.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], None]) -> None:
        self._commit = commit
        self._queue: list[_Entry[Item]] = []
        self._queueing = threading.Lock()
        self._committing = threading.Lock()

    def submit(self, item: Item) -> None:
        """Return when the item is committed; raise what `commit` raised for it."""
        entry = _Entry(item)
        with self._queueing:
            self._queue.append(entry)
        with self._committing:
            if not entry.done:
                with self._queueing:
                    entries, self._queue = self._queue, []
                self._settle(entries)
        if entry.error is not None:
            raise entry.error

    def _settle(self, entries: list[_Entry[Item]]) -> None:
        try:
            self._commit([entry.item for entry in entries])
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread whose item it was
            if len(entries) > 1 and isinstance(error, Exception):
                for entry in entries:
                    self._settle([entry])
                return
            for entry in entries:
                entry.error = error
        for entry in entries:
            entry.done = True
