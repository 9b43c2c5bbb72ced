"""Handing a file to the desktop: the system's own program for its kind shows it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE: Final = 1.0
"""Seconds in which an opener that cannot open says so; one that still runs then is showing the file."""


def open_file(path: str, environment: Mapping[str, str]) -> bool:
    """Show a file in the system's program for it, and return whether one was started.

    Nothing of that program's reaches our streams. Without a desktop nothing is tried: what would open there is a
    program for the terminal, in the middle of our own output.

    Args:
        path: absolute.
        environment: variables, by which a desktop is known.
    """
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            os.startfile(path)  # noqa: S606 - the one call that Windows has for this
            return True
        return False
    if sys.platform == "darwin":
        return _run(["open", path], environment)
    has_desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return bool(has_desktop) and _run(["xdg-open", path], environment)


def _run(command: list[str], environment: Mapping[str, str]) -> bool:
    try:
        process = subprocess.Popen(  # noqa: S603 - an argument vector, no shell
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in our terminal is not meant for it
        )
        return process.wait(_PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False
