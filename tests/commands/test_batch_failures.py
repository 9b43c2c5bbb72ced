"""A batch on a bad day: refusals, a service that is gone, signals, a closed stdout; no picture lost or paid twice."""

import json
import os
import signal
import time
from collections.abc import Iterator
from threading import Event

import pytest
from support.batches import animals, pictures, statuses, told, write
from support.pictures import png, with_text
from support.program import Home, Launch, Result, Running
from support.replies import Reply, bucket_empty, error, hold, late, ok, picture, reset
from support.service import Service

AT_ONCE = 2.0
STOPPING = b"stopping: nothing new is sent; waiting up to 15 s for "


def ended(running: Running, status: int, *, within: float = AT_ONCE) -> Result:
    began = time.monotonic()
    result = running.wait().expect(status)
    assert time.monotonic() - began < within
    assert "Traceback" not in result.talk
    return result


# Some rows fail


def test_what_failed_is_told_although_the_rest_cannot_be_drawn(home: Home, service: Service) -> None:
    service.always_download(error(403))
    home.run("batch", write(home, "a fox")).expect(9)
    result = home.run("batch", write(home, "a fox", "a hare"), env={"BYTESPIKE_API_KEY": None}).expect(9)
    assert home.drafts()[0]["id"] in result.talk
    assert "no API key" in result.talk
    assert told(result).startswith("2 rows: 0 saved")
    assert "1 pending, 1 not sent" in told(result)
    assert service.posts == 1


def test_blocked_rows_end_nothing(home: Home, service: Service) -> None:
    service.script(error(451), error(451))
    result = home.run("batch", write(home, *animals(6)), "--json").expect(11)
    assert told(result) == "6 rows: 4 saved, 0 skipped, 0 failed, 2 blocked, 0 unknown; about $0.048"
    assert statuses(result.objects) == {"saved": 4, "blocked": 2}
    assert {draft["cost_usd"] for draft in result.objects if draft["status"] == "blocked"} == {0}


@pytest.mark.parametrize(
    ("reply", "status"),
    [(error(400), 2), (error(451), 5), (error(401), 3), (error(402), 4), (reset(billed=True), 8)],
    ids=["400", "451", "401", "402", "lost"],
)
def test_the_status_of_one_failure_alone(home: Home, service: Service, reply: Reply, status: int) -> None:
    service.always(reply)
    home.run("batch", write(home, "a fox")).expect(status)


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (error(402), "top up the account; then the same command goes on"),
        (
            error(451),
            "a blocked draft is not billed; give its row other words, or try again with --retry-blocked",
        ),
        (
            reset(billed=True),
            "perhaps billed; to send again what is unknown: the same command with --retry-unknown",
        ),
        (error(400), "seedream history show "),
    ],
    ids=["402", "451", "lost", "400"],
)
def test_a_batch_is_gone_on_with_by_its_own_command(home: Home, service: Service, reply: Reply, hint: str) -> None:
    service.always(reply)
    assert f"hint: {hint}" in home.run("batch", write(home, "a fox")).talk


def test_a_fresh_batch_is_not_gone_on_with_by_its_own_command(home: Home, service: Service) -> None:
    service.always(error(402))
    assert (
        "hint: top up the account, then: seedream history rerun "
        in home.run("batch", write(home, "a fox"), "--fresh").talk
    )


def test_lost_answers_are_unknown_and_the_rest_is_drawn(home: Home, service: Service) -> None:
    service.script(reset(billed=True), reset(billed=False))
    result = home.run("batch", write(home, *animals(6)), "-j", "3").expect(8)
    assert told(result) == "6 rows: 4 saved, 0 skipped, 0 failed, 0 blocked, 2 unknown; about $0.072"
    assert service.posts == 6


def test_many_failures_of_one_kind_are_told_in_one_line(home: Home, service: Service) -> None:
    service.always(error(400))
    result = home.run("batch", write(home, *animals(12)), "-q").expect(2)
    assert result.talk.count("seedream: error: ") == 1
    assert "(12 drafts)" in result.talk


