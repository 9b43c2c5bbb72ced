"""Which pictures were last saved at some places, and whether that was before or after a draft was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Collection

    from seedream_cli.history.journal import Journal
    from seedream_cli.history.records import Record


@dataclass(frozen=True, slots=True)
class Lying:
    """A picture that was saved at a place.

    Attributes:
        id: of its draft.
        size: in bytes, or None where the record does not say.
        sha256: of the file as saved, or None likewise.
        offset: of the record that says so.
        only_here: whether it was not saved at another place since.
    """

    id: str
    size: int | None
    sha256: str | None
    offset: int
    only_here: bool


@dataclass(frozen=True, slots=True)
class Occupants:
    """Which pictures were last saved at some places, and when some drafts were asked for.

    Attributes:
        saved: by absolute path, the picture that was last saved there.
        intents: by id, the offset of the record that the draft was asked for; missing where there is none.
    """

    saved: dict[str, Lying] = field(default_factory=dict)
    intents: dict[str, int] = field(default_factory=dict)


def occupants(journal: Journal, paths: Collection[str], ids: Collection[str]) -> Occupants:
    """Look up, in one pass, which pictures were last saved at some absolute paths, and when drafts were asked for."""
    found = Occupants()
    met: set[str] = set()
    with journal.reading() as reading:
        for offset, line in reading.lines_backward():
            if b"saved" not in line and records.id_of(line) not in ids:
                continue
            record = records.readable(line)
            if record is None:
                continue
            if record.kind == "intent" and record.id in ids:
                found.intents[record.id] = offset  # of one that was written twice, the first
            elif record.kind == "saved":
                path = record.fields.get("path")
                if isinstance(path, str) and path in paths and path not in found.saved:
                    found.saved[path] = _lying(record, offset, only_here=record.id not in met)
                met.add(record.id)
    return found


def _lying(record: Record, offset: int, *, only_here: bool) -> Lying:
    return Lying(record.id, record.fields.get("bytes"), record.fields.get("sha256"), offset, only_here)
