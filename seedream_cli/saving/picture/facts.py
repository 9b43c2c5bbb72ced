"""What made a picture, and how it is written down in our own field."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Final

from seedream_cli import catalog

_VERSION: Final = 1

# JSON escapes C0 itself. The rest here is what UTF-8 cannot hold (lone surrogates), what XML forbids (U+FFFE,
# U+FFFF), and what PNG discourages in text (DEL and C1).
_TO_ESCAPE: Final = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """All that is ever embedded in a picture. What is not known is None.

    Attributes:
        prompt: the prompt, as given.
        negative_prompt: the negative prompt, as given.
        model: the model's name on the wire.
        size: the size that was asked for, as `WxH` in pixels.
        seed: 0 to `catalog.MAX_SEED`.
        id: the draft's id.
        created: ISO 8601, UTC.

    Facts that were read from a file are only of these types: their texts may hold anything.

    """

    prompt: str
    negative_prompt: str | None = None
    model: str | None = None
    size: str | None = None
    seed: int | None = None
    id: str | None = None
    created: str | None = None


def to_json(facts: PictureFacts) -> str:
    """Write `facts` as one line of JSON that UTF-8, PNG text and XML can all hold; nothing is lost."""
    fields = {name: getattr(facts, name) for name in PictureFacts.__slots__}
    text = json.dumps({"v": _VERSION, **fields}, ensure_ascii=False, separators=(",", ":"))
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def from_json(text: str) -> PictureFacts | None:
    """Read what `to_json` wrote, or a newer version of it; None for anything else, however hostile."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not _is_whole(fields.get("v"), 1, math.inf):
        return None
    prompt, seed = fields.get("prompt"), fields.get("seed")
    if not isinstance(prompt, str) or not (seed is None or _is_whole(seed, 0, catalog.MAX_SEED)):
        return None
    texts = [fields.get(name) for name in ("negative_prompt", "model", "size", "id", "created")]
    if not all(one is None or isinstance(one, str) for one in texts):
        return None
    negative_prompt, model, size, draft_id, created = texts
    return PictureFacts(prompt, negative_prompt, model, size, seed, draft_id, created)


def seed_of(digits: str) -> int | None:
    """Give the seed that decimal `digits` say, or None where no draft can have it."""
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 10:
        return None
    return int(digits) if int(digits) <= catalog.MAX_SEED else None


def _is_whole(value: object, least: int, most: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
