"""Several batches of one user at once: each picture is drawn once, and what they share is counted once."""

import signal
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from support.batches import animals, let_urls_die, pictures, pull_under_way, statuses, told, write
from support.program import Home
from support.replies import error, hold, late, ok, picture, reset
from support.service import Service

from seedream_cli.drafts import Key
from seedream_cli.planning.rows import Shard

WAITING = b"waiting for another run, which is drawing "


def test_the_same_batch_twice_at_once_does_the_work_once(home: Home, service: Service) -> None:
    service.always(late(ok(), 0.02))
    name = write(home, *animals(30))
    with ExitStack() as stack:
        runs = [stack.enter_context(home.start("batch", name, "-j", "4", "--yes")) for _ in range(3)]
        ends = [run.wait(60).expect(0) for run in runs]
    assert sorted(Counter(service.billed_seeds).values()) == [1] * 30
    assert len(pictures(home)) == 30
    assert sum(len(end.lines) for end in ends) == 30
    assert {told(end).split(":")[0] for end in ends} == {"30 rows"}
    assert all(" 0 failed, 0 blocked, 0 unknown; " in told(end) for end in ends)


def test_the_same_batch_twice_at_once_moves_each_picture_once(home: Home, service: Service) -> None:
    rows = animals(15)
    draw = ("batch", write(home, *rows), "-o", "{index}.{ext}", "--yes")
    home.run(*draw).expect(0)
    rows = ["new", *rows[8:], *rows[:8]]
    write(home, *rows)
    with ExitStack() as stack:
        for run in [stack.enter_context(home.start(*draw)) for _ in range(3)]:
            run.wait(60).expect(0)
    assert service.billed == 16
    by_place = {Path(draft["path"]).name: draft["prompt"] for draft in home.drafts()}
    assert by_place == {f"{number}.png": prompt for number, prompt in enumerate(rows, 1)}
    assert pictures(home) == sorted(by_place)
    home.run("history", "verify").expect(0)


def test_shards_at_once_do_the_work_once(home: Home, service: Service) -> None:
    name = write(home, *animals(30))
    with ExitStack() as stack:
        runs = [
            stack.enter_context(home.start("batch", name, "--shard", f"{part}/3", "-o", "{index}.{ext}", "--yes"))
            for part in (1, 2, 3)
        ]
        for run in runs:
            run.wait(60).expect(0)
    assert pictures(home) == sorted(f"{number}.png" for number in range(1, 31))
    assert service.billed == 30


def test_shards_of_a_file_that_was_edited_do_not_take_each_others_pictures(home: Home, service: Service) -> None:
    rows = animals(12)
    for order in (rows, rows[::-1], rows[5:] + rows[:5]):
        name = write(home, *order)
        for part in (1, 2, 3):
            home.run("batch", name, "--shard", f"{part}/3", "-o", "out/{index}.{ext}", "--yes").expect(0)
        at = {draft["prompt"]: Path(draft["path"]).name for draft in home.drafts()}
        assert at == {prompt: f"{number}.png" for number, prompt in enumerate(order, 1)}
        home.run("history", "verify").expect(0)
    assert service.billed == 12


def test_a_picture_that_another_shard_wants_of_a_larger_request_is_kept(home: Home, service: Service) -> None:
    header = "prompt,seed,n,output"
    draw = ("batch", write(home, header, "p,5,4,o{index}.png", name="rows.csv"), "--one-request", "--json")
    home.run(*draw).expect(0)
    drawn = (home.work / "o1.png").read_bytes()
    write(home, header, "p,5,2,r{index}.png", "r,9,1,o1.png", name="rows.csv")
    base_url = home.environment()["SEEDREAM_BASE_URL"]
    key = Key(base_url, "seedream-v5lite", "r", None, "1024x1024", 9, 1, 1)
    other = replace(key, prompt="p", seed=5)
    shards = (Shard(part, count) for count in range(2, 100) for part in range(1, count + 1))
    shard = next(shard for shard in shards if shard.holds(key) and not shard.holds(other))
    home.run(*draw, "--shard", f"{shard.number}/{shard.count}").expect(0)
    (kept,) = [draft["path"] for draft in home.drafts() if (draft["seed"], draft["index"]) == (5, 1)]
    assert Path(kept).read_bytes() == drawn
    home.run("history", "verify").expect(0)


