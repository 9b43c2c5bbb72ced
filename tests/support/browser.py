"""A real Chromium over the gallery: what is pressed, what is seen, and what the page did besides."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def chromium() -> str | None:
    """Where a Chromium or Chrome is: `CHROMIUM`, the path, or where macOS keeps it; None where there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    return found or next(filter(os.path.exists, _ELSEWHERE), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser; the test is skipped where there is none."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or CHROMIUM=/path/to/it")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page, visited; when it is left, it must have met no error and asked nobody for anything."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self._own = "file:///" if url.startswith("file:") else url.partition("?")[0]
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("dialog", lambda dialog: (self._note("error", f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self._note("error", f"popup {popup.url}"))
        self.page.on("request", lambda request: self._ask(request.url))
        self.page.goto(url)

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.troubles.append(text)

    def _ask(self, url: str) -> None:
        if not url.startswith(("data:", self._own)):
            self.asked.append(url)

    def check(self) -> None:
        """Fail where the page did what no page of ours does."""
        assert not self.troubles, self.troubles[:20]
        assert not self.asked, self.asked[:20]

    # Looking

    @property
    def cards(self) -> Locator:
        """All cards that are shown."""
        return self.page.locator("#grid .card")

    def card(self, number: int) -> Locator:
        """The card of `past.asked(number)`."""
        return self.page.locator(f'.card[data-id="draft{number:07d}"]')

    @property
    def shown(self) -> list[int]:
        """The numbers of the cards that are shown, in order."""
        return [int(each[5:]) for each in self.cards.evaluate_all("all => all.map((card) => card.dataset.id)")]

    @property
    def current(self) -> int | None:
        """The number of the card that has the focus."""
        found = self.page.evaluate("document.activeElement.dataset.id ?? null")
        return found and int(found[5:])

    def dialog(self, name: str) -> Locator:
        """A dialog by its id."""
        return self.page.locator(f"dialog#{name}")

    def says(self, text: str) -> None:
        """Wait until this is said."""
        expect(self.page.locator(".said", has_text=text)).to_be_visible()

    # Doing

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def begin(self, number: int | None = None) -> None:
        """Focus a card, by default the first."""
        (self.cards.first if number is None else self.card(number)).focus()

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.page.keyboard.type(text)

    def pasted(self) -> str:
        """What was copied."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))


@contextmanager
def visited(browser: Browser, place: str | Path, **how: Any) -> Iterator[Visit]:
    """A page by its address or its file, in a browser that knows nothing yet; `how` is what its window is like."""
    context = browser.new_context(viewport=how.pop("viewport", {"width": 1200, "height": 800}), **how)
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        visit = Visit(context, place.absolute().as_uri() if isinstance(place, Path) else place)
        yield visit
        visit.check()
    finally:
        context.close()
