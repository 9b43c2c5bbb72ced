"""Taking in what was drawn elsewhere: lines of other histories and exports, and pictures that say what made them."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import IMPORTED, SANDBOX, Draft, Key, Target, timestamp, unix_time
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files import durable
from seedream_cli.history import records
from seedream_cli.history.reading import LONGEST_LINE
from seedream_cli.notebook.exported import as_records
from seedream_cli.notebook.piped import is_piped, name_of, open_again_and_again
from seedream_cli.saving import picture
from seedream_cli.saving.saver import is_file_of
from seedream_cli.saving.sidecar import read_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from io import BufferedReader
    from pathlib import Path
    from typing import BinaryIO

    from seedream_cli.drafts import Status
    from seedream_cli.history import History
    from seedream_cli.history.records import Record
    from seedream_cli.saving.picture import PictureFacts

_BATCH: Final = 256 * 1024
_NEWEST_COUNTS: Final = frozenset({"rating", "note", "saved"})
_LOOKED_AT: Final = (b'"intent"', b'"rating"', b'"note"', b'"saved"')


@dataclass(slots=True)
class Taken:
    """What one file held.

    Attributes:
        new: drafts that the history did not know.
        known: drafts that it knew; what was new about them was taken in.
        forgotten: drafts that were taken out of it, which stay out.
        marked_otherwise: known drafts of an export that were rated, tagged or noted otherwise there; left as they are.
        unread: lines that are no records.
        was: status of a draft that is saved since its picture was taken in, or None.
    """

    new: int = 0
    known: int = 0
    forgotten: int = 0
    marked_otherwise: int = 0
    unread: int = 0
    was: Status | None = None


def histories_first(paths: Sequence[Path]) -> list[Path]:
    """Return files in the order in which to take them in: exports and pictures do not say which service drew them."""
    return sorted(paths, key=_knows_less)


class Importer:
    """Takes files into one history.

    Args:
        history: to be added to.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._forgotten = {record.id for record in history.lost_and_forgotten()}
        self._new: set[str] = set()
        self._better_known: set[str] = set()

    def take(self, path: Path) -> Taken:
        """Take in one file.

        Args:
            path: of the file, or of a pipe; `-` for stdin.

        Raises:
            InputError: where it is neither a history, nor an export of one, nor a picture with metadata.
            LocalFileError: where it cannot be read, or the history cannot be written.
        """
        try:
            with open_again_and_again(path) as file:
                if not _looks_like_picture(file):
                    return self._take_lines(path, file)
                if is_piped(path):
                    raise InputError(
                        f"a picture is taken in where it lies, and {name_of(path)} is no place",
                        hint="seedream history import FILE",
                    )
                return self._take_picture(path, file)
        except OSError as error:
            raise LocalFileError(f"{name_of(path)} cannot be read: {error.strerror or error}") from error

    def put_in_order(self) -> None:
        """Put what was taken in where its times say, once all files are taken.

        Raises:
            LocalFileError: where the history cannot be read or written.
        """
        self._history.put_in_order(self._new, self._better_known)

    # Lines

    def _take_lines(self, path: Path, file: BinaryIO) -> Taken:
        ids, drafts = _ids(path, file)
        known = _Known(self._history.lines_of(ids))
        shunned = self._forgotten - known.ids
        new = drafts - known.ids - shunned
        taken = Taken(new=len(new), known=len(drafts & known.ids), forgotten=len(drafts & shunned))
        self._new |= new
        waiting = bytearray()
        left_out: dict[str, bytes] = {}
        for group in _groups(file):
            if len(group) > 1 and not known.is_told_more_by(group):
                left_out |= _marks_of(group)
                continue
            for line in group:
                record = _read(line)
                if record is None:
                    taken.unread += bool(line.strip())
                elif record.id not in shunned:
                    if known.guesses(record):
                        self._better_known.add(record.id)
                    try:
                        waiting += _adopted(record, line, known)
                    except records.DamagedLineError:
                        taken.unread += 1
            if len(waiting) > _BATCH:
                self._history.adopt(bytes(waiting))
                waiting.clear()
        self._history.adopt(bytes(waiting))
        taken.marked_otherwise = self._marked_otherwise(left_out)
        return taken

    def _marked_otherwise(self, marks: Mapping[str, bytes]) -> int:
        """Return how many drafts have other marks than these, which are given by their ids."""
        drafts = self._history.newest_first() if marks else ()
        return sum(marks.get(draft.id, b"") not in {b"", _marks(draft)} for draft in drafts)

    # Pictures

    def _take_picture(self, path: Path, file: BufferedReader) -> Taken:
        try:
            info = picture.inspect(file)
        except picture.NotAPictureError as error:
            raise InputError(f"{path} is no whole picture: {error.reason}") from error
        facts = read_facts(os.fspath(path), file)
        if facts is None or facts.seed is None:
            raise InputError(f"{path} does not say what made it", hint="only pictures with metadata can be imported")
        usable = records.is_id(facts.id) and facts.id not in self._forgotten
        draft_id = facts.id if facts.id and usable else _id_of_bytes(file)
        known = self._history.by_ids([draft_id]).get(draft_id)
        file.seek(0)
        digest = hashlib.file_digest(file, hashlib.sha256).hexdigest()
        place = os.path.abspath(path)
        if known is not None and (known.status, known.sha256, known.path) == ("saved", digest, place):
            return Taken(known=1)
        draft = known or _draft_of(facts, draft_id, info, _created(facts, path), _origin(file))
        if known is None:
            self._new.add(draft_id)
            self._history.intend([draft])
        self._history.record(
            [
                records.saved(
                    draft,
                    path=place,
                    picture_format=info.format,
                    size=path.stat().st_size,
                    sha256=digest,
                )
            ],
            late=known is not None,
        )
        if known is None:
            return Taken(new=1)
        return Taken(known=1, was=None if known.status == "saved" else known.status)


