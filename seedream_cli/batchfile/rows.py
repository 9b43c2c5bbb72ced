"""What a row of a batch file asks for, and the checks that every format shares."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli import catalog
from seedream_cli.api.generation import MAX_PROMPT_CHARACTERS
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final = ("prompt", "negative_prompt", "seed", "size", "n", "model", "output", "tags")
"""Names that mean something; every other name is only there to be named in templates."""

MAX_DRAFTS: Final = 100_000
"""How many drafts one batch may ask for."""

MAX_COUNT: Final = 10_000
"""Largest n, as of `gen --count`."""

# Spreadsheets and data frames write a whole number beside empty cells as 5.0, which is one; 1e3 has lost digits.
_WHOLE: Final = re.compile(r"\s*([0-9]+)(?:\.0+)?\s*")


class Number(str):
    """A number of a JSON file, as it was written there: not a digit is lost, and a text can be told from it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch file; its values are right in kind, and not yet looked up in the catalogue.

    Attributes:
        number: of the row in the file, from 1.
        line: on which it begins, from 1.
        where: file and line for messages, such as `prompts.csv:12`.
        prompt: not empty.
        negative_prompt: not empty; like all that follow, None where it was not given.
        seed: 0 to `catalog.MAX_SEED`.
        size: as written.
        n: how many drafts, 1 to `MAX_COUNT`.
        model: as written.
        output: path or template, as written.
        tags: each one printable line.
        columns: texts of all columns or keys but the prompt, as they were written, empty ones too.
    """

    number: int
    line: int
    where: str
    prompt: str
    negative_prompt: str | None = None
    seed: int | None = None
    size: str | None = None
    n: int | None = None
    model: str | None = None
    output: str | None = None
    tags: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


class RawRow(NamedTuple):
    """What a format found in one row, before it is checked.

    Attributes:
        line: on which it begins, from 1.
        values: texts, or what JSON knows, with `Number` for its numbers; None is not given.
    """

    line: int
    values: Mapping[str, object]


class Faults:
    """Collects what is wrong with rows: the first fault is told, the others are counted."""

    def __init__(self) -> None:
        self._first: InputError | None = None
        self._count = 0

    def note(self, fault: InputError) -> None:
        """Take in a fault."""
        self._first = self._first or fault
        self._count += 1

    def raise_first(self, hint: str | None = None) -> None:
        """Raise the first fault, if there was one, with this hint where it has none of its own."""
        if self._first is not None:
            are = "row is" if self._count == 2 else "rows are"
            more = f" (and {self._count - 1} more {are} wrong)" if self._count > 1 else ""
            raise InputError(self._first.message + more, hint=self._first.hint or hint)


def check_row(record: RawRow, number: int, name: str) -> Row:
    """Return the row that a record makes.

    Args:
        number: of the row in the file, from 1.
        name: of the file, for messages.

    Raises:
        InputError: where a value is none of its kind.
    """
    values = _Values(record.values, f"{name}:{record.line}")
    if values.given("prompt") is None:
        raise values.fault("the prompt is missing" if "prompt" not in record.values else "the prompt is empty")
    return Row(
        number,
        record.line,
        values.where,
        values.text("prompt") or "",
        values.text("negative_prompt"),
        values.whole("seed", 0, catalog.MAX_SEED),
        values.word("size"),
        values.whole("n", 1, MAX_COUNT),
        values.word("model"),
        values.text("output"),
        values.tags(),
        values.columns(),
    )


class _Values(NamedTuple):
    values: Mapping[str, object]
    where: str

    def fault(self, message: str, hint: str | None = None) -> InputError:
        return InputError(f"{self.where}: {message}", hint=hint)

    def given(self, name: str) -> object:
        """Return a value, None where there is nothing in it."""
        value = self.values.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str) -> str | None:
        value = self.given(name)
        if value is None:
            return None
        if not isinstance(value, str) or isinstance(value, Number):
            raise self.fault(f"{name} is {_kind(value)}; expected text")
        return self._sendable(name, value)

    def word(self, name: str) -> str | None:
        text = self.text(name)
        return None if text is None else text.strip()

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self.given(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.fault(f"{name} is {_kind(value)}; expected a whole number from {low} to {high}")
        try:
            return parse_whole(name, value, low, high)
        except InputError as error:
            raise self.fault(error.message, error.hint) from None

    def tags(self) -> tuple[str, ...]:
        value = self.given("tags")
        if value is None:
            return ()
        parts = value if isinstance(value, list) else (self.text("tags") or "").split(",")
        tags = []
        for part in parts:
            if not isinstance(part, str) or isinstance(part, Number):
                raise self.fault(f"a tag is {_kind(part)}; expected text")
            tag = part.strip()
            if visible(tag) != tag:
                raise self.fault(f"the tag '{shorten(tag, 40)}' is not one line of printable text")
            if tag:
                tags.append(tag)
        return tuple(dict.fromkeys(tags))

    def columns(self) -> dict[str, str]:
        """Return all but the prompt as text; lists and objects are no text, but for a list of tags."""
        columns = {}
        for name, value in self.values.items():
            if name == "prompt":
                continue
            if isinstance(value, bool):
                columns[name] = "true" if value else "false"
            elif isinstance(value, str):
                columns[name] = self._sendable(name, str(value))
            elif value is None:
                columns[name] = ""
            elif name == "tags":
                columns[name] = ", ".join(self.tags())
        return columns

    def _sendable(self, name: str, text: str) -> str:
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise self.fault(f"{name} has {len(text)} characters; at most {MAX_PROMPT_CHARACTERS} are sent")
        if not text.isascii() and not _is_unicode(text):
            raise self.fault(f"{name} contains half a character (a lone surrogate such as \\ud800)")
        return text


def parse_whole(name: str, text: str, low: int, high: int) -> int:
    """Return the whole number that a text is.

    Raises:
        InputError: where it is none, or outside `low` to `high`.
    """
    match = _WHOLE.fullmatch(text)
    digits = match[1].lstrip("0") or "0" if match else ""
    if digits and len(digits) <= len(str(high)) and low <= int(digits) <= high:
        return int(digits)
    hint = "leave the seed out for one that is derived from the prompt" if text.strip() == "-1" else None
    raise InputError(
        f"{name} is '{shorten(text.strip(), 40)}'; expected a whole number from {low} to {high}", hint=hint
    )


@functools.lru_cache(1024)  # the same keys stand in every row of a JSON file
def near_miss(name: str) -> str | None:
    """Return the field that a name differs from in case, spaces and hyphens only, which no variable's name does."""
    return _PLAIN_FIELDS.get(_plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


_PLAIN_FIELDS: Final = {_plain(field): field for field in FIELDS}


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    """Name a value's kind in JSON's words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return f"the number {shorten(value, 40)}"
    if isinstance(value, str):
        return "text"
    return "an array" if isinstance(value, list) else "an object" if isinstance(value, dict) else "null"
