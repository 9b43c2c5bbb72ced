"""The system's fonts: the one that it takes for plain text, and others for what that one lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PATIENCE: Final = 5.0
_TRIED: Final = 12
"""Fonts that are tried for one character."""

_FACE: Final = 0xFFFF  # fontconfig counts a variable font's styles above these bits

# For systems without fontconfig; names of files, the plain ones first, then those of large repertoires.
_WELL_KNOWN: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial.ttf",
    "Helvetica.ttc",
    "NotoSansCJK-Regular.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "ヒラギノ角ゴシック W3.ttc",
    "AppleSDGothicNeo.ttc",
    "STHeiti Light.ttc",
    "msyh.ttc",
    "YuGothM.ttc",
    "malgun.ttf",
    "simsun.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "Arial Unicode.ttf",
    "seguisym.ttf",
    "Apple Symbols.ttf",
    "unifont.ttf",
)
_FOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "darwin": (
        "/System/Library/Fonts",
        "/System/Library/Fonts/Supplemental",
        "/Library/Fonts",
        "~/Library/Fonts",
    ),
    "win32": (r"C:\Windows\Fonts", r"~\AppData\Local\Microsoft\Windows\Fonts"),
}
_ELSEWHERE: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_MOST_FOLDERS: Final = 2000


def fonts_for(character: str, environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield files of fonts in which a character may be, and the face in each; the most fitting first."""
    command = shutil.which("fc-match", path=environment.get("PATH"))
    if command is not None:
        yield from _matched(command, character, environment)
    else:
        yield from ((path, 0) for path in _well_known(environment))


def _matched(command: str, character: str, environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    pattern = f"sans-serif:charset={ord(character):x}"
    try:
        done = subprocess.run(  # noqa: S603 - an argument vector, no shell
            [command, "-s", "--format", "%{file}\t%{index}\n", pattern],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    for line in done.stdout.splitlines()[:_TRIED]:
        path, _, face = line.rpartition(b"\t")
        if path and face.isdigit():
            yield os.fsdecode(path), int(face) & _FACE


def _well_known(environment: Mapping[str, str]) -> Iterator[str]:
    home = environment.get("USERPROFILE" if sys.platform == "win32" else "HOME", "")
    folders = [folder.replace("~", home) for folder in _FOLDERS.get(sys.platform, _ELSEWHERE)]
    found: dict[str, str] = {}
    looked_at = 0
    for top in folders:
        for folder, _, names in os.walk(top):
            looked_at += 1
            if looked_at > _MOST_FOLDERS:
                break
            for name in names:
                found.setdefault(name, os.path.join(folder, name))
    return (found[name] for name in _WELL_KNOWN if name in found)
