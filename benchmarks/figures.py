"""What all benchmarks have in common: a figure with its limit, and the table in which they stand."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WIDTH = 46


class Figure(NamedTuple):
    """Something measured: what, how much of which unit (`x` is a ratio), the most that it may be, and from what."""

    what: str
    value: float
    limit: float | None = None
    unit: str = "x"
    told: str = ""

    @property
    def missed(self) -> bool:
        """Whether it is over its limit."""
        return self.limit is not None and self.value > self.limit


class Absent(NamedTuple):
    """Something that could not be measured here, and why."""

    what: str
    why: str


def ratio(what: str, ours: float, theirs: float, peer: str, limit: float | None = None) -> Figure:
    """Our seconds held against a peer's."""
    return Figure(what, ours / theirs, limit, told=f"{duration(ours)}; {peer}: {duration(theirs)}")


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.{int(seconds < 0.1)}f} ms"


class Table:
    """Prints rows as they come, and counts limits that were missed."""

    def __init__(self, *, markdown: bool = False) -> None:
        self.missed = 0
        self._markdown = markdown
        self._row("what", "figure", "limit", "of")
        if markdown:
            self._row("---", "---:", "---:", "---")

    def add(self, row: Figure | Absent) -> None:
        """Print one row."""
        if isinstance(row, Absent):
            self._row(row.what, "-", "", f"not measured: {row.why}")
            return
        self.missed += row.missed
        limit = "" if row.limit is None else amount(row.limit, row.unit)
        self._row(row.what, amount(row.value, row.unit), limit, row.told + "  MISSED" * row.missed)

    def _row(self, what: str, figure: str, limit: str, told: str) -> None:
        if self._markdown:
            print("|", " | ".join(cell.replace("|", r"\|") for cell in (what, figure, limit, told)), "|", flush=True)
        else:
            print(f"{what:<{WIDTH}} {figure:>8} {limit:>8}  {told}".rstrip(), flush=True)


def amount(value: float, unit: str) -> str:
    """A number with its unit, in as many digits as mean something."""
    digits = 0 if value >= 100 or unit == "MB" else 2
    return f"{value:.{digits}f} {unit}"


def machine() -> str:
    """What this was measured on, and when."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{today}, {_processor()}, {os.cpu_count()} cores{load}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def _processor() -> str:
    names: Iterator[str] = iter(())
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