def test_fail_fast_begins_nothing_new_after_the_first_failure(home: Home, service: Service) -> None:
    service.script(ok(), error(400))
    result = home.run("batch", write(home, *animals(10)), "-j", "1", "--fail-fast", "--json").expect(11)
    assert service.posts in {2, 3}  # the failure is told while the next one may leave
    assert statuses(result.objects)["failed"] >= 8
    home.run("batch", "prompts.txt", "--fail-fast").expect(0)
    assert service.billed == 10


@pytest.mark.parametrize(("reply", "status"), [(error(451), 11), (reset(billed=True), 8)], ids=["451", "lost"])
def test_fail_fast_heeds_what_is_blocked_or_unknown_too(
    home: Home, service: Service, reply: Reply, status: int
) -> None:
    service.script(ok(), reply)
    home.run("batch", write(home, *animals(10)), "-j", "1", "--fail-fast").expect(status)
    assert service.posts in {2, 3}


def test_fail_fast_buys_nothing_more_where_pictures_cannot_be_fetched(home: Home, service: Service) -> None:
    service.script(ok(), hold(ok()))
    service.always_download(error(403))
    with home.start("batch", write(home, *animals(5)), "-j", "1", "--fail-fast", "--json") as running:
        running.wait_for(b'"pending"', "stdout")
        service.release()
        result = running.wait().expect(9)
    assert service.posts in {2, 3}  # it is told while the next one may leave
    assert f"{service.posts} pending, {5 - service.posts} not sent" in told(result)


@pytest.mark.parametrize("command", [["gen", "a fox", "-n", "5"], ["batch", "prompts.txt"]], ids=lambda argv: argv[0])
def test_nothing_more_is_bought_where_pictures_cannot_be_written(
    home: Home, service: Service, command: list[str]
) -> None:
    write(home, *animals(5))
    service.script(ok(), hold(ok()))
    service.always_download(picture(with_text(png(64, 64), b"Comment", bytes([120]) * 200_000)))
    full = Launch(limits={"RLIMIT_FSIZE": 100_000})
    with home.start(*command, "-j", "1", "--json", launch=full) as running:
        running.wait_for(b'"pending"', "stdout")
        service.release()
        result = running.wait().expect(9)
    assert service.posts in {2, 3}
    assert statuses(home.drafts()) == {"pending": service.posts}
    assert f"{5 - service.posts} not sent" in result.talk
    assert "hint: when that is mended: seedream history pull" in result.talk
    home.run("history", "pull").expect(0)


# Waiting


def test_an_empty_bucket_is_waited_for_once_and_told_once(home: Home, service: Service) -> None:
    service.script(*[bucket_empty(1)] * 4)
    result = home.run("batch", write(home, *animals(8)), "-j", "4").expect(0)
    assert service.billed == 8
    assert result.talk.count("trying again in") <= 2


def test_a_bucket_that_stays_empty_ends_the_run_at_max_wait(home: Home, service: Service) -> None:
    service.script(ok())
    service.always(bucket_empty(3600))
    result = home.run("batch", write(home, *animals(8)), "-j", "4", "--max-wait", "1").expect(11)
    assert service.posts <= 9
    assert "--max-wait" in result.talk
    service.always(ok())
    home.run("batch", "prompts.txt").expect(0)
    assert service.billed == 8


def test_a_limit_on_requests_in_flight_is_found_out_and_kept_to(home: Home, service: Service) -> None:
    service.cap = 3
    service.always(late(ok(), 0.2))  # so much longer than all else that places taken here are places taken there
    home.run("batch", write(home, *animals(20)), "-j", "8").expect(0)
    assert service.billed == 20
    assert 5 <= service.cap_overruns <= 20


def test_what_a_run_learned_of_the_limit_is_believed_by_the_next_from_its_start(home: Home, service: Service) -> None:
    service.cap = 3
    gate = Event()
    service.always(hold(ok(), gate))
    with home.start("batch", write(home, *animals(4)), "-j", "4") as running:
        running.wait_for(b"trying again in")
    gate.set()
    service.wait_for_in_flight(0)
    assert (service.billed, service.cap_overruns) == (3, 1)
    turns = [Event(), Event()]
    service.script(*(hold(ok(), turn) for turn in turns))
    service.always(hold(ok()))
    with home.start("batch", write(home, *(f"{one} again" for one in animals(16))), "-j", "16") as running:
        service.wait_for_in_flight(3)
        for answered, turn in enumerate(turns, 1):
            turn.set()
            service.wait_for_downloads(answered)
        service.wait_until(lambda: service.billed == 3 + 5, "two more that were not refused")
        # Two went one after the other and were drawn, where 13 others had but to leave if nothing were believed.
        assert service.cap_overruns == 1
        service.release()
        running.wait().expect(0)


