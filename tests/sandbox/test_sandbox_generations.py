import base64
import json
import threading

import pytest

from seedream_cli import catalog
from seedream_cli.sandbox.messages import Request
from seedream_cli.sandbox.orders import MAX_PROMPT_CHARACTERS
from seedream_cli.sandbox.service import GENERATIONS_PATH, Service, Settings, Surroundings

QUOTA_HEADERS = (
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-quota-remaining-credits",
)


def error_of(answer):
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "param"}
    return answer.status_code, error["code"], error["param"]


def test_an_answer_has_the_documented_shape_and_no_seed(account, clock):
    answer = account.generate(prompt="山水 ☂", seed=7)
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"created", "data"}
    assert body["created"] == int(clock.now)
    (item,) = body["data"]
    assert set(item) == {"url", "revised_prompt"}
    assert item["revised_prompt"] == "山水 ☂"
    assert item["url"].startswith(account.root + "/img/")


def test_defaults_are_the_models_own_size_one_image_and_a_random_seed(account, asked_of):
    for model in catalog.MODELS:
        (url,) = account.urls(model=model.id)
        prompt, negative, seed, width, height, name = asked_of(account.get(url).content)
        assert (prompt, negative, name) == ("An ink-wash mountain", "", model.id)
        assert f"{width}x{height}" == model.default_size
        assert 0 <= seed <= catalog.MAX_SEED


def test_every_size_of_every_model_is_drawn_and_no_other(account, asked_of):
    every = {size for model in catalog.MODELS for size in model.sizes} | {"1024x1792", "1x1", "1024X1024", ""}
    for model in catalog.MODELS:
        for size in every:
            answer = account.generate(model=model.id, size=size)
            if size in model.sizes:
                asked = asked_of(account.get(answer.json()["data"][0]["url"]).content)
                assert f"{asked[3]}x{asked[4]}" == size
            else:
                assert error_of(answer) == (400, "invalid_param", "size")


def test_images_of_one_request_count_up_from_its_seed(account, asked_of):
    seeds = [asked_of(account.get(url).content)[2] for url in account.urls(n=4, seed=100)]
    assert seeds == [100, 101, 102, 103]


def test_seeds_beyond_the_largest_begin_again_at_zero(account, asked_of):
    seeds = [asked_of(account.get(url).content)[2] for url in account.urls(n=2, seed=4294967295)]
    assert seeds == [4294967295, 0]


def test_the_negative_prompt_reaches_the_painter(account, asked_of):
    (url,) = account.urls(negative_prompt="people, 文字")
    assert asked_of(account.get(url).content)[1] == "people, 文字"


def test_pictures_come_inside_the_answer_when_asked_for(account, asked_of):
    data = account.generate(n=2, seed=5, response_format="b64_json").json()["data"]
    assert [set(item) for item in data] == [{"b64_json", "revised_prompt"}] * 2
    assert [asked_of(base64.b64decode(item["b64_json"]))[2] for item in data] == [5, 6]


def test_fields_that_other_services_know_are_let_pass(account):
    answer = account.generate(response_format="url", user="u", quality="hd", style=None, extra={"a": 1})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("model", value) for value in (..., None, "", 5, ["seedream-v5lite"])),
        *(("prompt", value) for value in (..., None, "", 5, ["a"], "\ud800")),
        *(("negative_prompt", value) for value in (None, 5, ["a"])),
        *(("size", value) for value in (None, 1024, "square", [1024, 1024])),
        *(("n", value) for value in (None, 0, 5, -1, True, 1.0, "1")),
        *(("seed", value) for value in (None, -1, 4294967296, False, 1.5, "7")),
        *(("response_format", value) for value in (None, "png", 1)),
    ],
)
def test_a_bad_field_is_named_and_free(account, field, value):
    answer = account.generate(**{field: value})
    assert error_of(answer) == (400, "invalid_param", field)
    assert account.sandbox.ledger.billed_images == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"seed": NaN}',
    ],
)
def test_a_body_that_is_no_json_object_is_refused(account, content):
    assert error_of(account.generate(content=content)) == (400, "invalid_param", None)
    assert account.sandbox.ledger.billed_images == 0


def test_an_unknown_model_is_refused_without_echoing_it(account):
    answer = account.generate(model="sk-byts-pasted-by-mistake")
    assert error_of(answer) == (400, "model_not_found", "model")
    assert "sk-byts" not in answer.text


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_a_prompt_is_too_long_one_character_beyond_the_limit(account, field):
    assert account.generate(**{field: "山" * MAX_PROMPT_CHARACTERS}).status_code == 200
    answer = account.generate(**{field: "山" * (MAX_PROMPT_CHARACTERS + 1)})
    assert error_of(answer) == (413, "prompt_too_long", field)


