"""Counting a history for sums: one pass over its lines, and no more read of each than sums are made of.

A line that looks exactly as this program writes it is read by a pattern, at a fifth of what decoding costs; any other
line is decoded. Both ways count a line only where it is a whole record, and come to what `records.fold` comes to.

Of a draft that is saved nothing stays but eight bytes. By them drafts are told of which an intent stands in the file
twice, as after two copies of a file were joined: those are taken out and counted again, one by one.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from seedream_cli.drafts import unix_time
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Collection

    from seedream_cli.drafts import Draft
    from seedream_cli.history.journal import Journal
    from seedream_cli.history.reading import Chunk, Reading
    from seedream_cli.history.records import Record

_TEXT: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_TEXT_OR_NULL: Final = rf"(?:null|{_TEXT})"
_INTEGER: Final = r"-?(?:0|[1-9][0-9]{0,17})"
_PRICE: Final = r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,18})?"
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_INTENT: Final = (
    rf'intent","at":"({_TIME})","origin":({_TEXT}),"model":({_TEXT}),"prompt":{_TEXT},"negative_prompt":{_TEXT_OR_NULL}'
    rf',"size":{_TEXT},"seed":{_INTEGER},"n":{_INTEGER},"index":{_INTEGER},"price":({_PRICE})'
    rf',"target":\[(?:{_TEXT}(?:,{_TEXT})*)?\],"replace":(?:true|false),"request":{_TEXT},"run":{_TEXT_OR_NULL}'
    rf',"parent":{_TEXT_OR_NULL},"batch":({_TEXT_OR_NULL}),"row":(?:null|{_INTEGER}),"tags":\[(?:{_TEXT}(?:,{_TEXT})*)?\]'
)
_ANSWER: Final = (
    rf'answer","at":"({_TIME})","url":{_TEXT_OR_NULL},"kept":({_TEXT_OR_NULL}),"expires":({_TEXT_OR_NULL})'
    rf',"revised_prompt":{_TEXT_OR_NULL}(?:,"origin":{_TEXT},"price":{_PRICE})?'
)
_SAVED: Final = (
    rf'saved","at":"({_TIME})","path":{_TEXT_OR_NULL},"format":{_TEXT_OR_NULL},"bytes":(?:null|{_INTEGER})'
    rf',"sha256":{_TEXT_OR_NULL}'
)
_OURS: Final = re.compile(
    rf'\t?\{{"v":1,"id":"([a-z0-9]{{10,16}})","kind":"(?:{_INTENT}|{_ANSWER}|{_SAVED})\}}', re.ASCII
)
"""A line with an intent, an answer or a saved picture; their groups end with different numbers."""

_INTENT_ENDS, _ANSWER_ENDS, _SAVED_ENDS = 6, 9, 10

_RANKS: Final = {"unknown": 0, "failed": 1, "blocked": 2, "answer": 3, "saved": 4}
"""Kinds that settle a draft's status, from the weakest on."""

_STATUSES: Final = ("unknown", "failed", "blocked", "pending", "saved")
_BUCKETS: Final = 64
_ANSWERED: Final = _RANKS["answer"]
_SAVED_RANK: Final = _RANKS["saved"]


class Alike(NamedTuple):
    """What drafts have in common that count alike in every sum; `day` is `2026-11-01`, `price` in USD."""

    origin: str
    model: str
    batch: str | None
    day: str
    price: float
    status: str


def alike(draft: Draft) -> Alike:
    """Return as what a draft is counted."""
    key = draft.key
    return Alike(key.origin, key.model, draft.batch, draft.created[:10], draft.price, draft.status)


class Tally(NamedTuple):
    """A history, counted.

    Attributes:
        drafts: how many drafts there are of each kind.
        forgotten: what is left of drafts that were taken out and do not stand in the history again.
    """

    drafts: Counter[Alike]
    forgotten: list[Record]


def tally(journal: Journal, *, now: float) -> Tally:
    """Count all drafts of a history.

    Args:
        journal: the file.
        now: Unix time in seconds, against which URLs expire.
    """
    with journal.reading() as reading:
        end = reading.end.offset
        once = _Count()
        once.read(reading, end)
        counts, back = once.counts(now), set[str]()
        suspects = once.met_twice()
        if suspects:
            wrong, right = _Count(suspects), _Count(suspects, remembering=True)
            wrong.read(reading, end)
            right.read(reading, end)
            counts.subtract(wrong.counts(now))
            counts.update(right.counts(now))
            back = right.ids()
    return Tally(+counts, [record for record in once.forgotten.values() if record.id not in back])


class _Open:
    """A draft that may still become another: what was asked for, if that was met, and the best that came of it."""

    __slots__ = ("asked", "expires", "rank")

    def __init__(self, asked: Alike | None) -> None:
        self.asked = asked
        self.expires: str | None = None
        self.rank = 0


