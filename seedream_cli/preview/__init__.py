"""Thumbnails of drafts on the terminal, side by side, each with its id and seed; nothing anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.terminal.console import Console


class Preview(Protocol):
    """Shows drafts when they have been drawn."""

    def add(self, draft: Draft) -> None:
        """Take a saved draft; it is made small at once, while others are still being drawn."""

    def show(self, order: Sequence[Draft]) -> None:
        """Show those that were taken, as far as they fit the screen, in this order."""


def open_preview(console: Console, environment: Mapping[str, str], drafts: Sequence[Draft], *, wanted: bool) -> Preview:
    """Return what shows drafts on the terminal that stderr is, where it is one on which they can be shown.

    Args:
        console: to write to.
        environment: variables, by which a terminal is known.
        drafts: that are expected.
        wanted: whether the user wants to see them.

    Raises:
        InputError: where the environment names no way to show them.
    """
    if not wanted or not drafts or console.screen is None:
        return _Blind()
    from seedream_cli.preview.showing import open_screen

    return open_screen(console, environment, drafts) or _Blind()


class _Blind:
    def add(self, draft: Draft) -> None:
        pass

    def show(self, order: Sequence[Draft]) -> None:
        pass
