"""`seedream batch` as a user types it: what rows ask for, where their pictures lie, what is said, what is refused."""

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.batches import animals, pictures, rewrite_history, seed_in, statuses, told, write
from support.program import Home, Launch
from support.replies import REVISED, error, ok, reset, together
from support.service import Service
from wcwidth import wcswidth


def seeds(service: Service) -> dict[str, int]:
    """The seed of each prompt that was sent."""
    return {post.json["prompt"]: post.json["seed"] for post in service.ledger}


# Rows


def test_each_row_is_drawn_once_and_its_path_comes_as_it_lands(home: Home, service: Service) -> None:
    result = home.run("batch", write(home, "a fox", "# no row", "", "水墨 hare")).expect(0)
    assert sorted(post.json["prompt"] for post in service.ledger) == ["a fox", "水墨 hare"]
    assert len(result.lines) == 2
    assert all((home.work / path).is_file() and path.startswith("drafts/") for path in result.lines)
    assert told(result) == "2 rows: 2 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown; about $0.024"
    assert result.talk.startswith("drawing 2 drafts on seedream-v5lite at 1024x1024, seeds ")
    assert {(d["row"], d["batch"], d["prompt"]) for d in home.drafts()} == {
        (1, "prompts.txt", "a fox"),
        (2, "prompts.txt", "水墨 hare"),
    }


def test_a_sum_of_more_drafts_than_rows_says_how_many_there_are(offline_home: Home) -> None:
    write(offline_home, *animals(2))
    result = offline_home.run("batch", "prompts.txt", "-n", "2", "--sandbox").expect(0)
    assert told(result).startswith("2 rows, 4 drafts: 4 saved, 0 skipped")


def test_a_rows_own_field_beats_the_option(home: Home, service: Service) -> None:
    own = {
        "prompt": "a fox",
        "negative_prompt": "snow",
        "seed": 70,
        "size": "landscape",
        "n": 2,
        "model": "seedream-v4",
        "tags": ["red", "wild"],
    }
    name = write(home, json.dumps(own), json.dumps({"prompt": "a hare"}), name="rows.jsonl")
    options = ["--no", "fog", "-s", "portrait", "--seed", "5", "-n", "1", "-m", "seedream-v5lite", "--tag", "mine"]
    home.run("batch", name, *options).expect(0)
    asked = sorted((p.json | {"prompt": p.json["prompt"]} for p in service.ledger), key=lambda p: p["seed"])
    hare, *foxes = asked
    common = {"model": "seedream-v4", "prompt": "a fox", "negative_prompt": "snow", "size": "1536x1024", "n": 1}
    assert foxes == [{**common, "seed": 70}, {**common, "seed": 71}]
    assert hare == {
        "model": "seedream-v5lite",
        "prompt": "a hare",
        "negative_prompt": "fog",
        "size": "1024x1536",
        "n": 1,
        "seed": 5,
    }
    tags = {draft["prompt"]: draft["tags"] for draft in home.drafts()}
    assert tags == {"a fox": ["red", "wild"], "a hare": ["mine"]}
    assert sum(draft["cost_usd"] for draft in home.drafts()) == pytest.approx(0.062)


@pytest.mark.parametrize(
    ("argv", "text", "expected"),
    [
        ([], "a fox\na hare\n", ["a fox", "a hare"]),
        (["-"], "a fox\n", ["a fox"]),
        (["-", "--format", "jsonl"], '{"prompt": "a fox"}\n', ["a fox"]),
        (["-", "--format", "tsv"], "prompt\tseed\na fox\t3\n", ["a fox"]),
        (["-", "--format", "a1111"], '--prompt "a fox" --seed 5\n', ["a fox"]),
    ],
)
def test_rows_come_from_a_pipe_too(
    home: Home, service: Service, argv: Sequence[str], text: str, expected: list[str]
) -> None:
    home.run("batch", *argv, stdin=text.encode()).expect(0)
    assert sorted(seeds(service)) == expected
    assert {draft["batch"] for draft in home.drafts()} == {"stdin"}


def test_a_terminal_on_stdin_is_no_file(home: Home, service: Service) -> None:
    screen = home.in_terminal("batch")
    assert screen.status == 2
    assert "seedream batch prompts.txt" in screen.text
    assert service.posts == 0


