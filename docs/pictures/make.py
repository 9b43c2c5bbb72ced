"""Make pictures for the README and the docs: drafts of the sandbox, the terminal in which they were drawn, a sheet.

Run from the top of a checkout in which the package is installed: `python docs/pictures/make.py`.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

FOLDER = Path(__file__).parent
PROMPT = "An ink-wash mountain at dawn, soft mist"
EDGE = 400
PROMPTS = (PROMPT, "A lighthouse in a storm, seen from the sea", "竹林の朝霧、遠くの山")
SHEET_WIDTH = 1200


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "SEEDREAM_HISTORY": f"{scratch}/history.jsonl", "SEEDREAM_SANDBOX": "1"}

        def seedream(*arguments: str) -> str:
            command = [sys.executable, "-m", "seedream_cli", *arguments]
            done = subprocess.run(command, cwd=scratch, env=environment, check=True, capture_output=True, text=True)
            return done.stderr + done.stdout

        talk = seedream("gen", PROMPT, "-n", "4", "--seed", "7")
        sheet(sorted(Path(scratch, "drafts").glob("*.png"), key=lambda path: int(path.stem.split("-")[-2])))
        Path(scratch, "dawn.txt").write_text("\n".join(PROMPTS))
        seedream("batch", "dawn.txt", "--seeds", "11-14")
        seedream("history", "rate", "last", "5")
        seedream("gallery", "--batch", "dawn.txt", "--sheet", "sheet.png")
        small(Path(scratch, "sheet.png"))
        terminal([(f'seedream gen "{PROMPT}" -n 4 --seed 7 --sandbox', talk)])


def sheet(pictures: list[Path]) -> None:
    made = Image.new("RGB", (EDGE * len(pictures), EDGE))
    for column, path in enumerate(pictures):
        with Image.open(path) as picture:
            made.paste(picture.resize((EDGE, EDGE), Image.Resampling.LANCZOS), (column * EDGE, 0))
    made.save(FOLDER / "four-drafts.jpg", quality=88, optimize=True)


def small(path: Path) -> None:
    with Image.open(path) as image:
        height = round(image.height * SHEET_WIDTH / image.width)
        shown = image.resize((SHEET_WIDTH, height), Image.Resampling.LANCZOS)
        shown.save(FOLDER / "sheet.jpg", quality=86, optimize=True)


def terminal(session: list[tuple[str, str]]) -> None:
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True)
    for command, output in session:
        console.print(Text.assemble(("$ ", "green"), (command, "bold")))
        console.print(Text(output.rstrip()))
    # Without its web fonts the drawing needs nothing from outside.
    svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="seedream"), flags=re.DOTALL)
    (FOLDER / "terminal.svg").write_text(svg)


if __name__ == "__main__":
    main()
