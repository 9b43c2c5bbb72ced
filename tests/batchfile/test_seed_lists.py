"""What `--seeds` says."""

import pytest

from seedream_cli.batchfile.seeds import parse_seeds
from seedream_cli.errors import InputError


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        ("1,2,5-8", (1, 2, 5, 6, 7, 8)),
        ("8,1-2,0", (8, 1, 2, 0)),
        (" 1 , 3 - 4 ", (1, 3, 4)),
        ("5-5", (5,)),
        ("007", (7,)),
        ("0,4294967295", (0, 4294967295)),
    ],
)
def test_a_list_of_seeds_and_ranges_keeps_its_order(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


def test_ten_thousand_seeds_are_the_most() -> None:
    assert len(parse_seeds("1-10000")) == 10_000
    with pytest.raises(InputError, match="--seeds names 10001 seeds; at most 10000 are drawn"):
        parse_seeds("0-10000")
    with pytest.raises(InputError, match="--seeds names 8589934592 seeds"):
        parse_seeds("0-4294967295,0-4294967295")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a seed is missing"),
        ("1,,2", "a seed is missing"),
        ("1,2,", "a seed is missing"),
        ("-1", "'-1' is not a seed"),
        ("1-", "'1-' is not a seed"),
        ("1-2-3", "'1-2-3' is not a seed"),
        ("1;2", "'1;2' is not a seed"),
        ("1.0", "'1.0' is not a seed"),
        ("٣", "'٣' is not a seed"),
        ("x" * 99, f"'{'x' * 39}…' is not a seed"),
        ("8-5", "8-5 runs backwards"),
        ("4294967296", "4294967296 is outside 0 to 4294967295"),
        ("0-" + "9" * 5000, "is outside 0 to 4294967295"),
        ("1,2,1", "names 1 twice"),
        ("1-5,3", "names 3 twice"),
    ],
)
def test_what_is_no_list_of_seeds_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_seeds(text)
    assert message in caught.value.message
    assert (caught.value.hint or "").startswith("--seeds ")


def test_a_backward_range_is_shown_the_right_way_round() -> None:
    with pytest.raises(InputError) as caught:
        parse_seeds("8-5")
    assert caught.value.hint == "--seeds 5-8"
