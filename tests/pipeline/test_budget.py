"""What a run may cost: no more than allowed, whatever threads do, and no less than that."""

import random
import threading
from dataclasses import replace

import pytest
from support.past import asked

from seedream_cli.api.generation import ImageRequest
from seedream_cli.drafts import SANDBOX
from seedream_cli.errors import CapError
from seedream_cli.exits import ExitStatus
from seedream_cli.pipeline.budget import Budget
from seedream_cli.pipeline.events import Job


def job(price=0.012, drafts=1, **fields):
    """A request for so many pictures."""
    wanted = tuple(replace(asked(number), price=price) for number in range(1, drafts + 1))
    if "origin" in fields:
        wanted = tuple(replace(draft, key=replace(draft.key, **fields)) for draft in wanted)
    return Job(ImageRequest("seedream-v5lite", "a fox", None, "1024x1024", 1, drafts), wanted)


def paid(budget, *jobs):
    for one in jobs:
        assert budget.reserve(one)
        budget.settle(one, billed=True)


def test_without_a_limit_everything_is_reserved():
    budget = Budget(None)
    assert all(budget.reserve(job(1e6)) for _ in range(10))
    assert budget.wait_for(job(1e6), threading.Event())


def test_a_limit_is_reached_exactly_and_not_passed_by_the_smallest_sum():
    # 0.1 + 0.2 > 0.3 in floating point: sums are exact all the same.
    budget = Budget(0.3)
    paid(budget, job(0.1), job(0.2))
    with pytest.raises(CapError):
        budget.reserve(job(0.000001))
    assert budget.reserve(job(0.0))


def test_a_request_costs_all_its_pictures():
    budget = Budget(0.047)
    with pytest.raises(CapError):
        budget.reserve(job(drafts=4))
    assert budget.reserve(job(drafts=3))


def test_a_first_job_beyond_the_limit_is_refused_at_once_with_what_was_spent_and_a_way_on():
    budget = Budget(0.03)
    paid(budget, job(0.025))
    with pytest.raises(CapError, match=r"\$0\.025 of \$0\.03 ") as caught:
        budget.reserve(job())
    assert caught.value.exit_status == ExitStatus.MONEY
    assert "--max-cost" in caught.value.hint


def test_while_something_is_in_flight_it_is_not_known_yet_whether_the_next_may_be_begun():
    budget, first, second = Budget(0.012), job(), job()
    assert budget.reserve(first)
    assert not budget.reserve(second)
    budget.settle(first, billed=False)
    assert budget.reserve(second)


def test_what_is_billed_or_perhaps_billed_is_spent_and_what_is_not_is_not():
    budget = Budget(0.024)
    for billed in (False, True, False, True):
        assert budget.reserve(job())
        budget.settle(job(), billed=billed)
    with pytest.raises(CapError):
        budget.reserve(job())


def test_the_sandbox_costs_nothing():
    budget = Budget(0.0)
    assert budget.reserve(job(origin=SANDBOX, drafts=4))


class Looked(threading.Event):
    """A stop that never comes, of which one can wait until somebody looks at it."""

    def __init__(self):
        super().__init__()
        self.at = threading.Event()

    def is_set(self):
        self.at.set()
        return False


def test_whoever_waits_for_the_outcome_of_others_is_woken_by_it():
    budget, first, stopping = Budget(0.012, glance=3600), job(), Looked()
    assert budget.reserve(first)
    woken = []
    waiting = threading.Thread(target=lambda: woken.append(budget.wait_for(job(), stopping)), daemon=True)
    waiting.start()
    assert stopping.at.wait(10)  # looked at under the lock that settling takes, and given back only to wait
    assert not woken
    budget.settle(first, billed=True)
    waiting.join(10)
    assert woken == [True]  # it is known now: that it may not
    with pytest.raises(CapError):
        budget.reserve(job())


def test_whoever_waits_goes_on_as_soon_as_there_is_enough_though_others_are_in_flight():
    budget, stopping = Budget(0.024), threading.Event()
    assert budget.reserve(job())
    assert budget.reserve(job())
    assert budget.reserve(job()) is False
    budget.settle(job(), billed=False)
    woken = []
    waiting = threading.Thread(target=lambda: woken.append(budget.wait_for(job(), stopping)))
    waiting.start()
    waiting.join(10)
    stopping.set()
    waiting.join(10)
    assert woken == [True]
    assert budget.reserve(job())


def test_whoever_waits_is_let_go_when_the_run_stops():
    budget, stopping = Budget(0.012), threading.Event()
    assert budget.reserve(job())
    woken = []
    waiting = threading.Thread(target=lambda: woken.append(budget.wait_for(job(), stopping)))
    waiting.start()
    stopping.set()
    waiting.join(10)
    assert woken == [False]


def test_a_stopped_run_waits_for_nothing():
    stopping = threading.Event()
    stopping.set()
    assert not Budget(1.0).wait_for(job(), stopping)


def test_64_threads_spend_what_is_allowed_to_the_last_picture_and_nothing_beyond():
    budget, billed, lock, never = Budget(100 * 0.012), [], threading.Lock(), threading.Event()
    chances = random.Random(4)

    def draw():
        while True:
            try:
                reserved = budget.reserve(job())
            except CapError:
                return
            if not reserved:
                budget.wait_for(job(), never)
                continue
            with lock:
                bill = chances.random() < 0.7
                billed.append(bill)
            budget.settle(job(), billed=bill)

    threads = [threading.Thread(target=draw) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert billed.count(True) == 100
