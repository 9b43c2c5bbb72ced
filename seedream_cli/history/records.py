"""The history's records: how they are written, read defensively, and folded into drafts.

Each line is one JSON object, UTF-8 with whatever could act on a terminal escaped, with `v` (the format's version),
`id` (the draft), `kind` and `at` (ISO 8601 UTC). A draft is the sum of its records; what they say is ordered by
strength, not by place, since writers may overtake one another: saved over answered, answered over refused, refused
over unknown, and an intent alone is unknown.

    intent   everything asked for, written before the request leaves
    answer   the URL (or the file that holds the bytes), written before the download
    unsaved  why the picture of an answer is not here yet
    saved    where it lies, its format, length and hash
    blocked, failed, unknown   why there is none
    rating, note, tags   what the user thinks of it
    batch    another batch that asks for it, and was given what was there
    forgotten   what is left of a draft that was taken out: what it cost, no text

A line that another command wrote than the one that drew begins with a tab. JSON allows it, nothing else in these lines
holds one, and a search that looks for text at the speed of memory finds such lines at the same speed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from seedream_cli.api.origins import same_base_url
from seedream_cli.catalog import MAX_IMAGES_PER_REQUEST
from seedream_cli.drafts import IMPORTED, SANDBOX, UNKNOWN, Draft, DraftError, Key, Target, timestamp, unix_time
from seedream_cli.money import credible_price
from seedream_cli.safetext import UNSAFE

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = 1
_ID: Final = re.compile(r"[a-z0-9]{10,16}")
IDS: Final = re.compile(rb'"id"\s*:\s*"([a-z0-9]{10,16})"')
"""What finds, in many lines at once, the ids among which all those of their records are."""

_OUR_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
LOST_PROMPT: Final = "(what was asked for is lost)"
"""Prompt of a draft whose intent cannot be read any more."""

PAID: Final = frozenset({"answer", "saved"})
"""Kinds that say that a draft is billed."""
STANDING: Final = frozenset({"intent", "forgotten"})
"""Kinds of which a file holds one for each draft that it knows, or knew and is not to know again."""

MARKS: Final = frozenset({"rating", "note", "tags", "batch"})
"""Kinds that no command writes of what it draws itself."""

LATE: Final = b"\t"
_AROUND: Final = b"\xef\xbb\xbf \t\r\n\0"
"""What may stand around a record; file systems leave runs of NULs where power fails while a file grows."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,.;:_-]+")
"""What no writer of JSON escapes."""
_read_json: Final = json.JSONDecoder().decode
_ASKED_TEXTS: Final = ("origin", "model", "prompt", "size")
_TOLD_BY_NO_PICTURE: Final = ("price", "parent", "batch", "tags")
_START: Final = b'{"v":1,"id":"'


class Record(NamedTuple):
    """One line of the history that this version understands; `fields` are as read, not yet believed."""

    id: str
    kind: str
    at: str
    fields: dict[str, Any]


class DamagedLineError(ValueError):
    """A line that is no record at all."""


def encode(kind: str, draft_id: str, at: str, **fields: object) -> bytes:
    """Return one record as a line with its line feed."""
    return _json({"v": VERSION, "id": draft_id, "kind": kind, "at": at, **fields}) + b"\n"


def encode_fields(fields: dict[str, Any]) -> bytes:
    """Return a record's fields, `v`, `id`, `kind` and `at` among them, as a line with its line feed.

    Raises:
        DamagedLineError: where they are nested too deeply to be written.
    """
    try:
        return _json(fields) + b"\n"
    except RecursionError:
        raise DamagedLineError from None


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # As they are, these would turn or hide text wherever the file is looked at, or cannot be encoded at all.
    return UNSAFE.sub(lambda match: json.dumps(match.group())[1:-1], text).encode()


class Entry(NamedTuple):
    """A record yet to be written: what became of a draft.

    Attributes:
        draft: before it.
        kind: of the record.
        fields: beside version, id, kind and time.
    """

    draft: Draft
    kind: str
    fields: dict[str, Any]

    def outcome(self) -> Draft:
        """Return the draft as this leaves it."""
        return apply(self.draft, self.kind, self.fields)

    def encode(self, at: str, *, late: bool) -> bytes:
        """Return the record as a line; `late` where the command that writes it is not the one that drew."""
        line = encode(self.kind, self.draft.id, at, **self.fields)
        return LATE + line if late else line


def answered(draft: Draft, *, url: str | None, kept: str | None, revised_prompt: str | None, expires: str) -> Entry:
    """Make the entry that says where the picture is: at a URL, or kept in a file.

    It says from where and at what price, too: enough to fetch it where the intent is damaged.
    """
    where = {"url": url, "kept": kept, "expires": expires, "revised_prompt": revised_prompt}
    return Entry(draft, "answer", {**where, "origin": draft.key.origin, "price": draft.price})


