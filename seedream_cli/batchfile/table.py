"""CSV and TSV: a header row that names the columns, then a row each; an empty cell is not given."""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.rows import FIELDS, RawRow, near_miss
from seedream_cli.errors import InputError
from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAMES: Final = {",": "comma", "\t": "tab", ";": "semicolon"}


def read_table(lines: Iterator[tuple[int, str]], name: str, delimiter: str) -> Iterator[RawRow | InputError]:
    """Read a table.

    Args:
        lines: of the file, numbered.
        name: of the file, for messages.
        delimiter: between cells.

    Raises:
        InputError: where there is no header that names the prompts, or a quote goes astray.
    """
    table = _Table(lines, name, delimiter)
    rows = table.rows()
    line, header = next(rows, (1, []))
    where = f"{name}:{line}"
    _check_header(header, where, delimiter)
    width = len(header)
    for line, cells in rows:
        if len(cells) > width:
            yield InputError(
                f"{name}:{line}: {len(cells)} cells, but the header names {width}",
                hint=f'a cell with a {_NAMES[delimiter]} in it stands in quotes: "a fox{delimiter} a hare"',
            )
        else:
            yield RawRow(line, dict(zip(header, cells, strict=False)))


def _check_header(header: Sequence[str], where: str, delimiter: str) -> None:
    for name in header:
        if name not in FIELDS and (meant := near_miss(name)):
            raise InputError(f"{where}: unknown column '{shorten(name, 60)}'", hint=f"did you mean '{meant}'?")
    twice = next((name for name, times in Counter(header).items() if times > 1 and name.strip()), None)
    if twice is not None:
        raise InputError(f"{where}: two columns are named '{shorten(twice, 60)}'")
    if "prompt" not in header:
        raise InputError(
            f"{where}: no column is named 'prompt'; expected a header row such as prompt{delimiter}seed{delimiter}size",
            hint=_what_instead(header, delimiter),
        )


def _what_instead(header: Sequence[str], delimiter: str) -> str | None:
    text = delimiter.join(header)
    for other, format_ in ((",", "csv"), ("\t", "tsv"), (";", None)):
        if other != delimiter and other in text:
            separated = f"its cells seem to be separated by a {_NAMES[other]}"
            return f"{separated}: --format {format_}" if format_ else f"{separated}: save it again with commas, or tabs"
    near = get_close_matches("prompt", header, 1, 0.6)
    return f"did you mean 'prompt' where it says '{near[0]}'?" if near else None


class _Table:
    """Feeds the reader of the standard library, and knows on which line each row began."""

    def __init__(self, lines: Iterator[tuple[int, str]], name: str, delimiter: str) -> None:
        self.lines = lines
        self.name = name
        self.delimiter = delimiter
        self.pending: list[str] = []
        self.line = 0

    def _feed(self) -> Iterator[str]:
        for number, text in self.lines:
            self.line = number
            self.pending.append(text + "\n")
            yield self.pending[-1]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line on which each row begins, and its cells; rows without a single filled cell are skipped."""
        reader = csv.reader(self._feed(), delimiter=self.delimiter, strict=True)
        while True:
            begins = self.line + 1
            self.pending.clear()
            try:
                with _cells_of_any_size():
                    cells = next(reader, None)
            except csv.Error as error:
                raise self._astray(begins, error) from None
            if cells is None:
                return
            if any(map(str.strip, cells)):
                yield begins, cells

    def _astray(self, begins: int, error: csv.Error) -> InputError:
        """Say which quote was opened and not closed as it should be."""
        text = "".join(self.pending)
        gap = re.escape(self.delimiter)
        cells = re.compile(rf'(?:(?:"(?:[^"]++|"")*+"|[^"{gap}\n][^{gap}\n]*+)?+{gap})*+')
        matched = cells.match(text)
        opened = matched.end() if matched else 0
        line = begins + text.count("\n", 0, opened)
        column = opened - text.rfind("\n", 0, opened)
        if "unexpected end" in str(error):
            message = "a quote opens here and is never closed"
        else:
            message = f"a quote opens here and closes on line {self.line} in the middle of a cell"
        hint = 'a quote inside a quoted cell is written twice: "the ""Endurance"" in ice"'
        return InputError(f"{self.name}:{line}:{column}: {message}", hint=hint)


@contextlib.contextmanager
def _cells_of_any_size() -> Iterator[None]:
    """Lift the reader's limit of 128 KB a cell, which it takes from the module; prompts have a limit of their own."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)
