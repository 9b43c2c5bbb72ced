"""Finding drafts: filters that combine, and text at the speed of memory.

A search for text looks at raw chunks of the file, the newest first, and parses only lines that hold it. What else
belongs to a draft that was found stands right behind its intent, but for lines that another command wrote: those begin
with a tab and are collected on the way. So are marks that lost their tab where another program wrote the file anew.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.catalog import DEFAULT_MODEL
from seedream_cli.drafts import FREE, unix_time
from seedream_cli.history import records
from seedream_cli.history.reading import Chunk
from seedream_cli.history.strays import Strays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from seedream_cli.drafts import Draft
    from seedream_cli.history.journal import Journal
    from seedream_cli.history.reading import Reading
    from seedream_cli.history.records import Record

_SETTLED: Final = frozenset({"saved", "failed", "blocked"})
"""Kinds after which the command that drew writes nothing more about a draft."""

_NOT_OWN: Final = records.MARKS | {"intent"}

_LONGEST_RUN: Final = 48 * 3600.0
"""Seconds from a draft's intent to the last record of the command that drew it; URLs die before."""

_MARKED: Final = tuple(f'"{kind}",'.encode() for kind in sorted(records.MARKS))
"""What the lines of marks hold, whichever program wrote them; in other lines fields of such names have values."""

_ENOUGH: Final = 8 * 2**20
"""Bytes from the end of the file in which a mark without its tab says that the file was written anew: to look for them
in all of a large file takes as long as the search itself."""

_RARE_SEED: Final = 10_000
"""Smaller numbers occur in sizes, times and hashes, too."""

_FEW: Final = 8
_LONGEST_ID: Final = 16
_RECENT: Final = 1000
"""Drafts among which the one is looked for that was perhaps meant."""


class Filter(NamedTuple):
    """What drafts are to be like; None and empty mean any.

    Attributes:
        text: to occur in prompt, negative prompt, revised prompt or note, without regard to case.
        since: Unix time in seconds, included.
        until: Unix time in seconds, excluded.
        shape: of the picture that was asked for: `square`, `portrait` or `landscape`.
        tags: all of these.
        ratings: any of these.
        statuses: any of these.
    """

    text: str | None = None
    since: float | None = None
    until: float | None = None
    model: str | None = None
    size: str | None = None
    shape: str | None = None
    seed: int | None = None
    tags: frozenset[str] = frozenset()
    ratings: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()
    batch: str | None = None

    def matches(self, draft: Draft) -> bool:
        """Whether a draft is like this."""
        key = draft.key
        exact = (
            (self.model, key.model),
            (self.size, key.size),
            (self.seed, key.seed),
        )
        return (
            all(wanted is None or wanted == found for wanted, found in exact)
            and self.tags.issubset(draft.tags)
            and (self.batch is None or self.batch in draft.batches)
            and (not self.ratings or draft.rating in self.ratings)
            and (not self.statuses or draft.status in self.statuses)
            and (self.shape is None or self.shape == _shape(key.size))
            and self._in_time(draft)
            and self._has_text(draft)
        )

    @property
    def mark(self) -> str | None:
        """What some record of each draft that is like this holds, and few others do; None where nothing is known."""
        seed = None if self.seed is None or self.seed < _RARE_SEED else str(self.seed)
        status = next(iter(self.statuses)) if len(self.statuses) == 1 and self.statuses <= FREE else None
        rating = "rating" if self.ratings else None
        return self.text or self.batch or min(self.tags, default=None) or seed or status or rating or self._rare_model

    @property
    def _rare_model(self) -> str | None:
        """What stands in a line as it is of a model's name; None for the model that most drafts are of."""
        return None if self.model in {None, DEFAULT_MODEL} else records.plain_part(self.model or "").decode() or None

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


def _shape(size: str) -> str | None:
    from seedream_cli.sizes import orientation, sides  # seldom needed: listings start without it

    found = sides(size)
    return found and orientation(*found)


