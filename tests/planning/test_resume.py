"""How a batch goes on: what each row asks for, held against every past that a history may tell of it."""

import contextlib
import hashlib
from dataclasses import replace

import pytest
from support.past import NOW, answer, asked, history, line, saved, write

from seedream_cli.batchfile.rows import Row
from seedream_cli.drafts import SANDBOX, DraftError, Target, timestamp
from seedream_cli.history import History, records
from seedream_cli.history.leases import lease
from seedream_cli.planning.plan import Wish
from seedream_cli.planning.resume import Again, sort_out
from seedream_cli.planning.rows import Asked

ERROR = DraftError(None, None, "no")
NOT_AGAIN = Again()


class Past:
    """A history that is made up as a test goes on."""

    def __init__(self, folder):
        self.folder = folder
        self.history = history(folder / "history.jsonl")
        self._lines = []

    def add(self, draft, *entries):
        """Record a draft that asks for what row 1 asks for, unless it says otherwise, and what came of it."""
        self._lines += [records.intent(draft), *map(line, entries)]
        write(self.history.path, *self._lines)
        return draft

    def picture(self, draft):
        """Save a draft's picture, and return the record of it."""
        path, data = self.folder / f"{draft.id}.png", b"picture of %b" % draft.id.encode()
        path.write_bytes(data)
        return saved(draft, path, hashlib.sha256(data).hexdigest(), len(data))

    def lose(self, draft):
        (self.folder / f"{draft.id}.png").unlink()

    def wanted(self, _request, _place, draft_id):
        """Where this run would put a draft's picture."""
        return Target((str(self.folder / "wanted" / f"{draft_id}."), ""), replace=False)

    def sort(self, *requests, again=NOT_AGAIN, now=NOW, **how):
        return sort_out(self.history, requests or [row(1)], again, now=now, place=self.wanted, **how)


@pytest.fixture
def past(tmp_path):
    return Past(tmp_path)


def row(number, n=1, *, key=None):
    """What a row asks for: as many pictures by one request."""
    key = key or asked(number).key
    keys = tuple(replace(key, n=n, index=index) for index in range(1, n + 1))
    wish = Wish(key.origin, key.model, key.prompt, key.negative_prompt, key.size, 0.012)
    numbers = range(1, n + 1)
    return Asked(Row(number, number, f"p.txt:{number}", key.prompt), wish, keys, (), numbers, numbers, n)


def try_of(number, **fields):
    """A draft of that id that asks for what row 1 asks for."""
    return asked(number, **({"seed": 1} | fields))


def standing(found):
    """What is said of the requests: as which they stand, and the drafts that say so."""
    told = {
        "draw": [parents for _, parents in found.fresh],
        "given": [(draft.id, place) for draft, _, place in found.given],
        "fetch": [(draft.id, place) for draft, _, place in found.fetch],
        "withheld": [draft.id for draft in found.withheld],
        "later": [request.row.number for request in found.later],
        "runs": found.runs,
    }
    return {name: what for name, what in told.items() if what}


ONE, TWO = try_of(1).id, try_of(2).id


# One picture


def test_what_was_never_asked_for_is_drawn(past):
    assert standing(past.sort()) == {"draw": [[None]]}


def test_a_picture_that_is_there_is_given(past):
    draft = try_of(1)
    past.add(draft, answer(draft), past.picture(draft))
    assert standing(past.sort()) == {"given": [(ONE, 0)]}


