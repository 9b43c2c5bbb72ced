"""Exit statuses as data, and the one rule that makes a single status of many."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection


class ExitStatus(IntEnum):
    """What the process tells its parent; the README's table is checked against it."""

    OK = 0
    BUG = 1
    USAGE = 2
    KEY = 3
    MONEY = 4
    BLOCKED = 5
    RATE_LIMITED = 6
    SERVICE = 7
    UNKNOWN = 8
    UNSAVED = 9
    LOCAL = 10
    PARTLY = 11
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


_FIRST: Final = (
    ExitStatus.INTERRUPTED,
    ExitStatus.TERMINATED,
    ExitStatus.BUG,
    ExitStatus.UNKNOWN,
    ExitStatus.UNSAVED,
    ExitStatus.MONEY,
    ExitStatus.KEY,
    ExitStatus.LOCAL,
)
_WHERE_NOTHING_WAS_SAVED: Final = (
    ExitStatus.RATE_LIMITED,
    ExitStatus.SERVICE,
    ExitStatus.BLOCKED,
    ExitStatus.USAGE,
)


def combine(statuses: Collection[ExitStatus], *, any_saved: bool = False) -> ExitStatus:
    """Return the one exit status of a command in which several things happened.

    Args:
        statuses: the status of each thing, `OK` among them or not.
        any_saved: whether at least one draft was saved (or was already); false where nothing is drawn.
    """
    for status in _FIRST:
        if status in statuses:
            return status
    failures = [status for status in _WHERE_NOTHING_WAS_SAVED if status in statuses]
    if ExitStatus.PARTLY in statuses or (failures and any_saved):
        return ExitStatus.PARTLY
    if failures:
        return failures[0]
    return ExitStatus.PIPE_CLOSED if ExitStatus.PIPE_CLOSED in statuses else ExitStatus.OK
