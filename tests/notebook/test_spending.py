"""Sums of what drafts cost."""

from collections import Counter

from support.past import asked, history, line, story, write

from seedream_cli.drafts import Draft
from seedream_cli.history import records
from seedream_cli.history.tally import Tally, alike
from seedream_cli.notebook.spending import add_up


def counted(*drafts: Draft, forgotten: tuple[records.Record, ...] = ()) -> dict[str, object]:
    return add_up(Tally(Counter(map(alike, drafts)), list(forgotten))).public()


def test_drafts_are_added_up_by_what_became_of_them():
    outcomes = ["saved", "pending", "expired", "unknown", "blocked", "failed"]
    told = counted(*(asked(n, status=status) for n, status in enumerate(outcomes)))
    assert (told["drafts"], told["usd"], told["perhaps_usd"]) == (6, 0.036, 0.012)
    assert told["by_status"] == dict.fromkeys(outcomes, 1)


def test_the_sandbox_is_in_no_sum():
    told = counted(asked(1, origin="sandbox", status="saved"))
    assert (told["drafts"], told["usd"], told["sandbox_drafts"], told["by_day"]) == (0, 0, 1, {})


def test_many_small_sums_do_not_drift():
    told = counted(*(asked(n, status="saved", price=0.1) for n in range(1000)))
    assert told["usd"] == 100


def test_what_is_forgotten_counts_on_its_day_unless_the_draft_is_there(tmp_path):
    draft = asked(1, status="unknown", batch="b")
    left = line(records.forgotten(draft), late=True)
    told = add_up(history(write(tmp_path / "h", left, left)).tally()).public()
    assert (told["drafts"], told["perhaps_usd"], told["forgotten_drafts"]) == (1, 0.012, 1)
    assert list(told["by_day"]) == [draft.created[:10]]
    told = add_up(history(write(tmp_path / "h", left, story(draft))).tally()).public()
    assert (told["drafts"], told["perhaps_usd"], told["forgotten_drafts"]) == (1, 0, 0)


def test_what_the_sandbox_drew_is_in_no_sum_when_it_is_forgotten():
    record = records.decode(line(records.forgotten(asked(1, origin="sandbox", status="saved"))))
    assert record is not None
    assert counted(forgotten=(record,))["drafts"] == 0