def test_a_configured_limit_is_kept_to(home: Home, service: Service) -> None:
    home.configure("max_in_flight = 2\n")
    service.always(late(ok(), 0.05))
    home.run("batch", write(home, *animals(12)), "-j", "16").expect(0)
    assert service.max_in_flight == 2


# The service is gone


def test_a_service_that_is_gone_for_longer_than_a_single_prompt_would_wait_is_waited_for(home: Home) -> None:
    with Service(listening=False) as service:
        service.listen_after(14)
        home.run("batch", write(home, "a fox"), env={"SEEDREAM_BASE_URL": service.base_url}).expect(0)
        assert service.billed == 1


def test_a_service_that_is_not_there_yet_is_waited_for(home: Home) -> None:
    with Service(listening=False) as service:
        name = write(home, *animals(12))
        with home.start("batch", name, "-j", "8", env={"SEEDREAM_BASE_URL": service.base_url}) as running:
            running.wait_for(b"trying again in")
            service.listen()
            result = running.wait().expect(0)
    assert service.billed == service.posts == 12
    assert result.talk.count("trying again in") <= 3


def test_a_service_that_stays_away_is_given_up_after_max_wait(home: Home) -> None:
    with Service(listening=False) as service:
        where = {"SEEDREAM_BASE_URL": service.base_url}
        name = write(home, *animals(12))
        result = home.run("batch", name, "-j", "8", "--max-wait", "1.5", "--json", env=where).expect(7)
        assert statuses(result.objects) == {"failed": 12}
        assert result.seconds < 10
        service.listen()
        home.run("batch", name, env=where).expect(0)
    assert service.billed == 12


def test_a_service_that_goes_and_comes_back_loses_nothing(home: Home, service: Service) -> None:
    service.always(late(ok(), 0.05))
    name = write(home, *animals(40))
    with home.start("batch", name, "-j", "8", "--yes") as running:
        service.wait_for_posts(15)
        service.go_away()
        running.wait_for(b"trying again in")
        service.listen()
        first = running.wait(60)
    assert first.status in {8, 9}
    service.always(ok())
    home.run("batch", name, "--retry-unknown").expect(0)
    saved = [draft for draft in home.drafts() if draft["status"] == "saved"]
    assert len({draft["prompt"] for draft in saved}) == len(saved) == 40
    lost = sum(draft["status"] == "unknown" for draft in home.drafts())
    assert 40 <= service.billed <= 40 + lost
    assert home.run("batch", name).expect(0).stdout == b""


# Signals


def test_the_first_ctrl_c_sends_nothing_new_and_keeps_what_comes(home: Home, service: Service) -> None:
    service.always(hold(ok()))
    with home.start("batch", write(home, *animals(9)), "-j", "3", "--json") as running:
        service.wait_for_in_flight(3)
        running.interrupt()
        running.wait_for(STOPPING + b"3 in flight (Ctrl-C again to leave at once)")
        service.release()
        result = ended(running, 130, within=10)
    assert service.posts == service.billed == 3
    assert statuses(result.objects) == {"saved": 3, "failed": 6}
    assert told(result) == "9 rows: 3 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 6 not sent; about $0.036"
    service.always(ok())
    home.run("batch", "prompts.txt").expect(0)
    assert service.billed == 9


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, None])
def test_a_second_signal_or_sigterm_leaves_at_once(home: Home, service: Service, second: signal.Signals | None) -> None:
    service.always(hold(ok()))
    with home.start("batch", write(home, *animals(9)), "-j", "3", "--json") as running:
        service.wait_for_in_flight(3)
        if second is None:
            running.terminate()
        else:
            running.interrupt()
            running.wait_for(STOPPING)
            running.signal(second)
        result = ended(running, 143 if second is None else 130)
    assert statuses(result.objects) == {"unknown": 3, "failed": 6}
    assert statuses(home.drafts()) == {"unknown": 3}
    assert service.posts == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("what", ["bucket", "503", "gone"])
