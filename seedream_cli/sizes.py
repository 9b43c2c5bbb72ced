"""Sizes of pictures as they are typed and written: `WxH`, or by their shape."""

from __future__ import annotations

from typing import Final, Literal

from seedream_cli import catalog
from seedream_cli.errors import InputError

ORIENTATIONS: Final = ("square", "portrait", "landscape")
_LARGEST_SIDE: Final = 16384
_LARGEST_RATIO: Final = 32
"""Up to here a number is taken for one of a ratio, as in 16:9, above that for pixels."""


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height in pixels of `WxH`.

    Raises:
        InputError: where it is not of that form.
    """
    if (found := sides(text)) is not None:
        return found
    near = _nearest_size(text)
    meant = "" if near is None else f"did you mean {near}? "
    raise InputError(
        f"'{text}' is not a size",
        hint=f"{meant}sizes are WxH, square, portrait or landscape: see `seedream models`",
        option="size",
    )


def sides(text: str) -> tuple[int, int] | None:
    """Return width and height in pixels of `WxH`; None where it is not of that form."""
    width, x, height = text.partition("x")
    return (int(width), int(height)) if x and _is_side(width) and _is_side(height) else None


def _nearest_size(text: str) -> str | None:
    """Return what is perhaps meant by what is no size: one side, another sign between two, a ratio, a slip."""
    import re
    from difflib import get_close_matches

    found = [int(side) for side in re.findall(r"(?a:\d+)", text) if _is_side(side)]
    if len(found) == 2:
        return "{}x{}".format(*found) if min(found) > _LARGEST_RATIO else orientation(found[0], found[1])
    if len(found) == 1 and found[0] > _LARGEST_RATIO:
        return f"{found[0]}x{found[0]}"
    return next(iter(get_close_matches(text, ORIENTATIONS, 1)), None)


def _is_side(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= _LARGEST_SIDE


def resolve_size(text: str | None, model: catalog.Model | None) -> str:
    """Return the `WxH` that a size option means for a model.

    Args:
        text: `WxH`, `square`, `portrait`, `landscape`, or None for the model's default.
        model: the model, or None where the catalogue does not know it.

    Raises:
        InputError: where the text is no size, or the model has none of that name.
    """
    if text is None:
        return (model or catalog.MODELS[0]).default_size
    word = text.strip().lower().replace("\N{MULTIPLICATION SIGN}", "x")
    if word not in ORIENTATIONS:
        width, height = parse_size(word)
        return f"{width}x{height}"
    for size in (model or catalog.MODELS[0]).sizes:
        if orientation(*parse_size(size)) == word:
            return size
    raise InputError(f"the model has no {word} size", hint="seedream models", option="size")


def orientation(width: int, height: int) -> Literal["square", "portrait", "landscape"]:
    """Name the shape of a picture of that many pixels."""
    if width == height:
        return "square"
    return "portrait" if width < height else "landscape"