def test_the_batch_is_called_like_its_file_or_as_it_is_named(home: Home) -> None:
    (home.work / "deep").mkdir()
    write(home, "a fox", name="deep/ideas.txt")
    home.run("batch", "deep/ideas.txt", "--seed", "1").expect(0)
    home.run("batch", "deep/ideas.txt", "--seed", "2", "--name", "spring").expect(0)
    assert [draft["batch"] for draft in home.drafts()] == ["ideas.txt", "spring"]
    assert len(home.run("history", "list", "--batch", "spring", "--json").expect(0).objects) == 1


def test_one_request_draws_a_rows_n_together(home: Home, service: Service) -> None:
    name = write(home, "prompt,seed,n", "a fox,40,6", "a hare,9,1", name="rows.csv")
    result = home.run("batch", name, "--one-request", "-o", "{index}.{ext}", "--json").expect(0)
    assert sorted((p.json["prompt"], p.json["seed"], p.json["n"]) for p in service.ledger) == [
        ("a fox", 40, 4),
        ("a fox", 44, 2),
        ("a hare", 9, 1),
    ]
    assert pictures(home) == [f"{number}.png" for number in range(1, 8)]
    assert statuses(result.objects) == {"saved": 7}
    posts = service.posts
    again = home.run("batch", name, "--one-request", "-o", "{index}.{ext}").expect(0)
    assert (again.stdout, service.posts) == (b"", posts)


# Seeds


def test_a_derived_seed_depends_on_the_row_alone(home: Home, service: Service) -> None:
    home.run("batch", write(home, "a fox", "a hare", "a fox")).expect(0)
    first = [(post.json["prompt"], post.json["seed"]) for post in service.ledger]
    assert len(set(first)) == 3
    write(home, "a bear", "a hare", "# moved", "a fox", "a wolf", "a fox", "a fox")
    home.run("batch", "prompts.txt").expect(0)
    news = sorted(post.json["prompt"] for post in service.ledger[3:])
    assert news == ["a bear", "a fox", "a wolf"]
    assert service.billed == 6
    assert all(0 <= seed < 2**31 for _, seed in first)


def test_a_fresh_machine_derives_the_same_seeds(home: Home, service: Service, tmp_path: Path) -> None:
    name = write(home, "a fox", "a hare,with a comma", "a fox")
    other = Home(tmp_path / "other", home.env)
    write(other, "a fox", "a hare,with a comma", "a fox", name="other name.txt")
    home.run("batch", name).expect(0)
    mine = sorted(seed_in(path) for path in pictures(home))
    other.run("batch", "other name.txt").expect(0)
    assert sorted(seed_in(path) for path in pictures(other)) == mine


def test_a_seed_depends_on_the_rows_negative_prompt_too(home: Home, service: Service) -> None:
    home.run("batch", write(home, "prompt,negative_prompt", "a fox,", "a fox,snow", name="r.csv")).expect(0)
    assert len({post.json["seed"] for post in service.ledger}) == 2


def test_seeds_make_a_grid_in_the_order_of_the_file(home: Home, service: Service) -> None:
    name = write(home, "a fox", "a hare")
    home.run("batch", name, "--seeds", "7,1-2", "-o", "{index}-{slug}-{seed}.{ext}", "-j", "1").expect(0)
    expected = [(prompt, seed) for prompt in ("a fox", "a hare") for seed in (7, 1, 2)]
    assert [(post.json["prompt"], post.json["seed"]) for post in service.ledger] == expected
    assert [(draft["prompt"], draft["seed"]) for draft in home.drafts()] == expected
    assert pictures(home) == [
        f"{number}-{prompt.replace(' ', '-')}-{seed}.png" for number, (prompt, seed) in enumerate(expected, 1)
    ]


def test_the_first_jobs_of_a_grid_stand_in_its_order_however_many_are_in_flight(home: Home, service: Service) -> None:
    service.always(together(ok(), 6))
    home.run("batch", write(home, "a fox", "a hare"), "--seeds", "1-3", "-j", "6").expect(0)
    intents = [(r["prompt"], r["seed"]) for r in home.history() if r["kind"] == "intent"]
    assert intents == [(prompt, seed) for prompt in ("a fox", "a hare") for seed in (1, 2, 3)]


# Where pictures lie


