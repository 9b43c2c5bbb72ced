"""From a request to its pictures inside one process, where waits cost no time."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from support.program import Home, Launch
from support.replies import (
    RATE_LIMITS,
    Reply,
    bucket_empty,
    error,
    hold,
    late,
    ok,
    ok_b64,
    picture,
    reset,
    status_json,
    together,
    without_url,
)
from support.service import Service, refusing_port
from support.studio import NOW, Studio, outcomes

from seedream_cli.api.connection import Clients
from seedream_cli.drafts import Draft
from seedream_cli.errors import CapError, LocalFileError, ServerError, TLSError
from seedream_cli.history import records
from seedream_cli.history.admission import Admission
from seedream_cli.pipeline.events import (
    Capped,
    Crash,
    Event,
    GraceOver,
    Outcome,
    QuotaSeen,
    Signalled,
    Surplus,
    Taken,
    Trouble,
    Waiting,
)
from seedream_cli.planning import plan


@pytest.fixture
def studio(tmp_path: Path, service: Service) -> Iterator[Studio]:
    made = Studio(tmp_path, service.base_url)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if not isinstance(thread, threading.Timer):
            thread.join(10)
            assert not thread.is_alive(), thread


def test_a_draft_is_intended_answered_and_saved_in_this_order(studio: Studio, service: Service) -> None:
    seen: list[list[str]] = []

    def kinds() -> list[str]:
        return [line.split(b'"kind":"')[1].split(b'"')[0].decode() for line in _lines(studio)]

    def answering(_: object) -> Reply:
        seen.append(kinds())
        return ok()

    def fetching(_: object) -> Reply:
        seen.append(kinds())
        return picture()

    service.script(answering)
    service.script_downloads(fetching)
    (done,) = outcomes(studio.run())
    assert done.draft.status == "saved"
    assert [*seen, kinds()] == [["intent"], ["intent", "answer"], ["intent", "answer", "saved"]]


def test_what_a_run_drew_itself_is_not_recorded_as_if_another_had_drawn_it(studio: Studio, service: Service) -> None:
    studio.run(2)
    assert not any(line.startswith(records.LATE) for line in _lines(studio))


def _lines(studio: Studio) -> list[bytes]:
    return studio.history.path.read_bytes().splitlines()


# Sent again


@pytest.mark.parametrize("failures", [1, 2, 3])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_service_that_fails_and_recovers_costs_one_picture(
    status: int, failures: int, studio: Studio, service: Service
) -> None:
    service.script(*[error(status)] * failures)
    events = studio.run()
    assert studio.statuses() == ["saved"]
    assert (service.posts, service.billed) == (failures + 1, 1)
    assert studio.time.waits == [1, 2, 4][:failures]
    assert [event.seconds for event in events if isinstance(event, Waiting)] == studio.time.waits
    assert {post.body for post in service.ledger} == {service.ledger[0].body}
    assert len({post.connection for post in service.ledger}) == failures + 1
    assert len(_lines(studio)) == 3


def test_a_service_that_goes_on_failing_is_asked_four_times(studio: Studio, service: Service) -> None:
    service.always(error(503))
    (done,) = outcomes(studio.run())
    assert isinstance(done.error, ServerError)
    assert (service.posts, service.billed, studio.time.waits) == (4, 0, [1, 2, 4])
    assert studio.statuses() == ["failed"]


def test_nothing_listens_and_nothing_is_sent_four_times(tmp_path: Path) -> None:
    studio = Studio(tmp_path, f"http://127.0.0.1:{refusing_port()}/v1")
    (done,) = outcomes(studio.run())
    studio.close()
    assert (done.draft.status, done.draft.cost_usd) == ("failed", 0)
    assert studio.time.waits == [1, 2, 4]


def test_what_may_be_billed_is_never_sent_again_even_after_free_failures(studio: Studio, service: Service) -> None:
    service.script(error(503), error(429), reset(billed=True))
    (done,) = outcomes(studio.run())
    assert done.draft.status == "unknown"
    assert (service.posts, service.billed) == (3, 1)
    assert studio.statuses() == ["unknown"]


def test_a_bucket_is_waited_for_until_the_time_that_was_told(studio: Studio, service: Service) -> None:
    service.script(bucket_empty(headers={"X-RateLimit-Reset": str(int(NOW) + 42)}))
    studio.run()
    assert studio.time.waits == [42]
    assert (service.posts, service.billed) == (2, 1)


def test_too_many_in_flight_is_waited_for_from_one_to_three_seconds(studio: Studio, service: Service) -> None:
    service.script(error(429), error(429))
    studio.run()
    assert studio.time.waits == [1, 1]
    assert (service.posts, service.billed) == (3, 1)


@pytest.mark.parametrize("name", RATE_LIMITS)
def test_a_rate_limit_without_end_is_given_up_after_the_longest_wait(
    name: str, studio: Studio, service: Service
) -> None:
    studio.max_wait = 30
    service.always(RATE_LIMITS[name])
    (done,) = outcomes(studio.run())
    assert done.error is not None
    assert done.error.exit_status == 6
    assert sum(studio.time.waits) == pytest.approx(30)
    assert service.posts == len(studio.time.waits) + 1 <= 32
    assert (service.billed, studio.statuses()) == (0, ["failed"])


def test_no_one_asks_while_the_bucket_is_empty(studio: Studio, service: Service) -> None:
    studio.workers = 1
    service.script(bucket_empty(headers={"X-RateLimit-Reset": str(int(NOW) + 42)}))
    studio.run(3)
    assert studio.time.now == 42
    assert (service.posts, service.billed) == (4, 3)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_after_an_answer_that_all_would_get_nothing_more_is_begun(
    status: int, studio: Studio, service: Service
) -> None:
    studio.workers = 1
    service.script(ok(), error(status))
    done = outcomes(studio.run(5))
    assert sorted(outcome.draft.status for outcome in done) == ["failed", "saved"]
    assert (service.posts, service.billed) == (2, 1)
    assert studio.statuses() == ["saved", "failed"]


@pytest.mark.parametrize("status", [400, 413, 451, 404, 302])
def test_what_befalls_one_draft_does_not_keep_the_others(status: int, studio: Studio, service: Service) -> None:
    service.on_seed(101, error(status, headers={"Location": "/x"} if status == 302 else {}))
    studio.run(3)
    assert studio.statuses() == ["saved", "blocked" if status == 451 else "failed", "saved"]
    assert (service.posts, service.billed) == (3, 2)


# One request for several


def test_one_request_of_four_is_one_post_and_four_pictures(studio: Studio, service: Service) -> None:
    studio.run(6, one_request=True)
    assert [(post.seed, post.n) for post in sorted(service.ledger, key=lambda post: post.seed or 0)] == [
        (100, 4),
        (104, 2),
    ]
    assert studio.statuses() == ["saved"] * 6
    assert service.billed == 6


@pytest.mark.parametrize(
    ("reply", "statuses"),
    [
        (ok(2), ["saved", "saved", "unknown", "unknown"]),
        (without_url(0), ["unknown", "saved", "saved", "saved"]),
        (without_url(3), ["saved", "saved", "saved", "unknown"]),
        (ok(7), ["saved"] * 4),
        (ok_b64(), ["saved"] * 4),
        (status_json(200, {"data": []}, billed=True), ["unknown"] * 4),
        (reset(billed=True), ["unknown"] * 4),
        (error(400), ["failed"] * 4),
        (error(451), ["blocked"] * 4),
    ],
    ids=["shorter", "first missing", "last missing", "longer", "b64", "empty", "lost", "400", "451"],
)
def test_each_place_of_an_answer_counts_for_its_own_draft(
    reply: Reply, statuses: list[str], studio: Studio, service: Service
) -> None:
    service.script(reply)
    done = outcomes(studio.run(4, one_request=True))
    assert studio.statuses() == statuses
    assert sorted(outcome.draft.status for outcome in done) == sorted(statuses)
    assert service.posts == 1


def test_a_place_that_is_missing_is_said(studio: Studio, service: Service) -> None:
    service.script(ok(1, status=201))
    studio.run(2, one_request=True)
    lost = next(draft for draft in studio.history.newest_first() if draft.status == "unknown")
    assert lost.error is not None
    assert "no usable picture at this place" in lost.error.message


# Bytes that came along


def test_pictures_that_come_as_bytes_are_kept_before_they_are_saved_and_not_after(
    studio: Studio, service: Service
) -> None:
    service.script(ok_b64())
    (done,) = outcomes(studio.run())
    assert done.path is not None
    assert Path(done.path).read_bytes() == service.picture_of(100)
    assert list(studio.history.folder.iterdir()) == []
    assert service.downloads == []


def test_bytes_that_can_be_kept_nowhere_are_said_to_be_lost_for_that_reason(studio: Studio, service: Service) -> None:
    service.script(ok_b64())
    studio.history.path.parent.mkdir(parents=True)
    for place in (studio.history.folder, studio.folder / "pictures"):
        place.write_text("in the way")
    events = studio.run()
    (done,) = outcomes(events)
    assert done.draft.status == "unknown"
    assert done.error is not None
    assert "could be kept neither beside the history nor in its place: " in done.error.message
    assert "pictures" in done.error.message.rpartition(": ")[0]


# Things that go wrong beside the service


def test_a_history_that_cannot_be_written_keeps_everything_from_being_sent(studio: Studio, service: Service) -> None:
    studio.history.path.mkdir(parents=True)
    events = studio.run(3)
    assert service.connections == 0
    assert {type(event) for event in events} == {Trouble}


@pytest.mark.parametrize(("lost", "status"), [("answer", "unknown"), ("download", "pending")])
def test_a_history_that_can_no_longer_be_written_is_said_and_what_it_knows_is_what_is_told(
    lost: str, status: str, studio: Studio, service: Service
) -> None:
    def taking_away(reply: Reply) -> Reply:
        studio.history.path.rename(studio.folder / "elsewhere")
        studio.history.path.mkdir()
        return reply

    if lost == "answer":
        service.script(lambda _: taking_away(ok()))
    service.always_download((lambda _: taking_away(error(403))) if lost == "download" else error(403))
    events = studio.run()
    (done,) = outcomes(events)
    assert done.draft.status == status
    assert {type(event) for event in events} == {Trouble, Outcome}


def test_a_bug_in_a_thread_is_handed_to_the_one_that_talks(studio: Studio, service: Service) -> None:
    class Odd(Clients):
        def client(self, **_: object) -> httpx.Client:
            def broken(request: httpx.Request) -> httpx.Response:
                raise LookupError

            return httpx.Client(transport=httpx.MockTransport(broken))

    studio.clients = Odd()
    crashes = [event for event in studio.run() if isinstance(event, Crash)]
    assert [type(crash.error) for crash in crashes] == [LookupError]
    assert studio.statuses() == ["unknown"]


def test_after_a_bug_in_a_thread_the_others_begin_nothing_more(studio: Studio, service: Service) -> None:
    first = iter([True])
    told = threading.Event()

    class Odd(Clients):
        def client(self, **_: object) -> httpx.Client:
            def answer(request: httpx.Request) -> httpx.Response:
                if next(first, False):
                    raise LookupError
                told.wait(10)
                return httpx.Response(400)

            return httpx.Client(transport=httpx.MockTransport(answer))

    studio.clients = Odd()
    studio.workers = 2
    for event in studio.pipeline().run(plan.jobs(studio.drafts(5))):
        if isinstance(event, Crash):
            told.set()
    assert sorted(studio.statuses()) == ["failed", "unknown"]


def test_a_saver_that_cannot_begin_leaves_the_draft_to_be_fetched_later(
    studio: Studio, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.script(ok(urls=["https://cdn.bytespike.ai/img/100-0-0.png"]))
    monkeypatch.setenv("HTTPS_PROXY", "foo://nowhere")
    events = studio.run()
    assert [event for event in events if isinstance(event, Crash)] == []
    assert studio.statuses() == ["pending"]


def test_of_an_answer_that_never_came_nothing_is_kept(studio: Studio, service: Service) -> None:
    service.script(reset(billed=True))
    studio.run()
    assert studio.statuses() == ["unknown"]
    assert not list(studio.history.folder.rglob("*.answer"))


def test_more_pictures_than_were_asked_for_are_told_and_kept(studio: Studio, service: Service) -> None:
    service.script(ok(3))
    (surplus, done) = studio.run()
    assert isinstance(surplus, Surplus)
    assert (surplus.draft.key.seed, surplus.items) == (100, 2)
    assert Path(surplus.kept or "").read_bytes().count(b'"url"') == 3
    assert isinstance(done, Outcome)
    assert studio.statuses() == ["saved"]


def test_bytes_in_an_answer_that_are_no_picture_are_unknown_and_kept(studio: Studio, service: Service) -> None:
    service.script(ok_b64(b"<html>soon</html>"))
    (done,) = outcomes(studio.run())
    assert str(done.error) == "the answer has no usable picture at this place"
    assert studio.statuses() == ["unknown"]
    assert len(list(studio.history.folder.rglob("*.answer"))) == 1


def test_a_limit_on_requests_in_flight_is_kept_to_once_it_is_known(studio: Studio, service: Service) -> None:
    service.cap = 1
    service.always(late(ok(), 0.02))
    studio.run(16)
    assert service.billed == 16
    assert service.cap_overruns <= 16  # three of every four, and more, where all went on asking


def test_a_patient_run_waits_for_no_service_whose_certificate_is_wrong(tmp_path: Path) -> None:
    with Service(tls="untrusted") as service:
        studio = Studio(tmp_path, service.base_url)
        studio.patient = True
        (done,) = outcomes(studio.run())
        studio.close()
    assert isinstance(done.error, TLSError)
    assert (done.draft.status, studio.time.waits, service.posts) == ("failed", [], 0)


# Between what is recorded and what is sent


class Eventful:
    """Lets drafts be asked for, as the history does; then something happens."""

    def __init__(self, studio: Studio, happens: Callable[[], None]) -> None:
        self.capped = False
        self.asked = 0
        self._real = studio.history.admissions()
        self._happens = happens

    def admit(self, requests: Sequence[Sequence[Draft]]) -> object:
        self.asked += 1
        admission = self._real.admit(requests)
        self._happens()
        return admission


def test_what_was_recorded_before_the_run_was_closed_is_not_sent(studio: Studio, service: Service) -> None:
    def closes() -> None:
        pipeline.crew.close()

    studio.admissions = Eventful(studio, closes)
    pipeline = studio.pipeline()
    ended = outcomes(list(pipeline.run(plan.jobs(studio.drafts(3)))))
    assert [str(outcome.error) for outcome in ended] == ["not sent: the run ended before"] * 3
    assert studio.statuses() == ["failed"] * 3
    assert service.posts == 0
    assert studio.budget.open == 0
    assert pipeline.crew.abandon() == []


def test_what_could_not_be_recorded_though_it_stands_there_is_not_sent(studio: Studio, service: Service) -> None:
    def fails() -> None:
        raise LocalFileError("the disk is gone")

    studio.admissions = admissions = Eventful(studio, fails)
    studio.workers = 2
    events = studio.run(5)
    assert [str(event.error) for event in events if isinstance(event, Trouble)] == ["the disk is gone"]
    assert len(events) == admissions.asked == 1
    assert studio.statuses() == ["failed"] * 2
    error = {(draft.error.status, draft.error.message) for draft in studio.history.newest_first() if draft.error}
    assert error == {(None, "not sent, since that could not be recorded")}
    assert service.posts == 0
    assert studio.budget.open == 0


class Sparing:
    """Lets some of the drafts be asked for, and notes whom it was asked about."""

    capped = False

    def __init__(self, studio: Studio, *answers: tuple[int, int, str]) -> None:
        self.asked: list[list[int]] = []
        self._real = studio.history.admissions()
        self._answers = iter(answers)

    def admit(self, requests: Sequence[tuple[Draft, ...]]) -> Admission:
        self.asked.append([drafts[0].key.seed for drafts in requests])
        admitted, taken, error = next(self._answers)
        made = self._real.admit(requests[:admitted])
        others = requests[admitted : admitted + taken]
        return replace(made, taken=others, error=CapError(error) if error else None)


def test_what_the_days_cap_puts_off_is_asked_about_again_and_what_another_draws_is_not(
    studio: Studio, service: Service
) -> None:
    studio.admissions = admissions = Sparing(studio, (1, 1, "for now"), (1, 0, ""))
    events = studio.run(3)
    assert admissions.asked == [[100, 101, 102], [102]]
    assert [[draft.key.seed for draft in event.drafts] for event in events if isinstance(event, Taken)] == [[101]]
    assert sorted(outcome.draft.key.seed for outcome in outcomes(events)) == [100, 102]
    assert studio.budget.open == 0


def test_once_the_days_cap_is_reached_nobody_is_asked_about_any_more(studio: Studio, service: Service) -> None:
    studio.workers = 1
    studio.admissions = admissions = Sparing(studio, (0, 0, "reached"))
    (event,) = studio.run(3)
    assert isinstance(event, Capped)
    assert str(event.error) == "reached"
    assert admissions.asked == [[100]]
    assert (service.posts, studio.budget.open) == (0, 0)


# Being stopped


def _cancel_timers() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def test_an_interrupted_run_sends_nothing_more_and_keeps_what_comes(studio: Studio, service: Service) -> None:
    service.always(hold(ok()))
    studio.workers = 2
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts(5)))
    seen: list[Event] = []
    waiting = threading.Thread(target=lambda: seen.extend(events))
    waiting.start()
    service.wait_for_in_flight(2)
    assert pipeline.crew.interrupt(3600) == 2
    service.release()
    waiting.join(10)
    assert not waiting.is_alive()
    assert studio.statuses() == ["saved", "saved"]
    assert (service.posts, service.billed) == (2, 2)
    _cancel_timers()


def test_an_interrupted_wait_ends_and_nothing_is_sent_again(studio: Studio, service: Service) -> None:
    service.always(error(503))
    pipeline = studio.pipeline()
    events: list[Event] = []
    for event in pipeline.run(plan.jobs(studio.drafts())):
        events.append(event)
        if isinstance(event, QuotaSeen):
            pipeline.crew.interrupt(3600)
    (done,) = outcomes(events)
    assert service.posts <= 4
    assert done.draft.status == "failed"
    _cancel_timers()


def test_a_run_that_is_closed_sends_nothing_again(studio: Studio, service: Service) -> None:
    pipeline = studio.pipeline()

    def answering(_: object) -> Reply:
        pipeline.crew.close()
        return error(503)

    service.always(answering)
    (done,) = outcomes(list(pipeline.run(plan.jobs(studio.drafts()))))
    assert (service.posts, done.draft.status, type(done.error)) == (1, "failed", ServerError)


def test_what_is_abandoned_in_flight_is_unknown_and_stays_so(studio: Studio, service: Service) -> None:
    service.always(hold(ok()))
    studio.workers = 2
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts(3)))
    waiting = threading.Thread(target=lambda: list(events))
    waiting.start()
    service.wait_for_in_flight(2)
    left = pipeline.crew.abandon()
    assert [outcome.draft.status for outcome in left] == ["unknown", "unknown"]
    assert studio.statuses() == ["unknown", "unknown"]
    service.release()
    waiting.join(10)
    assert service.posts == 2


def test_a_run_that_is_abandoned_begins_nothing_more(studio: Studio, service: Service) -> None:
    service.always(hold(ok()))
    studio.workers = 1
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts(3)))
    waiting = threading.Thread(target=lambda: list(events))
    waiting.start()
    service.wait_for_in_flight(1)
    pipeline.crew.abandon()
    assert pipeline.crew.closing.is_set()
    service.release()
    waiting.join(10)
    assert (service.posts, len(studio.statuses())) == (1, 1)


class RealTime:
    """In place of the timeline: waits that last until somebody ends them."""

    monotonic = staticmethod(time.monotonic)
    pause = staticmethod(threading.Event.wait)


LATER = error(503, headers={"Retry-After": "60"})


def _begin_to_wait(events: Iterator[Event]) -> None:
    while not isinstance(next(events), Waiting):
        pass


def test_what_waits_when_the_run_is_interrupted_has_failed_for_that_reason(studio: Studio, service: Service) -> None:
    studio.time = RealTime()  # type: ignore[assignment]
    service.always(LATER)
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts()))
    _begin_to_wait(events)
    assert pipeline.crew.interrupt(3600) == 0
    (done,) = outcomes(list(events))
    assert done.error is not None
    assert done.draft.status == "failed"
    assert done.error.message.startswith("stopped before it was sent again: ")
    assert service.posts == 1
    _cancel_timers()


def test_a_download_that_waits_when_the_run_is_interrupted_is_left_for_later(studio: Studio, service: Service) -> None:
    studio.time = RealTime()  # type: ignore[assignment]
    service.always_download(error(500, headers={"Retry-After": "60"}))
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts()))
    assert isinstance(next(events), QuotaSeen)
    service.wait_for_downloads(1)
    pipeline.crew.interrupt(3600)
    (done,) = events
    assert isinstance(done, Outcome)
    assert (done.draft.status, str(done.error)) == ("pending", "stopped before the picture was saved")
    assert len(service.downloads) == 1
    _cancel_timers()


def test_a_download_that_fails_is_waited_for_before_it_is_tried_again(studio: Studio, service: Service) -> None:
    service.script_downloads(error(500), error(500))
    studio.run()
    assert (studio.statuses(), studio.time.waits) == (["saved"], [0.5, 1])


def test_what_waits_when_the_run_is_abandoned_has_failed_and_what_has_left_is_unknown(
    studio: Studio, service: Service
) -> None:
    studio.time = RealTime()  # type: ignore[assignment]
    service.on_seed(100, hold(ok()))
    service.on_seed(101, LATER)
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts(2)))
    _begin_to_wait(events)
    service.wait_for_in_flight(1)
    ended = outcomes(pipeline.crew.abandon())
    told = {outcome.draft.key.seed: outcome for outcome in ended}
    assert {seed: outcome.draft.status for seed, outcome in told.items()} == {100: "unknown", 101: "failed"}
    assert len(ended) == 2
    assert str(told[100].error) == "seedream was stopped before the answer came"
    # Its own thread may have noticed first.
    assert re.fullmatch(r"(seedream was )?stopped before (this|it) was sent( again: .+)?", str(told[101].error))
    _rest(events, service)
    assert service.posts == 2


def _rest(events: Iterator[Event], service: Service) -> list[Outcome]:
    service.release()
    return outcomes(list(events))


def test_what_is_on_its_way_when_the_run_is_abandoned_is_pending_and_told(studio: Studio, service: Service) -> None:
    service.always_download(hold(picture()))
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts()))
    assert isinstance(next(events), QuotaSeen)
    service.wait_for_downloads(1)
    (done,) = outcomes(pipeline.crew.abandon())
    assert (done.draft.status, str(done.error)) == ("pending", "seedream was stopped before the picture was saved")
    assert studio.statuses() == ["pending"]
    assert [outcome.draft.status for outcome in _rest(events, service)] == ["saved"]


def test_the_end_of_the_grace_reaches_the_consumer(studio: Studio, service: Service) -> None:
    service.always(hold(ok()))
    pipeline = studio.pipeline()
    events = pipeline.run(plan.jobs(studio.drafts()))
    pipeline.crew.signal(2)
    assert next(events) == Signalled(2)
    service.wait_for_in_flight(1)
    assert pipeline.crew.interrupt(0) == 1
    assert next(events) == GraceOver()
    service.release()
    assert isinstance(list(events)[-1], Outcome)
    assert studio.statuses() == ["saved"]


def test_a_signal_reaches_the_consumer(studio: Studio) -> None:
    pipeline = studio.pipeline()
    pipeline.crew.signal(2)
    assert Signalled(2) in list(pipeline.run(plan.jobs(studio.drafts())))


# Every status, in every state of the past


def test_each_request_has_attempts_of_its_own(studio: Studio, service: Service) -> None:
    for seed in range(100, 104):
        service.on_seed(seed, *[error(503)] * 3)
    studio.run(4)
    assert studio.statuses() == ["saved"] * 4
    assert (service.posts, service.billed) == (16, 4)


def test_requests_run_side_by_side_and_no_more_than_are_allowed(studio: Studio, service: Service) -> None:
    service.always(together(ok(), 4))
    studio.run(8)
    assert service.max_in_flight == 4
    assert studio.statuses() == ["saved"] * 8


def test_what_landed_before_a_run_is_abandoned_is_told(studio: Studio) -> None:
    before = set(threading.enumerate())
    pipeline = studio.pipeline()
    events = (event for event in pipeline.run(plan.jobs(studio.drafts(3))) if isinstance(event, Outcome))
    first = next(events)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    told = outcomes(pipeline.crew.abandon())
    assert {first.draft.id, *(outcome.draft.id for outcome in told)} == {d.id for d in studio.history.newest_first()}
    assert [outcome.draft.status for outcome in told] == ["saved"] * 2


def test_where_the_system_allows_too_few_threads_nothing_is_sent(home: Home, service: Service) -> None:
    result = home.gen("a fox", "-n", "200", "-j", "200", "--yes", launch=Launch(limits={"RLIMIT_AS": 500_000_000}))
    result.expect(10)
    assert "-j" in result.talk
    assert service.posts == 0
    assert home.history() == []
