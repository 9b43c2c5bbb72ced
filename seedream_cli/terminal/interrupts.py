"""Signals turned into calls, so that no code is cut in the middle while money is being spent."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import FrameType

HANGUP: Final[signal.Signals | None] = getattr(signal, "SIGHUP", None)
"""What comes, often twice, when a terminal is closed; Windows has none."""

_HEEDED: Final = [number for number in (signal.SIGINT, signal.SIGTERM, HANGUP) if number is not None]

_LAST_RESORT: Final = 1.5
"""Seconds after which a process that was told to end at once is ended, whatever its main thread waits for."""


_END: Final = b"\0"
"""What no signal is written as."""


class Terminated(BaseException):
    """SIGTERM came while nothing was in flight."""


def raise_on_terminate() -> None:
    """Turn SIGTERM into `Terminated`, as Python turns SIGINT into `KeyboardInterrupt`."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is threading.main_thread() and _is_heeded(signal.SIGTERM):
        signal.signal(signal.SIGTERM, terminate)


@contextlib.contextmanager
def told_as_such() -> Iterator[None]:
    """Raise an interrupt as what it is where it came in the moment in which a lock of Python's was being taken again.

    `threading.Condition` then leaves with a `RuntimeError` of a lock that it does not hold.
    """
    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt | Terminated):
            raise error.__context__ from None
        raise


@contextlib.contextmanager
def signals_handed_to(receive: Callable[[int], None], hurried: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Hand SIGINT, SIGTERM and SIGHUP to a function for as long as this lasts; one that was ignored stays ignored.

    Python runs handlers in the main thread, and nothing wakes it where the system gave a signal to another thread, or
    to the main thread just before that fell asleep. So whichever thread gets one writes its number into a pipe, and the
    thread that reads from there hands it over.

    After SIGTERM or a second SIGINT this is to be left at once. Where it is not, since the main thread is held up by
    a reader of stdout that does not read, the process is ended: what was sent is in the history.

    Args:
        receive: called with the signal's number, in another thread.
        hurried: says in the end whether the process is about to end, and is to be ended where it does not.

    Raises:
        LocalFileError: where the system allows no more open files.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = _pipe()
    left = threading.Event()
    heeded = {number for number in _HEEDED if _is_heeded(number)}
    listening = threading.Thread(target=_hand_over, args=(reader, heeded, receive, left), daemon=True)
    listening.start()
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    before = {number: signal.signal(number, _noted) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        told = _tell(writer)
        if not hurried():
            left.set()
            if told:
                listening.join()


@functools.cache
def _pipe() -> tuple[int, int]:
    """Return the pipe of this process; it is never closed, since another thread may be about to write a signal."""
    try:
        reader, writer = os.pipe()
    except OSError as error:
        raise LocalFileError(f"signals cannot be waited for: {error.strerror or error}") from error
    if sys.platform != "win32":  # which waits for nobody who reads too slowly, and asks for no such thing
        os.set_blocking(writer, False)
    return reader, writer


def _tell(writer: int) -> bool:
    """Tell the thread that listens to end, and return whether it has been told; where not, it ends with the process."""
    try:
        return os.write(writer, _END) > 0
    except OSError:
        return False


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Let Python write the signal's number into the pipe, which it does before it calls this."""


def _hand_over(reader: int, heeded: Collection[int], receive: Callable[[int], None], left: threading.Event) -> None:
    """Hand over what comes, and end the process where it was told to end at once and does not."""
    interrupted = False
    while (data := os.read(reader, 1)) != _END:
        number = data[0]
        if number not in heeded:
            continue
        receive(number)
        at_once = number == signal.SIGTERM or (interrupted and number == signal.SIGINT)
        if at_once and not left.wait(_LAST_RESORT):
            os._exit(128 + number)
        interrupted = True


def _is_heeded(number: signal.Signals) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN
