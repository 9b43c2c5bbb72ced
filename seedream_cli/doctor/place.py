"""Checks of where the program runs: versions, system, terminal."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING, Final

from seedream_cli import __version__
from seedream_cli.doctor.check import Check, ok, problem, warning
from seedream_cli.errors import SeedreamError
from seedream_cli.preview.terminals import method

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedream_cli.context import Context

_NARROW: Final = 40
_WAYS: Final = {"truecolor": "half blocks", "256": "half blocks in 256 colours"}


def checks(context: Context) -> Iterator[Check]:
    """Yield what was found."""
    yield _versions()
    yield from _system()
    yield _terminal(context.environment)


def _versions() -> Check:
    keyring = "with" if importlib.util.find_spec("keyring") else "without"
    return ok(
        "versions",
        f"seedream {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
        f" {platform.machine()}, {keyring} the library for keyrings",
    )


def _system() -> Iterator[Check]:
    if os.name == "nt":
        yield warning(
            "system",
            "Windows keeps no modes and syncs no folders: files are as private as your profile folder is, and a picture"
            " saved in the last second before a power cut may be gone, which `seedream history verify` finds; what"
            " another run writes in the moment in which `forget` or `repair` replaces the history is lost",
            None,
        )


def _terminal(environment: Mapping[str, str]) -> Check:
    encoding = (getattr(sys.stdout, "encoding", None) or "none").lower()
    if encoding.replace("-", "") not in {"utf8", "utf8sig"}:
        return warning(
            "terminal",
            f"its encoding is {encoding}: what that cannot show is spelt out",
            "export LANG=C.UTF-8",
        )
    stderr = bool(sys.stderr and sys.stderr.isatty())
    if not stderr:
        return ok("terminal", "none: no motion, no questions, no colours")
    width = shutil.get_terminal_size().columns
    if environment.get("TERM") == "dumb":
        return ok("terminal", f"{width} columns, TERM=dumb: plain text")
    colours = "no colours (NO_COLOR)" if environment.get("NO_COLOR") else "colours"
    try:
        way = method(environment)
    except SeedreamError as error:
        return problem("terminal", error)
    previews = f"previews by {_WAYS.get(way, way)}" if way else "no previews"
    told = f"{width} columns, {encoding}, {colours}, {previews}"
    if width < _NARROW:
        return warning("terminal", f"{told}: listings are folded", "a wider window")
    return ok("terminal", told)
