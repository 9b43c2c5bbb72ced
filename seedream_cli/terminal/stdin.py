"""What comes in by stdin; where that cannot be read, it is this machine's fault."""

from __future__ import annotations

import sys

from seedream_cli.errors import LocalFileError


def read_stdin(what: str, most: int) -> bytes:
    """Return what stdin holds, which is open.

    Args:
        what: is read there, for the message: `the prompt`.
        most: bytes that are read.

    Raises:
        LocalFileError: where it cannot be read.
    """
    try:
        return sys.stdin.buffer.read(most)
    except OSError as error:
        raise LocalFileError(f"{what} cannot be read from stdin: {error.strerror or error}") from error
