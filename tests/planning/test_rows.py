"""What the rows of a batch ask for: seeds that stay the same, requests, numbers, shards."""

import itertools

import pytest

from seedream_cli import catalog
from seedream_cli.batchfile.rows import MAX_DRAFTS, Row
from seedream_cli.context import Context
from seedream_cli.errors import InputError
from seedream_cli.options.draw import DrawOptions
from seedream_cli.planning.rows import Shard, ask_for, derived_seed, parse_shard


def row(number=1, prompt="a fox", **fields):
    return Row(number, number, f"p.txt:{number}", prompt, **fields)


@pytest.fixture
def ask(tmp_path):
    """What rows ask for, with options."""
    context = Context({"SEEDREAM_CONFIG": str(tmp_path / "config.toml")})

    def ask(*rows, seeds=(), **options):
        return ask_for(context, rows, DrawOptions(**options), seeds=seeds)

    ask.context = context
    return ask


def seeds_of(asked):
    return [[key.seed for key in request.keys] for request in asked]


def places_of(asked):
    """Numbers in the batch, places in the row, drafts of the row."""
    return [(list(request.numbers), list(request.places), request.row_total) for request in asked]


# Seeds


def test_the_seed_of_a_text_is_the_same_for_ever():
    assert derived_seed("a fox", None, 1) == 2097503760
    assert derived_seed("a fox", None, 2) == 433168039
    assert derived_seed("a fox", "", 1) == 1441328750
    assert derived_seed("\u72d0\u72f8 \ud800", "text", 1) == 1767001273


def test_derived_seeds_are_31_bits_and_differ():
    seeds = {derived_seed(f"prompt {number}", None, 1) for number in range(2000)}
    assert len(seeds) == 2000
    assert max(seeds).bit_length() == 31


def test_a_row_without_a_seed_gets_one_of_its_own_text_and_of_which_repetition_it_is(ask):
    rows = [row(1, "a"), row(2, "b"), row(3, "a"), row(4, "a", negative_prompt="text")]
    expected = [
        [derived_seed("a", None, 1)],
        [derived_seed("b", None, 1)],
        [derived_seed("a", None, 2)],
        [derived_seed("a", "text", 1)],
    ]
    assert seeds_of(ask(*rows)) == expected
    assert seeds_of(ask(*rows[1:], row(9, "a"))) == [expected[1], expected[0], expected[3], expected[2]]


def test_an_option_changes_no_derived_seed(ask):
    expected = [[derived_seed("a fox", None, 1)]]
    for options in ({"negative": "text"}, {"model": "seedream-v4"}, {"size": "portrait"}, {"sandbox": True}):
        assert seeds_of(ask(row(), **options)) == expected


def test_a_rows_own_seed_beats_the_options_which_beats_a_derived_one(ask):
    assert seeds_of(ask(row(seed=5), row(2), seed=7)) == [[5], [7]]
    assert seeds_of(ask(row(seed=0), seed=7)) == [[0]]


def test_several_drafts_of_a_row_count_up_from_its_seed(ask):
    assert seeds_of(ask(row(seed=5, n=3), row(2, seed=9), count=2)) == [[5], [6], [7], [9], [10]]


def test_by_one_request_up_to_four_share_a_seed(ask):
    assert seeds_of(ask(row(seed=5, n=6), one_request=True)) == [[5] * 4, [9] * 2]


def test_the_same_seeds_for_every_row_make_a_grid_row_by_row(ask):
    assert seeds_of(ask(row(1), row(2, "b"), seeds=(3, 1))) == [[3], [1], [3], [1]]


@pytest.mark.parametrize("fields", [{"seed": 5}, {"seed": 0}, {"columns": {"seed": ""}}, {"n": 2}])
def test_a_grid_takes_no_seeds_and_no_counts_of_rows(fields, ask):
    with pytest.raises(InputError, match=r"^p\.txt:2: --seeds ") as caught:
        ask(row(1), row(2, **fields), seeds=(1, 2))
    assert caught.value.hint
    with pytest.raises(InputError, match=r"^p\.txt:1: --seeds "):
        ask(row(1), seeds=(1,), count=2)


def test_seeds_that_leave_the_range_name_their_row(ask):
    assert seeds_of(ask(row(seed=catalog.MAX_SEED))) == [[catalog.MAX_SEED]]
    with pytest.raises(InputError, match=r"^p\.txt:2: seeds "):
        ask(row(1), row(2, seed=catalog.MAX_SEED, n=2))


# Everything else


def test_a_rows_own_fields_beat_the_options(ask):
    own = {"model": "seedream-v4", "size": "portrait", "negative_prompt": "text", "n": 1, "tags": ("mine",)}
    options = {"model": "seedream-v4.5", "size": "landscape", "negative": "fog", "count": 3, "tags": ["all"]}
    one, *three = ask(row(1, **own), row(2), sandbox=True, **options, force=True)
    (key,) = one.keys
    assert (key.model, key.size, key.negative_prompt, one.tags) == ("seedream-v4", "1024x1536", "text", ("mine",))
    assert len(three) == 3
    (key,) = three[0].keys
    assert (key.model, key.size, key.negative_prompt, three[0].tags) == ("seedream-v4.5", "2048x1024", "fog", ("all",))
    assert (one.wish.price, three[0].wish.price, key.origin) == (0.025, 0.03, "sandbox")


