"""Taking turns with other commands: pictures are fetched and copied by one at a time, and what another draws is not."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable, locks
from seedream_cli.history.leases import is_alive

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from seedream_cli.history import History
    from seedream_cli.terminal.console import Console

_PATIENCE: Final = 600.0
"""Seconds to wait for others: a run that is drawing records something more often, if it was not stopped."""

_GLANCE: Final = 0.2
"""Seconds between two looks at whether another has ended."""


@contextlib.contextmanager
def one_at_a_time(folder: Path, console: Console, patience: float = _PATIENCE) -> Iterator[None]:
    """Wait until no other command fetches or copies pictures, so that none is fetched twice or put over another.

    Args:
        folder: beside the history.
        console: told that there is something to wait for.
        patience: seconds.

    Raises:
        LocalFileError: where that cannot be found out, or takes longer.
    """
    path = folder / "pull.lock"
    try:
        durable.make_private_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, durable.PRIVATE_FILE)
    except OSError as error:
        raise LocalFileError(f"{folder} cannot be written: {error.strerror or error}") from error
    try:
        if not _locked(descriptor, path):
            console.note("waiting for another command, which is fetching or copying pictures")
            deadline = time.monotonic() + patience
            while not _locked(descriptor, path):
                if time.monotonic() > deadline:
                    raise LocalFileError(
                        f"another command has been fetching or copying pictures for {patience:g} s",
                        hint="the same command again, once it has ended   # or was it stopped with Ctrl-Z? fg",
                    )
                time.sleep(_GLANCE)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    try:
        return locks.try_lock(descriptor)
    except OSError as error:
        raise LocalFileError(f"{path} cannot be locked: {error.strerror or error}") from error


def wait_for_runs(history: History, runs: Collection[str], patience: float = _PATIENCE) -> None:
    """Wait until runs that draw what is asked for here have ended.

    Args:
        runs: their ids.
        patience: seconds in which something has to come into the history.

    Raises:
        LocalFileError: where nothing does.
    """
    known, deadline = history.end, time.monotonic() + patience
    while any(is_alive(history.folder, run) for run in runs):
        time.sleep(_GLANCE)
        end = history.end
        if end != known:
            known, deadline = end, time.monotonic() + patience
        elif time.monotonic() > deadline:
            raise LocalFileError(
                f"another run, which draws the same, has recorded nothing for {patience:g} s",
                hint="the same command again, once it has ended   # or was it stopped with Ctrl-Z? fg",
            )
