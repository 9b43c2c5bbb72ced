"""Lines of `history export`, read back as records: drafts with their marks, as far as an export tells them.

No URL is in an export and no time of a mark, and where a draft was asked for it says only of the sandbox. So what is
paid for and not saved cannot be fetched by it, and what it says never changes a draft that is known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drafts import IMPORTED, SANDBOX
from seedream_cli.history import records

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANSWERED: Final = ("answer", ("expires", "revised_prompt"))
_OUTCOMES: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "saved": (_ANSWERED, ("saved", ("path", "format", "bytes", "sha256"))),
    "pending": (_ANSWERED, ("unsaved", ("error",))),
    "expired": (_ANSWERED, ("unsaved", ("error",))),
    "unknown": (("unknown", ("error",)),),
    "blocked": (("blocked", ("error",)),),
    "failed": (("failed", ("error",)),),
}
"""By status: the records that say so, and what each takes from an exported draft."""


def as_records(line: bytes) -> list[bytes]:
    """Return the lines of the history that an exported draft stands for, always the same; none for any other line."""
    # Most lines that are read here are records, which begin with their version.
    if b'"status"' not in line or line.lstrip().startswith(b'{"v"'):
        return []
    try:
        draft = json.loads(line)
        made = [records.encode_fields(_intent(draft)), *_rest(draft)] if _is_exported(draft) else []
        return made if made and records.decode(made[0]) else []
    except (ValueError, RecursionError):  # a damaged line among them
        return []


def _is_exported(draft: object) -> bool:
    if not isinstance(draft, dict) or "kind" in draft:
        return False
    return isinstance(draft.get("status"), str) and draft["status"] in _OUTCOMES


# What follows is as hostile as the file: whoever reads a record believes none of its fields.


def _intent(draft: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that names no file of this machine to be written or replaced."""
    return {
        **_head(draft, "intent"),
        "origin": SANDBOX if draft.get("sandbox") is True else IMPORTED,
        **_taken(draft, "model", "prompt", "negative_prompt", "size", "seed", "n", "index"),
        "price": draft.get("cost_usd"),
        "target": [],
        "replace": False,
        "request": draft.get("id"),
        "run": None,
        **_taken(draft, "parent", "batch", "row", "tags"),
    }


def _rest(draft: dict[str, Any]) -> Iterator[bytes]:
    for kind, names in _OUTCOMES[draft["status"]]:
        where = {"url": None, "kept": None} if kind == "answer" else {}
        yield records.encode_fields({**_head(draft, kind), **where, **_taken(draft, *names)})
    for mark in ("rating", "note"):
        if draft.get(mark) is not None:
            yield records.LATE + records.encode_fields({**_head(draft, mark), **_taken(draft, mark)})
    batches = draft.get("batches")
    for batch in batches if isinstance(batches, list) else ():
        if batch != draft.get("batch"):
            yield records.LATE + records.encode_fields({**_head(draft, "batch"), "batch": batch, "row": None})


def _head(draft: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"v": records.VERSION, "id": draft.get("id"), "kind": kind, "at": draft.get("created")}


def _taken(draft: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: draft.get(name) for name in names}