def test_a_template_numbers_the_rows_of_the_file(home: Home, service: Service) -> None:
    name = write(home, *animals(4))
    home.run("batch", name, "-o", "out/{index}.{ext}").expect(0)
    assert pictures(home) == [f"out/{number}.png" for number in range(1, 5)]
    by_row = {draft["row"]: Path(draft["path"]).name for draft in home.drafts()}
    assert by_row == {number: f"{number}.png" for number in range(1, 5)}
    again = home.run("batch", name, "-o", "out/{index}.{ext}").expect(0)
    assert (again.stdout, service.posts) == (b"", 4)


TOGETHER = ["--one-request", "-n", "3"]


@pytest.mark.parametrize(
    ("template", "option", "count"),
    [
        ("{id}.{ext}", [], 2),
        ("{seed}.png", [], 2),
        ("{slug}-{seed}.{ext}", ["-n", "2"], 4),
        ("{id}.{ext}", TOGETHER, 6),
        ("{slug}-{index}.{ext}", TOGETHER, 6),
        ("{model}/{seed}/{id}.{ext}", TOGETHER, 6),
    ],
)
def test_a_name_may_differ_by_any_placeholder(
    home: Home, service: Service, template: str, option: list[str], count: int
) -> None:
    name = write(home, "a fox", "a hare")
    home.run("batch", name, "-o", template, *option).expect(0)
    assert len(pictures(home)) == count
    assert home.run("batch", name, "-o", template, *option).expect(0).stdout == b""
    assert service.billed == count


def test_a_row_may_name_its_own_picture(home: Home, service: Service) -> None:
    rows = ["prompt,output,n", "a fox,fox.png,1", "a hare,deep/hare.png,3", "a bear,,1"]
    name = write(home, *rows, name="rows.csv")
    home.run("batch", name, "-d", "rest").expect(0)
    (bear,) = pictures(home, "rest")
    assert pictures(home) == ["deep/hare-1.png", "deep/hare-2.png", "deep/hare-3.png", "fox.png", bear]
    assert home.run("batch", name, "-d", "rest").expect(0).stdout == b""
    assert service.billed == 5


def test_pictures_change_places_with_their_rows(home: Home, service: Service) -> None:
    rows = animals(5)
    home.run("batch", write(home, *rows), "-o", "{index}.{ext}").expect(0)
    orders = [["new", *rows], rows[::-1], [rows[2], rows[0], rows[1], rows[4]], ["new", *rows, "newer"]]
    for order in orders:
        home.run("batch", write(home, *order), "-o", "{index}.{ext}").expect(0)
        for number, prompt in enumerate(order, 1):
            shown = home.run("history", "show", f"{number}.png", "--json").expect(0).objects[0]
            assert shown["prompt"] == prompt
    assert service.billed == 7
    home.run("history", "verify").expect(0)
    assert pictures(home) == [f"{number}.png" for number in range(1, 8)]


def test_pictures_change_places_through_another_name_of_the_folder(home: Home, service: Service) -> None:
    rows = animals(3)
    home.run("batch", write(home, *rows), "-o", "out/{index}.{ext}").expect(0)
    (home.work / "link").symlink_to("out")
    home.run("batch", write(home, "new", *rows), "-o", "link/{index}.{ext}").expect(0)
    home.run("batch", "prompts.txt", "-o", "out/{index}.{ext}").expect(0)
    assert service.billed == 4
    home.run("history", "verify").expect(0)


def test_a_picture_that_cannot_be_moved_is_not_written_over(home: Home, service: Service) -> None:
    rows = ["prompt,output", "a fox,1.png", "a hare,2.png"]
    name = write(home, *rows, name="rows.csv")
    home.run("batch", name).expect(0)
    before = (home.work / "2.png").read_bytes()
    (home.work / "wall").touch()
    write(home, "prompt,output", "a wolf,3.png", "a fox,2.png", "a hare,wall/2.png", name="rows.csv")
    home.run("batch", name).expect(10)
    assert (home.work / "2.png").read_bytes() == before
    assert service.posts == 2


# Shards


