"""Write the completions and the man page, or check that they are up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from generators.bash import bash
from generators.fish import fish
from generators.man import man
from generators.powershell import powershell
from generators.tree import read_tree
from generators.zsh import zsh

ROOT: Final = Path(__file__).parent.parent

MADE: Final = {
    "completions/seedream.bash": bash,
    "completions/_seedream": zsh,
    "completions/seedream.fish": fish,
    "completions/seedream.ps1": powershell,
    "man/seedream.1": man,
}
"""What is made, and by what, from the tree."""


def generated() -> dict[Path, str]:
    """Return what is to lie where."""
    tree = read_tree()
    return {ROOT / name: make(tree) for name, make in MADE.items()}


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(prog="python -m generators", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a file is not up to date")
    check = parser.parse_args().check
    stale = [(path, text) for path, text in generated().items() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        name = path.relative_to(ROOT)
        if check:
            sys.stderr.write(f"{name} is not up to date: python -m generators\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{name}\n")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
