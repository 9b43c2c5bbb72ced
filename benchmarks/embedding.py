"""What it costs to write into a picture what made it, held against a plain copy of the file.

    python benchmarks/embedding.py
    python benchmarks/embedding.py --folder /mnt/disk --times 200

Makes its pictures itself, 1024x1024, in a temporary folder, and copies each from file to file: with what made it
(`picture.embed`), without (`shutil.copyfile`), and for comparison as Pillow does it, by encoding it again. All are
measured turn by turn; figures are medians. Proves by decoding that no pixel changed; ends with 1 where a limit is
missed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from seedream_cli.saving import picture

LIMIT: Final = 1.5
FACTS: Final = picture.PictureFacts(
    prompt="An ink-wash mountain at dawn, soft mist over still water, a heron in the reeds, 水墨画",
    negative_prompt="blur, text, people",
    model="seedream-v5lite",
    size="1024x1024",
    seed=7,
    id="abc123def4gh",
    created="2026-11-02T10:00:00Z",
)
KINDS: Final[dict[str, dict[str, Any]]] = {
    "photo.png": {},
    "texts-before.png": {"pnginfo": PngInfo()},
    "photo.jpg": {"quality": 92},
    "photo.webp": {"quality": 90},
    "lossless.webp": {"lossless": True, "method": 0},
}
KINDS["texts-before.png"]["pnginfo"].add_text("Comment", "a stand-in")


def photo() -> Image.Image:
    """Something that packs about as well as a photograph: soft shapes under grain."""
    side = 1024
    grain = Image.effect_noise((side, side), 12)
    shapes = [Image.radial_gradient("L"), Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90)]
    bands = [Image.blend(shape.resize((side, side), Image.Resampling.BICUBIC), grain, 0.3) for shape in shapes]
    return Image.merge("RGB", bands)


def embedding(source: Path, target: Path) -> Callable[[], None]:
    """Copy a picture with what made it."""
    with source.open("rb") as file:
        info = picture.inspect(file)

    def embed() -> None:
        with source.open("rb") as file, target.open("wb") as copy:
            picture.embed(file, copy, info, FACTS)

    return embed


def encoding(source: Path, target: Path) -> Callable[[], None]:
    """Decode and encode, as the ordinary way to add text goes."""

    def encode() -> None:
        with Image.open(source) as image:
            image.save(target)

    return encode


def median(times: int, *measured: Callable[[], None]) -> list[float]:
    """Seconds that each takes, measured turn by turn."""
    turns: list[list[float]] = [[] for _ in measured]
    for _ in range(times):
        for taken, measure in zip(turns, measured, strict=True):
            began = time.perf_counter()
            measure()
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in turns]


def pixels(path: Path) -> tuple[str, bytes]:
    """What Pillow sees."""
    with Image.open(path) as image:
        return image.mode, image.tobytes()


def main() -> int:
    """Make the pictures, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=101, help="copies of each kind")
    parser.add_argument("--folder", type=Path, help="where they are made; a temporary one by default")
    wanted = parser.parse_args()
    missed = False
    print(f"{'picture':<18} {'bytes':>9} {'copied':>9} {'embedded':>9} {'ratio':>6} {'limit':>6} {'encoded':>9}")
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        for name, options in KINDS.items():
            source, copy, target = (Path(folder, f"{stem}-{name}") for stem in ("source", "copy", "embedded"))
            photo().save(source, **options)
            plain, embedded = median(
                wanted.times, lambda s=source, c=copy: shutil.copyfile(s, c), embedding(source, target)
            )
            (encoded,) = median(3, encoding(source, copy))
            if pixels(source) != pixels(target):
                raise SystemExit(f"{name}: pixels changed")
            ratio = embedded / plain
            missed |= ratio > LIMIT
            print(
                f"{name:<18} {source.stat().st_size:9,} {plain * 1e3:6.2f} ms {embedded * 1e3:6.2f} ms {ratio:6.2f}"
                f" {LIMIT:6} {encoded * 1e3:6.0f} ms" + ("  MISSED" if ratio > LIMIT else "")
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
