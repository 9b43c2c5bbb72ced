"""The one EXIF tag that carries a `parameters` text: `UserComment`.

Format: TIFF 6.0, section 2 (directories of 12-byte entries), and Exif 2.32, section 4.6.5 (`UserComment`:
eight bytes that name the character code, then the text).
"""

from __future__ import annotations

import struct
from typing import Final

_EXIF_DIRECTORY: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_UTF_16: Final = b"UNICODE\0"
_TEXT_AT: Final = 56
# One directory with a pointer to a second one, which has the version of Exif and the comment.
_START: Final = struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, _EXIF_DIRECTORY, 4, 1, 26, 0) + struct.pack(
    ">HHHI4sHH", 2, 0x9000, 7, 4, b"0232", _USER_COMMENT, 7
)
_WORDS_OF_PARAMETERS: Final = ("Seed: ", "Steps: ")


def exif_of(text: str) -> bytes:
    """Make EXIF data (from the TIFF header on) with `text` as their only content.

    Big-endian throughout: the web UI writes the comment as UTF-16BE whatever the header says, and readers of
    `parameters` expect that.
    """
    comment = _UTF_16 + text.encode("utf-16-be")
    return _START + struct.pack(">III", len(comment), _TEXT_AT, 0) + comment


def is_our_exif(data: bytes) -> bool:
    """Tell whether `data` are what `exif_of` makes, and so hold nothing else."""
    length_at = len(_START)
    if data[:length_at] != _START or data[length_at + 4 : _TEXT_AT] != struct.pack(">II", _TEXT_AT, 0):
        return False
    return data[length_at : length_at + 4] == struct.pack(">I", len(data) - _TEXT_AT)


def read_user_comment(data: bytes) -> str | None:
    """Give the text of `UserComment` in EXIF data of any writer, or None where there is none to be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    try:
        main = _entry(data, order, struct.unpack_from(order + "I", data, 4)[0], _EXIF_DIRECTORY)
        found = main and _entry(data, order, main[1], _USER_COMMENT)
    except struct.error:
        return None
    return _decode(data[found[1] : found[1] + found[0]]) if found else None


def _entry(data: bytes, order: str, at: int, wanted: int) -> tuple[int, int] | None:
    """Give count and value (or place) of the entry `wanted` in the directory at `at`."""
    (count,) = struct.unpack_from(order + "H", data, at)
    for place in range(at + 2, at + 2 + 12 * count, 12):
        tag, _, length, value = struct.unpack_from(order + "HHII", data, place)
        if tag == wanted:
            return length, value
    return None


def _decode(comment: bytes) -> str:
    code, text = comment[:8], comment[8:]
    if code != _UTF_16:
        return text.decode("utf-8", "replace").strip("\0 ")
    big, little = (text.decode(f"utf-16-{order}", "replace") for order in ("be", "le"))
    little_endian = any(word in little for word in _WORDS_OF_PARAMETERS)
    return (little if little_endian else big).strip("\0 ")