def _id_of_bytes(file: BinaryIO) -> str:
    """Return an id for a picture without one: the same for the same bytes, so that nothing is taken in twice."""
    file.seek(0)
    return hashlib.file_digest(file, hashlib.sha256).hexdigest()[:12]  # type: ignore[arg-type]


def _created(facts: PictureFacts, path: Path) -> str:
    if facts.created and len(facts.created) <= 40 and (moment := unix_time(facts.created)) is not None:
        return timestamp(moment)
    return timestamp(path.stat().st_mtime)


def _knows_less(path: Path) -> int:
    """Return 0 for a history, 1 for an export, or a pipe, which tells only once what it holds, 2 for a picture."""
    if is_piped(path):
        return 1
    try:
        with durable.read_regular(path) as file:
            return 2 if _looks_like_picture(file) else int(_is_export(file))
    except (OSError, ValueError):
        return 0


def _looks_like_picture(file: BinaryIO) -> bool:
    start = file.read(16)
    file.seek(0)
    return start.startswith((b"\x89PNG", b"\xff\xd8\xff")) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")


def _groups(file: BinaryIO) -> Iterator[list[bytes]]:
    """Yield each line of a history alone, and each draft of an export as the lines that it stands for."""
    if not _is_export(file):
        file.seek(0)
        while line := file.readline(LONGEST_LINE):
            yield as_records(line) or [line]
        return
    # The newest comes first in an export, and last in a history.
    file.seek(0)
    ends = [0]
    while file.readline(LONGEST_LINE):
        ends.append(file.tell())
    for start in reversed(ends[:-1]):
        file.seek(start)
        line = file.readline(LONGEST_LINE)
        yield as_records(line) or [line]


def _ids(path: Path, file: BinaryIO) -> tuple[set[str], set[str]]:
    """Return the ids of all records of a file, and those of which it has what was asked for.

    Raises:
        InputError: where it holds lines, and no record.
    """
    ids: set[str] = set()
    drafts: set[str] = set()
    for group in _groups(file):
        for record in filter(None, map(_read, group)):
            ids.add(record.id)
            if record.kind == "intent":
                drafts.add(record.id)
    if not ids and any(line.strip() for group in _groups(file) for line in group):
        raise InputError(
            f"{name_of(path)} is neither a history nor a picture: it holds no record that can be read",
            hint="seedream history path   # on the other machine: the file to import; or what `export` prints",
        )
    return ids, drafts


def _is_export(file: BinaryIO) -> bool:
    file.seek(0)
    return bool(as_records(file.readline(LONGEST_LINE)))


