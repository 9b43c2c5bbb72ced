"""Text in the cells of a terminal, where a character may take none, one or two: measured, cut, padded, folded."""

from __future__ import annotations

import functools
import re
import shutil
from typing import Final

_WIDE: Final = "\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"


def columns() -> int:
    """Return how many cells a line of the terminal has."""
    return shutil.get_terminal_size().columns


def cells(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Return as much of a text as fits, the last of it an ellipsis where something was cut."""
    if cells(text) <= width:
        return text
    return _first(text, width - 1) + "…" if width > 0 else ""


def padded(text: str, width: int) -> str:
    """Return text with spaces behind it up to so many cells."""
    return text + " " * (width - cells(text))


def folded(text: str, width: int, hanging: str = "") -> list[str]:
    """Return a text as lines that fit, broken at spaces and between ideographs, inside a word only where it must be.

    Args:
        text: one line, made safe already.
        width: cells of a line.
        hanging: what stands in front of all lines but the first; left out where it would take most of a line.
    """
    if cells(hanging) * 2 > width:
        hanging = ""
    lines: list[str] = []
    line, used, margin = "", 0, 0
    for piece in _pieces().findall(text):
        rest, taken = piece, cells(piece)
        if used + taken > width:
            # What fits no line is broken anyway, and so it may begin here.
            if used > margin and taken <= width - cells(hanging):
                lines.append(line.rstrip())
                line, used, margin = hanging, cells(hanging), cells(hanging)
            if rest.isspace():
                continue
            while used + taken > width:
                first = _first(rest, width - used) or ("" if used > margin else rest[0])
                lines.append(line + first)
                line, used, margin = hanging, cells(hanging), cells(hanging)
                rest = rest[len(first) :]
                taken = cells(rest)
        line += rest
        used += taken
    return [*lines, line.rstrip()] if not lines or line[len(hanging) :].strip() else lines


@functools.cache
def _pieces() -> re.Pattern[str]:
    """Return what finds spaces, ideographs and kana one by one, and words: lines may be broken between them.

    Made when it is first needed, since most commands never do.
    """
    return re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+")


def _first(text: str, width: int) -> str:
    """Return as many of a text's first characters as fit."""
    if text.isascii():
        return text[: max(width, 0)]
    from rich.cells import get_character_cell_size

    end = used = 0
    while end < len(text) and (used := used + get_character_cell_size(text[end])) <= width:
        end += 1
    # What is joined to one picture may take more than its parts.
    while end and cells(text[:end]) > width:
        end -= 1
    return text[:end]
