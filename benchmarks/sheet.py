"""How long a contact sheet of 100 drafts takes, held against libvips' own commands on the same pictures.

    python benchmarks/sheet.py
    python benchmarks/sheet.py --drafts 400 --times 3

Makes its pictures and its history itself, in a temporary folder: 1024x1024, as PNG and as JPEG. Our side is the whole
command, `seedream gallery --sheet`: reading the history, checking every picture's hash, captions. Theirs is
`vipsthumbnail` into libvips' own uncompressed files, the fastest that it knows, and `vips arrayjoin` of those, at the
same size of thumbnails and without captions. Turn by turn; figures are medians, the ratio that of the turns; memory is
the largest resident set of the process. Where other programs take the cores, the ratio of the processor's time says
more than that of the time waited. Needs `vips` and `vipsthumbnail`. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image

from seedream_cli.drafts import Draft, Key, Target, timestamp
from seedream_cli.history import records
from seedream_cli.sheet.layout import arrange
from seedream_cli.sheet.painting import edge_of

LIMITS: Final = {"png": 1.1, "jpg": 0.5}
OPTIONS: Final[dict[str, dict[str, Any]]] = {"png": {}, "jpg": {"quality": 92}}
SIDE: Final = 1024
BEGAN: Final = 1_700_000_000


class Run(NamedTuple):
    """How long something took and how much of the processor's time, in seconds, and its most memory, in MB."""

    seconds: float
    cpu: float
    memory: float


def photo(number: int) -> Image.Image:
    """Something that packs about as well as a photograph: soft shapes under grain, another for each number."""
    chance = random.Random(number)
    small = Image.frombytes("RGB", (8, 8), chance.randbytes(192))
    shapes = small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    grain = Image.merge("RGB", [Image.effect_noise((SIDE, SIDE), 14)] * 3)
    return Image.blend(shapes, grain, 0.2)


def write_drafts(folder: Path, suffix: str, count: int) -> list[Draft]:
    """Make pictures, and a history that knows them."""
    folder.mkdir()
    drafts, lines = [], []
    for number in range(count):
        path = folder / f"{number:04}.{suffix}"
        photo(number).save(path, **OPTIONS[suffix])
        draft = asked(number, path)
        drafts.append(draft)
        lines += story(draft, path, "jpeg" if suffix == "jpg" else suffix)
    (folder / "history.jsonl").write_bytes(b"".join(lines))
    return drafts


def asked(number: int, path: Path) -> Draft:
    """A draft that is to be saved there."""
    draft_id, at = f"draft{number:07}", timestamp(BEGAN + number)
    prompt = f"An ink-wash mountain at dawn, soft mist over still water, a heron in the reeds, number {number}"
    key = Key("https://llm.example/v1", "seedream-v5lite", prompt, None, f"{SIDE}x{SIDE}", number, 1, 1)
    return Draft(draft_id, at, key, 0.012, Target((str(path),), replace=True), draft_id)


def story(draft: Draft, path: Path, kind: str) -> list[bytes]:
    """The lines of one draft that was asked for and saved."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    saved = records.saved(draft, path=str(path), picture_format=kind, size=len(data), sha256=digest)
    return [records.intent(draft), saved.encode(draft.created, late=False)]


def measured(*commands: list[str], env: dict[str, str] | None = None) -> Run:
    """Run commands one after the other."""
    began = time.perf_counter()
    cpu = memory = 0.0
    for command in commands:
        process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024))
    return Run(time.perf_counter() - began, cpu, memory)


def ours(folder: Path, suffix: str) -> Run:
    """`seedream gallery --sheet`."""
    command = [sys.executable, "-m", "seedream_cli", "gallery", "--all", "-q", "--sheet", str(folder / f"o.{suffix}")]
    return measured(command, env={"SEEDREAM_HISTORY": str(folder / "history.jsonl")})


def theirs(folder: Path, suffix: str, drafts: list[Draft]) -> Run:
    """`vipsthumbnail`, then `vips arrayjoin`."""
    paths = [Path(draft.target.path(suffix)) for draft in drafts]
    edge = edge_of(arrange(drafts))
    made = folder / "vips"
    made.mkdir(exist_ok=True)
    shrink = ["vipsthumbnail", "--size", f"{edge}x{edge}", "-o", f"{made}/%s.v", *map(str, paths)]
    thumbnails = " ".join(str(made / f"{path.stem}.v") for path in paths)
    across = str(round(len(paths) ** 0.5))
    return measured(shrink, ["vips", "arrayjoin", thumbnails, str(folder / f"v.{suffix}"), "--across", across])


def main() -> int:
    """Make the pictures, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--drafts", type=int, default=100)
    parser.add_argument("--times", type=int, default=5, help="sheets of each kind")
    wanted = parser.parse_args()
    missed = False
    print(f"{'drafts':<12} {'ours':>9} {'vips':>9} {'ratio':>6} {'limit':>6} {'of CPU':>6} {'memory':>8} {'vips':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for suffix, limit in LIMITS.items():
            folder = Path(scratch, suffix)
            drafts = write_drafts(folder, suffix, wanted.drafts)
            turns = [(ours(folder, suffix), theirs(folder, suffix, drafts)) for _ in range(wanted.times + 1)][1:]
            ratio = statistics.median(mine.seconds / vips.seconds for mine, vips in turns)
            of_cpu = statistics.median(mine.cpu / vips.cpu for mine, vips in turns)
            mine, vips = (
                Run(*map(statistics.median, (seconds, cpu)), max(memory))
                for seconds, cpu, memory in (zip(*runs, strict=True) for runs in zip(*turns, strict=True))
            )
            missed |= ratio > limit
            print(
                f"{wanted.drafts:>4} {suffix.upper():<7} {mine.seconds:7.3f} s {vips.seconds:7.3f} s {ratio:6.2f}"
                f" {limit:6} {of_cpu:6.2f} {mine.memory:5.0f} MB {vips.memory:5.0f} MB"
                + ("  MISSED" if ratio > limit else ""),
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