class _Count:
    """What has been met on the way from the beginning of the file to its end.

    Args:
        only: hashes of the ids of the drafts that are counted; without any, all are.
        remembering: whether a draft that was counted is known when it is met again.
    """

    def __init__(self, only: Collection[int] = (), *, remembering: bool = False) -> None:
        self.forgotten: dict[str, Record] = {}
        self._only = only
        self._remembering = remembering
        self._saved: Counter[Alike] = Counter()
        self._open: dict[str, _Open] = {}
        self._settled: set[str] = set()
        self._asked = [array("q") for _ in range(_BUCKETS)]
        """Hashes of the ids of all intents, in parts small enough to be looked through one by one."""

    def read(self, reading: Reading, end: int) -> None:
        """Count what lies before a place in the file."""
        for chunk in reading.chunks_forward(0, end):
            self._take(chunk)

    def met_twice(self) -> set[int]:
        """Return the hashes of ids of which two intents were met, or one and what is left of a forgotten draft."""
        left = {hash(draft_id) for draft_id in self.forgotten}
        found: set[int] = set()
        for hashes in self._asked:
            found |= left.intersection(hashes)
            if len(set(hashes)) < len(hashes):
                found.update(each for each, times in Counter(hashes).items() if times > 1)
        return found

    def ids(self) -> set[str]:
        """Return the ids of all drafts that were counted and are known still."""
        return self._settled.union(draft_id for draft_id, draft in self._open.items() if draft.asked is not None)

    def counts(self, now: float) -> Counter[Alike]:
        """Return how many drafts there are of each kind."""
        counts = Counter({asked._replace(status="saved"): count for asked, count in self._saved.items()})
        for draft in self._open.values():
            if draft.asked is not None:
                counts[draft.asked._replace(status=_status(draft, now))] += 1
        return counts

    def _take(self, chunk: Chunk) -> None:
        try:
            lines = chunk.data.decode().split("\n")
        except UnicodeDecodeError:
            for raw in chunk.data.split(b"\n"):
                self._decoded(raw)
            return
        match, only = _OURS.fullmatch, self._only
        for line in lines:
            ours = match(line)
            if ours is None or not _is_day((ours[2] or ours[7] or ours[10])[:10]):
                self._decoded(line.encode())
                continue
            draft_id, ends = ours[1], ours.lastindex
            if only and hash(draft_id) not in only:
                continue
            if ends == _INTENT_ENDS:
                at, origin, model, price, batch = ours.group(2, 3, 4, 5, 6)
                self._intent(draft_id, _asked(origin, model, price, batch, at[:10]))
            elif ends == _SAVED_ENDS:
                self._outcome(draft_id, _SAVED_RANK)
            else:
                self._outcome(draft_id, _ANSWERED, _text(ours[9]) if ours[8] == "null" else None)

    def _decoded(self, line: bytes) -> None:
        try:
            record = records.decode(line)
        except records.DamagedLineError:
            return
        if record is None or (self._only and hash(record.id) not in self._only):
            return
        if record.kind == "intent":
            draft = records.fold([record], now=0.0)
            if draft is not None:
                self._intent(record.id, alike(draft))
        elif record.kind == "forgotten":
            self.forgotten.setdefault(record.id, record)
        elif record.kind in _RANKS:
            self._outcome(record.id, _RANKS[record.kind], records.end_of(record.fields))

    def _intent(self, draft_id: str, asked: Alike) -> None:
        if draft_id in self._settled:
            return
        hashed = hash(draft_id)
        self._asked[hashed % _BUCKETS].append(hashed)
        draft = self._open.get(draft_id)
        if draft is None:
            self._open[draft_id] = _Open(asked)
        elif draft.asked is None:
            draft.asked = asked
            self._settle(draft_id, draft)

    def _outcome(self, draft_id: str, rank: int, expires: str | None = None) -> None:
        if draft_id in self._settled:
            return
        draft = self._open.get(draft_id)
        if draft is None:
            draft = self._open[draft_id] = _Open(None)
        if rank == _ANSWERED:
            draft.expires = expires
        if rank > draft.rank:
            draft.rank = rank
            self._settle(draft_id, draft)

    def _settle(self, draft_id: str, draft: _Open) -> None:
        """Count a draft that nothing changes any more, and let go of it."""
        if draft.rank == _SAVED_RANK and draft.asked is not None:
            self._saved[draft.asked] += 1
            del self._open[draft_id]
            if self._remembering:
                self._settled.add(draft_id)


@lru_cache(maxsize=4096)
def _is_day(day: str) -> bool:
    return unix_time(day) is not None


@lru_cache(maxsize=4096)
def _asked(origin: str, model: str, price: str, batch: str, day: str) -> Alike:
    """Return what an intent asks for from the texts that stand in its line."""
    return Alike(json.loads(origin), json.loads(model), json.loads(batch), day, float(price), "unknown")


def _text(encoded: str) -> str | None:
    """Return what a string or null stands for; a time, which it is, has nothing to be decoded."""
    if encoded == "null":
        return None
    return str(json.loads(encoded)) if "\\" in encoded else encoded[1:-1]


def _status(draft: _Open, now: float) -> str:
    if draft.rank == _ANSWERED and draft.expires is not None:
        expires = unix_time(draft.expires)
        if expires is not None and expires <= now:
            return "expired"
    return _STATUSES[draft.rank]
