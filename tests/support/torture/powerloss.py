"""What a disk may show after the power went: computed from the calls of a recorded run.

A disk that respects fsync may have lost whatever was not yet synced: data of a file (all, its end, or a torn middle of
its last write) until the file was synced; names (made, moved, removed) until their folder was synced. Nothing that was
synced is lost. Names of one folder reach the disk in their order, as in every journal; files and folders do not wait
for each other.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Call = dict[str, Any]


@dataclass
class _File:
    """A file's data: as the disk has them for sure, and what was written since."""

    synced: bytes = b""
    written: list[tuple[int, bytes]] = field(default_factory=list)
    """Where and what; a place below 0: cut to that length, less one."""

    def data(self, count: int, torn: float = 1.0) -> bytes:
        """The data with so many of the unsynced writes, the last of them in part."""
        made = bytearray(self.synced)
        for number, (offset, data) in enumerate(self.written[:count]):
            if offset < 0:
                del made[-offset - 1 :]
                continue
            part = data[: int(len(data) * torn)] if number == count - 1 else data
            made[len(made) : offset] = bytes(max(0, offset - len(made)))
            made[offset : offset + len(part)] = part
        return bytes(made)


Name = tuple[str, _File | None]


@dataclass
class Disk:
    """The disk as it is known for sure, and what is under way to it."""

    files: dict[str, _File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    now: dict[str, _File] = field(default_factory=dict)
    pending: dict[str, list[tuple[str, str, _File | None]]] = field(default_factory=dict)

    def begin(self, root: Path) -> None:
        """Take what lies there as synced."""
        self.folders = {str(root)} | {str(path) for path in root.rglob("*") if path.is_dir()}
        for path in root.rglob("*"):
            if path.is_file():
                self.files[str(path)] = self.now[str(path)] = _File(path.read_bytes())

    def apply(self, call: Call) -> None:
        """Let a call of the recorded run happen."""
        if (call["result"] is None or call["result"] < 0) and call["name"] != "fsync":
            return
        paths = [os.path.normpath(path) for path in call["paths"]]
        match call["name"]:
            case "openat":
                self._open(paths[0], call["flags"])
            case "write" | "pwrite64":
                self._write(paths[0], call["offset"], bytes.fromhex(call["data"])[: call["result"]])
            case "ftruncate" | "truncate":
                if file := self.now.get(paths[0]):
                    file.written.append((-call["size"] - 1, b""))
            case "copy_file_range" | "sendfile":
                source = self.now.get(paths[0])
                whole = source.data(len(source.written)) if source else b""
                self._write(paths[1], call["offset"], whole[-call["result"] :] if call["result"] else b"")
            case "fsync" | "fdatasync":
                self._sync(paths[0])
            case _:
                self._rename(call["name"], paths)

    def _open(self, path: str, flags: int) -> None:
        if path not in self.now and flags & os.O_CREAT:
            self._name("make", path, _File())
        elif path in self.now and flags & os.O_TRUNC:
            self.now[path].written.append((-1, b""))

    def _write(self, path: str, offset: int, data: bytes) -> None:
        if file := self.now.get(path):
            file.written.append((offset, data))

    def _sync(self, path: str) -> None:
        if file := self.now.get(path):
            file.synced, file.written = file.data(len(file.written)), []
        for kind, name, made in self.pending.pop(path, []):
            self._settle(self.files, self.folders, (kind, name, made))

    def _rename(self, call: str, paths: Sequence[str]) -> None:
        match call:
            case "mkdir" | "mkdirat":
                self._name("folder", paths[0], None)
            case "link" | "linkat":
                self._name("make", paths[1], self.now[paths[0]])
            case "rename" | "renameat" | "renameat2":
                self._name("make", paths[1], self.now[paths[0]])
                self._name("remove", paths[0], None)
            case "unlink" | "unlinkat":
                self._name("remove", paths[0], None)

    def _name(self, kind: str, path: str, file: _File | None) -> None:
        self._settle(self.now, set(), (kind, path, file))
        self.pending.setdefault(os.path.dirname(path), []).append((kind, path, file))

    def _settle(self, files: dict[str, _File], folders: set[str], change: tuple[str, str, _File | None]) -> None:
        kind, path, file = change
        if kind == "folder":
            folders.add(path)
        elif kind == "make" and file is not None:
            files[path] = file
        else:
            files.pop(path, None)

    def show(
        self, root: Path, names: Callable[[int], int], writes: Callable[[int], int], torn: Callable[[], float]
    ) -> None:
        """Make the folder what the disk may show: of each folder's names, and of each file's writes, so many."""
        files, folders = dict(self.files), set(self.folders)
        for changes in self.pending.values():
            for change in changes[: names(len(changes))]:
                self._settle(files, folders, change)
        shutil.rmtree(root)
        root.mkdir()
        for folder in sorted(folders):
            if folder == str(root) or os.path.dirname(folder) in folders:
                Path(folder).mkdir(mode=0o700, exist_ok=True)
            else:
                folders = folders - {folder}
        shown: dict[int, bytes] = {}
        for path, file in files.items():
            if os.path.dirname(path) in folders:
                data = shown.setdefault(id(file), file.data(writes(len(file.written)), torn()))
                Path(path).write_bytes(data)
                Path(path).chmod(0o600)


def outcomes(disk: Disk, root: Path, lot: random.Random, some: int) -> Iterator[str]:
    """The disk in each of the ways that matter most, and some chosen at random."""
    every, none = (lambda count: count), (lambda count: 0)
    for name, names, writes, torn in (
        ("nothing but what was synced", none, none, lambda: 1.0),
        ("all names, no data", every, none, lambda: 1.0),
        ("all data, no names", none, every, lambda: 1.0),
        ("all names, the last write torn", every, every, lambda: 0.5),
        *((f"by chance {number}", lambda count: lot.randint(0, count), lambda count: lot.randint(0, count), lot.random)
          for number in range(some)),
    ):  # fmt: skip
        disk.show(root, names, writes, torn)
        yield name
