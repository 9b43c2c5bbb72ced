"""Who may ask for a picture: nobody beyond the day's cap, and one of several runs that want the same."""

import contextlib
import os
import resource
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace

import pytest
from support.past import NOW, answer, asked, decoded, history, in_another_form, line, saved, story, write

from seedream_cli.drafts import SANDBOX, DraftError, timestamp
from seedream_cli.errors import CapError, LocalFileError
from seedream_cli.exits import ExitStatus
from seedream_cli.history import History, records
from seedream_cli.history.admission import Claims
from seedream_cli.history.reading import NOWHERE, Place

PRICE = 0.012
MIDNIGHT = NOW - NOW % 86400 + 86400
"""The end of the day of `NOW`."""

REFUSED = DraftError(400, "invalid_param", "no")

WRITER = """
import sys, threading
from pathlib import Path
from support.past import NOW, asked, history
from seedream_cli.drafts import timestamp
me, threads, count, cap = map(int, sys.argv[2:])
admissions = history(Path(sys.argv[1])).admissions(daily_cap=cap * 0.012)
admitted = []

def draw(thread):
    for number in range(count):
        draft = asked(1 + me * 1_000_000 + thread * 1000 + number, created=timestamp(NOW))
        admitted.extend(admissions.admit([(draft,)]).admitted)

everyone = [threading.Thread(target=draw, args=(thread,)) for thread in range(threads)]
for thread in everyone:
    thread.start()
for thread in everyone:
    thread.join()
print(len(admitted))
"""

FULL_DISK = """
import resource, sys, threading
from pathlib import Path
from support.past import NOW, asked, history
from seedream_cli.drafts import timestamp
from seedream_cli.errors import LocalFileError
path, cap = Path(sys.argv[1]), int(sys.argv[2])
admissions = history(path).admissions(daily_cap=cap * 0.012)

def draw(number, failed):
    try:
        admissions.admit([(asked(number, created=timestamp(NOW)),)])
    except LocalFileError:
        failed.append(number)

def draw_together(numbers):
    failed = []
    everyone = [threading.Thread(target=draw, args=(number, failed)) for number in numbers]
    for thread in everyone:
        thread.start()
    for thread in everyone:
        thread.join()
    return failed

assert draw_together([1]) == []
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
one = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (one * 5, hard))  # the disk is full after five
failed = draw_together(range(2, 18))
print(len(failed))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert draw_together(failed) == []
assert draw_together(range(18, 200)) == []
"""


def draft(number=1, **fields):
    """A draft that is planned now."""
    return asked(number, **({"created": timestamp(NOW)} | fields))


def one_each(*drafts):
    return [(each,) for each in drafts]


def ids(requests):
    return [each.id for request in requests for each in request]


def intended(path):
    return [record.id for record in decoded(path.read_bytes().splitlines()) if record.kind == "intent"]


def at(moment, path):
    """The history there, at a moment."""
    return History(path, lambda: moment)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.jsonl"


def run(program, path, *arguments):
    argv = [sys.executable, "-B", "-c", program, str(path), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(__file__))}
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment)


def output(process):
    told, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    return int(told)


# Without a cap


def test_whatever_is_asked_for_is_recorded_before_it_may_be_sent(path):
    wanted = [(draft(1), draft(2)), (draft(3),)]
    made = history(path).admissions().admit(wanted)
    assert (ids(made.admitted), made.taken, made.error) == (ids(wanted), (), None)
    assert intended(path) == ids(wanted)
    assert {each.status for each in history(path).newest_first()} == {"unknown"}


def test_nothing_is_admitted_that_cannot_be_recorded(path):
    path.mkdir()
    with pytest.raises(LocalFileError):
        history(path).admissions(daily_cap=1.0).admit(one_each(draft()))


# The day's cap


