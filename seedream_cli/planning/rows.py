"""What the rows of a batch file ask for: drafts with seeds, before it is known which of them are there already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.rows import MAX_DRAFTS
from seedream_cli.errors import InputError
from seedream_cli.planning.plan import keys as plan_keys
from seedream_cli.planning.prompt import resolve
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedream_cli.batchfile.rows import Row
    from seedream_cli.context import Context
    from seedream_cli.drafts import Key
    from seedream_cli.options.draw import DrawOptions
    from seedream_cli.planning.plan import Wish

_SEED_BITS: Final = 31
_SHARD_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that a row asks for: its drafts share a seed and are drawn together.

    Attributes:
        row: of the file.
        wish: what its drafts ask for but for their seeds.
        keys: of its drafts.
        tags: of its drafts.
        numbers: of its drafts in the whole batch, from 1.
        places: of its drafts in its row, from 1.
        row_total: drafts of the row.
    """

    row: Row
    wish: Wish
    keys: tuple[Key, ...]
    tags: tuple[str, ...]
    numbers: range
    places: range
    row_total: int


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts into which a batch is split the same way everywhere.

    Attributes:
        number: from 1.
        count: of parts.
    """

    number: int
    count: int

    def holds(self, key: Key) -> bool:
        """Whether what asks for this belongs to the shard."""
        asked = [key.origin, key.model, key.prompt, key.negative_prompt, key.size, key.seed]
        digest = hashlib.sha256(json.dumps(asked).encode()).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


def parse_shard(text: str) -> Shard:
    """Return the shard that `K/N` names.

    Raises:
        InputError: where it names none.
    """
    number, slash, count = text.partition("/")
    digits = all(part.isascii() and part.isdigit() and len(part) <= _SHARD_DIGITS for part in (number, count))
    if slash and digits and 1 <= int(number) <= int(count):
        return Shard(int(number), int(count))
    raise InputError(
        f"--shard '{shorten(text, 40)}' is not K/N with K from 1 to N", hint="--shard 1/4, 2/4, 3/4 and 4/4"
    )


def ask_for(context: Context, rows: Iterable[Row], options: DrawOptions, *, seeds: Sequence[int] = ()) -> list[Asked]:
    """Return what all rows ask for, in their order, each with its seeds.

    Args:
        rows: of the whole file, since a derived seed depends on which repetition of its text a row is.
        seeds: the same for every row, or none.

    Raises:
        InputError: where a row asks for what cannot be; names its line.
    """
    repetitions: dict[tuple[str, str | None], int] = {}
    asked: list[Asked] = []
    number = 1
    # Rows mostly wish for the same model and size: what was warned about once is not said of every row.
    warned: set[str] = set()
    for row in rows:
        text = (row.prompt, row.negative_prompt)
        repetitions[text] = repetitions.get(text, 0) + 1
        try:
            wish = _wish(context, row, options, warned)
            requests = _requests(wish, row, options, seeds, repetitions[text])
        except InputError as error:
            raise _in_row(row, error) from None
        total = sum(map(len, requests))
        tags = row.tags or tuple(options.tags or ())
        place = 1
        for keys in requests:
            numbers, places = range(number, number + len(keys)), range(place, place + len(keys))
            asked.append(Asked(row, wish, keys, tags, numbers, places, total))
            number, place = numbers.stop, places.stop
        if number - 1 > MAX_DRAFTS:
            raise InputError(
                f"{row.where}: here the rows ask for more than {MAX_DRAFTS:,} drafts, which one batch draws at most",
                hint="split the file",
            )
    return asked


def _in_row(row: Row, error: InputError) -> InputError:
    """Return an error that names the row; what the row says itself is no option's to change."""
    message, option, hint = f"{row.where}: {error.message}", error.option, error.hint
    if {"model": row.model, "size": row.size, "seed": row.seed}.get(option or "") is None:
        return InputError(message, hint=hint, option=option)
    if error.instead is not None:
        forced = "" if option == "seed" else " (--force passes it on as it is)"
        hint = f"write {error.instead} into that row{forced}"
    return InputError(message, hint=hint)


def derived_seed(prompt: str, negative_prompt: str | None, repetition: int) -> int:
    """Return the seed of a row that gives none: the same for the same text, whatever stands around it.

    Args:
        negative_prompt: of the row itself.
        repetition: which row of that text it is in the file, from 1.
    """
    text = json.dumps([prompt, negative_prompt, repetition])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> (32 - _SEED_BITS)


def _wish(context: Context, row: Row, options: DrawOptions, warned: set[str]) -> Wish:
    def warn(text: str) -> None:
        if text not in warned:
            warned.add(text)
            context.console.warn(f"{row.where}: {text}")

    return resolve(
        context,
        options,
        prompt=row.prompt,
        negative_prompt=row.negative_prompt or options.negative or None,
        model=row.model or options.model,
        size=row.size or options.size,
        warn=warn,
    )


def _requests(
    wish: Wish, row: Row, options: DrawOptions, seeds: Sequence[int], repetition: int
) -> list[tuple[Key, ...]]:
    count = row.n or options.count
    if seeds:
        if row.seed is not None or "seed" in row.columns:
            raise InputError("--seeds and a column of seeds cannot be combined", hint="leave --seeds or the column out")
        if count > 1:
            raise InputError("--seeds draws one draft of each seed: n does not go with it", hint="more in --seeds")
        return [(wish.key(seed),) for seed in seeds]
    first = row.seed if row.seed is not None else options.seed
    if first is None:
        first = derived_seed(row.prompt, row.negative_prompt, repetition)
    made = plan_keys(wish, count, first_seed=first, one_request=options.one_request, chance=lambda: 0.0)
    groups: dict[int, list[Key]] = {}
    for key in made:
        groups.setdefault(key.seed, []).append(key)
    return [tuple(group) for group in groups.values()]
