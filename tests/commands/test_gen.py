"""`seedream gen` as a user types it: what is sent, what is saved, what comes out, what it may cost."""

import hashlib
import json
import os
import random
import re
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from support.batches import let_urls_die, pull_under_way, rewrite_history
from support.pictures import picture_of
from support.program import Home
from support.replies import CANARY_KEY, echoing, error, hold, late, ok, picture, reset, together, without_url
from support.service import Service
from wcwidth import wcswidth

PRIVATE = "https://10.0.0.1/img/1.png"
KEYS = [
    "id", "status", "created", "model", "prompt", "negative_prompt", "size", "seed", "n", "index", "path", "format",
    "bytes", "sha256", "revised_prompt", "expires", "cost_usd", "sandbox", "parent", "batch", "row", "tags", "rating",
    "note", "error", "batches",
]  # fmt: skip


# On the wire


def test_the_request_is_the_documented_one(home: Home, service: Service) -> None:
    home.gen("水墨 dawn", "--seed", "7", "-s", "portrait", "--negative", "fog").expect(0)
    (post,) = service.ledger
    assert (post.method, post.target) == ("POST", "/v1/images/generations")
    assert post.json == {
        "model": "seedream-v5lite",
        "prompt": "水墨 dawn",
        "size": "1024x1536",
        "n": 1,
        "seed": 7,
        "negative_prompt": "fog",
    }
    assert "水墨".encode() in post.body
    assert post.header("x-api-key") == CANARY_KEY
    assert post.header("content-type") == "application/json"
    assert post.header("authorization") is None
    assert not any("api-key" in name.lower() for download in service.downloads for name, _ in download.headers)


def test_without_a_negative_prompt_none_is_sent(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "7").expect(0)
    home.gen("a fox", "--seed", "7", "--no", "fog").expect(0)
    assert [post.json.get("negative_prompt", "absent") for post in service.ledger] == ["absent", "fog"]


def test_each_draft_is_a_request_of_its_own_with_a_seed_of_its_own(home: Home, service: Service) -> None:
    home.gen("a fox", "-n", "4", "--seed", "100").expect(0)
    assert sorted(post.json["seed"] for post in service.ledger) == [100, 101, 102, 103]
    assert {post.json["n"] for post in service.ledger} == {1}
    assert len({post.connection for post in service.ledger}) == 4


@pytest.mark.parametrize(("argv", "jobs"), [([], 4), (["-j", "1"], 1), (["-j", "2"], 2), (["-j", "6"], 6)])
def test_as_many_requests_are_in_flight_as_jobs(home: Home, service: Service, argv: list[str], jobs: int) -> None:
    service.always(together(ok(), jobs))
    home.gen("a fox", "-n", "6", *argv).expect(0)
    assert service.max_in_flight == jobs


def test_one_request_draws_four_at_most_and_keeps_places(home: Home, service: Service) -> None:
    result = home.gen("a fox", "-n", "6", "--seed", "40", "--one-request", "--json").expect(0)
    assert sorted((post.json["n"], post.json["seed"]) for post in service.ledger) == [(2, 44), (4, 40)]
    drawn = sorted((draft["seed"], draft["n"], draft["index"]) for draft in result.objects)
    assert drawn == [(40, 4, 1), (40, 4, 2), (40, 4, 3), (40, 4, 4), (44, 2, 1), (44, 2, 2)]
    assert service.billed == 6
    for draft in home.drafts():
        intended = picture_of(draft["seed"], draft["index"] - 1, (1024, 1024))
        assert intended[-200:] in Path(draft["path"]).read_bytes()
        assert draft["cost_usd"] == 0.012


def test_one_request_with_a_picture_missing_keeps_the_others(home: Home, service: Service) -> None:
    service.always(without_url(1))
    result = home.gen("a fox", "-n", "3", "--one-request", "--json").expect(8)
    assert sorted((draft["index"], draft["status"]) for draft in result.objects) == [
        (1, "saved"),
        (2, "unknown"),
        (3, "saved"),
    ]


# Seeds


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
def test_a_given_seed_is_sent(home: Home, service: Service, seed: int) -> None:
    home.gen("a fox", "--seed", str(seed)).expect(0)
    assert service.ledger[0].json["seed"] == seed


@pytest.mark.parametrize(
    "argv",
    [
        ["--seed", "-1"],
        ["--seed", "4294967296"],
        ["--seed", "4294967295", "-n", "2"],
        ["--seed", "4294967292", "-n", "6", "--one-request"],
        ["--seed", "99999999999999999999"],
    ],
)
def test_a_seed_out_of_range_costs_nothing(home: Home, service: Service, argv: list[str]) -> None:
    result = home.gen("a fox", *argv).expect(2)
    assert re.search(r"seeds? .*leaves? the range", result.talk)
    assert "0 to 4294967295" in result.talk
    assert service.posts == 0
    assert not home.history_path.exists()


def test_without_a_seed_the_first_is_random_and_the_others_follow(home: Home) -> None:
    firsts = set()
    for _ in range(5):
        seeds = [draft["seed"] for draft in home.gen("a fox", "-n", "4", "--dry-run", "--json").objects]
        assert seeds == list(range(seeds[0], seeds[0] + 4))
        assert seeds[0] >= 0
        assert seeds[-1] < 2**31
        firsts.add(seeds[0])
    assert len(firsts) == 5


# Models and sizes

SIZES = {
    "seedream-v5lite": ("1024x1024", "1024x1536", "1536x1024"),
    "seedream-v4": ("1024x1024", "1024x1536", "1536x1024"),
    "seedream-v4.5": ("2048x2048", "1024x2048", "2048x1024"),
}


