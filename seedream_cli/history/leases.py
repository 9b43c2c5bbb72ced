"""Which runs are alive: so that what one is still drawing is not taken for something that a dead one left behind.

A run holds the lock of a file of its own beside the history; the system gives the lock up when the process ends, in
whatever way.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable, locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RUN: Final = re.compile(r"[a-z0-9]{1,32}")


@contextlib.contextmanager
def lease(folder: Path, run: str) -> Iterator[None]:
    """Let a run count as alive for as long as this lasts.

    Args:
        folder: beside the history.
        run: its id, `a-z0-9`.

    Raises:
        LocalFileError: where that cannot be made known.
    """
    path = _path(folder, run)
    try:
        durable.make_private_folder(path.parent)
        descriptor = _hold(path)
    except OSError as error:
        raise LocalFileError(f"{path.parent} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        if sys.platform == "win32":  # which takes away no file that is open
            os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        if sys.platform != "win32":
            os.close(descriptor)


def is_alive(folder: Path, run: str | None) -> bool:
    """Whether the run of that id, another than the one that asks, is still going on."""
    if run is None or not _RUN.fullmatch(run):
        return False
    path = _path(folder, run)
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        if not locks.try_lock(descriptor):
            return True
        path.unlink(missing_ok=True)
    except OSError:  # no locks, no leases
        return False
    finally:
        os.close(descriptor)
    return False


def _path(folder: Path, run: str) -> Path:
    return folder / "runs" / f"{run}.lock"


def _hold(path: Path) -> int:
    """Return the open and locked file; one that was cleared away before it was locked is made again."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            locked = locks.try_lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if locked:
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        os.close(descriptor)
