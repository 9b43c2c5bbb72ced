"""What a batch may cost: in file order, exact for any number of threads and processes, and it goes on afterwards."""

import random
from contextlib import ExitStack

import pytest
from support.batches import animals, rewrite_history, statuses, told, write
from support.program import Home
from support.replies import Post, Reply, error, hold, late, ok, picture, reset, together
from support.service import Service


def cap(home: Home, usd: float, more: str = "") -> None:
    home.configure(f"daily_cap = {usd}\n{more}")


# The run's own


def test_it_draws_in_file_order_until_the_next_would_pass_the_cap(home: Home, service: Service) -> None:
    name = write(home, *animals(5))
    result = home.run("batch", name, "--max-cost", "0.04", "--json").expect(4)
    assert sorted(post.json["prompt"] for post in service.ledger) == animals(3)
    assert told(result) == "5 rows: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 2 not sent; about $0.036"
    assert statuses(result.objects) == {"saved": 3, "failed": 2}
    assert {draft["error"]["code"] for draft in result.objects if draft["error"]} == {"not_sent"}
    assert "the same command with a higher --max-cost goes on where this one stopped" in result.talk
    assert statuses(home.drafts()) == {"saved": 3}
    home.run("batch", name, "--max-cost", "0.024").expect(0)
    assert service.billed == 5


@pytest.mark.parametrize(
    ("usd", "drawn", "status"), [("0.036", 3, 0), ("0.035999", 2, 4), ("0.0359999", 2, 4), ("0", 0, 4)]
)
def test_the_cap_itself_may_be_spent(home: Home, service: Service, usd: str, drawn: int, status: int) -> None:
    home.run("batch", write(home, *animals(3)), "--max-cost", usd).expect(status)
    assert service.billed == drawn


def test_what_is_there_costs_nothing_of_the_cap(home: Home, service: Service) -> None:
    home.run("batch", write(home, *animals(3))).expect(0)
    home.run("batch", write(home, *animals(4)), "--max-cost", "0.012").expect(0)
    assert service.billed == 4


def test_a_cap_is_exact_with_64_in_flight(home: Home, service: Service) -> None:
    service.always(together(ok(), 40))
    result = home.run("batch", write(home, *animals(100)), "--max-cost", "0.483", "-j", "64", "--yes").expect(4)
    assert service.billed == 40
    assert told(result).endswith("60 not sent; about $0.48")


def test_what_fails_gives_its_money_back(home: Home, service: Service) -> None:
    chance = random.Random(3)
    replies = [ok(), error(400), error(451), late(error(400), 0.02), late(ok(), 0.01)]
    service.always(lambda _: chance.choice(replies))
    result = home.run("batch", write(home, *animals(60)), "--max-cost", "0.12", "-j", "16", "--yes").expect(4)
    assert service.billed == 10
    assert " 10 saved" in told(result)
    assert told(result).endswith("about $0.12")


def test_unknown_ones_count_as_spent(home: Home, service: Service) -> None:
    service.script(reset(billed=True), reset(billed=False))
    result = home.run("batch", write(home, *animals(5)), "--max-cost", "0.036", "-j", "1").expect(8)
    assert told(result) == "5 rows: 1 saved, 0 skipped, 0 failed, 0 blocked, 2 unknown, 2 not sent; about $0.036"
    assert service.posts == 3


def test_rows_that_ask_for_the_same_are_given_it_although_the_cap_is_reached(home: Home, service: Service) -> None:
    name = write(home, "prompt,seed", "a fox,1", "a fox,1", "a hare,2", "a fox,1", name="rows.csv")
    result = home.run("batch", name, "--max-cost", "0.012", "-o", "{index}.{ext}").expect(4)
    assert sorted(result.lines) == ["1.png", "2.png", "4.png"]
    assert service.billed == 1


def test_the_price_of_a_rows_own_model_counts(home: Home, service: Service) -> None:
    name = write(home, "prompt,model", "a fox,seedream-v4", "a hare,", "a bear,seedream-v4.5", name="rows.csv")
    home.run("batch", name, "--max-cost", "0.05").expect(4)
    assert sorted(post.json["prompt"] for post in service.ledger) == ["a fox", "a hare"]
    home.run("batch", name, "--max-cost", "0.03").expect(0)
    assert service.billed == 3


