"""What a served page asks for lands in the history at once, and costs what it said; asked as the page asks, by POST."""

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
from support import past
from support.gallery import Served, cards_of, hang, served, served_in_terminal
from support.opened import Opened
from support.program import Home
from support.replies import CANARY_KEY, error, hold, ok, reset
from support.service import Service

PLAN: dict[str, Any] = {
    "prompt": None,
    "negative": None,
    "seed": "same",
    "count": 1,
    "final": False,
    "sandbox": False,
}


def wish(draft: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A rerun of a draft as the page asks for one."""
    return {"id": draft["id"], **PLAN, **other}


@pytest.fixture
def drawn(home: Home) -> dict[str, Any]:
    """A draft that the service drew."""
    return home.gen("a fox at dawn", "--seed", "7", "--negative", "text", "--json").expect(0).objects[0]


@pytest.fixture
def page(home: Home, drawn: dict[str, Any]) -> Iterator[Served]:
    """A served page that shows it."""
    with served(home) as running:
        running.get()
        yield running


# Marks


def test_a_rating_is_in_the_history_at_once(home: Home, page: Served, drawn: dict[str, Any]) -> None:
    answer = page.post("rate", {"ratings": {drawn["id"]: 4}})
    assert (answer.status, answer.json["drafts"][0]["rating"]) == (200, 4)
    assert home.drafts()[0]["rating"] == 4
    assert cards_of(page.get().body.decode())[drawn["id"]]["rating"] == 4


def test_many_are_rated_at_once(home: Home) -> None:
    hang(home, [past.asked(number) for number in range(1, 31)])
    with served(home) as page:
        page.get()
        ratings = {f"draft{number:07d}": number % 6 for number in range(1, 31)}
        answer = page.post("rate", {"ratings": ratings})
    assert {draft["id"]: draft["rating"] for draft in answer.json["drafts"]} == ratings
    assert {draft["id"]: draft["rating"] for draft in home.drafts()} == ratings


def test_however_many_are_rated_the_history_is_searched_once_for_them(home: Home) -> None:
    hang(home, [past.asked(number) for number in range(1, 9)])
    opened = Opened(home)
    with served(home) as page:
        page.get()
        times = []
        for ids in (range(1, 3), range(1, 9)):
            opened.since()
            assert page.post("rate", {"ratings": {past.asked(number).id: 4 for number in ids}}).status == 200
            times.append(opened.since() - len(ids))  # each rating is written down
    assert times[0] == times[1] > 0


def test_tags_come_and_go_at_once(home: Home, page: Served, drawn: dict[str, Any]) -> None:
    page.post("tag", {"id": drawn["id"], "add": ["rejected", "poster, <large>"], "remove": []})
    answer = page.post("tag", {"id": drawn["id"], "add": ["picked"], "remove": ["rejected"]})
    assert answer.json["drafts"][0]["tags"] == ["poster, <large>", "picked"] == home.drafts()[0]["tags"]


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("rate", {"ratings": {"ID": 6}}, "6 is not a rating"),
        ("rate", {"ratings": {"ID": -1}}, "-1 is not a rating"),
        ("rate", {"ratings": {"ID": True}}, "ratings are whole numbers by id"),
        ("rate", {"ratings": {"ID": 4.0}}, "ratings are whole numbers by id"),
        ("rate", {"ratings": {"ID": None}}, "ratings are whole numbers by id"),
        ("rate", {"ratings": ["ID"]}, "ratings are whole numbers by id"),
        ("rate", {}, "ratings are whole numbers by id"),
        ("rate", {"ratings": {"nobodysid00": 3}}, "this page shows no such draft"),
        ("rate", {"ratings": {"ID": 3, "nobodysid00": 3}}, "this page shows no such draft"),
        ("tag", {"id": "ID", "add": ["two\nlines"]}, "a tag is one line of printable text"),
        ("tag", {"id": "ID", "add": ["\x1b[31m"]}, "a tag is one line of printable text"),
        ("tag", {"id": "ID", "add": ["\ud800"]}, "a tag is one line of printable text"),
        ("tag", {"id": "ID", "add": ["  "]}, "a tag is one line of printable text"),
        ("tag", {"id": "ID", "add": "picked"}, "add is not a list of texts"),
        ("tag", {"id": "ID", "remove": [1]}, "remove is not a list of texts"),
        ("tag", {"id": ["ID"], "add": ["a"]}, "this page shows no such draft"),
        ("tag", {"id": "last", "add": ["a"]}, "this page shows no such draft"),
    ],
)
def test_what_is_no_mark_is_refused_and_not_recorded(
    home: Home, page: Served, action: str, body: dict[str, Any], words: str
) -> None:
    before = home.history_path.read_bytes()
    answer = page.post(action, json.loads(json.dumps(body).replace("ID", home.drafts()[0]["id"])))
    assert (answer.status, answer.json["error"]["message"]) == (400, words)
    assert home.history_path.read_bytes() == before


def test_a_draft_that_was_forgotten_meanwhile_is_not_marked(home: Home, page: Served, drawn: dict[str, Any]) -> None:
    home.run("history", "forget", drawn["id"]).expect(0)
    before = home.history_path.read_bytes()
    for action, body in (("rate", {"ratings": {drawn["id"]: 3}}), ("tag", {"id": drawn["id"], "add": ["a"]})):
        answer = page.post(action, body)
        assert answer.status == 400
        assert "is no longer in the history" in answer.json["error"]["message"]
    assert home.history_path.read_bytes() == before


def test_a_history_that_cannot_be_written_is_said_so(home: Home, page: Served, drawn: dict[str, Any]) -> None:
    kept = home.history_path.read_bytes()
    home.history_path.unlink()
    home.history_path.mkdir()
    answer = page.post("rate", {"ratings": {drawn["id"]: 3}})
    assert answer.status == 500
    assert answer.json["error"]["message"]
    home.history_path.rmdir()
    home.history_path.write_bytes(kept)
    assert page.post("rate", {"ratings": {drawn["id"]: 3}}).status == 200


def test_a_page_whose_draft_was_forgotten_says_so_and_the_server_goes_on(home: Home, drawn: dict[str, Any]) -> None:
    with served(home, drawn["id"]) as page:
        assert page.get().status == 200
        home.run("history", "forget", drawn["id"]).expect(0)
        for _ in range(2):
            answer = page.get()
            assert answer.status == 400
            assert drawn["id"] in answer.body.decode()


def test_a_page_of_a_history_that_cannot_be_read_says_so_and_comes_back(home: Home, page: Served) -> None:
    kept = home.history_path.read_bytes()
    home.history_path.unlink()
    home.history_path.mkdir()
    answer = page.get()
    assert answer.status == 500
    assert str(home.history_path) in answer.body.decode()
    home.history_path.rmdir()
    home.history_path.write_bytes(kept)
    assert page.get().status == 200


@pytest.mark.parametrize("action", ["", "draw", "__init__", "../rate", "rate/", "Rate"])
def test_nothing_else_can_be_asked_for(page: Served, action: str) -> None:
    assert page.post(action, {}).status == 404


# Reruns


def test_the_cost_is_told_and_nothing_is_sent(page: Served, service: Service, drawn: dict[str, Any]) -> None:
    answer = page.post("plan", wish(drawn, count=3, seed="new"))
    assert answer.status == 200
    assert answer.json["cost"] == "about $0.036"
    assert answer.json["words"] == (
        "3 drafts on seedream-v5lite at 1024x1024: about $0.036 by the rate card of 2026-11"
    )
    assert "new seeds" in answer.json["notes"][0]
    assert service.posts == 1


def test_what_a_page_plans_is_not_written_to_the_terminal(home: Home, drawn: dict[str, Any]) -> None:
    with served_in_terminal(home) as (terminal, page):
        page.get()
        assert page.post("plan", wish(drawn, count=3, seed="new")).status == 200
        terminal.running.interrupt()
        assert b"planned" not in terminal.wait().screen


def test_a_price_of_the_users_own_is_not_told_as_the_rate_cards(home: Home, drawn: dict[str, Any]) -> None:
    home.configure('prices = { "seedream-v5lite" = 0.5 }')
    with served(home) as page:
        page.get()
        words = page.post("plan", wish(drawn)).json["words"]
    assert words == "1 draft on seedream-v5lite at 1024x1024: about $0.50 by the configuration's prices"


def test_a_rerun_draws_what_was_agreed_and_shows_it(
    home: Home, page: Served, service: Service, drawn: dict[str, Any]
) -> None:
    agreed = page.post("plan", wish(drawn)).json["cost_usd"]
    answer = page.post("rerun", wish(drawn, agreed_usd=agreed))
    child = answer.json["drafts"][0]
    first, second = (post.json for post in service.ledger)
    assert first == second
    assert (child["parent"], child["status"], answer.json["said"]) == (drawn["id"], "saved", [])
    assert [draft["id"] for draft in home.drafts()] == [drawn["id"], child["id"]]
    assert page.get(f"/picture/{child['id']}").status == 200
    assert child["id"] in cards_of(page.get().body.decode())
    saved = home.drafts()[1]["path"]
    assert page.running.wait_for(b".png\n", "stdout").decode().splitlines()[1] in saved


@pytest.mark.parametrize("agreed", [1e308, pytest.param(10**400, id="400 digits")])
def test_who_agrees_to_any_cost_gets_the_draft(page: Served, drawn: dict[str, Any], agreed: float) -> None:
    assert page.post("rerun", wish(drawn, agreed_usd=agreed)).status == 200
    assert page.get().status == 200


@pytest.mark.parametrize("final", [False, True])
def test_what_was_shown_as_the_cost_is_enough_for_any_number(
    page: Served, service: Service, drawn: dict[str, Any], final: bool
) -> None:
    for count in range(1, 10):
        asked_for = wish(drawn, count=count, seed="new", final=final)
        agreed = page.post("plan", asked_for).json["cost_usd"]
        assert page.post("rerun", {**asked_for, "agreed_usd": agreed}).status == 200
    assert service.billed == 1 + sum(range(1, 10))


def test_what_is_changed_on_the_page_is_drawn_so(page: Served, service: Service, drawn: dict[str, Any]) -> None:
    changes = {"prompt": "a crane at dusk", "negative": "", "seed": "+1", "final": True}
    page.post("rerun", wish(drawn, **changes, agreed_usd=1))
    assert service.ledger[1].json == {
        "model": "seedream-v4.5",
        "prompt": "a crane at dusk",
        "size": "2048x2048",
        "seed": 8,
        "n": 1,
    }


@pytest.mark.parametrize("prompt", ["@/etc/hostname", "@@twice", "@", "--help", "$(id)", "{red|blue} __name__", "-n 4"])
def test_a_prompt_from_the_page_is_literal_text(
    page: Served, service: Service, drawn: dict[str, Any], prompt: str
) -> None:
    assert page.post("rerun", wish(drawn, prompt=prompt, agreed_usd=1)).status == 200
    assert service.ledger[1].json["prompt"] == prompt


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"agreed_usd": 0.011}, "1 draft costs about $0.012, more than $0.011"),
        ({"agreed_usd": None}, "nobody agreed to a cost"),
        ({"agreed_usd": "1"}, "nobody agreed to a cost"),
        ({"agreed_usd": True}, "nobody agreed to a cost"),
        ({"agreed_usd": -1}, "nobody agreed to a cost"),
        ({"agreed_usd": float("nan")}, "nobody agreed to a cost"),
        ({"agreed_usd": float("inf")}, "nobody agreed to a cost"),
        ({"count": 0}, "1 to 20 drafts can be drawn from the page at once"),
        ({"count": 21}, "1 to 20 drafts can be drawn from the page at once"),
        ({"count": 1.0}, "1 to 20 drafts can be drawn from the page at once"),
        ({"count": None}, "1 to 20 drafts can be drawn from the page at once"),
        ({"seed": "7"}, "a seed is one of same, +1, new"),
        ({"seed": ["new"]}, "a seed is one of same, +1, new"),
        ({"prompt": "-"}, "a prompt of a single - is not drawn"),
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": 7}, "prompt is not a text"),
        ({"prompt": "\ud800"}, None),
        ({"negative": []}, "negative is not a text"),
        ({"id": "nobodysid00"}, "this page shows no such draft"),
    ],
)
def test_nothing_is_sent_that_nobody_agreed_to(
    page: Served, service: Service, drawn: dict[str, Any], change: dict[str, Any], words: str | None
) -> None:
    answer = page.post("rerun", {**wish(drawn, agreed_usd=1), **change})
    assert answer.status in {400, 409}
    assert answer.json["error"]["message"] == words or words is None
    assert service.posts == 1


def test_the_users_own_caps_hold_for_the_page_too(home: Home, service: Service, drawn: dict[str, Any]) -> None:
    for argv, config in ((("--max-cost", "0.02"), ""), ((), "max_cost = 0.02"), ((), "daily_cap = 0.03")):
        home.configure(config)
        with served(home, *argv) as page:
            page.get()
            for action in ("plan", "rerun"):
                answer = page.post(action, wish(drawn, count=2, seed="new", agreed_usd=1))
                assert answer.status == 409
                assert answer.json["error"]["message"].startswith("2 drafts cost about $0.024")
    assert service.posts == 1


def test_what_configures_drawing_does_not_filter_the_page(home: Home, drawn: dict[str, Any]) -> None:
    home.configure('model = "seedream-v4"\nsize = "1024x1536"\nnegative = "people"\njobs = 2')
    with served(home) as page:
        assert list(cards_of(page.get().body.decode())) == [drawn["id"]]


@pytest.mark.parametrize("in_sandbox", [True, False])
def test_a_stand_in_is_drawn_again_where_the_page_says(home: Home, service: Service, in_sandbox: bool) -> None:
    draft = home.gen("a fox", "--sandbox", "--json").expect(0).objects[0]
    with served(home) as page:
        page.get()
        answer = page.post("rerun", wish(draft, sandbox=in_sandbox, agreed_usd=0 if in_sandbox else 0.012))
        assert answer.json["drafts"][0]["sandbox"] is in_sandbox
    assert service.posts == (0 if in_sandbox else 1)


@pytest.mark.parametrize(
    ("reply", "story"),
    [
        (error(451), ("blocked", "blocked")),
        (error(402), ("failed", "top up")),
        (reset(billed=True), ("unknown", "perhaps billed")),
    ],
    ids=["451", "402", "reset"],
)
def test_a_draft_that_was_not_drawn_says_why(
    home: Home, page: Served, service: Service, reply: Any, story: tuple[str, str]
) -> None:
    service.always(reply)
    drawn, (status, word) = home.drafts()[0], story
    answer = page.post("rerun", wish(drawn, agreed_usd=1))
    (child,) = answer.json["drafts"]
    assert (answer.status, child["status"], child["picture"]) == (200, status, None)
    assert word in " ".join(answer.json["said"])
    assert service.posts == 2
    assert CANARY_KEY.encode() not in answer.body


def test_without_a_key_it_says_so_and_goes_on(home: Home, service: Service) -> None:
    draft = home.gen("a fox", "--sandbox", "--json").expect(0).objects[0]
    with served(home, env={"BYTESPIKE_API_KEY": None}) as page:
        page.get()
        answer = page.post("rerun", wish(draft, agreed_usd=1))
        assert (answer.status, answer.json["error"]["message"]) == (409, "no API key")
        assert page.post("rate", {"ratings": {draft["id"]: 3}}).status == 200
    assert service.posts == 0


def test_pictures_go_where_the_command_line_says(home: Home, drawn: dict[str, Any]) -> None:
    with served(home, "-d", "elsewhere") as page:
        page.get()
        page.post("rerun", wish(drawn, agreed_usd=1))
    assert len(home.files("elsewhere")) == 1


# The end


def test_ctrl_c_ends_it_at_once(home: Home, page: Served) -> None:
    page.running.interrupt()
    result = page.running.wait(timeout=5).expect(130)
    assert result.talk.splitlines()[1:] == ["seedream: interrupted"]


def test_a_connection_that_is_held_does_not_hold_it_up(home: Home, page: Served) -> None:
    with socket.create_connection(("127.0.0.1", page.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        page.running.terminate()
        page.running.wait(timeout=5).expect(143)


def test_ctrl_c_brings_home_what_is_being_drawn(
    home: Home, page: Served, service: Service, drawn: dict[str, Any]
) -> None:
    service.always(hold(ok()))
    asking = Thread(target=lambda: _ask_in_vain(page, wish(drawn, agreed_usd=1)))
    asking.start()
    service.wait_for_posts(2)
    page.running.interrupt()
    page.running.wait_for(b"1 in flight (Ctrl-C again to leave at once)")
    service.release()
    page.running.wait(timeout=10).expect(130)
    asking.join()
    assert [draft["status"] for draft in home.drafts()] == ["saved", "saved"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_insists_gets_out_and_the_history_knows(
    home: Home, page: Served, service: Service, drawn: dict[str, Any], number: signal.Signals
) -> None:
    service.always(hold(ok()))
    asking = Thread(target=lambda: _ask_in_vain(page, wish(drawn, agreed_usd=1)))
    asking.start()
    service.wait_for_posts(2)
    page.running.signal(number)
    if number == signal.SIGINT:
        page.running.wait_for(b"1 in flight")
        page.running.interrupt()
    page.running.wait(timeout=5).expect(128 + number)
    service.release()
    asking.join()
    assert [draft["status"] for draft in home.drafts()] == ["saved", "unknown"]


def _ask_in_vain(page: Served, body: dict[str, Any]) -> None:
    """Ask for what may never be answered, since the program is told to end meanwhile."""
    with suppress(OSError, http.client.HTTPException):
        page.post("rerun", body)
