"""The audit: what the service billed against what the disk and the program say, after whatever happened."""

import hashlib
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support import pictures
from support.torture.house import House

PAID = {"saved", "pending", "expired", "unknown"}
STRAY = (1, 77)
"""Seeds whose pictures some scripted answers point to, whatever was asked for."""


@dataclass(repr=False)
class Audit:
    """What was found: how many pictures were billed, how each is kept, and everything that is wrong."""

    billed: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.wrong)

    def __repr__(self) -> str:
        faults = f"lost {self.lost[:5]}; doubled {self.doubled[:5]}; wrong {self.wrong[:8]}"
        return f"billed {self.billed}, {dict(self.kept)}; {faults}"


def pixels(data: bytes) -> bytes:
    """The unpacked pixel stream of a PNG; nothing where it is spoilt."""
    packed, at = b"", 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += size + 12
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def audit(
    house: House,
    ledger: Sequence[dict[str, Any]],
    *,
    asked_again: Iterable[tuple[str, int]] = (),
    parts: bool = False,
    commands: bool = True,
    forgotten: Iterable[str] = (),
) -> Audit:
    """Hold the ledger against the disk.

    Args:
        asked_again: prompt and seed of requests that the user asked for twice.
        parts: whether the last run was killed, so that unfinished files may lie about.
        commands: whether the commands that look at the history are run, too.
        forgotten: prompts whose drafts the user forgot.
    """
    made = Audit()
    drafts = _drafts(house, made)
    kept = [draft for draft in drafts if draft["prompt"] not in set(forgotten)]
    _account(made, kept, [line for line in ledger if line["prompt"] not in set(forgotten)], set(asked_again))
    for draft in drafts:
        _look_at(draft, made)
    _look_around(house, made, parts=parts)
    if commands:
        _try_commands(house, made, drafts)
    return made


def _drafts(house: House, made: Audit) -> list[dict[str, Any]]:
    listed = house.run("history", "list", "--all", "--json", patience=120)
    if listed.status != 0:
        made.wrong.append(f"history list: {listed}")
        return []
    return listed.objects


def _account(
    made: Audit, drafts: Sequence[dict[str, Any]], ledger: Sequence[dict[str, Any]], asked_again: set[tuple[str, int]]
) -> None:
    """No billed picture without a draft that says so, and none billed more often than it was asked for."""
    billed: Counter[tuple[str, int]] = Counter()
    asked: dict[tuple[str, int], int] = {}
    for line in ledger:
        key = line["prompt"], line["seed"]
        billed[key] += line["billed"]
        asked[key] = max(line["n"], line["billed"], asked.get(key, 0))
    paid: Counter[tuple[str, int]] = Counter()
    saved: Counter[tuple[str, int]] = Counter()
    for draft in drafts:
        key = draft["prompt"], draft["seed"]
        paid[key] += draft["status"] in PAID
        saved[key] += draft["status"] in {"saved", "pending", "expired"}
        made.kept[draft["status"]] += 1
    made.billed = sum(billed.values())
    made.lost = [f"{key}: billed {count}, kept {paid[key]}" for key, count in billed.items() if count > paid[key]]
    made.doubled = [f"{key}: {count}" for key, count in billed.items() if count > asked[key] and key not in asked_again]
    made.wrong += [f"{key} is kept but was never billed" for key, count in saved.items() if count > billed[key]]


def _look_at(draft: dict[str, Any], made: Audit) -> None:
    """Whether a draft is what its status says."""
    if draft["status"] != "saved":
        return
    path = Path(draft["path"])
    if not path.is_file() or path.is_symlink():
        made.lost.append(f"{draft['id']}: saved, and {path} is no file")
        return
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != draft["sha256"] or len(data) != draft["bytes"]:
        made.lost.append(f"{draft['id']}: saved, and {path} is another file")
    if draft["format"] == "png" and draft["n"] == 1 and path.stat().st_size < 2000:
        right = [pixels(pictures.png(16, 16, pictures.colour_of(seed, 0))) for seed in (draft["seed"], *STRAY)]
        found = pixels(data)
        if not found or (found not in right and len(found) == len(right[0])):
            made.wrong.append(f"{draft['id']}: the picture of another draft")


def _look_around(house: House, made: Audit, *, parts: bool) -> None:
    """Nothing lies about, and nobody else can read what is private."""
    for path in house.work.rglob("*"):
        unfinished = path.name.startswith(".seedream-") and path.name.endswith(".part")
        if unfinished and not parts:
            made.wrong.append(f"left behind: {path}")
        if path.suffix in {".png", ".jpg", ".webp"} and not unfinished and path.stat().st_size < 30:
            made.wrong.append(f"no picture: {path}")
    folder = house.history_path.parent
    for path in [folder, *folder.rglob("*")]:
        if path.exists() and path.stat().st_mode & 0o077:
            made.wrong.append(f"others can read {path}")
        if path.name.endswith(".rewriting") and not parts:
            made.wrong.append(f"left behind: {path}")


def _try_commands(house: House, made: Audit, drafts: Sequence[dict[str, Any]]) -> None:
    """Every command works, whatever happened: a status of those allowed, no traceback, valid JSON."""
    for argv, allowed in (
        (("history", "list"), {0}),
        (("history", "verify"), {0, 10}),
        (("history", "stats", "--json"), {0}),
        (("history", "export", "--json"), {0}),
    ):
        run = house.run(*argv, patience=120)
        if run.status not in allowed or run.timed_out or b"Traceback" in run.stderr:
            made.wrong.append(str(run))
    if drafts:
        shown = house.run("history", "show", drafts[-1]["id"])
        if shown.status != 0:
            made.wrong.append(str(shown))


def records(house: House) -> tuple[list[dict[str, Any]], int]:
    """The records of the history as they stand there, and the number of lines that are none."""
    found, torn = [], 0
    lines = house.history_path.read_bytes().split(b"\n") if house.history_path.exists() else []
    for line in filter(None, lines):
        try:
            found.append(json.loads(line))
        except ValueError:
            torn += 1
    return found, torn


def leftovers(house: House) -> list[str]:
    """Unfinished files."""
    return sorted(os.fspath(path) for path in house.work.rglob(".seedream-*.part"))
