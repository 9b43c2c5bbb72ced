"""Signals turned into calls, so that no code is cut in the middle while money is being spent."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Terminated(BaseException):
    """SIGTERM came while nothing was in flight."""


def raise_on_terminate() -> None:
    """Turn SIGTERM into `Terminated`, as Python turns SIGINT into `KeyboardInterrupt`."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is threading.main_thread() and _is_heeded(signal.SIGTERM):
        signal.signal(signal.SIGTERM, terminate)


@contextlib.contextmanager
def signals_handed_to(receive: Callable[[int], None]) -> Iterator[None]:
    """Hand SIGINT and SIGTERM to a function for as long as this lasts; one that was ignored stays ignored.

    Args:
        receive: called with the signal's number, between any two instructions of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda number, _: receive(number))
        for number in (signal.SIGINT, signal.SIGTERM)
        if _is_heeded(number)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_heeded(number: signal.Signals) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN
