"""Checks of files and folders: configuration, history, pictures, room on the disk."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seedream_cli import settings
from seedream_cli.doctor.check import Check, ok, problem, warning
from seedream_cli.errors import InputError, LocalFileError, SeedreamError
from seedream_cli.files import durable, locks
from seedream_cli.files.filesystems import network_file_system
from seedream_cli.safetext import to_type
from seedream_cli.settings.config import DEFAULT_FOLDER, history_path, is_none, read_config
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.context import Context

_LOCK_PATIENCE: Final = 2.0
_LARGEST_READ: Final = 100 * 1024 * 1024
"""Bytes of a history that is read for damage: half a second's work."""

_LITTLE_ROOM: Final = 500 * 1024 * 1024
_NO_ROOM: Final = 20 * 1024 * 1024


def checks(context: Context) -> Iterator[Check]:
    """Yield what was found."""
    yield from _config(context)
    yield from _environment(context)
    yield from _history(context)
    yield from _pictures(context)


def _config(context: Context) -> Iterator[Check]:
    path = context.config_path
    try:
        faults = list(settings.faults_of_file(read_config(path).options, path))
    except SeedreamError as error:
        yield problem("config", error)
        return
    if faults:
        for fault in faults:
            yield problem("config", fault)
        return
    if is_none(path):
        yield ok("config", f"{path}: there is none, so defaults hold")
        return
    if not path.exists():
        yield ok("config", f"{path}: not there, so defaults hold")
        return
    yield _open_to_others("config", path) or ok("config", f"{path}: valid")


def _environment(context: Context) -> Iterator[Check]:
    fine = True
    for error in settings.faults(context.environment):
        fine = False
        yield problem("environment", error)
    for variable, meant in settings.strangers(context.environment):
        fine = False
        message = f"{variable} is set, and nothing reads it"
        if meant is not None:  # perhaps a limit that does not hold
            yield problem("environment", InputError(message, hint=f"did you mean {meant}?"))
        else:
            yield warning("environment", message, f"unset {to_type(variable, 'VARIABLE')}")
    if fine:
        said = sorted(name for name, value in context.environment.items() if name.startswith("SEEDREAM_") and value)
        yield ok("environment", ", ".join(said) or "no variable of ours is set")


def _history(context: Context) -> Iterator[Check]:
    path = history_path(context.environment)
    if kind := network_file_system(path):
        yield warning(
            "history",
            f"{path} lies on another machine ({kind}): locks may not hold there, and records of several machines"
            " may be lost",
            "export SEEDREAM_HISTORY=PATH   # on a disk of this machine",
        )
    try:
        yield _soundness(context, path)
    except OSError as error:
        yield problem(
            "history",
            LocalFileError(
                f"{path}: {error.strerror or error}", hint="mend its permissions, or export SEEDREAM_HISTORY=PATH"
            ),
        )
    except SeedreamError as error:
        yield problem("history", error)


def _soundness(context: Context, path: Path) -> Check:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        _check_creatable(path.parent)
        return ok("history", f"{path}: not there yet; the first draft makes it")
    descriptor = durable.open_regular(path, os.O_RDWR | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        with locks.exclusive(descriptor, _LOCK_PATIENCE):
            pass
    finally:
        os.close(descriptor)
    if (found := _open_to_others("history", path)) is not None:
        return found
    told = f"{path}: {size / 1e6:.1f} MB, readable, writable"
    if size > _LARGEST_READ:
        return ok("history", f"{told}; too large to be read for damage here: seedream history verify")
    damaged = sum(1 for _ in context.history().damaged_lines())
    if damaged:
        return warning(
            "history", f"{told}, {counted(damaged, 'damaged line')}", "seedream history repair   # keeps a copy"
        )
    return ok("history", f"{told}, no damage")


def _open_to_others(name: str, path: Path) -> Check | None:
    """Return a warning where others than its owner may read a file or write its folder; Windows has no such modes."""
    if os.name != "posix":
        return None
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return warning(name, f"{path}: others can read it (mode {mode:o})", f"chmod 600 {to_type(str(path), 'FILE')}")
    folder = stat.S_IMODE(path.parent.stat().st_mode)
    if folder & 0o022 and not folder & stat.S_ISVTX:
        mend = f"chmod go-w {to_type(str(path.parent), 'FOLDER')}"
        return warning(name, f"{path.parent}: others can write there (mode {folder:o})", mend)
    return None


def _check_creatable(folder: Path) -> None:
    """Raise `OSError` where nothing can be created in a folder, or the folder itself cannot be."""
    whole = Path(os.path.abspath(folder))
    there = next((each for each in (whole, *whole.parents) if os.path.lexists(each)), whole)
    if not there.is_dir():
        raise NotADirectoryError(0, f"{there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(0, f"{there} cannot be written")


def _pictures(context: Context) -> Iterator[Check]:
    try:
        folder = Path(context.folder)
    except SeedreamError:  # told already
        folder = Path(DEFAULT_FOLDER)
    try:
        _check_creatable(folder)
        whole = Path(os.path.abspath(folder))
        there = next(each for each in (whole, *whole.parents) if each.exists())
        free = shutil.disk_usage(there).free
    except OSError as error:
        yield problem("pictures", LocalFileError(f"'{folder}': {error.strerror or error}", hint="-d FOLDER"))
        return
    told = f"'{folder}': writable, {free / 1e9:.1f} GB free"
    if free < _NO_ROOM:
        yield problem("pictures", LocalFileError(f"{told}: no room for a picture", hint="-d FOLDER on another disk"))
    elif free < _LITTLE_ROOM:
        yield warning("pictures", told, "-d FOLDER on another disk")
    else:
        yield ok("pictures", told)
