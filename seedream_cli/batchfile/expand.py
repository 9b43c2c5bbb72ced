"""From a row's template to every prompt that it means.

Written here, not taken from `dynamicprompts`: that package raises on `%`, `$` and a lone brace, drops the braces of
`{"k":1}`, repeats unknown wildcards for ever, and has had no release since March 2024.

Everything is checked and counted before anything is expanded, so that an error or an explosion costs nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.rows import MAX_DRAFTS, Faults
from seedream_cli.batchfile.template import DEEPEST, Choice, Name, Template, Wildcard, literally, parse
from seedream_cli.batchfile.wildcards import Wildcards
from seedream_cli.errors import InputError
from seedream_cli.generation import MAX_PROMPT_CHARACTERS
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seedream_cli.batchfile.rows import Row

__all__ = ["Expander", "Wildcards", "count", "expand", "expand_all"]

_TOO_DEEP: Final = f"wildcards name wildcards more than {DEEPEST} deep"

MAX_CHARACTERS: Final = 2**28
"""How much text the templates of one batch may expand to."""

COUNTED: Final = 10**15
"""Counts are exact up to here; this one means as many or more."""


def expand(row: Row, wildcards: Callable[[str], list[str]]) -> Iterator[Row]:
    """Return the rows that a row means, as `Expander.expand` does; for many rows an `Expander` is faster."""
    return Expander(wildcards).expand(row)


def count(row: Row, wildcards: Callable[[str], list[str]]) -> int:
    """Return how many rows a row means, as `Expander.count` does; for many rows an `Expander` is faster."""
    return Expander(wildcards).count(row)


def expand_all(rows: Iterable[Row], wildcards: Callable[[str], list[str]]) -> list[Row]:
    """Return what all rows of a file mean, in order.

    Raises:
        InputError: where any row's template is wrong (the first is named, and how many more are wrong), or they mean
            more than `MAX_DRAFTS` rows, whose number is named.
    """
    expander = Expander(wildcards)
    checked: list[_Checked] = []
    faults = Faults()
    for row in rows:
        try:
            checked.append(expander.check(row))
        except InputError as error:
            faults.note(error)
    faults.raise_first()
    total = sum(one.count for one in checked)
    if total > MAX_DRAFTS:
        raise _too_many("the file means", total)
    return [row for one in checked for row in expander.rows(one)]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a template before it is expanded.

    Attributes:
        count: of its expansions, at most `COUNTED`.
        names: of columns it needs, each with the place where it first stands.
        height: how deep wildcards name wildcards in it.
    """

    count: int
    names: Mapping[str, str]
    height: int


@dataclass(frozen=True, slots=True)
class _Checked:
    """A row whose templates are right, and how many rows it means."""

    row: Row
    prompt: Template
    negative_prompt: Template | None
    count: int