@pytest.mark.parametrize("reply", [error(503), error(429)], ids=["503", "429"])
def test_whoever_waits_for_money_keeps_nobody_from_his_next_attempt(home: Home, service: Service, reply: Reply) -> None:
    home.configure("max_in_flight = 1\n")
    service.script(ok(), reply)
    home.run("batch", write(home, *animals(3)), "--max-cost", "0.024", "-j", "4").expect(4)
    assert (service.posts, service.billed) == (3, 2)


def test_a_dry_run_says_where_the_cap_would_stop_it(home: Home, service: Service) -> None:
    result = home.run("batch", write(home, *animals(3)), "--max-cost", "0.03", "--dry-run").expect(4)
    assert "3 drafts would cost about $0.036: this would stop at $0.03" in result.talk
    result = home.run("batch", write(home, "a fox"), "--max-cost", "0.01", "--dry-run").expect(4)
    assert "1 draft would cost about $0.012: this would stop at $0.01" in result.talk
    assert service.posts == 0


@pytest.mark.parametrize("usd", ["0.036", "1", "1e308"])
def test_a_dry_run_within_the_cap_is_well(home: Home, service: Service, usd: str) -> None:
    home.run("batch", write(home, *animals(3)), "--max-cost", usd, "--dry-run").expect(0)


# The day's


def test_the_days_cap_counts_what_other_commands_spent(home: Home, service: Service) -> None:
    cap(home, 0.06)
    service.script(reset(billed=True))
    home.gen("a fox").expect(8)
    home.gen("a hare").expect(0)
    home.gen("stand-in", "-n", "2", "--sandbox").expect(0)
    name = write(home, *animals(5))
    result = home.run("batch", name).expect(4)
    assert service.billed == 5
    assert told(result).startswith("5 rows: 3 saved")
    assert "the next draft would pass the day's cap: $0.06 of $0.06 are spent" in result.talk
    assert "seedream config set daily_cap USD" in result.talk
    assert home.gen("a bear").expect(4).stdout == b""
    cap(home, 0.084)
    home.run("batch", name).expect(0)
    assert service.billed == 7


def test_a_cap_that_is_finer_than_sums_are_counted_is_kept_to(home: Home, service: Service) -> None:
    cap(home, 0.0239999)
    home.run("batch", write(home, *animals(3)), "-j", "1").expect(4)
    assert service.billed == 1
    assert home.gen("a bear").expect(4).stdout == b""


def test_a_price_however_small_is_counted(home: Home, service: Service) -> None:
    home.configure("daily_cap = 0.000003\n[prices]\nseedream-v5lite = 0.0000004\n")
    home.run("batch", write(home, *animals(5)), "-j", "1").expect(4)
    assert service.billed == 3


def test_a_new_day_begins_at_nothing(home: Home, service: Service) -> None:
    cap(home, 0.024)
    name = write(home, *animals(4))
    home.run("batch", name).expect(4)
    home.run("batch", name).expect(4)
    assert service.billed == 2
    yesterday = {"at": "2026-01-02T23:59:59Z"}
    rewrite_history(home, intent=yesterday, answer=yesterday, saved=yesterday)
    home.run("batch", name).expect(0)
    assert service.billed == 4


def test_what_failed_costs_nothing_of_the_day(home: Home, service: Service) -> None:
    cap(home, 0.024)
    service.script(error(400), error(451))
    home.run("batch", write(home, *animals(4)), "-j", "1").expect(11)
    assert service.billed == 2


@pytest.mark.parametrize("jobs", ["1", "4", "16"])
def test_the_days_cap_is_not_reached_by_what_is_only_in_flight(home: Home, service: Service, jobs: str) -> None:
    cap(home, 0.036)
    service.always(lambda post: late(error(451) if post.order < 6 else ok(), 0.02))
    result = home.run("batch", write(home, *animals(12)), "-j", jobs).expect(4)
    assert service.billed == 3
    assert "$0.036 of $0.036 are spent" in result.talk
    assert statuses(home.drafts())["saved"] == 3


def test_both_caps_at_once_end_at_the_lower(home: Home, service: Service) -> None:
    cap(home, 0.04)
    home.run("batch", write(home, *animals(30)), "--max-cost", "0.05", "-j", "16", "--yes").expect(4)
    assert service.billed == 3


