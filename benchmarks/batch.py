"""How long a batch takes, held against the ideal and against curl making the same calls and downloads.

    python benchmarks/batch.py                 # 500 rows, 0.5 s a request, at 25 and at 100 in flight; 10,000 rows

The ideal is rows / in flight x latency. curl (`--parallel`) posts all requests, then fetches all pictures: it checks,
records and syncs nothing. Figures are medians of several runs, turn by turn, of whole processes, start-up included,
after one that does not count.
Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SERVICE = Path(__file__).with_name("service.py")
TO_IDEAL_AT_25 = 1.10
TO_CURL_AT_100 = 1.2
MEMORY = 150.0
FILES = 256


class Figures(NamedTuple):
    """What one run took: seconds, seconds of processor, largest resident set in MB."""

    seconds: float
    cpu: float
    memory: float


def measured(command: list[str], folder: Path, environment: dict[str, str]) -> Figures:
    """Run a command to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:3]} ended with {process.returncode}:\n{said[-2000:]}")
    return Figures(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def batch(rows: int, jobs: int, base_url: str) -> Figures:
    """Draw a fresh batch."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("rows.txt").write_text("".join(f"a lighthouse, number {row}\n" for row in range(rows)))
        environment = os.environ | {
            "SEEDREAM_HISTORY": str(folder / "history.jsonl"),
            "SEEDREAM_CONFIG": str(folder / "config.toml"),
            "SEEDREAM_BASE_URL": base_url,
            "BYTESPIKE_API_KEY": "sk-byts-benchmark",
        }
        # Modules are compiled once, as they are where it is installed, and not in every run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "seedream_cli", "batch", "rows.txt", "-j", str(jobs), "-y"]
        limits = f'ulimit -n {FILES}; exec "$@"'
        figures = measured(["sh", "-c", limits, "sh", *command], folder, environment)
        saved = len(list(folder.joinpath("drafts").iterdir()))
        if saved != rows:
            sys.exit(f"{saved} of {rows} pictures")
        return figures


def curl(rows: int, jobs: int, base_url: str) -> Figures:
    """Post and fetch the same with curl, which keeps nothing but the files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        posts = [
            f'url = "{base_url}/images/generations"\nheader = "x-api-key: k"\n'
            f'header = "content-type: application/json"\n'
            f'data = "{{\\"model\\": \\"seedream-v5lite\\", \\"prompt\\": \\"a lighthouse, number {row}\\"}}"\n'
            f'output = "{row}.json"\n'
            for row in range(rows)
        ]
        folder.joinpath("posts").write_text("next\n".join(posts))
        options = ["curl", "--silent", "--fail", "--parallel", "--parallel-immediate", "--parallel-max", str(jobs)]
        asked = measured([*options, "--config", "posts"], folder, dict(os.environ))
        urls = [json.loads(folder.joinpath(f"{row}.json").read_text())["data"][0]["url"] for row in range(rows)]
        folder.joinpath("gets").write_text(
            "".join(f'url = "{url}"\noutput = "{row}.png"\n' for row, url in enumerate(urls))
        )
        fetched = measured([*options, "--config", "gets"], folder, dict(os.environ))
        return Figures(*(one + other for one, other in zip(asked, fetched, strict=True)))


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[25, 100])
    given = parser.parse_args()
    if not shutil.which("curl"):
        sys.exit("curl is needed")
    service = subprocess.Popen([sys.executable, SERVICE, "--latency", str(given.latency)], stdout=subprocess.PIPE)
    assert service.stdout
    base_url = service.stdout.readline().decode().strip()
    missed = 0
    try:
        batch(1, 1, base_url)
        for jobs in given.jobs:
            ours, theirs = [], []
            for _ in range(given.runs):
                ours.append(batch(given.rows, jobs, base_url))
                theirs.append(curl(given.rows, jobs, base_url))
            missed += report(given.rows, jobs, given.latency, ours, theirs)
        if given.many:
            many = batch(given.many, 100, base_url)
            print(f"{given.many} rows at 100 in flight, {FILES} open files: {many.seconds:.1f} s, {many.memory:.0f} MB")
            missed += many.memory > MEMORY
    finally:
        service.kill()
    return int(missed > 0)


def report(rows: int, jobs: int, latency: float, ours: list[Figures], theirs: list[Figures]) -> int:
    """Print one line of figures; return how many limits they miss."""
    ideal = -(-rows // jobs) * latency
    seconds = statistics.median(one.seconds for one in ours)
    by_curl = statistics.median(one.seconds for one in theirs)
    cpu = statistics.median(one.cpu for one in ours) / rows * 1000
    memory = max(one.memory for one in ours)
    print(
        f"{rows} rows at {jobs} in flight: {seconds:.2f} s, {seconds / ideal:.2f} x the ideal ({ideal:.2f} s), "
        f"{seconds / by_curl:.2f} x curl ({by_curl:.2f} s); {cpu:.1f} ms of processor a draft, {memory:.0f} MB"
    )
    if jobs == 25:
        return int(seconds / ideal > TO_IDEAL_AT_25)
    return int(jobs == 100 and seconds / by_curl > TO_CURL_AT_100)


if __name__ == "__main__":
    sys.exit(main())
