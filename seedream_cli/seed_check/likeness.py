"""How alike two pictures are: to the pixel, in composition, or not at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

from seedream_cli.errors import LocalFileError
from seedream_cli.files import durable
from seedream_cli.thumbnails import open_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

Verdict = Literal["identical", "similar", "unrelated"]

SIMILAR: Final = 0.5
"""Correlation of outlines from which on two pictures count as one composition.

Measured on the sandbox's pictures: other seeds of one prompt stay below 0.39, since mist at the top and ground at the
bottom are alike in light but not in outline; the same picture blurred, brightened, compressed to a tenth, with noise,
or with a ninth of it painted over stays above 0.6.
"""

_GRID: Final = 32
_STEP: Final = 4.0
"""Mean brightness steps between cells, of 255, below which a picture has no outline to compare."""


def compare(one: str, other: str) -> tuple[Verdict, float]:
    """Compare two picture files.

    Returns:
        The verdict, and how alike the outlines are: 1 for the same, around 0 for any two pictures.

    Raises:
        LocalFileError: where one cannot be read.
    """
    first, second = _read(one), _read(other)
    if first.size == second.size and first.tobytes() == second.tobytes():
        return "identical", 1.0
    alike = _correlation(_outline(first), _outline(second))
    return ("similar" if alike >= SIMILAR else "unrelated"), round(alike, 3)


def _read(path: str) -> Image.Image:
    try:
        with durable.read_regular(path) as file, open_image(file) as picture:
            return picture.convert("RGB")
    except Exception as error:  # decoders raise whatever they stumble over
        raise LocalFileError(f"the picture {path} cannot be compared: {error}") from error


def _outline(picture: Image.Image) -> list[int]:
    """Return the steps in brightness from each cell of a coarse grid to its neighbours right and below."""
    from PIL import Image

    side = _GRID + 1
    cells = picture.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
    right = [cells[at + 1] - cells[at] for at in _starts(side)]
    below = [cells[at + side] - cells[at] for at in _starts(side)]
    return right + below


def _starts(side: int) -> list[int]:
    return [row * side + column for row in range(side - 1) for column in range(side - 1)]


def _correlation(one: Sequence[int], other: Sequence[int]) -> float:
    """Return Pearson's correlation; 1 for two pictures without any outline, 0 where only one has none."""
    plain = [sum(map(abs, steps)) / len(steps) * _GRID < _STEP for steps in (one, other)]
    if any(plain):
        return 1.0 if all(plain) else 0.0
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    shared = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = math.sqrt(sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other))
    return shared / spread if spread else 0.0
