"""What templates mean, counted without expanding them; wildcard files are read, parsed and counted once a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.batchfile.template import DEEPEST, Choice, Name, Template, Wildcard, parse
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TOO_DEEP: Final = f"wildcards name wildcards more than {DEEPEST} deep"

COUNTED: Final = 10**15
"""Counts are exact up to here; this one means as many or more."""


class Facts(NamedTuple):
    """What is known of a template before it is expanded.

    Attributes:
        ways: how many expansions it has, at most `COUNTED`.
        names: of columns it needs, each with the place where it first stands.
        height: how deep wildcards name wildcards in it.
    """

    ways: int
    names: Mapping[str, str]
    height: int


class Lexicon:
    """The wildcards that the templates of one batch may name.

    Args:
        wildcards: returns the lines of a wildcard file, by its name.
    """

    def __init__(self, wildcards: Callable[[str], list[str]]) -> None:
        self._wildcards = wildcards
        self._lines: dict[str, list[Template]] = {}
        self._facts: dict[str, Facts | InputError] = {}

    def lines(self, name: str) -> Sequence[Template]:
        """Return the lines of a wildcard that `facts` came across."""
        return self._lines[name]

    def facts(self, template: Template, place: str) -> Facts:
        """Return what there is to know of a template, and of all wildcards that it names.

        Args:
            place: where it stands, for messages.

        Raises:
            InputError: where a wildcard is not there, is wrong, or leads back to itself.
        """
        return self._of_template(template, place, ())

    def _of_template(self, template: Template, place: str, within: tuple[str, ...]) -> Facts:
        facts = [self._of_part(part, place, within) for part in template if not isinstance(part, str)]
        total = 1
        for one in facts:
            total = min(total * one.ways, COUNTED)
        return united(facts, total)

    def _of_part(self, part: Name | Wildcard | Choice, place: str, within: tuple[str, ...]) -> Facts:
        if isinstance(part, Name):
            return Facts(1, {part.name: f"{place}, character {part.position}"}, 0)
        if isinstance(part, Wildcard):
            return self._of_wildcard(part, place, within)
        options = [self._of_template(option, place, within) for option in part.options]
        return united(options, _ways([facts.ways for facts in options], part.take))

    def _of_wildcard(self, part: Wildcard, place: str, within: tuple[str, ...]) -> Facts:
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

    def _of_lines(self, name: str, within: tuple[str, ...]) -> Facts:
        if len(within) > DEEPEST:
            raise InputError(_TOO_DEEP)
        texts = self._wildcards(name)
        inside = f"in a line of __{name}__"
        self._lines[name] = [parse(text, f"{inside}, '{shorten(text, 60)}'") for text in texts]
        facts = [self._of_template(line, inside, within) for line in self._lines[name]]
        known = united(facts, min(sum(one.ways for one in facts), COUNTED))
        return known._replace(height=known.height + 1)


def united(facts: list[Facts], ways: int) -> Facts:
    """Return what is known of several templates together, which have so many expansions."""
    names: dict[str, str] = {}
    for one in facts:
        for name, place in one.names.items():
            names.setdefault(name, place)
    return Facts(ways, names, max((one.height for one in facts), default=0))


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
