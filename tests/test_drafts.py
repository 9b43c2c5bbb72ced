"""A draft: its times, its place, its cost, and what is shown of it."""

import json
from dataclasses import replace

import pytest
from support.drawn import KEY, draft

from seedream_cli.drafts import SANDBOX, DraftError, Target, timestamp, unix_time

CONTRACT = [
    "id",
    "status",
    "created",
    "model",
    "prompt",
    "negative_prompt",
    "size",
    "seed",
    "n",
    "index",
    "path",
    "format",
    "bytes",
    "sha256",
    "revised_prompt",
    "expires",
    "cost_usd",
    "sandbox",
    "parent",
    "batch",
    "row",
    "tags",
    "rating",
    "note",
    "error",
    "batches",
]


def test_a_time_is_utc_to_the_second_and_read_back():
    assert timestamp(0) == "1970-01-01T00:00:00Z"
    assert timestamp(1715174400.999) == "2024-05-08T13:20:00Z"
    assert unix_time("2024-05-08T13:20:00Z") == 1715174400


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01T00:00:00Z", "9" * 5000, "2024-05-08T25:00:00Z", "\0"])
def test_what_is_no_time_is_none(text):
    assert unix_time(text) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_at_the_edge_of_time_is_no_crash(text):
    unix_time(text)


def test_a_target_takes_the_extension_wherever_it_belongs():
    assert Target(("a/x.", ""), replace=False).path("jpg") == "a/x.jpg"
    assert Target(("", "/x.", ""), replace=True).path("webp") == "webp/x.webp"
    assert Target(("a/x",), replace=True).path("png") == "a/x"


def test_a_target_knows_every_path_that_its_picture_may_have():
    assert Target(("a/x.", ""), replace=False).paths() == ["a/x.png", "a/x.jpg", "a/x.webp"]
    assert Target(("a/x.png",), replace=True).paths() == ["a/x.png"]


@pytest.mark.parametrize(
    ("parts", "folder"),
    [
        (("x.png",), "."),
        (("a/x.", ""), "a"),
        (("/x.png",), "/"),
        (("../x",), ".."),
        (("a//x",), "a"),
        (("a/", "/x.", ""), "a"),
        (("a/b-", "/c/x"), "a"),
        (("", "/x"), "."),
        ((), "."),
    ],
)
def test_a_folder_is_named_as_typed(parts, folder):
    assert Target(parts, replace=True).folder == folder


def test_an_absolute_target_keeps_its_gaps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Target(("b.", ""), replace=False).absolute() == Target((f"{tmp_path}/b.", ""), replace=False)
    both = Target(("./a/", "/./x.", ""), replace=True).absolute()
    assert both == Target((f"{tmp_path}/a/", "/x.", ""), replace=True)
    assert both.absolute() == both


def test_what_is_never_billed_costs_nothing():
    one = draft("drafts")
    assert one.cost_usd == 0.012
    for status in ("failed", "blocked"):
        assert replace(one, status=status).cost_usd == 0
    for status in ("saved", "pending", "expired", "unknown"):
        assert replace(one, status=status).cost_usd == 0.012
        assert replace(one, status=status, key=replace(KEY, origin=SANDBOX)).cost_usd == 0


def test_all_that_the_contract_names_is_shown_in_its_order_and_no_url():
    one = draft("drafts", url="https://cdn.example/a?X-Amz-Signature=secret", kept="/a/b")
    shown = one.public()
    assert list(shown) == CONTRACT
    assert "secret" not in json.dumps(shown)
    failed = replace(one, error=DraftError(400, "invalid_param", "no")).public()
    assert failed["error"] == {"status": 400, "code": "invalid_param", "message": "no"}
