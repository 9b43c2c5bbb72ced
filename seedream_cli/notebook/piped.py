"""Files that are read more than once, though they may come through a pipe, which can be read only once."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import InputError
from seedream_cli.files import durable

if TYPE_CHECKING:
    from io import BufferedReader

_STDIN: Final = Path("-")
_MOST: Final = 16 * 1024**3
_PIECE: Final = 1024 * 1024


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
        OSError: where it cannot be read, or not be kept.
        ValueError: where the path is none.
    """
    if not is_piped(path):
        return durable.read_regular(path)
    import tempfile

    # Only this user can read it, and it has no name: prompts and URLs stand in it.
    with _pipe(path) as pipe, tempfile.TemporaryFile() as kept:
        while piece := pipe.read(_PIECE):
            kept.write(piece)
            if kept.tell() > _MOST:
                raise InputError(
                    f"more than {_MOST >> 30} GB come from {name_of(path)}", hint="seedream history import FILE"
                )
        kept.seek(0)
        return os.fdopen(os.dup(kept.fileno()), "rb")


def _pipe(path: Path) -> BufferedReader:
    if path != _STDIN:
        return path.open("rb")
    if sys.stdin is None:
        raise InputError("nothing can be taken in: stdin is closed", hint="seedream history import FILE")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
