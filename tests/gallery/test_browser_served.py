"""The served page in a real browser: what is pressed there lands in the history at once, and a rerun asks first."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from support import past
from support.browser import Visit, visited
from support.gallery import Served, hang, served
from support.program import Home
from support.replies import error
from support.service import Service


@pytest.fixture
def six(home: Home) -> Home:
    """A home with six drafts."""
    hang(home, [past.asked(number, f"fox number {number}") for number in range(1, 7)])
    return home


@contextmanager
def opened(home: Home, browser: Browser, *argv: str, **how: Any) -> Iterator[tuple[Served, Visit]]:
    with served(home, *argv) as page, visited(browser, page.url, **how) as visit:
        yield page, visit


def by_number(home: Home) -> dict[int, dict[str, Any]]:
    return {draft["seed"]: draft for draft in home.drafts()}


def test_marks_land_in_the_history_at_once(six: Home, browser: Browser) -> None:
    with opened(six, browser) as (_, visit):
        visit.begin()
        visit.press("4")
        visit.says("rated 4")
        assert by_number(six)[6]["rating"] == 4
        visit.press("p")
        visit.says("picked")
        assert by_number(six)[6]["tags"] == ["picked"]
        visit.press("x")
        visit.says("rejected")
        assert by_number(six)[6]["tags"] == ["rejected"]
        visit.press("ArrowRight", "t")
        visit.type("poster <b>")
        visit.press("Enter")
        visit.says("tagged poster <b>")
        assert by_number(six)[5]["tags"] == ["poster <b>"]
        expect(visit.dialog("viewer").locator("[name=tag]")).to_be_focused()
        visit.dialog("viewer").get_by_role("button", name="Take away the tag poster <b>").click()
        visit.says("no longer tagged poster <b>")
        assert by_number(six)[5]["tags"] == []
        visit.press("Escape")
        visit.page.reload()
        expect(visit.card(6)).to_contain_text("rejected")
        expect(visit.page.locator("#local")).to_be_hidden()


def test_fast_fingers_are_recorded_in_their_order(six: Home, browser: Browser) -> None:
    with opened(six, browser) as (_, visit):
        visit.begin()
        visit.press(*"12345", "p", "x", "p", *"54321")
        visit.says("rated 1")
        visit.page.wait_for_load_state("networkidle")
    assert (by_number(six)[6]["rating"], by_number(six)[6]["tags"]) == (1, ["picked"])


def test_duels_are_recorded_as_ratings(six: Home, browser: Browser) -> None:
    with opened(six, browser, viewport={"width": 900, "height": 700}) as (_, visit):
        visit.begin()
        visit.press("d")
        images = visit.dialog("duel").locator(".view img")
        for _ in range(12):
            sources = images.evaluate_all("all => all.map((one) => one.getAttribute('src'))")
            first, second = (int(re.findall(r"draft(\d+)", source)[0]) for source in sources)
            visit.press("1" if first > second else "2")
        visit.press("Enter")
        visit.says("rated 6 drafts")
    rated = [by_number(six)[number]["rating"] for number in range(1, 7)]
    assert rated == sorted(rated)
    assert (rated[0], rated[-1]) == (1, 5)


def test_pictures_come_from_the_server(six: Home, browser: Browser) -> None:
    with opened(six, browser) as (page, visit):
        expect(visit.card(6).locator("img")).to_have_js_property("naturalWidth", 48)
        visit.begin()
        visit.press("Enter")
        image = visit.dialog("viewer").locator(".view img")
        expect(image).to_have_attribute("src", f"picture/draft0000006?token={page.token}")
        expect(image).to_have_js_property("naturalWidth", 48)


def test_a_rerun_in_the_sandbox_asks_and_appears(offline_home: Home, browser: Browser) -> None:
    draft = offline_home.gen("a fox", "--sandbox", "--json").expect(0).objects[0]
    with opened(offline_home, browser, "--sandbox") as (_, visit):
        visit.begin()
        visit.press("r")
        dialog = visit.dialog("rerun")
        expect(dialog.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("a fox")
        expect(visit.page.locator("#cost")).to_contain_text("stand-in pictures of the sandbox, free")
        dialog.get_by_role("spinbutton").fill("2")
        expect(visit.page.locator("#cost")).to_contain_text("2 drafts")
        dialog.get_by_role("button", name="Draw: $0").click()
        expect(visit.cards).to_have_count(3, timeout=30_000)
        visit.says("2 of 2 new drafts saved")
        assert [each["parent"] for each in offline_home.drafts()] == [None, draft["id"], draft["id"]]
        newest = offline_home.drafts()[-1]["id"]
        expect(visit.cards.first).to_have_attribute("data-id", newest)
        expect(visit.cards.first).to_be_focused()


def test_a_rerun_on_the_service_costs_what_it_says(home: Home, service: Service, browser: Browser) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    with opened(home, browser) as (_, visit):
        visit.begin()
        visit.press("r")
        expect(visit.page.locator("#cost")).to_contain_text("1 draft on seedream-v5lite at 1024x1024: about $0.012")
        visit.page.get_by_label("as a final on seedream-v4.5").check()
        expect(visit.page.locator("#cost")).to_contain_text("1024x1024 becomes 2048x2048 on seedream-v4.5")
        assert service.posts == 1
        visit.dialog("rerun").get_by_role("button", name="Draw: about $0.03").click()
        visit.says("1 of 1 new draft saved")
        expect(visit.cards).to_have_count(2)
    assert [post.json["model"] for post in service.ledger] == ["seedream-v5lite", "seedream-v4.5"]
    assert [post.json["seed"] for post in service.ledger] == [7, 7]


def test_a_rerun_that_nobody_confirms_is_none(home: Home, service: Service, browser: Browser) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    with opened(home, browser) as (_, visit):
        visit.begin()
        visit.press("r")
        expect(visit.dialog("rerun").get_by_role("button", name="Draw: about $0.012")).to_be_enabled()
        visit.press("Escape")
        expect(visit.dialog("rerun")).to_be_hidden()
        expect(visit.cards.first).to_be_focused()
    assert service.posts == 1


def test_what_was_not_drawn_says_why(home: Home, service: Service, browser: Browser) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    service.always(error(451))
    with opened(home, browser) as (_, visit):
        visit.begin()
        visit.press("r")
        visit.dialog("rerun").get_by_role("button", name="Draw: about $0.012").click()
        visit.says("0 of 1 new draft saved: error:")
        expect(visit.cards.first).to_contain_text("blocked by the safety filter, not billed")


def test_a_cap_is_told_before_anything_is_asked(home: Home, service: Service, browser: Browser) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    with opened(home, browser, "--max-cost", "0.01") as (_, visit):
        visit.begin()
        visit.press("r")
        expect(visit.page.locator("#cost")).to_contain_text("1 draft costs about $0.012, more than $0.01")
        expect(visit.page.locator("#draw")).to_be_disabled()
        assert visit.troubles.pop().startswith("Failed to load resource")  # the 409
    assert service.posts == 1


def test_what_could_not_be_recorded_is_taken_back(six: Home, browser: Browser) -> None:
    with opened(six, browser) as (page, visit):
        page.running.kill()
        page.running.wait()
        visit.begin()
        visit.press("4")
        visit.says("not recorded: the server does not answer")
        assert "rated" not in (visit.card(6).text_content() or "")
        assert all(trouble.startswith("Failed to load resource") for trouble in visit.troubles)
        visit.troubles.clear()
