"""A moving line on a terminal's stderr while drafts are being drawn; nothing anywhere else."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from seedream_cli.console import Console


class Progress(Protocol):
    """Shows how far a run is."""

    def advance(self) -> None:
        """Count one more draft as done."""

    def aside(self) -> AbstractContextManager[None]:
        """Take the moving line away for as long as other text is written."""


@contextlib.contextmanager
def progress(console: Console, total: int) -> Iterator[Progress]:
    """Show progress for as long as this lasts, where motion may be shown at all.

    Args:
        console: whose stderr is used.
        total: drafts to be drawn.
    """
    if not console.animated or not total:
        yield _Still()
        return
    with _Moving(total) as moving:
        yield moving


class _Still:
    def advance(self) -> None:
        pass

    def aside(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class _Moving:
    """rich's progress line; rich is imported by a thread of its own, so that drawing does not wait for it."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._over = False
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._appear, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def advance(self) -> None:
        with self._lock:
            self._done += 1
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        with self._lock:
            if self._bar is None:
                yield
                return
            self._bar.stop()
            try:
                yield
            finally:
                self._bar.start()

    def _appear(self) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        bar = Bar(
            SpinnerColumn(),
            TextColumn("drawing"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=RichConsole(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._lock:
            if not self._over:
                self._bar = bar
                self._task = bar.add_task("", total=self._total, completed=self._done)
                bar.start()