@pytest.mark.parametrize(
    "other",
    [
        {"origin": SANDBOX},
        {"origin": "https://other.example/v1"},
        {"model": "seedream-v4"},
        {"prompt": "a fox "},
        {"negative_prompt": "text"},
        {"size": "1024x1536"},
        {"seed": 2},
        {"n": 2, "index": 2},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_asked_for_anything_else_is_another_picture(other, past):
    draft = try_of(1, **other)
    past.add(draft, answer(draft), past.picture(draft))
    assert standing(past.sort()) == {"draw": [[None]]}


def test_the_first_picture_of_a_request_for_several_is_what_a_request_of_its_own_asks_for(past):
    draft = try_of(1, n=4)
    past.add(draft, answer(draft), past.picture(draft))
    assert standing(past.sort()) == {"given": [(ONE, 0)]}
    assert standing(past.sort(row(1, 4)))["draw"] == [[ONE, None, None, None]]


@pytest.mark.parametrize("loss", ["gone", "changed", "cut"])
@pytest.mark.parametrize(
    ("left", "again", "expected"),
    [
        (3600, NOT_AGAIN, {"fetch": [(ONE, 0)]}),
        (3600, Again(missing=True), {"fetch": [(ONE, 0)]}),
        (-1, NOT_AGAIN, {"withheld": [ONE]}),
        (-1, Again(unknown=True, blocked=True), {"withheld": [ONE]}),
        (-1, Again(missing=True), {"draw": [[ONE]]}),
    ],
)
def test_a_lost_picture_is_fetched_while_its_url_lives_and_drawn_again_only_where_wanted(
    left, again, expected, loss, past
):
    draft = try_of(1)
    past.add(draft, answer(draft, left=left), past.picture(draft))
    path = past.folder / f"{ONE}.png"
    data = path.read_bytes()
    past.lose(draft)
    if loss != "gone":
        path.write_bytes(data[::-1] if loss == "changed" else data[:-1])
    assert standing(past.sort(again=again)) == expected


@pytest.mark.parametrize("left", [3600, -1], ids=["its URL lives", "its URL is dead"])
def test_a_lost_picture_of_which_a_copy_lies_where_it_is_wanted_is_given_from_there(left, past):
    draft = try_of(1)
    past.add(draft, answer(draft, left=left), past.picture(draft))
    copy = past.folder / "wanted" / f"{ONE}.png"
    copy.parent.mkdir()
    (past.folder / f"{ONE}.png").rename(copy)
    found = past.sort()
    assert standing(found) == {"given": [(ONE, 0)]}
    assert [given.path for given, _, _ in found.given] == [given.path for given in found.found] == [str(copy)]
    copy.write_bytes(b"another")
    assert "given" not in standing(past.sort())


REFUSED, BLOCKED = (records.refused(try_of(1), ERROR, blocked=blocked) for blocked in (False, True))
UNKNOWN, UNSAVED = records.unknown(try_of(1), ERROR, None), records.unsaved(try_of(1), ERROR)
PAID, EXPIRED = answer(try_of(1)), answer(try_of(1), left=-1)


@pytest.mark.parametrize(
    ("entries", "option", "unasked", "asked_again"),
    [
        ([], "unknown", {"withheld": [ONE]}, {"draw": [[ONE]]}),
        ([UNKNOWN], "unknown", {"withheld": [ONE]}, {"draw": [[ONE]]}),
        ([BLOCKED], "blocked", {"withheld": [ONE]}, {"draw": [[ONE]]}),
        ([EXPIRED], "missing", {"withheld": [ONE]}, {"draw": [[ONE]]}),
        ([EXPIRED, UNSAVED], "missing", {"withheld": [ONE]}, {"draw": [[ONE]]}),
        ([REFUSED], None, {"draw": [[ONE]]}, {"draw": [[ONE]]}),
        ([PAID], None, {"fetch": [(ONE, 0)]}, {"fetch": [(ONE, 0)]}),
        ([PAID, UNSAVED], None, {"fetch": [(ONE, 0)]}, {"fetch": [(ONE, 0)]}),
    ],
    ids=["nothing yet", "unknown", "blocked", "expired", "expired unsaved", "failed", "pending", "pending unsaved"],
)
@pytest.mark.parametrize("run", [None, "dead", "../run"])
def test_what_is_not_there_is_asked_for_again_only_where_that_is_free_or_wanted(
    run, entries, option, *, unasked, asked_again, past
):
    past.add(try_of(1, run=run), *entries)
    others = Again(**{name: name != option for name in ("unknown", "blocked", "missing")})
    assert standing(past.sort()) == unasked
    assert standing(past.sort(again=others)) == unasked
    assert standing(past.sort(again=Again(unknown=True, blocked=True, missing=True))) == asked_again


def test_what_the_sandbox_drew_and_did_not_save_is_drawn_again(past):
    draft = try_of(1, origin=SANDBOX)
    past.add(draft, answer(draft))
    assert standing(past.sort(row(1, key=draft.key))) == {"draw": [[ONE]]}


def test_everything_is_drawn_again_where_that_is_wanted_and_has_no_parent(past):
    draft = try_of(1)
    past.add(draft, answer(draft), past.picture(draft))
    assert standing(past.sort(row(1), row(1, 4), again=Again(everything=True))) == {"draw": [[None], [None] * 4]}


# Several tries


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([UNKNOWN], [REFUSED], {"draw": [[TWO]]}),
        ([REFUSED], [UNKNOWN], {"withheld": [TWO]}),
        ([UNKNOWN], [BLOCKED], {"withheld": [TWO]}),
        ([BLOCKED], [REFUSED], {"draw": [[TWO]]}),
        ([PAID], [REFUSED], {"fetch": [(ONE, 0)]}),
        ([PAID], [UNKNOWN], {"fetch": [(ONE, 0)]}),
        ([EXPIRED], [REFUSED], {"draw": [[TWO]]}),
    ],
    ids=lambda value: "-".join(entry.kind for entry in value) if isinstance(value, list) else "",
)
def test_what_is_paid_for_is_fetched_else_the_newest_try_says_how_it_stands(first, second, expected, past):
    past.add(try_of(1), *first)
    past.add(try_of(2), *(entry._replace(draft=try_of(2)) for entry in second))
    assert standing(past.sort()) == expected


