"""The one status of a command in which several things happened, against the contract's own words."""

import itertools
from collections.abc import Iterator

import pytest

from seedream_cli.exits import ExitStatus, combine

BEFORE_ALL_ELSE = (130, 143, 1, 8, 9, 4, 3, 10)
WHERE_NOTHING_IS_SAVED = (6, 7, 5, 2)


def by_the_contract(statuses: set[int], *, any_saved: bool) -> int:
    """130 and 143 first, then 1, 8, 9, 4, 3, 10; then 11 where something was saved; else 6, 7, 5, 2; 141 for 0 only."""
    first = [status for status in BEFORE_ALL_ELSE if status in statuses]
    if first:
        return first[0]
    failed = [status for status in WHERE_NOTHING_IS_SAVED if status in statuses]
    if 11 in statuses or (failed and any_saved):
        return 11
    if failed:
        return failed[0]
    return 141 if 141 in statuses else 0


def subsets() -> Iterator[frozenset[ExitStatus]]:
    for size in range(len(ExitStatus) + 1):
        yield from map(frozenset, itertools.combinations(ExitStatus, size))


@pytest.mark.parametrize("any_saved", [True, False])
def test_every_combination_of_statuses_ends_as_the_contract_says(any_saved: bool) -> None:
    wrong = {
        statuses: combine(statuses, any_saved=any_saved)
        for statuses in subsets()
        if combine(statuses, any_saved=any_saved) != by_the_contract(set(statuses), any_saved=any_saved)
    }
    assert wrong == {}


def test_the_statuses_are_those_of_the_contract() -> None:
    assert sorted(ExitStatus) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 141, 143]


def test_nothing_at_all_is_success() -> None:
    assert combine([], any_saved=False) is ExitStatus.OK


def test_a_part_that_was_partly_done_is_not_forgotten() -> None:
    assert combine({ExitStatus.PARTLY, ExitStatus.OK}, any_saved=True) is ExitStatus.PARTLY
