"""Signals turned into calls, so that no code is cut in the middle while money is being spent."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_LAST_RESORT: Final = 1.5
"""Seconds after which a process that was told to end at once is ended, whatever its main thread waits for."""


class Terminated(BaseException):
    """SIGTERM came while nothing was in flight."""


def raise_on_terminate() -> None:
    """Turn SIGTERM into `Terminated`, as Python turns SIGINT into `KeyboardInterrupt`."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is threading.main_thread() and _is_heeded(signal.SIGTERM):
        signal.signal(signal.SIGTERM, terminate)


@contextlib.contextmanager
def signals_handed_to(receive: Callable[[int], None], hurried: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hand SIGINT and SIGTERM to a function for as long as this lasts; one that was ignored stays ignored.

    After SIGTERM or a second SIGINT this is to be left at once. Where it is not, since the main thread is held up by
    a reader of stdout that does not read, the process is ended: what was sent is in the history.

    Args:
        receive: called with the signal's number, between any two instructions of the main thread.
        hurried: says in the end whether the process is about to end, and is to be ended where it does not.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: SimpleQueue[int | None] = SimpleQueue()

    def hand_over(number: int, _frame: FrameType | None) -> None:
        came.put(number)  # may interrupt itself, unlike the start of a thread
        receive(number)

    left = threading.Event()
    threading.Thread(target=_see_to_the_end, args=(came, left), daemon=True).start()
    before = {
        number: signal.signal(number, hand_over) for number in (signal.SIGINT, signal.SIGTERM) if _is_heeded(number)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if not hurried():
            left.set()
        came.put(None)


def _see_to_the_end(came: SimpleQueue[int | None], left: threading.Event) -> None:
    """End the process where it was told to end at once and does not."""
    interrupted = False
    while (number := came.get()) is not None:
        if (interrupted or number == signal.SIGTERM) and not left.wait(_LAST_RESORT):
            os._exit(128 + number)
        interrupted = True


def _is_heeded(number: signal.Signals) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN
