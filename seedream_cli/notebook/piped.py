"""Files that are read more than once, though they may come through a pipe, which can be read only once."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

_STDIN: Final = Path("-")
_MOST: Final = 16 * 1024**3
_PIECE: Final = 1024 * 1024


def path_of(argument: str) -> Path:
    """Return the path that an argument names: `-` means stdin, `./-` a file of that name."""
    path = Path(argument)
    return path.absolute() if path == _STDIN and argument != str(_STDIN) else path


def is_piped(path: Path) -> bool:
    """Whether a path means stdin, which is `-`, or names a pipe."""
    try:
        return path == _STDIN or stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def name_of(path: Path) -> str:
    """Return what to call a path, which is perhaps `-`, in a sentence."""
    return "stdin" if path == _STDIN else str(path)


def open_again_and_again(path: Path) -> BufferedReader:
    """Open a file to be read from its beginning as often as one likes; what comes through a pipe is kept on the disk.

    Args:
        path: of a regular file or a pipe, or `-`.

    Raises:
        InputError: where stdin is closed, or more comes through a pipe than is kept.
        LocalFileError: where what comes through a pipe cannot be read or kept.
        OSError: where it cannot be opened.
        ValueError: where the path is none.
    """
    if not is_piped(path):
        return durable.read_regular(path)
    with _pipe(path) as pipe:
        return _kept(pipe, path)


def _kept(pipe: BinaryIO, path: Path) -> BufferedReader:
    import tempfile

    try:
        # Nobody else can read it: prompts and URLs stand in it.
        with tempfile.TemporaryFile() as kept:
            kept.writelines(_pieces(pipe, path))
            kept.seek(0)
            return os.fdopen(os.dup(kept.fileno()), "rb")
    except OSError as error:
        raise LocalFileError(
            f"what comes from {name_of(path)} cannot be kept in {tempfile.gettempdir()}: {error.strerror or error}",
            hint="TMPDIR=FOLDER seedream history import ...   # with room in it",
        ) from error


def _pieces(pipe: BinaryIO, path: Path) -> Iterator[bytes]:
    left = _MOST
    try:
        while piece := pipe.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise InputError(
                    f"more than {_MOST >> 30} GB come from {name_of(path)}", hint="seedream history import FILE"
                )
            yield piece
    except OSError as error:
        raise LocalFileError(f"{name_of(path)} cannot be read: {error.strerror or error}") from error


def _pipe(path: Path) -> BufferedReader:
    if path != _STDIN:
        return path.open("rb")
    if sys.stdin is None:
        raise InputError("nothing can be taken in: stdin is closed", hint="seedream history import FILE")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
