"""Two hundred hostile strings in every field of drafts: shown as they are, run by nobody, loading nothing."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from support import past, pictures
from support.browser import Visit, visited
from support.gallery import Elements, cards_of, saved, served
from support.hostile import STRINGS
from support.program import Home

from seedream_cli.drafts import Draft, DraftError
from seedream_cli.history import records


def drawn(number: int, text: str, folder: Path) -> tuple[Draft, list[bytes]]:
    """A draft of which every text is this one, and its lines; every second one has a picture."""
    parent = f"draft{number - 1:07d}" if number % 3 else text
    draft = past.asked(number, text, model=text, size=text, negative_prompt=text, batch=text, parent=parent)
    draft = replace(draft, tags=(text, "picked"))
    lines = [records.intent(draft), past.line(past.answer(draft, url=None, revised=text))]
    if number % 2:
        data = pictures.png(24, 24, pictures.colour_of(number))
        path = folder / f"{draft.id}.png"
        path.write_bytes(data)
        lines.append(past.line(saved(draft, path, data)))
    else:
        lines.append(past.line(records.unsaved(draft, DraftError(500, text, text))))
    lines += [past.line(records.noted(draft, text)), past.line(records.rated(draft, number % 6))]
    return draft, lines


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose history is hostile."""
    home = Home(tmp_path_factory.mktemp("hostile"))
    folder = home.work / "<img src=x onerror=window.pwned=1>"
    folder.mkdir()
    lines = [line for number, text in enumerate(STRINGS) for line in drawn(number, text, folder)[1]]
    past.write(home.history_path, *lines)
    home.run("gallery", "-o", "page.html").expect(0)
    return home


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(STRINGS)) == 200


def test_they_add_no_element_to_the_page(hostile: Home, tmp_path: Path) -> None:
    page = (hostile.work / "page.html").read_text("utf-8")
    quiet = Home(tmp_path / "quiet")
    quiet.run("gallery", "-o", "page.html").expect(0)
    assert Elements(page).all == Elements((quiet.work / "page.html").read_text("utf-8")).all
    assert len(cards_of(page)) == 200


READ = """(viewer) => ({
  said: viewer.querySelector(".details").innerText,
  texts: [...viewer.querySelectorAll(".details .text")].map((each) => each.textContent),
})"""


def looked_at(visit: Visit, expected: dict[str, dict[str, Any]], compared: Iterable[int]) -> None:
    """Bring every text in front of the browser in every way there is; compare four drafts from each of some on."""
    expect(visit.cards).to_have_count(200)
    words = visit.cards.evaluate_all(
        "all => all.map((card) => [card.dataset.id, card.querySelector('.words').textContent])"
    )
    assert dict(words) == {each: card["prompt"] for each, card in expected.items()}
    visit.begin()
    visit.press("Enter")
    viewer = visit.dialog("viewer")
    for card in expected.values():
        expect(viewer.get_by_role("heading", level=2)).to_contain_text(card["id"])
        details = viewer.evaluate(READ)
        assert card["id"] in details["said"]
        assert set(details["texts"]) == {card["prompt"]}
        visit.press("ArrowRight")
    visit.press("Escape")
    for start in compared:
        for number in range(start, start + 4):
            visit.card(199 - number).evaluate("card => card.focus()")
            visit.press(" ")
        visit.press("c")
        expect(visit.dialog("viewer").locator(".pane")).to_have_count(4)
        visit.press("Escape")
        visit.begin()
        visit.press("Escape")
    visit.press("d", *["="] * 8, "Enter")
    expect(visit.dialog("duel").locator("tbody tr").first).to_be_visible()
    visit.press("Escape", "f")
    visit.type("tag:picked script")
    visit.press("Escape")
    visit.page.mouse.move(300, 400)
    assert visit.page.evaluate("window.pwned ?? null") is None
    assert (
        visit.page.locator("#grid script, #grid iframe, #grid svg, dialog script, dialog iframe, dialog svg").count()
        == 0
    )


def test_nothing_of_them_runs_on_the_page_as_a_file(hostile: Home, browser: Browser) -> None:
    page = hostile.work / "page.html"
    with visited(browser, page) as visit:
        looked_at(visit, cards_of(page.read_text("utf-8")), range(0, 200, 4))


def test_nothing_of_them_runs_on_the_page_as_it_is_served(hostile: Home, browser: Browser) -> None:
    with served(hostile) as shop:
        expected = cards_of(shop.get().body.decode())
        with visited(browser, shop.url) as visit:
            looked_at(visit, expected, range(0, 200, 40))  # the script is the file's, all of them stood there
            visit.begin()
            visit.press("r")
            expect(visit.page.locator("#cost")).to_contain_text("unknown model")
            assert visit.troubles.pop().endswith("400 (Bad Request)")
            visit.press("Escape")


def test_what_the_browser_kept_of_a_page_runs_nothing_either(hostile: Home, browser: Browser) -> None:
    page = hostile.work / "page.html"
    with visited(browser, page) as visit:
        marks = {
            f"draft{n:07d}": {"rating": text, "added": [text, 7], "removed": text} for n, text in enumerate(STRINGS)
        }
        marks |= {"__proto__": {"rating": 5}, "constructor": {"rating": 5}, STRINGS[0]: {"rating": 5}}
        store = "(marks) => localStorage.setItem(`seedream gallery ${location.pathname}`, marks)"
        for kept in (json.dumps(marks), "{", "[]", "null", "7", '{"draft0000001": null}', '{"draft0000001": 7}'):
            visit.page.evaluate(store, kept)
            visit.page.reload()
            expect(visit.cards).to_have_count(200)
        assert visit.page.evaluate("window.pwned ?? null") is None