EARLIER, LATER = timestamp(NOW - 7200), timestamp(NOW - 3600)


@pytest.mark.parametrize(
    "open_end", [[UNKNOWN], [BLOCKED], [EXPIRED], []], ids=["unknown", "blocked", "lost", "intent"]
)
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"created": EARLIER}, {"created": LATER}, {"draw": [[TWO]]}),
        ({"created": LATER}, {"created": LATER}, {"draw": [[TWO]]}),
        # What another history is taken in from comes last in the file, however old it is.
        ({"created": LATER}, {"created": EARLIER}, {"withheld": [ONE]}),
        # The clock was put back between a try and the one that was wanted after it.
        ({"created": LATER}, {"created": EARLIER, "parent": ONE}, {"draw": [[TWO]]}),
    ],
    ids=["later", "in the same second", "taken in", "clock put back"],
)
def test_a_try_is_answered_by_one_that_is_later_in_file_and_time_or_repeats_it(first, second, expected, open_end, past):
    past.add(try_of(1, **first), *open_end)
    past.add(try_of(2, **second), REFUSED._replace(draft=try_of(2)))
    assert standing(past.sort()) == expected


def test_a_failure_before_a_try_does_not_answer_it_whatever_the_clock_says(past):
    past.add(try_of(1, created=LATER), REFUSED)
    past.add(try_of(2, created=EARLIER), UNKNOWN._replace(draft=try_of(2)))
    assert standing(past.sort()) == {"withheld": [TWO]}


def test_every_try_that_nothing_came_of_has_to_be_wanted_again(past):
    past.add(try_of(1, created=LATER), UNKNOWN)
    past.add(try_of(2, created=EARLIER), BLOCKED._replace(draft=try_of(2)))
    assert standing(past.sort(again=Again(unknown=True))) == {"withheld": [TWO]}
    assert standing(past.sort(again=Again(blocked=True))) == {"withheld": [ONE]}
    assert standing(past.sort(again=Again(unknown=True, blocked=True))) == {"draw": [[TWO]]}


@pytest.mark.parametrize("later", [[REFUSED], [UNKNOWN], [BLOCKED], [PAID], []], ids=len)
def test_a_picture_that_is_there_counts_whatever_was_tried_later(later, past):
    draft = try_of(1)
    past.add(draft, answer(draft), past.picture(draft))
    past.add(try_of(2), *(entry._replace(draft=try_of(2)) for entry in later))
    assert standing(past.sort()) == {"given": [(ONE, 0)]}


# What other runs are doing


@contextlib.contextmanager
def alive(past, run="other"):
    with lease(past.history.folder, run):
        yield


