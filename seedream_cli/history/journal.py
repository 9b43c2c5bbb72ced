"""The history's file: append-only lines, one write a call, safe with many processes, read newest first.

Every append holds the file's lock while it writes, starts on a new line whatever an earlier crash left behind, and
returns when the bytes are on the disk. Reading takes no lock and never writes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli import durable
from seedream_cli.errors import LocalFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is no record of ours and is passed over without being held in memory."""

_FIRST_BLOCK: Final = 64 * 1024
_LARGEST_BLOCK: Final = 512 * 1024
_FLAGS: Final = (
    getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO by mistake must not wait for its other end
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of the file, with their line feeds, and the offset at which the first begins."""

    offset: int
    data: bytes


class Journal:
    """A file of lines at a path that may not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, data: bytes) -> None:
        """Write whole lines, each ended by a line feed, in one piece; durable when this returns.

        Raises:
            LocalFileError: where they cannot be written; then none of them is.
        """
        try:
            while not self._append_once(data):
                pass
        except OSError as error:
            raise _fault(self.path, "written", error) from error

    def check_writable(self) -> None:
        """Create the file where it is missing; raise `LocalFileError` where appending would fail."""
        try:
            os.close(self._open_for_append())
        except OSError as error:
            raise _fault(self.path, "written", error) from error

    def chunks_backward(self) -> Iterator[Chunk]:
        """Yield the file in chunks of whole lines, its end first; nothing where there is no file.

        Raises:
            LocalFileError: where it cannot be read.
        """
        with self._reading() as descriptor:
            if descriptor is not None:
                yield from _chunks_backward(descriptor)

    def lines_backward(self) -> Iterator[bytes]:
        """Yield the lines, the last first, without line feeds.

        Raises:
            LocalFileError: where it cannot be read.
        """
        for chunk in self.chunks_backward():
            yield from reversed(chunk.data.removesuffix(b"\n").split(b"\n"))

    def lines_from(self, offset: int) -> Iterator[bytes]:
        """Yield the lines from a line's beginning on, each with its line feed.

        Raises:
            LocalFileError: where the file cannot be read.
        """
        with self._reading() as descriptor:
            if descriptor is not None:
                os.lseek(descriptor, offset, os.SEEK_SET)
                with os.fdopen(os.dup(descriptor), "rb") as file:
                    while line := file.readline(LONGEST_LINE):
                        yield line

    def rewrite(self, keep: Callable[[bytes], bool], last: bytes = b"") -> None:
        """Replace the file by one without some of its lines, in one step, while nobody else writes.

        Args:
            keep: says of a line, with its line feed, whether it stays as it is.
            last: whole lines to be added at the end.

        Raises:
            LocalFileError: where that fails; then the file is as it was.
        """
        try:
            while not self._rewrite_once(keep, last):
                pass
        except FileNotFoundError:
            return
        except OSError as error:
            raise _fault(self.path, "rewritten", error) from error

    def _rewrite_once(self, keep: Callable[[bytes], bool], last: bytes) -> bool:
        """Return False where the file was replaced by another writer before its lock was ours."""
        # A fixed name: what a crash left of an earlier try is overwritten by the next, never left lying about.
        scratch = self.path.with_name(f"{self.path.name}.rewriting")
        descriptor = self._open_existing()
        try:
            with durable.exclusive(descriptor):
                if not self._is_current(descriptor):
                    return False
                os.lseek(descriptor, 0, os.SEEK_SET)
                with os.fdopen(os.dup(descriptor), "rb") as lines, durable.private_scratch(scratch) as file:
                    file.writelines(filter(keep, _terminated(lines)))
                    file.write(last)
                os.replace(scratch, self.path)
                durable.sync_folder(self.path.parent)
        finally:
            os.close(descriptor)
        return True

    @contextlib.contextmanager
    def _reading(self) -> Iterator[int | None]:
        """Open the file for as long as this lasts; None where there is none."""
        try:
            descriptor = _open_regular(self.path, os.O_RDONLY)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise _fault(self.path, "read", error) from error
        try:
            yield descriptor
        except OSError as error:
            raise _fault(self.path, "read", error) from error
        finally:
            os.close(descriptor)

    def _append_once(self, data: bytes) -> bool:
        """Return False where the file was replaced by a rewritten one before its lock was ours."""
        descriptor = self._open_for_append()
        try:
            with durable.exclusive(descriptor):
                if not self._is_current(descriptor):
                    return False
                _write_whole_lines(descriptor, data)
            durable.sync_file(descriptor)
        finally:
            os.close(descriptor)
        return True

    def _open_for_append(self) -> int:
        try:
            return self._open_existing()
        except FileNotFoundError:
            durable.make_private_folder(self.path.parent)
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _FLAGS
            descriptor = os.open(self.path, flags, durable.PRIVATE_FILE)
        except FileExistsError:
            return self._open_existing()
        self.path.chmod(durable.PRIVATE_FILE)
        durable.sync_folder(self.path.parent)
        return descriptor

    def _open_existing(self) -> int:
        descriptor = _open_regular(self.path, os.O_RDWR | os.O_APPEND)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            self.path.chmod(durable.PRIVATE_FILE)
        return descriptor

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False


def _fault(path: Path, verb: str, error: OSError) -> LocalFileError:
    return LocalFileError(
        f"the history {path} cannot be {verb}: {error.strerror or error}",
        hint="check the disk and the file's permissions, or set SEEDREAM_HISTORY to another path",
    )


def _open_regular(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags | _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def _write_whole_lines(descriptor: int, data: bytes) -> None:
    """Append under the lock, all or nothing: what a full disk cut off is taken away again."""
    size = os.fstat(descriptor).st_size
    if size:
        os.lseek(descriptor, -1, os.SEEK_END)
        if os.read(descriptor, 1) != b"\n":
            data = b"\n" + data
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        if len(rest) != len(data):
            os.ftruncate(descriptor, size)
        raise


def _terminated(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n"


def _chunks_backward(descriptor: int) -> Iterator[Chunk]:
    position = os.fstat(descriptor).st_size
    size = _FIRST_BLOCK
    rest = b""  # the end of a line that begins before what has been read
    while position:
        step = min(size, position)
        position -= step
        os.lseek(descriptor, position, os.SEEK_SET)
        block = os.read(descriptor, step)
        start = block.find(b"\n") + 1
        if position and not start:
            rest = block + rest
            if len(rest) > LONGEST_LINE:
                rest = b"\0\n"  # read as a damaged line
            size = min(size * 2, LONGEST_LINE)  # so that a long line is put together in few steps
            continue
        if not position:
            start = 0
        yield Chunk(position + start, b"".join((memoryview(block)[start:], rest)))
        rest = block[:start]
        size = min(max(size, _FIRST_BLOCK) * 2, _LARGEST_BLOCK)
