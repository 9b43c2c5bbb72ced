"""JSON: an array of rows, or one row a line. A row is an object, or a string, which is a prompt."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.batchfile.rows import FIELDS, Number, RawRow, near_miss
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_ROWS_ARE: Final = 'a row is an object such as {"prompt": "a fox", "seed": 7}, or a string'


class _NotARowError(ValueError):
    """What Python's reader takes for JSON although it is none, or what it would drop without a word."""


def read_json_lines(lines: Iterator[tuple[int, str]], name: str) -> Iterator[RawRow | InputError]:
    """Read a row a line; blank lines are skipped.

    Args:
        lines: of the file, numbered.
        name: of the file, for messages.
    """
    for number, line in lines:
        if line.strip():
            yield _Text(line, name, number).only_row()


def read_json(lines: Iterator[tuple[int, str]], name: str) -> Iterator[RawRow | InputError]:
    """Read an array of rows.

    Args:
        lines: of the file, numbered.
        name: of the file, for messages.

    Raises:
        InputError: where the text is no array, or no JSON from somewhere on.
    """
    text = _Text("\n".join(line for _, line in lines), name, 1)
    position = text.skip_space(0)
    if not text.starts("[", position):
        hint = "--format jsonl reads one row a line" if text.starts("{", position) else None
        raise text.fault(position, "expected an array of rows, which begins with '['", hint)
    position = text.skip_space(position + 1)
    line, counted = 1, 0
    while not (counted == 0 and text.starts("]", position)):
        line += text.text.count("\n", counted, position)
        counted = position
        value, position = text.value(position, line)
        yield text.row(value, line)
        position = text.skip_space(position)
        if text.starts("]", position):
            break
        if not text.starts(",", position):
            raise text.fault(position, "expected ',' or ']' after a row")
        position = text.skip_space(position + 1)
    text.expect_end(text.skip_space(position + 1))


class _Text:
    """A JSON text, read value by value so that each keeps its place."""

    __slots__ = ("decoder", "first_line", "name", "text")

    def __init__(self, text: str, name: str, first_line: int) -> None:
        self.text = text
        self.name = name
        self.first_line = first_line
        self.decoder = _DECODER

    def fault(self, position: int, message: str, hint: str | None = None) -> InputError:
        line = self.first_line + self.text.count("\n", 0, position)
        column = position - self.text.rfind("\n", 0, position)
        return InputError(f"{self.name}:{line}:{column}: {message}", hint=hint)

    def skip_space(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def starts(self, mark: str, position: int) -> bool:
        return self.text.startswith(mark, position)

    def expect_end(self, position: int) -> None:
        if position < len(self.text):
            raise self.fault(position, "unexpected text after the end of the JSON")

    def value(self, position: int, line: int) -> tuple[Any, int]:
        """Return the value at a position, and where it ends."""
        try:
            return self.decoder.raw_decode(self.text, position)
        except json.JSONDecodeError as error:
            reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
            raise self.fault(error.pos, f"not JSON: {reason}") from None
        except _NotARowError as error:
            raise InputError(f"{self.name}:{line}: {error}") from None
        except RecursionError:
            raise InputError(f"{self.name}:{line}: JSON nested too deeply; {_ROWS_ARE}") from None

    def only_row(self) -> RawRow | InputError:
        """Return the row that is all of the text."""
        try:
            value, end = self.value(self.skip_space(0), self.first_line)
            self.expect_end(self.skip_space(end))
        except InputError as error:
            if self.first_line == 1 and self.text.lstrip().startswith("["):
                error.hint = "--format json reads an array of rows"
            return error
        return self.row(value, self.first_line)

    def row(self, value: object, line: int) -> RawRow | InputError:
        if isinstance(value, str) and not isinstance(value, Number):
            return RawRow(line, {"prompt": value})
        where = f"{self.name}:{line}"
        if not isinstance(value, dict):
            hint = "--format json reads an array of rows" if isinstance(value, list) else None
            return InputError(f"{where}: {_ROWS_ARE}", hint=hint)
        for key in value:
            if key not in FIELDS and (meant := near_miss(key)):
                return InputError(f"{where}: unknown key '{shorten(key, 60)}'", hint=f"did you mean '{meant}'?")
        return RawRow(line, value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _NotARowError(f"the key '{shorten(twice, 60)}' stands there twice")
    return made


def _no_constant(text: str) -> Any:
    raise _NotARowError(f"not JSON: {text} is no value")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_no_constant
)
