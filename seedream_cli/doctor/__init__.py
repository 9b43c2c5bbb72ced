"""What is wrong with this installation, and the command that mends it: nothing is written, every wait is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedream_cli.doctor import files, place, service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedream_cli.context import Context
    from seedream_cli.doctor.check import Check


def examine(context: Context) -> Iterator[Check]:
    """Yield what each check found, the slowest last."""
    yield from place.checks(context)
    yield from files.checks(context)
    yield from service.checks(context)
