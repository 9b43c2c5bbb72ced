"""The request and the answer, to and from the wire."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import pictures
from support.replies import CANARY_KEY, CANARY_SIGNATURE, HOSTILE_TEXT

from seedream_cli import catalog
from seedream_cli.api.generation import (
    MAX_PROMPT_CHARACTERS,
    AnswerError,
    ImageRequest,
    Picture,
    parse_answer,
    parse_balance,
    parse_failure,
    parse_models,
)
from seedream_cli.errors import InputError

URL = f"https://cdn.bytespike.ai/img/1.png?X-Amz-Signature={CANARY_SIGNATURE}"
PNG = pictures.png(8, 8)
SMALL = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def request(**changed: Any) -> ImageRequest:
    fields = {"model": "seedream-v5lite", "prompt": "a lighthouse", "negative_prompt": None, "size": "1024x1024"}
    return ImageRequest(**({**fields, "seed": 7} | changed))


def answer(*items: object) -> bytes:
    return json.dumps({"created": 1, "data": list(items)}).encode()


def parse(body: bytes, n: int = 1) -> tuple[Picture | None, ...]:
    return parse_answer(body, n=n, key=CANARY_KEY).pictures


# Requests


def test_a_request_has_the_fields_of_the_documentation_and_no_others() -> None:
    body = json.loads(request(prompt="水墨山水", negative_prompt="people", n=4).body())
    assert body == {
        "model": "seedream-v5lite",
        "prompt": "水墨山水",
        "negative_prompt": "people",
        "size": "1024x1024",
        "n": 4,
        "seed": 7,
    }


def test_no_negative_prompt_is_left_out_and_an_empty_one_is_not() -> None:
    assert "negative_prompt" not in json.loads(request().body())
    assert json.loads(request(negative_prompt="").body())["negative_prompt"] == ""


def test_a_prompt_arrives_as_it_was_typed() -> None:
    prompt = 'quotes " \\ {braces} \u2028 \x00 \x1b[2J \U0001f40b [bold]'
    assert json.loads(request(prompt=prompt).body())["prompt"] == prompt


def test_a_prompt_goes_out_as_utf_8_so_that_its_length_is_what_the_service_counts() -> None:
    assert "水墨".encode() in request(prompt="水墨").body()


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": ""},
        {"prompt": " \n\t"},
        {"prompt": "half a pair \ud800"},
        {"prompt": "x" * (MAX_PROMPT_CHARACTERS + 1)},
        {"negative_prompt": "\udcff"},
        {"negative_prompt": "x" * (MAX_PROMPT_CHARACTERS + 1)},
        {"model": "\udcff"},
        {"seed": -1},
        {"seed": catalog.MAX_SEED + 1},
        {"n": 0},
        {"n": 5},
        *(
            {"size": size}
            for size in (
                "",
                "x",
                "1024",
                "1024x",
                "x1024",
                "0x5",
                "-1x5",
                "1x2x3",
                "1e3x5",
                "1024\N{MULTIPLICATION SIGN}1024",
            )
        ),
        *(
            {"size": size}
            for size in ("\u0661\u0660\u0662\u0664x1024", "²x1", "99999x1", "1" * 5000 + "x1", " 8x8", "8x8\n")
        ),
    ],
    ids=lambda changed: repr(changed)[:40],
)
def test_a_request_that_cannot_be_sent_cannot_be_made(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        request(**changed)


@pytest.mark.parametrize("seed", [0, catalog.MAX_SEED])
def test_the_first_and_the_last_seed_can_be_sent(seed: int) -> None:
    assert json.loads(request(seed=seed).body())["seed"] == seed


# Answers


def test_pictures_come_in_their_order_with_what_the_service_made_of_the_prompt() -> None:
    found = parse(answer({"url": URL, "revised_prompt": "a"}, {"url": URL + "2"}), n=2)
    assert found == (Picture(URL, None, "a"), Picture(URL + "2", None, None))


@pytest.mark.parametrize("spoilt", [None, {}, {"url": None}, {"url": ""}, {"url": 7}, "soon", [], {"b64_json": ""}])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_one_spoilt_item_of_four_costs_only_its_own_picture(spoilt: object, place: int) -> None:
    items: list[object] = [{"url": f"{URL}{index}"} for index in range(4)]
    items[place] = spoilt
    found = parse(answer(*items), n=4)
    assert [picture is None for picture in found] == [index == place for index in range(4)]
    assert all(picture is None or picture.url == f"{URL}{index}" for index, picture in enumerate(found))


def test_fewer_items_than_asked_for_leave_the_last_ones_missing() -> None:
    assert parse(answer({"url": URL}), n=3) == (Picture(URL, None, None), None, None)


def test_more_items_than_asked_for_are_left_alone() -> None:
    assert parse(answer({"url": URL}, {"url": "x"}, {"url": "y"})) == (Picture(URL, None, None),)


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("wrap", [0, 76])
def test_bytes_instead_of_a_url_are_a_picture(prefix: str, wrap: int) -> None:
    encoded = b64encode(PNG).decode()
    lines = "\n".join(encoded[at : at + wrap] for at in range(0, len(encoded), wrap)) if wrap else encoded
    assert parse(answer({"b64_json": prefix + lines})) == (Picture(None, PNG, None),)


@pytest.mark.parametrize("data", [PNG, b"\xfb\xef\xff", b"\xfb\xef\xff\xfe", b"\xfb\xef\xff\xfe\xfe"])
@pytest.mark.parametrize("code", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("fill", ["", "=", "=="])
def test_bytes_may_be_spelt_for_urls_and_without_what_fills_them_up(
    data: bytes, code: Callable[[bytes], bytes], fill: str
) -> None:
    assert parse(answer({"b64_json": code(data).decode().rstrip("=") + fill})) == (Picture(None, data, None),)


@pytest.mark.parametrize("around", [" ", "\n", "\r\n", "\t \x0b\x0c"])
def test_white_space_around_a_url_is_not_of_it(around: str) -> None:
    assert parse(answer({"url": around + URL + around})) == (Picture(URL, None, None),)


@pytest.mark.parametrize("around", ["\0", "\x1c", "\x85", "\xa0", "\u2003"])
def test_nothing_else_is_taken_off_a_url(around: str) -> None:
    assert parse(answer({"url": URL + around})) == (Picture(URL + around, None, None),)


def test_a_url_and_bytes_are_both_taken() -> None:
    assert parse(answer({"url": URL, "b64_json": b64encode(PNG).decode()})) == (Picture(URL, PNG, None),)


@pytest.mark.parametrize("encoded", [None, "", 7, "$$$"])
def test_bytes_that_are_none_cost_no_url(encoded: object) -> None:
    assert parse(answer({"url": URL, "b64_json": encoded})) == (Picture(URL, None, None),)


@pytest.mark.parametrize("text", ["$$$ no base64 \u2603 $$$", "$$$ no base64 $$$", "soon.", "a", "=", "\ud800", "é"])
def test_text_that_is_no_base64_is_no_picture(text: str) -> None:
    with pytest.raises(AnswerError):
        parse(answer({"b64_json": text}))


@pytest.mark.parametrize("url", ["", " ", "\n\t", "\u2003"])
def test_a_blank_url_is_no_picture(url: str) -> None:
    with pytest.raises(AnswerError):
        parse(answer({"url": url}))


def test_a_blank_url_beside_bytes_does_not_hide_them() -> None:
    assert parse(answer({"url": " ", "b64_json": b64encode(PNG).decode()})) == (Picture(None, PNG, None),)


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "9" * 5000, "9" * 5000 + ".5", "1e999999"])
def test_a_number_of_any_length_beside_the_pictures_costs_none(digits: str) -> None:
    body = answer({"url": URL})[:-1] + f', "cost": {digits}}}'.encode()
    assert parse(body) == (Picture(URL, None, None),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_in_any_of_its_encodings_is_read(encoding: str) -> None:
    assert parse(answer({"url": URL}).decode().encode(encoding)) == (Picture(URL, None, None),)


def test_an_error_beside_pictures_costs_none() -> None:
    body = json.dumps({"error": {"message": "a warning"}, "data": [{"url": URL}]}).encode()
    assert parse(body) == (Picture(URL, None, None),)


def test_the_key_is_taken_out_of_a_revised_prompt() -> None:
    (picture,) = parse(answer({"url": URL, "revised_prompt": f"as {CANARY_KEY} wished, see {URL}"}))
    assert picture is not None
    assert picture.revised_prompt == "as [key] wished, see https://cdn.bytespike.ai/img/1.png?[removed]"


@pytest.mark.parametrize("revised", [None, 7, [], {"x": []}, True])
def test_a_revised_prompt_of_another_type_is_none(revised: object) -> None:
    assert parse(answer({"url": URL, "revised_prompt": revised})) == (Picture(URL, None, None),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"null",
        b"7",
        b'"ok"',
        b"[]",
        b"{}",
        b"{",
        b"[" * 100_000,
        b'{"data":' * 100_000,
        b"\xff\xfe\xfd",
        bytes(2000),
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": "soon"}',
        b'{"data": 4}',
        b'{"data": [null]}',
        b'{"error": {"message": "upstream failed"}}',
        b'{"error": "failed", "data": null}',
        b'{"error": "failed", "data": []}',
        b"<html></html>",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_answer_is_said_in_words_of_ours(body: bytes) -> None:
    with pytest.raises(AnswerError) as caught:
        parse(body)
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 80


NAMES = st.sampled_from(
    ["data", "error", "url", "b64_json", "revised_prompt", "message", "code", "type", "detail", "id"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(CANARY_KEY) | st.just(URL),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5),
    max_leaves=20,
)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(JSON, max_size=5).map(lambda items: json.dumps({"data": items}).encode())
    | st.tuples(JSON, st.integers(0, 60)).map(lambda cut: json.dumps({"data": [cut[0]]}).encode()[: cut[1]])
    | st.text(max_size=50).map(lambda text: text.encode("utf-16", "surrogatepass"))
)


@SMALL
@given(BODIES, st.integers(1, 4))
def test_whatever_comes_is_n_items_or_no_answer(body: bytes, n: int) -> None:
    try:
        found = parse(body, n)
    except AnswerError:
        return
    assert len(found) == n
    assert any(found)
    for picture in found:
        assert picture is None or picture.url or picture.data
        assert picture is None or CANARY_KEY not in (picture.revised_prompt or "")


@pytest.mark.parametrize("key", [CANARY_KEY, "k+y/with=marks-in-it"])
@pytest.mark.parametrize("quoted", [False, True])
def test_an_address_that_holds_the_key_is_no_picture(key: str, quoted: bool) -> None:
    said = "".join(f"%{ord(one):02x}" for one in key) if quoted else key
    with pytest.raises(AnswerError):
        parse_answer(answer({"url": f"https://cdn.bytespike.ai/{said}.png"}), n=1, key=key)


def test_a_key_that_is_only_a_word_may_stand_in_an_address() -> None:
    assert parse_answer(answer({"url": URL}), n=1, key="img").pictures == (Picture(URL, None, None),)


# Models


@pytest.mark.parametrize(
    ("body", "usd"),
    [
        (b'{"balance": {"available_usd": 4.5}}', 4.5),
        (b'{"balance": {"available_usd": "4.5"}}', None),
        (b'{"balance": {"available_usd": Infinity}}', None),
        (b'{"balance": {}}', None),
    ],
)
def test_a_balance_is_a_number_or_not_said(body: bytes, usd: float | None) -> None:
    assert parse_balance(body) == usd


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"balance": 4.5}', b"<html>", b""])
def test_an_account_without_a_balance_is_no_answer(body: bytes) -> None:
    with pytest.raises(AnswerError):
        parse_balance(body)


def test_models_are_read_by_their_ids() -> None:
    assert parse_models(b'{"object": "list", "data": [{"id": "a"}, {"id": 7}, null, {"id": "b"}]}') == ["a", "b"]


@SMALL
@given(BODIES)
def test_whatever_comes_is_a_list_of_models_or_no_answer(body: bytes) -> None:
    try:
        models = parse_models(body)
    except AnswerError:
        return
    assert all(isinstance(model, str) for model in models)


# Failures


@pytest.mark.parametrize(
    ("document", "message", "code"),
    [
        ({"error": {"message": "no", "type": "t", "code": "c", "param": None}}, "no", "c"),
        ({"error": {"message": "no", "type": "t", "code": None}}, "no", "t"),
        ({"error": "no"}, "no", None),
        ({"error": None}, "", None),
        ({"error": ["no", 7]}, "", None),
        ({"error": 7}, "", None),
        ({"error": {"message": ["a"], "code": 7}}, "", None),
        ({"detail": "no"}, "no", None),
        ({"detail": [{"msg": "no"}]}, "", None),
        ({"message": "no", "code": "c"}, "no", "c"),
        ("no", "no", None),
        (None, "", None),
        ([], "", None),
    ],
    ids=repr,
)
def test_a_failure_says_what_it_can(document: object, message: str, code: str | None) -> None:
    failure = parse_failure(json.dumps(document).encode(), key=CANARY_KEY)
    assert (failure.message, failure.code) == (message, code)


def test_plain_text_is_a_message_and_a_page_is_not() -> None:
    assert parse_failure(b" upstream connect error\n", key=None).message == "upstream connect error"
    assert parse_failure(pictures.HTML, key=None).message == ""
    assert parse_failure(b"\xef\xbb\xbf" + pictures.HTML, key=None).message == ""


@SMALL
@given(BODIES)
def test_whatever_a_failure_holds_is_read_without_a_fault(body: bytes) -> None:
    failure = parse_failure(body, key=CANARY_KEY)
    assert len(failure.message) <= 500
    assert failure.code is None or len(failure.code) <= 64
    assert CANARY_KEY not in failure.message + (failure.code or "")


@pytest.mark.parametrize("form", ["message", "code", "text", "string"])
@pytest.mark.parametrize("before", [0, 30, 180, 190, 470, 1990])
def test_no_failure_says_the_key_or_a_signature_wherever_it_stands(form: str, before: int) -> None:
    key = "another-kind-of-key-0123456789"
    text = "x" * before + f" {key} {CANARY_KEY} {URL} {HOSTILE_TEXT}"
    value: object = {"message": {"error": {"message": text}}, "code": {"error": {"code": text}}}.get(form, text)
    body = text.encode("utf-8", "replace") if form == "text" else json.dumps(value).encode()
    failure = parse_failure(body, key=key)
    said = failure.message + (failure.code or "")
    assert not any(secret[:14] in said for secret in (key, CANARY_KEY, CANARY_SIGNATURE))


def test_an_empty_list_is_told_from_none() -> None:
    with pytest.raises(AnswerError, match="list is empty"):
        parse_answer(b'{"data": []}', n=1, key=None)
