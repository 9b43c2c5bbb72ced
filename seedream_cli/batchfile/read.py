"""A batch file's bytes become rows, or one error that names the first line that is wrong."""

from __future__ import annotations

import contextlib
import itertools
import os
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.lines import read_plain, text_lines
from seedream_cli.batchfile.rows import MAX_DRAFTS, Faults, RawRow, Row, check_row
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.safetext import to_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STDIN: Final = "stdin"
"""The name in messages of what came on stdin."""

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes of a batch file, at most."""


class Format(StrEnum):
    """What a batch file may be written in."""

    TXT = "txt"
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    A1111 = "a1111"


_FORMATS: Final = ", ".join(Format)
_SUFFIXES: Final = {f".{one}": one for one in Format if one is not Format.A1111} | {".ndjson": Format.JSONL}


def format_of(path: str, given: str | None) -> Format:
    """Return the format that was asked for, or else that of the file's suffix; stdin is plain lines.

    Args:
        path: of the file, or `-` for stdin.
        given: the value of `--format`, or None.

    Raises:
        InputError: where there is no such format, or the suffix is none of them.
    """
    if given is not None:
        if given not in list(Format):
            near = get_close_matches(given.lower().lstrip("."), list(Format), 1)
            hint = f"--format {near[0]}" if near else f"--format is one of {_FORMATS}"
            raise InputError(f"unknown format '{given}'", hint=hint)
        return Format(given)
    if path == "-":
        return Format.TXT
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _SUFFIXES:
        raise InputError(
            f"{path}: its name does not say in which format it is",
            hint=f"--format txt   (one of {_FORMATS})",
        )
    return _SUFFIXES[suffix]


def read_file(path: str) -> bytes:
    """Return the bytes of a batch file.

    Raises:
        LocalFileError: where it cannot be read, or is no regular file.
        InputError: where it is larger than `LARGEST_FILE`, or no file can have that name.
    """
    try:
        with durable.read_regular(path) as file:
            data = file.read(LARGEST_FILE + 1)
    except ValueError:
        raise InputError("the batch file's name is not a valid file name") from None
    except FileNotFoundError as error:
        raise LocalFileError(f"there is no file {path}", hint=_instead(path)) from error
    except OSError as error:
        if os.path.isdir(path):
            raise LocalFileError(f"{path} is a folder; expected a file of rows") from error
        piped = f"a pipe is read from stdin: seedream batch - < {to_type(path, 'FILE')}"
        hint = piped if error.strerror == "not a regular file" else None
        raise LocalFileError(f"{path} cannot be read: {error.strerror or error}", hint=hint) from error
    return data


def _instead(path: str) -> str:
    """Return the command for the file that was perhaps meant, or the one that shows which there are."""
    folder, name = os.path.split(path)
    with contextlib.suppress(OSError):
        near = get_close_matches(name, os.listdir(folder or "."), 1)
        if near:
            return f"seedream batch {to_type(os.path.join(folder, near[0]), 'FILE')}"
    return f"ls {to_type(folder or '.', 'FOLDER')}"


def read_rows(
    data: bytes, format_: Format, name: str, *, warn: Callable[[str], None] = lambda _warning: None
) -> list[Row]:
    """Return every row of a batch file, checked in kind; all of it is read before the first error is told.

    Args:
        data: what the file holds.
        format_: in which format.
        name: of the file, for messages.
        warn: takes a warning about what is understood and has no equivalent here.

    Raises:
        InputError: where anything is wrong with it: names the file and the line of the first fault, and says how many
            rows more are wrong as far as that can be told.
    """
    if len(data) > LARGEST_FILE:
        raise InputError(f"{name} is larger than {LARGEST_FILE // 2**20} MB")
    rows: list[Row] = []
    faults = Faults()
    try:
        records = itertools.islice(_records(data, format_, name, warn), MAX_DRAFTS + 1)
        for number, record in enumerate(records, 1):
            row = _checked(record, number, name)
            if isinstance(row, InputError):
                faults.note(row)
            else:
                rows.append(row)
    except InputError as error:  # nothing can be read from here on
        faults.note(error)
    path = "-" if name == STDIN else to_type(name, "FILE")
    faults.raise_first(f"when that is mended: seedream batch {path} --dry-run   # checks all of it")
    if not rows:
        raise InputError(f"{name} holds no prompt")
    if len(rows) > MAX_DRAFTS:
        raise InputError(f"{name} has more than {MAX_DRAFTS:,} rows, which is what one batch draws at most")
    return rows


def _records(data: bytes, format_: Format, name: str, warn: Callable[[str], None]) -> Iterable[RawRow | InputError]:
    lines = text_lines(data, name)
    if format_ is Format.TXT:
        return read_plain(lines)
    if format_ is Format.A1111:
        from seedream_cli.batchfile.a1111 import read_a1111

        return read_a1111(lines, name, warn)
    if format_ in {Format.CSV, Format.TSV}:
        from seedream_cli.batchfile.table import read_table

        return read_table(lines, name, "," if format_ is Format.CSV else "\t")
    from seedream_cli.batchfile.json_rows import read_json, read_json_lines

    return read_json(lines, name) if format_ is Format.JSON else read_json_lines(lines, name)


def _checked(record: RawRow | InputError, number: int, name: str) -> Row | InputError:
    if isinstance(record, InputError):
        return record
    try:
        return check_row(record, number, name)
    except InputError as error:
        return error
