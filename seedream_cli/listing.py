"""Drafts laid out for people and for `cut`: tables that fit the terminal, tab-separated lines, one draft in full."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import unix_time
from seedream_cli.money import dollars
from seedream_cli.safetext import shorten, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedream_cli.drafts import Draft

_STYLES: Final = {
    "saved": "green",
    "pending": "yellow",
    "expired": "red",
    "unknown": "yellow",
    "blocked": "red",
    "failed": "red",
}
_LAYOUTS: Final = (
    (120, ("created", "id", "status", "model", "size", "seed", "★", "cost", "prompt")),
    (90, ("id", "status", "model", "size", "seed", "★", "prompt")),
    (60, ("id", "status", "seed", "prompt")),
    (0, ("id", "prompt")),
)
"""Columns by the least width of the terminal, in cells, at which they are shown."""

_WIDEST: Final = {"id": 16, "status": 18, "model": 16, "size": 11, "seed": 10, "cost": 8}
"""Cells; what is wider is cut, since a history may hold anything."""

_DEEPEST: Final = 60
"""Cells; what lies deeper in a tree is not set in further, or a line of thousands of reruns would fill gigabytes."""


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


def table(drafts: Sequence[Draft], *, now: float) -> str:
    """Return drafts as a table as wide as the terminal, with its line feeds.

    Args:
        drafts: a row each.
        now: Unix time in seconds, from which the time left to pending pictures is counted.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    columns = next(columns for least, columns in _LAYOUTS if width >= least)
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    for name in columns:
        ratio = 1 if name == "prompt" else None
        made.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio, max_width=_WIDEST.get(name))
    for draft in drafts:
        cells = _cells(draft, now)
        made.add_row(*(Text(visible(cells[name]), style=_style(draft, name)) for name in columns))
    out = io.StringIO()
    # The height too: without it, rich takes a dumb terminal to be 80 wide.
    Console(file=out, width=width, height=len(drafts) + 2, force_terminal=True, highlight=False).print(made)
    return out.getvalue()


def _cells(draft: Draft, now: float) -> dict[str, str]:
    return {
        "created": draft.created[:16].replace("T", " "),
        "id": draft.id,
        "status": _status(draft, now),
        "model": draft.key.model.removeprefix("seedream-"),
        "size": draft.key.size,
        "seed": str(draft.key.seed),
        "★": "" if draft.rating is None else str(draft.rating),
        "cost": dollars(draft.cost_usd),
        "prompt": shorten(draft.key.prompt, 300),
    }


def _status(draft: Draft, now: float) -> str:
    if draft.sandbox:
        return f"{draft.status} (sandbox)"
    expires = unix_time(draft.expires or "")
    if draft.status == "pending" and expires is not None:
        return f"pending, {hours(expires - now)} left"
    return draft.status


def hours(seconds: float) -> str:
    """Return a span as hours, or minutes where it is less than two hours."""
    return f"{seconds / 3600:.0f} h" if seconds >= 7200 else f"{max(seconds, 0) / 60:.0f} min"


def _style(draft: Draft, column: str) -> str:
    return _STYLES.get(draft.status, "") if column == "status" else ""


def details(draft: Draft) -> str:
    """Return all that is known of one draft, a line a fact, the prompt as it was written."""
    key = draft.key
    count = f"{key.index} of {key.n}" if key.n > 1 else None
    error = draft.error.message if draft.error else None
    facts = {
        "id": draft.id,
        "status": f"{draft.status} (sandbox: a stand-in, not the model's)" if draft.sandbox else draft.status,
        "created": draft.created,
        "model": key.model,
        "size": key.size,
        "seed": str(key.seed),
        "picture": count,
        "prompt": key.prompt,
        "negative": key.negative_prompt,
        "revised": draft.revised_prompt,
        "path": draft.path,
        "format": draft.format,
        "bytes": None if draft.bytes is None else str(draft.bytes),
        "sha256": draft.sha256,
        "expires": draft.expires if draft.status in {"pending", "expired"} else None,
        "cost": f"{dollars(draft.cost_usd)} (estimate)",
        "parent": draft.parent,
        "batch": draft.batch,
        "tags": ", ".join(draft.tags) or None,
        "rating": None if draft.rating is None else str(draft.rating),
        "note": draft.note,
        "error": error,
    }
    lines = []
    for name, value in facts.items():
        if value is not None:
            first, *rest = visible_lines(value).split("\n")
            lines += [f"{name:<9} {first}", *(f"{'':<9} {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def tree_lines(family: Sequence[Draft], marked: str, change: Callable[[Draft, Draft], str]) -> list[str]:
    """Return a family of drafts as a tree, a line each.

    Args:
        family: the oldest first.
        marked: id of the draft that was asked about.
        change: tells what a child changed in its parent.
    """
    by_id = {draft.id: draft for draft in family}
    children: dict[str, list[Draft]] = {}
    for draft in family:
        children.setdefault(draft.parent or "", []).append(draft)
    first = [draft for draft in family if draft.parent not in by_id]
    lines: list[str] = []
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
            lines.append(visible(f"{indent}{branch}{_leaf(draft, marked)}  {what}"))
            deeper = (indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch])[:_DEEPEST]
            below = [child for child in children.get(draft.id, []) if child.id not in told]
            for position, child in enumerate(reversed(below)):
                waiting.append((child, deeper, "├─ " if position else "└─ "))
    return lines


def fitted(line: str) -> str:
    """Return a line cut to the width of the terminal."""
    from rich.cells import cell_len, set_cell_size

    width = shutil.get_terminal_size().columns
    return line if cell_len(line) <= width else set_cell_size(line, width - 1) + "…"


def padded(text: str, width: int) -> str:
    """Return text with spaces behind it up to so many cells of a terminal."""
    return text + " " * (width - cells(text))


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _leaf(draft: Draft, marked: str) -> str:
    stars = "" if draft.rating is None else f"  rated {draft.rating}"
    mark = "*" if draft.id == marked else ""
    place = "sandbox" if draft.sandbox else dollars(draft.cost_usd)
    model = draft.key.model.removeprefix("seedream-")
    return f"{draft.id}{mark}  {draft.status}  {model}  seed {draft.key.seed}{stars}  {place}"
