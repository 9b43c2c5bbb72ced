"""What an answer's headers say about quota and waiting, read defensively: any value may be absent or absurd."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_WAIT: Final = 24 * 60 * 60.0
"""Seconds; a longer wait is not believed and counts as not told."""

_MILLISECONDS: Final = 1e11
"""No Unix time in seconds is that large before the year 5138."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The gateway's quota headers, None where one is missing or no number.

    Attributes:
        remaining_usd: what is left in the spend bucket.
        credits_usd: what is left on the key.
        organisation_usd: what is left for the key's organisation.
    """

    remaining_usd: float | None = None
    credits_usd: float | None = None
    organisation_usd: float | None = None


def read_quota(headers: Mapping[str, str]) -> Quota:
    """Read the quota headers of any answer; the mapping is looked up without regard to case."""
    return Quota(
        remaining_usd=_number(headers.get("x-ratelimit-remaining")),
        credits_usd=_number(headers.get("x-quota-remaining-credits")),
        organisation_usd=_number(headers.get("x-org-quota-remaining-credits")),
    )


def told_wait(headers: Mapping[str, str], *, now: float, concurrency: bool) -> float | None:
    """Return the seconds that an answer tells to wait, or None where it tells nothing sensible.

    A spend bucket's reset is a moment to wait for. On a concurrency limit it is not: that clears as requests in flight
    finish, whatever the bucket does.

    Args:
        headers: the answer's headers, looked up without regard to case.
        now: Unix time in seconds.
        concurrency: whether the answer was `concurrency_limit`.
    """
    retry_after = headers.get("retry-after")
    waits = [_number(retry_after), _date(retry_after, now)]
    if not concurrency:
        reset = _moment(headers.get("x-ratelimit-reset"))
        waits.insert(0, None if reset is None else reset - now)
    return next((wait for wait in waits if wait is not None and 0 < wait <= _LONGEST_WAIT), None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None and len(text) <= 40 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _moment(text: str | None) -> float | None:
    value = _number(text)
    return value / 1000 if value is not None and value > _MILLISECONDS else value


def _date(text: str | None, now: float) -> float | None:
    if text is None or _number(text) is not None:
        return None
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        told = parsedate_to_datetime(text[:64])
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