def search_text(journal: Journal, text: str, *, now: float) -> Iterator[Draft]:
    """Yield drafts, the newest first, of which some record holds the text, in whatever field.

    Args:
        journal: the file.
        text: not empty; compared without regard to case.
        now: Unix time in seconds, against which URLs expire.
    """
    with journal.reading() as reading:
        search = _TextSearch(reading, text)
        for chunk in reading.chunks_backward():
            search.collect_late(chunk)
            for at, intent in search.intents(chunk):
                draft = records.fold([intent, *search.rest(chunk, at, intent)], now=now)
                if draft is not None:
                    yield draft
            search.pass_by(chunk)


class _TextSearch:
    """What has been met on the way from the end of the file to its beginning."""

    def __init__(self, reading: Reading, text: str) -> None:
        import stringzilla

        self._reading = reading
        self._strays = Strays(reading)
        self._passed: list[_Part] = []
        """What has been searched, the end of the file first."""
        self._needle = records.encode_text(text)
        self._may_be_escaped = not text.isascii()
        self._find = stringzilla.utf8_uncased_search
        self._late: dict[str, list[bytes]] = {}
        """Lines that another command wrote, as they stand in the file, the newest first, by id."""
        self._wanted: set[str] = set()
        """Ids of drafts that hold the text in another record than the intent, which is still to be met."""
        self._done: set[str] = set()
        self._looked = 0
        self._is_anew = False

    def collect_late(self, chunk: Chunk) -> None:
        """Keep the lines that another command wrote than the one that drew."""
        lines = dict(_late(chunk))
        if self._is_anew or self._looked < _ENOUGH:
            without_tab = dict(_marks_without_tab(chunk))
            self._looked += len(chunk.data)
            self._is_anew = self._is_anew or bool(without_tab)
            lines |= without_tab
        for at in sorted(lines, reverse=True):
            draft_id = records.id_of(lines[at])
            if draft_id is not None:
                self._late.setdefault(draft_id, []).append(lines[at])

    def intents(self, chunk: Chunk) -> list[tuple[int, Record]]:
        """Return the intents in a chunk, the last first, whose drafts hold the text, each with its place."""
        found: dict[str, tuple[int, Record]] = {}
        for at, line in self._hits(chunk):
            record = records.readable(line)
            if record is None or record.id in self._done:
                continue
            if record.kind == "intent":
                found[record.id] = at, record
            else:
                self._wanted.add(record.id)
        self._wanted -= found.keys()
        found |= _intents(chunk, self._wanted)
        self._wanted -= found.keys()
        self._done |= found.keys()
        return sorted(found.values(), key=lambda intent: -intent[0])

    def rest(self, chunk: Chunk, at: int, intent: Record) -> list[Record]:
        """Return the other records of a draft whose intent stands at a place in a chunk, in the order of writing."""
        own = self._own(chunk, at, intent)
        late = map(records.readable, reversed(self._late.get(intent.id, [])))
        return [*self._strays.of(chunk.offset + at, [intent, *own]), *own, *filter(None, late)]

    def pass_by(self, chunk: Chunk) -> None:
        """Take note of a chunk that has been searched: drafts whose intents stand before it may end in it."""
        if len(chunk.data) == chunk.end - chunk.offset:  # or it stands for a line that is too long
            self._passed.append(_Part(self._reading, chunk))

    def _own(self, chunk: Chunk, at: int, intent: Record) -> list[Record]:
        """Return what the command that drew wrote about a draft, in the order of writing."""
        own = _own_in(chunk, intent.id, at)
        latest = max(unix_time(intent.at) or 0.0, _last_time(chunk)) + _LONGEST_RUN
        for part in reversed(self._passed):
            if own and own[-1].kind in _SETTLED:
                break
            if intent.id.encode() in part.ids:
                own += _own_in(part.chunk, intent.id)
            if part.last_time > latest:
                break
        return own

    def _hits(self, chunk: Chunk) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of a chunk that say the text, perhaps twice, each with the place at which it begins."""
        start = chunk.begin
        while (at := self._find(chunk.data, self._needle, start)) >= 0:
            begin, line = chunk.line_at(at)
            yield begin, line
            start = begin + len(line)
        # Another program may have written everything but ASCII as escapes, which our own lines hardly have.
        escaped = chunk.lines_with(b"\\u") if self._may_be_escaped else ()
        yield from ((begin, line) for begin, line in escaped if self._says(line))

    def _says(self, line: bytes) -> bool:
        """Whether a line would hold the needle if this program had written it."""
        record = records.readable(line)
        try:
            return record is not None and self._find(records.encode_fields(record.fields), self._needle) >= 0
        except records.DamagedLineError:
            return False


class _Part:
    """A part of the file that has been searched; what else there is to know of it is read when it is asked for.

    Args:
        reading: the file.
        chunk: as it was searched.
    """

    def __init__(self, reading: Reading, chunk: Chunk) -> None:
        self._reading = reading
        self._begin = chunk.offset + chunk.begin
        self._end = chunk.end

    @property
    def chunk(self) -> Chunk:
        """The same lines, read again."""
        return Chunk(self._begin, self._end, 0, self._reading.at(self._begin, self._end - self._begin))

    @cached_property
    def ids(self) -> Collection[bytes]:
        """The ids of all drafts of which something stands here."""
        return frozenset(records.IDS.findall(self.chunk.data))

    @cached_property
    def last_time(self) -> float:
        """When its last record was written."""
        return _last_time(self.chunk)


def _own_in(chunk: Chunk, draft_id: str, at: int = 0) -> list[Record]:
    """Return what the command that drew wrote about a draft, from a place in a chunk on, until it was settled."""
    own = []
    for _, line in chunk.lines_with(draft_id.encode(), at):
        record = None if records.is_late(line) else records.readable(line)
        if record is not None and record.id == draft_id and record.kind not in _NOT_OWN:
            own.append(record)
            if record.kind in _SETTLED:
                break
    return own


def _late(chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """Yield where in a chunk the lines begin that begin with a tab, and the lines."""
    at = len(chunk.data)
    while (at := chunk.data.rfind(records.LATE, chunk.begin, at)) >= 0:
        at, line = chunk.line_at(at)
        if records.is_late(line):
            yield at, line


def _marks_without_tab(chunk: Chunk) -> Iterator[tuple[int, bytes]]:
    """Yield likewise the lines with marks that begin with none."""
    for marked in _MARKED:
        for at, line in chunk.lines_with(marked):
            record = None if records.is_late(line) else records.readable(line)
            if record is not None and record.kind in records.MARKS:
                yield at, line


def _intents(chunk: Chunk, ids: Collection[str]) -> dict[str, tuple[int, Record]]:
    """Return those intents of drafts that stand in a chunk, each with its place, by id."""
    found: dict[str, tuple[int, Record]] = {}
    for draft_id in _present(chunk, ids):
        for at, line in chunk.lines_with(draft_id.encode()):
            record = records.readable(line)
            if record is not None and record.id == draft_id and record.kind == "intent":
                found[draft_id] = at, record
    return found


def _present(chunk: Chunk, ids: Collection[str]) -> Collection[str]:
    """Return ids among which are all those of some that stand in a chunk; in one pass where they are many."""
    if len(ids) < _FEW:
        return ids
    return {found.decode() for found in records.IDS.findall(chunk.data, chunk.begin)}.intersection(ids)


def _last_time(chunk: Chunk) -> float:
    """Return when the last record of a chunk was written; 0 where that is not to be read."""
    record = records.readable(chunk.line_at(len(chunk.data) - 1)[1])
    return 0.0 if record is None else unix_time(record.at) or 0.0


def nearest(reference: str, newest_first: Iterable[Draft]) -> str | None:
    """Return what was perhaps meant: `last`, or the id of a recent draft that begins almost like that; else None."""
    from difflib import get_close_matches

    if not 1 <= len(reference) <= _LONGEST_ID:
        return None
    recent = itertools.islice(newest_first, _RECENT)
    begun = {"last": "last"} | {draft.id[: len(reference)]: draft.id for draft in recent}
    near = get_close_matches(reference, begun, 1, 0.74)
    return begun[near[0]] if near else None
