"""How two drafts differ: word by word in their texts, then in their settings."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seedream_cli.drafts import Draft

_WORDS: Final = re.compile(r"\s+|[\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]|\w+|[^\w\s]")
"""Runs of space, ideographs and kana one by one, words, punctuation: the pieces in which texts are compared."""

_TEXTS: Final = ("prompt", "negative_prompt", "revised_prompt")
_SETTINGS: Final = ("model", "size", "seed", "n", "index", "status", "rating", "tags", "cost_usd")
_LONGEST: Final = 4000
"""Pieces; longer texts are compared as a whole, since comparing piece by piece takes quadratic time."""


def word_difference(old: str, new: str) -> str:
    """Return both texts as one, with what went as `[-so-]` and what came as `{+so+}`."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _LONGEST:
        return old if old == new else f"[-{old}-]{{+{new}+}}"
    parts = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[i1:i2]), "".join(after[j1:j2])
        if tag == "equal":
            parts.append(gone)
        else:
            parts.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(parts)


def differences(
    old: Draft, new: Draft, names: tuple[str, ...] = _TEXTS + _SETTINGS
) -> dict[str, tuple[object, object]]:
    """Return what two drafts differ in, by the names of `--json`, each as it was and as it is."""
    before, after = old.public(), new.public()
    return {name: (before[name], after[name]) for name in names if before[name] != after[name]}


def change(parent: Draft, child: Draft) -> str:
    """Return in a few words what a draft changed in its parent."""
    told = []
    for name, (old, new) in differences(parent, child, ("prompt", "negative_prompt", "model", "size")).items():
        if name in _TEXTS:
            told.append(_changed_words(str(old or ""), str(new or "")))
        else:
            told.append(f"{name} {new}")
    if not told and parent.key.seed != child.key.seed:
        return "new seed"
    return ", ".join(told) or "the same again"


def _changed_words(old: str, new: str) -> str:
    pieces = re.findall(r"\[-.*?-\](?:\{\+.*?\+\})?|\{\+.*?\+\}", word_difference(old, new), re.DOTALL)
    return " ".join(pieces)
