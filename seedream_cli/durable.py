"""Files that survive a crash and stay private: fsync of files and folders, modes whatever the umask, locks."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700


def sync_file(descriptor: int) -> None:
    """Return only when the file's data are on the disk itself, as far as the system can tell."""
    if sys.platform == "darwin":
        # fsync on macOS stops at the drive's cache; some file systems do not know the stronger call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: str | Path) -> None:
    """Make names created in the folder durable. Windows has no such call; its file systems journal names."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Create the folder and its missing parents for this user only; an existing folder's mode is left alone.

    Raises:
        OSError: where it cannot be created.
    """
    missing = [folder]
    while not missing[-1].exists() and missing[-1] != missing[-1].parent:
        missing.append(missing[-1].parent)
    for path in reversed(missing[:-1]):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=PRIVATE_FOLDER)
            path.chmod(PRIVATE_FOLDER)
            sync_folder(path.parent)


def write_private_file(path: Path, data: bytes) -> None:
    """Create a file that only this user can read, durable when this returns.

    Raises:
        OSError: where it exists or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb") as file:
        path.chmod(PRIVATE_FILE)
        file.write(data)
        file.flush()
        sync_file(file.fileno())
    sync_folder(path.parent)


def move_without_replacing(source: str, target: str) -> None:
    """Give a file another name on the same file system, in one step that never replaces anything.

    The old name may stay beside the new one; the caller removes it.

    Raises:
        FileExistsError: where the target's name is taken, by whatever it is.
        OSError: where the file system knows no such step.
    """
    if sys.platform == "win32":
        os.rename(source, target)
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        # FAT and some network file systems have no hard links.
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise
        _rename_exclusively(source, target)


def _rename_exclusively(source: str, target: str) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(source), os.fsencode(target)
    if sys.platform == "darwin":
        result = libc.renamex_np(*names, ctypes.c_uint(4))  # RENAME_EXCL
    else:
        here = ctypes.c_int(-100)  # AT_FDCWD
        result = libc.renameat2(here, names[0], here, names[1], ctypes.c_uint(1))  # RENAME_NOREPLACE
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


@contextlib.contextmanager
def exclusive(descriptor: int) -> Iterator[None]:
    """Hold the advisory lock of an open file: one holder at a time among threads and processes, released by death."""
    _lock(descriptor)
    try:
        yield
    finally:
        _unlock(descriptor)


if sys.platform == "win32":
    # Windows' locks keep others from the locked bytes, so a byte is locked that no file reaches.
    _FAR_BYTE = 2**62

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
