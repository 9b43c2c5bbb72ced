"""What a drawing command tells: paths or JSON on stdout as drafts land, talk on stderr, one status in the end."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drafts import STATUSES, DraftError
from seedream_cli.drawing.hints import NAMED, fetch_hint, hint_for
from seedream_cli.errors import APIConnectionError, SeedreamError
from seedream_cli.exits import ExitStatus, combine
from seedream_cli.money import dollars, estimate
from seedream_cli.terminal.interrupts import Terminated, told_as_such
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seedream_cli.api.headers import Quota
    from seedream_cli.drafts import Draft, Status
    from seedream_cli.pipeline.events import Outcome, Surplus, Waiting
    from seedream_cli.terminal.console import Console
    from seedream_cli.terminal.progress import Progress

_STATUS_EXITS: Final[dict[Status, ExitStatus]] = {
    "saved": ExitStatus.OK,
    "pending": ExitStatus.UNSAVED,
    "expired": ExitStatus.UNSAVED,
    "unknown": ExitStatus.UNKNOWN,
    "blocked": ExitStatus.BLOCKED,
}
_WORDS: Final[dict[Status, str]] = {
    "pending": "paid for, not saved yet",
    "unknown": "outcome unknown, perhaps billed",
}

_NOT_SENT: Final = DraftError(None, "not_sent", "not sent: the run ended before")

_SHORT_WAIT: Final = 6.0
"""Seconds: no wait for a service that cannot be reached is longer than that before a single prompt is given up."""


class Report:
    """Collects what happens in one command and tells it.

    Args:
        console: to write to.
        progress: the moving line, to be moved aside.
        as_json: one JSON object a draft instead of paths.
        end: what ends a path.
        unasked: ids of drafts that are not named on stdout.
        run: the one that this command paid for, or None: what others paid for costs nothing now.
        saved: told of each draft whose picture is there, as it is at its path.
    """

    def __init__(
        self,
        console: Console,
        progress: Progress,
        *,
        as_json: bool,
        end: str,
        unasked: frozenset[str] = frozenset(),
        run: str | None = None,
        saved: Callable[[Draft], None] | None = None,
    ) -> None:
        self._console = console
        self._progress = progress
        self._as_json = as_json
        self._end = end
        self._unasked = unasked
        self._run = run
        self._saved = saved
        self._waited = 0.0
        self._statuses: set[ExitStatus] = set()
        self._counts: Counter[Status] = Counter()
        self._told: set[str] = set()
        self._cost = 0.0
        self._failures: dict[tuple[str, Status], tuple[SeedreamError, list[Draft]]] = {}
        self._began = time.monotonic()

    def has_told(self, draft: Draft) -> bool:
        """Whether the draft's outcome has been told."""
        return draft.id in self._told

    def given_back(self, draft: Draft, path: str, notices: Sequence[str] = ()) -> None:
        """Tell of a draft that was there already, of its path now, and of what the user should know about that."""
        self._count_saved(draft)
        self._hand_on(draft)
        with self._progress.aside():
            self._data(draft, path)
            self._warn_of(path, notices)

    def was_there(self, draft: Draft) -> None:
        """Tell of a draft that was there already, where nothing is done about it: no path is told."""
        self._count_saved(draft)
        self._data(draft, None)

    def _warn_of(self, path: str | None, notices: Sequence[str]) -> None:
        for notice in notices:
            self._console.warn(f"{path}: {notice}")

    def _count_saved(self, draft: Draft) -> None:
        self._statuses.add(ExitStatus.OK)
        self._counts["saved"] += 1
        self._told.add(draft.id)

    def _hand_on(self, draft: Draft) -> None:
        if self._saved is not None and draft.status == "saved":
            self._saved(draft)

    def outcome(self, outcome: Outcome) -> None:
        """Tell what became of a draft."""
        draft, error = outcome.draft, outcome.error
        if self.has_told(draft):  # a run that is abandoned may meet the end of a draft twice
            return
        failed = error.exit_status if error else ExitStatus.BUG
        self._statuses.add(_STATUS_EXITS.get(draft.status, failed))
        self._told.add(draft.id)
        self._waited = 0.0
        self._counts[draft.status] += 1
        self._cost += draft.cost_usd if draft.run == self._run else 0.0
        if error is not None:
            self._failures.setdefault((error.message, draft.status), (error, []))[1].append(draft)
        self._progress.advance(self._cost)
        self._hand_on(draft)
        with self._progress.aside():
            self._data(draft, outcome.path)
            self._warn_of(outcome.path, outcome.notices)

    def waiting(self, event: Waiting) -> None:
        """Tell that a request will be sent again."""
        # Requests that stand side by side before a service that is not there say so once for all of them.
        alike = isinstance(event.error, APIConnectionError) and event.seconds < _SHORT_WAIT
        if alike and event.seconds < 1.5 * self._waited:
            return
        self._waited = event.seconds if alike else 0.0
        with self._progress.aside():
            self._console.note(f"{event.error.message}; nothing was billed, trying again in {event.seconds:.1f} s")

    def quota(self, quota: Quota) -> None:
        """Tell what the service says is left, to those who want to know."""
        told = {
            "on the key": quota.credits_usd,
            "for the organisation": quota.organisation_usd,
            "in the spend bucket": quota.remaining_usd,
        }
        left = ", ".join(f"{dollars(usd)} {where}" for where, usd in told.items() if usd is not None)
        if left and self._console.verbose:
            with self._progress.aside():
                self._console.detail(f"quota: {left}")

    def surplus(self, event: Surplus) -> None:
        """Tell that an answer held more than was asked for: those pictures were perhaps paid for, too."""
        where = "could not be kept" if event.kept is None else f"is kept: {event.kept}"
        with self._progress.aside():
            self._console.warn(
                f"{counted(event.items, 'picture')} more than asked for came with {event.draft.id}, perhaps billed; "
                f"the answer {where}"
            )

    def trouble(self, error: SeedreamError) -> None:
        """Tell of something that went wrong beside the drafts."""
        self._statuses.add(error.exit_status)
        with self._progress.aside():
            self._console.error(error)

    def say(self, text: str) -> None:
        """Tell something in between."""
        with self._progress.aside():
            self._console.say(text)

    def warn(self, text: str) -> None:
        """Tell something in between that the user should act on, unless quiet."""
        with self._progress.aside():
            self._console.warn(text)

    @contextlib.contextmanager
    def ended_early(self) -> Iterator[None]:
        """Take note of what ends this early, so that what was told until then is told to its end.

        Raises:
            SeedreamError: where nothing was told yet.
        """
        try:
            with told_as_such():
                yield
        except KeyboardInterrupt:
            self.stopped(ExitStatus.INTERRUPTED)
        except Terminated:
            self.stopped(ExitStatus.TERMINATED)
        except SeedreamError as error:
            if not self._told:
                raise
            self.trouble(error)

    def stopped(self, status: ExitStatus) -> None:
        """Note that the run was ended early."""
        self._statuses.add(status)

    def unsaved(self, draft: Draft) -> None:
        """Tell of a draft that was paid for, and that this command leaves as it is."""
        self._statuses.add(_STATUS_EXITS[draft.status])
        self._counts[draft.status] += 1
        self._told.add(draft.id)
        self._data(draft, None)

    def finish(self, drafts: Sequence[Draft]) -> ExitStatus:
        """Tell the failures, what was not come to, and the sum, and return the command's status.

        Args:
            drafts: all that the command was about, as they stood when they were planned.
        """
        left = [draft for draft in drafts if not self.has_told(draft)]
        for error, alike in self._failures.values():
            self._console.say(f"seedream: error: {error.message} ({_which(alike)})")
            self._console.say(f"hint: {self._hint(alike, error)}")
        untouched = self._tell_left(left)
        seconds = time.monotonic() - self._began
        self._console.note(f"{self._sum(untouched)}; {seconds:.1f} s")
        return combine(self._statuses | self._console.statuses, any_saved=self._counts["saved"] > 0)

    def _hint(self, drafts: Sequence[Draft], error: SeedreamError) -> str:
        """Return what helps drafts that ended alike."""
        return hint_for(drafts, error)

    def _tell_left(self, left: Sequence[Draft]) -> dict[str, int]:
        """Tell of drafts that the command did not come to; return how many it owes its user, by what it owes."""
        unsent = [draft for draft in left if draft.status == "planned"]
        uncopied = [draft for draft in left if draft.status == "saved"]
        unfetched = [draft for draft in left if draft.status not in {"planned", "saved"}]
        for draft in uncopied:
            self._data(draft, None)
        for draft in unfetched:
            self.unsaved(draft)
        for draft in unsent:
            self._data(replace(draft, status="failed", error=_NOT_SENT), None)
        if unfetched:
            self._console.say(f"seedream: error: paid for, and not fetched yet ({_which(unfetched)})")
            self._console.say(f"hint: {fetch_hint(unfetched)}")
        counts = {"not copied": len(uncopied), "not sent": len(unsent)}
        return {what: count for what, count in counts.items() if count}

    def _sum(self, untouched: Mapping[str, int]) -> str:
        """Return how many drafts came to what, and what that cost."""
        parts = [f"{self._counts[status]} {_WORDS.get(status, status)}" for status in STATUSES if self._counts[status]]
        parts += [f"{count} {what}" for what, count in untouched.items()]
        cost = "nothing billed" if self._run is None else estimate(self._cost)
        return f"{', '.join(parts) or 'nothing drawn'}; {cost}"

    def _public(self, draft: Draft) -> dict[str, Any]:
        """Return what is told of a draft as JSON."""
        return draft.public()

    def _data(self, draft: Draft, path: str | None) -> None:
        """Tell a draft on stdout; the path as it was asked for, or None where there is none to be told."""
        if draft.id in self._unasked:
            if path is not None:
                self._console.note(f"also drawn, because its request asks for {draft.key.n}: {path}")
        elif self._as_json:
            shown = {**self._public(draft), "path": os.path.abspath(path) if path else draft.path}
            self._console.data(json.dumps(shown))
        elif path is not None:
            self._console.data(path, self._end)


def _which(drafts: list[Draft]) -> str:
    """Name drafts by id and seed; many of them by their number."""
    if len(drafts) > NAMED:
        return f"{len(drafts)} drafts"
    return "; ".join(f"{draft.id}, seed {draft.key.seed}" for draft in drafts)
