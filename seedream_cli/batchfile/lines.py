"""From a file's bytes to lines of text, whatever wrote the file; and the format that is nothing but lines."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from seedream_cli.batchfile.rows import RawRow
from seedream_cli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lines end as they do on any system: with LF, CRLF, or a lone CR.
_LINE: Final = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def text_lines(data: bytes, name: str) -> Iterator[tuple[int, str]]:
    """Yield each line's number and text, without its ending; a byte order mark is dropped.

    Args:
        name: of the file, for messages.

    Raises:
        InputError: where it is not text in UTF-8.
    """
    if data.startswith(_UTF16):
        raise _not_utf8(f"{name} is UTF-16; expected UTF-8", "UTF-16")
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    for number, match in enumerate(_LINE.finditer(data, start), 1):
        if match.end() == match.start():
            return
        yield number, _decode(match[1], f"{name}:{number}")


def _decode(line: bytes, where: str) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        byte = line[error.start]
        raise _not_utf8(f"{where}:{column}: byte 0x{byte:02x} is not UTF-8", "WINDOWS-1252") from None
    if "\0" in text:
        column = text.index("\0") + 1
        raise _not_utf8(f"{where}:{column}: a NUL character; expected text in UTF-8 (is it UTF-16?)", "UTF-16")
    return text


def _not_utf8(message: str, probably: str) -> InputError:
    return InputError(message, hint=f"iconv -f {probably} -t UTF-8 OLD > NEW   (where it is {probably})")


def read_plain(lines: Iterator[tuple[int, str]]) -> Iterator[RawRow]:
    """Read a prompt a line; blank lines and those that begin with `#` are skipped."""
    for number, text in lines:
        if text.strip() and not text.lstrip().startswith("#"):
            yield RawRow(number, {"prompt": text})
