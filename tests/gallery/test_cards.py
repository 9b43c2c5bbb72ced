"""What a page says of a draft: links that lead to pictures and nowhere else, no secret, every status."""

from dataclasses import replace
from pathlib import Path

import pytest
from support import past

from seedream_cli.drafts import SANDBOX, DraftError
from seedream_cli.gallery.cards import Cards, Picture, link

NOWHERE = Picture()
KEY = "my-own-gateway-key-0123456789"


def card(draft, picture=NOWHERE, parents=None):
    return Cards([KEY], parents or {}).card(draft, picture)


@pytest.mark.parametrize(
    ("path", "folder", "url"),
    [
        ("/home/me/work/drafts/a.png", "/home/me/work", "./drafts/a.png"),
        ("/home/me/drafts/a.png", "/home/me/pages", "./../drafts/a.png"),
        ("/home/me/drafts/a.png", None, "file:///home/me/drafts/a.png"),
        ("/srv/a.png", "/home/me", "file:///srv/a.png"),
        ("/home/me/javascript:alert(1).png", "/home/me", "./javascript%3Aalert%281%29.png"),
        ("/home/me/a?b#c d%41.png", "/home/me", "./a%3Fb%23c%20d%2541.png"),
        ('/home/me/"><script>.png', "/home/me", "./%22%3E%3Cscript%3E.png"),
        ("/home/me/\udcff.png", "/home/me", "./%FF.png"),
        ("/home/me/\udcff.png", None, "file:///home/me/%FF.png"),
        ("/home/me/A.JPG", "/home/me", "./A.JPG"),
    ],
)
def test_a_link_leads_to_the_picture(path: str, folder: str | None, url: str) -> None:
    assert link(path, folder) == url


@pytest.mark.parametrize(
    "path",
    ["", "a.png", "../a.png", "/home/me/a.svg", "/home/me/a.html", "/home/me/a", "//host/a.png", "\\\\host\\a.png"],
)
@pytest.mark.parametrize("folder", [None, "/home/me"])
def test_what_is_no_picture_of_this_machine_gets_no_link(path: str, folder: str | None) -> None:
    assert link(path, folder) is None


def test_a_link_finds_the_file_from_the_pages_folder(tmp_path: Path) -> None:
    path = tmp_path / "drafts" / "a fox.png"
    url = link(str(path), str(tmp_path / "pages"))
    assert url == "./../drafts/a%20fox.png"


@pytest.mark.parametrize("field", ["prompt", "negative_prompt", "model", "size"])
@pytest.mark.parametrize("secret", [KEY, "sk-byts-abc123", "https://cdn.example/a.png?sig=5ecre7"])
def test_no_secret_is_in_what_was_asked_for(field: str, secret: str) -> None:
    made = str(card(past.asked(**{field: f"a fox {secret} in the snow"})))
    assert "a fox " in made
    assert "in the snow" in made
    assert not any(word in made for word in (KEY, "abc123", "5ecre7"))


@pytest.mark.parametrize("field", ["revised_prompt", "note", "batch", "parent"])
@pytest.mark.parametrize("secret", [KEY, "sk-byts-abc123", "https://cdn.example/a.png?sig=5ecre7"])
def test_no_secret_is_in_what_came_back_or_was_added(field: str, secret: str) -> None:
    draft = past.asked(tags=(secret,), status="pending", url=f"https://cdn.example/a?sig={KEY}")
    draft = replace(draft, error=DraftError(None, None, f"failed at {secret}"), **{field: f"so {secret} far"})
    made = str(card(draft))
    assert "so " in made
    assert not any(word in made for word in (KEY, "abc123", "5ecre7"))


def test_what_a_child_changed_is_free_of_secrets_too() -> None:
    parent, child = past.asked(1, "a fox"), past.asked(2, f"a fox {KEY}", parent="draft0000001")
    made = card(child, parents={parent.id: parent})
    assert made["change"] == "{+ [key]+}"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("pending", "paid for, not saved yet: `seedream history pull` fetches it free"),
        ("expired", "paid for, and its URL has expired"),
        ("unknown", "outcome unknown, perhaps billed"),
        ("blocked", "blocked by the safety filter, not billed"),
        ("failed", "failed, not billed"),
    ],
)
def test_a_draft_without_a_picture_says_why(status: str, words: str) -> None:
    made = card(past.asked(status=status, error=DraftError(500, None, "the service is ill")))
    assert (made["status"], made["why"], made["picture"]) == (status, f"{words}: the service is ill", None)


@pytest.mark.parametrize("status", ["pending", "expired", "unknown", "blocked", "failed"])
def test_of_money_nothing_is_said_where_the_sandbox_was_asked(status: str) -> None:
    told = card(past.asked(origin=SANDBOX, status=status))["why"]
    assert told
    assert not any(word in told for word in ("paid", "billed", "history pull"))


def test_a_stand_in_is_called_one_and_drawn_again_as_one() -> None:
    made = card(past.asked(origin=SANDBOX, status="saved"), Picture("thumb", "full"))
    assert made["sandbox"] is True
    assert made["rerun"] == "seedream history rerun draft0000001 --sandbox"
    assert made["cost"] == "$0"
    assert made["why"] is None
    assert card(past.asked())["rerun"] == "seedream history rerun draft0000001"


def test_a_seed_beyond_what_javascript_counts_stays_exact() -> None:
    assert card(past.asked(seed=2**63 + 1))["seed"] == "9223372036854775809"


def test_a_text_of_megabytes_is_cut() -> None:
    assert len(card(past.asked(prompt="x" * 3_000_000))["prompt"]) == 20_000
