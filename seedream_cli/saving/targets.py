"""Where pictures will lie: names worked out and everything checked before anything is paid for."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import time
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import Target
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.safetext import to_type
from seedream_cli.saving import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from seedream_cli.drafts import Key

PART_PREFIX: Final = ".seedream-"
PART_SUFFIX: Final = ".part"
"""What the names of files being written begin and end with: nobody takes them for pictures."""

MOST_CLEARED: Final = 500
"""Stale files that are cleared away at once."""

_STALE_AFTER: Final = 24 * 60 * 60.0
_MOST_LOOKED_AT: Final = 20_000
_LONGEST_NAME: Final = 255
_ANOTHER: Final = "-o '{slug}-{seed}.{ext}'"
"""A name to type that is possible anywhere."""

_PROBE: Final = bytes(64 * 1024)


class Naming:
    """How the user wants pictures to be named.

    Args:
        output: `--output`, a file or a template, or None.
        folder: `--dir`, for pictures that are given no name.

    Raises:
        InputError: where the folder is not a name that a file can have.
    """

    def __init__(self, output: str | None, folder: str) -> None:
        self._output = output
        if output is None:
            _check_text("folder", folder)
            self._folder = _unambiguous(folder)

    def targets(
        self, drafts: Sequence[tuple[str, Key]], *, indices: Sequence[int] | None = None, total: int | None = None
    ) -> list[Target]:
        """Return a target for each draft, given as id and key.

        Args:
            indices: what `{index}` is for each, from 1; their places in `drafts` where none are given.
            total: how many drafts share the name, where these are not all.

        Raises:
            InputError: where the names cannot be, or are not all different.
        """
        if self._output is None:
            return [in_folder(self._folder, draft_id, key) for draft_id, key in drafts]
        indices = indices or range(1, len(drafts) + 1)
        targets = self._from_output(self._output, drafts, indices, several=(total or len(drafts)) > 1)
        if len({target.absolute().parts for target in targets}) < len(targets):
            which = "{id} or {index}" if "{seed}" in self._output else "{id}, {seed} or {index}"
            raise InputError(
                f"several drafts would be saved as '{self._output}'",
                hint=f"put {which} into the name: -o '{{slug}}-{{index}}.{{ext}}'",
            )
        return targets

    def _from_output(
        self, output: str, drafts: Sequence[tuple[str, Key]], indices: Sequence[int], *, several: bool
    ) -> list[Target]:
        _check_output(output)
        folder, name = os.path.split(output)
        if (real := _unambiguous(folder)) != folder:
            output = os.path.join(real.replace("{", "{{").replace("}", "}}"), name)
        template = names.parse_template(output)
        if several and all(name is None for _, name in template):
            stem, suffix = os.path.splitext("".join(text for text, _ in template))
            return [Target((f"{stem}-{index}{suffix}",), replace=True) for index in indices]
        return [
            Target(names.fill_template(template, _values(draft_id, key, index)), replace=True)
            for index, (draft_id, key) in zip(indices, drafts, strict=True)
        ]


def in_folder(folder: str, draft_id: str, key: Key) -> Target:
    """Return a place in a folder that no other picture has."""
    return Target((os.path.join(folder, f"{names.slug(key.prompt)}-{key.seed}-{draft_id}."), ""), replace=False)


def _values(draft_id: str, key: Key, index: int) -> dict[str, str]:
    return {
        "id": draft_id,
        "seed": str(key.seed),
        "index": str(index),
        "slug": names.slug(key.prompt),
        "model": key.model,
    }


def _check_output(output: str) -> None:
    if output == "-":
        hint = "give a file to -o, as -o fox.png; its path comes on stdout"
        raise InputError("pictures are not written to stdout", hint=hint)
    _check_text("output", output)
    if output.endswith(("/", os.sep)) or os.path.basename(output) in {".", ".."} or os.path.isdir(output):
        raise InputError(f"the output '{output}' is a folder", hint=f"use -d {to_type(output, 'FOLDER')}")


def _unambiguous(folder: str) -> str:
    """Return the folder as typed, but where `..` behind a symbolic link leads elsewhere than its text says.

    The history keeps absolute paths, which are worked out from the text.
    """
    real = os.path.realpath(folder)
    return folder if real == os.path.realpath(os.path.abspath(folder)) else real


def _check_text(what: str, text: str) -> None:
    try:
        possible = text and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(f"the {what} is not a name that a file can have")


def check_targets(targets: Sequence[Target], *, ours: Iterable[Path]) -> None:
    """Look at the targets as they are on the disk, writing nothing.

    Args:
        targets: of one command.
        ours: files and folders of the program itself, in which no picture may replace anything.

    Raises:
        InputError: where a target is no file that a picture may take the place of.
    """
    # Where nothing is replaced, nobody needs to find out where they are.
    taken = {os.path.realpath(path) for path in ours} if any(target.replace for target in targets) else set()
    for target in targets:
        for path in target.paths():
            if len(os.fsencode(os.path.basename(path))) > _LONGEST_NAME:
                raise _too_long()
            if target.replace:
                _check_replaceable(path, taken)


def _check_replaceable(path: str, taken: set[str]) -> None:
    if os.path.basename(path) in {"", ".", ".."}:
        raise InputError(f"the output '{path}' is a folder")
    real = os.path.realpath(path)
    if any(real == own or real.startswith(own + os.sep) for own in taken):
        raise InputError(f"the output '{path}' is a file of seedream itself")
    folder, name = os.path.split(path)
    try:
        # Of a folder that is yet to be made, `..` leads out again all the same.
        there = os.lstat(os.path.join(os.path.realpath(folder), name))
    except OSError as error:  # missing is fine, and unreadable folders are found when they are tried
        if error.errno == errno.ENAMETOOLONG:
            raise _too_long() from error
    else:
        if not stat.S_ISREG(there.st_mode):
            raise InputError(
                f"the output '{path}' is not a regular file", hint=f"remove it, or choose another name: {_ANOTHER}"
            )


def _too_long() -> InputError:
    return InputError("the output's name is too long", hint=f"at most {_LONGEST_NAME} bytes: {_ANOTHER}")


def prepare_folders(targets: Sequence[Target], bytes_each: int) -> None:
    """Make the missing folders and make sure that pictures can be written there, before anything is paid for.

    Args:
        targets: of one command.
        bytes_each: how large a picture is likely to be.

    Raises:
        LocalFileError: where a folder cannot be made, written or has no room.
    """
    counts: dict[str, int] = {}
    for target in targets:
        counts[target.folder] = counts.get(target.folder, 0) + 1
    for folder, count in counts.items():
        try:
            durable.make_folder(folder)
            _clear_away(folder)
            _probe(folder, count * bytes_each)
        except OSError as error:
            # The system would say that it exists, of a file and of a link that leads nowhere.
            reason = "it is not a folder" if isinstance(error, FileExistsError) else error.strerror or error
            raise LocalFileError(
                f"pictures cannot be written to '{folder}': {reason}",
                hint="nothing was sent; choose another folder with -d",
            ) from error


def _clear_away(folder: str) -> None:
    """Remove what runs that were killed left behind a day ago and more, as far as that can be done quickly."""
    old = time.time() - _STALE_AFTER
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        looked_at = itertools.islice(entries, _MOST_LOOKED_AT)
        stale = [entry.path for entry in looked_at if _is_part(entry) and entry.stat().st_mtime < old]
        for path in stale[:MOST_CLEARED]:
            with contextlib.suppress(OSError):
                os.unlink(path)


def _is_part(entry: os.DirEntry[str]) -> bool:
    ours = entry.name.startswith(PART_PREFIX) and entry.name.endswith(PART_SUFFIX)
    return ours and entry.is_file(follow_symlinks=False)


def _probe(folder: str, needed: int) -> None:
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(dir=folder, prefix=PART_PREFIX, suffix=PART_SUFFIX) as file:
        file.write(_PROBE)
        file.flush()
    if hasattr(os, "statvfs"):
        room = os.statvfs(folder)
        # Some file systems do not tell how large they are.
        if room.f_blocks and room.f_bavail * room.f_frsize < needed:
            raise OSError(errno.ENOSPC, f"{needed / 1e6:.0f} MB are needed and the disk is full")
