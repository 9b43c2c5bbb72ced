"""Small files of the program's own: private, replaced whole, changed by one process at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seedream_cli.files import durable, locks

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST: Final = 1024 * 1024
"""Bytes; what is larger is no file of ours."""

_LOCK: Final = ".seedream.lock"


def read_state(path: Path) -> bytes:
    """Return what a file holds, at most a byte more than `LARGEST`.

    Raises:
        OSError: where it is missing, no regular file, or cannot be read.
    """
    with durable.read_regular(path) as file:
        return file.read(LARGEST + 1)


def change_state(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Replace what a file holds, in one step, while nobody else changes a file of ours in that folder.

    A link stays a link: what it leads to is replaced. The file is readable by this user alone from then on.

    Args:
        path: of a file that may not exist yet, nor its folder.
        change: makes the new content of the old, which is empty where there is no file; what it raises leaves all as
            it is, and so does the same content again.

    Raises:
        OSError: where that fails; then the file is as it was.
    """
    path = Path(os.path.realpath(path))  # `Path.resolve` takes links in a circle for no error of the system's
    durable.make_private_folder(path.parent)
    # A file of its own: Windows moves nothing over a file that is open, and the other is moved over.
    flags = os.O_RDWR | os.O_CREAT
    descriptor = os.open(path.with_name(_LOCK), flags | durable.OPEN_FLAGS, durable.PRIVATE_FILE)
    try:
        with locks.exclusive(descriptor):
            try:
                old = read_state(path)
            except FileNotFoundError:
                old = b""
            new = change(old)
            if new != old:
                durable.replace_private_file(path, new)
    finally:
        os.close(descriptor)
