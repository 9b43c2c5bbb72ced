"""How two drafts differ: word by word in their texts, then in their settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.safetext import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedream_cli.drafts import Draft

_SINGLE: Final = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS: Final = re.compile(rf"\s+|[{_SINGLE}]|[^\W{_SINGLE}]+|[^\w\s]")
"""Runs of space, ideographs, kana and hangul one by one, words, punctuation: the pieces in which texts are compared."""

TEXTS: Final = ("prompt", "negative_prompt", "revised_prompt")
"""Names of what is compared word by word."""

_SETTINGS: Final = ("model", "size", "seed", "n", "index", "status", "rating", "tags", "cost_usd")
_MOST_EDITS: Final = 1000
_MOST_STEPS: Final = 8_000_000
"""Pieces times edits; beyond these the middle of two texts counts as replaced, since time grows with their product."""

_TOLD: Final = 200
"""Characters of a change as a tree tells it."""


class Change(NamedTuple):
    """A stretch of two texts: what both have, or what went and what came in its place."""

    same: str = ""
    gone: str = ""
    come: str = ""

    def __str__(self) -> str:
        gone = f"[-{self.gone}-]" if self.gone else ""
        return self.same or gone + (f"{{+{self.come}+}}" if self.come else "")


def word_changes(old: str, new: str) -> Iterator[Change]:
    """Yield what two texts have in common and what not, in order."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    first = _shared(before, after)
    last = _shared(before[first:][::-1], after[first:][::-1])
    ends = len(before) - last, len(after) - last
    common = _common(before[first : ends[0]], after[first : ends[1]])
    matches = [*((i, i) for i in range(first)), *((first + i, first + j) for i, j in common)]
    matches += [(ends[0] + i, ends[1] + i) for i in range(last)]
    i = j = 0
    same: list[str] = []
    for at_old, at_new in [*matches, (len(before), len(after))]:
        if (at_old, at_new) != (i, j):
            if same:
                yield Change(same="".join(same))
            yield Change(gone="".join(before[i:at_old]), come="".join(after[j:at_new]))
            same = []
        same += before[at_old : at_old + 1]
        i, j = at_old + 1, at_new + 1
    if same:
        yield Change(same="".join(same))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many equal pieces both begin."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def word_difference(old: str, new: str) -> str:
    """Return both texts as one, with what went as `[-so-]` and what came as `{+so+}`."""
    return "".join(map(str, word_changes(old, new)))


def _common(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places in both of a longest sequence of pieces that they have in common, in order.

    The algorithm of Myers (1986), which is fast where little differs; none where too much does. (`difflib` takes
    minutes for a prompt in which words come again and again.)
    """
    ways: list[dict[int, int]] = []
    furthest = {1: 0}  # by diagonal: how far in `before` one gets with so many edits
    most = min(len(before) + len(after), _MOST_EDITS, _MOST_STEPS // (len(before) + len(after) + 1))
    for edits in range(most + 1):
        ways.append(furthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            i = _entrance(furthest, diagonal, edits)
            j = i - diagonal
            while i < len(before) and j < len(after) and before[i] == after[j]:
                i += 1
                j += 1
            furthest[diagonal] = i
            if i >= len(before) and j >= len(after):
                return _way_back(ways, len(before), len(after))
    return []


def _inserts(furthest: dict[int, int], diagonal: int, edits: int) -> bool:
    """Whether a diagonal is entered from the one above, by an insertion, and not from the one below, by a deletion."""
    return diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])


def _entrance(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    inserts = _inserts(furthest, diagonal, edits)
    return furthest[diagonal + 1] if inserts else furthest[diagonal - 1] + 1


def _way_back(ways: list[dict[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    matches = []
    for edits in range(len(ways) - 1, -1, -1):
        entrance = _entrance(ways[edits], i - j, edits)
        while i > entrance:
            i, j = i - 1, j - 1
            matches.append((i, j))
        i, j = (i, j - 1) if _inserts(ways[edits], i - j, edits) else (i - 1, j)
    return matches[::-1]


def differences(old: Draft, new: Draft, names: tuple[str, ...] = TEXTS + _SETTINGS) -> dict[str, tuple[object, object]]:
    """Return what two drafts differ in, by the names of `--json`, each as it was and as it is."""
    before, after = old.public(), new.public()
    return {name: (before[name], after[name]) for name in names if before[name] != after[name]}


def change(parent: Draft, child: Draft) -> str:
    """Return in a few words what a draft changed in its parent."""
    told = []
    for name, (old, new) in differences(parent, child, ("prompt", "negative_prompt", "model", "size")).items():
        if name in TEXTS:
            told.append(" ".join(str(each) for each in word_changes(str(old or ""), str(new or "")) if not each.same))
        else:
            told.append(f"{name} {new}")
    if not told and parent.key.seed != child.key.seed:
        return "new seed"
    return shorten(", ".join(told) or "the same again", _TOLD)
