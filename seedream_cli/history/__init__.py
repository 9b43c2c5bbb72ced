"""The ledger: what was asked for, what came of it, and finding it again."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import Draft, timestamp
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.history import records
from seedream_cli.history.intents import Intents
from seedream_cli.history.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from seedream_cli.history.admission import Admissions, Claims
    from seedream_cli.history.expiry import Expiring
    from seedream_cli.history.occupants import Occupants
    from seedream_cli.history.reading import Place
    from seedream_cli.history.records import Entry, Record
    from seedream_cli.history.search import Filter
    from seedream_cli.history.tally import Tally

_LAST: Final = re.compile(r"last(?:~([0-9]{1,9}))?")
_ID_PREFIX: Final = re.compile(r"[a-z0-9]{1,16}")


class History:
    """The ledger at one path.

    Every method that writes returns only when the record is on the disk, and raises `LocalFileError` where it cannot
    be written; methods that read raise it where the file cannot be read.

    Args:
        path: of `history.jsonl`; it and its folder are made when something is first written.
        clock: returns Unix time in seconds.

    Attributes:
        damaged: lines met so far in reading that are no records.
        orphans: what is known of drafts that were paid for and whose intents cannot be read, the oldest first; met
            when all drafts were last read.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self.path = path
        self.damaged = 0
        self.orphans: list[Draft] = []
        self._journal = Journal(path)
        self._intents = Intents()
        self._clock = clock

    @property
    def folder(self) -> Path:
        """Where files that belong to records are kept: unusable answers, pictures that came as bytes."""
        return self.path.with_name(self.path.name + ".d")

    def answer_path(self, draft: Draft) -> Path:
        """Return where the answer to a draft's request is kept where it could not be used, or not all of it."""
        return self.folder / records.answer_name(draft.request)

    def picture_path(self, draft: Draft) -> Path:
        """Return where a draft's picture that came inside an answer is kept until it is saved."""
        return self.folder / records.picture_name(draft.id)

    def check_writable(self, room: int) -> None:
        """Create what is missing, and raise `LocalFileError` where nothing could be recorded, or no answer kept.

        Args:
            room: bytes of an answer that are kept where it cannot be used.
        """
        self._journal.check_writable()
        try:
            durable.make_private_folder(self.folder)
            durable.check_room(self.folder, room)
        except OSError as error:
            raise LocalFileError(
                f"an odd answer could not be kept in {self.folder}: {error.strerror or error}",
                hint="nothing was sent; check the disk and the folder's permissions, or set SEEDREAM_HISTORY",
            ) from error

    # Writing

    def intend(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Record that these drafts are asked for, in one write; until more is known they are `unknown`."""
        self._journal.append_made(lambda reading: self._intents.lines(reading, drafts))
        return [replace(draft, status="unknown") for draft in drafts]

    def admissions(self, *, daily_cap: float | None = None, claims: Claims | None = None) -> Admissions:
        """Return what records which drafts are about to be asked for.

        Args:
            daily_cap: USD that the drafts of one UTC day may cost, or None.
            claims: what is not asked for where another run does, or None.
        """
        from seedream_cli.history.admission import Admissions

        return Admissions(self._journal, self._intents, self._clock, daily_cap=daily_cap, claims=claims)

    @property
    def end(self) -> Place:
        """The place behind what is recorded now."""
        with self._journal.reading() as reading:
            return reading.end

    def record(self, entries: Sequence[Entry], *, late: bool = False, paid: bool = False) -> list[Draft]:
        """Record what became of some drafts, in one write, and return them as that leaves them.

        Args:
            late: whether another command drew them.
            paid: whether money may have been spent on them: then what the file lacks of them, since it was removed or
                replaced after they were asked for, is recorded anew.
        """
        at = timestamp(self._clock())
        lines = b"".join(entry.encode(at, late=late) for entry in entries)
        drafts = [entry.draft for entry in entries] if paid else []
        self._journal.append_made(lambda reading: self._intents.missing(reading, drafts, at) + lines)
        return [entry.outcome() for entry in entries]

    def record_places(self, drafts: Sequence[Draft]) -> None:
        """Record that the pictures of drafts, which were drawn before, lie where the drafts say it themselves."""
        entries = [
            records.saved(
                draft,
                path=draft.path or "",
                picture_format=draft.format or "",
                size=draft.bytes or 0,
                sha256=draft.sha256 or "",
            )
            for draft in drafts
        ]
        if entries:
            self.record(entries, late=True)

    def adopt(self, lines: bytes) -> None:
        """Add lines of another history as they are."""
        if lines:
            self._journal.append(lines)

    def put_in_order(self, new: Collection[str], better_known: Collection[str]) -> None:
        """Put drafts that were adopted where their times say: the newest stand at the end of the file.

        Args:
            new: ids of drafts that were added.
            better_known: ids of drafts of which an intent was added that knows more than the one that was there.
        """
        from seedream_cli.history import order

        if not better_known:
            with self._journal.reading() as reading:
                if not order.is_out_of_order(reading, new):
                    return
        ids = {*new, *better_known}
        self._journal.rewrite_made(lambda lines: order.in_order(lines, ids))

    def forget(self, drafts: Sequence[Draft]) -> None:
        """Take drafts out for good: their records, what was kept of their answers, their text in old copies.

        What each cost stays, without text, so that sums stay true. Lines of later versions stay as they are.
        """
        from seedream_cli.history import upkeep

        oblivion = upkeep.Oblivion(drafts)
        at = timestamp(self._clock())
        last = b"".join(records.forgotten(draft).encode(at, late=True) for draft in drafts)
        # The history last: as long as it knows the drafts, what was cut short can be done again.
        oblivion.clear(self.folder)
        self._journal.rewrite(oblivion.spares, last)

    def damaged_lines(self) -> Iterator[int]:
        """Yield the numbers, from 1, of lines that are no records."""
        from seedream_cli.history import upkeep

        return upkeep.damaged_lines(self._journal)

    def repair(self) -> Path:
        """Take damaged lines out, and NULs around records, and return where a copy of the file as it was now lies."""
        from seedream_cli.history import upkeep

        copy = upkeep.keep_copy(self.path, self.folder, timestamp(self._clock()).replace(":", ""))
        self._journal.rewrite_made(upkeep.sound_lines)
        return copy

    def lost_and_forgotten(self) -> Iterator[Record]:
        """Yield what is left of drafts that were taken out, once for each."""
        found = (record for record in self._records_backward(b'"forgotten"') if record.kind == "forgotten")
        return iter({record.id: record for record in found}.values())

    # Reading

    def newest_first(self) -> Iterator[Draft]:
        """Yield all drafts, the newest first, reading no more of the file than is asked for.

        A draft's intent stands before all its other records: when reading backwards meets it, all have been met. Where
        they seem not to be complete, what stands before it is looked at too: lines may have been written twice.
        """
        from seedream_cli.history.strays import Strays

        now = self._clock()
        waiting: dict[str, list[Record]] = {}
        done: set[str] = set()
        with self._journal.reading() as reading:
            strays = Strays(reading)
            for offset, line in reading.lines_backward():
                record = self._decode(line)
                if record is None or record.id in done:
                    continue
                waiting.setdefault(record.id, []).append(record)
                if record.kind == "intent":
                    done.add(record.id)
                    met = waiting.pop(record.id)[::-1]
                    draft = records.fold([*strays.of(offset, met), *met], now=now)
                    if draft is not None:
                        yield draft
        left = (records.orphan(met[::-1], now=now) for met in waiting.values())
        self.orphans = [draft for draft in left if draft is not None][::-1]

    def expiring(self, seconds: float) -> Expiring | None:
        """Return what is paid for, not saved, and expires within so many seconds, as far as it is among the newest."""
        from seedream_cli.history.expiry import expiring_within

        return expiring_within(self._journal, seconds, now=self._clock())

    def search(self, wanted: Filter) -> Iterator[Draft]:
        """Yield the drafts that are as wanted, the newest first."""
        if not wanted.mark:
            return filter(wanted.matches, self.newest_first())
        from seedream_cli.history.search import search_text

        return filter(wanted.matches, search_text(self._journal, wanted.mark, now=self._clock()))

    def tally(self) -> Tally:
        """Return how many drafts there are of each kind, counted in one pass."""
        from seedream_cli.history.tally import tally

        return tally(self._journal, now=self._clock())

    def relatives(self, draft: Draft) -> list[Draft]:
        """Return the drafts of one family, ancestors and descendants of all branches, the oldest first."""
        parents = {
            record.id: parent
            for record in self._records_backward(b'"parent":"')
            if record.kind == "intent" and isinstance(parent := record.fields.get("parent"), str)
        }
        return sorted(self._folded(_family(draft.id, parents)), key=lambda member: member.created)

    def by_ids(self, ids: Sequence[str]) -> dict[str, Draft]:
        """Return those of some drafts that there are, by id."""
        return {draft.id: draft for draft in self._folded(ids)}

    def lines_of(self, ids: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the lines of some drafts that there are, each with its id, bare, the last first."""
        if ids:
            for line in self._journal.lines_backward():
                draft_id = records.id_of(line)
                if draft_id is not None and draft_id in ids:
                    yield draft_id, records.bare(line)

    def occupants(self, paths: Collection[str], ids: Collection[str]) -> Occupants:
        """Return which pictures were last saved at some absolute paths, and when some drafts were asked for."""
        from seedream_cli.history.occupants import occupants

        return occupants(self._journal, paths, ids)

    def asking(self, prompts: Collection[str]) -> list[Draft]:
        """Return the drafts, newest first, that ask for exactly one of these prompts."""
        # One prompt is found at the speed of memory; of more, each intent is looked at.
        needle = records.plain_part(next(iter(prompts))) if len(prompts) == 1 else b""
        encoded = set(map(records.encode_text, prompts))
        wanted = []
        for line in self._journal.lines_backward(needle or b'"intent"'):
            if records.may_ask(line, encoded):
                record = self._decode(line)
                if record is not None and record.kind == "intent" and record.fields.get("prompt") in prompts:
                    wanted.append(record.id)
        return self._folded(wanted)

    def find(self, reference: str) -> Draft:
        """Return the one draft that a reference names.

        Args:
            reference: an id, a unique prefix of one, `last`, `last~2`, or the path of a picture.

        Raises:
            InputError: where there is none, or more than one.
        """
        last = _LAST.fullmatch(reference)
        if last:
            return self._nth_newest(int(last[1] or 0))
        found = self._by_id(reference) if _ID_PREFIX.fullmatch(reference) else []
        found = found or self._by_path(os.path.abspath(reference)) or self._by_metadata(reference)
        if not found:
            from seedream_cli.history.search import nearest

            near = nearest(reference, self.newest_first())
            hint = "seedream history list" if near is None else f"did you mean {near}?"
            raise InputError(f"no draft '{reference}' in the history", hint=hint)
        if len(found) > 1:
            ids = ", ".join(draft.id for draft in found[:5])
            hint = f"give more of the id; is it this one? seedream history show {found[0].id}"
            raise InputError(f"'{reference}' begins more than one id: {ids}", hint=hint)
        return found[0]

    def find_all(self, references: Sequence[str]) -> list[Draft]:
        """Return the drafts that some references name, each once, in the order in which they are first named.

        Args:
            references: as `find` takes them; those that are whole ids are found in one pass.

        Raises:
            InputError: where one of them names no draft, or more than one.
        """
        known = self.by_ids([reference for reference in references if records.is_id(reference)])
        found = (known.get(reference) or self.find(reference) for reference in references)
        return list({draft.id: draft for draft in found}.values())

    def _nth_newest(self, n: int) -> Draft:
        position = -1
        for position, draft in enumerate(self.newest_first()):
            if position == n:
                return draft
        if position < 0:
            raise InputError("there is no draft yet", hint='seedream gen "a fox" --sandbox   # draws one without a key')
        raise InputError(f"the history goes no further back than last~{position}", hint="seedream history list")

    def _by_id(self, prefix: str) -> list[Draft]:
        ids = map(records.id_of, self._journal.lines_backward(prefix.encode()))
        found = dict.fromkeys(draft_id for draft_id in ids if draft_id is not None and draft_id.startswith(prefix))
        return self._folded([prefix] if prefix in found else list(found))

    def _by_path(self, path: str) -> list[Draft]:
        name = records.plain_part(os.path.basename(path))
        # A later `-o` may have replaced the picture of an earlier draft: the newest is the one that lies there.
        at_path = (record for record in self._records_backward(name) if record.fields.get("path") == path)
        newest = next(at_path, None)
        return [] if newest is None else self._folded([newest.id])

    def _by_metadata(self, path: str) -> list[Draft]:
        """Return the draft that a picture says it is: it may have been copied, moved or named anew."""
        from seedream_cli.saving.sidecar import read_facts

        try:
            with durable.read_regular(path) as file:
                facts = read_facts(path, file)
        except (OSError, ValueError):
            return []
        return self._folded([facts.id]) if facts is not None and facts.id is not None else []

    def _folded(self, ids: Sequence[str]) -> list[Draft]:
        """Return the drafts of these ids, in their order, without those that have no intent to be read."""
        # What a picture, or a parent of another machine, is said to be called may be anything.
        groups: dict[str, list[Record]] = {draft_id: [] for draft_id in ids if records.is_id(draft_id)}
        if groups:
            # One id is found at the speed of memory; more are told by the beginnings of all lines.
            for line in self._journal.lines_backward(next(iter(groups)).encode() if len(groups) == 1 else b""):
                record = self._decode(line) if records.id_of(line) in groups else None
                if record is not None and record.id in groups:
                    groups[record.id].append(record)
        now = self._clock()
        folded = (records.fold(group[::-1], now=now) for group in groups.values())
        return [draft for draft in folded if draft is not None]

    def _records_backward(self, needle: bytes = b"") -> Iterator[Record]:
        for line in self._journal.lines_backward(needle):
            record = self._decode(line)
            if record is not None:
                yield record

    def _decode(self, line: bytes) -> Record | None:
        try:
            return records.decode(line)
        except records.DamagedLineError:
            self.damaged += 1
            return None


def _family(draft_id: str, parents: dict[str, str]) -> list[str]:
    """Return the ids of all that descend from a draft's first ancestor; circles, which no tool of ours writes, end."""
    ancestor, seen = draft_id, {draft_id}
    while (parent := parents.get(ancestor)) is not None and parent not in seen:
        ancestor = parent
        seen.add(parent)
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    family, found = [ancestor], {ancestor}
    for member in family:
        new = [child for child in children.get(member, []) if child not in found]
        found.update(new)
        family += new
    return family