def answer_of(draft: Draft) -> Entry:
    """Make the entry of an answer anew from the draft that it left."""
    return answered(
        draft, url=draft.url, kept=draft.kept, revised_prompt=draft.revised_prompt, expires=draft.expires or ""
    )


def saved(draft: Draft, *, path: str, picture_format: str, size: int, sha256: str) -> Entry:
    """Make the entry that says that the picture lies whole at an absolute path; size in bytes, hash hexadecimal."""
    return Entry(draft, "saved", {"path": path, "format": picture_format, "bytes": size, "sha256": sha256})


def unsaved(draft: Draft, error: DraftError) -> Entry:
    """Make the entry that says why a picture that was paid for is not here yet."""
    return Entry(draft, "unsaved", {"error": asdict(error)})


def refused(draft: Draft, error: DraftError, *, blocked: bool) -> Entry:
    """Make the entry that says that the service refused, or was never reached: nothing is billed."""
    return Entry(draft, "blocked" if blocked else "failed", {"error": asdict(error)})


def unknown(draft: Draft, error: DraftError, kept: str | None) -> Entry:
    """Make the entry that says that a request went out and no usable answer came; `kept` is what did come."""
    return Entry(draft, "unknown", {"error": asdict(error), "kept": kept})


def forgotten(draft: Draft) -> Entry:
    """Make the entry that stays in place of a draft that is taken out, so that sums stay true."""
    return Entry(
        draft,
        "forgotten",
        {
            "created": draft.created,
            "origin": draft.key.origin,
            "model": draft.key.model,
            "status": draft.status,
            "cost_usd": draft.cost_usd,
        },
    )


def rated(draft: Draft, rating: int) -> Entry:
    """Make the entry that rates a draft, 0 to 5."""
    return Entry(draft, "rating", {"rating": rating})


def noted(draft: Draft, note: str) -> Entry:
    """Make the entry that notes something about a draft; empty takes the note away."""
    return Entry(draft, "note", {"note": note})


