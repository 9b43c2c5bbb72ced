"""Which draft stands where on a sheet: in order, line by line, or prompts against seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.thumbnails import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft

_ONE_LINE: Final = 5
"""So many drafts stand side by side."""

_CAPTION: Final = 1.25
"""About how much higher a picture is with its caption."""

_MOST_COLUMNS: Final = 40
"""More seeds than that are not laid side by side."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of cells; None is a place that stays empty. `heading` stands before them, if it is not empty."""

    heading: str
    cells: tuple[Draft | None, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Drafts in their places.

    Attributes:
        columns: what stands above the columns; empty where they have nothing in common.
        rows: each with as many cells as there are columns, or fewer in the last.
        left_out: drafts that have no place because another of the same prompt and seed has it.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0

    @property
    def width(self) -> int:
        """Cells side by side."""
        return max(len(row.cells) for row in self.rows)

    @property
    def drafts(self) -> list[Draft]:
        """All drafts, line by line."""
        return [draft for row in self.rows for draft in row.cells if draft is not None]


def arrange(drafts: Sequence[Draft]) -> Grid:
    """Return prompts against seeds where the drafts are of that kind, or else the drafts in their order."""
    return by_seed(drafts) or in_lines(drafts)


def in_lines(drafts: Sequence[Draft]) -> Grid:
    """Return the drafts in their order, line by line, so that the whole is about square."""
    count = len(drafts)
    width = count if count <= _ONE_LINE else round(math.sqrt(count * _CAPTION * shape(drafts)))
    width = max(1, min(width, count))
    lines = (tuple(drafts[start : start + width]) for start in range(0, count, width))
    return Grid((), tuple(Row("", line) for line in lines))


def by_seed(drafts: Sequence[Draft]) -> Grid | None:
    """Return a row for each prompt and a column for each seed of one batch that drew the same seeds for every prompt.

    Rows are in the order of the batch's file, columns in that of the seeds. None where the drafts are not of one
    such batch: where most prompts have seeds of their own.
    """
    batch = _in_common(drafts)
    if batch is None:
        return None
    in_file = sorted(drafts, key=lambda draft: draft.batches[batch] or 0)
    prompts = list(dict.fromkeys(map(_asked, in_file)))
    columns = sorted({_column(draft) for draft in drafts})
    places: dict[tuple[tuple[str, ...], tuple[int, ...]], Draft] = {}
    for draft in drafts:
        place = _asked(draft), _column(draft)
        if place not in places or draft.status == "saved" or places[place].status != "saved":
            places[place] = draft
    if not 2 <= len(columns) <= _MOST_COLUMNS or 2 * len(places) <= len(prompts) * len(columns):
        return None
    rows = (Row(heading, tuple(places.get((asked, one)) for one in columns)) for asked, heading in _headings(prompts))
    return Grid(tuple(map(_heading, columns)), tuple(rows), len(drafts) - len(places))


def _in_common(drafts: Sequence[Draft]) -> str | None:
    """Return a batch that asks for all drafts, or None where there is none."""
    return next((batch for batch in drafts[0].batches if all(batch in draft.batches for draft in drafts)), None)


def _asked(draft: Draft) -> tuple[str, ...]:
    """Return what a draft asks for, but for its seed: the prompt, the negative one, the model, the size."""
    key = draft.key
    return key.prompt, key.negative_prompt or "", key.model, key.size


def _column(draft: Draft) -> tuple[int, int, int]:
    return draft.key.seed, draft.key.index, draft.key.n


def _heading(column: tuple[int, int, int]) -> str:
    seed, index, count = column
    return f"seed {seed}" if count == 1 else f"seed {seed}, {index} of {count}"


def _headings(prompts: list[tuple[str, ...]]) -> list[tuple[tuple[str, ...], str]]:
    """Give each row its prompt, and what else it does not share with all the others."""
    shared = [len(set(values)) == 1 for values in zip(*prompts, strict=True)]
    headings = []
    for asked in prompts:
        prompt, negative, model, size = asked
        parts = (f"no {negative}" if negative else "", model, size)
        more = [part for part, same in zip(parts, shared[1:], strict=True) if part and not same]
        headings.append((asked, "\n".join([prompt, *more])))
    return headings