def test_the_days_cap_is_exact_for_many_processes_and_threads(home: Home, service: Service) -> None:
    cap(home, 0.3)
    chance = random.Random(7)

    def sometimes(_: Post) -> Reply:
        return late(chance.choice([ok(), ok(), ok(), reset(billed=True), error(400)]), 0.02)

    service.always(sometimes)
    files = [write(home, *(f"{prompt} of {part}" for prompt in animals(15)), name=f"{part}.txt") for part in "abc"]
    with ExitStack() as stack:
        commands = [("batch", name, "-j", "8", "--yes") for name in files]
        commands += [("gen", f"a fox of {number}", "-n", "2") for number in range(2)]
        running = [stack.enter_context(home.start(*command)) for command in commands]
        ends = [one.wait(60).status for one in running]
    assert set(ends) <= {0, 2, 4, 8, 11}
    assert {4, 8}.intersection(ends)
    assert 20 <= service.billed <= 25
    assert service.billed == sum(draft["status"] in {"saved", "unknown"} for draft in home.drafts())
    before = service.billed
    home.run("batch", "a.txt", "-j", "8").expect(8 if "unknown" in statuses(_of(home, "a.txt")) else 4)
    assert service.billed <= 25
    assert service.billed >= before


def _of(home: Home, batch: str) -> list[dict[str, object]]:
    return [draft for draft in home.drafts() if draft["batch"] == batch]


# What the service says of money and keys


@pytest.mark.parametrize("jobs", ["1", "4", "16"])
def test_an_empty_balance_ends_the_run_and_a_top_up_lets_it_go_on(home: Home, service: Service, jobs: str) -> None:
    name = write(home, *animals(20))
    paid = 5
    refused: list[int] = []

    def until_it_is_empty(post: Post) -> Reply:
        left = paid - sum(one.billed for one in service.ledger)
        if left > 0:
            return late(ok(), 0.03)
        refused.append(post.order)
        return error(402)

    service.always(until_it_is_empty)
    result = home.run("batch", name, "-j", jobs, "--json").expect(4)
    assert service.billed == paid
    assert statuses(result.objects) == {"saved": 5, "failed": 15}
    assert len(refused) <= int(jobs)
    assert "refused with 402" in result.talk
    service.always(ok())
    home.run("batch", name).expect(0)
    assert service.billed == 20
    assert statuses(home.drafts())["saved"] == 20


def test_nothing_is_sent_after_402_and_what_is_in_flight_is_kept(home: Home, service: Service) -> None:
    service.script(hold(ok()), hold(ok()), error(402))
    service.always_download(picture())
    with home.start("batch", write(home, *animals(20)), "-j", "3", "--json") as running:
        running.wait_for(b'"failed"', "stdout")
        service.release()
        result = running.wait().expect(4)
    assert service.posts == 3
    assert statuses(result.objects) == {"saved": 2, "failed": 18}


@pytest.mark.parametrize(("status", "said"), [(401, "seedream auth status"), (403, "seedream models")])
def test_a_key_that_is_refused_ends_the_run(home: Home, service: Service, status: int, said: str) -> None:
    service.always(error(status))
    result = home.run("batch", write(home, *animals(20)), "-j", "2").expect(3)
    assert service.posts <= 2
    assert said in result.talk
    service.always(ok())
    home.run("batch", "prompts.txt").expect(0)
    assert service.billed == 20


def test_without_a_key_nothing_is_sent_or_recorded(home: Home, service: Service) -> None:
    home.run("batch", write(home, "a fox"), env={"BYTESPIKE_API_KEY": None}).expect(3)
    assert service.connections == 0
    assert home.history() == []


def test_a_model_that_the_key_may_not_use_ends_its_own_rows_and_no_others(home: Home, service: Service) -> None:
    service.on_seed(1, error(403, "model_not_in_group"))
    rows = ("prompt,model,seed", "a fox,seedream-v4,1", "a hare,,2", "an owl,seedream-v4,3", "a crane,,4")
    result = home.run("batch", write(home, *rows, name="rows.csv"), "-j", "1").expect(3)
    assert (service.posts, service.billed_seeds) == (3, [2, 4])
    assert told(result).startswith("4 rows: 2 saved, 0 skipped, 2 failed")
    home.run("batch", "rows.csv", "-j", "1").expect(0)
    assert sorted(service.billed_seeds) == [1, 2, 3, 4]
