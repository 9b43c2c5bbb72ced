"""Drafts laid out: tables and trees that fit the terminal, one draft in full, tab-separated lines for `cut`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import STATUSES, unix_time
from seedream_cli.money import dollars
from seedream_cli.safetext import shorten, visible, visible_lines
from seedream_cli.terminal.cells import cells, cut, folded, padded
from seedream_cli.terminal.wording import hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seedream_cli.drafts import Draft

_COLOURS: Final = {
    "saved": "32",
    "pending": "33",
    "expired": "31",
    "unknown": "33",
    "blocked": "31",
    "failed": "31",
}
"""How a terminal is told to write a status: green, yellow, red."""

_BOLD: Final = "1"

_COLUMNS: Final = ("created", "id", "status", "model", "size", "seed", "★", "cost", "from", "prompt")
_WANTED: Final = ("seed", "★", "model", "size", "cost", "from", "created")
"""Columns beside id, status and prompt, in the order in which they get what room there is."""

_WIDEST: Final = {"created": 16, "id": 16, "status": 18, "model": 16, "size": 11, "seed": 10, "cost": 8, "from": 16}
"""Cells; what is wider is cut, since a history may hold anything."""

_SHORTEST_PROMPT: Final = 16
"""Cells that other columns leave to the prompt."""

_SHORTEST_ID: Final = 7
"""Characters of an id that a status leaves, enough to name a draft."""

_SCRAP: Final = 6
"""Cells that a status in full leaves to the prompt; where there are fewer, it is shortened."""

_LONGEST_STATUS: Final = max(map(len, STATUSES))

_RAILS: Final = {"": "", "├─ ": "│  ", "└─ ": "   "}
_GAP: Final = 2
_LABEL: Final = 10
"""Cells in front of the facts of one draft."""

_LOOKED_AT: Final = 1000
"""Characters of a prompt of which a line shows what fits."""


def tabbed(draft: Draft) -> str:
    """Return a draft as one tab-separated line; new columns come at the end."""
    columns = (
        draft.id,
        draft.created,
        draft.status,
        draft.key.model,
        draft.key.size,
        draft.key.seed,
        "" if draft.rating is None else draft.rating,
        f"{draft.cost_usd:g}",
        draft.path or "",
        draft.key.prompt,
        "sandbox" if draft.sandbox else "",
    )
    return "\t".join(visible(str(column)) for column in columns)


def table(drafts: Sequence[Draft], *, now: float, width: int, coloured: bool = False) -> Iterator[str]:
    """Yield drafts as the lines of a table, its head first.

    Args:
        drafts: a row each.
        now: Unix time in seconds, from which the time left to pending pictures is counted.
        width: cells of the terminal.
        coloured: whether the head is bold and a status has a colour.
    """
    rows = [_row(draft, now) for draft in drafts]
    widths = _widths(rows, width)
    if widths.get("prompt", 0) < _SCRAP:
        rows = [row | {"status": _brief(draft)} for draft, row in zip(drafts, rows, strict=True)]
        widths = _widths(rows, width)
    yield _line(dict(zip(widths, widths, strict=True)), widths, dict.fromkeys(widths, _BOLD) if coloured else {})
    for draft, row in zip(drafts, rows, strict=True):
        yield _line(row, widths, {"status": _COLOURS.get(draft.status, _BOLD)} if coloured else {})


def _row(draft: Draft, now: float) -> dict[str, str]:
    row = {
        "created": _local(draft.created),
        "id": draft.id,
        "status": _status(draft, now),
        "model": draft.key.model.removeprefix("seedream-"),
        "size": draft.key.size,
        "seed": str(draft.key.seed),
        "★": "" if draft.rating is None else str(draft.rating),
        "cost": dollars(draft.cost_usd),
        "from": draft.parent or "",
        "prompt": draft.key.prompt[:_LOOKED_AT],
    }
    return {name: visible(text) for name, text in row.items()}


def _widths(rows: Sequence[dict[str, str]], width: int) -> dict[str, int]:
    """Return which columns a table has, in order, and how wide they are."""
    full = {name: max([cells(name), *(cells(row[name]) for row in rows)]) for name in _WIDEST}
    full = {name: min(cells, _WIDEST[name]) for name, cells in full.items()} | {"★": 1}
    room = width - min(full["id"], _SHORTEST_ID) - _GAP
    chosen = {"status": min(full["status"], room)} if room > 0 else {}
    left = width - sum(cells + _GAP for cells in chosen.values())
    chosen["id"] = min(full["id"], left)
    left -= chosen["id"] + _GAP
    for name in _WANTED:
        if name in {"★", "from"} and not any(row[name] for row in rows):
            continue
        if left - full[name] - _GAP < _SHORTEST_PROMPT:
            break
        chosen[name] = full[name]
        left -= full[name] + _GAP
    if left > 0:
        chosen["prompt"] = left
    return {name: chosen[name] for name in _COLUMNS if name in chosen}


def _line(row: dict[str, str], widths: dict[str, int], codes: dict[str, str]) -> str:
    written = []
    for name, width in widths.items():
        # The beginning of an id can be typed as it stands there.
        text = row[name][:width] if name == "id" else cut(row[name], width)
        if name != next(reversed(widths)):
            text = padded(text, width)
        written.append(f"\x1b[{codes[name]}m{text}\x1b[0m" if name in codes else text)
    return (" " * _GAP).join(written).rstrip()


def _local(created: str) -> str:
    try:
        return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # the ends of time, seen from here
        return created


def _status(draft: Draft, now: float) -> str:
    if draft.sandbox:
        return f"{draft.status} (sandbox)"
    expires = unix_time(draft.expires or "")
    if draft.status == "pending" and expires is not None and draft.kept is None:
        return f"pending, {hours(expires - now)} left"
    return draft.status


def _brief(draft: Draft) -> str:
    """Return a status in a few cells, marked all the same where the sandbox drew."""
    status = cut(visible(draft.status), _LONGEST_STATUS)
    return f"{status} (s)" if draft.sandbox else status


def details(draft: Draft, *, now: float) -> list[tuple[str, str]]:
    """Return all that is known of one draft, a name and a text a fact; texts as they were written, line feeds and all.

    Args:
        now: Unix time in seconds, from which the time left to a pending picture is counted.
    """
    key = draft.key
    facts = {
        "id": draft.id,
        "status": f"{draft.status} (sandbox: a stand-in, not the model's)" if draft.sandbox else _status(draft, now),
        "created": draft.created,
        "model": key.model,
        "size": key.size,
        "seed": str(key.seed),
        "picture": f"{key.index} of {key.n}" if key.n > 1 else None,
        "prompt": key.prompt,
        "negative": key.negative_prompt,
        "revised": draft.revised_prompt,
        "path": draft.path,
        "format": draft.format,
        "bytes": None if draft.bytes is None else str(draft.bytes),
        "sha256": draft.sha256,
        "expires": draft.expires if draft.status in {"pending", "expired"} and draft.kept is None else None,
        "cost": f"{dollars(draft.cost_usd)} (estimate)",
        "parent": draft.parent,
        "batch": draft.batch,
        "tags": ", ".join(draft.tags) or None,
        "rating": None if draft.rating is None else str(draft.rating),
        "note": draft.note,
        "error": draft.error.message if draft.error else None,
    }
    return [(name, visible_lines(value)) for name, value in facts.items() if value is not None]


def labelled(facts: Sequence[tuple[str, str]], width: int | None) -> Iterator[str]:
    """Yield facts as lines, their names in front.

    Args:
        facts: names, and texts of one line or more, made safe already.
        width: cells of the terminal, or None where lines may be as long as they are.
    """
    margin = " " * _LABEL
    for name, text in facts:
        first, *rest = text.split("\n")
        for line in (f"{name:<{_LABEL - 1}} {first}", *(margin + line for line in rest)):
            yield from [line] if width is None else folded(line, width, margin)


def tree(
    family: Sequence[Draft], marked: str, change: Callable[[Draft, Draft], str], *, deepest: int
) -> Iterator[tuple[str, str, str]]:
    """Yield a family of drafts as a tree: what stands in front of each, what in front of its further lines, its text.

    Args:
        family: the oldest first.
        marked: id of the draft that was asked about.
        change: tells what a child changed in its parent.
        deepest: cells; what lies deeper is not set in further. (Thousands of reruns in a row would fill gigabytes.)
    """
    by_id = {draft.id: draft for draft in family}
    children: dict[str, list[Draft]] = {}
    for draft in family:
        children.setdefault(draft.parent or "", []).append(draft)
    first = [draft for draft in family if draft.parent not in by_id]
    told: set[str] = set()
    # What no root leads to stands in a circle, which no tool of ours makes; it is cut where it is met.
    for root in [*first, *family]:
        # Not recursive: a line of reruns may be longer than Python's stack.
        waiting = [(root, "", "")]
        while waiting:
            draft, indent, branch = waiting.pop()
            if draft.id in told:
                continue
            told.add(draft.id)
            parent = by_id.get(draft.parent or "")
            what = change(parent, draft) if parent else shorten(draft.key.prompt, 200)
            below = [child for child in children.get(draft.id, []) if child.id not in told]
            deeper = (indent + _RAILS[branch])[:deepest]
            yield indent + branch, deeper + ("│  " if below else "   "), visible(f"{_leaf(draft, marked)}  {what}")
            for position, child in enumerate(reversed(below)):
                waiting.append((child, deeper, "├─ " if position else "└─ "))


def _leaf(draft: Draft, marked: str) -> str:
    stars = "" if draft.rating is None else f"  rated {draft.rating}"
    mark = "*" if draft.id == marked else ""
    place = "sandbox" if draft.sandbox else dollars(draft.cost_usd)
    model = draft.key.model.removeprefix("seedream-")
    return f"{draft.id}{mark}  {draft.status}  {model}  seed {draft.key.seed}{stars}  {place}"
