"""The history's file: append-only lines, one write a call, safe with many processes, read newest first.

Every append holds the file's lock while it writes, starts on a new line whatever an earlier crash left behind, and
returns when the bytes are on the disk. Reading takes no lock and never writes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from typing import TYPE_CHECKING

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable, locks
from seedream_cli.history.group_commit import GroupCommit
from seedream_cli.history.reading import Reading, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    Make = Callable[["Reading"], bytes]


class Journal:
    """A file of lines at a path that may not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._together: GroupCommit[Make] = GroupCommit(self._append_all)

    def append(self, data: bytes) -> None:
        """Write whole lines, each ended by a line feed, in one piece; durable when this returns.

        Raises:
            LocalFileError: where they cannot be written; then none of them is, but where only the disk did not
                confirm them: then they may be there.
        """
        self.append_made(lambda _: data)

    def append_made(self, make: Make) -> None:
        """Write lines that are made of what the file holds at that moment, while nobody else writes to it.

        Args:
            make: returns whole lines, or nothing; may be asked again where writing failed, or the file was replaced.

        Raises:
            LocalFileError: where they cannot be written; then none of them is, but where only the disk did not
                confirm them: then they may be there.
        """
        try:
            self._together.submit(make)
        except OSError as error:
            raise _fault(self.path, "written", error) from error

    def _append_all(self, makes: Sequence[Make]) -> None:
        while not self._append_once(makes):
            pass

    def check_writable(self) -> None:
        """Create the file where it is missing; raise `LocalFileError` where appending would fail."""
        try:
            os.close(self._open_for_append())
        except OSError as error:
            raise _fault(self.path, "written", error) from error

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """Open the file as it is now; what is read stays that file, even where another takes its place meanwhile.

        Raises:
            LocalFileError: where it cannot be read; a file that does not exist reads as empty.
        """
        descriptor = None
        try:
            descriptor = self._open_for_reading()
            yield Reading(descriptor)
        except OSError as error:
            raise _fault(self.path, "read", error) from error
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def lines_backward(self, needle: bytes = b"") -> Iterator[bytes]:
        """Yield the lines that hold the needle, the last first, without line feeds.

        Raises:
            LocalFileError: where the file cannot be read.
        """
        with self.reading() as reading:
            for chunk in reading.chunks_backward():
                lines = chunk.lines_with(needle) if needle else chunk.lines()
                for _, line in reversed(list(lines)):
                    yield line

    def pieces(self) -> Iterator[bytes]:
        """Yield the lines, the first first, each with its line feed; one that is too long in pieces.

        Raises:
            LocalFileError: where the file cannot be read.
        """
        with self.reading() as reading:
            yield from reading.pieces()

    def rewrite(self, keep: Callable[[bytes], bool], last: bytes = b"") -> None:
        """Replace the file by one without some of its lines, in one step, while nobody else writes.

        Args:
            keep: says of a line, with its line feed, whether it stays as it is; is asked of each piece of one that is
                too long, up to the first that does not stay.
            last: whole lines to be added at the end.

        Raises:
            LocalFileError: where that fails; then the file is as it was.
        """
        self.rewrite_made(lambda lines: itertools.chain(_kept(lines, keep), [last]))

    def rewrite_made(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        """Replace the file by one that is made of it, in one step, while nobody else writes.

        Args:
            make: returns what the new file holds, piece by piece, made of the old one, which is open at its beginning;
                may be asked again where the file was replaced.

        Raises:
            LocalFileError: where that fails; then the file is as it was.
        """
        try:
            while not self._rewrite_once(make):
                pass
        except FileNotFoundError:
            return
        except OSError as error:
            raise _fault(self.path, "rewritten", error) from error

    def _rewrite_once(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> bool:
        """Return False where the file was replaced by another writer before its lock was ours."""
        # A link stays a link: if it were replaced, the old lines would stay where it leads.
        path = self.path.resolve()
        # A fixed name: what a crash left of an earlier try is overwritten by the next, never left lying about.
        scratch = path.with_name(f"{path.name}.rewriting")
        descriptor = self._open_existing()
        try:
            with locks.exclusive(descriptor):
                if not self._is_current(Reading(descriptor)):
                    return False
                os.lseek(descriptor, 0, os.SEEK_SET)
                with os.fdopen(os.dup(descriptor), "rb") as lines, durable.private_scratch(scratch) as file:
                    file.writelines(make(lines))
                if sys.platform != "win32":
                    _put_in_place(scratch, path)
        finally:
            os.close(descriptor)
        if sys.platform == "win32":  # which moves nothing over a file that is open
            _put_in_place(scratch, path)
        return True

    def _open_for_reading(self) -> int | None:
        try:
            return durable.open_regular(self.path, os.O_RDONLY)
        except FileNotFoundError:
            if self.path.is_symlink():  # what it leads to may lie on a disk that is not there now
                raise
            return None

    def _append_once(self, makes: Sequence[Make]) -> bool:
        """Return False where the file was replaced by a rewritten one before its lock was ours."""
        descriptor = self._open_for_append()
        try:
            with locks.exclusive(descriptor):
                reading = Reading(descriptor)
                if not self._is_current(reading):
                    return False
                has_grown = _append_each(descriptor, reading, makes)
            if has_grown:
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
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | durable.OPEN_FLAGS
            descriptor = os.open(self.path, flags, durable.PRIVATE_FILE)
        except FileExistsError:
            return self._open_existing()
        self.path.chmod(durable.PRIVATE_FILE)
        durable.sync_folder(self.path.parent)
        return descriptor

    def _open_existing(self) -> int:
        return durable.open_private(self.path, os.O_RDWR | os.O_APPEND)

    def _is_current(self, reading: Reading) -> bool:
        try:
            here = self.path.stat()
        except FileNotFoundError:
            return False
        return (here.st_dev, here.st_ino) == (reading.end.device, reading.end.inode)


def _fault(path: Path, verb: str, error: OSError) -> LocalFileError:
    return LocalFileError(
        f"the history {path} cannot be {verb}: {error.strerror or error}",
        hint="check the disk and the file's permissions, or set SEEDREAM_HISTORY to another path",
    )


def _put_in_place(scratch: Path, path: Path) -> None:
    os.replace(scratch, path)
    durable.sync_folder(path.parent)


def _append_each(descriptor: int, reading: Reading, makes: Sequence[Make]) -> bool:
    """Append under the lock what each makes, all or nothing, and return whether there was anything."""
    size = reading.end.offset
    has_grown = False
    try:
        for make in makes:
            # What one adds, the next finds there: otherwise two could be made of the same last place.
            if data := make(reading):
                _write(descriptor, data if has_grown or _ends_whole(descriptor, size) else b"\n" + data)
                has_grown = True
    except BaseException:
        os.ftruncate(descriptor, size)
        raise
    return has_grown


def _ends_whole(descriptor: int, size: int) -> bool:
    """Whether the file is empty or its last line is ended: what a crash left behind may be cut."""
    return not size or durable.read_at(descriptor, 1, size - 1) == b"\n"


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _kept(file: BinaryIO, keep: Callable[[bytes], bool]) -> Iterator[bytes]:
    """Yield what stays of a file's lines; the last of them is ended."""
    dropping = open_ended = False  # whether the line that goes on with the next piece is dropped; is not ended
    for piece in pieces(file):
        ends = piece.endswith(b"\n")
        if not dropping and keep(piece):
            yield piece
            open_ended = not ends
        else:
            if open_ended:
                yield b"\n"
            open_ended = False
            dropping = not ends
    if open_ended:
        yield b"\n"
