"""Other programs from the package index, each in a virtual environment of its own, made once and kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Peer(NamedTuple):
    """A program: the distribution that brings it, its name, and what to type for its version and for its help."""

    distribution: str
    program: str
    version: tuple[str, ...] = ("--version",)
    help: tuple[str, ...] = ("--help",)


PEERS = (
    Peer("llm", "llm"),
    Peer("httpie", "http"),
    Peer("hf", "hf", version=("version",)),
    Peer("seedream-cli", "seedream"),  # of another project, by the same name
)
OURS = Peer("seedream-drafts", "seedream")


class AbsentError(Exception):
    """It cannot be had here; the message says why."""


def program(peer: Peer, folder: Path) -> Path:
    """Return where a peer's program lies, after installing it below a folder where it is not there yet.

    Raises:
        AbsentError: where it cannot be had.
    """
    there = folder / peer.distribution / "bin" / peer.program
    if not there.exists():
        _install(folder / peer.distribution, peer.distribution)
    if not there.exists():
        raise AbsentError(f"{peer.distribution} brings no {peer.program}")
    return there


def ours(folder: Path) -> Path:
    """Return where our own program lies, installed from this checkout as it is now, as its users install it.

    Raises:
        AbsentError: where what it needs cannot be had.
    """
    place = folder / OURS.distribution
    _install(place, str(ROOT))
    _run(place / "bin" / "pip", "install", "--quiet", "--force-reinstall", "--no-deps", str(ROOT))
    return place / "bin" / OURS.program


def _install(place: Path, what: str) -> None:
    if not (place / "bin" / "pip").exists():
        _run(Path(sys.executable), "-m", "venv", str(place))
    _run(place / "bin" / "pip", "install", "--quiet", what)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"{command[0]} ended with {done.returncode}"]
        raise AbsentError(said[-1][:200])
