"""Files that are written beside their targets and moved into place once they are whole."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from seedream_cli.saving.targets import PART_PREFIX, PART_SUFFIX


class PartFile:
    """A file being written beside its target under a name that is no picture's; gone at the end unless moved.

    Attributes:
        file: open for reading and writing.
        path: its name for now.
    """

    def __init__(self, folder: str, draft_id: str) -> None:
        self.path = os.path.join(folder, f"{PART_PREFIX}{draft_id}-{os.urandom(4).hex()}{PART_SUFFIX}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        self.file = os.fdopen(os.open(self.path, flags, 0o666), "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # what could still fail to be written is no longer wanted
            self.file.close()
        with contextlib.suppress(OSError):  # moved, or left for a later run to clear away
            os.unlink(self.path)
