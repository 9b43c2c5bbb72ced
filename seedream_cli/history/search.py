"""Finding drafts: filters that combine, and text at the speed of memory.

A search for text looks at raw chunks of the file, the newest first, and parses only lines that hold it. What else
belongs to a draft that was found stands right behind its intent, but for lines that another command wrote: those begin
with a tab and are collected on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import unix_time
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.drafts import Draft
    from seedream_cli.history.journal import Chunk, Journal
    from seedream_cli.history.records import Record

_SETTLED: Final = frozenset({"saved", "failed", "blocked"})
"""Kinds after which the command that drew writes nothing more about a draft."""

_BEHIND_UNSETTLED: Final = 1024 * 1024
"""Bytes behind the last record of a draft without such a kind in which more is looked for."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What drafts are to be like; None and empty mean any.

    Attributes:
        text: to occur in prompt, negative prompt, revised prompt or note, without regard to case.
        since: Unix time in seconds, included.
        until: Unix time in seconds, excluded.
        ratings: any of these.
    """

    text: str | None = None
    since: float | None = None
    until: float | None = None
    model: str | None = None
    size: str | None = None
    seed: int | None = None
    tag: str | None = None
    ratings: frozenset[int] = frozenset()
    status: str | None = None
    batch: str | None = None

    def matches(self, draft: Draft) -> bool:
        """Whether a draft is like this."""
        key = draft.key
        exact = (
            (self.model, key.model),
            (self.size, key.size),
            (self.seed, key.seed),
            (self.status, draft.status),
            (self.batch, draft.batch),
        )
        return (
            all(wanted is None or wanted == found for wanted, found in exact)
            and (self.tag is None or self.tag in draft.tags)
            and (not self.ratings or draft.rating in self.ratings)
            and self._in_time(draft)
            and self._has_text(draft)
        )

    def _in_time(self, draft: Draft) -> bool:
        if self.since is None and self.until is None:
            return True
        created = unix_time(draft.created) or 0.0
        return (self.since is None or created >= self.since) and (self.until is None or created < self.until)

    def _has_text(self, draft: Draft) -> bool:
        if not self.text:
            return True
        wanted = self.text.casefold()
        texts = (draft.key.prompt, draft.key.negative_prompt, draft.revised_prompt, draft.note)
        return any(text is not None and wanted in text.casefold() for text in texts)


def search_text(journal: Journal, text: str, *, now: float) -> Iterator[Draft]:
    """Yield drafts, the newest first, of which some record holds the text, in whatever field.

    Args:
        journal: the file.
        text: not empty; compared without regard to case.
        now: Unix time in seconds, against which URLs expire.
    """
    search = _TextSearch(journal, text)
    for chunk in journal.chunks_backward():
        search.collect_late(chunk)
        for offset, intent in search.intents(chunk):
            draft = records.fold([intent, *search.rest(offset, intent.id)], now=now)
            if draft is not None:
                yield draft


class _TextSearch:
    """What has been met on the way from the end of the file to its beginning."""

    def __init__(self, journal: Journal, text: str) -> None:
        import stringzilla

        self._journal = journal
        self._needle = records.encode_text(text)
        self._find = stringzilla.utf8_uncased_search
        self._late: dict[str, list[Record]] = {}
        self._wanted: set[str] = set()
        self._done: set[str] = set()

    def collect_late(self, chunk: Chunk) -> None:
        """Keep the lines that another command wrote than the one that drew."""
        end = len(chunk.data)
        while (at := chunk.data.rfind(records.LATE, 0, end)) >= 0:
            record = _decode(_line(chunk.data, at))
            if record is not None:
                self._late.setdefault(record.id, []).append(record)
            end = at

    def intents(self, chunk: Chunk) -> Iterator[tuple[int, Record]]:
        """Yield the intents in a chunk, the last first, whose drafts hold the text, each with its offset."""
        found: dict[str, tuple[int, Record]] = {}
        for at, line in self._hits(chunk.data):
            record = _decode(line)
            if record is None or record.id in self._done:
                continue
            if record.kind == "intent":
                found[record.id] = at, record
            else:
                self._wanted.add(record.id)
        for draft_id in self._wanted - found.keys():
            intent = _intent(chunk.data, draft_id)
            if intent is not None:
                found[draft_id] = intent
        self._wanted -= found.keys()
        self._done |= found.keys()
        for at, record in sorted(found.values(), key=lambda intent: -intent[0]):
            yield chunk.offset + at, record

    def rest(self, offset: int, draft_id: str) -> list[Record]:
        """Return the other records of a draft whose intent begins at an offset, in the order of writing."""
        own = []
        marker = draft_id.encode()
        behind = 0
        for line in self._journal.lines_from(offset):
            behind += len(line)
            if marker in line and not line.startswith(records.LATE):
                record = _decode(line)
                if record is not None and record.id == draft_id and record.kind != "intent":
                    own.append(record)
                    behind = 0
                    if record.kind in _SETTLED:
                        break
            if own and behind > _BEHIND_UNSETTLED:
                break
        return own + self._late.get(draft_id, [])[::-1]

    def _hits(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of a chunk that hold the needle, each with the place at which it begins."""
        beyond = 0
        while (at := self._find(data, self._needle, beyond)) >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            line = _line(data, at)
            yield start, line
            beyond = start + len(line)


def _intent(data: bytes, draft_id: str) -> tuple[int, Record] | None:
    """Return the intent of a draft in a chunk, and where its line begins."""
    at = data.find(records.intent_start(draft_id))
    record = _decode(_line(data, at)) if at >= 0 else None
    return (at, record) if record is not None else None


def _line(data: bytes, at: int) -> bytes:
    """Return the line of a chunk in which a place lies."""
    end = data.find(b"\n", at)
    return data[data.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(data)]


def _decode(line: bytes) -> Record | None:
    try:
        return records.decode(line)
    except records.DamagedLineError:
        return None
