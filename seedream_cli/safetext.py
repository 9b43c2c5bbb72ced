"""The one place that makes text from outside safe to show and free of secrets.

Stored data keep the original; whatever goes to a terminal passes through `visible`, and whatever came from the
network passes through `redact` before it is kept anywhere.
"""

from __future__ import annotations

import functools
import re
import shlex
from typing import Final

# Cc: control characters, C1 and DEL. Cf that turn or hide text: bidi marks, embeddings and isolates, deprecated
# format characters, the byte order mark, interlinear annotation, tags. U+2028/9 break lines. Surrogates cannot be
# encoded. Zero width joiners stay: emoji and several scripts are spelt with them.
UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
SHORTEST_SECRET: Final = 12
"""Characters; what is shorter, like `test`, is no secret in another form than its own."""
_ESCAPE: Final = re.compile(r"%|\\|&#")
_QUERY: Final = re.compile(r"(https?://[^\s?#\"'<>\\]*)[?#][^\s\"'<>\\]*", re.IGNORECASE)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""Return one line of text in which every character that could act on a terminal is spelt out, as `\\x1b`."""
    return UNSAFE.sub(_escape, text)


def visible_lines(text: str) -> str:
    """Like `visible`, but line feeds stay line feeds: for whole prompts shown as a block."""
    return "\n".join(visible(line) for line in text.split("\n"))


def to_type(text: str, placeholder: str) -> str:
    """Return text as one word to be typed into a shell; where no terminal shows it as it is, what stands for it."""
    return placeholder if UNSAFE.search(text) else shlex.quote(text)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of the text, the last of them an ellipsis where some were cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact(text: str, key: str | None) -> str:
    """Take the API key and the queries of URLs (which hold signatures) out of text that the network sent."""
    from seedream_cli.catalog import API_KEY_PREFIX

    if key and holds_key(text, key):
        text = spelt(key).sub("[key]", text)
    text = re.sub(API_KEY_PREFIX + r"[A-Za-z0-9_\-.~+/=]+", "[key]", text)
    return _QUERY.sub(r"\1?[removed]", text)


def holds_key(text: str, key: str) -> bool:
    """Whether a key is repeated in a text, in whatever form."""
    # The pattern takes longer to make than most texts to be looked at.
    if key in text or any(form in text for form in packed_forms(key)):
        return True
    return _ESCAPE.search(text) is not None and spelt(key).search(text) is not None


@functools.lru_cache(maxsize=8)
def spelt(key: str) -> re.Pattern[str]:
    """Return what finds a key in any form in which it may be repeated: plain, percent-encoded, escaped, hex, base64."""
    if len(key) < SHORTEST_SECRET:
        return re.compile(re.escape(key))
    packed = "|".join(re.escape(form) for form in packed_forms(key))
    return re.compile(f"{''.join(map(_spelt, key))}|(?:{packed})(?:[A-Za-z0-9+/_-]?={{1,2}})?")


@functools.lru_cache(maxsize=8)
def packed_forms(key: str) -> tuple[str, ...]:
    """Return a key as hex and as base64, of the latter what does not depend on the text around it."""
    from base64 import b64encode

    data = key.encode()
    forms = [data.hex(), data.hex().upper()]
    for before in range(3):
        encoded = b64encode(bytes(before) + data).decode()
        # Six bits a character: the first ones hold what stands before the key, the last one may hold what comes after.
        whole = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        forms += [whole, whole.replace("+", "-").replace("/", "_")]
    return tuple(dict.fromkeys(forms))


def spellings(secret: str) -> list[bytes]:
    """Return how a secret may be written in bytes: plain, hex, base64; nothing for what is too short to be one."""
    return [form.encode() for form in (secret, *packed_forms(secret))] if len(secret) >= SHORTEST_SECRET else []


def _spelt(character: str) -> str:
    """Return a pattern for one character, as it is, percent-encoded or as an escape of JSON or of HTML."""
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in character.encode())
    code = f"{ord(character):x}"
    escaped = rf"\\+(?i:u0*{code}|x{code})|&#(?:x0*(?i:{code})|0*{ord(character)});"
    return f"(?:{re.escape(character)}|{percent}|{escaped})"
