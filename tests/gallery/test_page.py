"""The page as a file: nothing in it comes from elsewhere, its policy is strict, no text breaks out of its place."""

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gallery import Elements, data_of

from seedream_cli.gallery.page import SCRIPTS, Page, asset, island, script

FILE = Page(served=False)
SERVED = Page(served=True)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each, max_size=3))


@given(JSON)
def test_data_come_back_as_they_went_in_and_never_end_the_element(value: object) -> None:
    made = island({"drafts": value})
    assert made.isascii()
    assert not set("<>&") & set(made)
    assert data_of(FILE.html({"drafts": value})) == {"drafts": value} == json.loads(made)


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "$script$data", "\u2028\u2029"]
)
def test_text_adds_no_element_to_the_page(text: str) -> None:
    assert Elements(FILE.html({"drafts": text})).all == Elements(FILE.html({"drafts": ""})).all


@pytest.mark.parametrize("page", [FILE, SERVED], ids=["file", "served"])
def test_the_policy_lets_in_one_script_and_one_style_and_nothing_from_elsewhere(page: Page) -> None:
    found = Elements(page.html({}))
    policies = [attrs["content"] for tag, attrs in found.all if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [page.policy]
    allowed = dict(part.split(" ", 1) for part in page.policy.split("; "))
    for name, text in (("script-src", found.text_of("script")), ("style-src", found.text_of("style"))):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed.pop(name) == f"'sha256-{digest}'"
    assert allowed.pop("img-src") == ("'self' data:" if page is SERVED else "data: file:")
    assert allowed.pop("connect-src", None) == ("'self'" if page is SERVED else None)
    assert allowed.pop("require-trusted-types-for") == "'script'"
    assert set(allowed.values()) == {"'none'"}
    assert {"default-src", "base-uri", "form-action", "trusted-types"} == set(allowed)


def test_nothing_is_loaded_and_no_attribute_runs_anything() -> None:
    for tag, attrs in Elements(FILE.html({})).all:
        assert not any(name.startswith("on") or name == "style" for name in attrs), (tag, attrs)
        assert not {"src", "srcset", "action", "formaction", "poster", "data"} & attrs.keys(), (tag, attrs)
        assert attrs.get("href", "#") in {"#grid", "data:,", "#"}


@pytest.mark.parametrize("name", [*SCRIPTS, "page.css", "page.html"])
def test_no_part_of_it_names_another_place(name: str) -> None:
    assert not re.search(r"https?:|//[a-z0-9-]+\.[a-z]|@import|url\(", asset(name))


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_reads_text_as_code_or_markup(name: str) -> None:
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|createContextualFragment"
    code = r"eval\(|new Function|setTimeout\(['\"`]|javascript:|\.onclick"
    assert not re.search(f"{markup}|{code}", asset(name))


def test_the_script_cannot_end_its_own_element() -> None:
    assert not re.search(r"</script|<!--", script(), re.IGNORECASE)


# What those who do not see it are told


def elements(tag: str) -> list[dict[str, str | None]]:
    return [attrs for name, attrs in Elements(FILE.html({})).all if name == tag]


def test_every_control_has_a_name() -> None:
    found = Elements(FILE.html({}))
    for number, (tag, attrs) in enumerate(found.all):
        if tag == "button":
            assert re.search("[A-Za-z]", attrs.get("aria-label") or found.texts[number]), attrs
    html = asset("page.html")
    inside = re.findall(r"<label[^>]*>(.*?)</label>", html, re.DOTALL)
    labelled = sum(len(re.findall(r"<(?:input|select|textarea)\b", each)) for each in inside)
    assert labelled == len(elements("input")) + len(elements("select")) + len(elements("textarea"))
    assert all(
        re.search(r"[A-Za-z]{3}", re.sub(r"<select.*?</select>|<[^>]*>", "", each, flags=re.DOTALL)) for each in inside
    )


def test_every_dialog_has_a_title_a_way_out_and_a_place_to_say_things() -> None:
    ids = [attrs["id"] for _, attrs in Elements(FILE.html({})).all if "id" in attrs]
    assert len(ids) == len(set(ids))
    dialogs = re.findall(r"<dialog.*?</dialog>", asset("page.html"), re.DOTALL)
    assert len(dialogs) == 4
    for dialog in dialogs:
        title = re.search(r'aria-labelledby="([\w-]+)"', dialog)
        assert title
        assert f'id="{title[1]}"' in dialog
        assert re.search(r'class="close" aria-label="Close[^"]*"', dialog)
    assert sum('class="said" role="status"' in dialog for dialog in dialogs) == 3  # the help says nothing of its own


def test_the_drafts_are_one_list_of_which_several_may_be_selected() -> None:
    grid = next(attrs for attrs in elements("div") if attrs.get("id") == "grid")
    assert (grid["role"], grid["aria-multiselectable"], grid["aria-label"]) == ("listbox", "true", "Drafts")
    assert elements("html")[0]["lang"] == "en"
    assert len(elements("main")) == len(elements("header")) == len(elements("h1")) == 1


# Colours


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


STYLE = asset("page.css")
LIGHT = colours(STYLE[: STYLE.index("@media")])
DARK = colours(STYLE[STYLE.index("@media (prefers-color-scheme: dark)") : STYLE.index("* {")])
PAIRS = [
    *[(text, ground) for text in ("text", "quiet", "accent", "good", "bad") for ground in ("ground", "raised")],
    *[("text", ground) for ground in ("sunk", "gone", "come")],
    ("quiet", "sunk"),
    ("on-accent", "accent"),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(theme: dict[str, str]) -> None:
    assert theme.keys() == LIGHT.keys()
    for text, ground in PAIRS:
        assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    for ground in ("ground", "raised"):
        assert contrast(theme["line"], theme[ground]) >= 3, ground  # what bounds a control


def test_motion_is_for_those_who_do_not_mind_it() -> None:
    assert "transition" not in STYLE[: STYLE.index("@media (prefers-reduced-motion: no-preference)")]
    assert "animation" not in STYLE
