"""Damage of all kinds to lines, and text that nobody wants on a terminal."""

import random
import unicodedata
from collections.abc import Callable

Damage = Callable[[random.Random, bytes], bytes]


def _at(lot: random.Random, line: bytes) -> int:
    return lot.randrange(len(line) or 1)


def _put(lot: random.Random, line: bytes, data: bytes) -> bytes:
    at = _at(lot, line)
    return line[:at] + data + line[at:]


def _without(lot: random.Random, line: bytes) -> bytes:
    at = _at(lot, line)
    return line[:at] + line[at + lot.randint(1, 8) :]


def _other_byte(lot: random.Random, line: bytes) -> bytes:
    at = _at(lot, line)
    return line[:at] + lot.randbytes(1) + line[at + 1 :]


def _other_bit(lot: random.Random, line: bytes) -> bytes:
    at = _at(lot, line)
    return line[:at] + bytes([line[at] ^ 1 << lot.randrange(8)]) + line[at + 1 :] if line else b"\x01"


def _other_value(lot: random.Random, line: bytes) -> bytes:
    """A value replaced by one of another kind, however large."""
    values = [b"null", b"[]", b"{}", b"-1", b"1e999", b"NaN", b"9" * 400, b'"\\ud800"', b"true", b'""', b"[" * 2000]
    begin = line.find(b":", _at(lot, line)) + 1
    end = line.find(b",", begin)
    return line[:begin] + lot.choice(values) + line[end:] if 0 < begin < end else lot.choice(values)


DAMAGES: dict[str, Damage] = {
    "cut": lambda lot, line: line[: _at(lot, line)],
    "beginning lost": lambda lot, line: line[_at(lot, line) :],
    "byte": _other_byte,
    "bit": _other_bit,
    "bytes lost": _without,
    "noise": lambda lot, line: _put(lot, line, lot.randbytes(lot.randint(1, 40))),
    "nul": lambda lot, line: _put(lot, line, bytes(lot.randint(1, 300))),
    "line feed": lambda lot, line: _put(lot, line, b"\n"),
    "bad utf-8": lambda lot, line: _put(lot, line, b"\xff\xc0\xaf\xed\xa0\x80"),
    "byte order mark": lambda lot, line: _put(lot, line, b"\xef\xbb\xbf"),
    "carriage return": lambda lot, line: _put(lot, line, b"\r"),
    "value": _other_value,
    "nothing but nul": lambda lot, line: bytes(len(line)),
    "gone": lambda lot, line: b"",
    "part twice": lambda lot, line: line[: _at(lot, line)] + line,
    "key twice": lambda lot, line: line.replace(b'{"v":1', b'{"v":1,"v":' + lot.choice([b"2", b"[]", b'"1"']), 1),
    "later version": lambda lot, line: line.replace(b'"v":1', b'"v":' + lot.choice([b"2", b"99", b"1.5"]), 1),
}

ODD_CHARACTERS = (
    [chr(code) for code in (*range(32), *range(0x7F, 0xA0))]
    + list("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\ufeff\ufff9")
    + ["\U000e0001", "\U000e0041", "\U000e007f", "\ud800", "\udfff", "\udc9b"]
)
ODD_PIECES = [
    "\x1b[31m",
    "\x1b]0;owned\x07",
    "\x1b]8;;file:///etc/passwd\x1b\\x",
    "\x9b2J",
    "\x1bP+q544e\x1b\\",
    "\x1b[6n",
    "\r\n",
    "[bold red]",
    "[/]",
    "[link=file:///]",
    "{id}",
    "%s",
    "\x08" * 20,
    "日本語",
    "👩‍👩‍👧",
    "é",
    "a" * 200,
    "\t",
    "\\x1b",
    "'",
    '"',
    "`",
    "$(id)",
    "<script>",
    "&amp;",
    "\u0301" * 30,
]


def hostile(lot: random.Random) -> str:
    """A text made of what may act on a terminal, among what may not."""
    parts = []
    for _ in range(lot.randint(1, 8)):
        kind = lot.random()
        if kind < 0.4:
            parts.append(lot.choice(ODD_CHARACTERS))
        elif kind < 0.8:
            parts.append(lot.choice(ODD_PIECES))
        else:
            parts.append(chr(lot.choice([lot.randrange(0x20, 0x7F), lot.randrange(0x11000), lot.randrange(0x110000)])))
    return "".join(parts)


def acting(text: str, allowed: str = "") -> set[str]:
    """The characters of a text that may act on a terminal, by the Unicode database and not by our own table."""
    found = set()
    for character in set(text) - set(allowed):
        turns = unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        if (
            turns
            or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
            or character in "\u200e\u200f\u061c\ufeff"
        ):
            found.add(character)
    return found
