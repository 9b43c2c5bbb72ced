"""The one place that makes text from outside safe to show and free of secrets.

Stored data keep the original; whatever goes to a terminal passes through `visible`, and whatever came from the
network passes through `redact` before it is kept anywhere.
"""

from __future__ import annotations

import re
from typing import Final

# Cc: control characters, C1 and DEL. Cf that turn or hide text: bidi marks, embeddings and isolates, deprecated
# format characters, the byte order mark, interlinear annotation, tags. U+2028/9 break lines. Surrogates cannot be
# encoded. Zero width joiners stay: emoji and several scripts are spelt with them.
UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
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


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of the text, the last of them an ellipsis where some were cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def redact(text: str, key: str | None) -> str:
    """Take the API key and the queries of URLs (which hold signatures) out of text that the network sent."""
    from seedream_cli.catalog import API_KEY_PREFIX

    if key:
        text = text.replace(key, "[key]")
    text = re.sub(API_KEY_PREFIX + r"[A-Za-z0-9_\-.~+/=]+", "[key]", text)
    return _QUERY.sub(r"\1?[removed]", text)