@pytest.mark.parametrize("model", SIZES)
def test_sizes_have_names_for_each_model(home: Home, model: str) -> None:
    home.configure(f'model = "{model}"')
    shown = [
        home.gen("a", "--dry-run", "--json", *argv).expect(0).objects[0]["size"]
        for argv in ([], ["-s", "square"], ["-s", "Portrait"], ["-s", "LANDSCAPE"])
    ]
    square, portrait, landscape = SIZES[model]
    assert shown == [square, square, portrait, landscape]


@pytest.mark.parametrize("typed", ["1024X1536", "1024\N{MULTIPLICATION SIGN}1536", " 1024x1536 ", "01024x1536"])
def test_a_size_may_be_typed_in_several_ways(home: Home, typed: str) -> None:
    (draft,) = home.gen("a", "--dry-run", "--json", "-s", typed).expect(0).objects
    assert draft["size"] == "1024x1536"


@pytest.mark.parametrize(
    ("argv", "error", "hint"),
    [
        (["-s", "999x999"], "seedream-v5lite has no size 999x999", "it has 1024x1024, 1024x1536, 1536x1024: --size"),
        (["-s", "huge"], "'huge' is not a size", "sizes are WxH, square, portrait or landscape"),
        (["-s", "0x0"], "'0x0' is not a size", "sizes are"),
        (["-s", "1024"], "'1024' is not a size", "did you mean 1024x1024? sizes are"),
        (["-m", "seedream-v45"], "unknown model 'seedream-v45'", "did you mean seedream-v4.5?"),
        (["-m", "dall-e"], "unknown model 'dall-e'", "seedream models"),
    ],
)
def test_what_the_catalogue_does_not_know_costs_nothing(
    home: Home, service: Service, argv: list[str], error: str, hint: str
) -> None:
    first, second = home.gen("a fox", *argv).expect(2).talk.splitlines()
    assert first.startswith(f"seedream: error: {error}")
    assert second.startswith(f"hint: {hint}")
    assert service.posts == 0


def test_force_passes_on_what_is_unknown_with_a_warning(home: Home, service: Service) -> None:
    result = home.gen("a fox", "-m", "seedream-5", "-s", "512x768", "--force").expect(0)
    asked = service.ledger[0].json
    assert (asked["model"], asked["size"]) == ("seedream-5", "512x768")
    assert "seedream: warning: the catalogue does not know the model 'seedream-5'" in result.talk
    result = home.gen("a fox", "-s", "512x768", "--force").expect(0)
    assert "seedream: warning: the catalogue does not know the size 512x768 for seedream-v5lite" in result.talk


# What comes out


def test_stdout_has_the_paths_in_the_order_of_saving(home: Home, service: Service) -> None:
    for seed in (1, 2, 3):
        service.on_seed(seed, late(ok(), 0.4 * (3 - seed)))
    result = home.gen("a fox", "-n", "3", "--seed", "1").expect(0)
    assert [re.findall(r"-(\d)-", line) for line in result.lines] == [["3"], ["2"], ["1"]]
    assert [home.work / line for line in sorted(result.lines)] == home.files("drafts")
    assert all(re.fullmatch(r"drafts/a-fox-[123]-[a-z0-9]{12}\.png", line) for line in result.lines)
    first, last = result.talk.splitlines()
    assert first.startswith("drawing 3 drafts on seedream-v5lite at 1024x1024, seeds 1 to 3: about $0.036 by the rate")
    assert re.fullmatch(r"3 saved; about \$0\.036; \d+\.\d s", last)


def test_each_path_comes_as_its_picture_is_saved(home: Home, service: Service) -> None:
    service.on_seed(2, hold(ok()))
    with home.start("gen", "a fox", "-n", "2", "--seed", "1") as running:
        first = running.first_line()
        assert (home.work / first).stat().st_size > 1000
        service.release()
        assert len(running.wait().expect(0).lines) == 2


def test_paths_can_end_with_nul(home: Home) -> None:
    result = home.gen("a fox", "-n", "2", "-0", "-d", "new\nline").expect(0)
    paths = result.stdout.split(b"\0")
    assert paths.pop() == b""
    assert sorted(os.fsencode(path.relative_to(home.work)) for path in home.files()) == sorted(paths)


