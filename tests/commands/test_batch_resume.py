"""A batch run again goes on: what is there is skipped, what is paid for fetched, the rest as it was asked for."""

import os
import random
import re
import shutil
import signal
from pathlib import Path

import pytest
from support.batches import animals, pictures, rewrite_history, statuses, told, write
from support.program import Home, Result
from support.replies import Reply, error, hold, ok, ok_b64, picture, reset, without_url
from support.service import Service

LOST = reset(billed=True)
FOX, HARE, BEAR = ROWS = ("a fox,1", "a hare,2", "a bear,3")


def rows(home: Home, *lines: str) -> str:
    return write(home, "prompt,seed", *(lines or ROWS), name="rows.csv")


def batch(home: Home, *options: str, **how: object) -> Result:
    return home.run("batch", "rows.csv", *options, **how)


def expire(home: Home) -> None:
    """Let the time be over in which URLs live."""
    rewrite_history(home, answer={"expires": "2020-01-01T00:00:00Z"})


# What is there


def test_a_complete_batch_sends_nothing_and_needs_no_key(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    before = home.history_path.read_bytes()
    result = batch(home, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result) == "3 rows: 0 saved, 3 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert result.stdout == b""
    assert (service.posts, len(service.downloads)) == (3, 3)
    assert home.history_path.read_bytes() == before


def test_what_gen_drew_is_skipped_too(home: Home, service: Service) -> None:
    home.gen("a fox", "--seed", "1").expect(0)
    home.gen("a hare", "--seed", "2", "-n", "2", "--one-request").expect(0)
    rows(home)
    result = batch(home).expect(0)
    assert [post.json["prompt"] for post in service.ledger] == ["a fox", "a hare", "a bear"]
    assert told(result).startswith("3 rows: 1 saved, 2 skipped")


@pytest.mark.parametrize(
    "options",
    [["-m", "seedream-v4"], ["-s", "portrait"], ["--no", "fog"]],
    ids=["another model", "another size", "another negative prompt"],
)
def test_what_was_asked_for_in_another_way_is_not_there(home: Home, service: Service, options: list[str]) -> None:
    rows(home, FOX)
    batch(home).expect(0)
    batch(home, *options).expect(0)
    assert service.billed == 2


def test_what_the_sandbox_drew_is_not_there_for_the_service_nor_the_other_way_round(
    home: Home, service: Service
) -> None:
    rows(home, FOX)
    batch(home, "--sandbox").expect(0)
    assert service.posts == 0
    batch(home).expect(0)
    assert service.posts == 1
    assert batch(home, "--sandbox").expect(0).stdout == b""


def test_a_picture_elsewhere_is_copied_to_where_it_is_wanted(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    result = batch(home, "-d", "elsewhere", env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert sorted(result.lines) == pictures(home, "elsewhere")
    assert len(pictures(home, "elsewhere")) == len(pictures(home, "drafts")) == 3
    assert told(result) == "3 rows: 0 saved, 3 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    again = batch(home, "-d", "elsewhere").expect(0)
    assert told(again) == "3 rows: 0 saved, 3 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert batch(home).expect(0).stdout == b""
    assert (service.posts, len(service.downloads)) == (3, 3)


def test_a_service_is_the_same_however_its_base_url_is_typed_or_was_written_down(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    typed = service.base_url.replace("http", "HTTP").replace("/v1", "//v1/").replace("127.0.0.1:", "127.0.0.1:0")
    assert told(batch(home, env={"SEEDREAM_BASE_URL": typed}).expect(0)).startswith("3 rows: 0 saved, 3 skipped")
    rewrite_history(home, intent={"origin": typed})
    assert told(batch(home).expect(0)).startswith("3 rows: 0 saved, 3 skipped")
    assert service.posts == 3


def test_fresh_draws_everything_again(home: Home, service: Service) -> None:
    rows(home, FOX, HARE, FOX)
    batch(home).expect(0)
    result = batch(home, "--fresh").expect(0)
    assert told(result) == "3 rows: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown; about $0.036"
    assert service.billed == 5


def test_a_lost_picture_that_cannot_be_fetched_now_is_hinted_at_by_name_for_pull_alone_passes_it_by(
    home: Home, service: Service
) -> None:
    rows(home, FOX, HARE)
    batch(home).expect(0)
    lost = home.drafts()[0]
    Path(lost["path"]).unlink()
    service.always_download(error(404))
    result = batch(home).expect(9)
    assert f"hint: seedream history pull {lost['id']} " in result.talk
    service.always_download(picture())
    assert home.run("history", "pull", lost["id"]).expect(0).lines == [lost["path"]]
    assert service.posts == 2


# After a crash


def test_what_a_killed_run_saved_is_skipped_what_it_was_sent_is_unknown(home: Home, service: Service) -> None:
    rows(home)
    service.on_seed(2, hold(ok()))
    with home.start("batch", "rows.csv", "-j", "1") as running:
        service.wait_for_posts(2)
        running.first_line()
        running.kill()
        running.wait()
    service.release()
    result = batch(home).expect(8)
    assert [post.seed for post in service.ledger] == [1, 2, 3]
    assert told(result) == "3 rows: 1 saved, 1 skipped, 0 failed, 0 blocked, 1 unknown; about $0.012"
    assert "seedream: error: 1 unknown, perhaps billed already: not drawn again" in result.talk
    assert "add --retry-unknown" in result.talk
    batch(home, "--retry-unknown").expect(0)
    assert [post.seed for post in service.ledger] == [1, 2, 3, 2]
    old, new = [draft for draft in home.drafts() if draft["seed"] == 2]
    assert (old["status"], new["status"], new["parent"]) == ("unknown", "saved", old["id"])
    assert batch(home).expect(0).stdout == b""


def test_what_a_killed_run_had_paid_for_is_fetched(home: Home, service: Service) -> None:
    rows(home)
    service.always_download(hold(picture()))
    with home.start("batch", "rows.csv") as running:
        service.wait_for_downloads(3)
        running.kill()
        running.wait()
    service.release()
    result = batch(home, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result) == "3 rows: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert sorted(result.lines) == pictures(home)
    assert service.posts == 3


def test_other_rows_in_another_order_on_another_day_under_another_name(home: Home, service: Service) -> None:
    write(home, *animals(8), name="old.txt")
    service.script(*[error(400)] * 3)
    home.run("batch", "old.txt").expect(11)
    rewrite_history(home, intent={"at": "2025-01-02T03:04:05Z"})
    mixed = ["one more", *animals(9)]
    random.Random(1).shuffle(mixed)
    home.run("batch", write(home, *mixed, name="new.txt")).expect(0)
    assert sorted(post.json["prompt"] for post in service.ledger if post.billed) == sorted(mixed)
    assert service.posts == 13


def test_what_is_skipped_is_found_by_the_names_of_both_batches_and_paid_for_by_the_first(
    home: Home, service: Service
) -> None:
    home.gen("animal 1", "--seed", "1").expect(0)
    write(home, "animal 1", name="old.txt")
    home.run("batch", "old.txt", "--seeds", "1,2").expect(0)
    write(home, "animal 1", name="new.txt")
    home.run("batch", "new.txt", "--seeds", "1-3", "--dry-run").expect(0)
    for _ in range(2):
        home.run("batch", "new.txt", "--seeds", "1-3").expect(0)
    found = {
        name: [draft["seed"] for draft in home.run("history", "list", "--json", "--batch", name).expect(0).objects]
        for name in ("old.txt", "new.txt")
    }
    assert found == {"old.txt": [1, 2], "new.txt": [1, 2, 3]}
    joined = [record["batch"] for record in home.history() if record["kind"] == "batch"]
    assert joined == ["old.txt", "new.txt", "new.txt"]
    (sums,) = home.run("history", "stats", "--json").objects
    assert {name: each["drafts"] for name, each in sums["by_batch"].items()} == {"old.txt": 1, "new.txt": 1}


# What failed


def test_what_failed_is_sent_again_and_knows_its_parent(home: Home, service: Service) -> None:
    rows(home)
    service.on_seed(2, error(400))
    first = batch(home, "--json").expect(11)
    assert told(first) == "3 rows: 2 saved, 0 skipped, 1 failed, 0 blocked, 0 unknown; about $0.024"
    (failed,) = [draft for draft in first.objects if draft["status"] == "failed"]
    (again,) = [draft for draft in batch(home, "--json").expect(0).objects if draft["seed"] == 2]
    assert (again["status"], again["parent"], again["error"]) == ("saved", failed["id"], None)
    assert service.posts == 4


def test_a_failure_is_the_outcome_of_every_row_that_asks_for_it(home: Home, service: Service) -> None:
    rows(home, FOX, HARE, HARE, HARE)
    service.on_seed(2, error(400))
    result = batch(home, "-o", "{index}.{ext}").expect(11)
    assert told(result) == "4 rows: 1 saved, 0 skipped, 1 failed, 0 blocked, 0 unknown; about $0.012"
    assert service.posts == 2
    assert pictures(home) == ["1.png"]
    batch(home, "-o", "{index}.{ext}").expect(0)
    assert pictures(home) == ["1.png", "2.png", "3.png", "4.png"]


@pytest.mark.parametrize(
    ("reply", "word", "status"), [(LOST, "unknown", 8), (error(451), "blocked", 11)], ids=["unknown", "blocked"]
)
def test_what_may_cost_or_fail_again_is_asked_for_again_only_where_that_is_wanted(
    home: Home, service: Service, reply: Reply, word: str, status: int
) -> None:
    option = f"--retry-{word}"
    rows(home, FOX, HARE, HARE)
    service.on_seed(2, reply)
    batch(home).expect(status)
    other = {"--retry-unknown", "--retry-blocked", "--retry-missing"} - {option}
    held_back = batch(home, *other, "--json", env={"BYTESPIKE_API_KEY": None}).expect(status)
    assert statuses(held_back.objects) == {"saved": 1, word: 1}
    assert f"1 {word}, " in held_back.talk
    assert f"add {option}" in held_back.talk
    assert service.posts == 2
    service.on_seed(2, reply)
    assert f"1 {word}" in told(batch(home, option).expect(status))
    assert service.posts == 3
    result = batch(home, option, "--json").expect(0)
    assert service.posts == 4
    new = [draft for draft in result.objects if draft["seed"] == 2]
    assert {draft["status"] for draft in new} == {"saved"}
    family = [draft for draft in home.drafts() if draft["seed"] == 2]
    assert [draft["parent"] for draft in family] == [None, family[0]["id"], family[1]["id"]]
    rows(home, HARE)
    assert batch(home).expect(0).stdout == b""


def test_an_old_failure_taken_in_from_another_history_sends_nothing_again_that_was_perhaps_billed(
    home: Home, service: Service
) -> None:
    elsewhere = {"SEEDREAM_HISTORY": str(home.root / "other.jsonl")}
    service.script(error(400), LOST)
    home.gen("a fox", "--seed", "1", env=elsewhere).expect(2)
    other = Path(elsewhere["SEEDREAM_HISTORY"])
    other.write_text(re.sub(r"20\d\d-", "2020-", other.read_text()))
    home.gen("a fox", "--seed", "1").expect(8)
    home.run("history", "import", str(other)).expect(0)
    rows(home, FOX)
    assert batch(home, "--dry-run").expect(0).lines[-1].startswith("0 to draw, 0 there already")
    assert "add --retry-unknown" in batch(home).expect(8).talk
    assert service.posts == 2
    batch(home, "--retry-unknown").expect(0)
    assert batch(home).expect(0).stdout == b""


def test_alone_what_is_held_back_gives_the_status(home: Home, service: Service) -> None:
    rows(home, FOX)
    service.script(error(451))
    batch(home).expect(5)
    batch(home).expect(5)
    assert service.posts == 1


def test_a_place_without_a_picture_draws_the_whole_request_again_only_where_wanted(
    home: Home, service: Service
) -> None:
    service.script(without_url(1))
    write(home, "a fox")
    draw = ("batch", "prompts.txt", "-n", "3", "--one-request")
    home.run(*draw).expect(8)
    home.run(*draw).expect(8)
    assert service.posts == 1
    result = home.run(*draw, "--retry-unknown").expect(0)
    assert told(result) == "1 row, 3 drafts: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown; about $0.036"
    assert service.posts == 2
    assert home.run(*draw).expect(0).stdout == b""


# What is paid for and not here


def test_what_is_pending_is_fetched_free_to_where_this_run_would_put_it(home: Home, service: Service) -> None:
    rows(home)
    service.always_download(error(403))
    first = batch(home).expect(9)
    assert told(first) == "3 rows: 0 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 3 pending; about $0.036"
    service.always_download(picture())
    result = batch(home, "-o", "{index}.{ext}", env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result) == "3 rows: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert sorted(Path(path).name for path in result.lines) == pictures(home) == ["1.png", "2.png", "3.png"]
    assert service.posts == 3


def test_what_came_there_since_by_hand_is_not_replaced_however_often_it_goes_on(home: Home, service: Service) -> None:
    write(home, "prompt,seed,output", "a fox,1,1.png", "a hare,2,2.png", name="rows.csv")
    service.always_download(error(403))
    batch(home).expect(9)
    service.always_download(picture())
    home.gen("another fox", "--seed", "3", "-o", "1.png").expect(0)
    (home.work / "2.png").write_bytes(b"drawn by hand")
    result = batch(home).expect(0)
    assert sorted(result.lines) == ["1.png", "2-2.png"]
    assert "2.png is newer than" in result.talk
    assert batch(home, "--quiet").expect(0).talk == ""
    assert (home.work / "2.png").read_bytes() == b"drawn by hand"
    assert home.run("history", "show", "1.png", "--json").objects[0]["prompt"] == "a fox"
    (home.work / "2.png").unlink()
    assert batch(home).expect(0).lines == ["2.png"]


def test_pictures_of_one_request_are_there_for_a_smaller_one(home: Home, service: Service) -> None:
    rows(home, FOX)
    batch(home, "--one-request", "-n", "4").expect(0)
    result = batch(home, "--one-request", "-n", "2").expect(0)
    assert told(result) == "1 row, 2 drafts: 0 saved, 2 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    home.gen("a fox", "--seed", "1", "-n", "3", "--one-request", "--reuse").expect(0)
    assert service.billed == 4


@pytest.mark.parametrize("where", [["-o", "out/{index}.{ext}"], []], ids=["option", "column"])
def test_a_row_that_was_edited_and_edited_back_has_its_picture_in_its_place_again(
    home: Home, service: Service, where: list[str]
) -> None:
    for prompt in ("a fox", "a wolf", "a fox"):
        write(
            home, "prompt,seed" + ",output" * (not where), f"{prompt},1" + ",out/1.png" * (not where), name="rows.csv"
        )
        batch(home, *where).expect(0)
        assert home.run("history", "show", "out/1.png", "--json").objects[0]["prompt"] == prompt
    assert service.posts == 2


def test_what_still_cannot_be_fetched_is_told_once(home: Home, service: Service) -> None:
    rows(home, FOX, FOX)
    service.always_download(error(403))
    batch(home).expect(9)
    result = batch(home, "--json").expect(9)
    assert statuses(result.objects) == {"pending": 1}
    assert told(result) == "2 rows: 0 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 1 pending; $0"
    assert service.posts == 1


def test_a_picture_that_came_as_bytes_and_could_not_be_saved_is_saved_later(home: Home, service: Service) -> None:
    rows(home, FOX)
    service.script(hold(ok_b64()))
    with home.start("batch", "rows.csv", "-o", "{seed}.png") as running:
        service.wait_for_posts(1)
        (home.work / "1.png").mkdir()
        service.release()
        running.wait().expect(9)
    (home.work / "1.png").rmdir()
    expire(home)
    result = batch(home, "-o", "{seed}.png", env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert result.lines == pictures(home) == ["1.png"]
    assert (service.posts, service.downloads) == (1, [])


def test_a_lost_picture_whose_url_lives_is_fetched(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    lost, changed, _ = home.files("drafts")
    lost.unlink()
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    result = batch(home, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result) == "3 rows: 2 saved, 1 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert service.posts == 3
    assert batch(home).expect(0).stdout == b""


def test_a_lost_picture_whose_url_is_dead_is_drawn_again_only_where_wanted(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    expire(home)
    lost, changed, _ = home.files("drafts")
    lost.unlink()
    changed.write_bytes(b"something else")
    result = batch(home, "--retry-unknown", "--retry-blocked", env={"BYTESPIKE_API_KEY": None}).expect(9)
    assert told(result) == "3 rows: 0 saved, 1 skipped, 0 failed, 0 blocked, 0 unknown, 2 lost; $0"
    assert "add --retry-missing" in result.talk
    assert (service.posts, len(service.downloads)) == (3, 3)
    result = batch(home, "--retry-missing").expect(0)
    assert told(result) == "3 rows: 2 saved, 1 skipped, 0 failed, 0 blocked, 0 unknown; about $0.024"
    assert changed.read_bytes() == b"something else"
    news = home.drafts()[3:]
    assert all(draft["parent"] in {old["id"] for old in home.drafts()[:3]} for draft in news)
    assert batch(home).expect(0).stdout == b""


@pytest.mark.parametrize("where", [["-d", "kept"], ["-o", "kept/{index}.{ext}"]], ids=" ".join)
def test_a_lost_picture_of_which_this_run_made_a_copy_before_is_skipped(
    home: Home, service: Service, where: list[str]
) -> None:
    rows(home)
    batch(home).expect(0)
    batch(home, *where).expect(0)
    shutil.rmtree(home.work / "drafts")
    expire(home)
    copies = pictures(home, "kept")
    result = batch(home, *where, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result) == "3 rows: 0 saved, 3 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert sorted(draft["path"] for draft in home.drafts()) == [str(home.work / copy) for copy in copies]
    home.run("history", "verify").expect(0)
    after = home.history_path.read_bytes()
    batch(home, *where).expect(0)
    assert home.history_path.read_bytes() == after
    assert len(batch(home).expect(0).paths) == 3
    assert service.posts == 3


def test_what_expired_before_it_was_fetched_is_drawn_again_only_where_wanted(home: Home, service: Service) -> None:
    rows(home, FOX)
    service.always_download(error(403))
    batch(home).expect(9)
    service.always_download(picture())
    expire(home)
    result = batch(home).expect(9)
    assert "1 lost, paid for, and expired before it was fetched" in result.talk
    assert service.posts == 1
    batch(home, "--retry-missing").expect(0)
    assert service.posts == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_fetches_it_draws_nothing(home: Home, service: Service, number: signal.Signals) -> None:
    rows(home)
    service.always_download(error(403))
    batch(home).expect(9)
    rows(home, *ROWS, "a wolf,4")
    service.always_download(hold(picture()))
    before = len(service.downloads)
    with home.start("batch", "rows.csv", "--json") as running:
        service.wait_for_downloads(before + 3)
        running.signal(number)
        if number == signal.SIGINT:
            running.wait_for(b"stopping: nothing new is sent")
            service.release()
        result = running.wait(10).expect(130 if number == signal.SIGINT else 143)
    assert service.posts == 3
    assert statuses(result.objects) == {"saved" if number == signal.SIGINT else "pending": 3, "failed": 1}
    service.release()
    batch(home).expect(0)
    assert service.posts == 4


# What was changed by hand


def test_a_damaged_history_keeps_what_is_whole(home: Home, service: Service) -> None:
    rows(home)
    batch(home).expect(0)
    with home.history_path.open("ab") as file:
        file.write(b'{"v":1,"id":"cut')
    assert batch(home).expect(0).stdout == b""
    assert service.posts == 3


def test_a_forgotten_draft_is_drawn_again(home: Home, service: Service) -> None:
    rows(home, FOX)
    batch(home).expect(0)
    home.run("history", "forget", "last").expect(0)
    batch(home).expect(0)
    assert service.posts == 2


def test_a_history_on_a_read_only_disk_sends_nothing(home: Home, service: Service) -> None:
    rows(home, FOX)
    home.history_path.mkdir(parents=True)
    assert os.fsdecode(home.history_path) in batch(home).expect(10).talk
    assert service.posts == 0
