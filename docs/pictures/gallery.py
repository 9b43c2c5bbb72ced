"""Make the README's pictures of the gallery: drafts of the sandbox on the page, compared, and on a phone in the dark.

Needs Chromium and the tests' requirements; from the top of a checkout: `python docs/pictures/gallery.py`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent.parent / "tests"))

from support.browser import launched  # noqa: E402

PROMPTS = (
    "An ink-wash mountain at dawn, soft mist",
    "A lighthouse in a storm, seen from the sea",
    "A red sun over snowy peaks, cranes",
    "竹林晨雾,远山",
)
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 700}, "device_scale_factor": 2, "is_mobile": True}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "SEEDREAM_HISTORY": f"{scratch}/history.jsonl", "SEEDREAM_SANDBOX": "1"}

        def seedream(*arguments: str) -> str:
            command = [sys.executable, "-m", "seedream_cli", *arguments]
            return subprocess.run(
                command, cwd=scratch, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        draw(seedream)
        seedream("gallery", "-o", "page.html")
        with launched() as browser:
            page = browser.new_page(**DESK)
            page.goto(Path(scratch, "page.html").as_uri())
            desk(page)
            page = browser.new_page(**PHONE, has_touch=True, color_scheme="dark")
            page.goto(Path(scratch, "page.html").as_uri())
            shoot(page, "gallery-phone")


def draw(seedream: Callable[..., str]) -> None:
    """Draw a dozen drafts, rate and pick some, and make one of another."""
    ids = []
    for number, prompt in enumerate(PROMPTS):
        lines = seedream("gen", prompt, "-n", "3", "--seed", str(10 * number + 1), "--json").splitlines()
        ids += [json.loads(line)["id"] for line in lines]
    for position, rating in ((0, 4), (2, 5), (4, 3), (7, 5), (10, 4)):
        seedream("history", "rate", ids[position], str(rating))
    seedream("history", "tag", ids[7], "picked")
    seedream("history", "tag", ids[2], "picked", "poster")
    seedream("history", "tag", ids[5], "rejected")
    seedream("history", "rerun", ids[7], "--sub", "snowy=misty")


def desk(page: Page) -> None:
    """The grid, a comparison, a duel."""
    page.locator(".card").nth(1).focus()
    shoot(page, "gallery")
    page.locator(".card").first.focus()
    page.keyboard.press("c")
    expect(page.locator("#viewer .view img")).to_have_count(2)
    shoot(page, "gallery-compare")


def shoot(page: Page, name: str) -> None:
    """Take a picture when every image in sight is there."""
    page.wait_for_function("document.querySelectorAll('.card img[src]').length > 1")
    page.wait_for_function("[...document.querySelectorAll('img[src]')].every((one) => one.complete)")
    with Image.open(BytesIO(page.screenshot(animations="disabled"))) as taken:
        taken.convert("RGB").save(FOLDER / f"{name}.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    main()
