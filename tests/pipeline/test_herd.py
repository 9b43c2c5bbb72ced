"""What concerns every request is waited for once: no herd follows an empty bucket, nor a service that was gone."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.replies import Post, Reply, bucket_empty, error, late, ok, together
from support.service import Service
from support.studio import NOW, Studio
from support.timeline import Timeline

from seedream_cli.api.deadlines import Deadlines
from seedream_cli.pipeline.events import Waiting

WORKERS = 16
TICK = 0.02


class Hurry(Timeline):
    """Time that passes faster than it does: what is answered at one moment is still answered at nearly one."""

    def __init__(self, faster: float) -> None:
        super().__init__()
        self._faster = faster
        self._began = time.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._faster

    def pause(self, stop: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return stop.wait(seconds / self._faster)


@pytest.fixture
def studio(tmp_path: Path, service: Service) -> Iterator[Studio]:
    made = Studio(tmp_path, service.base_url)
    made.workers = WORKERS
    made.patient = True
    made.time = Hurry(30)
    yield made
    made.close()


def told(studio: Studio, count: int) -> list[float]:
    """Draw that many, and give the waits that were told."""
    return [event.seconds for event in studio.run(count) if isinstance(event, Waiting)]


def until(seconds: float) -> Reply:
    """429 with the time at which the bucket fills again."""
    return bucket_empty(headers={"X-RateLimit-Reset": str(int(NOW + seconds))})


class Watch:
    """Answers well, and notes of each request how many were in flight and how many had been answered before."""

    def __init__(self, service: Service) -> None:
        self.seen: list[tuple[int, int]] = []
        self._service = service

    def __call__(self, post: Post) -> Reply:
        self.seen.append((self._service.in_flight + 1, len(self.seen) - self._service.in_flight))
        return late(ok(), TICK)

    def grows_by_doubling(self) -> bool:
        """Whether each answer at most doubled what was in flight, from a single one on."""
        return all(in_flight <= 2**answered for in_flight, answered in self.seen)


@pytest.mark.parametrize("refusals", [1, WORKERS])
def test_an_empty_bucket_is_waited_for_once_by_all_and_one_goes_first(
    studio: Studio, service: Service, refusals: int
) -> None:
    watch = Watch(service)
    # All are in flight when the first learns of it; those that the bucket still allowed are answered well.
    service.script(*[together(until(15), WORKERS)] * refusals, *[together(ok(), WORKERS)] * (WORKERS - refusals))
    service.always(watch)
    assert told(studio, 60) == [15]
    assert studio.statuses() == ["saved"] * 60
    assert service.posts == 60 + refusals
    if refusals == WORKERS:  # otherwise some are on their way when the first learns of it
        assert watch.grows_by_doubling()
        assert max(in_flight for in_flight, _ in watch.seen) > 4


def test_a_bucket_that_is_empty_again_is_found_so_by_one(studio: Studio, service: Service) -> None:
    service.script(*[together(until(15), WORKERS)] * WORKERS, until(18), until(21))
    service.always(Watch(service))
    assert told(studio, 20) == [15, 18, 21]
    assert service.posts == 20 + WORKERS + 2


def test_a_bucket_without_a_time_is_tried_by_one_at_a_time(studio: Studio, service: Service) -> None:
    empty = error(429, "rate_limit_exceeded", headers={"X-RateLimit-Reset": None})
    studio.time = Hurry(4)
    service.script(*[together(empty, WORKERS)] * WORKERS, *[empty] * 2)
    service.always(Watch(service))
    assert told(studio, 20) == [1, 2, 2]
    assert service.posts == 20 + WORKERS + 2


class Away(httpx.HTTPTransport):
    """A way to a service that can be reached only after so many tries; notes when it was tried."""

    def __init__(self, service: Service, clock: Timeline, tries: int) -> None:
        super().__init__()
        self.deadlines = Deadlines()
        self.tried: list[float] = []
        self._service = service
        self._clock = clock
        self._tries = tries
        self._lock = threading.Lock()
        self._first = threading.Barrier(WORKERS)

    def client(self, **_: object) -> httpx.Client:
        return httpx.Client(transport=self, headers={"connection": "close"})

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.tried.append(self._clock.monotonic())
            number = len(self.tried)
            if number > self._tries and not self._service.listening:
                self._service.listen()
        if number <= WORKERS:
            self._first.wait(10)  # all begin before the first of them has failed
        return super().handle_request(request)


@pytest.mark.parametrize("probes", [0, 2])
def test_while_the_service_is_gone_one_tries_at_a_time(studio: Studio, service: Service, probes: int) -> None:
    service.go_away()
    # The first wait begins when one has failed, and has to last until the others have.
    studio.time = Hurry(2 if probes else 1)
    studio.clients = away = Away(service, studio.time, WORKERS + probes)
    service.always(watch := Watch(service))
    waits = told(studio, 60)
    assert studio.statuses() == ["saved"] * 60
    assert service.posts == service.billed == 60
    assert waits == [1, 2, 4][: probes + 1]
    between = [later - sooner for sooner, later in itertools.pairwise(away.tried[WORKERS - 1 : WORKERS + probes + 1])]
    assert all(gap >= wait * 0.99 for gap, wait in zip(between, waits, strict=True))
    assert watch.grows_by_doubling()


def test_a_service_that_stays_away_is_given_up_by_all_at_once(studio: Studio, service: Service) -> None:
    service.go_away()
    studio.max_wait = 6
    studio.time = Hurry(4)
    studio.clients = away = Away(service, studio.time, 1000)
    assert told(studio, 60) == [1, 2, pytest.approx(3, abs=1)]
    assert studio.statuses() == ["failed"] * WORKERS
    assert WORKERS + 3 <= len(away.tried) <= WORKERS + 4  # one may go while the others are being told
    assert service.posts == 0