def test_a_prompt_with_the_blocked_word_is_answered_451_and_free(account):
    answer = account.generate(prompt="a [blocked] thing")
    assert error_of(answer) == (451, "content_policy_violation", "prompt")
    assert account.sandbox.ledger.billed_images == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": ""}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Basic abc"}, 401),
        ({"authorization": "abc"}, 401),
        ({"x-api-key": "", "authorization": "Bearer abc"}, 401),
        ({"x-api-key": "anything"}, 200),
        ({"authorization": "Bearer anything"}, 200),
        ({"authorization": "bearer anything"}, 200),
        ({"x-api-key": "abc", "authorization": "Bearer"}, 200),
    ],
)
def test_any_key_but_none_is_accepted_and_x_api_key_wins(account, headers, status):
    body = json.dumps({"model": "seedream-v5lite", "prompt": "p"})
    answer = account.http.post(
        f"{account.sandbox.base_url}/images/generations",
        content=body,
        headers={"content-type": "application/json"} | headers,
    )
    assert answer.status_code == status
    if status == 401:
        assert error_of(answer) == (401, "invalid_api_key", None)
        assert account.sandbox.ledger.billed_images == 0
    for path in ("/v1/models", "/api/v1/me/account"):
        assert account.get(account.root + path, headers=headers).status_code == status


def test_the_key_appears_in_no_answer_and_nowhere_in_the_ledger(connect):
    account = connect(faults="401, 500, html, reset-billed")
    secret = "sk-byts-very-secret"
    texts = []
    for _ in range(3):
        answer = account.generate(headers={"x-api-key": secret})
        texts.append(f"{answer.headers} {answer.text}")
    texts.append(account.get(account.root + "/sandbox/ledger").text)
    texts.append(repr(account.sandbox.ledger.entries))
    assert not any("very-secret" in text for text in texts)


def test_images_are_billed_at_the_price_of_their_model(account):
    for model in catalog.MODELS:
        account.generate(model=model.id, n=3)
    ledger = account.sandbox.ledger
    assert ledger.billed_images == 9
    assert ledger.usd == pytest.approx(3 * (0.012 + 0.025 + 0.030), abs=1e-12)
    assert [entry.billed for entry in ledger.entries] == [3, 3, 3]


def test_sums_come_out_even_after_many_cheap_images(connect):
    account = connect(balance=1.2)
    for _ in range(25):
        assert account.generate(n=4).status_code == 200
    assert account.sandbox.ledger.usd == 1.2
    assert account.sandbox.ledger.available_usd == 0
    assert error_of(account.generate()) == (402, "insufficient_balance", None)


def test_a_balance_that_does_not_suffice_is_not_touched(connect):
    account = connect(balance=0.03)
    assert error_of(account.generate(n=4)) == (402, "insufficient_balance", None)
    assert account.sandbox.ledger.available_usd == 0.03
    assert account.generate(n=2).status_code == 200
    assert account.sandbox.ledger.available_usd == 0.006


def test_threads_cannot_overdraw_the_balance_together(connect):
    account = connect(balance=0.012 * 10)
    statuses = []

    def draw():
        statuses.append(account.generate().status_code)

    threads = [threading.Thread(target=draw) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 10 + [402] * 6
    assert account.sandbox.ledger.billed_images == 10


def test_quota_headers_come_with_every_answer_of_the_api(connect, clock):
    account = connect(balance=1.0)
    answers = [
        account.generate(),
        account.generate(n=9),
        account.get(account.root + "/nowhere"),
        account.get(account.root + "/v1/models"),
        account.get(account.root + "/v1/models", headers={"host": "elsewhere"}),
    ]
    for answer in answers:
        assert all(float(answer.headers[name]) >= 0 for name in QUOTA_HEADERS)
        assert int(answer.headers["x-ratelimit-reset"]) > clock.now
        assert answer.headers["x-sandbox"] == "stand-in pictures, nothing is billed"
    assert answers[0].headers["x-quota-remaining-credits"] == "0.988000"


def test_without_a_balance_the_account_shows_a_hundred_dollars_for_ever(account):
    account.generate(n=4)
    answer = account.get(account.root + "/api/v1/me/account", headers={"x-api-key": "k"})
    assert answer.json()["balance"]["available_usd"] == 100.0


def test_the_account_shows_the_balance_that_is_left(connect):
    account = connect(balance=31.4)
    account.generate(n=2)
    answer = account.get(account.root + "/api/v1/me/account", headers={"x-api-key": "k"})
    assert answer.json()["balance"]["available_usd"] == 31.376


def test_models_lists_the_catalogue(account):
    answer = account.get(account.sandbox.base_url + "/models", headers={"x-api-key": "k"}).json()
    assert answer["object"] == "list"
    assert [item["id"] for item in answer["data"]] == [model.id for model in catalog.MODELS]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/images/generations/", 404, "not_found"),
        ("POST", "/v1/tasks/submit", 404, "not_found"),
        ("GET", "/img/", 404, "not_found"),
        ("GET", "/v1/images/generations", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/images/generations", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("POST", "/sandbox/ledger", 405, "method_not_allowed"),
        ("POST", "/img/abc.png", 405, "method_not_allowed"),
    ],
)
def test_other_paths_are_404_and_other_methods_405(account, method, path, status, code):
    answer = account.http.request(
        method,
        account.root + path,
        content=b"{}" if method == "POST" else None,
        headers={"x-api-key": "k", "content-type": "application/json"},
    )
    assert error_of(answer) == (status, code, None)
    assert ("allow" in answer.headers) == (status == 405)
    assert account.sandbox.ledger.requests == 0