def test_drafts_are_numbered_through_the_batch_and_through_their_row(ask):
    assert places_of(ask(row(1), row(2, n=2), row(3))) == [([1], [1], 1), ([2], [1], 2), ([3], [2], 2), ([4], [1], 1)]
    assert places_of(ask(row(1), row(2, n=5), one_request=True)) == [
        ([1], [1], 1),
        ([2, 3, 4, 5], [1, 2, 3, 4], 5),
        ([6], [5], 5),
    ]
    assert places_of(ask(row(1), row(2), seeds=(8, 9))) == [
        ([1], [1], 2),
        ([2], [2], 2),
        ([3], [1], 2),
        ([4], [2], 2),
    ]


@pytest.mark.parametrize(
    "fields", [{"model": "seedream-v9"}, {"size": "2048x2048"}, {"size": "big"}, {"prompt": " "}, {"prompt": "\ud800"}]
)
def test_a_row_that_asks_for_what_cannot_be_is_named_before_anything_else_happens(fields, ask):
    with pytest.raises(InputError, match=r"^p\.txt:2: "):
        ask(row(1), row(2, **fields), row(3, model="worse"))


def test_what_is_wrong_in_a_row_keeps_its_hint(ask):
    with pytest.raises(InputError) as caught:
        ask(row(1, model="seedream-v4.6"))
    assert "seedream-v4.5" in caught.value.hint


def test_a_warning_is_given_once_with_the_first_row_that_caused_it(ask, capfd):
    ask(row(1), row(2, model="new"), row(3, model="new"), row(4, model="newer"), force=True)
    told = capfd.readouterr().err
    assert told.count("'new'") == 2  # the model, and its price
    assert "p.txt:2: " in told
    assert "p.txt:3: " not in told
    assert "p.txt:4: " in told


def test_as_many_drafts_as_a_batch_draws_are_asked_for(ask):
    assert len(ask(*(row(number, str(number), n=10_000) for number in range(1, 11)), one_request=True)) == 25_000


def test_a_file_that_asks_for_more_than_a_batch_draws_is_not_read_to_its_end(ask):
    looked_at = itertools.count(1)
    rows = (row(next(looked_at), n=10_000) for _ in range(20))
    with pytest.raises(InputError, match=rf"^p\.txt:11: .*{MAX_DRAFTS:,}") as caught:
        ask_for(ask.context, rows, DrawOptions())
    assert caught.value.hint
    assert next(looked_at) == 12


# Shards


@pytest.mark.parametrize(
    ("text", "shard"),
    [("1/1", Shard(1, 1)), ("3/16", Shard(3, 16)), ("999999/999999", Shard(999999, 999999)), ("01/02", Shard(1, 2))],
)
def test_a_shard_is_named_by_its_number_and_how_many_there_are(text, shard):
    assert parse_shard(text) == shard


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "1",
        "1/",
        "/2",
        "0/2",
        "3/2",
        "-1/2",
        "1/-2",
        "1.0/2",
        "1/2/3",
        " 1/2",
        "1 / 2",
        "\u0661/\u0662",
        "\u00b2/\u00b3",
        "a/b",
        "1/1000000",
        "1" * 5000 + "/4",
        "1/" + "4" * 5000,
    ],
    ids=range(19),
)
def test_what_names_no_shard_is_refused_with_an_example(text):
    with pytest.raises(InputError, match="is not K/N") as caught:
        parse_shard(text)
    assert "1/4" in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_every_request_is_in_exactly_one_shard(count, ask):
    keys = [request.keys[0] for request in ask(*(row(number, f"prompt {number}") for number in range(1, 301)))]
    shards = [Shard(number, count) for number in range(1, count + 1)]
    assert [sum(shard.holds(key) for shard in shards) for key in keys] == [1] * 300
    sizes = [sum(map(shard.holds, keys)) for shard in shards]
    assert max(sizes) <= 3 * 300 / count + 10


def test_which_shard_a_request_is_in_is_the_same_for_ever(ask):
    asked = ask(*(row(number, f"prompt {number}", seed=number) for number in range(1, 13)), sandbox=True)
    places = [next(number for number in range(1, 5) if Shard(number, 4).holds(request.keys[0])) for request in asked]
    assert places == [4, 2, 1, 1, 2, 3, 1, 1, 3, 1, 3, 4]


def test_the_shard_depends_on_what_is_asked_for_and_not_on_the_file(ask):
    many = ask(*(row(number, f"prompt {number}") for number in range(1, 51)))
    alone = [ask(row(1, f"prompt {number}"))[0] for number in range(50, 0, -1)][::-1]
    assert [Shard(2, 3).holds(one.keys[0]) for one in many] == [Shard(2, 3).holds(one.keys[0]) for one in alone]
