"""What drafts cost, added up; sums are estimates from the rate card, and the sandbox is left out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drafts import FREE, SANDBOX, STATUSES
from seedream_cli.money import credible_price

if TYPE_CHECKING:
    from seedream_cli.history.records import Record
    from seedream_cli.history.tally import Tally

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(slots=True)
class Sum:
    """Drafts and money of one kind.

    Attributes:
        drafts: how many.
        usd: estimated cost of those that were billed.
        perhaps_usd: estimated cost of those whose outcome is unknown.
    """

    drafts: int = 0
    usd: float = 0.0
    perhaps_usd: float = 0.0

    def add(self, status: str, usd: float, count: int) -> None:
        """Count drafts that cost so much together."""
        self.drafts += count
        if status == "unknown":
            self.perhaps_usd += usd
        else:
            self.usd += usd

    def public(self) -> dict[str, Any]:
        """Return the sum as `--json` shows it."""
        return {"drafts": self.drafts, "usd": round(self.usd, 6), "perhaps_usd": round(self.perhaps_usd, 6)}


@dataclass(slots=True)
class Spending:
    """Sums in all, by day (UTC), by model and by batch, and how many drafts have which status.

    Attributes:
        sandbox: drafts of the sandbox, which are in no sum.
        forgotten: drafts that were taken out of the history; they are in the sums.
    """

    total: Sum = field(default_factory=Sum)
    by_day: dict[str, Sum] = field(default_factory=dict)
    by_model: dict[str, Sum] = field(default_factory=dict)
    by_batch: dict[str, Sum] = field(default_factory=dict)
    by_status: dict[str, int] = field(default_factory=dict)
    sandbox: int = 0
    forgotten: int = 0

    def public(self) -> dict[str, Any]:
        """Return the sums as `--json` shows them."""
        return {
            **self.total.public(),
            "estimate": True,
            "by_status": self.by_status,
            "by_day": {day: found.public() for day, found in self.by_day.items()},
            "by_model": {model: found.public() for model, found in self.by_model.items()},
            "by_batch": {batch: found.public() for batch, found in self.by_batch.items()},
            "sandbox_drafts": self.sandbox,
            "forgotten_drafts": self.forgotten,
        }

    def add(self, status: str, usd: float, count: int, *, day: str, model: str, batch: str | None) -> None:
        """Count drafts of one kind, which cost so much together, in every sum they belong to."""
        self.total.add(status, usd, count)
        self.by_day.setdefault(day, Sum()).add(status, usd, count)
        self.by_model.setdefault(model, Sum()).add(status, usd, count)
        if batch is not None:
            self.by_batch.setdefault(batch, Sum()).add(status, usd, count)


def add_up(tally: Tally) -> Spending:
    """Return what all drafts of a history cost: statuses and days in order, dear models first, new batches last."""
    made = Spending(by_status=dict.fromkeys(STATUSES, 0))
    for kind, count in sorted(tally.drafts.items(), key=lambda item: item[0].day):
        if kind.origin == SANDBOX:
            made.sandbox += count
            continue
        made.by_status[kind.status] += count
        usd = 0.0 if kind.status in FREE else kind.price * count
        made.add(kind.status, usd, count, day=kind.day, model=kind.model, batch=kind.batch)
    for record in tally.forgotten:
        _add_forgotten(made, record)
    made.by_status = {status: count for status, count in made.by_status.items() if count}
    made.by_day = dict(sorted(made.by_day.items()))
    made.by_model = dict(sorted(made.by_model.items(), key=lambda item: -item[1].usd - item[1].perhaps_usd))
    return made


def _add_forgotten(made: Spending, record: Record) -> None:
    fields = record.fields
    usd, model, created = credible_price(fields.get("cost_usd")), fields.get("model"), fields.get("created")
    if usd is None or not isinstance(model, str) or fields.get("origin") == SANDBOX:
        return
    if not isinstance(created, str) or not _DAY.match(created):
        created = record.at
    made.forgotten += 1
    made.add(str(fields.get("status")), usd, 1, day=created[:10], model=model, batch=None)
