"""How many threads fetch pictures, and when: as few as keep up, and none while another request is about to leave.

On a fast line threads only pass the interpreter's lock to and fro between them; on a slow one each waits for its own
connection most of the time. And a picture can wait for a moment, while a place in flight that stands empty is time
lost.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST: Final = 2
"""Lanes that are open from the beginning."""

_PATIENCE: Final = 0.1
"""Seconds in which one picture has to come through while others wait, or as many lanes again are opened."""

_HELD_BACK: Final = 0.1
"""Seconds that requests may keep one picture waiting: however many there are, pictures come through."""


class Lanes:
    """Tells the threads of a run which of them are needed; safe to use from all of them.

    Args:
        waiting: whether there is a picture that nobody fetches yet.
        monotonic: returns seconds that never jump.
        held_back: seconds that one picture waits for requests, at most.
    """

    def __init__(
        self, waiting: Callable[[], bool], monotonic: Callable[[], float], held_back: float = _HELD_BACK
    ) -> None:
        self._waiting = waiting
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._open = FIRST
        self._closed = False
        self._moved = monotonic()
        self._clear = threading.Condition()
        self._ahead = 0
        self._held_back = held_back

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

    @contextlib.contextmanager
    def requests_first(self) -> Iterator[None]:
        """Begin no picture, for a moment, while what is done inside brings the next request on its way."""
        with self._clear:
            self._ahead += 1
        try:
            yield
        finally:
            with self._clear:
                self._ahead -= 1
                if not self._ahead:
                    self._clear.notify_all()

    def give_way(self) -> None:
        """Wait with a picture while requests go first, but not for long."""
        with self._clear:
            self._clear.wait_for(lambda: not self._ahead, self._held_back)
        self.moved()

    def moved(self) -> None:
        """Take note that a picture was begun, came through, or was given up."""
        self._moved = self._monotonic()

    def close(self) -> None:
        """Let go those who wait: nothing is left to be begun."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_stuck(self) -> bool:
        return self._waiting() and not self._ahead and self._monotonic() - self._moved >= _PATIENCE
