"""Advisory locks of open files: of a whole file, among threads and processes; of one byte, among processes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PATIENCE: Final = 30.0
"""Seconds to wait for a lock that is held for as long as a write takes."""

_SHORTEST_PAUSE: Final = 0.0005
_LONGEST_PAUSE: Final = 0.02

_HELD: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""What the system answers where another process holds a lock; anything else says that it has none to give."""

_FIRST_BYTE: Final = 2**40
"""Where bytes to be locked begin: behind whatever the file holds."""


@contextlib.contextmanager
def exclusive(descriptor: int, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the advisory lock of an open file: one holder at a time among threads and processes, released by death.

    Args:
        patience: seconds to wait for another holder, who may have been stopped.

    Raises:
        OSError: where it holds the lock for longer.
    """
    if not _comes_true(lambda: try_lock(descriptor), patience):
        raise OSError(errno.ETIMEDOUT, f"another process has held its lock for more than {patience:g} s")
    try:
        yield
    finally:
        _unlock(descriptor)


@contextlib.contextmanager
def exclusive_byte(descriptor: int, number: int, patience: float) -> Iterator[None]:
    """Hold what `try_lock_byte` locks for a moment; where another holds it for longer, go on without.

    Args:
        patience: seconds to wait for another holder, who may have been stopped.
    """
    held = _comes_true(lambda: try_lock_byte(descriptor, number), patience)
    try:
        yield
    finally:
        if held:
            unlock_byte(descriptor, number)


def _comes_true(attempt: Callable[[], bool], patience: float) -> bool:
    """Attempt something again and again, for so many seconds; return whether it succeeded."""
    deadline = time.monotonic() + patience
    pause = _SHORTEST_PAUSE
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    return True


def try_lock(descriptor: int) -> bool:
    """Lock an open file if nobody else holds it, and return whether it is ours now, until it is closed.

    Raises:
        OSError: where the file system knows no locks, or the disk failed.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


def try_lock_byte(descriptor: int, number: int) -> bool:
    """Lock one of many things that an open file stands for, if no other process has; until the process closes the file.

    Within the process the lock keeps nobody out, and closing any descriptor of the file gives it up. Where a file
    system knows no such locks, nobody is kept out either: whoever waited for one would wait for ever.
    """
    try:
        _lock_byte(descriptor, number)
    except OSError as error:
        return error.errno not in _HELD
    return True


def unlock_byte(descriptor: int, number: int) -> None:
    """Give up what `try_lock_byte` locked."""
    with contextlib.suppress(OSError):
        _unlock_byte(descriptor, number)


if sys.platform == "win32":
    # Windows' locks keep others from the locked bytes, so a byte is locked that no file reaches.
    _FAR_BYTE = 2**62

    def _lock_byte(descriptor: int, number: int) -> None:
        os.lseek(descriptor, _FIRST_BYTE + number, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock_byte(descriptor: int, number: int) -> None:
        os.lseek(descriptor, _FIRST_BYTE + number, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock_byte(descriptor: int, number: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _FIRST_BYTE + number)

    def _unlock_byte(descriptor: int, number: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, _FIRST_BYTE + number)

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
