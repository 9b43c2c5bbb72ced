"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from seedream_cli.errors import InputError

_AGO: Final = re.compile(r"([0-9]{1,6})\s*(m|min|h|d|w)")
_UNITS: Final = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, *, now: float, end: bool = False) -> float:
    """Return the Unix time in seconds that a text means.

    Args:
        text: `today`, `yesterday`, `3d` (ago; also m, h, w), `2026-11-01`, or a date with a time, ISO 8601; local time
            where it says no other.
        now: Unix time in seconds.
        end: whether a whole day means its end rather than its beginning.

    Raises:
        InputError: where it means none.
    """
    word = text.strip().lower()
    try:
        if ago := _AGO.fullmatch(word):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
        # Without a zone, so that days are as long as they are here where clocks change.
        if word in {"today", "yesterday"}:
            today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ006
            day = today - timedelta(days=word == "yesterday")
        else:
            day = datetime.fromisoformat(text.strip())
            if len(word) > len("2026-11-01"):
                return _unix(day)
        return _unix(_next(day) if end else day)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f"'{text}' is not a date",
            hint="dates are today, yesterday, 3d, 12h, 2026-11-01 or 2026-11-01T18:30: --since 3d",
        ) from None


def _next(day: datetime) -> datetime:
    try:
        return day + timedelta(days=1)
    except OverflowError:  # behind the last day there is
        return day + timedelta(hours=24, microseconds=-1)


def _unix(moment: datetime) -> float:
    try:
        return moment.timestamp()
    except (ValueError, OverflowError, OSError):
        # At either end of time the zone leads beyond it: some hours are nothing there.
        return moment.replace(tzinfo=UTC).timestamp()