def test_shards_split_a_file_the_same_way_everywhere(home: Home, service: Service, tmp_path: Path) -> None:
    rows = [*animals(20), *animals(4)]
    drawn = []
    for number in (1, 2, 3):
        machine = Home(tmp_path / f"machine{number}", home.env)
        write(machine, *rows)
        before = service.posts
        machine.run("batch", "prompts.txt", "--shard", f"{number}/3", "-o", "{index}.{ext}", "--yes").expect(0)
        drawn += pictures(machine)
        assert service.posts - before == len(pictures(machine))
        home.run("history", "import", machine.history_path).expect(0)
    assert sorted(drawn) == sorted(f"{number}.png" for number in range(1, 25))
    assert service.billed == 24
    after = home.run("batch", write(home, *rows), "-o", "{index}.{ext}", "--yes").expect(0)
    assert service.billed == 24
    assert told(after) == "24 rows: 0 saved, 24 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert len(pictures(home)) == 24


def test_an_empty_shard_is_done(home: Home, service: Service) -> None:
    name = write(home, "a fox")
    ends = [home.run("batch", name, "--shard", f"{number}/2").expect(0) for number in (1, 2)]
    assert sorted(told(end).split(":")[0] for end in ends) == ["0 rows", "1 row"]
    assert service.billed == 1


# Duplicates


def test_rows_that_ask_for_the_same_are_drawn_once(home: Home, service: Service) -> None:
    rows = ["prompt,seed", "a fox,1", "a hare,1", "a fox,1", "a fox,1"]
    name = write(home, *rows, name="rows.csv")
    result = home.run("batch", name, "--json").expect(0)
    assert service.billed == 2
    assert told(result) == "4 rows: 2 saved, 2 skipped, 0 failed, 0 blocked, 0 unknown; about $0.024"
    assert statuses(result.objects) == {"saved": 4}


def test_rows_that_ask_for_the_same_get_a_picture_each_where_names_say_so(home: Home, service: Service) -> None:
    name = write(home, "prompt,seed", "a fox,1", "a hare,1", "a fox,1", name="rows.csv")
    result = home.run("batch", name, "-o", "{index}.{ext}").expect(0)
    assert sorted(result.lines) == pictures(home) == ["1.png", "2.png", "3.png"]
    assert (home.work / "1.png").read_bytes() == (home.work / "3.png").read_bytes()
    assert service.billed == 2
    assert home.run("batch", name, "-o", "{index}.{ext}").expect(0).stdout == b""


# What is said


def test_json_says_every_row_whatever_becomes_of_it(home: Home) -> None:
    name = write(home, "a fox", "a hare")
    drawn = home.run("batch", name, "--json").expect(0).objects
    again = home.run("batch", name, "--json").expect(0).objects
    assert sorted(drawn, key=lambda draft: draft["row"]) == sorted(again, key=lambda draft: draft["row"])
    assert all(draft["revised_prompt"] == REVISED and Path(draft["path"]).is_absolute() for draft in drawn)


def test_json_of_a_copy_says_where_the_copy_lies(home: Home) -> None:
    name = write(home, "a fox")
    home.run("batch", name).expect(0)
    for _ in range(2):
        (told_once,) = home.run("batch", name, "-d", "elsewhere", "--json").expect(0).objects
        assert Path(told_once["path"]).parent == home.work / "elsewhere"


def test_nul_ends_paths_where_that_is_asked_for(home: Home) -> None:
    result = home.run("batch", write(home, "a fox", "a hare"), "-0").expect(0)
    first, second, rest = result.stdout.split(b"\0")
    assert (home.work / first.decode()).is_file()
    assert (home.work / second.decode()).is_file()
    assert rest == b""


def test_quiet_says_nothing_where_all_is_well(home: Home) -> None:
    assert home.run("batch", write(home, "a fox"), "-q").expect(0).stderr == b""


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_a_terminal_shows_how_far_it_is(home: Home, service: Service, columns: int) -> None:
    rows = write(home, *animals(3))
    screen = home.in_terminal("batch", rows, "-j", "1", columns=columns)
    assert screen.status == 0
    assert "3 rows: 3 saved" in screen.text
    assert all(path in screen.text.replace("\r\n", "") for path in pictures(home))


# Templates


def test_templates_are_text_unless_they_are_asked_for(home: Home, service: Service) -> None:
    name = write(home, "a {red|blue} fox, __place__")
    home.run("batch", name).expect(0)
    assert list(seeds(service)) == ["a {red|blue} fox, __place__"]