def test_rows_of_two_shards_with_one_name_are_refused_like_those_of_one_file(home: Home, service: Service) -> None:
    somewhere = {"SEEDREAM_BASE_URL": "https://api.example/v1"}  # of whose drafts it is known in which shard they are
    draw = ("batch", write(home, "a fox", "a hare"), "-o")
    shards = [("--shard", f"{part}/2") for part in (1, 2)]
    alone = [home.run(*draw, "{id}.{ext}", *shard, "--dry-run", env=somewhere).expect(0) for shard in shards]
    assert all(shown.lines[-1].startswith("1 to draw") for shown in alone)
    ends = [home.run(*draw, "{model}.{ext}", *shard, env=somewhere).expect(2) for shard in shards]
    assert all("put {id} or {index} into the name" in end.talk for end in ends)
    assert service.posts == 0


def test_shards_of_an_edited_file_at_once_pay_for_nothing_again(home: Home, service: Service) -> None:
    rows = animals(12)
    for order in (rows, rows[::-1], rows[5:] + rows[:5]):
        draw = ("batch", write(home, *order), "-o", "out/{index}.{ext}", "--yes", "--shard")
        with ExitStack() as stack:
            for run in [stack.enter_context(home.start(*draw, f"{part}/3")) for part in (1, 2, 3)]:
                run.wait(60).expect(0)
        home.run("history", "verify").expect(0)
    assert service.billed == 12