class _Known:
    """What the history holds of some drafts: of their lines only digests, since the lines may be all of a long history.

    Args:
        lines: of the drafts, each with its id, bare.

    Attributes:
        ids: of the drafts of which the history has what was asked for.
    """

    def __init__(self, lines: Iterable[tuple[str, bytes]]) -> None:
        self.ids: set[str] = set()
        self._knowledge: dict[str, int] = {}
        """How much the first intent of each, which is the one that counts, knows."""
        self._digests: dict[str, set[bytes]] = {}
        self._marked: dict[tuple[str, str], float] = {}
        """When a draft was rated, noted or saved last, by id and kind; Unix time in seconds."""
        self._saved: dict[str, Record] = {}
        """What says where each picture lies."""
        for draft_id, line in lines:
            self._digests.setdefault(draft_id, set()).add(_digest(line))
            if any(kind in line for kind in _LOOKED_AT) and (record := _read(line)) is not None:
                self._take(record)

    def _take(self, record: Record) -> None:
        if record.kind == "intent":
            self.ids.add(record.id)
            self._knowledge[record.id] = records.knowledge(record)
        elif record.kind in _NEWEST_COUNTS:
            mark = record.id, record.kind
            self._marked[mark] = max(self._marked.get(mark, -math.inf), unix_time(record.at) or 0.0)
            if record.kind == "saved":
                self._saved.setdefault(record.id, record)

    def is_told_more_by(self, exported: Sequence[bytes]) -> bool:
        """Whether an exported draft may say more than the history, which knows half of that, or only guesses."""
        intent = records.decode(exported[0])
        if intent is None or intent.id not in self.ids or self.guesses(intent):
            return True
        return self._digests[intent.id] <= {_digest(records.bare(line)) for line in exported}

    def has(self, draft_id: str, *lines: bytes) -> bool:
        """Whether the history holds one of some bare lines of a draft."""
        return not self._digests[draft_id].isdisjoint(map(_digest, lines))

    def guesses(self, record: Record) -> bool:
        """Whether a record is an intent that tells what the one that is there could only guess."""
        return record.kind == "intent" and self._knowledge.get(record.id, 2) < records.knowledge(record)

    def outdates(self, record: Record) -> bool:
        """Whether a draft was rated, noted or saved already after this record, of the same kind, was written."""
        return self._marked.get((record.id, record.kind), -math.inf) > (unix_time(record.at) or 0.0)

    def is_nearer_than(self, record: Record) -> bool:
        """Whether a picture lies where the history says, unchanged, and not where this record of it says."""
        here = self._saved.get(record.id) if record.kind == "saved" else None
        return here is not None and _lies(here) and not _lies(record)


def _lies(saved: Record) -> bool:
    path, size, digest = map(saved.fields.get, ("path", "bytes", "sha256"))
    return isinstance(path, str) and is_file_of(path, size, digest)


def _marks_of(exported: Iterable[bytes]) -> dict[str, bytes]:
    """Return the marks of an exported draft by its id, nothing where it has none."""
    draft = records.fold([record for record in map(_read, exported) if record is not None], now=0.0)
    if draft is None or not (draft.rating is not None or draft.note or draft.tags):
        return {}
    return {draft.id: _marks(draft)}


def _marks(draft: Draft) -> bytes:
    return _digest(repr((draft.rating, draft.note, sorted(draft.tags))).encode("utf-8", "backslashreplace"))


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


def _read(line: bytes) -> Record | None:
    record = records.readable(line)
    return None if record is None or record.kind == "forgotten" else record


def _adopted(record: Record, line: bytes, known: _Known) -> bytes:
    """Return a line as it is to be added, or nothing; marked as late where the history knows the draft.

    Raises:
        DamagedLineError: where it is nested too deeply to be written.
    """
    original = records.bare(line)
    bare = _as_ours(record)
    if record.id not in known.ids:
        # Another program may have written the file anew, without the tabs by which searches find marks.
        return records.LATE + bare if records.is_late(line) or record.kind in records.MARKS else bare
    if known.guesses(record):
        return bare
    if record.kind == "intent" or known.has(record.id, original, bare):
        return b""
    if known.outdates(record) or known.is_nearer_than(record):
        return b""
    return records.LATE + bare


def _as_ours(record: Record) -> bytes:
    """Return a record's line as this program writes it, so that every search finds it.

    It is without what would make a later `pull` write where another machine, or whoever made the file, chose, or take
    away files of this machine.
    """
    harmless: dict[str, dict[str, object]] = {"intent": {"target": [], "replace": False}, "answer": {"kept": None}}
    return records.encode_fields(record.fields | {"at": records.utc(record.at)} | harmless.get(record.kind, {}))


def _origin(file: BinaryIO) -> str:
    """Return the origin of a picture's draft: what the sandbox painted is never taken for the model's."""
    file.seek(0)
    return SANDBOX if picture.is_stand_in(file) else IMPORTED


def _draft_of(facts: PictureFacts, draft_id: str, info: picture.PictureInfo, created: str, origin: str) -> Draft:
    key = Key(
        origin=origin,
        model=facts.model or "unknown",
        prompt=facts.prompt,
        negative_prompt=facts.negative_prompt,
        size=facts.size or f"{info.width}x{info.height}",
        seed=facts.seed or 0,
        n=1,
        index=1,
    )
    return Draft(draft_id, created, key, 0.0, Target((), replace=False), draft_id)
