"""`seedream models`: the catalogue, the user's prices, and what the service says of this key."""

import re

import pytest
from support.program import Home
from support.replies import CANARY_KEY, HOSTILE_TEXT, Reply, bucket_empty, error, status_json
from support.service import Service

MODELS = ["seedream-v5lite", "seedream-v4", "seedream-v4.5"]


def listing(*ids: object) -> Reply:
    return status_json(200, {"object": "list", "data": [{"id": each} for each in ids]}, billed=False)


def test_the_catalogue_is_shown_without_key_or_network(offline_home: Home) -> None:
    result = offline_home.run("models").expect(0)
    assert [line.split()[0] for line in result.lines] == MODELS
    assert "$0.012" in result.lines[0]
    assert "1024x1024, 1024x1536, 1536x1024" in result.lines[0]
    assert "2048x2048, 1024x1024, 1024x2048, 2048x1024" in result.lines[2]
    assert result.talk == (
        "prices: USD an image, rate card of 2026-11, an estimate; 1 to 4 images a request, seeds 0 to 4294967295\n"
    )
    assert not offline_home.history_path.exists()


def test_json_is_one_object_a_model(offline_home: Home) -> None:
    result = offline_home.run("models", "--json").expect(0)
    assert result.stderr == b""
    assert result.objects[2] == {
        "id": "seedream-v4.5",
        "sizes": ["2048x2048", "1024x1024", "1024x2048", "2048x1024"],
        "default_size": "2048x2048",
        "usd": 0.03,
        "rate_card": "2026-11",
        "max_images_per_request": 4,
        "max_seed": 4294967295,
        "note": "large finals, clean edges around text",
        "available": None,
    }


def test_the_users_own_prices_are_shown(offline_home: Home) -> None:
    offline_home.configure('prices = { "seedream-v4" = 0.5 }')
    assert [model["usd"] for model in offline_home.run("models", "--json").objects] == [0.012, 0.5, 0.03]


def test_a_price_of_the_users_own_is_not_told_as_the_rate_cards(offline_home: Home) -> None:
    offline_home.configure('prices = { "seedream-v4" = 0.02 }')
    own = {model["id"]: model["rate_card"] for model in offline_home.run("models", "--json").expect(0).objects}
    assert own == {"seedream-v5lite": "2026-11", "seedream-v4": None, "seedream-v4.5": "2026-11"}
    lines = offline_home.run("models").expect(0).lines
    assert ["(price from the configuration)" in line for line in lines] == [False, True, False]


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_the_list_fits_the_terminal(offline_home: Home, columns: int) -> None:
    screen = offline_home.in_terminal("models", "-q", columns=columns)
    assert screen.status == 0
    lines = screen.text.split("\r\n")
    assert max(map(len, lines)) <= columns
    assert all(model in screen.text for model in MODELS)


def test_live_asks_the_service_with_the_key(home: Home, service: Service) -> None:
    service.on_path("/v1/models", listing("seedream-v5lite", "seedream-9"))
    result = home.run("models", "--live").expect(0)
    assert [line.split()[0] for line in result.lines] == [*MODELS, "seedream-9"]
    assert "(available)" in result.lines[0]
    assert "(not for this key)" in result.lines[1]
    assert "not in the catalogue: needs --force" in result.lines[3]
    (asked,) = service.others
    assert (asked.method, asked.target, asked.header("x-api-key")) == ("GET", "/v1/models", CANARY_KEY)
    assert service.posts == 0


def test_live_json_has_the_same_keys_for_every_model(home: Home, service: Service) -> None:
    service.on_path("/v1/models", listing("seedream-v4", "seedream-9"))
    objects = home.run("models", "--live", "--json").expect(0).objects
    assert [each["available"] for each in objects] == [False, True, False, True]
    assert len({tuple(each) for each in objects}) == 1
    assert (objects[3]["id"], objects[3]["usd"], objects[3]["sizes"]) == ("seedream-9", None, None)


def test_what_the_service_calls_a_model_never_acts_on_a_terminal(home: Home, service: Service) -> None:
    service.on_path("/v1/models", listing(HOSTILE_TEXT, "a\nb", 7, None))
    for output in (home.run("models", "--live").output, home.in_terminal("models", "--live").screen):
        text = output.replace(b"\r\n", b"\n").decode()
        assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200f]", text)
        assert "\\x1b]0;owned" in text


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (error(401), 3),
        (error(403), 3),
        (error(404), 2),
        (error(500), 7),
        (status_json(200, b"<html>", billed=False), 7),
        (status_json(200, {"data": {}}, billed=False), 7),
    ],
)
def test_live_failures_have_their_status(home: Home, service: Service, reply: Reply, status: int) -> None:
    service.on_path("/v1/models", reply)
    result = home.run("models", "--live").expect(status)
    assert result.stdout == b""
    assert result.talk.startswith("seedream: error: ")
    assert CANARY_KEY not in result.talk


@pytest.mark.parametrize("argv", [["models", "--live"], ["auth", "status", "--check"], ["doctor"]])
@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (bucket_empty(), "nothing was billed; the same command, later\n"),
        (error(403), "this key may not ask for that; where it comes from: seedream auth status\n"),
    ],
)
def test_what_helps_against_a_refused_question_is_not_what_helps_against_a_refused_draft(
    home: Home, service: Service, argv: list[str], reply: Reply, hint: str
) -> None:
    service.on_path("/v1/models", reply)
    said = home.run(*argv)
    assert hint in said.stdout.decode() + said.talk
    assert "--max-wait" not in said.talk


def test_live_needs_a_key(home: Home) -> None:
    assert "no API key" in home.run("models", "--live", env={"BYTESPIKE_API_KEY": None}).expect(3).talk
