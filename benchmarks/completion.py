"""What TAB costs, as multiples of what the shell itself takes to start and end.

    python benchmarks/completion.py
    python benchmarks/completion.py --times 200

Bash reads the completion, which it otherwise does once, and completes; turn by turn with an empty bash; the figure of
each is the least of all its turns. The history is one of 100,000 drafts, made here in a temporary folder. Ends with 1
where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from figures import Figure, Table, ratio
from history import write_history

DRAFTS = 100_000
COMPLETION = Path(__file__).parent.parent / "completions" / "seedream.bash"
SCRIPT = """
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1) COMP_CWORD=$(($2))
. "$3"
_seedream seedream ''
((${#COMPREPLY[@]} >= $4))
"""


class Tab(NamedTuple):
    """A line at whose end TAB is pressed, how many candidates there are at least, and the limit, or None for none."""

    line: str
    candidates: int
    limit: float | None


EMPTY = Tab("", 0, None)
TABS = (
    Tab("seedream ", 10, 3.0),
    Tab("seedream gen -m ", 3, 3.0),
    Tab("seedream gen -m seedream-v4.5 -s ", 7, 3.0),
    Tab("seedream history show ", 40, None),
)


def seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Run bash to its end."""
    command = ["bash", "--norc", "--noprofile", "-c", *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{arguments[2:]} ended with {done.returncode}")
    return took


def figures(times: int) -> Iterator[Figure]:
    """Make the history, measure."""
    least = dict.fromkeys((EMPTY, *TABS), float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder, "history.jsonl")
        write_history(history, DRAFTS)
        environment = {**os.environ, "SEEDREAM_HISTORY": str(history)}
        for _ in range(times):
            for tab in least:
                arguments = [":"]
                if tab is not EMPTY:
                    words = len(tab.line.split())
                    arguments = [SCRIPT, "bash", tab.line, str(words), str(COMPLETION), str(tab.candidates)]
                least[tab] = min(least[tab], seconds(arguments, environment))
    base = least.pop(EMPTY)
    for tab, took in least.items():
        yield ratio(f"TAB after `{tab.line}`", took, base, "an empty bash", tab.limit)


def main() -> int:
    """Measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=100, help="turns")
    table = Table()
    for figure in figures(parser.parse_args().times):
        table.add(figure)
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
