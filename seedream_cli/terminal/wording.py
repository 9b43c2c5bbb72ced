"""Words that depend on numbers."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return so many of a thing: `1 draft`, `2 drafts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
