"""How far a run is: a moving line on a terminal's stderr; elsewhere, for a long run, a plain line now and then."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar, cast

from seedream_cli.money import dollars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import IO

    from rich.progress import Progress as Bar

    from seedream_cli.terminal.console import Console

Item = TypeVar("Item")

_BETWEEN_LINES: Final = 10.0
"""Seconds between two plain lines."""


class Progress(Protocol):
    """Shows how far a run is."""

    def advance(self, cost: float) -> None:
        """Count one more draft as done; in USD, what all of them cost so far."""

    def aside(self) -> AbstractContextManager[None]:
        """Take the moving line away for as long as other text is written."""


@contextlib.contextmanager
def progress(console: Console, total: int, *, paced: bool = False) -> Iterator[Progress]:
    """Show progress for as long as this lasts, where it may be shown at all.

    Args:
        console: whose stderr is used.
        total: drafts to be drawn.
        paced: whether rate, cost so far and the time left are told: for runs that take long.
    """
    if not total or not (console.animated or paced):
        yield _Still()
    elif not console.animated:
        yield Plain(console, Pace(total))
    else:
        with _Moving(console, total, Pace(total) if paced else None) as moving:
            yield moving


def tracked(console: Console, items: Iterable[Item], total: int, name: str) -> Iterator[Item]:
    """Yield items as they come, and show how many came, where motion may be shown.

    Args:
        console: whose stderr is used.
        total: how many there will be.
        name: what they are, in a word.
    """
    if not console.animated:
        yield from items
        return
    with _bar(console, name) as bar:
        yield from bar.track(items, total)


class Pace:
    """How fast a run is.

    Args:
        total: drafts to be drawn.
        monotonic: returns seconds that never jump.
    """

    def __init__(self, total: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._monotonic = monotonic
        self._began = monotonic()

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return self._monotonic() - self._began

    def told(self, done: int, cost: float) -> str:
        """Return rate, cost so far and the time left.

        Args:
            done: drafts whose outcome is known.
            cost: USD so far.
        """
        seconds = self.seconds
        if not done or seconds <= 0:
            return f"{dollars(cost)} so far"
        rate = done / seconds
        speed = f"{rate:.1f} a second" if rate >= 1 else f"{rate * 60:.1f} a minute"
        left = max(self._total - done, 0)  # more than was planned at first may come to be drawn
        return f"{speed}, {dollars(cost)} so far, about {_span(left / rate)} left"


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


class _Still:
    def advance(self, cost: float) -> None:
        pass

    def aside(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class Plain:
    """A plain line now and then, as drafts are done."""

    def __init__(self, console: Console, pace: Pace, between: float = _BETWEEN_LINES) -> None:
        self._console = console
        self._pace = pace
        self._between = between
        self._done = 0
        self._next = between

    def advance(self, cost: float) -> None:
        """Count one more draft as done; in USD, what all of them cost so far."""
        self._done += 1
        if self._pace.seconds >= self._next:
            self._next = self._pace.seconds + self._between
            self._console.note(f"{self._done} done, {self._pace.told(self._done, cost)}")

    def aside(self) -> AbstractContextManager[None]:
        """Take nothing away: there is no moving line."""
        return contextlib.nullcontext()


class _Screen:
    """stderr, which is a terminal, for rich: where it goes away, what is written is given up as all other talk is."""

    def __init__(self, console: Console) -> None:
        self.encoding = sys.stderr.encoding
        self._console = console

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._console.paint(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: all that was written has left."""


def _bar(console: Console, name: str, *more: str) -> Bar:
    """Return rich's moving line, not started: a name, how far it is, the time, and what `more` says of its task."""
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    return Bar(
        SpinnerColumn(),
        TextColumn(name),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *map(TextColumn, more),
        console=RichConsole(file=cast("IO[str]", _Screen(console))),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


class _Moving:
    """rich's progress line; rich is imported by a thread of its own, so that drawing does not wait for it."""

    def __init__(self, console: Console, total: int, pace: Pace | None) -> None:
        self._console = console
        self._total = total
        self._pace = pace
        self._done = 0
        self._cost = 0.0
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

    def advance(self, cost: float) -> None:
        with self._lock:
            self._done += 1
            self._cost = cost
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done, pace=self._told())

    def _told(self) -> str:
        return "" if self._pace is None else self._pace.told(self._done, self._cost)

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
        bar = _bar(self._console, "drawing", *([] if self._pace is None else ["{task.fields[pace]}"]))
        with self._lock:
            if not self._over:
                self._bar = bar
                self._task = bar.add_task("", total=self._total, completed=self._done, pace=self._told())
                bar.start()
