"""Histories made by hand: drafts by number, their records, and what a plain reading of every line makes of them."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedream_cli.drafts import Draft, Key, Target, timestamp
from seedream_cli.history import History, records

NOW = 1_795_000_000.0
"""2026-11-18T11:06:40Z."""

URL = "https://images.example/picture.png?X-Amz-Signature=5ecre7"
ORIGIN = "https://api.example/v1"
NOWHERE = Target((), replace=False)
"""Of drafts that were taken in: where their pictures come to lie is for this machine to say."""


def asked(number: int = 1, prompt: str = "a fox", *, origin: str = ORIGIN, **fields: Any) -> Draft:
    """A draft as it was planned; a field of its key or of its own may be another."""
    draft_id = fields.pop("id", f"draft{number:07d}")
    of_key = {name: fields.pop(name) for name in Key.__slots__ if name in fields}
    key = replace(Key(origin, "seedream-v5lite", prompt, None, "1024x1024", number, 1, 1), **of_key)
    target = Target((f"/pictures/{draft_id}.", ""), replace=False)
    created = timestamp(NOW - 86400 + number)
    return replace(Draft(draft_id, created, key, 0.012, target, draft_id), **fields)


def answer(draft: Draft, url: str | None = URL, revised: str | None = None, *, left: float = 3600) -> records.Entry:
    """Where a draft's picture is, for so many seconds from `NOW` on."""
    return records.answered(draft, url=url, kept=None, revised_prompt=revised, expires=timestamp(NOW + left))


def saved(draft: Draft, path: Path | str | None = None, sha256: str = "0" * 64, size: int = 100) -> records.Entry:
    """Where it lies."""
    place = str(path or f"/pictures/{draft.id}.png")
    return records.saved(draft, path=place, picture_format="png", size=size, sha256=sha256)


def line(entry: records.Entry, *, late: bool = False, at: float = NOW) -> bytes:
    """A record as a line."""
    return entry.encode(timestamp(at), late=late)


def story(draft: Draft, path: Path | str | None = None, *, revised: str | None = None) -> bytes:
    """The three lines of a draft that was asked for, answered and saved."""
    return records.intent(draft) + line(answer(draft, revised=revised)) + line(saved(draft, path))


def in_another_form(lines: bytes) -> bytes:
    """The same records as Python's `json.dumps` would write them: with spaces, everything but ASCII escaped."""
    return b"".join(json.dumps(json.loads(each)).encode() + b"\n" for each in lines.splitlines())


def write(path: Path, *lines: bytes) -> Path:
    """Make a history of these bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    path.chmod(0o600)
    return path


def history(path: Path, now: float = NOW) -> History:
    """The history there, at a time that stands still."""
    return History(path, lambda: now)


def naive(data: bytes, now: float = NOW) -> dict[str, Draft]:
    """All drafts of a history by id, the newest intent last, made of every line that is a record."""
    groups: dict[str, list[records.Record]] = {}
    for each in decoded(data.split(b"\n")):
        groups.setdefault(each.id, []).append(each)
        if each.kind == "intent":
            groups[each.id] = groups.pop(each.id)
    folded = (records.fold(group, now=now) for group in groups.values())
    return {draft.id: draft for draft in folded if draft is not None}


def decoded(lines: Iterable[bytes]) -> Iterable[records.Record]:
    """The records among some lines."""
    for each in lines:
        try:
            record = records.decode(each)
        except records.DamagedLineError:
            continue
        if record is not None:
            yield record
