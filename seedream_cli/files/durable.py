"""Files that survive a crash and stay private: fsync of files and folders, modes whatever the umask."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

if sys.platform != "win32":
    import fcntl

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_NONE_THERE: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.EINVAL,
        errno.ENXIO,
        errno.ENODEV,
        errno.EOPNOTSUPP,
    }
)
"""What opening a file fails with where no regular file of that name can be."""

OPEN_FLAGS: Final = (
    getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO by mistake must not wait for its other end
)

_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
)
"""What a file system without hard links answers to the call for one."""


def sync_file(descriptor: int) -> None:
    """Return only when the file's data are on the disk itself, as far as the system can tell."""
    if sys.platform == "darwin":
        # fsync on macOS stops at the drive's cache; some file systems do not know the stronger call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: str | Path) -> None:
    """Make names created in the folder durable, where the system can.

    Windows has no such call; its file systems journal names. Some network file systems refuse it, and a folder that may
    be written but not read cannot be opened for it: a file that lies there whole is no failure for that.

    Raises:
        OSError: where the disk failed, or the folder is gone.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: str) -> None:
    """Create a folder and its missing parents, durable when this returns: a picture in it would vanish with its name.

    Raises:
        OSError: where it cannot be created.
    """
    if os.path.isdir(folder):
        return
    missing = []
    path = os.path.abspath(folder)
    while not os.path.isdir(path) and path != os.path.dirname(path):
        missing.append(path)
        path = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    for made in missing:
        sync_folder(os.path.dirname(made))


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


def check_room(folder: Path, size: int) -> None:
    """Write that many bytes to a file in the folder, which is never seen there.

    Raises:
        OSError: where they cannot be written.
    """
    from tempfile import TemporaryFile

    with TemporaryFile(dir=folder) as file:
        file.write(bytes(size))
        file.flush()


def write_private_file(path: Path, data: bytes) -> None:
    """Create a file that only this user can read, durable when this returns.

    Raises:
        OSError: where it exists or cannot be written; then nothing of it is left.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | OPEN_FLAGS, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            path.chmod(PRIVATE_FILE)
            file.write(data)
            file.flush()
            sync_file(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    sync_folder(path.parent)


def open_regular(path: str | Path, flags: int = os.O_RDONLY) -> int:
    """Open a file without waiting, and return its descriptor.

    Raises:
        OSError: where it cannot be opened, or is no regular file.
        ValueError: where the path is none.
    """
    return _open_regular(path, flags)[0]


def open_private(path: str | Path, flags: int) -> int:
    """Open a file as `open_regular` does, and take care that only this user can read it.

    Raises:
        OSError: where it cannot be opened, is no regular file, or cannot be kept from others.
        ValueError: where the path is none.
    """
    descriptor, mode = _open_regular(path, flags)
    if stat.S_IMODE(mode) & 0o077:
        try:
            os.chmod(path, PRIVATE_FILE)
        except BaseException:
            os.close(descriptor)
            raise
    return descriptor


def _open_regular(path: str | Path, flags: int) -> tuple[int, int]:
    descriptor = os.open(path, flags | OPEN_FLAGS)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor, mode


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Return what stands at an offset of an open file: that many bytes, or what there is of them.

    Raises:
        OSError: where it cannot be read.
    """
    if sys.platform == "win32":
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)
    return os.pread(descriptor, size, offset)


def read_regular(path: str | Path) -> BufferedReader:
    """Open a file for reading; what is no regular file is neither read nor waited for.

    Raises:
        OSError: where it cannot be opened, or is no regular file.
        ValueError: where the path is none.
    """
    return os.fdopen(open_regular(path), "rb")


def read_if_there(path: str | Path) -> BufferedReader | None:
    """Open a file for reading; None where no regular file lies there.

    Raises:
        OSError: where one may lie there, and cannot be opened.
    """
    try:
        return read_regular(path)
    except ValueError:
        return None
    except OSError as error:
        if error.errno in _NONE_THERE:
            return None
        raise


@contextlib.contextmanager
def private_scratch(path: Path) -> Iterator[BinaryIO]:
    """Write a file that only this user can read, durable at the end; taken away again where that fails.

    A file of that name is overwritten.

    Raises:
        OSError: where it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | OPEN_FLAGS
    with os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb") as file:
        try:
            path.chmod(PRIVATE_FILE)
            yield file
            file.flush()
            sync_file(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):  # what was not written may fail once more
                file.close()
            path.unlink()
            raise


def replace_private_file(path: Path, data: bytes) -> None:
    """Put a file that only this user can read in the place of what is there, in one step, durable when this returns.

    Raises:
        OSError: where it cannot be written; then what was there is as it was.
    """
    # A fixed name: what a crash left of an earlier try is overwritten by the next, never left lying about.
    scratch = path.with_name(f"{path.name}.rewriting")
    with private_scratch(scratch) as file:
        file.write(data)
    os.replace(scratch, path)
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
        # FAT and some network file systems have no hard links, and Android forbids them.
        if error.errno not in _NO_LINKS:
            raise
        _rename_exclusively(source, target)


def _rename_exclusively(source: str, target: str) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(source), os.fsencode(target)
    try:
        if sys.platform == "darwin":
            result = libc.renamex_np(*names, ctypes.c_uint(4))  # RENAME_EXCL
        else:
            here = ctypes.c_int(-100)  # AT_FDCWD
            result = libc.renameat2(here, names[0], here, names[1], ctypes.c_uint(1))  # RENAME_NOREPLACE
    except AttributeError:  # a C library that does not know the call
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), target) from None
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)
