"""What people see of drafts as they are saved: thumbnails on the terminal, pictures in the system's viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.preview import open_preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.context import Context
    from seedream_cli.drafts import Draft
    from seedream_cli.options.draw import RunOptions

_MOST_OPENED: Final = 10
"""Pictures that are opened at once: no desktop wants a hundred windows."""


class Viewing:
    """Takes saved drafts while a command draws, and lets them be seen in its end.

    Args:
        context: whose terminal and desktop they are seen on.
        options: say whether they are to be.
        expected: drafts of which some will be saved.

    Raises:
        InputError: where the environment names no way to show pictures.
    """

    def __init__(self, context: Context, options: RunOptions, expected: Sequence[Draft]) -> None:
        self._context = context
        self._preview = open_preview(context.console, context.environment, expected, wanted=options.preview)
        self._opens = options.open
        self._paths: dict[str, str] = {}

    def saved(self, draft: Draft) -> None:
        """Take a draft whose picture lies at its path."""
        self._preview.add(draft)
        if self._opens and draft.path is not None:
            self._paths[draft.id] = draft.path

    def end(self, order: Sequence[Draft]) -> None:
        """Let those that were taken be seen, in this order; not where the process is to end at once."""
        if self._context.hurried:
            return
        self._preview.show(order)
        paths = [self._paths[draft.id] for draft in order if draft.id in self._paths]
        if paths:
            self._open(paths)

    def _open(self, paths: Sequence[str]) -> None:
        from seedream_cli.terminal.opening import open_file
        from seedream_cli.thumbnails import in_order

        console = self._context.console
        environment = self._context.environment
        with in_order(lambda path: open_file(path, environment), paths[:_MOST_OPENED]) as attempts:
            opened = list(attempts)
        if not all(opened):
            console.warn(f"no viewer could be opened for {opened.count(False)} of {len(opened)} pictures")
        if len(paths) > len(opened):
            console.note(f"{len(opened)} pictures opened, {len(paths) - len(opened)} not: seedream gallery shows all")
