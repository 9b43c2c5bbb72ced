"""The history's file: append-only lines, one write a call, safe with many processes, read newest first.

Every append holds the file's lock while it writes, starts on a new line whatever an earlier crash left behind, and
returns when the bytes are on the disk. Reading takes no lock and never writes.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable
from seedream_cli.history.group_commit import GroupCommit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    Make = Callable[["Reading"], bytes]

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes; a longer line is no record of ours and is passed over without being held in memory."""

_FIRST_BLOCK: Final = 64 * 1024
_LARGEST_BLOCK: Final = 512 * 1024
_LOOKED_BACK: Final = 1024 * 1024
_ENDLESS: Final = 1 << 62


class Chunk(NamedTuple):
    """Whole lines of the file, with their line feeds; a line that is too long stands here as a damaged one.

    Attributes:
        offset: of the data in the file.
        end: of the lines in the file.
        begin: of the lines in the data. (To cut the data there would take longer than to search them.)
        data: the lines, and before them the end of an earlier one.
    """

    offset: int
    end: int
    begin: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield where in `data` the lines begin, and the lines, in order, without line feeds."""
        begin = self.begin
        for line in self.data[begin:].removesuffix(b"\n").split(b"\n"):
            yield begin, line
            begin += len(line) + 1

    def lines_with(self, needle: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield where in `data` the lines that hold a needle begin, and the lines, in order, from a place on."""
        import stringzilla

        start = max(start, self.begin)
        while (at := stringzilla.find(self.data, needle, start)) >= 0:
            begin, line = self.line_at(at)
            yield begin, line
            start = begin + len(line) + 1

    def line_at(self, at: int) -> tuple[int, bytes]:
        """Return where the line begins in which a place in `data` lies, and the line, without its line feed."""
        begin = self.data.rfind(b"\n", 0, at) + 1
        end = self.data.find(b"\n", at)
        return begin, self.data[begin : end if end >= 0 else len(self.data)]


class Place(NamedTuple):
    """A place in one file, between its lines."""

    device: int
    inode: int
    offset: int


NOWHERE: Final = Place(0, 0, 0)
"""Before the first line of any file."""


class Journal:
    """A file of lines at a path that may not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._together: GroupCommit[Make] = GroupCommit(self._append_all)

    def append(self, data: bytes) -> None:
        """Write whole lines, each ended by a line feed, in one piece; durable when this returns.

        Raises:
            LocalFileError: where they cannot be written; then none of them is.
        """
        self.append_made(lambda _: data)

    def append_made(self, make: Make) -> None:
        """Write lines that are made of what the file holds at that moment, while nobody else writes to it.

        Args:
            make: returns whole lines, or nothing; may be asked again where writing failed, or the file was replaced.

        Raises:
            LocalFileError: where they cannot be written; then none of them is.
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
        try:
            while not self._rewrite_once(keep, last):
                pass
        except FileNotFoundError:
            return
        except OSError as error:
            raise _fault(self.path, "rewritten", error) from error

    def _rewrite_once(self, keep: Callable[[bytes], bool], last: bytes) -> bool:
        """Return False where the file was replaced by another writer before its lock was ours."""
        # A link stays a link: if it were replaced, the old lines would stay where it leads.
        path = self.path.resolve()
        # A fixed name: what a crash left of an earlier try is overwritten by the next, never left lying about.
        scratch = path.with_name(f"{path.name}.rewriting")
        descriptor = self._open_existing()
        try:
            with durable.exclusive(descriptor):
                if not self._is_current(descriptor):
                    return False
                os.lseek(descriptor, 0, os.SEEK_SET)
                with os.fdopen(os.dup(descriptor), "rb") as lines, durable.private_scratch(scratch) as file:
                    file.writelines(_kept(lines, keep))
                    file.write(last)
                os.replace(scratch, path)
                durable.sync_folder(path.parent)
        finally:
            os.close(descriptor)
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
            with durable.exclusive(descriptor):
                if not self._is_current(descriptor):
                    return False
                has_grown = _append_each(descriptor, makes)
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
        descriptor = durable.open_regular(self.path, os.O_RDWR | os.O_APPEND)
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


def _append_each(descriptor: int, makes: Sequence[Make]) -> bool:
    """Append under the lock what each makes, all or nothing, and return whether there was anything."""
    reading = Reading(descriptor)
    size = os.fstat(descriptor).st_size
    has_grown = False
    try:
        for make in makes:
            # What one adds, the next finds there: otherwise two could be made of the same last place.
            if data := make(reading):
                _write_whole_lines(descriptor, data)
                has_grown = True
    except BaseException:
        os.ftruncate(descriptor, size)
        raise
    return has_grown


