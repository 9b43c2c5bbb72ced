"""How long four drafts of one prompt take, held against curl making the same calls and downloads.

    python benchmarks/gen.py
    python benchmarks/gen.py --latency 5

curl (`--parallel`) posts four requests, then fetches four pictures: it checks, records and syncs nothing. The service
answers after `--latency` seconds; ours may take 0.4 s more than that, start-up included. The two are measured turn by
turn, as whole processes; figures are medians. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from batch import SERVICE, curl
from figures import Absent, Figure, Table, ratio

DRAFTS = 4
ADDED = 0.4
USUAL = 5.0
"""Seconds that the service takes for a draft of 1024x1024 on average: 4 to 6."""

TO_CURL = {0.5: 1.6, USUAL: 1.1}


@contextlib.contextmanager
def service(latency: float) -> Iterator[str]:
    """Serve in a process of its own; yields the base URL."""
    process = subprocess.Popen([sys.executable, SERVICE, "--latency", str(latency)], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        yield process.stdout.readline().decode().strip()
    finally:
        process.kill()
        process.wait()


def drawn(command: list[str], base_url: str) -> float:
    """Draw four drafts into a new folder, and return how long that took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {
            "SEEDREAM_HISTORY": str(folder / "history.jsonl"),
            "SEEDREAM_CONFIG": str(folder / "config.toml"),
            "SEEDREAM_BASE_URL": base_url,
            "BYTESPIKE_API_KEY": "sk-byts-benchmark",
        }
        gen = [*command, "gen", "a lighthouse", "-n", str(DRAFTS), "-q"]
        began = time.perf_counter()
        subprocess.run(gen, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
        took = time.perf_counter() - began
        if len(list(folder.joinpath("drafts").iterdir())) != DRAFTS:
            raise SystemExit("pictures are missing")
        return took


def figures(command: list[str], times: int, latency: float = 0.5) -> Iterator[Figure | Absent]:
    """Measure; `command` is how our program is called."""
    with service(latency) as base_url:
        drawn(command, base_url)
        turns = [(drawn(command, base_url), curl(DRAFTS, DRAFTS, base_url).seconds) for _ in range(times)]
    ours, theirs = (statistics.median(side) for side in zip(*turns, strict=True))
    what = f"gen -n {DRAFTS}, {latency:g} s a request"
    yield ratio(what, ours, theirs, "curl, the same calls", TO_CURL.get(latency))
    yield Figure(f"{what}: added to the answer's time", ours - latency, ADDED, "s")


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=11, help="runs of each")
    parser.add_argument("--latency", type=float, default=0.5, help="seconds that the service takes for an answer")
    given = parser.parse_args()
    table = Table()
    for figure in figures([sys.executable, "-m", "seedream_cli"], given.times, given.latency):
        table.add(figure)
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