def test_expand_draws_every_combination_in_order(home: Home, service: Service) -> None:
    write(home, "snow", "rain", name="weather.txt")
    name = write(home, "prompt,animal", "a {red|blue} {animal} in __weather__,fox", name="rows.csv")
    home.run("batch", name, "--expand", "-j", "1", "-o", "{index}.{ext}").expect(0)
    expected = ["a red fox in snow", "a red fox in rain", "a blue fox in snow", "a blue fox in rain"]
    assert [post.json["prompt"] for post in service.ledger] == expected
    assert {draft["row"] for draft in home.drafts()} == {1}


def test_a_dry_run_shows_the_expansion_the_count_and_the_cost(offline_home: Home) -> None:
    name = write(offline_home, "a {red|blue} fox", "a hare")
    result = offline_home.run("batch", name, "--expand", "--dry-run").expect(0)
    assert [prompt for prompt in ("a red fox", "a blue fox", "a hare") if prompt in result.stdout.decode()] == [
        "a red fox",
        "a blue fox",
        "a hare",
    ]
    assert result.lines[-1] == "3 to draw, 0 there already: about $0.036 by the rate card of 2026-11"
    assert not offline_home.history_path.exists()
    assert pictures(offline_home) == []


# Dry runs and questions


def test_a_dry_run_needs_no_key_and_writes_nothing(home: Home, service: Service) -> None:
    name = write(home, *animals(30))
    before = home.files("..")
    result = home.run("batch", name, "--dry-run", "--json", env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert statuses(result.objects) == {"planned": 30}
    assert (service.connections, home.files("..")) == (0, before)


@pytest.mark.parametrize("columns", [40, 80])
def test_a_dry_run_fits_the_terminal(home: Home, columns: int) -> None:
    name = write(home, "a lighthouse in the fog, " + "seen from a boat " * 9, "狐狸" * 60)
    screen = home.in_terminal("batch", name, "--dry-run", columns=columns)
    assert screen.status == 0
    assert all(wcswidth(line) <= columns for line in screen.text.splitlines())


def test_a_dry_run_counts_what_is_there(home: Home, service: Service) -> None:
    name = write(home, "a fox", "a hare")
    home.run("batch", name).expect(0)
    write(home, "a fox", "a hare", "a bear")
    result = home.run("batch", name, "--dry-run").expect(0)
    assert result.lines[-1].startswith("1 to draw, 2 there already: about $0.012")
    assert service.posts == 2


def test_a_dry_run_counts_what_is_paid_for_and_what_is_held_back(home: Home, service: Service) -> None:
    service.script(error(451), ok(), ok())
    service.always_download(error(403))
    home.run("batch", write(home, "a fox", "a hare", "a bear"), "-j", "1").expect(9)
    result = home.run("batch", write(home, "a fox", "a hare", "a bear", "a cat", "a cat"), "--dry-run").expect(0)
    assert "2 paid for already, to be fetched" in result.talk
    assert "1 held back; see --retry-unknown" in result.talk
    assert service.posts == 3


def test_more_than_20_new_drafts_need_a_yes(home: Home, service: Service) -> None:
    name = write(home, *animals(21))
    refused = home.run("batch", name).expect(2)
    assert "--yes" in refused.talk
    assert service.connections == 0
    write(home, *animals(2))
    home.run("batch", name).expect(0)
    write(home, *animals(22))
    home.run("batch", name, timeout=60).expect(0)
    assert service.posts == 22


def test_the_question_can_be_answered(home: Home, service: Service) -> None:
    name = write(home, *animals(21))
    screen = home.in_terminal("batch", name, "-q", answers=[(r"\[y/N\] ", "n\r")])
    assert (screen.status, service.connections) == (2, 0)
    assert "21 drafts cost about $0.252" in screen.text


# What is refused, and sends nothing


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-o", "one.png"], "'one.png' is one name for many pictures"),
        (["-o", "{nope}.png"], "unknown placeholder '{nope}'"),
        (["-o", "-"], "one name for many"),
        (["-o", "{seed}.{ext}", "-d", "x"], "-o and -d cannot be combined"),
        (["--seeds", "1", "--seed", "2"], "--seeds and --seed cannot be combined"),
        (["--seeds", "1,x"], "'x' is not a seed"),
        (["--seeds", "1,2", "-n", "2"], "prompts.txt:1: --seeds draws one draft of each seed"),
        (["--shard", "0/3"], "--shard '0/3'"),
        (["--shard", "4/3"], "--shard '4/3'"),
        (["--shard", "2"], "--shard '2'"),
        (["--format", "yaml"], "unknown format 'yaml'"),
        (["--format", "json"], "prompts.txt"),
        (["-m", "seedream-v9"], "prompts.txt:1: unknown model 'seedream-v9'"),
        (["-s", "1x1"], "prompts.txt:1: seedream-v5lite has no size 1x1"),
        (["--json", "-0"], "--json and -0 cannot be combined"),
        (["--fresh", "--reuse"], "--fresh and --reuse cannot be combined"),
        (["--name", "a\x1bb"], "one line of printable text"),
        (["--max-cost", "nan"], "--max-cost"),
        (["--seed", "4294967295", "-n", "2"], "prompts.txt:1: seeds 4294967295 to 4294967296 leave the range"),
    ],
)
def test_what_cannot_be_is_refused(home: Home, service: Service, argv: list[str], said: str) -> None:
    result = home.run("batch", write(home, "a fox", "a hare"), *argv).expect(2)
    assert said in result.talk
    assert result.stdout == b""
    assert service.connections == 0
    assert not home.history_path.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a bear,-,,", "pictures are not written to stdout"),
        ("a bear,folder/,,", "is a folder"),
        ("a bear,{nope}.png,,", "unknown placeholder '{nope}'"),
        ("a bear," + "x" * 300 + ".png,,", "name is too long"),
        ("a bear,pipe,,", "not a regular file"),
        ("a bear,../.config/seedream/keys.json,,", "a file of seedream itself"),
        ("a bear,fox.png,,", "its picture would be saved as 'fox.png', like that of rows.csv:2"),
        ("a bear,fox.{ext},,", "like that of rows.csv:2"),
        ("a bear,../work/fox.png,,", "like that of rows.csv:2"),
        ("a bear,link/fox.png,,", "like that of rows.csv:2"),
        ("a bear,,seedream-v9,", "unknown model 'seedream-v9'"),
        ("a bear,,,-1", "seed"),
        (",bear.png,,", "the prompt is"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_its_line(home: Home, service: Service, row: str, said: str) -> None:
    (home.work / "folder").mkdir()
    (home.work / "link").symlink_to(".")
    os.mkfifo(home.work / "pipe")
    name = write(home, "prompt,output,model,seed", "a fox,fox.png,,", row, name="rows.csv")
    result = home.run("batch", name).expect(2)
    assert "rows.csv:3: " in result.talk
    assert said in result.talk
    assert service.connections == 0
    assert not home.history_path.exists()


def test_a_file_that_is_not_there_is_hinted_at_with_the_one_that_was_meant(home: Home) -> None:
    write(home, "a fox", name="prompts.txt")
    assert "hint: seedream batch prompts.txt" in home.run("batch", "prompt.txt").expect(10).talk
    assert "hint: ls ." in home.run("batch", "x").expect(10).talk
    assert "hint: ls nowhere" in home.run("batch", "nowhere/x.txt").expect(10).talk


def test_what_is_told_is_of_the_rows_of_this_file(home: Home, service: Service) -> None:
    service.script(ok(), ok(), reset(billed=True))
    home.run("batch", write(home, "a", "b", "lost"), "-j", "1").expect(8)
    name = write(home, "new", "lost", "b", "a", name="other.txt")
    told = home.run("batch", name, "--json").expect(8).objects
    assert sorted((draft["batch"], draft["row"], draft["prompt"], draft["status"]) for draft in told) == [
        ("other.txt", 1, "new", "saved"),
        ("other.txt", 2, "lost", "unknown"),
        ("other.txt", 3, "b", "saved"),
        ("other.txt", 4, "a", "saved"),
    ]
    copied = home.run("batch", name, "-d", "elsewhere", "--json").expect(8).objects
    assert sorted((draft["row"], draft["prompt"]) for draft in copied) == [(1, "new"), (2, "lost"), (3, "b"), (4, "a")]
    assert {tuple(draft["batches"]) for draft in copied if draft["row"] > 2} == {("prompts.txt", "other.txt")}
    # What was drawn for the other file stays known as that.
    assert {(draft["batch"], draft["row"]) for draft in home.drafts() if draft["prompt"] == "a"} == {("prompts.txt", 1)}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a,x.png", "b,x.png/y.png"], "rows.csv:2: its picture would lie at '"),
        (["b,d/e/y.png", "a,d"], "rows.csv:3: its picture would lie at '"),
        (["a,drafts", "b,"], "where that of other rows needs a folder"),
        (["a {x|y},o.png"], "rows.csv:2: several of its pictures would be saved as 'o.png'"),
    ],
)
def test_pictures_that_cannot_all_lie_where_they_are_wanted_cost_nothing(
    home: Home, service: Service, rows: list[str], said: str
) -> None:
    name = write(home, "prompt,output", *rows, name="rows.csv")
    for more in (["--dry-run"], []):
        result = home.run("batch", name, "--expand", *more).expect(2)
        assert said in result.talk
        assert "hint: give that row another output" in result.talk
    assert service.connections == 0


