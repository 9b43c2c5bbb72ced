"""A draft: one picture asked for, and what became of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from seedream_cli.errors import InputError
from seedream_cli.safetext import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Status = Literal["planned", "saved", "pending", "expired", "unknown", "blocked", "failed"]

SANDBOX: Final = "sandbox"
"""The origin of drafts that the sandbox drew."""

IMPORTED: Final = "imported"
"""The origin of drafts of which it is not known where they were asked for."""

UNKNOWN: Final = "unknown"
"""Model and size of what was paid for, where the record of what was asked for cannot be read any more."""

STATUSES: Final[tuple[Status, ...]] = ("saved", "pending", "expired", "unknown", "blocked", "failed")
"""Those of drafts that were asked for, in the order in which they are told."""

FREE: Final = frozenset({"failed", "blocked"})
"""Statuses of what is never billed."""

SUFFIXES_OF: Final = {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "webp": (".webp",)}
"""What the name of a picture may end in, by the format of its bytes; what we name it ourselves comes first."""

EXTENSIONS: Final = {name: suffixes[0].removeprefix(".") for name, suffixes in SUFFIXES_OF.items()}
"""What we have the name of a picture end in, without dot, by the format of its bytes."""

SUFFIXES: Final = tuple(suffix for suffixes in SUFFIXES_OF.values() for suffix in suffixes)
"""What the names of pictures may end in."""


def check_tags(tags: Sequence[str]) -> None:
    """Raise `InputError` where a tag is not one line of printable text."""
    for tag in tags:
        check_line("a tag", tag)


def check_line(name: str, text: str) -> None:
    """Raise `InputError` where a text, of that name, is not one line of printable text."""
    if not text.strip() or visible(text) != text:
        raise InputError(f"{name} is one line of printable text")


def timestamp(unix: float) -> str:
    """Return a Unix time in seconds as ISO 8601 UTC with `Z`, to the second (what jq's `fromdate` reads)."""
    return datetime.fromtimestamp(int(unix), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unix_time(text: str) -> float | None:
    """Return the Unix time of an ISO 8601 timestamp, or None where it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


class _Value:
    """Equality, hash and representation by fields; a dataclass would compile its own from text at every start."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_values(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self.__slots__, _values(self), strict=True))
        return f"{type(self).__name__}({fields})"


def _values(value: _Value) -> tuple[object, ...]:
    return tuple(getattr(value, name) for name in value.__slots__)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Key(_Value):
    """What a draft asks for: two drafts of one key ask for the same picture."""

    origin: str
    model: str
    prompt: str
    negative_prompt: str | None
    size: str
    seed: int
    n: int
    index: int

    @property
    def picture(self) -> Key:
        """What is the same for the same picture, however many its request draws."""
        return replace(self, n=0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Target(_Value):
    """Where a picture is to lie; its suffix is known only when its bytes are.

    Attributes:
        parts: the path, split wherever the extension goes (without dot); as typed, so perhaps relative.
        replace: whether an existing file is replaced (`-o`); otherwise another name is found.
    """

    parts: tuple[str, ...]
    replace: bool

    def path(self, extension: str) -> str:
        """Return the path for pictures of that extension."""
        return extension.join(self.parts)

    def paths(self) -> list[str]:
        """Return every path that the picture may have, whatever its bytes turn out to be."""
        return list(dict.fromkeys(map(self.path, EXTENSIONS.values())))

    @property
    def folder(self) -> str:
        """The folder in which the picture will lie, as typed; `.` for the current one.

        Where the extension is part of it, the folder above: that one is there whatever the bytes are.
        """
        folder = os.path.dirname("\0".join(self.parts))
        if "\0" in folder:
            folder = os.path.dirname(folder.partition("\0")[0])
        return folder or "."

    def absolute(self) -> Target:
        """Return the same target, independent of the current folder."""
        if not self.parts:
            return self
        typed = "\0".join(self.parts)  # NUL cannot occur in a path, so it survives `abspath` wherever it stands
        return replace(self, parts=tuple(os.path.abspath(typed).split("\0")))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DraftError(_Value):
    """Why a draft has no picture.

    Attributes:
        status: HTTP status, or None where there was no answer.
        code: the service's code, or a word of ours.
        message: one line, without secrets.
    """

    status: int | None
    code: str | None
    message: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Draft(_Value):
    """One picture asked for, and what became of it; made by a plan, or derived from the history's records.

    Attributes:
        id: 10 to 16 characters of `a-z0-9`, without structure.
        created: ISO 8601 UTC.
        key: what it asks for.
        price: USD of one image when it was planned, by the configuration or else the rate card.
        target: where its picture is meant to lie.
        request: id of the first draft of its request.
        run: id of the run that draws it.
        status: what became of it.
        url: pre-signed URL, a secret: never shown.
        kept: path of what was kept of an answer (a picture that came as bytes, or an unusable answer), or None.
        expires: ISO 8601 UTC, when the URL dies; None before an answer. A picture that is kept has no end.
        sha256: of the file as saved, hexadecimal.
        also: other batches that ask for it, each with its row.
    """

    id: str
    created: str
    key: Key
    price: float
    target: Target
    request: str
    run: str | None = None
    parent: str | None = None
    batch: str | None = None
    row: int | None = None
    tags: tuple[str, ...] = ()
    status: Status = "planned"
    url: str | None = None
    kept: str | None = None
    expires: str | None = None
    revised_prompt: str | None = None
    path: str | None = None
    format: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    error: DraftError | None = None
    rating: int | None = None
    note: str | None = None
    also: tuple[tuple[str, int | None], ...] = ()

    @property
    def batches(self) -> dict[str, int | None]:
        """The row that it is in each batch that asks for it: first the one that drew it, if one did."""
        own = {} if self.batch is None else {self.batch: self.row}
        return own | {batch: row for batch, row in self.also if batch not in own}

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox drew it."""
        return self.key.origin == SANDBOX

    @property
    def cost_usd(self) -> float:
        """Estimated cost in USD: the price, or 0 for what is never billed."""
        return 0.0 if self.sandbox or self.status in FREE else self.price

    def is_over(self, now: float) -> bool:
        """Whether its picture can no longer be had: the URL is dead at that Unix time, and nothing is kept here."""
        expires = unix_time(self.expires or "")
        return self.kept is None and expires is not None and expires <= now

    def public(self) -> dict[str, Any]:
        """Return the draft as `--json` shows it: no URL, nulls written, in a fixed order."""
        error = self.error
        return {
            "id": self.id,
            "status": self.status,
            "created": self.created,
            "model": self.key.model,
            "prompt": self.key.prompt,
            "negative_prompt": self.key.negative_prompt,
            "size": self.key.size,
            "seed": self.key.seed,
            "n": self.key.n,
            "index": self.key.index,
            "path": self.path,
            "format": self.format,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "revised_prompt": self.revised_prompt,
            "expires": self.expires,
            "cost_usd": self.cost_usd,
            "sandbox": self.sandbox,
            "parent": self.parent,
            "batch": self.batch,
            "row": self.row,
            "tags": list(self.tags),
            "rating": self.rating,
            "note": self.note,
            "error": error and {"status": error.status, "code": error.code, "message": error.message},
            "batches": list(self.batches),
        }


def by_request(drafts: Iterable[Draft]) -> list[list[Draft]]:
    """Group drafts that one request drew, in the order of their first: to draw one again draws the others along."""
    groups: dict[object, list[Draft]] = {}
    for draft in drafts:
        # A history may come from anywhere: what asks for something else was drawn by another request, whatever it says.
        together = (draft.request, replace(draft.key, index=1)) if draft.key.n > 1 else draft.id
        groups.setdefault(together, []).append(draft)
    return list(groups.values())