@pytest.mark.parametrize("entries", [[], [PAID]], ids=["asked for", "paid for"])
def test_what_a_living_run_draws_or_fetches_is_waited_for(entries, past):
    past.add(try_of(1, run="other"), *entries)
    with alive(past):
        assert standing(past.sort()) == {"later": [1], "runs": {"other"}}
        assert standing(past.sort(again=Again(unknown=True))) == {"later": [1], "runs": {"other"}}
    assert "later" not in standing(past.sort())


def test_what_a_living_run_could_not_save_is_fetched_here(past):
    past.add(try_of(1, run="other"), PAID, UNSAVED)
    with alive(past):
        assert standing(past.sort()) == {"fetch": [(ONE, 0)]}


def test_what_a_living_run_can_no_longer_fetch_is_not_waited_for(past):
    past.add(try_of(1, run="other"), PAID)
    with alive(past):
        assert standing(past.sort(now=NOW + 3600)) == {"fetch": [(ONE, 0)]}


@pytest.mark.parametrize("entry", [REFUSED, BLOCKED], ids=["failed", "blocked"])
def test_what_a_living_run_did_not_get_is_nothing_to_wait_for(entry, past):
    past.add(try_of(1, run="other"), entry)
    with alive(past):
        assert "later" not in standing(past.sort())


@pytest.mark.parametrize("later", [[REFUSED], [BLOCKED], [UNKNOWN]], ids=["failed", "blocked", "unknown"])
def test_what_a_living_run_draws_is_waited_for_whatever_others_tried_meanwhile(later, past):
    past.add(try_of(1, run="other"))
    past.add(try_of(2, run="dead"), *(entry._replace(draft=try_of(2)) for entry in later))
    with alive(past):
        assert standing(past.sort()) == {"later": [1], "runs": {"other"}}
        assert standing(past.sort(again=Again(unknown=True, blocked=True))) == {"later": [1], "runs": {"other"}}


def test_all_runs_that_are_waited_for_are_named(past):
    past.add(try_of(1, run="other"))
    past.add(asked(2, run="another"))
    past.add(asked(3))
    with alive(past), alive(past, "another"):
        found = past.sort(row(1), row(2), row(3), row(4))
    assert standing(found) == {
        "later": [1, 2],
        "runs": {"other", "another"},
        "withheld": [asked(3).id],
        "draw": [[None]],
    }


# Rows that ask for the same


def test_of_rows_that_ask_for_the_same_the_first_is_drawn_and_the_others_wait(past):
    found = past.sort(row(1), row(2), row(1), row(1))
    assert [request.row.number for request, _ in found.fresh] == [1, 2]
    assert standing(found)["later"] == [1, 1]
    assert not found.runs


def test_of_rows_that_wait_for_another_run_each_waits(past):
    past.add(try_of(1, run="other"))
    with alive(past):
        assert standing(past.sort(row(1), row(1))) == {"later": [1, 1], "runs": {"other"}}


def test_a_thousand_rows_of_one_picture_that_is_there_are_all_given_it_at_once(past):
    draft = try_of(1)
    past.add(draft, answer(draft), past.picture(draft))
    assert standing(past.sort(*[row(1)] * 1000)) == {"given": [(ONE, 0)] * 1000}


def test_a_row_that_shares_a_picture_with_an_earlier_one_that_is_drawn_waits_whole(past):
    shared = row(1, 2)
    other = replace(shared, keys=(shared.keys[1], asked(9).key))
    assert standing(past.sort(shared, other)) == {"draw": [[None, None]], "later": [1]}


def test_whoever_asks_for_what_was_told_already_is_told_nothing_more(past):
    past.add(try_of(1), UNKNOWN)
    assert standing(past.sort(row(1), row(1), told=lambda draft: draft.id == ONE)) == {}
    assert standing(past.sort(told=lambda draft: draft.id == TWO)) == {"withheld": [ONE]}


# Requests for several pictures


def pair(past, *fates):
    """The drafts of one request for two pictures, and what came of each: a fate is a list of records' kinds."""
    first = try_of(1, n=2)
    drafts = (first, try_of(2, n=2, index=2, request=first.id))
    for draft, fate in zip(drafts, fates, strict=True):
        kinds = {
            "saved": lambda draft=draft: past.picture(draft),
            "lost": lambda draft=draft: saved(draft),
            "answer": lambda draft=draft: answer(draft),
            "gone": lambda draft=draft: answer(draft, left=-1),
            "failed": lambda draft=draft: REFUSED._replace(draft=draft),
            "unknown": lambda draft=draft: UNKNOWN._replace(draft=draft),
        }
        past.add(draft, *(kinds[kind]() for kind in fate.split()))
    return row(1, 2)


