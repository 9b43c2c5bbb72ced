"""What `batch` tells beyond what every drawing command does: rows that are skipped or held back, and the whole sum."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drawing.hints import batch_hint_for, hint_for
from seedream_cli.drawing.report import Report
from seedream_cli.exits import ExitStatus
from seedream_cli.money import estimate
from seedream_cli.terminal.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.errors import SeedreamError
    from seedream_cli.terminal.console import Console
    from seedream_cli.terminal.progress import Progress

_HELD_BACK: Final = {
    "unknown": (ExitStatus.UNKNOWN, "unknown", "perhaps billed already", "--retry-unknown"),
    "blocked": (ExitStatus.BLOCKED, "blocked", "by the safety filter", "--retry-blocked"),
    "saved": (
        ExitStatus.UNSAVED,
        "lost",
        "saved once; lost or changed since, and no longer to be fetched",
        "--retry-missing",
    ),
    "expired": (ExitStatus.UNSAVED, "lost", "paid for, and expired before it was fetched", "--retry-missing"),
    "pending": (ExitStatus.UNSAVED, "pending", "paid for, and still not to be had", ""),
}
"""By status: what it means for the command's, its word in the sum, what it is, and the option that asks again."""


class BatchReport(Report):
    """Collects what happens in a batch and tells it.

    Args:
        name: of the batch.
        rows: of the file, or of the shard.
        fresh: whether the same command would draw again what is there.
    """

    def __init__(
        self,
        console: Console,
        progress: Progress,
        *,
        as_json: bool,
        end: str,
        run: str,
        name: str,
        rows: int,
        fresh: bool = False,
        saved: Callable[[Draft], None] | None = None,
    ) -> None:
        super().__init__(console, progress, as_json=as_json, end=end, run=run, saved=saved)
        self._name = name
        self._rows = rows
        self._fresh = fresh
        self._skipped = 0
        self._held_back: Counter[str] = Counter()

    def skipped(self, draft: Draft) -> None:
        """Tell of a picture that is there already, where this batch would put it."""
        self._skipped += 1
        self.was_there(draft)

    def given_back(self, draft: Draft, path: str, notices: Sequence[str] = ()) -> None:
        """Tell of a picture that was there already, and was copied to where this batch would put it."""
        self._skipped += 1
        super().given_back(draft, path, notices)

    def held_back(self, drafts: Sequence[Draft]) -> None:
        """Tell of drafts that are not asked for again unasked."""
        untold = list({draft.id: draft for draft in drafts if not self.has_told(draft)}.values())
        for draft in untold:
            self.stopped(_HELD_BACK[draft.status][0])
            self._held_back[draft.status] += 1
            self._told.add(draft.id)
            self._data(draft, None)
        for status, count in Counter(draft.status for draft in untold).items():
            _, word, what, option = _HELD_BACK[status]
            self.say(f"seedream: error: {count} {word}, {what}: not drawn again")
            if option:
                self.say(f"hint: to draw {'it' if count == 1 else 'them'} again, and pay for that: add {option}")

    def _public(self, draft: Draft) -> dict[str, Any]:
        # Wherever it was drawn: what is told here is of this batch.
        return {**super()._public(draft), "batch": self._name}

    def _hint(self, drafts: Sequence[Draft], error: SeedreamError) -> str:
        return hint_for(drafts, error) if self._fresh else batch_hint_for(drafts, error)

    def _sum(self, untouched: Mapping[str, int]) -> str:
        counts: Counter[str] = Counter({str(status): count for status, count in self._counts.items()})
        for status, count in self._held_back.items():
            counts[_HELD_BACK[status][1]] += count
        parts = [
            f"{counts['saved'] - self._skipped} saved",
            f"{self._skipped} skipped",
            *(f"{counts[word]} {word}" for word in ("failed", "blocked", "unknown")),
            *(f"{counts[word]} {word}" for word in ("pending", "expired", "lost") if counts[word]),
        ]
        parts += [f"{count} {what}" for what, count in untouched.items()]
        total = sum((*self._counts.values(), *self._held_back.values(), *untouched.values()))
        of = "" if total <= self._rows else f", {counted(total, 'draft')}"
        return f"{counted(self._rows, 'row')}{of}: {', '.join(parts)}; {estimate(self._cost)}"
