"""What `--seeds` says: the seeds that every prompt of a batch is drawn with."""

from __future__ import annotations

import re
from typing import Final

from seedream_cli import catalog
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

MAX_SEEDS: Final = 10_000
"""How many seeds a prompt may be drawn with."""

_EXAMPLE: Final = "--seeds 1,2,5-8"
_PART: Final = re.compile(r"\s*([0-9]+)\s*(?:-\s*([0-9]+)\s*)?")


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of a list such as `1,2,5-8`, in its order.

    A seed that stands there twice is refused: it would be drawn, and paid, twice.

    Raises:
        InputError: where the text is no such list, a seed is outside 0 to `catalog.MAX_SEED`, or there are more than
            `MAX_SEEDS`.
    """
    ranges = [_range(part) for part in text.split(",")]
    count = sum(map(len, ranges))
    if count > MAX_SEEDS:
        raise InputError(f"--seeds names {count} seeds; at most {MAX_SEEDS} are drawn", hint=_EXAMPLE)
    seeds = [seed for numbers in ranges for seed in numbers]
    seen: set[int] = set()
    for seed in seeds:
        if seed in seen:
            raise InputError(f"--seeds names {seed} twice", hint=_EXAMPLE)
        seen.add(seed)
    return tuple(seeds)


def _range(part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        what = f"'{shorten(part.strip(), 40)}' is not a seed" if part.strip() else "a seed is missing"
        raise InputError(f"--seeds: {what}; expected numbers and ranges", hint=_EXAMPLE)
    first = _seed(match[1])
    last = first if match[2] is None else _seed(match[2])
    if last < first:
        raise InputError(f"--seeds: {first}-{last} runs backwards", hint=f"--seeds {last}-{first}")
    return range(first, last + 1)


def _seed(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(catalog.MAX_SEED)) or int(digits) > catalog.MAX_SEED:
        raise InputError(f"--seeds: {shorten(digits, 40)} is outside 0 to {catalog.MAX_SEED}", hint=_EXAMPLE)
    return int(digits)
