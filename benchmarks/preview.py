"""What thumbnails on the terminal add to a command that ends with four drafts of 1024x1024.

    python benchmarks/preview.py

The drafts are the sandbox's, drawn once in a temporary folder. What is measured is the whole command, in a terminal of
its own, that gives them back (`gen --reuse`), with and without the preview, turn by turn. Nothing is drawn meanwhile,
so that all of the preview's work is waited for. Figures are medians. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from typing import Final

LIMIT: Final = 0.2
WAYS: Final = ("kitty", "iterm2", "sixel", "blocks", "256")
COMMAND: Final = [sys.executable, "-m", "seedream_cli", "gen", "An ink-wash mountain at dawn", "-n", "4", "--seed", "7"]


def seconds(folder: str, environment: dict[str, str], *options: str) -> float:
    """Run the command in a terminal that takes all it is sent, and return how long that took."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 1200, 800))
    began = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *options], cwd=folder, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        while os.read(ours, 1 << 16):
            pass
    except OSError:  # how the end of a terminal reads on Linux
        pass
    if process.wait():
        raise SystemExit(f"the command ended with {process.returncode}")
    taken = time.perf_counter() - began
    os.close(ours)
    return taken


def main() -> int:
    """Draw, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=9, help="runs of each kind")
    wanted = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TMUX", "STY"}}
        plain |= {"SEEDREAM_HISTORY": f"{folder}/history.jsonl", "SEEDREAM_SANDBOX": "1", "TERM": "xterm-256color"}
        subprocess.run(COMMAND, cwd=folder, env=plain, check=True, capture_output=True)
        print(f"{'way':<8} {'without':>10} {'with':>10} {'added':>10} {'limit':>8}")
        for way in WAYS:
            environment = plain | {"SEEDREAM_GRAPHICS": way}
            turns = [
                (
                    seconds(folder, environment, "--reuse", "--no-preview"),
                    seconds(folder, environment, "--reuse", "--preview"),
                )
                for _ in range(wanted.times + 1)
            ][1:]
            without, shown = (statistics.median(runs) for runs in zip(*turns, strict=True))
            added = shown - without
            missed |= added > LIMIT
            print(
                f"{way:<8} {without:8.3f} s {shown:8.3f} s {added:8.3f} s {LIMIT:6} s"
                + ("  MISSED" if added > LIMIT else ""),
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
