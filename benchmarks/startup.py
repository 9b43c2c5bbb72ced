"""How long short commands take, as multiples of what Python itself takes to start and end.

    python benchmarks/startup.py
    python benchmarks/startup.py --times 100 --peers .venv-peers

Runs the installed `seedream` script beside the interpreter that runs this, and `python -c pass` with that interpreter,
all of them turn by turn (helps in each fourth); the figure of each is the least of all its turns. The history is one of
100,000 drafts, made here in a temporary folder. With `--peers`, a folder for virtual environments that are kept, other
programs' versions and helps are measured in the same turns. Ends with 1 where a limit is missed.
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
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import peers
from figures import Absent, Figure, Table, ratio
from history import write_history

from seedream_cli.cli import COMMANDS
from seedream_cli.commands import auth, config
from seedream_cli.commands import history as notebook

DRAFTS = 100_000
SCRIPT = Path(sys.executable).with_name("seedream")
TO_PYTHON = {"version": 1.7, "json": 8.0, "table": 12.0, "plan": 8.0, "help": 12.0}
TO_PEERS = 1.0
MANY = 4
"""Helps, of which there are many, and others, which take long, run in each fourth turn."""


class Measured(NamedTuple):
    """A command: its arguments, the most that it may take as a multiple of Python's own start, and where it writes."""

    arguments: tuple[str, ...]
    limit: float
    on_terminal: bool = False

    @property
    def name(self) -> str:
        """What is typed, and where."""
        return " ".join(("seedream", *self.arguments)) + ", on a terminal" * self.on_terminal


def measured() -> list[Measured]:
    """All that is measured of ours."""
    groups = {"auth": auth.COMMANDS, "config": config.COMMANDS, "history": notebook.COMMANDS}
    commands = [(), *((name,) for name in COMMANDS)]
    commands += [(group, name) for group, names in groups.items() for name in names]
    return [
        Measured(("--version",), TO_PYTHON["version"]),
        Measured(("history", "list", "--json"), TO_PYTHON["json"]),
        Measured(("history", "list"), TO_PYTHON["table"], on_terminal=True),
        Measured(("gen", "a fox", "--dry-run"), TO_PYTHON["plan"]),
        *(Measured((*command, "--help"), TO_PYTHON["help"]) for command in commands),
    ]


def seconds(command: tuple[str, ...], environment: dict[str, str], *, on_terminal: bool = False) -> float:
    """Run a command to its end, its output thrown away."""
    with contextlib.ExitStack() as stack:
        stdout = _terminal(stack) if on_terminal else subprocess.DEVNULL
        began = time.perf_counter()
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, check=False
        )
        took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
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


class Least:
    """The least time that each of some commands took."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._commands: dict[tuple[str, ...], tuple[bool, int]] = {}
        self._took: dict[tuple[str, ...], float] = {}

    def add(self, *command: str | Path, on_terminal: bool = False, each: int = 1) -> tuple[str, ...]:
        """Take in a command that runs in each so-manyth turn, and return the name under which it is found."""
        name = tuple(map(str, command))
        self._commands[name] = on_terminal, each
        return name

    def run(self, times: int) -> None:
        """Run all turn by turn."""
        for turn in range(times):
            for command, (on_terminal, each) in self._commands.items():
                if turn % each == 0:
                    took = seconds(command, self._environment, on_terminal=on_terminal)
                    self._took[command] = min(self._took.get(command, took), took)

    def __getitem__(self, command: tuple[str, ...]) -> float:
        return self._took[command]


def figures(
    script: Path, python: Path, times: int, folder: Path | None = None, *, every: bool = False
) -> Iterator[Figure | Absent]:
    """Measure.

    Args:
        script: our program.
        python: the interpreter that runs it.
        times: turns.
        folder: of the peers' environments; without one they are left out.
        every: whether each command's help has a row, not only the slowest.
    """
    with tempfile.TemporaryDirectory() as scratch:
        history = Path(scratch, "history.jsonl")
        write_history(history, DRAFTS)
        environment = {**os.environ, "SEEDREAM_HISTORY": str(history), "HOME": scratch}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users' modules are compiled once
        least = Least(environment)
        base = least.add(python, "-c", "pass")
        ours = {
            one: least.add(script, *one.arguments, on_terminal=one.on_terminal, each=MANY if _is_help(one) else 1)
            for one in measured()
        }
        others, absent = _found(folder)
        theirs = {
            (peer, what): least.add(program, *arguments, each=MANY)
            for peer, program in others.items()
            for what, arguments in (("--version", peer.version), ("--help", peer.help))
        }
        least.run(times)

        def to_python(each: Measured, note: str = "") -> Figure:
            return ratio(each.name + note, least[ours[each]], least[base], "python -c pass", each.limit)

        helps = [each for each in ours if _is_help(each)]
        slowest = max(helps, key=lambda each: least[ours[each]])
        yield from (to_python(each) for each in ours if every or each not in helps)
        yield to_python(slowest, f", the slowest help of {len(helps)}")
        yield from absent
        plain = {each.arguments: command for each, command in ours.items()}
        for (peer, what), command in theirs.items():
            typed = " ".join((peer.program, *command[1:]))
            same = f" of {peer.distribution}" if peer.program == script.name else ""
            against = f"seedream {what} against {peer.distribution}"
            yield ratio(against, least[plain[what,]], least[command], typed + same, TO_PEERS)


def _is_help(measured: Measured) -> bool:
    return measured.arguments[-1] == "--help"


def _found(folder: Path | None) -> tuple[dict[peers.Peer, Path], list[Absent]]:
    found: dict[peers.Peer, Path] = {}
    absent: list[Absent] = []
    if folder is None:
        return found, absent
    for peer in peers.PEERS:
        try:
            found[peer] = peers.program(peer, folder)
        except peers.AbsentError as error:
            absent.append(Absent(f"--version and --help against {peer.distribution}", str(error)))
    return found, absent


def main() -> int:
    """Measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=40, help="runs of each command")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="measure others; their environments stay here")
    wanted = parser.parse_args()
    table = Table()
    for figure in figures(SCRIPT, Path(sys.executable), wanted.times, wanted.peers, every=True):
        table.add(figure)
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
