"""When a file was saved: told by the system where it tells, and found by a look each second where it does not.

Editors write a file in pieces, or another one that they give its name, or empty it first; one save makes several
events. So an event is no more than a reason to look, and what counts is what the file holds once it rests.
"""

from __future__ import annotations

import contextlib
import os
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    Signature = tuple[int, int, int, int]

_LOOK: Final = 1.0
"""Seconds after which to look whatever was told: network folders and some containers tell nothing."""

_REST: Final = 0.15
"""Seconds in which a file must not have changed to be taken as saved."""

_STEP_MS: Final = 50
_LONGEST_BURST_MS: Final = 400


class Changes:
    """Waits for one file to be saved; a context manager.

    Args:
        path: of the file, which may be removed and come back.
        trouble: takes the reason why the system does not tell; looking goes on.
    """

    def __init__(self, path: str, trouble: Callable[[str], None]) -> None:
        self._path = path
        self._trouble = trouble
        self._told: SimpleQueue[None] = SimpleQueue()
        self._over = threading.Event()
        self._seen: Signature | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def look(self) -> None:
        """Take what the file is now as seen; to be called before it is read."""
        self._seen = self._signature()

    def wait(self) -> None:
        """Return when the file was saved since the last look, whatever that made of it, and rests."""
        while self._signature() == self._seen:
            with contextlib.suppress(Empty):
                self._told.get(timeout=_LOOK)
        before, now = None, self._signature()
        while before != now:
            self._over.wait(_REST)
            before, now = now, self._signature()

    def _signature(self) -> Signature | None:
        try:
            found = os.stat(self._path)
        except (OSError, ValueError):
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def _listen(self) -> None:
        """Pass on what the system tells; a thread of its own, so that nothing is missed while drafts are drawn."""
        import watchfiles

        # Both where the file's name is and, of a link, where the file is; folders, since a file may be replaced.
        files = {os.path.abspath(self._path), os.path.realpath(self._path)}
        names = {os.path.basename(file) for file in files}
        try:
            for _ in watchfiles.watch(
                *sorted({os.path.dirname(file) for file in files}),
                watch_filter=lambda _change, path: os.path.basename(path) in names,
                debounce=_LONGEST_BURST_MS,
                step=_STEP_MS,
                stop_event=self._over,
                recursive=False,
                raise_interrupt=False,
            ):
                self._told.put(None)
        except (OSError, RuntimeError) as error:  # no more watches to be had, or a folder that is gone
            self._trouble(str(error))