@pytest.mark.parametrize(
    ("fates", "again", "expected"),
    [
        (("answer saved", "answer saved"), NOT_AGAIN, {"given": [(ONE, 0), (TWO, 1)]}),
        (("answer saved", "answer"), NOT_AGAIN, {"given": [(ONE, 0)], "fetch": [(TWO, 1)]}),
        (("answer saved", "unknown"), NOT_AGAIN, {"given": [(ONE, 0)], "withheld": [TWO]}),
        (("answer", "unknown"), NOT_AGAIN, {"fetch": [(ONE, 0)], "withheld": [TWO]}),
        (("failed", "failed"), NOT_AGAIN, {"draw": [[ONE, TWO]]}),
        (("answer saved", "failed"), NOT_AGAIN, {"draw": [[ONE, TWO]]}),
        (("answer saved", "unknown"), Again(unknown=True), {"draw": [[ONE, TWO]]}),
        (("gone lost", "answer saved"), Again(missing=True), {"draw": [[ONE, TWO]]}),
        (("gone lost", "unknown"), Again(missing=True, unknown=True), {"draw": [[ONE, TWO]]}),
        # Drawn together or not at all: what may not be paid twice keeps the others from it.
        (("gone lost", "unknown"), Again(missing=True), {"withheld": [ONE, TWO]}),
        (("gone lost", "unknown"), Again(unknown=True), {"withheld": [ONE, TWO]}),
    ],
    ids=lambda value: "-".join(value).replace(" ", "+") if isinstance(value, tuple) else "",
)
def test_the_pictures_of_one_request_are_drawn_together_or_not_at_all(fates, again, expected, past):
    assert standing(past.sort(pair(past, *fates), again=again)) == expected


def test_a_picture_that_must_not_be_drawn_again_keeps_its_whole_request_from_being_drawn(past):
    past.add(try_of(1, n=2), REFUSED)
    second = try_of(2, n=2, index=2, request=ONE)
    past.add(second, BLOCKED._replace(draft=second))
    assert standing(past.sort(row(1, 2))) == {"withheld": [TWO]}


def test_a_picture_that_was_never_asked_for_is_not_drawn_beside_one_that_must_not_be_drawn_again(past):
    past.add(try_of(1, n=2), UNKNOWN)
    assert standing(past.sort(row(1, 2))) == {"withheld": [ONE]}


def test_a_request_of_which_another_run_draws_one_picture_is_waited_for_whole(past):
    past.add(try_of(1, n=2), REFUSED)
    past.add(try_of(2, n=2, index=2, run="other"))
    with alive(past):
        assert standing(past.sort(row(1, 2))) == {"later": [1], "runs": {"other"}}


# Histories of every kind


def test_damage_and_other_programs_lines_are_no_past(past):
    past.add(try_of(1))
    past.history.adopt(b"no record\n" + records.encode("intent", TWO, timestamp(NOW), prompt="a fox"))
    assert standing(past.sort()) == {"withheld": [ONE]}


# A run that ends while others look


class ReadAsARunEnds(History):
    """A history in which something happens once it has been looked through."""

    def __init__(self, path, happens):
        super().__init__(path, lambda: NOW)
        self._happens = happens

    def asking(self, prompts):
        found = super().asking(prompts)
        self._happens()
        return found


@pytest.mark.parametrize("again", [NOT_AGAIN, Again(unknown=True)])
def test_a_run_that_ends_while_the_history_is_read_left_no_draft_of_unknown_outcome(past, again):
    draft = past.add(try_of(1, run="a0"))
    with contextlib.ExitStack() as running:
        running.enter_context(lease(past.history.folder, "a0"))

        def end():
            past.add(draft, answer(draft), past.picture(draft))
            running.close()

        past.history = ReadAsARunEnds(past.history.path, end)
        assert standing(past.sort(again=again)) == {"given": [(ONE, 0)]}
