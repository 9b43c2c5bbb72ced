"""What may be typed for an option or an argument; said here once for all shells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seedream_cli import catalog, settings
from seedream_cli.batchfile.read import Format
from seedream_cli.drafts import STATUSES
from seedream_cli.sizes import ORIENTATIONS


class Kind(StrEnum):
    """A kind of value that shells complete."""

    NOTHING = "nothing"
    WORDS = "words"
    MODELS = "models"
    SIZES = "sizes"
    DRAFTS = "drafts"
    TAGS = "tags"
    BATCHES = "batches"
    FILES = "files"
    FOLDERS = "folders"
    PROMPT = "prompt"
    SETTINGS = "settings"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Values:
    """What may be typed: a kind; which words, where it is words; which suffixes, where it is files of some only."""

    kind: Kind
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{','.join(self.words)}" if self.words else self.kind.value


NOTHING: Final = Values(Kind.NOTHING)
ALL_SIZES: Final = tuple(dict.fromkeys(size for model in catalog.MODELS for size in model.sizes))
PICTURES: Final = ("png", "jpg", "jpeg", "webp")

_RATINGS: Final = tuple("012345")
_MOMENTS: Final = Values(Kind.WORDS, ("today", "yesterday", "1h", "3d", "1w"))
_BATCH_FILES: Final = Values(Kind.FILES, tuple(one.value for one in Format if one is not Format.A1111))
_OPTIONS: Final = {
    "--batch": Values(Kind.BATCHES),
    "--dir": Values(Kind.FOLDERS),
    "--format": Values(Kind.WORDS, tuple(one.value for one in Format)),
    "--model": Values(Kind.MODELS),
    "--output": Values(Kind.FILES),
    "--prompt": Values(Kind.PROMPT),
    "--rating": Values(Kind.WORDS, (*_RATINGS, *(f"{rating}+" for rating in "1234"))),
    "--sheet": Values(Kind.FILES, ("png",)),
    "--since": _MOMENTS,
    "--size": Values(Kind.SIZES),
    "--status": Values(Kind.WORDS, STATUSES),
    "--tag": Values(Kind.TAGS),
    "--until": _MOMENTS,
}
"""By the option's long name."""

_SPECIAL: Final = {
    ("--output", "FILE.html"): Values(Kind.FILES, ("html", "htm")),
    ("--seed", "N|+N|new"): Values(Kind.WORDS, ("new", "+1")),
    ("--size", "WxH|SHAPE"): Values(Kind.WORDS, (*ALL_SIZES, *ORIENTATIONS)),
}
_FREE: Final = frozenset(["DATE", "INT", "K/N", "LIST", "N", "NAME", "OLD=NEW", "S", "SCRIPT", "TEXT", "USD"])
"""Metavars of what only its user knows."""

_ARGUMENTS: Final = {
    "0-5": Values(Kind.WORDS, _RATINGS),
    "A": Values(Kind.DRAFTS),
    "B": Values(Kind.DRAFTS),
    "FILE": Values(Kind.FILES),
    "FILE|-": _BATCH_FILES,
    "ID": Values(Kind.DRAFTS),
    "KEY": Values(Kind.SETTINGS),
    "PROMPT": Values(Kind.PROMPT),
    "TEXT": NOTHING,
    "VALUE": Values(Kind.SETTING),
}
"""By metavar, without brackets and dots."""

_TAGGED: Final = ("history", "tag")


def of_option(names: tuple[str, ...], metavar: str) -> Values:
    """Return what an option's value may be.

    Raises:
        LookupError: where that is said nowhere.
    """
    for name in names:
        if found := _SPECIAL.get((name, metavar)) or _OPTIONS.get(name):
            return found
    if metavar in _FREE:
        return NOTHING
    raise LookupError(f"say in {__name__} what {'/'.join(names)} {metavar} completes")


def of_argument(metavar: str, words: tuple[str, ...]) -> Values:
    """Return what an argument of the command with these words may be.

    Raises:
        LookupError: where that is said nowhere.
    """
    bare = metavar.strip("[]").removesuffix("...")
    if words == _TAGGED and bare == "TEXT":
        return Values(Kind.TAGS)
    if bare in _ARGUMENTS:
        return _ARGUMENTS[bare]
    raise LookupError(f"say in {__name__} what {metavar} of `{' '.join(words)}` completes")


def sizes(model: catalog.Model | None) -> tuple[str, ...]:
    """Return what may be typed as a size of a model, or of any."""
    return (*(ALL_SIZES if model is None else model.sizes), *ORIENTATIONS)


def settings_values() -> dict[str, tuple[str, ...]]:
    """Return every key of the configuration with the words that its value may be; none where it is free."""
    words = {"true or false": ("true", "false")}
    known = {"model": tuple(model.id for model in catalog.MODELS), "size": sizes(None)}
    keys = {key: known.get(key, words.get(rule.kind, ())) for key, rule in settings.rules().items()}
    return keys | {settings.PRICES + model.id: () for model in catalog.MODELS}
