"""How many pictures are fetched at once: as few as keep up, and more where the network is slow.

On a fast line threads only pass the interpreter's lock to and fro between them; on a slow one each waits for its own
connection most of the time.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST: Final = 4
"""Lanes that are open from the beginning."""

_PATIENCE: Final = 0.1
"""Seconds in which one picture has to come through, or as many lanes again are opened."""


class Lanes:
    """Lets threads through side by side; safe to use from many threads.

    Args:
        monotonic: returns seconds that never jump.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._open = FIRST
        self._taken = 0
        self._moved = 0.0
        """When the last one came or went, or lanes were opened."""

    @contextlib.contextmanager
    def lane(self) -> Iterator[None]:
        """Wait for a lane, and hold it."""
        with self._changed:
            while self._taken >= self._open:
                self._changed.wait(_PATIENCE)
                if self._taken >= self._open and self._monotonic() - self._moved >= _PATIENCE:
                    self._open *= 2
                    self._moved = self._monotonic()
                    self._changed.notify_all()
            self._taken += 1
            self._moved = self._monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._taken -= 1
                self._moved = self._monotonic()
                self._changed.notify()