OUTCOMES: dict[str, tuple[Callable[[Service], None], str, float, int | None]] = {
    "saved": (lambda _: None, "saved", 0.012, None),
    "failed": (lambda service: service.always(error(400)), "failed", 0, 400),
    "blocked": (lambda service: service.always(error(451)), "blocked", 0, 451),
    "unknown": (lambda service: service.always(reset(billed=True)), "unknown", 0.012, None),
    "unusable": (lambda service: service.always(without_url(0)), "unknown", 0.012, 200),
    "pending": (lambda service: service.always(ok(urls=[PRIVATE])), "pending", 0.012, None),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_json_is_one_object_a_draft_whatever_becomes_of_it(home: Home, service: Service, name: str) -> None:
    arrange, status, cost, http = OUTCOMES[name]
    arrange(service)
    result = home.gen("a fox", "--json", "--tag", "red", "--tag", "水")
    (drawn,) = result.objects
    assert list(drawn) == KEYS
    assert drawn["status"] == status
    assert drawn["cost_usd"] == cost
    assert (drawn["prompt"], drawn["n"], drawn["index"], drawn["tags"]) == ("a fox", 1, 1, ["red", "水"])
    assert drawn["sandbox"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", drawn["created"])
    if status == "saved":
        assert Path(drawn["path"]).is_absolute()
        assert Path(drawn["path"]).stat().st_size == drawn["bytes"]
        assert drawn["error"] is None
    else:
        assert set(drawn["error"]) == {"status", "code", "message"}
        assert drawn["error"]["status"] in {http, drawn["error"]["status"] if status == "pending" else http}
    assert home.drafts() == [drawn]


def test_json_tells_of_drafts_that_were_never_sent(home: Home, service: Service) -> None:
    service.script(ok(), error(402))
    result = home.gen("a fox", "-n", "4", "-j", "1", "--json").expect(4)
    ended = [(draft["status"], draft["error"] and draft["error"]["code"]) for draft in result.objects]
    assert sorted(ended[:2], key=str) == [("failed", "insufficient_balance"), ("saved", None)]
    assert ended[2:] == [("failed", "not_sent")] * 2
    assert all(list(draft) == KEYS for draft in result.objects)
    assert service.posts == 2
    assert "1 saved, 1 failed, 2 not sent" in result.talk
    assert len(home.drafts()) == 2


@pytest.mark.parametrize("columns", [1, 20, 400])
@pytest.mark.parametrize("prompt", ["水墨" * 300, '"\\\x1b[31m\u202e[/x]', "x\u2028\u2029\x85", "a\nb"])
def test_json_is_ascii_and_one_line_for_any_prompt_and_width(home: Home, prompt: str, columns: int) -> None:
    result = home.gen("--json", prompt, "--dry-run", env={"COLUMNS": str(columns), "FORCE_COLOR": "1"}).expect(0)
    assert result.stdout.isascii()
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["prompt"] == prompt


def test_tags_are_kept(home: Home) -> None:
    home.gen("a fox", "--tag", "one", "--tag", "two words").expect(0)
    assert home.drafts()[0]["tags"] == ["one", "two words"]


@pytest.mark.parametrize("argv", [["--no-embed"], ["--embed"]])
def test_what_made_a_picture_is_embedded_unless_not_wanted(home: Home, service: Service, argv: list[str]) -> None:
    (path,) = home.gen("a rare fox", "--seed", "5", *argv).expect(0).paths
    data = (home.work / path).read_bytes()
    assert (data == service.picture_of(5)) == (argv == ["--no-embed"])
    assert (b"a rare fox" in data) == (argv == ["--embed"])


# Where pictures go


def test_an_output_is_used_as_it_is_and_replaced_by_the_next(home: Home) -> None:
    (home.work / "fox.png").write_bytes(b"old")
    for seed in ("1", "2"):
        assert home.gen("a fox", "-o", "fox.png", "--seed", seed).expect(0).lines == ["fox.png"]
    assert home.files() == [home.work / "fox.png"]
    assert picture_of(2, 0, (1024, 1024))[-200:] in (home.work / "fox.png").read_bytes()


def test_an_output_with_a_wrong_suffix_is_kept_and_warned_about(home: Home) -> None:
    result = home.gen("a fox", "-o", "fox.jpg").expect(0)
    assert result.lines == ["fox.jpg"]
    assert "seedream: warning: fox.jpg: the file is named .jpg, its bytes are PNG" in result.talk


def test_several_drafts_of_one_output_are_numbered(home: Home) -> None:
    result = home.gen("a fox", "-n", "3", "-o", "new/fox.png").expect(0)
    assert sorted(result.lines) == ["new/fox-1.png", "new/fox-2.png", "new/fox-3.png"]


def test_a_template_is_filled(home: Home) -> None:
    result = home.gen("A red fox!", "-n", "2", "--seed", "9", "-o", "{model}/{slug}_{seed}_{index}.{ext}").expect(0)
    assert sorted(result.lines) == ["seedream-v5lite/a-red-fox_10_2.png", "seedream-v5lite/a-red-fox_9_1.png"]


def test_a_folder_as_an_output_is_refused_with_the_right_option(home: Home) -> None:
    (home.work / "out").mkdir()
    result = home.gen("a fox", "-o", "out").expect(2)
    assert "hint: use -d out" in result.talk


def test_a_folder_in_the_way_costs_nothing(home: Home, service: Service) -> None:
    (home.work / "drafts").write_text("a file")
    (home.work / "link").symlink_to("nowhere")
    for argv in ((), ("-d", "link")):
        result = home.gen("a fox", *argv).expect(10)
        assert f"pictures cannot be written to '{argv[-1] if argv else 'drafts'}': it is not a folder\n" in result.talk
    assert service.posts == 0


def test_pictures_follow_the_umask_and_the_history_does_not(home: Home) -> None:
    (path,) = home.gen("a fox").expect(0).paths
    assert stat.S_IMODE((home.work / path).stat().st_mode) == 0o644
    assert stat.S_IMODE(home.history_path.stat().st_mode) == 0o600


# What it may cost


def test_a_cap_is_met_exactly(home: Home, service: Service) -> None:
    home.gen("a fox", "-n", "10", "--max-cost", "0.12", "--dry-run").expect(0)
    result = home.gen("a fox", "-n", "10", "--max-cost", "0.119").expect(4)
    assert result.talk == (
        "seedream: error: 10 drafts cost about $0.12, more than $0.119\nhint: fewer with -n, or more with --max-cost\n"
    )
    assert home.gen("a fox", "--max-cost", "0.01").expect(4).talk == (
        "seedream: error: 1 draft costs about $0.012, more than $0.01\nhint: more with --max-cost\n"
    )
    assert service.posts == 0
    assert not home.history_path.exists()
    assert not home.files()


def test_a_cap_of_nothing_allows_nothing_but_the_sandbox(home: Home, service: Service) -> None:
    assert "1 draft costs about $0.012" in home.gen("a fox", "--max-cost", "0").expect(4).talk
    home.gen("a fox", "--max-cost", "0", "--sandbox").expect(0)
    assert service.posts == 0


def test_the_users_own_prices_count(home: Home) -> None:
    home.configure('prices = { "seedream-v5lite" = 0.5, "own" = 0.25 }')
    assert "$1.00" in home.gen("a fox", "-n", "2", "--max-cost", "0.99").expect(4).talk
    (draft,) = home.gen("a", "-m", "own", "--force", "--dry-run", "--json").expect(0).objects
    assert draft["cost_usd"] == 0.25
    plan = home.gen("a", "-m", "own", "--force", "--dry-run").expect(0)
    assert plan.lines[-1] == "1 to draw, 0 there already: about $0.25 by the configuration's prices"
    assert "about $0.50 by the configuration's prices" in home.gen("a").expect(0).talk


def test_twenty_drafts_are_drawn_without_a_question_and_more_need_a_yes(home: Home, service: Service) -> None:
    home.gen("a fox", "-n", "20", "-j", "20", "--no-embed").expect(0)
    result = home.gen("a fox", "-n", "21").expect(2)
    assert result.talk == (
        "seedream: error: 21 drafts cost about $0.252 by the rate card of 2026-11: more than 20 need a yes\n"
        "hint: add --yes\n"
    )
    assert service.posts == 20
    home.gen("a fox", "-n", "21", "-j", "21", "--no-embed", "--yes").expect(0)
    assert service.posts == 41


@pytest.mark.parametrize("answer", ["n\r", "\r", "\x04", "yep\r", b"\xff\xc3\r"])
def test_anything_but_yes_draws_nothing(home: Home, service: Service, answer: str | bytes) -> None:
    screen = home.in_terminal("gen", "a fox", "-n", "21", answers=[(r"Draw them\? \[y/N\] ", answer)])
    assert screen.status == 2
    hint = "hint: nothing was sent; to draw without a question: add --yes"
    assert f"seedream: error: not drawn\r\n{hint}\r\n" in screen.text
    assert service.posts == 0
    assert not home.history_path.exists()


@pytest.mark.parametrize("answer", ["y\r", " YES \r"])
def test_a_yes_draws_them(home: Home, service: Service, answer: str) -> None:
    screen = home.in_terminal("gen", "a", "-n", "21", "-j", "21", answers=[(r"Draw them\? \[y/N\] ", answer)])
    assert screen.status == 0
    assert service.posts == 21


def test_nobody_is_asked_where_the_prompt_is_piped_in(home: Home, service: Service) -> None:
    home.gen("-n", "21", stdin=b"a fox").expect(2)
    assert service.posts == 0


def test_the_sandbox_needs_no_yes(offline_home: Home) -> None:
    result = offline_home.gen("a", "-n", "21", "-j", "8", "-s", "1x1", "--force", "--sandbox", "--dry-run").expect(0)
    assert "21 to draw, 0 there already: $0, stand-in pictures of the sandbox" in result.stdout.decode()


# Plans only


def test_a_dry_run_needs_no_key_and_leaves_nothing(offline_home: Home) -> None:
    offline_home.env["SEEDREAM_BASE_URL"] = "http://127.0.0.1:9/v1"
    before = sorted(offline_home.root.rglob("*"))
    result = offline_home.gen("a fox", "-n", "2", "--seed", "5", "--dry-run", "-d", "new/folder").expect(0)
    first, second, total = result.lines
    place = r"new/folder/a-fox-5-[a-z0-9]{12}\.png"
    assert re.fullmatch(rf"planned\tseed 5\tseedream-v5lite\t1024x1024\t{place}\ta fox", first)
    assert "\tseed 6\t" in second
    assert total == "2 to draw, 0 there already: about $0.024 by the rate card of 2026-11"
    assert result.stderr == b""
    assert sorted(offline_home.root.rglob("*")) == before


def test_a_dry_run_as_json_is_one_planned_object_a_draft(offline_home: Home) -> None:
    result = offline_home.gen("a fox", "-n", "3", "--seed", "5", "--dry-run", "--json").expect(0)
    assert [list(draft) for draft in result.objects] == [KEYS] * 3
    assert [(draft["status"], draft["seed"], draft["cost_usd"]) for draft in result.objects] == [
        ("planned", 5, 0.012),
        ("planned", 6, 0.012),
        ("planned", 7, 0.012),
    ]


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_plan_fits_the_terminal_and_no_path_is_cut(home: Home, columns: int) -> None:
    prompt = "a lighthouse in the fog, 水墨山水, " + "seen from a boat " * 9
    screen = home.in_terminal("gen", prompt, "-n", "2", "--seed", "5", "--dry-run", columns=columns)
    lines = screen.text.splitlines()
    assert screen.status == 0
    assert all(wcswidth(line) <= columns for line in lines)
    joined = "".join(line.strip() for line in lines)
    assert re.search(r"drafts/[a-z0-9-]{20,}-5-[a-z0-9]{12}\.png", joined.replace(" ", ""))


def test_a_dry_run_asks_no_question_and_keeps_the_cap(home: Home) -> None:
    home.gen("a fox", "-n", "30", "--dry-run").expect(0)
    result = home.gen("a fox", "-n", "30", "--dry-run", "--max-cost", "0.1").expect(4)
    assert len(result.lines) == 31


BAD_BASES = (
    "http://llm.bytespike.ai/v1",
    "https://user:secret@llm.bytespike.ai/v1",
    "https://llm.bytespike.ai/v1?x=1",
    "https://llm.bytespike.ai/v1#x",
    "garbage",
    "https://",
    "https://[::1",
    "http://127.0.0.1:99999/v1",
    "ftp://127.0.0.1/v1",
    "https://llm.bytespike.ai/v1\n",
    "http://127.0.0.1.evil.example/v1",
)


@pytest.mark.parametrize("base", BAD_BASES)
@pytest.mark.parametrize("argv", [["gen", "a"], ["gen", "a", "--dry-run"], ["models", "--live"]])
def test_a_bad_base_url_is_refused_before_anything_else(home: Home, base: str, argv: list[str]) -> None:
    result = home.run(*argv, env={"SEEDREAM_BASE_URL": base}).expect(2)
    first, hint = result.talk.splitlines()
    assert first.startswith("seedream: error: SEEDREAM_BASE_URL ")
    assert hint == "hint: for example: export SEEDREAM_BASE_URL=https://llm.bytespike.ai/v1"
    assert b"secret" not in result.output
    assert not home.history_path.exists()


# Again without paying


def test_a_hint_after_a_stand_in_sends_nothing_to_the_service(home: Home, service: Service) -> None:
    (home.work / "long.txt").write_text("x" * 40_000)
    result = home.gen("@long.txt", "--sandbox").expect(2)
    (draft,) = home.drafts()
    assert f"hint: a shorter prompt: seedream history rerun {draft['id']} --sandbox --prompt TEXT" in result.talk
    home.run("history", "rerun", draft["id"], "--sandbox", "--prompt", "TEXT").expect(0)
    assert service.posts == 0


def test_reuse_with_a_seed_gives_back_that_draft(home: Home, service: Service) -> None:
    first = home.gen("a fox", "--seed", "5").expect(0).lines
    again = home.gen("a fox", "--seed", "5", "--reuse").expect(0)
    assert again.lines == first
    assert "1 saved; $0" in again.talk
    home.gen("a fox", "--seed", "6", "--reuse").expect(0)
    assert service.posts == 2


def test_reuse_draws_only_what_is_missing(home: Home, service: Service) -> None:
    home.gen("a fox", "-n", "2", "--seed", "5").expect(0)
    result = home.gen("a fox", "-n", "4", "--seed", "4", "--reuse", "--json").expect(0)
    assert sorted(draft["seed"] for draft in result.objects) == [4, 5, 6, 7]
    assert sorted(post.seed for post in service.ledger if post.seed) == [4, 5, 6, 7]


def test_reuse_without_a_seed_gives_the_newest_and_draws_the_rest(home: Home, service: Service) -> None:
    for seed in ("5", "6", "7"):
        home.gen("a fox", "--seed", seed).expect(0)
    assert home.gen("a fox", "--reuse", "--json").expect(0).objects[0]["seed"] == 7
    assert [d["seed"] for d in home.gen("a fox", "-n", "2", "--reuse", "--json").objects] == [7, 6]
    assert service.posts == 3
    home.gen("a fox", "-n", "5", "--reuse").expect(0)
    assert service.posts == 5


@pytest.mark.parametrize("argv", [["-s", "portrait"], ["--no", "fog"], ["-m", "seedream-v4"]])
def test_reuse_asks_for_the_same_in_every_way(home: Home, service: Service, argv: list[str]) -> None:
    home.gen("a fox", "--seed", "5").expect(0)
    home.gen("a fox", "--seed", "5", "--reuse", *argv).expect(0)
    home.gen("a  fox", "--seed", "5", "--reuse").expect(0)
    assert service.posts == 3


def test_reuse_fetches_a_picture_that_was_changed_or_lost_while_its_url_lives(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "5", "-o", "fox.png").expect(0)
    drawn = (home.work / "fox.png").read_bytes()
    for spoil in (Path.unlink, lambda path: home.gen("a wolf", "-o", path.name).expect(0)):
        spoil(home.work / "fox.png")
        home.gen("a fox", "--seed", "5", "--reuse", "-o", "fox.png").expect(0)
        assert (home.work / "fox.png").read_bytes() == drawn
    assert service.posts == 2
    # Without a seed nobody knows whether it was thrown away.
    (home.work / "fox.png").unlink()
    home.gen("a fox", "--reuse").expect(0)
    assert service.posts == 3


def test_reuse_pays_again_for_a_picture_that_was_changed_or_lost_once_its_url_is_dead(
    home: Home, service: Service
) -> None:
    (first,) = home.gen("a fox", "--seed", "5").expect(0).paths
    let_urls_die(home)
    with (home.work / first).open("ab") as file:
        file.write(b"x")
    (second,) = home.gen("a fox", "--seed", "5", "--reuse").expect(0).paths
    let_urls_die(home)
    (home.work / second).unlink()
    home.gen("a fox", "--seed", "5", "--reuse").expect(0)
    assert service.posts == 3


def test_reuse_keeps_origins_apart(home: Home) -> None:
    def origin_free(*argv: str, **env: str) -> int:
        """How many are there already."""
        lines = home.gen("a fox", "--seed", "5", "--reuse", "--dry-run", *argv, env=env).expect(0).lines
        return int(re.findall(r"(\d+) there already", lines[-1])[0])

    home.gen("a fox", "--seed", "5").expect(0)
    assert origin_free() == 1
    assert origin_free("--sandbox") == 0
    assert origin_free(SEEDREAM_BASE_URL="https://llm.bytespike.ai/v1") == 0
    home.gen("a fox", "--seed", "5", "--sandbox").expect(0)
    assert origin_free("--sandbox") == 1
    assert origin_free() == 1


def test_a_slash_at_the_end_of_the_base_url_is_no_other_origin(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "5", env={"SEEDREAM_BASE_URL": service.base_url + "/"}).expect(0)
    home.gen("a fox", "--seed", "5", "--reuse").expect(0)
    assert service.posts == 1
    assert service.ledger[0].target == "/v1/images/generations"


def test_reuse_copies_to_another_place(home: Home, service: Service) -> None:
    (first,) = home.gen("a fox", "--seed", "5").expect(0).paths
    (copy,) = home.gen("a fox", "--seed", "5", "--reuse", "-o", "copy/{slug}.{ext}").expect(0).paths
    assert copy == Path("copy/a-fox.png")
    assert (home.work / copy).read_bytes() == (home.work / first).read_bytes()
    (other,) = home.gen("a fox", "--seed", "5", "--reuse", "-d", "other").expect(0).paths
    assert other.parent == Path("other")
    assert service.posts == 1


def lose_drafts(home: Home) -> None:
    """Throw away what was drawn first, a day later: copies are all that is left."""
    shutil.rmtree(home.work / "drafts")
    rewrite_history(home, answer={"expires": "2020-01-01T00:00:00Z"})


def test_reuse_gives_back_a_copy_that_lies_where_it_is_wanted_and_says_where_it_lies(
    home: Home, service: Service
) -> None:
    home.gen("a fox", "--seed", "5").expect(0)
    home.gen("a fox", "--seed", "5", "--reuse", "-o", "keep.png").expect(0)
    lose_drafts(home)
    kept = (home.work / "keep.png").stat()
    before = home.history_path.read_bytes()
    plan = home.gen("a fox", "--seed", "5", "--reuse", "-o", "keep.png", "--dry-run").expect(0)
    assert plan.lines[-1].startswith("0 to draw, 1 there already")
    assert home.history_path.read_bytes() == before
    assert home.gen("a fox", "--seed", "5", "--reuse", "-o", "keep.png").expect(0).lines == ["keep.png"]
    assert home.drafts()[0]["path"] == str(home.work / "keep.png")
    assert (home.work / "keep.png").stat().st_mtime_ns == kept.st_mtime_ns
    home.run("history", "verify").expect(0)
    # From now on it is there wherever it is wanted.
    home.gen("a fox", "--reuse", "-d", "other").expect(0)
    assert service.posts == 1
    (home.work / "keep.png").write_bytes(b"mine")
    shutil.rmtree(home.work / "other")
    home.gen("a fox", "--seed", "5", "--reuse", "-o", "keep.png").expect(0)
    assert service.posts == 2


@pytest.mark.parametrize("seed", [["--seed", "5"], []], ids=["seed", "any seed"])
@pytest.mark.parametrize(("where", "lies"), [([], "drafts/*.png"), (["-o", "keep.png"], "keep.png")], ids=["-d", "-o"])
def test_reuse_fetches_what_is_paid_for_instead_of_paying_again(
    home: Home, service: Service, where: list[str], lies: str, seed: list[str]
) -> None:
    service.always_download(error(404))
    home.gen("a fox", "--seed", "5").expect(9)
    again = ("a fox", *seed, "--reuse", *where)
    plan = home.gen(*again, "--dry-run").expect(0)
    assert plan.lines[-1].startswith("0 to draw, 0 there already")
    assert "1 paid for already, to be fetched" in plan.talk
    # Still not to be had: it is told, and not paid for again.
    assert "seedream history pull" in home.gen(*again).expect(9).talk
    service.always_download(picture())
    result = home.gen(*again, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert result.paths == [path.relative_to(home.work) for path in home.work.glob(lies)]
    assert "fetching 1 draft paid for already: free" in result.talk
    assert result.talk.splitlines()[-1].startswith("1 saved; $0;")
    (draft,) = home.drafts()
    assert (draft["status"], draft["path"]) == ("saved", str(home.work / result.lines[0]))
    assert service.posts == 1


def test_reuse_gives_back_fetches_and_draws_each_what_it_must(home: Home, service: Service) -> None:
    service.on_picture_of_seed(5, *[error(404)] * 4)  # every attempt at it
    home.gen("a fox", "--seed", "4", "-n", "2").expect(9)
    result = home.gen("a fox", "--seed", "4", "-n", "3", "--reuse", "-o", "{index}.{ext}").expect(0)
    assert sorted(result.lines) == ["1.png", "2.png", "3.png"]
    assert [post.seed for post in service.ledger][2:] == [6]
    lying = {seed: (home.work / f"{seed - 3}.png").read_bytes() for seed in (4, 5, 6)}
    assert {d["seed"]: d["sha256"] for d in home.drafts()} == {
        s: hashlib.sha256(b).hexdigest() for s, b in lying.items()
    }


def test_an_interrupt_while_reuse_fetches_sends_nothing(home: Home, service: Service) -> None:
    service.on_picture_of_seed(5, *[error(404)] * 4, hold(picture()))
    home.gen("a fox", "--seed", "5").expect(9)
    with home.start("gen", "a fox", "--seed", "5", "-n", "2", "--reuse") as running:
        service.wait_for_downloads(5)
        running.interrupt()
        running.wait_for(b"stopping")
        service.release()
        running.wait().expect(130)
    assert service.posts == 1
    assert [draft["status"] for draft in home.drafts()] == ["saved"]


def test_what_reuse_that_is_stopped_while_it_waits_did_not_come_to_is_told(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "4").expect(0)
    service.always_download(error(404))
    home.gen("a fox", "--seed", "5").expect(9)
    with (
        pull_under_way(home),
        home.start("gen", "a fox", "--seed", "4", "-n", "3", "--reuse", "--json") as running,
    ):
        running.wait_for(b"waiting for another command")
        running.interrupt()
        result = running.wait().expect(130)
    assert [(draft["seed"], draft["status"]) for draft in result.objects] == [
        (4, "saved"),
        (5, "pending"),
        (6, "failed"),
    ]
    assert "1 saved, 1 paid for, not saved yet, 1 not sent; $0; " in result.talk
    assert "hint: seedream history pull" in result.talk
    assert service.posts == 2


def test_reuse_waits_for_a_pull_and_gives_back_what_that_saved(home: Home, service: Service) -> None:
    service.always_download(error(404))
    home.gen("a fox", "--seed", "5").expect(9)
    before = len(service.downloads)
    service.always_download(hold(picture()))
    with home.start("history", "pull") as pulling:
        service.wait_for_downloads(before + 1)
        with home.start("gen", "a fox", "--seed", "5", "--reuse", "-o", "fox.png") as running:
            running.wait_for(b"waiting for another command")
            service.release()
            pulling.wait().expect(0)
            result = running.wait().expect(0)
    assert result.lines == ["fox.png"]
    assert (len(service.downloads), service.posts) == (before + 1, 1)


def test_what_expires_while_reuse_waits_is_told(home: Home, service: Service) -> None:
    service.always_download(error(404))
    home.gen("a fox", "--seed", "5").expect(9)
    with pull_under_way(home):
        running = home.start("gen", "a fox", "--seed", "5", "--reuse", "--json")
        running.wait_for(b"waiting for another command")
        let_urls_die(home)
    with running:
        result = running.wait().expect(9)
    assert [draft["status"] for draft in result.objects] == ["expired"]
    assert "1 expired; $0; " in result.talk
    assert service.posts == 1


@pytest.mark.parametrize(
    "where", [["-o", "keep.png"], ["-o", "{index}.{ext}"], ["-o", "{id}.png"], ["-d", "kept"]], ids=" ".join
)
@pytest.mark.parametrize("seed", [["--seed", "5"], []], ids=["seed", "any seed"])
def test_reuse_finds_copies_of_several_drafts(home: Home, service: Service, where: list[str], seed: list[str]) -> None:
    home.gen("a fox", "--seed", "5", "-n", "3").expect(0)
    copies = home.gen("a fox", *seed, "-n", "3", "--reuse", *where).expect(0).paths
    lose_drafts(home)
    assert home.gen("a fox", *seed, "-n", "3", "--reuse", *where).expect(0).paths == copies
    assert sorted(draft["path"] for draft in home.drafts()) == sorted(str(home.work / path) for path in copies)
    assert service.posts == 3


def test_reuse_with_one_request_draws_its_pictures_together_or_not_at_all(home: Home, service: Service) -> None:
    paths = home.gen("a fox", "-n", "4", "--seed", "5", "--one-request").expect(0).paths
    again = home.gen("a fox", "-n", "4", "--seed", "5", "--one-request", "--reuse").expect(0)
    assert sorted(again.paths) == sorted(paths)
    assert service.posts == 1
    (home.work / paths[0]).unlink()
    let_urls_die(home)
    home.gen("a fox", "-n", "4", "--seed", "5", "--one-request", "--reuse").expect(0)
    assert [(post.n, post.seed) for post in service.ledger] == [(4, 5), (4, 5)]


def test_reuse_warns_of_an_earlier_draft_that_was_perhaps_billed(home: Home, service: Service) -> None:
    service.script(reset(billed=True))
    home.gen("a fox", "--seed", "5").expect(8)
    (lost,) = home.drafts()
    warning = f"{lost['id']} was perhaps billed already; this draws it once more"
    assert warning not in home.gen("a fox", "--seed", "6", "--reuse", "--dry-run").expect(0).talk
    for more in (["--dry-run"], []):
        result = home.gen("a fox", "--seed", "4", "-n", "2", "--reuse", *more).expect(0)
        assert result.talk.count(warning) == 1
    # It has been answered by a draft of the same since.
    for path in result.paths:
        (home.work / path).unlink()
    assert warning not in home.gen("a fox", "--seed", "5", "--reuse", "--dry-run").expect(0).talk


def test_reuse_needs_no_key_where_nothing_is_drawn(home: Home) -> None:
    home.gen("a fox", "--seed", "5").expect(0)
    home.gen("a fox", "--seed", "5", "--reuse", env={"BYTESPIKE_API_KEY": None}).expect(0)


def test_a_tag_that_is_given_twice_is_kept_once(offline_home: Home) -> None:
    tags = ["--tag", "x", "--tag", "y", "--tag", "x"]
    (draft,) = offline_home.gen("a fox", "--sandbox", "--json", *tags).expect(0).objects
    assert draft["tags"] == ["x", "y"]


# Failures told


def test_many_drafts_of_one_failure_are_told_once(home: Home, service: Service) -> None:
    service.always(error(400, message="no such thing"))
    result = home.gen("a fox", "-n", "6").expect(2)
    assert result.talk.count("no such thing") == 1
    assert "seedream: error: no such thing (HTTP 400) (6 drafts)" in result.talk
    assert "6 failed; $0" in result.talk


def test_an_unknown_outcome_shows_seed_and_the_command_to_send_it_again(home: Home, service: Service) -> None:
    service.always(reset(billed=True))
    result = home.gen("a fox", "--seed", "5", "--json").expect(8)
    draft_id = result.objects[0]["id"]
    assert f"({draft_id}, seed 5)" in result.talk
    assert f"hint: perhaps billed; to send it again: seedream history rerun {draft_id}" in result.talk
    assert service.posts == 1


def test_a_picture_that_is_not_here_yet_shows_how_to_fetch_it(home: Home, service: Service) -> None:
    service.always_download(error(404))
    result = home.gen("a fox").expect(9)
    assert "hint: seedream history pull" in result.talk
    assert "1 paid for, not saved yet; about $0.012" in result.talk
    assert result.stdout == b""


@pytest.mark.parametrize("url", [PRIVATE, "file:///etc/passwd", "https://user:pw@cdn.example/1.png"])
def test_what_no_pull_would_fetch_is_not_hinted_at_with_it(home: Home, service: Service, url: str) -> None:
    service.always(ok(urls=[url]))
    result = home.gen("a fox").expect(9)
    assert "history pull" not in result.talk
    assert re.search("hint: .*: seedream config set|hint: .*seedream doctor", result.talk)


@pytest.mark.parametrize(
    ("status", "exit_status", "command"),
    [
        (302, 7, "SEEDREAM_BASE_URL right? seedream doctor"),
        (404, 2, "seedream models --live"),
        (413, 2, "a shorter prompt: seedream history rerun ID --prompt TEXT"),
    ],
)
def test_a_refusal_is_hinted_at_with_what_would_mend_it(
    home: Home, service: Service, status: int, exit_status: int, command: str
) -> None:
    service.always(error(status))
    result = home.gen("a fox").expect(exit_status)
    command = command.replace("ID", home.drafts()[0]["id"])
    assert command in next(line for line in result.talk.splitlines() if line.startswith("hint: "))


def test_no_secret_is_shown_or_kept_where_the_server_echoes_it(home: Home, service: Service) -> None:
    for status in (400, 402, 451):
        service.always(echoing(status))
        for argv in (["-v"], ["--json"]):
            assert CANARY_KEY.encode() not in home.gen("a fox", *argv).output
    assert home.holding(CANARY_KEY) == []


def test_a_picture_of_another_size_is_kept_and_said(home: Home, service: Service) -> None:
    service.always_download(picture(picture_of(1, 0, (640, 480))))
    result = home.gen("a fox").expect(0)
    assert "the picture is 640x480, not 1024x1024 as asked for" in result.talk


# Several at once, and killed


def test_four_commands_at_once_write_one_whole_history(home: Home, service: Service) -> None:
    service.always(together(ok(), 8))
    runs = [home.start("gen", f"fox {number}", "-n", "4") for number in range(4)]
    paths = [path for run in runs for path in run.wait().expect(0).paths]
    assert len(set(paths)) == 16
    drafts = home.drafts()
    assert [draft["status"] for draft in drafts] == ["saved"] * 16
    assert len({draft["id"] for draft in drafts}) == 16
    assert sorted(draft["seed"] for draft in drafts) == sorted(service.billed_seeds, key=int)


ROUNDS = 9
STEPS: dict[str, Callable[[Service, Event], None]] = {
    "answers held": lambda service, gate: service.script(hold(ok(), gate), hold(ok(), gate)),
    "second answer held": lambda service, gate: service.script(ok(), hold(ok(), gate), hold(ok(), gate)),
    "downloads held": lambda service, gate: service.script_downloads(hold(picture(), gate), hold(picture(), gate)),
    "second download held": lambda service, gate: service.script_downloads(picture(), hold(picture(), gate)),
    "nothing held": lambda service, gate: None,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_moment_loses_no_billed_picture(home: Home, service: Service, step: str) -> None:
    chance = random.Random(step)
    for number in range(ROUNDS):
        gate, posts = Event(), service.posts
        STEPS[step](service, gate)
        with home.start("gen", "a fox", "-n", "4", "-j", "2", "--seed", str(10 * number)) as running:
            service.wait_for_posts(posts + 1 + number % 2)
            time.sleep(chance.random() * 0.06)  # whatever it is doing then
            running.kill()
        gate.set()
    home.gen("a hare", "--seed", "1000").expect(0)
    drafts = {draft["seed"]: draft for draft in home.drafts()}
    assert service.billed > ROUNDS
    assert {drafts[seed]["status"] for seed in service.billed_seeds} <= {"saved", "pending", "unknown"}
    saved = {Path(draft["path"]): draft["sha256"] for draft in drafts.values() if draft["status"] == "saved"}
    named = {path for path in home.files() if not path.name.startswith(".seedream-")}
    assert set(saved) <= named
    for path in named:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert saved.get(path, digest) == digest
        with Image.open(path) as whole:
            whole.load()


def test_an_empty_negative_prompt_is_none(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1", "--negative", "").expect(0)
    assert "negative_prompt" not in service.ledger[0].json
    home.gen("a fox", "--seed", "1", "--reuse").expect(0)
    assert service.posts == 1


def test_an_empty_account_is_told_with_the_drafts_that_failed(home: Home, service: Service) -> None:
    service.script(ok(), error(402, "insufficient_balance"))
    result = home.gen("a fox", "-n", "2", "-j", "1").expect(4)
    failed = next(draft for draft in home.drafts() if draft["status"] == "failed")
    assert f"seedream history rerun {failed['id']}" in result.talk


def test_a_plan_on_a_terminal_has_no_escapes(home: Home) -> None:
    screen = home.in_terminal("gen", "a fox", "--dry-run", rows=24, columns=120)
    assert "\\t" not in screen.text
    assert "planned  seed" in screen.text


def test_a_locale_without_the_prompts_script_hurts_nobody(home: Home, service: Service) -> None:
    env = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "LANG": None}
    home.gen("狐狸", "--seed", "1").expect(0)
    listed = home.run("history", "list", env=env).expect(0)
    assert "狐狸" in listed.stdout.decode()


def test_the_first_of_a_request_is_given_back_for_a_request_of_its_own(home: Home, service: Service) -> None:
    home.gen("a fox", "--one-request", "-n", "2", "--seed", "5").expect(0)
    home.gen("a fox", "--seed", "5", "--reuse").expect(0)
    assert service.posts == 1


def test_quiet_leaves_warnings_out(home: Home, service: Service) -> None:
    assert "warning" in home.gen("a fox", "-o", "fox.jpg").expect(0).talk
    assert home.gen("a fox", "-o", "fox.jpg", "-q").expect(0).talk == ""
