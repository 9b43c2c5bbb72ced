"""From a row's template to every prompt that it means.

Written here, not taken from `dynamicprompts`: that package raises on `%`, `$` and a lone brace, drops the braces of
`{"k":1}`, repeats unknown wildcards for ever, and has had no release since March 2024.

Everything is checked and counted before anything is expanded, so that an error or an explosion costs nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.api.generation import MAX_PROMPT_CHARACTERS
from seedream_cli.batchfile.lexicon import COUNTED, Lexicon, united
from seedream_cli.batchfile.rows import MAX_DRAFTS, Faults
from seedream_cli.batchfile.template import Choice, Name, Template, Wildcard, literally, parse
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from seedream_cli.batchfile.rows import Row

MAX_CHARACTERS: Final = 2**28
"""How much text the templates of one batch may expand to."""


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
    total = sum(one.ways for one in checked)
    if total > MAX_DRAFTS:
        number = f"{total:,}" if total < COUNTED else "more than 10^15"
        raise InputError(f"the file means {number} drafts; one batch draws at most {MAX_DRAFTS:,}")
    return [row for one in checked for row in expander.rows(one)]


class _Checked(NamedTuple):
    """A row whose templates are right, and how many rows it means; 10^15 where it is that many or more."""

    row: Row
    prompt: Template
    negative_prompt: Template | None
    ways: int


class Expander:
    """Expands the rows of one batch; each template of a wildcard file is read and counted once.

    Args:
        wildcards: returns the lines of a wildcard file, by its name.
    """

    def __init__(self, wildcards: Callable[[str], list[str]]) -> None:
        self._lexicon = Lexicon(wildcards)
        self._characters = 0

    def check(self, row: Row) -> _Checked:
        """Read a row's templates, for `rows`, and count what they mean, without expanding it.

        Raises:
            InputError: where a template is wrong, or names what is not there.
        """
        try:
            prompt, negative = parse(row.prompt, "prompt"), None
            facts = self._lexicon.facts(prompt, "prompt")
            if row.negative_prompt is not None:
                negative = parse(row.negative_prompt, "negative_prompt")
                more = self._lexicon.facts(negative, "negative_prompt")
                facts = united([facts, more], facts.ways * more.ways)
            _check_names(row, facts.names)
        except InputError as error:
            raise InputError(f"{row.where}: {error.message}", hint=error.hint) from None
        return _Checked(row, prompt, negative, min(facts.ways, COUNTED))

    def rows(self, checked: _Checked) -> Iterator[Row]:
        """Yield what a checked row means: every combination of options in its prompts, the leftmost slowest.

        Raises:
            InputError: where an expansion is no prompt.
        """
        row = checked.row
        named = row.columns
        try:
            prompts = self._texts(checked.prompt, named)
            negatives = [None] if checked.negative_prompt is None else self._texts(checked.negative_prompt, named)
        except InputError as error:
            raise InputError(f"{row.where}: {error.message}") from None
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
                raise InputError(f"up to here prompts expand to more than {MAX_CHARACTERS:,} characters")
            texts.append(text)
        return texts

    def _pool(self, part: str | Name | Wildcard | Choice, named: Mapping[str, str]) -> list[str]:
        if isinstance(part, str):
            return [part]
        if isinstance(part, Name):
            return [named[part.name]]
        if isinstance(part, Wildcard):
            return [text for line in self._lexicon.lines(part.name) for text in self._texts(line, named)]
        pools = [self._texts(option, named) for option in part.options]
        chosen = itertools.combinations(pools, part.take)
        return self._joined(", ", (parts for few in chosen for parts in itertools.product(*few)))


def _check_names(row: Row, names: Mapping[str, str]) -> None:
    for name, place in names.items():
        if name not in row.columns:
            near = get_close_matches(name, row.columns, 1)
            hint = f"did you mean {{{near[0]}}}? " if near else ""
            raise InputError(f"{place}: the row has no column '{shorten(name, 60)}'", hint=hint + literally(name))
