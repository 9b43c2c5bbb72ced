"""One thread that ends whatever takes too long; a timer of its own for each exchange would cost a thread each."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")
_GLANCE: Final = 0.5
"""Seconds between two looks at whether there is still something to wait for.

Waking the thread for that would cost each exchange what one thread for all of them saves.
"""


class Deadlines:
    """Calls back when the time of something is over; safe to use from many threads.

    Its thread ends a moment after the last of what it waited for.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        self._wakes_at = 0.0
        self._waiting = False

    def add(self, seconds: float, call: Callable[[], None]) -> object:
        """Call that function after so many seconds, in another thread, unless what is returned here is cancelled.

        Raises:
            OSError: where the system allows no further thread.
        """
        handle = object()
        due = time.monotonic() + seconds
        with self._changed:
            if not self._waiting:
                _start(self._run)
                self._waiting = True
            elif due < self._wakes_at:
                self._changed.notify()
            self._due[handle] = (due, call)
        return handle

    def cancel(self, handle: object) -> None:
        """Do not call any more; again, or too late, is no harm."""
        with self._changed:
            self._due.pop(handle, None)

    def _run(self) -> None:
        while over := self._over():
            for call in over:
                # What goes wrong in ending one must not keep all others from being ended.
                with contextlib.suppress(Exception):
                    call()

    def _over(self) -> list[Callable[[], None]]:
        """Wait for the next whose time is over; none where there is nothing to wait for."""
        with self._changed:
            while self._due:
                now = time.monotonic()
                in_order = sorted(self._due, key=lambda handle: self._due[handle][0])
                over = [handle for handle in in_order if self._due[handle][0] <= now]
                if over:
                    return [self._due.pop(handle)[1] for handle in over]
                self._wakes_at = min(self._due[in_order[0]][0], now + _GLANCE)
                self._changed.wait(self._wakes_at - now)
            self._waiting = False
            return []


def within(seconds: float, call: Callable[[], _Result]) -> _Result:
    """Return what a call returns, or raise what it raises; in another thread, since nothing else ends some waits.

    Raises:
        TimeoutError: where it takes longer; nobody heeds then what becomes of it.
        OSError: where the system allows no further thread.
    """
    returned: list[_Result] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            returned.append(call())
        except Exception as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    _start(run).join(seconds)
    if raised:
        raise raised[0]
    if not returned:
        raise TimeoutError
    return returned[0]


def _start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, "the system allows no more threads") from error
    return thread