def test_whoever_waits_for_another_gets_its_picture_where_he_wants_it(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    name = write(home, "a fox")
    with home.start("batch", name) as first:
        service.wait_for_posts(1)
        with home.start("batch", name, "-d", "mine") as second:
            second.wait_for(WAITING)
            service.release()
            first.wait().expect(0)
            result = second.wait().expect(0)
    assert service.posts == 1
    assert result.lines == pictures(home, "mine")


def test_whoever_may_spend_no_more_does_not_wait_for_another(home: Home, service: Service) -> None:
    service.script(hold(ok()))
    with home.start("batch", write(home, "a fox", name="a.txt")) as first:
        service.wait_for_posts(1)
        name = write(home, "a fox", "a hare", "a bear", name="b.txt")
        result = home.run("batch", name, "--max-cost", "0.012").expect(4)
        assert first.running
        service.release()
        first.wait().expect(0)
    assert told(result) == "3 rows: 1 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 2 not sent; about $0.012"
    assert WAITING not in result.output


def test_whoever_is_interrupted_does_not_begin_to_wait_for_another(home: Home, service: Service) -> None:
    over = threading.Event()
    service.script(hold(ok(), over), hold(ok()))
    with home.start("batch", write(home, "a fox", name="a.txt")) as first:
        service.wait_for_posts(1)
        with home.start("batch", write(home, "a fox", "a hare", name="b.txt")) as second:
            service.wait_for_posts(2)
            second.interrupt()
            second.wait_for(b"stopping")
            service.release()
            result = second.wait().expect(130)
        over.set()
        first.wait().expect(0)
    assert WAITING not in result.output


def test_whoever_ends_early_is_given_what_another_run_drew_meanwhile(home: Home, service: Service) -> None:
    saved = threading.Event()
    service.script(hold(ok()), hold(error(400), saved))
    with home.start("batch", write(home, "a fox", name="a.txt")) as first:
        service.wait_for_posts(1)
        with home.start("batch", write(home, "a fox", "a hare", name="b.txt"), "--fail-fast") as second:
            service.wait_for_posts(2)
            service.release()
            first.wait().expect(0)
            saved.set()
            result = second.wait().expect(11)
    assert told(result) == "2 rows: 0 saved, 1 skipped, 1 failed, 0 blocked, 0 unknown; $0"
    listed = home.run("history", "list", "--batch", "b.txt", "--json").expect(0).objects
    assert {draft["prompt"] for draft in listed} == {"a fox", "a hare"}


def test_what_another_run_drew_and_cannot_be_copied_in_the_end_is_told(home: Home, service: Service) -> None:
    (home.work / "file").write_bytes(b"mine")
    saved = threading.Event()
    service.script(hold(ok()), hold(error(400), saved))
    rows = write(home, "prompt,output", "a fox,file/fox.png", "a hare,hare.png", name="b.csv")
    with home.start("batch", write(home, "a fox", name="a.txt")) as first:
        service.wait_for_posts(1)
        with home.start("batch", rows, "--fail-fast", "--json") as second:
            service.wait_for_posts(2)
            service.release()
            first.wait().expect(0)
            saved.set()
            result = second.wait().expect(10)
    assert sorted((draft["row"], draft["status"]) for draft in result.objects) == [(1, "saved"), (2, "failed")]
    assert told(result) == "2 rows: 0 saved, 0 skipped, 1 failed, 0 blocked, 0 unknown, 1 not copied; $0"


def test_a_batch_waits_for_a_pull_and_fetches_nothing_twice(home: Home, service: Service) -> None:
    service.always_download(error(403))
    name = write(home, *animals(3))
    home.run("batch", name).expect(9)
    service.always_download(hold(picture()))
    before = len(service.downloads)
    with home.start("history", "pull", "-j", "1") as pulling:
        service.wait_for_downloads(before + 1)
        with home.start("batch", name, "-d", "mine") as drawing:
            drawing.wait_for(b"waiting for another command")
            service.release()
            pulling.wait().expect(0)
            result = drawing.wait().expect(0)
    assert len(service.downloads) == before + 3
    assert service.posts == 3
    assert sorted(result.lines) == pictures(home, "mine")
    assert told(result) == "3 rows: 0 saved, 3 skipped, 0 failed, 0 blocked, 0 unknown; $0"


def test_what_expires_while_a_batch_waits_for_a_pull_is_told_as_lost(home: Home, service: Service) -> None:
    service.always_download(error(403))
    name = write(home, "a fox")
    home.run("batch", name).expect(9)
    with pull_under_way(home):
        drawing = home.start("batch", name)
        drawing.wait_for(b"waiting for another command")
        let_urls_die(home)
    with drawing:
        result = drawing.wait().expect(9)
    assert "1 lost, paid for, and expired before it was fetched" in result.talk
    assert service.posts == 1


def test_what_a_batch_that_is_stopped_while_it_waits_did_not_come_to_is_told(home: Home, service: Service) -> None:
    name = write(home, *animals(3))
    service.script_downloads(picture())
    service.always_download(error(403))
    home.run("batch", name, "-j", "1").expect(9)
    write(home, *animals(4), name=name)
    with pull_under_way(home), home.start("batch", name, "--json") as drawing:
        drawing.wait_for(b"waiting for another command")
        drawing.interrupt()
        result = drawing.wait().expect(130)
    assert [draft["status"] for draft in result.objects] == ["saved", "pending", "pending", "failed"]
    assert [draft["cost_usd"] for draft in result.objects] == [0.012, 0.012, 0.012, 0]
    assert told(result) == ("4 rows: 0 saved, 1 skipped, 0 failed, 0 blocked, 0 unknown, 2 pending, 1 not sent; $0")
    assert "seedream: error: paid for, and not fetched yet (" in result.talk
    assert "hint: seedream history pull   # fetches it free while the URL lives" in result.talk


def test_what_a_batch_cannot_fetch_for_want_of_a_turn_is_told_as_paid_for(home: Home, service: Service) -> None:
    name = write(home, *animals(2))
    service.script_downloads(picture())
    service.always_download(error(403))
    home.run("batch", name, "-j", "1").expect(9)
    lock = home.history_path.with_name("history.jsonl.d") / "pull.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    result = home.run("batch", name, "--json").expect(9)
    assert [draft["status"] for draft in result.objects] == ["saved", "pending"]
    assert "cannot be written" in result.talk


def test_a_copy_that_a_stopped_batch_did_not_come_to_make_is_told(home: Home, service: Service) -> None:
    name = write(home, "a fox")
    home.run("batch", name).expect(0)
    with pull_under_way(home), home.start("batch", name, "-d", "mine", "--json") as drawing:
        drawing.wait_for(b"waiting for another command")
        drawing.interrupt()
        result = drawing.wait().expect(130)
    (draft,) = result.objects
    assert (draft["status"], Path(draft["path"]).parent.name) == ("saved", "drafts")
    assert told(result) == "1 row: 0 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 1 not copied; $0"


def test_whoever_waits_for_a_run_that_is_killed_does_not_pay_twice_unasked(home: Home, service: Service) -> None:
    service.script(hold(ok()))
    name = write(home, "a fox")
    with home.start("batch", name) as first:
        service.wait_for_posts(1)
        with home.start("batch", name) as second:
            second.wait_for(WAITING)
            first.kill()
            first.wait()
            result = second.wait().expect(8)
    assert "add --retry-unknown" in result.talk
    assert service.posts == 1


def test_of_all_who_wait_for_a_run_that_is_killed_one_draws_again_where_that_is_allowed(
    home: Home, service: Service
) -> None:
    service.script(hold(ok()))
    name = write(home, "a fox")
    with home.start("batch", name) as first, ExitStack() as stack:
        service.wait_for_posts(1)
        waiting = [stack.enter_context(home.start("batch", name, "--retry-unknown")) for _ in range(3)]
        for run in waiting:
            run.wait_for(WAITING)
        first.kill()
        first.wait()
        saved = [line for run in waiting for line in run.wait().expect(0).lines]
    assert service.posts == 2
    assert saved == pictures(home)


def test_whoever_waits_for_a_run_that_fails_draws_it_himself(home: Home, service: Service) -> None:
    service.script(hold(error(400)))
    name = write(home, "a fox")
    with home.start("batch", name) as first:
        service.wait_for_posts(1)
        with home.start("batch", name) as second:
            second.wait_for(WAITING)
            service.release()
            first.wait().expect(2)
            second.wait().expect(0)
    assert (service.posts, service.billed) == (2, 1)


def test_what_another_run_is_still_fetching_is_waited_for(home: Home, service: Service) -> None:
    service.always_download(hold(picture()))
    name = write(home, "a fox", "a hare")
    with home.start("batch", name) as first:
        service.wait_for_downloads(2)
        with home.start("batch", name, env={"BYTESPIKE_API_KEY": None}) as second:
            second.wait_for(WAITING)
            service.release()
            first.wait().expect(0)
            assert told(second.wait().expect(0)).startswith("2 rows: 0 saved, 2 skipped")
    assert (service.posts, len(service.downloads)) == (2, 2)


def test_gen_and_batch_know_of_each_other(home: Home, service: Service) -> None:
    service.script(hold(ok()))
    name = write(home, "prompt,seed", "a fox,7", name="rows.csv")
    with home.start("gen", "a fox", "--seed", "7") as drawing:
        service.wait_for_posts(1)
        with home.start("batch", name) as running:
            running.wait_for(WAITING)
            service.release()
            drawing.wait().expect(0)
            running.wait().expect(0)
    assert service.posts == 1


def test_eight_processes_keep_to_one_limit(home: Home, service: Service) -> None:
    home.configure("max_in_flight = 3\n")
    service.always(late(ok(), 0.03))
    files = [write(home, *(f"{one} of {part}" for one in animals(4)), name=f"{part}.txt") for part in range(4)]
    commands = [("batch", name, "-j", "8") for name in files]
    commands += [("gen", f"a fox of {number}", "-n", "4", "-j", "8") for number in range(4)]
    with ExitStack() as stack:
        for run in [stack.enter_context(home.start(*command)) for command in commands]:
            run.wait(60).expect(0)
    assert service.max_in_flight <= 3
    assert service.billed == 32


def test_processes_learn_the_accounts_limit_from_each_other(home: Home, service: Service) -> None:
    service.cap = 3
    service.always(late(ok(), 0.05))
    files = [write(home, *(f"{one} of {part}" for one in animals(10)), name=f"{part}.txt") for part in range(3)]
    with ExitStack() as stack:
        for run in [stack.enter_context(home.start("batch", name, "-j", "6")) for name in files]:
            run.wait(60).expect(0)
    assert service.billed == 30
    assert service.cap_overruns <= 30


def test_a_killed_process_keeps_no_place_in_flight(home: Home, service: Service) -> None:
    home.configure("max_in_flight = 2\n")
    service.script(hold(ok()), hold(ok()))
    with home.start("batch", write(home, *animals(4))) as running:
        service.wait_for_in_flight(2)
        running.signal(signal.SIGKILL)
        running.wait()
    home.run("batch", write(home, "a fox", name="other.txt")).expect(0)
    assert service.posts == 3


def test_a_batch_that_was_told_unknown_by_one_is_held_back_by_all(home: Home, service: Service) -> None:
    service.always(reset(billed=True))
    name = write(home, *animals(6))
    with ExitStack() as stack:
        runs = [stack.enter_context(home.start("batch", name, "-j", "3", "--json")) for _ in range(2)]
        ends = [run.wait(60).expect(8) for run in runs]
    assert service.billed == 6
    assert [statuses(end.objects) for end in ends] == [{"unknown": 6}] * 2


def test_histories_of_shards_are_joined(home: Home, service: Service) -> None:
    parts = []
    name = write(home, *animals(12))
    for part in (1, 2):
        machine = Home(home.root.parent / f"machine{part}", home.env)
        write(machine, *animals(12))
        machine.run("batch", name, "--shard", f"{part}/2", "--name", "spring").expect(0)
        parts.append(machine)
    home.run("history", "import", *(machine.history_path for machine in parts)).expect(0)
    assert {(draft["batch"], draft["row"]) for draft in home.drafts()} == {("spring", row) for row in range(1, 13)}
    stats = home.run("history", "stats", "--json").expect(0).objects[0]
    assert stats["usd"] == stats["by_batch"]["spring"]["usd"] == 0.144
    result = home.run("batch", name).expect(0)
    assert told(result) == "12 rows: 0 saved, 12 skipped, 0 failed, 0 blocked, 0 unknown; $0"
    assert service.billed == 12


def test_histories_and_pictures_of_shards_may_lie_elsewhere_by_now(home: Home, service: Service) -> None:
    name = write(home, *animals(20))
    for part in ("1", "2"):
        history = {"SEEDREAM_HISTORY": str(home.work / part / "history.jsonl")}
        home.run("batch", name, "--shard", f"{part}/2", "-d", part, env=history).expect(0)
        (home.work / part).rename(home.work / f"moved-{part}")
    moved = [path for path in home.files() if path.suffix in {".png", ".jsonl"}]
    home.run("history", "import", *sorted(moved, key=lambda path: path.suffix, reverse=True)).expect(0)
    home.run("history", "verify").expect(0)
    result = home.run("batch", name, env={"BYTESPIKE_API_KEY": None}).expect(0)
    assert told(result).startswith("20 rows: 0 saved, 20 skipped")
    assert (service.posts, len(service.downloads)) == (20, 20)


def test_what_another_run_drew_meanwhile_costs_nothing_of_the_cap(home: Home, service: Service) -> None:
    with home.terminal("batch", write(home, *animals(22)), "--max-cost", "0.24") as terminal:
        terminal.expect(r"\[y/N\] ")
        home.run("batch", write(home, *animals(2), name="few.txt")).expect(0)
        terminal.type("y\r")
        screen = terminal.wait()
    assert screen.status == 0
    assert "22 rows: 20 saved, 2 skipped" in screen.text
    assert service.billed == 22
