"""What drafts cost, added up; sums are estimates from the rate card, and the sandbox is left out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.drafts import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedream_cli.drafts import Draft
    from seedream_cli.history.records import Record

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

    def add(self, status: str, usd: float) -> None:
        """Count one draft."""
        self.drafts += 1
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
        """Return the sums as `--json` shows them, days in order."""
        return {
            **self.total.public(),
            "estimate": True,
            "by_status": self.by_status,
            "by_day": {day: self.by_day[day].public() for day in sorted(self.by_day)},
            "by_model": {model: found.public() for model, found in self.by_model.items()},
            "by_batch": {batch: found.public() for batch, found in self.by_batch.items()},
            "sandbox_drafts": self.sandbox,
            "forgotten_drafts": self.forgotten,
        }

    def add(self, created: str, model: str, batch: str | None, status: str, usd: float) -> None:
        """Count one draft in every sum it belongs to."""
        self.total.add(status, usd)
        self.by_day.setdefault(created[:10], Sum()).add(status, usd)
        self.by_model.setdefault(model, Sum()).add(status, usd)
        if batch is not None:
            self.by_batch.setdefault(batch, Sum()).add(status, usd)


def add_up(drafts: Iterable[Draft], forgotten: Iterable[Record]) -> Spending:
    """Return what all these drafts cost.

    Args:
        drafts: of a history.
        forgotten: what is left of drafts that were taken out of it.
    """
    made = Spending()
    left = {record.id: record for record in forgotten}
    for draft in drafts:
        left.pop(draft.id, None)  # it was taken in again
        if draft.sandbox:
            made.sandbox += 1
            continue
        made.by_status[draft.status] = made.by_status.get(draft.status, 0) + 1
        made.add(draft.created, draft.key.model, draft.batch, draft.status, draft.cost_usd)
    for record in left.values():
        _add_forgotten(made, record)
    return made


def _add_forgotten(made: Spending, record: Record) -> None:
    fields = record.fields
    usd, model, created = fields.get("cost_usd"), fields.get("model"), fields.get("created")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 <= usd < 1e9:
        return
    if not isinstance(model, str) or fields.get("origin") == SANDBOX:
        return
    if not isinstance(created, str) or not _DAY.match(created):
        created = record.at
    made.forgotten += 1
    made.add(created, model, None, str(fields.get("status")), float(usd))