def test_a_signal_ends_every_wait(home: Home, number: signal.Signals, what: str) -> None:
    with Service(listening=what != "gone") as service:
        service.always(bucket_empty(3600) if what == "bucket" else error(503, headers={"Retry-After": "200"}))
        env = {"SEEDREAM_BASE_URL": service.base_url}
        # Of several in flight, some are not answered yet when SIGTERM comes, and unknown.
        jobs = "4" if number == signal.SIGINT else "1"
        with home.start("batch", write(home, *animals(9)), "-j", jobs, "--json", env=env) as running:
            running.wait_for(b"trying again in ")
            running.signal(number)
            result = ended(running, 130 if number == signal.SIGINT else 143)
    assert statuses(result.objects) == {"failed": 9}
    assert service.billed == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_for_another_run(home: Home, service: Service, number: signal.Signals) -> None:
    service.always(hold(ok()))
    name = write(home, "a fox")
    with home.start("batch", name) as first:
        service.wait_for_posts(1)
        with home.start("batch", name, "--json") as second:
            second.wait_for(b"waiting for another run, which is drawing 1 of these drafts")
            second.signal(number)
            result = ended(second, 130 if number == signal.SIGINT else 143)
        service.release()
        first.wait().expect(0)
    assert told(result) == "1 row: 0 saved, 0 skipped, 0 failed, 0 blocked, 0 unknown, 1 not sent; $0"
    assert statuses(result.objects) == {"failed": 1}
    assert service.posts == 1


# Nobody listens


def test_a_closed_stdout_starts_nothing_new_and_keeps_what_is_in_flight(home: Home, service: Service) -> None:
    service.script(ok())
    service.always(late(hold(ok()), 0.2))
    name = write(home, *animals(20))
    with home.start("batch", name, "-j", "3") as running:
        running.first_line()
        running.close("stdout")
        service.release()
        result = running.wait().expect(141)
    assert service.posts < 20
    assert statuses(home.drafts()) == {"saved": service.posts}
    assert len(pictures(home)) == service.posts
    assert "not sent" in told(result)
    home.run("batch", name).expect(0)
    assert service.billed == 20


def test_a_stdout_that_closes_while_pictures_are_copied_draws_nothing(home: Home, service: Service) -> None:
    home.run("batch", write(home, *animals(3))).expect(0)
    name = write(home, *animals(6))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        home.run("batch", name, "-d", "elsewhere", stdout=writer).expect(141)
    finally:
        os.close(writer)
    assert service.posts == 3
    assert len(pictures(home, "elsewhere")) == 3


def test_a_dry_run_that_nobody_reads_ends_like_any_program_in_a_pipe(home: Home) -> None:
    name = write(home, *animals(6))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        home.run("batch", name, "--dry-run", stdout=writer).expect(141)
    finally:
        os.close(writer)


def test_head_takes_one_path_and_the_rest_waits_for_the_next_run(home: Home, service: Service) -> None:
    name = write(home, *animals(20))
    service.always(late(ok(), 0.05))
    reader, writer = os.pipe()
    with home.start("batch", name, "-j", "2", stdout=writer) as running:
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            assert file.readline().endswith(b".png\n")
        running.wait().expect(141)
    assert service.posts < 20
    assert statuses(home.drafts()) == {"saved": service.billed}


def test_a_closed_stderr_hurts_nobody(home: Home, service: Service) -> None:
    with home.start("batch", write(home, *animals(3))) as running:
        running.close("stderr")
        running.wait().expect(0)
    assert service.billed == 3


def test_every_line_of_json_is_whole_whatever_happens(home: Home, service: Service) -> None:
    replies: Iterator[Reply] = iter([ok(), error(400), error(451), reset(billed=True)] * 10)
    service.always(lambda _: next(replies))
    service.script_downloads(picture(), error(403))
    result = home.run("batch", write(home, *animals(40)), "--json", "--yes", "-j", "8").expect(8)
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert {draft["row"] for draft in objects} == set(range(1, 41))
    assert sum(statuses(objects).values()) == 40
    assert statuses(objects)["pending"] == 1
