"""Numbers that follow from a request alone: what is left to chance in a picture, the same on every run."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")


def stream(*parts: str | int) -> random.Random:
    """Return a source of numbers that follows from the parts, in every process and on every machine."""
    # JSON keeps the parts apart and spells lone surrogates, which no encoding would take.
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return random.Random(int.from_bytes(digest))  # noqa: S311 - it paints, it guards nothing


def one_of(rng: random.Random, options: Sequence[tuple[_T, float]]) -> _T:
    """Return one of the options, each as likely as its weight says."""
    at = rng.random() * sum(weight for _, weight in options)
    for option, weight in options:
        at -= weight
        if at < 0:
            return option
    return options[-1][0]


def wander(rng: random.Random, depth: int, rough: float) -> list[float]:
    """Return 2**depth + 1 heights about zero by midpoint displacement, each level `rough` times the last."""
    heights = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
    reach = 1.0
    for _ in range(depth):
        reach *= rough
        finer = [heights[0]]
        for left, right in itertools.pairwise(heights):
            finer += ((left + right) / 2 + rng.uniform(-reach, reach), right)
        heights = finer
    return heights