def tagged(draft: Draft, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Entry:
    """Make the entry that adds tags to a draft and takes tags away."""
    return Entry(draft, "tags", {"added": list(added), "removed": list(removed)})


def joined(draft: Draft, batch: str, row: int) -> Entry:
    """Make the entry that says that a row of another batch than the one that drew it asks for a draft."""
    return Entry(draft, "batch", {"batch": batch, "row": row})


def encode_text(text: str) -> bytes:
    """Return text as it stands inside a record's string, to search raw lines for."""
    return _json(text)[1:-1]


def is_id(text: object) -> bool:
    """Whether something can be the id of a draft."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def answer_name(request: str) -> str:
    """Return the name of the file in which an answer that could not be used, or not all of it, is kept.

    Args:
        request: id of the first draft of the request.
    """
    return f"{request}.answer"


def picture_name(draft_id: str) -> str:
    """Return the name of the file in which a picture is kept that came inside an answer."""
    return f"{draft_id}.picture"


def intent(draft: Draft) -> bytes:
    """Return the record that says what is about to be asked for."""
    key = draft.key
    target = draft.target.absolute()
    return encode(
        "intent",
        draft.id,
        draft.created,
        origin=key.origin,
        model=key.model,
        prompt=key.prompt,
        negative_prompt=key.negative_prompt,
        size=key.size,
        seed=key.seed,
        n=key.n,
        index=key.index,
        price=draft.price,
        target=list(target.parts),
        replace=target.replace,
        request=draft.request,
        run=draft.run,
        parent=draft.parent,
        batch=draft.batch,
        row=draft.row,
        tags=list(draft.tags),
    )


def intent_start(draft_id: str) -> bytes:
    """Return how the line of a draft's intent begins, as this program writes it."""
    return b'%b%b","kind":"intent",' % (_START, draft_id.encode())


def bare(line: bytes) -> bytes:
    """Return a line with its line feed, without a mark and whatever else may stand around a record."""
    return line.strip(_AROUND) + b"\n"


def is_late(line: bytes) -> bool:
    """Whether a line was written by another command than the one that drew."""
    return line.lstrip(b"\0").startswith(LATE)


def id_of(line: bytes) -> str | None:
    """Return the id of a line's record without reading the rest of it, where the line begins as ours do."""
    start = len(_START) + line.startswith(LATE)
    if line.startswith(_START, start - len(_START)):
        return line[start : line.find(b'"', start)].decode("ascii", "replace")
    try:
        record = decode(line)
    except DamagedLineError:
        return None
    return None if record is None else record.id


def plain_part(text: str) -> bytes:
    """Return the longest part of a text that stands in a line as it is, whichever program wrote it; perhaps empty."""
    return max(_PLAIN.findall(text), key=len, default="").encode()


def may_ask(line: bytes, prompts: Collection[bytes]) -> bool:
    """Whether a line may be an intent that asks for one of these prompts, each as `encode_text` returns it."""
    begin = line.find(b'"prompt":"')
    end = line.find(b'","negative_prompt":', begin)
    # Another program may have written it in another form, or with other escapes: then reading it tells.
    prompt = line[begin + len(b'"prompt":"') : end]
    return begin < 0 or end < 0 or b"\\" in prompt or prompt in prompts


def decode(line: bytes) -> Record | None:
    """Read a line.

    Returns:
        The record, or None for a blank line and for records of a later version or of a kind unknown here.

    Raises:
        DamagedLineError: where the line is no record.
    """
    text = line.strip(_AROUND)
    if not text:
        if b"\0" in line:
            raise DamagedLineError
        return None
    try:
        document = _read_json(text.decode())
    except (ValueError, RecursionError):
        raise DamagedLineError from None
    if not isinstance(document, dict):
        raise DamagedLineError
    version, draft_id, kind, at = document.get("v"), document.get("id"), document.get("kind"), document.get("at")
    if type(version) is not int or not isinstance(kind, str):
        raise DamagedLineError
    if version > VERSION or kind not in _KINDS:
        return None
    if not isinstance(draft_id, str) or not is_id(draft_id):
        raise DamagedLineError
    if not isinstance(at, str) or len(at) > 40 or unix_time(at) is None:
        raise DamagedLineError
    if kind == "intent" and not _asks(document):
        raise DamagedLineError
    return Record(draft_id, kind, at, document)


def end_of(answer: dict[str, Any]) -> str | None:
    """Return when what the fields of an answer tell of can no longer be had, as they say it; None where it is kept."""
    fields = _Fields(answer)
    return fields.text("expires") if fields.text("kept") is None else None


def readable(line: bytes) -> Record | None:
    """Return the record of a line, or None where `decode` finds none."""
    try:
        return decode(line)
    except DamagedLineError:
        return None


def knowledge(intent: Record) -> int:
    """Return how much an intent knows: of two, the one that knows more counts.

    Returns:
        2 where a run that drew the draft wrote it, 1 where it was made of what an export tells, 0 where a picture, or
        an export that tells no more than that.
    """
    fields = intent.fields
    origin = fields.get("origin")
    if origin != IMPORTED and not (origin == SANDBOX and fields.get("run") is None):
        return 2
    of_several = (fields.get("n"), fields.get("index")) != (1, 1)
    return int(of_several or any(fields.get(name) for name in _TOLD_BY_NO_PICTURE))


def _asks(fields: dict[str, Any]) -> bool:
    """Whether an intent says what is asked for, without which there is no draft."""
    return type(fields.get("seed")) is int and all(isinstance(fields.get(name), str) for name in _ASKED_TEXTS)


def fold(records: Sequence[Record], *, now: float) -> Draft | None:
    """Return the draft that its records make up.

    Args:
        records: all records of one id, in the order in which they were written.
        now: Unix time in seconds, against which URLs expire.

    Returns:
        None where no intent is among them.
    """
    intent = next((record for record in records if record.kind == "intent"), None)
    if intent is None:
        return None
    draft = _draft(intent)
    changes: _Change = {"tags": draft.tags, "also": draft.also}
    for record in sorted(records, key=_strength):
        changes |= _KINDS[record.kind](_Fields(record.fields), changes)
    draft = replace(draft, **changes)
    return replace(draft, status="expired") if draft.status == "pending" and draft.is_over(now) else draft


def orphan(records: Sequence[Record], *, now: float) -> Draft | None:
    """Return what is known of a draft that was paid for and has no intent that can be read.

    Args:
        records: all records of one id, in the order in which they were written.
        now: Unix time in seconds, against which URLs expire.

    Returns:
        None where they are not of such a draft.
    """
    kinds = {record.kind for record in records}
    if kinds.isdisjoint(PAID) or not kinds.isdisjoint(STANDING):
        return None
    told = next((record.fields for record in records if record.kind == "answer"), {})
    asked = {"model": UNKNOWN, "prompt": LOST_PROMPT, "size": UNKNOWN, "seed": 0}
    origin = told.get("origin")
    asked |= {"origin": origin if isinstance(origin, str) else UNKNOWN, "price": told.get("price")}
    return fold([Record(records[0].id, "intent", records[0].at, asked), *records], now=now)


def apply(draft: Draft, kind: str, fields: dict[str, Any]) -> Draft:
    """Return the draft as a record of that kind with those fields leaves it."""
    return replace(draft, **_KINDS[kind](_Fields(fields), {"tags": draft.tags, "also": draft.also}))


def _strength(record: Record) -> int:
    return _STRENGTHS[record.kind]


class _Fields:
    """Fields of a record, each read as the type it should be, or as nothing."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        value = self._fields.get(name)
        return value if isinstance(value, str) else None

    def integer(self, name: str) -> int | None:
        value = self._fields.get(name)
        return value if type(value) is int else None

    def rating(self) -> int | None:
        value = self.integer("rating")
        return value if value is not None and 0 <= value <= 5 else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def error(self) -> DraftError | None:
        value = self._fields.get("error")
        if not isinstance(value, dict):
            return None
        fields = _Fields(value)
        return DraftError(fields.integer("status"), fields.text("code"), fields.text("message") or "")


def _draft(record: Record) -> Draft:
    fields = _Fields(record.fields)
    origin, model, prompt, size = (record.fields[name] for name in _ASKED_TEXTS)
    key = Key(
        origin=same_base_url(origin),
        model=model,
        prompt=prompt,
        negative_prompt=fields.text("negative_prompt"),
        size=size,
        seed=record.fields["seed"],
        n=min(max(fields.integer("n") or 1, 1), MAX_IMAGES_PER_REQUEST),
        index=min(max(fields.integer("index") or 1, 1), MAX_IMAGES_PER_REQUEST),
    )
    return Draft(
        id=record.id,
        created=utc(record.at),
        key=key,
        price=credible_price(record.fields.get("price")) or 0.0,
        target=Target(fields.texts("target"), replace=record.fields.get("replace") is True),
        request=fields.text("request") or record.id,
        run=fields.text("run"),
        parent=fields.text("parent"),
        batch=fields.text("batch"),
        row=fields.integer("row"),
        tags=fields.texts("tags"),
        status="unknown",
    )


def utc(at: str) -> str:
    """Return a record's time as ours are written; another program may have given it another zone or form."""
    if _OUR_TIME.fullmatch(at):
        return at
    try:
        return timestamp(unix_time(at) or 0.0)
    except ValueError:  # beyond the years that there are, once it is UTC
        return timestamp(0.0)


_Change = dict[str, Any]
"""Fields of a draft that are no longer what they were."""


def _unknown(fields: _Fields, _: object) -> _Change:
    return {"status": "unknown", "error": fields.error(), "kept": fields.text("kept")}


def _failed(fields: _Fields, _: object) -> _Change:
    return {"status": "failed", "error": fields.error()}


def _blocked(fields: _Fields, _: object) -> _Change:
    return {"status": "blocked", "error": fields.error()}


def _answer(fields: _Fields, _: object) -> _Change:
    return {
        "status": "pending",
        "error": fields.error(),
        "url": fields.text("url"),
        "kept": fields.text("kept"),
        "expires": fields.text("expires"),
        "revised_prompt": fields.text("revised_prompt"),
    }


def _saved(fields: _Fields, _: object) -> _Change:
    return {
        "status": "saved",
        "error": None,
        "path": fields.text("path"),
        "format": fields.text("format"),
        "bytes": fields.integer("bytes"),
        "sha256": fields.text("sha256"),
    }


def _tags(fields: _Fields, before: _Change) -> _Change:
    removed = set(fields.texts("removed"))
    kept = [tag for tag in before["tags"] if tag not in removed]
    return {"tags": tuple(dict.fromkeys([*kept, *fields.texts("added")]))}


def _batch(fields: _Fields, before: _Change) -> _Change:
    batch = fields.text("batch")
    if batch is None:
        return {}
    also = dict(before["also"])
    also.setdefault(batch, fields.integer("row"))
    return {"also": tuple(also.items())}


# From the weakest to the strongest: each overrules what stands before it.
_KINDS: Final[dict[str, Callable[[_Fields, _Change], _Change]]] = {
    "intent": lambda _, __: {},
    "unknown": _unknown,
    "failed": _failed,
    "blocked": _blocked,
    "answer": _answer,
    "unsaved": lambda fields, _: {"error": fields.error()},
    "saved": _saved,
    "rating": lambda fields, _: {"rating": fields.rating()},
    "note": lambda fields, _: {"note": fields.text("note") or None},
    "tags": _tags,
    "batch": _batch,
    "forgotten": lambda _, __: {},
}
_STRENGTHS: Final = {kind: strength for strength, kind in enumerate(_KINDS)}
