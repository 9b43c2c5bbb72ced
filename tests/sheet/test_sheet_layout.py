"""Where drafts stand on a sheet: in their order, or prompts against seeds."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from support.past import asked

from seedream_cli.drafts import Draft
from seedream_cli.sheet.layout import Grid, arrange, by_seed, in_lines


def saved(number: int, prompt: str = "a fox", **fields: Any) -> Draft:
    status = fields.pop("status", "saved")
    return replace(asked(number, prompt, **fields), status=status)


def of_batch(prompts: list[str], seeds: list[int], **fields: Any) -> list[Draft]:
    """What `batch --seeds` draws, in some order of landing."""
    places = itertools.product(enumerate(prompts, 1), seeds)
    drafts = [
        saved(number, prompt, seed=seed, row=row, batch="b.txt", **fields)
        for number, ((row, prompt), seed) in enumerate(places, 1)
    ]
    return drafts[::2] + drafts[1::2]


def seeds_of(grid: Grid) -> list[list[int | None]]:
    return [[draft and draft.key.seed for draft in row.cells] for row in grid.rows]


@pytest.mark.parametrize(
    ("count", "width"), [(1, 1), (2, 2), (4, 4), (5, 5), (6, 3), (9, 3), (12, 4), (40, 7), (100, 11), (2000, 50)]
)
def test_drafts_stay_in_order_and_make_about_a_square(count: int, width: int) -> None:
    drafts = [saved(number) for number in range(count)]
    grid = in_lines(drafts)
    assert grid.drafts == drafts
    assert grid.width == width
    assert all(len(row.cells) == width for row in grid.rows[:-1])
    assert grid.columns == ()


def test_portraits_stand_more_to_a_line_than_landscapes() -> None:
    portraits = in_lines([saved(number, size="1024x1536") for number in range(40)])
    landscapes = in_lines([saved(number, size="1536x1024") for number in range(40)])
    assert portraits.width > landscapes.width


def test_a_batch_of_seeds_has_a_row_for_each_prompt_and_a_column_for_each_seed() -> None:
    grid = arrange(of_batch(["a fox", "a wolf", "a bear"], [1, 2, 5]))
    assert grid.columns == ("seed 1", "seed 2", "seed 5")
    assert [row.heading for row in grid.rows] == ["a fox", "a wolf", "a bear"]
    assert seeds_of(grid) == [[1, 2, 5]] * 3
    assert all(draft.key.prompt == row.heading for row in grid.rows for draft in row.cells if draft)


def test_a_batch_that_skipped_what_others_drew_stands_in_the_order_of_its_own_file() -> None:
    ours = of_batch(["a fox", "a wolf"], [1, 2])
    others = [
        replace(draft, batch=other, row=1, also=(("b.txt", draft.row),))
        for draft, other in zip(ours, ("a.txt", None, "c.txt", "a.txt"), strict=True)
    ]
    drafts = [*ours[:1], *others[1:]]
    assert [row.heading for row in arrange(drafts).rows] == ["a fox", "a wolf"]
    assert by_seed([*drafts, saved(9, "a fox", seed=9, row=1, batch="a.txt")]) is None


def test_rows_are_in_the_order_of_the_file_even_where_it_was_drawn_backwards() -> None:
    grid = arrange(of_batch(["a fox", "a wolf"], [1, 2])[::-1])
    assert [row.heading for row in grid.rows] == ["a fox", "a wolf"]


def test_what_was_never_drawn_stays_empty() -> None:
    drafts = [draft for draft in of_batch(["a fox", "a wolf"], [1, 2, 3]) if (draft.row, draft.key.seed) != (2, 2)]
    assert seeds_of(arrange(drafts)) == [[1, 2, 3], [1, None, 3]]


def test_a_row_says_what_it_does_not_share_with_the_others() -> None:
    drafts = of_batch(["a fox"], [1, 2]) + of_batch(["a fox"], [1, 2], model="seedream-v4.5", negative_prompt="text")
    assert [row.heading for row in arrange(drafts).rows] == ["a fox\nseedream-v5lite", "a fox\nno text\nseedream-v4.5"]


def test_of_two_drafts_for_one_place_the_saved_one_has_it_or_else_the_last() -> None:
    drafts = of_batch(["a fox", "a wolf"], [1, 2])
    again = replace(drafts[0], id="again0000001", status="saved")
    failed = replace(drafts[0], id="failed000001", status="failed")
    for several, shown in (([failed, again], again), ([again, failed], again), ([failed, drafts[0], again], again)):
        grid = arrange([*several, *drafts[1:]])
        assert shown.id in {draft.id for draft in grid.drafts}
        assert grid.left_out == len(several) - 1


def test_pictures_of_one_request_that_share_a_seed_have_columns_of_their_own() -> None:
    drafts = [
        saved(number, prompt, seed=7, n=2, index=index, row=row, batch="b")
        for number, (row, prompt, index) in enumerate([(1, "a", 1), (1, "a", 2), (2, "b", 1), (2, "b", 2)])
    ]
    assert arrange(drafts).columns == ("seed 7, 1 of 2", "seed 7, 2 of 2")


ORDINARY = {
    "no batch": [saved(number) for number in range(9)],
    "two batches": [replace(draft, batch=draft.key.prompt) for draft in of_batch(["a", "b"], [1, 2, 3])],
    "seeds of their own": [saved(number, f"prompt {number}", batch="b", row=number) for number in range(9)],
    "two prompts with seeds of their own": [saved(number, f"p {number}", batch="b", row=number) for number in (1, 2)],
    "one seed for all": of_batch(["a", "b", "c", "d"], [5]),
    "too many seeds": of_batch(["a"], list(range(90))),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_others_stand_in_their_order(name: str) -> None:
    assert by_seed(ORDINARY[name]) is None
    assert arrange(ORDINARY[name]).drafts == ORDINARY[name]


def test_a_history_may_hold_any_size() -> None:
    sizes = ["", "x", "0x0", "1024x", "99999x1", "1x99999", "🦊"]
    assert len(in_lines([saved(number, size=size) for number, size in enumerate(sizes)]).drafts) == len(sizes)