def test_a_folder_that_no_row_uses_is_in_nobodys_way(home: Home) -> None:
    name = write(home, "prompt,output", "a,drafts", "b,", name="rows.csv")
    home.run("batch", name, "-o", "pics/{id}.png", "--dry-run").expect(0)


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        ("a,512x512,,", "hint: write 1024x1024 into that row (--force passes it on as it is)"),
        ("a,,4294967295,2", "hint: write 4294967294 into that row"),
        ("a,,x,", "hint: when that is mended: seedream batch rows.csv --dry-run"),
    ],
)
def test_what_a_row_says_itself_is_mended_in_the_row(home: Home, service: Service, row: str, hint: str) -> None:
    name = write(home, "prompt,size,seed,n", row, name="rows.csv")
    assert hint in home.run("batch", name).expect(2).talk


def test_a_row_with_a_seed_excludes_seeds(home: Home, service: Service) -> None:
    name = write(home, "prompt,seed", "a fox,", "a hare,3", name="rows.csv")
    result = home.run("batch", name, "--seeds", "1,2").expect(2)
    assert "rows.csv:2: --seeds and a column of seeds cannot be combined" in result.talk
    assert service.connections == 0


def test_one_malformed_line_of_ten_thousand_keeps_all_from_being_sent(home: Home, service: Service) -> None:
    rows = [json.dumps({"prompt": text}) for text in animals(10_000)]
    rows[4_999] = '{"prompt": "cut'
    result = home.run("batch", write(home, *rows, name="rows.jsonl"), "--yes").expect(2)
    assert "rows.jsonl:5000" in result.talk
    assert service.connections == 0
    assert not home.history_path.exists()


