"""The order in which jobs are begun, by whom, and until when."""

import threading

import pytest
from support.past import asked

from seedream_cli.api.generation import ImageRequest
from seedream_cli.errors import CapError
from seedream_cli.pipeline.budget import Budget
from seedream_cli.pipeline.events import Job
from seedream_cli.pipeline.queue import Begun, JobQueue


def job(number):
    return Job(ImageRequest("seedream-v5lite", "a fox", None, "1024x1024", number, 1), (asked(number),))


def numbers(jobs):
    return [one.request.seed for one in jobs]


class Run:
    """A queue of jobs by number, and what it asked of its run."""

    def __init__(self, count, drafts_allowed=None, *, taken=(), last=None):
        self.budget = Budget(None if drafts_allowed is None else drafts_allowed * 0.012)
        self.closing = threading.Event()
        self.writes = []
        self.capped = []
        self._taken = set(taken)
        self._last = last
        jobs = (job(number) for number in range(1, count + 1))
        self.queue = JobQueue(jobs, self.budget, self.closing, begin=self._begin, capped=self.capped.append)

    def _begin(self, jobs):
        self.writes.append(numbers(jobs))
        last = self._last in self.writes[-1]
        kept = [one for one in jobs if one.request.seed not in self._taken and not last]
        for one in jobs:
            if one not in kept:
                self.budget.give_back(one)
        return Begun(kept, last=last)

    def take(self):
        one = self.queue.take()
        return None if one is None else one.request.seed

    def settle(self, number, *, billed=True):
        self.budget.settle(job(number), billed=billed)


def test_jobs_are_begun_in_their_order_one_by_one():
    run = Run(3)
    assert [run.take() for _ in range(4)] == [1, 2, 3, None]
    assert run.writes == [[1], [2], [3]]
    assert not run.queue.more()


def test_the_first_ones_are_begun_in_one_write_and_only_once():
    run = Run(5)
    for _ in range(3):
        run.queue.fill(3)
    assert run.writes == [[1, 2, 3]]
    assert [run.take() for _ in range(6)] == [1, 2, 3, 4, 5, None]
    assert run.writes == [[1, 2, 3], [4], [5]]


def test_nothing_is_written_for_a_queue_without_jobs():
    run = Run(0)
    run.queue.fill(4)
    assert (run.take(), run.writes) == (None, [])


def test_of_threads_that_come_first_together_one_begins_the_first_jobs_and_the_others_wait_for_it():
    run = Run(64)
    came = []

    def work():
        run.queue.fill(16)
        while (number := run.take()) is not None:
            came.append(number)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(came) == list(range(1, 65))
    assert run.writes[0] == list(range(1, 17))
    assert sorted(run.writes[1:]) == [[number] for number in range(17, 65)]


def test_a_job_that_another_run_draws_is_passed_over():
    run = Run(4, taken=[1, 2, 4])
    assert [run.take(), run.take()] == [3, None]
    assert run.writes == [[1], [2], [3], [4]]


def test_all_of_the_first_may_turn_out_to_be_drawn_by_another_run():
    run = Run(3, taken=[1, 2])
    run.queue.fill(2)
    assert [run.take(), run.take()] == [3, None]


def test_nothing_is_begun_after_the_last():
    run = Run(9, last=2)
    assert [run.take(), run.take(), run.take()] == [1, None, None]
    assert run.writes == [[1], [2]]
    assert not run.queue.more()


def test_nothing_is_begun_after_first_jobs_that_are_the_last():
    run = Run(9, last=2)
    run.queue.fill(3)
    assert (run.take(), run.writes) == (None, [[1, 2, 3]])


def test_a_queue_that_closes_begins_nothing_and_gives_away_once_what_it_had_begun():
    run = Run(9)
    run.queue.fill(4)
    assert run.take() == 1
    assert run.queue.abandoned() == []
    run.closing.set()
    assert run.take() is None
    assert not run.queue.more()
    assert numbers(run.queue.abandoned()) == [2, 3, 4]
    assert run.queue.abandoned() == []
    assert run.writes == [[1, 2, 3, 4]]


def test_a_queue_that_is_closed_from_the_start_begins_nothing():
    run = Run(9)
    run.closing.set()
    run.queue.fill(4)
    assert (run.take(), run.writes) == (None, [])


def test_no_more_jobs_are_begun_than_can_be_paid_for_and_that_is_told():
    run = Run(9, drafts_allowed=2)
    run.queue.fill(4)
    assert run.writes == [[1, 2]]
    assert [run.take(), run.take(), run.take()] == [1, 2, None]
    assert run.capped == []  # one in flight may turn out to be free
    run.settle(1)
    assert run.take() is None
    run.settle(2)
    assert run.queue.more()
    assert run.take() is None
    assert not run.queue.more()
    assert run.take() is None
    assert [type(error) for error in run.capped] == [CapError]


def test_what_turns_out_to_be_free_pays_for_another():
    run = Run(3, drafts_allowed=1)
    assert run.take() == 1
    assert run.take() is None
    run.settle(1, billed=False)
    assert run.queue.more()
    assert run.take() == 2


def test_whoever_waits_for_money_goes_on_with_the_next_job_where_another_thread_took_this_one():
    run = Run(3, drafts_allowed=2)
    assert [run.take(), run.take(), run.take()] == [1, 2, None]
    run.settle(1, billed=False)
    assert run.take() == 3  # another thread
    assert not run.queue.more()
    run = Run(4, drafts_allowed=2)
    assert [run.take(), run.take(), run.take()] == [1, 2, None]
    run.settle(1, billed=False)
    assert run.take() == 3  # another thread
    run.settle(2, billed=False)
    assert run.queue.more()
    assert run.take() == 4


def test_a_failure_to_begin_reaches_the_thread_that_began_and_nobody_waits_for_it_for_ever():
    closing = threading.Event()

    def begin(_):
        raise LookupError

    queue = JobQueue(map(job, range(1, 9)), Budget(None), closing, begin=begin, capped=lambda _: None)
    with pytest.raises(LookupError):
        queue.fill(4)
    with pytest.raises(LookupError):
        queue.take()
    closing.set()
    assert queue.take() is None
    assert queue.abandoned() == []


def test_what_the_days_sum_has_no_room_for_waits_for_an_outcome_and_comes_next_in_its_order():
    run = Run(4)
    room = [2]

    def begin(jobs):
        run.writes.append(numbers(jobs))
        begun, later = jobs[: room[0]], jobs[room[0] :]
        room[0] -= len(begun)
        for one in later:
            run.budget.give_back(one)
        return Begun(begun, last=not begun and run.budget.open == 0, later=later)

    queue = JobQueue(
        map(job, range(1, 5)), run.budget, run.closing, begin=begin, capped=run.capped.append, in_turn=True
    )
    queue.fill(3)
    assert [numbers([queue.take()]), numbers([queue.take()])] == [[1], [2]]
    assert queue.take() is None  # nothing has changed: it is not asked again
    assert run.writes == [[1, 2, 3]]
    waiting = threading.Thread(target=queue.more)
    waiting.start()
    room[0] += 1
    run.settle(1, billed=False)
    waiting.join(10)
    assert not waiting.is_alive()
    assert numbers([queue.take()]) == [3]
    run.settle(2)
    run.settle(3)
    assert queue.more()  # nothing is open any more: it is known now
    assert queue.take() is None
    assert not queue.more()
    assert run.writes[1:] == [[3], [4]]
