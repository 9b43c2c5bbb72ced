"""How long a page of a thousand drafts takes: to be made, to be made again, and to open in Chromium.

    python benchmarks/gallery.py
    python benchmarks/gallery.py --drafts 200

Makes its drafts itself, in a temporary folder: pictures of 1024x1024 as the sandbox paints them, twenty different
ones. The page is open when all cards are there and the first picture is shown; the median of five. Needs Chromium and
the tests' requirements. Ends with 1 where a thousand take more than three seconds to open.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from seedream_cli.history import records

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support import past
from support.browser import launched
from support.gallery import saved

DIFFERENT = 20
RUNS = 5
LIMIT = 3.0
OPEN = """(count) => {
  const first = document.querySelector('.card img');
  return document.querySelectorAll('.card').length === count && first.complete && first.naturalWidth > 0;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=1000, metavar="N", help="Drafts on the page (1000).")
    drafts = parser.parse_args().drafts
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        painted = paint(home)
        hang(home, painted, drafts)
        for what in ("made", "made again"):
            began = time.perf_counter()
            seedream(home, "gallery", "--all", "-o", "page.html", history="many.jsonl")
            print(f"{what}: {time.perf_counter() - began:.1f} s")
        print(f"size: {(home / 'page.html').stat().st_size / 1e6:.1f} MB")
        times = opened(home / "page.html", drafts)
    median = statistics.median(times)
    print(f"open: {median:.2f} s ({min(times):.2f} to {max(times):.2f})")
    return int(drafts == 1000 and median > LIMIT)


def seedream(home: Path, *arguments: str, history: str) -> None:
    environment = {**os.environ, "SEEDREAM_HISTORY": str(home / history)}
    command = [sys.executable, "-m", "seedream_cli", *arguments, "-q"]
    subprocess.run(command, cwd=home, env=environment, check=True, stdout=subprocess.DEVNULL)


def paint(home: Path) -> list[Path]:
    """Have the sandbox paint."""
    prompt = ("gen", "an ink-wash mountain at dawn", "-n", str(DIFFERENT), "--seed", "1", "--sandbox", "-d", "painted")
    seedream(home, *prompt, history="few.jsonl")
    return sorted((home / "painted").iterdir())


def hang(home: Path, painted: list[Path], drafts: int) -> None:
    """Write a history of so many drafts, each with a file of its own."""
    (home / "drafts").mkdir()
    lines = []
    for number in range(1, drafts + 1):
        source = painted[number % len(painted)]
        path = home / "drafts" / f"{number}.png"
        path.hardlink_to(source)
        draft = past.asked(number, f"an ink-wash mountain at dawn, variation {number}")
        lines += [records.intent(draft), past.line(saved(draft, path, source.read_bytes()))]
    past.write(home / "many.jsonl", *lines)


def opened(page: Path, drafts: int) -> list[float]:
    """Open the page in a browser that knows nothing yet, again and again."""
    times = []
    with launched() as browser:
        for _ in range(RUNS):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            tab = context.new_page()
            began = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_function(OPEN, arg=drafts)
            times.append(time.perf_counter() - began)
            context.close()
    return times


if __name__ == "__main__":
    sys.exit(main())
