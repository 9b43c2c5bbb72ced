"""Files that are written beside their targets and moved into place once they are whole."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from seedream_cli.files import durable
from seedream_cli.saving.targets import PART_PREFIX, PART_SUFFIX


class PartFile:
    """A file being written beside its target under a name that is no picture's; gone at the end unless moved.

    Attributes:
        file: open for reading and writing.
        path: its name for now.
    """

    def __init__(self, folder: str, draft_id: str) -> None:
        self.path = os.path.join(folder, f"{PART_PREFIX}{draft_id}-{os.urandom(4).hex()}{PART_SUFFIX}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | durable.OPEN_FLAGS
        self.file = os.fdopen(os.open(self.path, flags, 0o666), "w+b")

    def finish(self) -> None:
        """Bring all that was written to the disk, and close the file: Windows moves no open one."""
        self.file.flush()
        durable.sync_file(self.file.fileno())
        self.file.close()

    def move_over(self, target: str) -> None:
        """Put the file in its place, durable when this returns; a file that lies there is replaced."""
        self.finish()
        os.replace(self.path, target)
        durable.sync_folder(os.path.dirname(target) or ".")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # what could still fail to be written is no longer wanted
            self.file.close()
        with contextlib.suppress(OSError):  # moved, or left for a later run to clear away
            os.unlink(self.path)
