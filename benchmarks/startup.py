"""How long short commands take, as multiples of what Python itself takes to start and end.

    python benchmarks/startup.py
    python benchmarks/startup.py --times 100

Runs the installed `seedream` script beside the interpreter that runs this, and `python -c pass` with that interpreter,
all of them turn by turn; the figure of each is the least of all its turns. The history is one of 100,000 drafts, made
here in a temporary folder. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from history import write_history

from seedream_cli.cli import COMMANDS
from seedream_cli.commands.history import COMMANDS as HISTORY_COMMANDS

DRAFTS = 100_000
SCRIPT = Path(sys.executable).with_name("seedream")


class Measured(NamedTuple):
    """A command, with the most that it may take as a multiple of Python's own start."""

    name: str
    command: tuple[str, ...]
    limit: float
    on_terminal: bool = False


def measured() -> list[Measured]:
    """All that is measured."""

    def ours(limit: float, *arguments: str, on_terminal: bool = False) -> Measured:
        name = f"{' '.join(arguments)}{', on a terminal' if on_terminal else ''}"
        return Measured(name, (str(SCRIPT), *arguments), limit, on_terminal)

    commands = [(), *((name,) for name in COMMANDS), *(("history", name) for name in HISTORY_COMMANDS)]
    return [
        ours(1.7, "--version"),
        ours(8.0, "history", "list", "--json"),
        ours(12.0, "history", "list", on_terminal=True),
        ours(8.0, "gen", "a fox", "--dry-run"),
        *(ours(12.0, *command, "--help") for command in commands),
    ]


def seconds(command: tuple[str, ...], environment: dict[str, str], *, on_terminal: bool = False) -> float:
    """Run a command to its end, its output thrown away."""
    with contextlib.ExitStack() as stack:
        stdout = _terminal(stack) if on_terminal else subprocess.DEVNULL
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, check=False)
        took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return took


def _terminal(stack: contextlib.ExitStack) -> int:
    """Open a terminal whose other end is read by a thread, and return our end."""
    reader, writer = pty.openpty()

    def read() -> None:
        with contextlib.suppress(OSError):
            while os.read(reader, 65536):
                pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    stack.callback(os.close, reader)
    stack.callback(thread.join)
    stack.callback(os.close, writer)
    return writer


def main() -> int:
    """Make the history, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=40, help="runs of each command")
    wanted = parser.parse_args()
    everything = [Measured("python -c pass", (sys.executable, "-c", "pass"), 1.0), *measured()]
    least = dict.fromkeys(everything, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder, "history.jsonl")
        write_history(history, DRAFTS)
        environment = {**os.environ, "SEEDREAM_HISTORY": str(history)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users' modules are compiled once
        for _ in range(wanted.times):
            for each in everything:
                took = seconds(each.command, environment, on_terminal=each.on_terminal)
                least[each] = min(least[each], took)
    missed = False
    base = least.pop(everything[0])
    print(f"{'command':<40} {'time':>8} {'ratio':>6} {'limit':>6}\n{everything[0].name:<40} {base * 1000:5.1f} ms")
    for each, took in least.items():
        over = took / base > each.limit
        missed |= over
        print(f"{each.name:<40} {took * 1000:5.1f} ms {took / base:6.2f} {each.limit:6.1f}{'  MISSED' * over}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