def test_the_cap_is_reached_to_the_last_picture_and_not_passed_by_any(path):
    admissions = history(path).admissions(daily_cap=3 * PRICE)
    made = admissions.admit(one_each(*map(draft, range(1, 6))))
    assert ids(made.admitted) == ids(one_each(draft(1), draft(2), draft(3))) == intended(path)
    assert made.error.exit_status == ExitStatus.MONEY
    assert "$0.036 of $0.036" in made.error.message
    assert "daily_cap" in made.error.hint
    assert admissions.admit(one_each(draft(6))).admitted == []
    assert admissions.spent_today() == pytest.approx(3 * PRICE)


def test_a_request_is_admitted_with_all_its_pictures_or_not_at_all(path):
    admissions = history(path).admissions(daily_cap=3 * PRICE)
    made = admissions.admit([tuple(map(draft, range(1, 5))), (draft(9),)])
    assert (made.admitted, type(made.error)) == ([], CapError)
    assert not path.read_bytes()


def test_a_cap_of_nothing_admits_what_costs_nothing(path):
    admissions = history(path).admissions(daily_cap=0.0)
    free = [draft(1, origin=SANDBOX), draft(2, price=0.0)]
    assert ids(admissions.admit(one_each(*free)).admitted) == ids(one_each(*free))
    assert isinstance(admissions.admit(one_each(draft(3))).error, CapError)


def test_drafts_of_the_sandbox_count_for_nothing(path):
    admissions = history(path).admissions(daily_cap=PRICE)
    assert admissions.admit(one_each(*(draft(number, origin=SANDBOX) for number in range(1, 9)))).error is None
    assert admissions.admit(one_each(draft(9))).error is None
    assert history(path).admissions(daily_cap=PRICE).spent_today() == PRICE


UNKNOWN = records.unknown(draft(), REFUSED, None)
FAILED = records.refused(draft(), REFUSED, blocked=False)
BLOCKED = records.refused(draft(), REFUSED, blocked=True)
ANSWER, SAVED = answer(draft()), saved(draft())

