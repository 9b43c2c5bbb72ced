"""`docs/seeing.md` says only what is true: its commands run, its pictures are there."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image
from support.program import Home, Result

from seedream_cli.preview.terminals import method

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "seeing.md").read_text("utf-8")


def done(home: Home, marker: str) -> Result:
    """Run the commands of a block in the sandbox."""
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, marker
    bash = shutil.which("bash")
    assert bash
    program = home.root / "bin" / "seedream"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    env = {"PATH": path, "SEEDREAM_SANDBOX": "1"}
    return home.run("-euo", "pipefail", "-c", found[1], program=[bash], env=env, timeout=100).expect(0)


def test_previews_can_be_turned_off(offline_home: Home) -> None:
    done(offline_home, "preview")
    assert offline_home.config_path.read_text() == ""


def test_sheets_are_made(offline_home: Home) -> None:
    done(offline_home, "sheet")
    sizes = {}
    for name in ("boats.png", "two.jpg", "grid.png"):
        with Image.open(offline_home.work / name) as image:
            sizes[name] = image.size
    assert sizes["two.jpg"][0] == 2 * 512 + 12 + 2 * 16
    assert sizes["grid.png"][0] > 4 * 512


def test_pictures_say_what_made_them(offline_home: Home) -> None:
    if not shutil.which("jq"):
        pytest.skip("needs jq")
    assert "a paper boat" in done(offline_home, "embedded").lines


def test_its_pictures_and_pages_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (DOCS / target).is_file(), target


def test_the_ways_to_show_pictures_are_those_of_the_program() -> None:
    told = re.search(r"SEEDREAM_GRAPHICS=(\w+) +# or (.*)", PAGE)
    assert told
    ways = [told[1], *told[2].split(", ")]
    assert len(ways) == 6
    for way in ways:
        method({"TERM": "xterm", "SEEDREAM_GRAPHICS": way})
