"""The report of a bug: where it happened, and nothing of what the user wrote or holds."""

from __future__ import annotations

import platform
import time
import traceback
from typing import TYPE_CHECKING

from seedream_cli import __version__
from seedream_cli.drafts import timestamp
from seedream_cli.files import durable

if TYPE_CHECKING:
    from pathlib import Path

    from seedream_cli.context import Context


def report_crash(error: BaseException, context: Context) -> None:
    """Write a report beside the history and say where it is.

    It holds code positions and the types of errors: no messages, no values, no arguments, since any of these may hold
    a prompt or a secret.
    """
    console = context.console
    text = "\n".join(
        [f"seedream {__version__}, Python {platform.python_version()}, {platform.system()}", *_frames(error)]
    )
    console.say(f"seedream: error: a bug in seedream ({type(error).__name__}); this should not happen")
    try:
        # The clock and the paths of the context may be what is broken.
        path = context.history().folder / f"crash-{timestamp(time.time()).replace(':', '')}-{id(error) % 10000}.txt"
        _write(path, text)
    except Exception:  # noqa: BLE001
        console.say("hint: no report could be written; what was paid for is in `seedream history`")
    else:
        console.say(f"hint: please report it with {path}; what was paid for is in `seedream history`")


def _write(path: Path, text: str) -> None:
    durable.make_private_folder(path.parent)
    durable.write_private_file(path, text.encode("utf-8", "backslashreplace") + b"\n")


def _frames(error: BaseException) -> list[str]:
    lines: list[str] = []
    chain: BaseException | None = error
    while chain is not None and len(lines) < 500:
        lines.append(type(chain).__qualname__)
        frames = traceback.extract_tb(chain.__traceback__)
        lines += [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        chain = chain.__cause__ or chain.__context__
    return lines


def _short(filename: str) -> str:
    for marker in ("seedream_cli", "site-packages", "lib"):
        _, found, rest = filename.replace("\\", "/").rpartition(f"/{marker}/")
        if found:
            return f"{marker}/{rest}"
    return "…"