class Expander:
    """Expands the rows of one batch; each template of a wildcard file is read and counted once.

    Args:
        wildcards: returns the lines of a wildcard file, by its name.
    """

    def __init__(self, wildcards: Callable[[str], list[str]]) -> None:
        self._wildcards = wildcards
        self._lines: dict[str, list[Template]] = {}
        self._facts: dict[str, _Facts | InputError] = {}
        self._characters = 0

    def count(self, row: Row) -> int:
        """Return how many rows a row means, without expanding it; 10^15 where it is that many or more.

        Raises:
            InputError: where a template is wrong, or names what is not there.
        """
        return self.check(row).count

    def expand(self, row: Row) -> Iterator[Row]:
        """Return every combination of options in the prompt and the negative prompt, the leftmost slowest.

        Raises:
            InputError: as `count`, and where there are more than `MAX_DRAFTS`; while it is iterated, where an
                expansion is no prompt.
        """
        checked = self.check(row)
        if checked.count > MAX_DRAFTS:
            raise _too_many(f"{row.where}: the row means", checked.count)
        return self.rows(checked)

    def check(self, row: Row) -> _Checked:
        """Read and count a row's templates, for `rows`.

        Raises:
            InputError: as `count`.
        """
        try:
            prompt, negative = parse(row.prompt, "prompt"), None
            facts = self._of_template(prompt, "prompt", ())
            if row.negative_prompt is not None:
                negative = parse(row.negative_prompt, "negative_prompt")
                more = self._of_template(negative, "negative_prompt", ())
                facts = _united([facts, more], facts.count * more.count)
            _check_names(row, facts.names)
        except InputError as error:
            raise InputError(f"{row.where}: {error.message}", hint=error.hint) from None
        return _Checked(row, prompt, negative, min(facts.count, COUNTED))

    def rows(self, checked: _Checked) -> Iterator[Row]:
        """Yield what a checked row means.

        Raises:
            InputError: where an expansion is no prompt.
        """
        row = checked.row
        named = _columns(row)
        prompts = self._texts(checked.prompt, named)
        negatives = [None] if checked.negative_prompt is None else self._texts(checked.negative_prompt, named)
        for prompt, negative in itertools.product(prompts, negatives):
            longest = max(len(prompt), len(negative or ""))
            if longest > MAX_PROMPT_CHARACTERS:
                limit = f"at most {MAX_PROMPT_CHARACTERS} are sent"
                raise InputError(f"{row.where}: an expansion has {longest} characters; {limit}")
            if not prompt.strip():
                raise InputError(f"{row.where}: an expansion of the prompt is empty")
            yield replace(row, prompt=prompt, negative_prompt=negative if negative and negative.strip() else None)

    def _texts(self, template: Template, named: Mapping[str, str]) -> list[str]:
        pools = [self._pool(part, named) for part in template]
        return self._joined("", itertools.product(*pools))

    def _joined(self, separator: str, combinations: Iterable[Iterable[str]]) -> list[str]:
        """Return the texts of combinations; long templates mean more text than memory holds long before `MAX_DRAFTS`.

        Raises:
            InputError: where there are more than `MAX_CHARACTERS` by now.
        """
        texts = []
        for parts in combinations:
            text = separator.join(parts)
            self._characters += len(text)
            if self._characters > MAX_CHARACTERS:
                raise InputError(f"the prompts expand to more than {MAX_CHARACTERS:,} characters")
            texts.append(text)
        return texts

    def _pool(self, part: str | Name | Wildcard | Choice, named: Mapping[str, str]) -> list[str]:
        if isinstance(part, str):
            return [part]
        if isinstance(part, Name):
            return [named[part.name]]
        if isinstance(part, Wildcard):
            return [text for line in self._lines[part.name] for text in self._texts(line, named)]
        pools = [self._texts(option, named) for option in part.options]
        chosen = itertools.combinations(pools, part.take)
        return self._joined(", ", (parts for few in chosen for parts in itertools.product(*few)))

    def _of_template(self, template: Template, place: str, within: tuple[str, ...]) -> _Facts:
        facts = [self._of_part(part, place, within) for part in template if not isinstance(part, str)]
        total = 1
        for one in facts:
            total = min(total * one.count, COUNTED)
        return _united(facts, total)

    def _of_part(self, part: Name | Wildcard | Choice, place: str, within: tuple[str, ...]) -> _Facts:
        if isinstance(part, Name):
            return _Facts(1, {part.name: f"{place}, character {part.position}"}, 0)
        if isinstance(part, Wildcard):
            return self._of_wildcard(part, place, within)
        options = [self._of_template(option, place, within) for option in part.options]
        return _united(options, _ways([facts.count for facts in options], part.take))

    def _of_wildcard(self, part: Wildcard, place: str, within: tuple[str, ...]) -> _Facts:
        here, name = f"{place}, character {part.position}", part.name
        if name in within:
            raise InputError(f"{here}: __{name}__ leads back to itself: {' > '.join([*within, name])}")
        if name not in self._facts:
            try:
                self._facts[name] = self._of_lines(name, (*within, name))
            except InputError as error:
                self._facts[name] = error
        facts = self._facts[name]
        if isinstance(facts, InputError):
            raise InputError(f"{here}: {facts.message}", hint=facts.hint)
        if len(within) + facts.height > DEEPEST:
            raise InputError(f"{here}: {_TOO_DEEP}")
        return facts

    def _of_lines(self, name: str, within: tuple[str, ...]) -> _Facts:
        if len(within) > DEEPEST:
            raise InputError(_TOO_DEEP)
        texts = self._wildcards(name)
        inside = f"in a line of __{name}__"
        self._lines[name] = [parse(text, f"{inside}, '{shorten(text, 60)}'") for text in texts]
        facts = [self._of_template(line, inside, within) for line in self._lines[name]]
        united = _united(facts, min(sum(one.count for one in facts), COUNTED))
        return replace(united, height=united.height + 1)


def _columns(row: Row) -> dict[str, str]:
    """Return what a template may name: variables, and what the row says of its drafts."""
    own = {"seed": row.seed, "size": row.size, "n": row.n, "model": row.model}
    return {**{name: str(value) for name, value in own.items() if value is not None}, **row.variables}


def _check_names(row: Row, names: Mapping[str, str]) -> None:
    columns = _columns(row) if names else {}
    for name, place in names.items():
        if name not in columns:
            near = get_close_matches(name, columns, 1)
            hint = f"did you mean {{{near[0]}}}? " if near else ""
            raise InputError(f"{place}: the row has no column '{shorten(name, 60)}'", hint=hint + literally(name))


def _united(facts: list[_Facts], total: int) -> _Facts:
    names: dict[str, str] = {}
    for one in facts:
        for name, place in one.names.items():
            names.setdefault(name, place)
    return _Facts(total, names, max((one.height for one in facts), default=0))


def _ways(counts: list[int], take: int) -> int:
    """Return in how many ways so many options can be taken, each of which has so many expansions itself."""
    if take == 1:
        return min(sum(counts), COUNTED)
    left = len(counts) - take
    combinations = 1
    for index in range(min(take, left)):
        combinations = combinations * (len(counts) - index) // (index + 1)
        if combinations >= COUNTED:
            return COUNTED
    # ways[k]: to take, or to leave, k of the options looked at; the fewer of the two keeps this short.
    fewer = min(take, left)
    ways = [1] + [0] * fewer
    for options in counts:
        taken, left_out = (options, 1) if take <= left else (1, options)
        for k in range(fewer, 0, -1):
            ways[k] = min(ways[k] * left_out + ways[k - 1] * taken, COUNTED)
        ways[0] = min(ways[0] * left_out, COUNTED)
    return ways[fewer]


def _too_many(what: str, total: int) -> InputError:
    number = f"{total:,}" if total < COUNTED else "more than 10^15"
    return InputError(f"{what} {number} drafts; one batch draws at most {MAX_DRAFTS:,}")