def test_more_requests_in_flight_than_allowed_are_refused_and_free(connect):
    both_in_flight, release = threading.Barrier(3, timeout=10), threading.Event()

    def painter(*recipe):
        both_in_flight.wait()
        release.wait(timeout=10)
        return b"png"

    account = connect(concurrency=2, painter=painter)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(account.generate(response_format="b64_json"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    both_in_flight.wait()
    refused = [account.generate() for _ in range(3)]
    release.set()
    for thread in threads:
        thread.join()
    assert [error_of(answer) for answer in refused] == [(429, "concurrency_limit", None)] * 3
    assert [answer.status_code for answer in answers] == [200, 200]
    assert account.sandbox.ledger.billed_images == 2
    assert account.generate().status_code == 200


def test_a_place_is_free_again_as_soon_as_the_answer_is_there(connect):
    account = connect(concurrency=1)
    assert [account.generate().status_code for _ in range(50)] == [200] * 50


def test_the_ledger_is_free_to_read_and_holds_no_prompt(connect, clock):
    account = connect(faults="ok, 503, reset-billed")
    account.generate(prompt="a private thing", seed=4, n=2, size="1024x1536")
    account.generate(prompt="a private thing", seed=5)
    account.generate(prompt="a private thing", n=0)
    text = account.get(account.root + "/sandbox/ledger").text
    assert "private" not in text
    book = json.loads(text)
    entries = book.pop("entries")
    assert book == {"requests": 3, "billed_images": 2, "usd": 0.024, "downloads": 0, "in_flight": 0}
    assert entries[0] == {
        "time": clock.now,
        "status": 200,
        "model": "seedream-v5lite",
        "size": "1024x1536",
        "n": 2,
        "seed": 4,
        "billed": 2,
        "usd": 0.024,
        "fault": None,
    }
    assert (entries[1]["status"], entries[1]["seed"], entries[1]["billed"]) == (503, 5, 0)
    assert (entries[1]["fault"], entries[1]["usd"]) == ("503", 0)
    assert (entries[2]["status"], entries[2]["model"]) == (400, None)


def test_a_picture_that_cannot_be_painted_is_an_envelope_and_free(connect, capfd):
    def failing(*recipe):
        raise RuntimeError("out of ink")

    account = connect(painter=failing)
    assert error_of(account.generate(response_format="b64_json"))[:2] == (500, "upstream_error")
    assert account.sandbox.ledger.billed_images == 0
    (url,) = account.urls()
    answer = account.get(url)
    assert error_of(answer)[0] == 500
    assert "ink" not in answer.text
    assert capfd.readouterr() == ("", "")


def test_latency_passes_before_the_bill(clock):
    paused = []

    def pause(seconds):
        paused.append((seconds, service.ledger.requests))

    surroundings = Surroundings(
        clock=clock,
        pause=pause,
        load_painter=lambda: lambda *recipe: b"png",
        new_id=lambda: "picture",
        new_seed=lambda: 1,
        secret=b"secret",
    )
    service = Service(Settings(latency=4.5), surroundings)
    body = b'{"model": "seedream-v5lite", "prompt": "p"}'
    headers = {"x-api-key": "k", "host": "127.0.0.1:1"}
    reply = service.answer(Request("POST", GENERATIONS_PATH, "", "HTTP/1.1", headers, body))
    assert reply.status == 200
    assert paused == [(4.5, 0)]
    assert service.ledger.entries[0].seed == 1