def _write_whole_lines(descriptor: int, data: bytes) -> None:
    if os.fstat(descriptor).st_size:
        os.lseek(descriptor, -1, os.SEEK_END)
        if os.read(descriptor, 1) != b"\n":
            data = b"\n" + data
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.readline(LONGEST_LINE):
        yield piece


def _kept(file: BinaryIO, keep: Callable[[bytes], bool]) -> Iterator[bytes]:
    """Yield what stays of a file's lines; the last of them is ended."""
    dropping = open_ended = False  # whether the line that goes on with the next piece is dropped; is not ended
    for piece in _pieces(file):
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


class Reading:
    """A file of lines that is open for reading; without a descriptor an empty one.

    Attributes:
        end: where the file ended at first; what has been added since may be taken away again.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self.end = NOWHERE
        if descriptor is not None:
            state = os.fstat(descriptor)
            self.end = Place(state.st_dev, state.st_ino, state.st_size)

    def lines_since(self, place: Place) -> Iterator[bytes]:
        """Yield the lines behind a place, in order, without line feeds; all lines where it is in another file."""
        end = self.end
        same = (place.device, place.inode) == (end.device, end.inode) and place.offset <= end.offset
        # The place may lie in a line that was just being written.
        for chunk in self.chunks_forward(self._line_begin(place.offset) if same else 0):
            for _, line in chunk.lines():
                yield line

    def chunks_backward(self) -> Iterator[Chunk]:
        """Yield the file in chunks of whole lines, its end first."""
        if self._descriptor is None:
            return
        end = os.fstat(self._descriptor).st_size
        size = _FIRST_BLOCK
        while end:
            offset = max(0, end - size)
            block = self._read(offset, end - offset)
            begin = block.find(b"\n", 0, -1) + 1 if offset else 0
            if begin or not offset:
                yield Chunk(offset, end, begin, block)
                end = offset + begin
                size = min(size * 2, _LARGEST_BLOCK)
            elif size < LONGEST_LINE:
                size *= 2
            else:
                begin = self._line_begin(offset)
                yield Chunk(begin, end, 0, b"\0\n")
                end, size = begin, _LARGEST_BLOCK

    def _line_begin(self, offset: int) -> int:
        """Return where the line begins in which an offset lies."""
        if offset and self._read(offset - 1, 1) == b"\n":
            return offset
        while offset:
            size = min(offset, _LARGEST_BLOCK)
            offset -= size
            begin = self._read(offset, size).rfind(b"\n") + 1
            if begin:
                return offset + begin
        return 0

    def _line_end(self, offset: int) -> int:
        """Return where the line ends in which an offset lies."""
        while block := self._read(offset, _LARGEST_BLOCK):
            found = block.find(b"\n") + 1
            if found:
                return offset + found
            offset += len(block)
        return offset

    def lines_backward(self) -> Iterator[tuple[int, bytes]]:
        """Yield where the lines begin, and the lines, the last first, without line feeds."""
        for chunk in self.chunks_backward():
            for begin, line in reversed(list(chunk.lines())):
                yield chunk.offset + begin, line

    def lines_before(self, offset: int, needle: bytes) -> list[bytes]:
        """Return the lines that hold a needle in the last part of the file before an offset, in order."""
        size = min(offset, _LOOKED_BACK)
        data = self._read(offset - size, size)
        return [line for _, line in Chunk(offset - size, offset, 0, data).lines_with(needle)]

    def chunks_forward(self, offset: int, end: int = _ENDLESS) -> Iterator[Chunk]:
        """Yield the file in chunks of whole lines from the beginning of one on, up to where it may have ended once."""
        size = _FIRST_BLOCK
        rest = b""  # the beginning of a line that ends behind what has been read
        while block := self._read(offset + len(rest), min(size, end - offset - len(rest))):
            data = rest + block
            whole = data.rfind(b"\n") + 1
            if whole:
                yield Chunk(offset, offset + whole, 0, data[:whole])
                offset += whole
            rest = data[whole:]
            if len(rest) > LONGEST_LINE:
                behind = self._line_end(offset + len(rest))
                yield Chunk(offset, behind, 0, b"\0\n")
                offset, rest = behind, b""
            size = min(size * 2, _LARGEST_BLOCK if whole else LONGEST_LINE)
        if rest:
            yield Chunk(offset, offset + len(rest), 0, rest)

    def pieces(self) -> Iterator[bytes]:
        """Yield the lines, the first first, each with its line feed; one that is too long in pieces."""
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            with os.fdopen(os.dup(self._descriptor), "rb") as file:
                yield from _pieces(file)

    def _read(self, offset: int, size: int) -> bytes:
        if self._descriptor is None:
            return b""
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        return os.read(self._descriptor, size)
