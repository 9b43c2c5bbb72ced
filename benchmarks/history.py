"""How long it takes to look into a large history, held against a small one and against ripgrep on the same file.

    python benchmarks/history.py                  # 1,000,000 drafts
    python benchmarks/history.py --drafts 100000

Makes its histories itself, in a temporary folder: three records a draft, a rare word in one prompt of 10,000. Every
figure is the median of several runs of the whole program, the two sides of a ratio turn by turn; memory is the largest
resident set of the process. Needs `rg` (ripgrep) and `tail`. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from figures import Figure, Table, ratio

from seedream_cli.drafts import Draft, Key, Target, timestamp
from seedream_cli.history import records

RARE = "zeppelin"
ABSENT = "qwxyzabsent"
RARE_OTHER = "цеппелин"
FEW = 10_000
TO_FEW = 1.15
TO_RG_RARE = 1.2
TO_RG_ABSENT = 5.0
MEMORY = 60.0
BEGAN = 1_700_000_000
TEXT = """ink wash mountain dawn mist soft light river boat heron lantern market rain neon alley portrait old fisherman
weathered hands studio grain film wide angle macro dew spider web autumn forest path fog castle cliff storm sea"""
WORDS = TEXT.split()


def write_history(path: Path, drafts: int) -> None:
    """Write that many drafts, each asked for, answered and saved."""
    chance = random.Random(7)
    with path.open("wb", buffering=1 << 20) as file:
        for number in range(drafts):
            file.write(draft_lines(chance, number))


def draft_lines(chance: random.Random, number: int) -> bytes:
    """The three lines of one draft."""
    draft_id = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=12))
    prompt = " ".join(chance.choices(WORDS, k=14))
    if number % 10_000 == 5_000:
        prompt += f" with a {RARE.capitalize()} and a {RARE_OTHER.capitalize()}"
    seed = chance.randrange(2**31)
    key = Key("https://llm.example/v1", "seedream-v5lite", prompt, None, "1024x1024", seed, 1, 1)
    at = timestamp(BEGAN + number)
    target = Target((f"/home/someone/drafts/ink-wash-{seed}-{draft_id}.", ""), replace=False)
    draft = Draft(draft_id, at, key, 0.012, target, draft_id)
    url = f"https://images.example/{draft_id}.png?X-Amz-Signature={chance.randbytes(32).hex()}"
    answered = records.answered(draft, url=url, kept=None, revised_prompt=None, expires=timestamp(BEGAN + number))
    saved = records.saved(
        draft,
        path=f"/home/someone/drafts/ink-wash-{seed}-{draft_id}.png",
        picture_format="png",
        size=1_200_345,
        sha256=chance.randbytes(32).hex(),
    )
    return records.intent(draft) + answered.encode(at, late=False) + saved.encode(at, late=False)


class Run(NamedTuple):
    """How long a command took, in seconds, and how much memory it held at most, in MB."""

    seconds: float
    memory: float


def run(command: list[str], history: Path) -> Run:
    """Run a command to its end, its output thrown away."""
    environment = {**os.environ, "SEEDREAM_HISTORY": str(history), "NO_COLOR": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{shlex.join(command)} ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024))


def history_command(*arguments: str) -> list[str]:
    """`seedream history …`."""
    return [sys.executable, "-m", "seedream_cli", "history", *arguments]


def ripgrep(word: str, path: Path) -> list[str]:
    """What people would type instead."""
    return ["sh", "-c", f"rg -F -i {shlex.quote(word)} {shlex.quote(str(path))} | tail -n 20"]


def medians(times: int, *measured: Callable[[], Run]) -> list[Run]:
    """Measure several things turn by turn, after a turn that does not count."""
    for measure in measured:
        measure()
    turns = [[measure() for measure in measured] for _ in range(times)]
    columns = zip(*turns, strict=True)
    return [Run(statistics.median(r.seconds for r in runs), max(r.memory for r in runs)) for runs in columns]


def figures(large: Path, small: Path, drafts: int, times: int, *, slow: bool = True) -> Iterator[Figure]:
    """Measure; what takes minutes only where it is wanted."""
    newest = history_command("list", "-n", "20")
    ours, theirs = medians(times, lambda: run(newest, large), lambda: run(newest, small))
    what = f"history list, {drafts:,} drafts"
    yield ratio(what, ours.seconds, theirs.seconds, f"{FEW:,} drafts", TO_FEW)
    yield Figure(f"{what}: memory", ours.memory, MEMORY, "MB")
    for word, told, limit in (
        (RARE, "that 1 in 10,000 has", TO_RG_RARE),
        (ABSENT, "that none has", TO_RG_ABSENT),
        (RARE_OTHER, "in Cyrillic that 1 in 10,000 has", None),
        (RARE_OTHER * 2, "in Cyrillic that none has", None),
    ):
        found = history_command("list", "--grep", word)
        searched = ripgrep(word, large)
        ours, theirs = medians(times, lambda f=found: run(f, large), lambda s=searched: run(s, large))  # type: ignore[misc]
        yield ratio(f"--grep, a word {told}", ours.seconds, theirs.seconds, "rg -F -i | tail", limit)
        if limit is not None:
            yield Figure(f"--grep, a word {told}: memory", ours.memory, MEMORY, "MB")
    (ours,) = medians(times, lambda: run(history_command("show", first_id(large)[:6]), large))
    yield Figure("show, the oldest by its first 6 letters", ours.seconds, unit="s", told=f"{ours.memory:.0f} MB")
    once: dict[str, tuple[str, ...]] = {"stats; one run": ("stats",)}
    if slow:
        once["list --status pending, which none has; one run"] = ("list", "--status", "pending")
    for what, arguments in once.items():
        ours = run(history_command(*arguments), large)
        yield Figure(what, ours.seconds, unit="s", told=f"{ours.memory:.0f} MB")


def first_id(path: Path) -> str:
    """The id of the first draft in a history."""
    with path.open("rb") as file:
        record = records.decode(file.readline())
    assert record is not None
    return record.id


@contextlib.contextmanager
def histories(drafts: int, folder: Path | None = None) -> Iterator[tuple[Path, Path]]:
    """Make a large history and a small one."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        large, small = Path(name, "large.jsonl"), Path(name, "small.jsonl")
        write_history(large, drafts)
        write_history(small, FEW)
        yield large, small


def main() -> int:
    """Make the histories, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drafts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=7, help="runs of each command")
    parser.add_argument("--folder", type=Path, help="where the histories are made; a temporary one by default")
    wanted = parser.parse_args()
    with histories(wanted.drafts, wanted.folder) as (large, small):
        size = large.stat().st_size
        print(f"{wanted.drafts:,} drafts, {size / 1e6:,.0f} MB, {size / wanted.drafts:.0f} bytes a draft")
        table = Table()
        for figure in figures(large, small, wanted.drafts, wanted.times):
            table.add(figure)
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