def test_a_file_that_is_not_there_is_said(home: Home, service: Service) -> None:
    assert "nowhere.txt" in home.run("batch", "nowhere.txt").expect(10).talk


def test_hostile_names_and_rows_reach_no_terminal_raw(home: Home, service: Service) -> None:
    name = "\x1b]0;owned\x07.txt"
    write(home, "a \x1b[31mred\u202e fox", "--\x9b2J", name=name)
    screen = home.in_terminal("batch", name)
    assert screen.status == 0
    for raw in (b"\x1b]0;", b"\x07", b"\x1b[31m", b"\x9b", "\u202e".encode()):
        assert raw not in screen.screen
    assert {post.json["prompt"] for post in service.ledger} == {"a \x1b[31mred\u202e fox", "--\x9b2J"}


def test_a_hundred_in_flight_need_no_more_than_256_files(home: Home, service: Service) -> None:
    service.always(together(ok(), 100))
    name = write(home, *animals(110))
    home.run("batch", name, "-j", "100", "--yes", "-q", launch=Launch(limits={"RLIMIT_NOFILE": 256})).expect(0)
    assert (service.max_in_flight, service.billed) == (100, 110)


def test_what_was_there_before_is_history_to_every_order_of_rows(home: Home, service: Service) -> None:
    rows = animals(12)
    home.run("batch", write(home, *rows)).expect(0)
    rewrite_history(home, intent={"at": "2025-01-02T03:04:05Z", "batch": "old.txt"})
    random.Random(4).shuffle(rows)
    result = home.run("batch", write(home, *rows, name="new.txt")).expect(0)
    assert told(result) == "12 rows: 0 saved, 12 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert service.posts == 12
