"""The page as a file in a real browser: all by the keyboard, the mouse and by touch, and nothing else done."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, expect
from support import past
from support.browser import Visit, visited
from support.gallery import hang
from support.program import Home

from seedream_cli.drafts import SANDBOX, Draft, DraftError
from seedream_cli.history import records

Opening = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def opened(home: Home, browser: Browser) -> Opening:
    """Open a page of some drafts."""

    def opening(*drafts: Draft, **how: Any) -> AbstractContextManager[Visit]:
        hang(home, drafts)
        home.run("gallery", "-o", "page.html").expect(0)
        return visited(browser, home.work / "page.html", **how)

    return opening


@pytest.fixture
def twelve(opened: Opening) -> Iterator[Visit]:
    """A page of twelve drafts, the newest first: 12 to 1."""
    with opened(*(past.asked(number, f"fox number {number}") for number in range(1, 13))) as visit:
        yield visit


def rating(visit: Visit, number: int) -> int | None:
    """What a card says of its rating."""
    found = re.search(r"rated (\d)", visit.card(number).text_content() or "")
    return None if found is None else int(found[1])


# The grid


def test_arrows_move_among_the_cards_and_one_of_them_is_in_the_tab_order(twelve: Visit) -> None:
    twelve.begin()
    across = twelve.page.evaluate(
        "getComputedStyle(document.querySelector('#grid')).gridTemplateColumns.split(' ').length"
    )
    for key, number in [
        ("ArrowRight", 11),
        ("ArrowDown", 11 - across),
        ("ArrowLeft", 12 - across),
        ("ArrowUp", 12),
        ("ArrowUp", 12),
        ("ArrowLeft", 12),
        ("End", 1),
        ("ArrowRight", 1),
        ("ArrowDown", 1),
        ("Home", 12),
    ]:
        twelve.press(key)
        assert twelve.current == number, key
        assert twelve.page.locator('.card[tabindex="0"]').count() == 1


def test_the_tab_key_reaches_everything_once(twelve: Visit) -> None:
    met = []
    for _ in range(12):
        twelve.press("Tab")
        met.append(twelve.page.evaluate("(e => e.dataset.id ?? e.id ?? e.name)(document.activeElement)"))
    assert "draft0000012" in met
    assert sum(each.startswith("draft") for each in met) == 1
    assert {"do-compare", "do-duel", "do-help"} <= set(met)


def test_a_card_says_what_it_shows(opened: Opening) -> None:
    draft = past.asked(1, "a fox", origin=SANDBOX, tags=("picked",))
    with opened(draft) as visit:
        option = visit.page.locator("#grid").get_by_role("option")
        expect(option).to_have_accessible_name("stand-in picked seed 1 v5lite a fox")
        expect(option).to_have_attribute("aria-selected", "false")


def test_statuses_without_a_picture_are_cards_that_say_why(home: Home, browser: Browser) -> None:
    drafts = [past.asked(number) for number in (1, 2, 3)]
    why = DraftError(451, None, "not that")
    past.write(
        home.history_path,
        *map(records.intent, drafts),
        past.line(records.refused(drafts[0], why, blocked=True)),
        past.line(records.refused(drafts[1], DraftError(400, None, "bad"), blocked=False)),
    )
    home.run("gallery", "-o", "page.html").expect(0)
    with visited(browser, home.work / "page.html") as visit:
        expect(visit.card(1)).to_contain_text("blocked by the safety filter, not billed: not that")
        expect(visit.card(2)).to_contain_text("failed, not billed: bad")
        expect(visit.card(3)).to_contain_text("outcome unknown, perhaps billed")
        visit.begin(1)
        visit.press("Enter")
        expect(visit.dialog("viewer")).to_contain_text("blocked by the safety filter")


# Marks


def test_digits_rate_and_letters_pick_and_reject(twelve: Visit) -> None:
    twelve.begin()
    twelve.press("4")
    assert rating(twelve, 12) == 4
    twelve.press("2")
    assert rating(twelve, 12) == 2
    twelve.press("p")
    expect(twelve.card(12)).to_contain_text("picked")
    twelve.press("x")
    expect(twelve.card(12)).to_contain_text("rejected")
    expect(twelve.card(12)).not_to_contain_text("picked")
    twelve.press("x")
    expect(twelve.card(12)).not_to_contain_text("rejected")
    assert rating(twelve, 11) is None


def test_marks_on_a_file_survive_and_become_commands(twelve: Visit, home: Home) -> None:
    twelve.begin()
    twelve.press("5", "p", "ArrowRight", "3", "t")
    twelve.type("it's <b> & so")
    twelve.press("Enter", "Escape")
    twelve.page.reload()
    assert (rating(twelve, 12), rating(twelve, 11)) == (5, 3)
    expect(twelve.page.locator("#local")).to_contain_text("Marks on 2 drafts are on this page only")
    twelve.page.get_by_role("button", name="Copy the commands").click()
    twelve.says("copied the commands")
    commands = twelve.pasted()
    tools = home.work / "bin"
    tools.mkdir()
    (tools / "seedream").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    (tools / "seedream").chmod(0o755)
    environment = home.environment()
    environment["PATH"] = f"{tools}:{environment['PATH']}"
    subprocess.run(["sh", "-eu"], input=commands.encode(), env=environment, cwd=home.work, check=True, timeout=60)
    marks = {draft["seed"]: (draft["rating"], draft["tags"]) for draft in home.drafts()}
    assert marks[12] == (5, ["picked"])
    assert marks[11] == (3, ["it's <b> & so"])
    # A page that is made anew knows them from the history.
    home.run("gallery", "-o", "page.html").expect(0)
    twelve.page.reload()
    assert rating(twelve, 12) == 5
    expect(twelve.page.locator("#local")).to_be_hidden()


def test_marks_on_a_file_can_be_discarded(twelve: Visit) -> None:
    twelve.begin()
    twelve.press("5")
    twelve.page.get_by_role("button", name="Discard").click()
    assert rating(twelve, 12) is None
    twelve.page.reload()
    assert rating(twelve, 12) is None


# Looking


def test_enter_shows_a_draft_large_and_escape_leads_back(twelve: Visit) -> None:
    twelve.begin()
    twelve.press("ArrowRight", "Enter")
    viewer = twelve.dialog("viewer")
    expect(viewer.locator(".view img")).to_have_js_property("naturalWidth", 48)
    assert viewer.locator(".view img").get_attribute("src") == "./drafts/draft0000011.png"
    twelve.press("ArrowRight")
    expect(viewer.get_by_role("heading", level=2)).to_have_text("draft0000010, 3 of 12")
    twelve.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(viewer.get_by_role("heading", level=2)).to_have_text("draft0000012, 1 of 12")
    twelve.press("5", "Escape")
    expect(viewer).to_be_hidden()
    expect(twelve.card(12)).to_be_focused()
    assert rating(twelve, 12) == 5


def test_a_picture_that_is_gone_is_shown_small(twelve: Visit, home: Home) -> None:
    (home.work / "drafts/draft0000012.png").unlink()
    twelve.begin()
    twelve.press("Enter")
    expect(twelve.dialog("viewer").locator(".view img")).to_have_attribute("src", re.compile("^data:image/webp"))
    assert twelve.troubles.pop().startswith("Failed to load resource")


def test_prompt_seed_and_command_are_copied(opened: Opening) -> None:
    prompt = 'línea uno\n第二行 "quoted" <b>'
    with opened(past.asked(4_000_000_000, prompt, id="draft0000001")) as visit:
        visit.begin()
        for key, text in [("y", prompt), ("s", "4000000000"), ("m", "seedream history rerun draft0000001")]:
            visit.press(key)
            visit.says("copied")
            assert visit.pasted() == text
        visit.press("r")
        visit.says("copied the command: seedream history rerun draft0000001")


def test_lineage_leads_from_child_to_parent_and_back(opened: Opening) -> None:
    family = [past.asked(1, "a fox at dawn"), past.asked(2, "a fox at dusk", parent="draft0000001")]
    family.append(past.asked(3, "a fox at night", parent="draft0000002"))
    with opened(*family) as visit:
        visit.begin(3)
        visit.press("Enter")
        lineage = visit.dialog("viewer").locator("section", has_text="Lineage")
        expect(lineage.get_by_role("listitem")).to_have_text(
            [
                "draft0000001, seed 1: made from it: [-dawn-]{+dusk+}",
                "draft0000002, seed 2: made from it: [-dusk-]{+night+}",
            ]
        )
        lineage.get_by_role("button", name="draft0000001").click()
        expect(visit.dialog("viewer").get_by_role("heading", level=2)).to_have_text("draft0000001, 3 of 3")
        expect(lineage.get_by_role("listitem")).to_have_text(["draft0000002, seed 2: [-dawn-]{+dusk+}"])


# Comparing


def transforms(visit: Visit) -> list[str]:
    """How each of the compared pictures lies, in widths and heights of its own place."""
    images = visit.dialog("viewer").locator(".view img")
    return images.evaluate_all("all => all.map((one) => one.style.transform)")


def test_two_to_four_are_compared_zoomed_and_moved_together(twelve: Visit) -> None:
    twelve.begin()
    for _ in range(4):
        twelve.press(" ", "ArrowRight")
    twelve.press("c")
    viewer = twelve.dialog("viewer")
    expect(viewer.locator(".view img")).to_have_count(4)
    still = transforms(twelve)
    twelve.press("+", "+")
    zoomed = transforms(twelve)
    assert len(set(zoomed)) == 1
    assert zoomed != still
    twelve.press("Shift+ArrowRight")
    moved = transforms(twelve)
    assert len(set(moved)) == 1
    assert moved != zoomed
    twelve.press("z")
    assert transforms(twelve) == still


def test_wheel_and_drag_zoom_and_move_all_pictures(twelve: Visit) -> None:
    twelve.begin()
    twelve.press(" ", "ArrowRight", " ", "c")
    box = twelve.dialog("viewer").locator(".view").first.bounding_box()
    assert box
    mouse = twelve.page.mouse
    mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    mouse.wheel(0, -600)
    twelve.page.wait_for_function("document.querySelector('#viewer .view img').style.transform.includes('scale(4')")
    zoomed = transforms(twelve)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 3 + 60, box["y"] + box["height"] / 3 + 20)
    mouse.up()
    moved = transforms(twelve)
    assert len(set(zoomed)) == len(set(moved)) == 1
    across = [float(re.findall(r"translate\((.*?)%", each[0])[0]) * box["width"] / 100 for each in (zoomed, moved)]
    assert across[1] - across[0] == pytest.approx(60, abs=1)


def test_what_differs_is_shown_word_by_word(opened: Opening) -> None:
    one = past.asked(1, "a red fox in the snow", negative_prompt="text")
    other = past.asked(2, "a grey fox in the snow", model="seedream-v4", parent=one.id)
    with opened(one, other) as visit:
        visit.begin(2)
        visit.press("c")  # alone it is compared with its parent
        table = visit.dialog("viewer").get_by_role("table")
        rows = {
            row[0]: row[1:]
            for row in table.locator("tbody tr").evaluate_all(
                "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
            )
        }
        assert rows["Model (differs)"] == ["seedream-v5lite", "seedream-v4"]
        assert rows["Seed (differs)"] == ["1", "2"]
        assert rows["Size"] == ["1024x1024", "1024x1024"]
        assert rows["Keep out (differs)"] == ["text", ""]
        expect(table.locator("del")).to_have_text(["red"])
        expect(table.locator("ins")).to_have_text(["grey"])


def test_of_compared_drafts_the_marked_one_is_rated(twelve: Visit) -> None:
    twelve.begin()
    twelve.press(" ", "ArrowRight", " ", "c", "2", "ArrowRight", "5", "p", "c")
    expect(twelve.dialog("viewer")).to_be_hidden()
    assert (rating(twelve, 12), rating(twelve, 11)) == (2, 5)
    expect(twelve.card(11)).to_contain_text("picked")


# Filters


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("harbour", [3]),
        ("FOX tag:good", [2]),
        ("rating:4+", [2]),
        ("rating:none", [4, 3]),
        ("model:v4", [4]),
        ("seed:3", [3]),
        ("batch:foxes", [1]),
        ("status:unknown", []),
        ("draft0000004", [4]),
        ("old harbour", [3]),
        ("old fox", []),
        ("nobody", []),
        ("tag:", []),
    ],
)
def test_f_filters_by_what_is_typed(home: Home, browser: Browser, typed: str, numbers: list[int]) -> None:
    drafts = [past.asked(1, batch="foxes"), past.asked(2, tags=("good",)), past.asked(3, "an old harbour")]
    hang(home, [*drafts, past.asked(4, model="seedream-v4")])
    for number, stars in ((1, 2), (2, 5)):
        home.run("history", "rate", f"draft{number:07d}", str(stars)).expect(0)
    home.run("gallery", "-o", "page.html").expect(0)
    with visited(browser, home.work / "page.html") as visit:
        visit.press("f")
        visit.type(typed)
        assert visit.shown == numbers
        visit.press("Escape")
        assert visit.current == (numbers[0] if numbers else None)


def test_the_form_filters_and_orders_too(opened: Opening) -> None:
    with opened(
        past.asked(1, "b"), past.asked(2, "c", tags=("good",)), past.asked(3, "a", model="seedream-v4")
    ) as visit:
        visit.page.get_by_text("More filters").click()
        visit.page.get_by_label("Tag").select_option("good")
        assert visit.shown == [2]
        expect(visit.page.locator("#count")).to_have_text("1 of 3 drafts")
        visit.page.get_by_role("button", name="Clear").click()
        expect(visit.cards).to_have_count(3)
        visit.page.get_by_label("Model").select_option("seedream-v5lite")
        assert visit.shown == [2, 1]
        visit.page.get_by_role("textbox", name="Seed").fill("1")
        assert visit.shown == [1]
        visit.page.get_by_role("button", name="Clear").click()
        for order, numbers in [
            ("prompt", [3, 1, 2]),
            ("oldest", [1, 2, 3]),
            ("seed", [1, 2, 3]),
            ("newest", [3, 2, 1]),
        ]:
            visit.page.get_by_label("Order").select_option(order)
            assert visit.shown == numbers


def test_what_is_typed_into_a_field_is_no_key(twelve: Visit) -> None:
    twelve.press("f")
    twelve.type("5px cd?")
    expect(twelve.page.locator("#local")).to_be_hidden()
    expect(twelve.page.locator("dialog[open]")).to_have_count(0)
    expect(twelve.page.locator("#none")).to_be_visible()


# Duels


def better(visit: Visit) -> str:
    """The key for the picture of the higher number."""
    sources = visit.dialog("duel").locator(".view img").evaluate_all("all => all.map((one) => one.getAttribute('src'))")
    first, second = (int(re.findall(r"draft(\d+)", source)[0]) for source in sources)
    return "ArrowLeft" if first > second else "ArrowRight"


def test_blind_duels_become_ratings(opened: Opening) -> None:
    with opened(*(past.asked(number) for number in range(1, 6))) as visit:
        visit.begin()
        visit.press("d")
        duel = visit.dialog("duel")
        expect(duel.locator(".view img")).to_have_count(2)
        assert not re.search(r"seed|draft|fox|v5lite", duel.inner_text())
        assert duel.locator("img").evaluate_all("all => all.map((one) => one.alt)") == [
            "First picture",
            "Second picture",
        ]
        for _ in range(10):
            visit.press(better(visit))
        expect(duel).to_contain_text("By 10 duels")
        expect(duel.get_by_role("button", name="Rate 5 drafts so")).to_be_focused()
        visit.press("Enter")
        visit.says("rated 5 drafts")
        assert {number: rating(visit, number) for number in range(1, 6)} == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}


def test_a_duel_can_be_taken_back_ended_early_or_left(opened: Opening) -> None:
    with opened(*(past.asked(number) for number in range(1, 4))) as visit:
        visit.begin()
        visit.press("d")
        count = visit.page.locator("#duel-count")
        visit.press("=")
        expect(count).to_have_text("Duel 2 of about 3")
        visit.press("Backspace")
        expect(count).to_have_text("Duel 1 of about 3")
        visit.press(better(visit), "Enter")
        expect(visit.dialog("duel")).to_contain_text("By 1 duel:")
        visit.press("Escape")
        expect(visit.dialog("duel")).to_be_hidden()
        assert [rating(visit, number) for number in (1, 2, 3)] == [None, None, None]


def test_rejected_drafts_and_those_without_pictures_take_no_part(opened: Opening, home: Home) -> None:
    with opened(past.asked(1), past.asked(2, tags=("rejected",))) as visit:
        visit.begin()
        visit.press("d")
        visit.says("duels need two pictures")
        expect(visit.dialog("duel")).to_be_hidden()


# By the mouse, by touch, and for those who want no letters as keys


def test_the_mouse_does_it_all_too(twelve: Visit) -> None:
    twelve.card(12).click()
    viewer = twelve.dialog("viewer")
    viewer.get_by_role("button", name="Rate 4").click()
    viewer.get_by_role("button", name="Pick").click()
    viewer.get_by_role("button", name="Select").click()
    viewer.get_by_role("button", name="Next draft").click()
    viewer.get_by_role("button", name="Select").click()
    viewer.get_by_role("button", name="Close").click()
    assert rating(twelve, 12) == 4
    expect(twelve.card(12)).to_contain_text("picked")
    twelve.page.get_by_role("button", name="Compare").click()
    expect(viewer.locator(".view img")).to_have_count(2)
    viewer.get_by_role("button", name="Close").click()
    twelve.card(10).click(modifiers=["Control"])
    expect(twelve.card(10)).to_have_attribute("aria-selected", "true")
    twelve.page.get_by_role("button", name="Duels").click()
    twelve.dialog("duel").get_by_role("button", name="First").click()
    expect(twelve.page.locator("#duel-count")).to_have_text("Duel 2 of about 24")


def test_on_a_phone_it_fits_and_fingers_turn_and_zoom(opened: Opening) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
    with opened(*(past.asked(number) for number in range(1, 4)), **phone) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visit.card(3).tap()
        viewer = visit.dialog("viewer")
        expect(viewer.get_by_role("heading", level=2)).to_have_text("draft0000003, 1 of 3")
        viewer.get_by_role("button", name="Rate 5").tap()
        expect(viewer.get_by_role("button", name="Rate 5")).to_have_attribute("aria-pressed", "true")
        swipe(visit, 300, 60)
        expect(viewer.get_by_role("heading", level=2)).to_have_text("draft0000002, 2 of 3")
        swipe(visit, 60, 300)
        expect(viewer.get_by_role("heading", level=2)).to_have_text("draft0000003, 1 of 3")
        pinch(visit)
        visit.page.wait_for_function(
            "/scale\\((?!1\\))/.test(document.querySelector('#viewer .view img').style.transform)"
        )
        visit.press("Escape")
        assert rating(visit, 3) == 5
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 21, 21)"


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def swipe(visit: Visit, start: float, end: float) -> None:
    session = visit.context.new_cdp_session(visit.page)
    touch(session, "touchStart", (start, 300))
    for step in range(1, 6):
        touch(session, "touchMove", (start + (end - start) * step / 5, 300))
    touch(session, "touchEnd")


def pinch(visit: Visit) -> None:
    session = visit.context.new_cdp_session(visit.page)
    touch(session, "touchStart", (180, 300), (210, 300))
    for step in range(1, 6):
        touch(session, "touchMove", (180 - 20 * step, 300), (210 + 20 * step, 300))
    touch(session, "touchEnd")


def test_letters_are_no_keys_for_those_who_turn_them_off(twelve: Visit) -> None:
    twelve.begin()
    twelve.press("?")
    help_ = twelve.dialog("help")
    expect(help_).to_contain_text("compare those selected, two to four")
    help_.get_by_role("checkbox").uncheck()
    twelve.press("Escape")
    expect(twelve.card(12)).to_be_focused()
    twelve.press("5", "p", "d")
    assert rating(twelve, 12) is None
    twelve.press("ArrowRight", "Enter")
    expect(twelve.dialog("viewer")).to_be_visible()


# A thousand


def test_a_thousand_drafts_are_shown_and_few_pictures_are_unpacked_at_once(opened: Opening) -> None:
    with opened(*(past.asked(number) for number in range(1, 1001))) as visit:
        expect(visit.cards).to_have_count(1000)
        expect(visit.card(1000).locator("img")).to_have_js_property("complete", True)
        assert visit.page.locator("#grid img[src]").count() < 200
        visit.begin()
        visit.press("End")
        assert visit.current == 1
        expect(visit.card(1)).to_be_in_viewport()
        expect(visit.card(1).locator("img[src]")).to_have_js_property("naturalWidth", 48)
        visit.press("f")
        visit.type("seed:500")
        assert visit.shown == [500]
        visit.press("Escape", "3")
        assert rating(visit, 500) == 3