OUTCOMES = {
    "nothing yet": ([], True),
    "unknown": ([UNKNOWN], True),
    "failed": ([FAILED], False),
    "blocked": ([BLOCKED], False),
    "answered": ([ANSWER], True),
    "not saved": ([ANSWER, records.unsaved(draft(), REFUSED)], True),
    "saved": ([ANSWER, SAVED], True),
    "rated": ([ANSWER, SAVED, records.rated(draft(), 5)], True),
    "unknown, then failed": ([UNKNOWN, FAILED], False),
    "failed, then answered": ([FAILED, ANSWER], True),
    "failed, then saved": ([FAILED, SAVED], True),
    "saved, then failed": ([SAVED, FAILED], True),
    "answered twice": ([ANSWER, ANSWER], True),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_an_outcome_counts_as_what_it_cost_and_no_outcome_as_paid_for(when, outcome, path):
    entries, is_paid = OUTCOMES[outcome]
    lines = records.intent(draft()) + b"".join(map(line, entries))
    admissions = history(path).admissions(daily_cap=2 * PRICE)
    if when == "meanwhile":
        assert admissions.admit(one_each(draft(2))).error is None
    write(path, path.read_bytes() if path.exists() else b"", lines)
    if when == "before":
        assert admissions.admit(one_each(draft(2))).error is None
    assert (admissions.admit(one_each(draft(3))).error is not None) == is_paid


def test_what_turns_out_to_be_free_can_be_spent_on_another(path):
    ledger = history(path)
    admissions = ledger.admissions(daily_cap=PRICE)
    for number in range(1, 6):
        assert admissions.admit(one_each(draft(number))).error is None
        assert isinstance(admissions.admit(one_each(draft(99))).error, CapError)
        ledger.record([records.refused(draft(number), REFUSED, blocked=number % 2 == 0)])
    assert admissions.spent_today() == 0


def test_records_may_come_in_any_order_and_more_than_once(path):
    lines = [
        line(records.refused(draft(1), REFUSED, blocked=False)),
        line(saved(draft(2))),
        records.intent(draft(2)),
        records.intent(draft(1)),
        line(records.refused(draft(2), REFUSED, blocked=False)),
        records.intent(draft(2)),
    ]
    write(path, *lines * 2)
    assert history(path).admissions(daily_cap=1.0).spent_today() == PRICE


def test_what_another_program_wrote_anew_in_another_form_counts_all_the_same(path):
    refused = line(records.refused(draft(2), REFUSED, blocked=False))
    write(path, in_another_form(story(draft(1)) + records.intent(draft(2)) + refused))
    admissions = history(path).admissions(daily_cap=2 * PRICE)
    assert admissions.spent_today() == PRICE
    assert admissions.admit(one_each(draft(3))).error is None
    assert isinstance(admissions.admit(one_each(draft(4))).error, CapError)


def test_what_was_forgotten_was_paid_for_all_the_same(path):
    ledger = history(write(path, story(draft(1)), story(draft(2)), story(draft(3, origin=SANDBOX))))
    admissions = ledger.admissions(daily_cap=3 * PRICE)
    assert admissions.admit(one_each(draft(4))).error is None
    ledger.forget([ledger.find(draft(1).id), ledger.find(draft(3).id)])
    assert isinstance(admissions.admit(one_each(draft(5))).error, CapError)
    assert ledger.admissions(daily_cap=1.0).spent_today() == pytest.approx(3 * PRICE)
    ledger.forget([ledger.find(draft(number).id) for number in (2, 4)])
    assert isinstance(admissions.admit(one_each(draft(5))).error, CapError)
    assert ledger.admissions(daily_cap=1.0).spent_today() == pytest.approx(3 * PRICE)


def test_what_was_taken_in_from_another_history_counts_once(path, tmp_path):
    ledger = history(path)
    admissions = ledger.admissions(daily_cap=3 * PRICE)
    assert admissions.admit(one_each(draft(1))).error is None
    shard = story(draft(2)) + records.intent(draft(3, created=timestamp(NOW - 86400)))
    ledger.adopt(shard)
    ledger.adopt(shard)
    assert admissions.admit(one_each(draft(4))).error is None
    assert isinstance(admissions.admit(one_each(draft(5))).error, CapError)


@pytest.mark.parametrize("price", [None, "0.012", True, [], -1, 1e9, float("nan"), float("inf"), 10**400])
def test_a_price_that_is_none_counts_for_nothing(price, path):
    odd = records.encode(
        "intent", draft(1).id, timestamp(NOW), origin="o", model="m", prompt="p", size="1x1", seed=1, price=price
    )
    gone = records.encode("forgotten", draft(2).id, timestamp(NOW), created=timestamp(NOW), cost_usd=price)
    write(
        path, odd, gone, b"no record\n", b'{"v":9,"id":"later","kind":"intent","at":"%b"}\n' % timestamp(NOW).encode()
    )
    admissions = history(path).admissions(daily_cap=PRICE)
    assert admissions.spent_today() == 0
    assert admissions.admit(one_each(draft(3))).error is None
    ledger = history(path)
    ledger.adopt(odd + gone)
    assert isinstance(admissions.admit(one_each(draft(4))).error, CapError)


# Many at once


def test_64_threads_reach_the_cap_exactly(path):
    admissions = history(path).admissions(daily_cap=100 * PRICE)
    admitted, capped = [], []

    def draw(thread):
        for number in range(3):
            made = admissions.admit(one_each(draft(1 + thread * 10 + number)))
            admitted.extend(made.admitted)
            capped.extend([made.error] if made.error else [])

    threads = [threading.Thread(target=draw, args=(thread,)) for thread in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(admitted), len(capped)) == (100, 92)
    assert sorted(intended(path)) == sorted(ids(admitted))


def test_runs_that_share_one_process_and_its_history_reach_the_cap_exactly(path):
    ledger = history(path)
    runs = [ledger.admissions(daily_cap=20 * PRICE) for _ in range(4)]
    admitted = []

    def draw(thread):
        for number in range(5):
            admitted.extend(runs[thread % 4].admit(one_each(draft(1 + thread * 10 + number))).admitted)

    threads = [threading.Thread(target=draw, args=(thread,)) for thread in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(admitted) == len(intended(path)) == 20


def test_processes_reach_the_cap_exactly(path):
    processes = [run(WRITER, path, me, 16, 5, 100) for me in range(4)]
    assert sum(map(output, processes)) == 100
    assert len(set(intended(path))) == 100


def test_a_write_that_is_tried_again_on_a_full_disk_counts_once(path):
    process = run(FULL_DISK, path, 40)
    assert 11 <= output(process) <= 16
    assert len(intended(path)) == len(set(intended(path))) == 40


# The day's end


def test_a_new_day_has_a_cap_of_its_own_and_the_old_one_counts_no_longer(path):
    now = [MIDNIGHT - 1]
    admissions = History(path, lambda: now[0]).admissions(daily_cap=PRICE)
    assert admissions.admit(one_each(draft(1))).error is None
    assert isinstance(admissions.admit(one_each(draft(2))).error, CapError)
    now[0] = MIDNIGHT
    assert admissions.spent_today() == 0
    assert admissions.admit(one_each(draft(3))).error is None
    assert isinstance(admissions.admit(one_each(draft(4))).error, CapError)


def test_what_is_planned_before_midnight_and_asked_for_after_it_is_of_the_new_day_for_everyone(path):
    planned = [draft(number, created=timestamp(MIDNIGHT - 600)) for number in range(1, 4)]
    made = at(MIDNIGHT + 600, path).admissions(daily_cap=2 * PRICE).admit(one_each(*planned))
    assert {each.created for (each,) in made.admitted} == {timestamp(MIDNIGHT + 600)}
    others = at(MIDNIGHT + 601, path).admissions(daily_cap=2 * PRICE)
    assert others.spent_today() == 2 * PRICE
    assert isinstance(others.admit(one_each(draft(9))).error, CapError)
    assert at(MIDNIGHT - 1, path).admissions(daily_cap=1.0).spent_today() == 0


def test_an_outcome_on_the_next_day_frees_nothing_of_that_day(path):
    now = [MIDNIGHT - 1]
    ledger = History(path, lambda: now[0])
    admissions = ledger.admissions(daily_cap=2 * PRICE)
    assert admissions.admit(one_each(draft(1))).error is None
    now[0] = MIDNIGHT
    assert admissions.admit(one_each(draft(2), draft(3))).error is None
    ledger.record([records.refused(draft(1), REFUSED, blocked=False)])
    assert isinstance(admissions.admit(one_each(draft(4))).error, CapError)


def test_a_clock_that_is_set_back_counts_the_day_that_it_shows(path):
    now = [MIDNIGHT]
    admissions = History(path, lambda: now[0]).admissions(daily_cap=PRICE)
    assert admissions.admit(one_each(draft(1))).error is None
    now[0] = MIDNIGHT - 1
    assert admissions.admit(one_each(draft(2))).error is None
    now[0] = MIDNIGHT
    assert isinstance(admissions.admit(one_each(draft(3))).error, CapError)


# What other runs ask for


def claiming(path, *drafts, since, run="mine", daily_cap=None):
    keys = frozenset(each.key for each in drafts)
    return history(path).admissions(daily_cap=daily_cap, claims=Claims(run, keys, since))


def same(number, *, run="other", **fields):
    """A draft of another id, that asks for the same as `draft(1)`."""
    return draft(number, seed=1, run=run, **fields)


@pytest.fixture
def since(path):
    """Where the history ended when it was looked at; one of the same stood there already."""
    return history(write(path, records.intent(same(50)))).end


def test_what_another_run_asked_for_meanwhile_is_not_asked_for_again(path, since):
    admissions = claiming(path, draft(1), draft(2), since=since)
    history(path).intend([same(60)])
    made = admissions.admit(one_each(draft(1, run="mine"), draft(2, run="mine")))
    assert (ids(made.taken), ids(made.admitted)) == ([draft(1).id], [draft(2).id])
    assert intended(path) == [same(50).id, same(60).id, draft(2).id]


def test_what_was_looked_at_before_is_no_news(path, since):
    made = claiming(path, draft(1), since=since).admit(one_each(draft(1)))
    assert (made.taken, ids(made.admitted)) == ([], [draft(1).id])


@pytest.mark.parametrize("other", [same(60, run="mine"), draft(60, run="other")], ids=["own", "another picture"])
def test_what_this_run_asked_for_itself_or_another_picture_takes_nothing(other, path, since):
    history(path).intend([other])
    assert claiming(path, draft(1), since=since).admit(one_each(draft(1))).taken == []


@pytest.mark.parametrize("blocked", [False, True])
def test_what_another_run_did_not_get_is_free_again(blocked, path, since):
    ledger = history(path)
    admissions = claiming(path, draft(1), since=since)
    ledger.intend([same(60), same(61)])
    for number in (60, 61):
        assert ids(admissions.admit(one_each(draft(1))).taken) == [draft(1).id]
        ledger.record([records.refused(same(number), REFUSED, blocked=blocked)])
    assert ids(admissions.admit(one_each(draft(1))).admitted) == [draft(1).id]


def test_what_another_run_did_not_get_of_other_pictures_is_nothing_to_this_one(path, since):
    ledger = history(path)
    admissions = claiming(path, draft(1), since=since)
    ledger.intend([draft(7, run="theirs")])
    ledger.record([records.refused(draft(7, run="theirs"), REFUSED, blocked=True)])
    assert ids(admissions.admit(one_each(draft(1))).admitted) == [draft(1).id]


def test_what_another_run_got_or_lost_stays_its_own(path, since):
    ledger = history(path)
    ledger.intend([same(60)])
    admissions = claiming(path, draft(1), since=since)
    for entry in (records.unknown(same(60), REFUSED, None), answer(same(60)), saved(same(60))):
        ledger.record([entry])
        assert ids(admissions.admit(one_each(draft(1))).taken) == [draft(1).id]


def test_a_request_of_which_another_run_draws_one_picture_is_not_sent(path, since):
    pair = (draft(1), draft(2))
    history(path).intend([same(60)])
    assert claiming(path, *pair, since=since).admit([pair]).taken == [pair]


def test_what_others_ask_for_costs_this_run_nothing(path, since):
    ledger = history(path)
    ledger.intend([same(60)])
    admissions = claiming(path, draft(1), draft(2), since=since, daily_cap=3 * PRICE)
    made = admissions.admit(one_each(draft(1), draft(2)))
    assert (ids(made.taken), ids(made.admitted), made.error) == ([draft(1).id], [draft(2).id], None)


def test_two_runs_that_start_on_a_history_that_does_not_exist_yet_do_the_work_once(path):
    assert history(path).end == NOWHERE
    first = claiming(path, draft(1), since=NOWHERE, run="other")
    second = claiming(path, draft(1), since=NOWHERE)
    assert ids(first.admit(one_each(same(60))).admitted) == [same(60).id]
    assert ids(second.admit(one_each(draft(1, run="mine"))).taken) == [draft(1).id]


def test_a_place_in_the_middle_of_a_line_that_was_being_written_loses_nothing_of_it(path, since):
    history(path).intend([same(60)])
    within = Place(since.device, since.inode, since.offset + 10)
    assert ids(claiming(path, draft(1), since=within).admit(one_each(draft(1))).taken) == [draft(1).id]


def test_a_torn_line_before_what_others_ask_for_hides_nothing(path, since):
    admissions = claiming(path, draft(1), since=since)
    with path.open("ab") as file:
        file.write(records.intent(draft(70))[:40])
    history(path).intend([same(60)])
    assert ids(admissions.admit(one_each(draft(1))).taken) == [draft(1).id]


def test_runs_that_want_the_same_in_many_threads_ask_for_each_once(path):
    wanted = [draft(number) for number in range(1, 41)]
    since = history(path).end
    taken, admitted = [], []

    def draw(me):
        admissions = claiming(path, *wanted, since=since, run=f"run{me}")
        for number in range(1, 41):
            one = replace(wanted[number - 1], id=f"draft{me}{number:06d}", run=f"run{me}")
            made = admissions.admit([(one,)])
            admitted.extend(each.key for (each,) in made.admitted)
            taken.extend(each.key for (each,) in made.taken)

    threads = [threading.Thread(target=draw, args=(me,)) for me in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(admitted) == len(set(admitted)) == 40
    assert len(taken) == 7 * 40


def test_a_history_that_is_written_anew_in_between_changes_no_sum_and_hides_nobody(path):
    ledger = history(write(path, story(draft(8)), story(draft(9))))
    admissions = claiming(path, draft(1), draft(2), draft(3), since=ledger.end, daily_cap=5 * PRICE)
    assert admissions.admit(one_each(draft(2, run="mine"))).error is None  # the third of five
    ledger.intend([same(60)])  # the fourth
    ledger.forget([ledger.find(draft(8).id)])
    assert ids(admissions.admit(one_each(draft(1, run="mine"))).taken) == [draft(1).id]
    ledger.forget([ledger.find(draft(9).id)])
    assert admissions.admit(one_each(draft(3, run="mine"))).error is None  # the fifth
    assert isinstance(admissions.admit(one_each(draft(4, run="mine"))).error, CapError)


def test_without_a_cap_nothing_is_kept_of_what_others_spend(path, since):
    admissions = claiming(path, draft(1), since=since)
    others = b"".join(story(draft(number, run="other")) for number in range(100, 5100))
    tracemalloc.start()
    try:
        history(path).adopt(others)
        assert admissions.admit(one_each(draft(1, run="mine"))).taken == []
        assert tracemalloc.get_traced_memory()[0] < 800_000
    finally:
        tracemalloc.stop()


def test_what_was_forgotten_of_another_run_is_free_again_for_the_next(path, since):
    ledger = history(path)
    ledger.intend([same(60)])
    ledger.forget([ledger.find(same(60).id), ledger.find(same(50).id)])
    assert claiming(path, draft(1), since=ledger.end).admit(one_each(draft(1))).taken == []


@contextlib.contextmanager
def no_file_longer_than(size):
    """The disk is full meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_could_not_be_recorded_is_not_counted_twice_when_it_is_tried_again(tmp_path):
    path = write(tmp_path / "h", story(asked(1)))
    admissions = history(path).admissions(daily_cap=PRICE)
    with no_file_longer_than(path.stat().st_size), pytest.raises(LocalFileError):
        admissions.admit([(asked(2),)])
    admitted = admissions.admit([(asked(2),)]).admitted
    assert [(draft.id, draft.status) for (draft,) in admitted] == [("draft0000002", "unknown")]


def test_what_costs_nothing_is_admitted_on_a_day_that_is_over_its_cap(tmp_path):
    path = write(tmp_path / "h", *(records.intent(asked(number, created=timestamp(NOW))) for number in (1, 2)))
    admissions = history(path).admissions(daily_cap=PRICE)
    assert admissions.admit([(asked(3),)]).error is not None
    assert len(admissions.admit([(asked(4, origin=SANDBOX),)]).admitted) == 1


def test_what_is_forgotten_counts_on_the_day_on_which_it_was_asked_for_and_on_no_other(tmp_path):
    today, yesterday = asked(1, created=timestamp(NOW)), asked(2, created=timestamp(NOW - 86400))
    ledger = history(write(tmp_path / "h", story(today), story(yesterday)))
    ledger.forget(list(ledger.newest_first()))
    assert ledger.admissions().spent_today() == PRICE
