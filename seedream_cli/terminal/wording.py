"""Words that depend on numbers."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return so many of a thing: `1 draft`, `2 drafts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def hours(seconds: float) -> str:
    """Return a span as hours, or minutes where it is less than two hours."""
    return f"{seconds / 3600:.0f} h" if seconds >= 7200 else f"{max(seconds, 0) / 60:.0f} min"
