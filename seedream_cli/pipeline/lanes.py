"""How many threads fetch pictures: as few as keep up, and more where the network is slow.

On a fast line threads only pass the interpreter's lock to and fro between them; on a slow one each waits for its own
connection most of the time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST: Final = 4
"""Lanes that are open from the beginning."""

_PATIENCE: Final = 0.1
"""Seconds in which one picture has to come through while others wait, or as many lanes again are opened."""


class Lanes:
    """Tells the threads of a run which of them are needed; safe to use from all of them.

    Args:
        waiting: whether there is a picture that nobody fetches yet.
        monotonic: returns seconds that never jump.
    """

    def __init__(self, waiting: Callable[[], bool], monotonic: Callable[[], float]) -> None:
        self._waiting = waiting
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._open = FIRST
        self._closed = False
        self._moved = monotonic()

    def needs(self, number: int) -> bool:
        """Wait until the thread of that number, from 0, is needed; False where it no longer will be."""
        with self._changed:
            while number >= self._open and not self._closed:
                # The first of those who wait keeps the watch for all.
                self._changed.wait(_PATIENCE if number == self._open else None)
                if number == self._open and self._is_stuck():
                    self._open *= 2
                    self._moved = self._monotonic()
                    self._changed.notify_all()
            return number < self._open

    def moved(self) -> None:
        """Take note that a picture came through, or was given up."""
        self._moved = self._monotonic()

    def close(self) -> None:
        """Let go those who wait: nothing is left to be begun."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_stuck(self) -> bool:
        return self._waiting() and self._monotonic() - self._moved >= _PATIENCE
