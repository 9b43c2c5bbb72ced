"""What is going to be drawn: models, sizes, seeds, ids, prices, requests."""

import random

import pytest
from support.drawn import KEY

from seedream_cli import catalog
from seedream_cli.errors import InputError
from seedream_cli.planning import plan


def resolved(warnings=None, **given):
    wish = {
        "prompt": "a fox",
        "negative_prompt": None,
        "model": None,
        "size": None,
        "prices": {},
        "force": False,
    } | given
    return plan.resolve(origin=KEY.origin, warn=(warnings if warnings is not None else []).append, **wish)


def keys(count, first_seed=None, *, one_request=False, chance=lambda: 0.5):
    return plan.keys(resolved(), count, first_seed=first_seed, one_request=one_request, chance=chance)


def test_defaults_are_those_of_the_catalogue():
    wish = resolved()
    assert (wish.model, wish.size, wish.price) == ("seedream-v5lite", "1024x1024", 0.012)


@pytest.mark.parametrize(
    ("size", "expected"),
    [("square", "1024x1024"), ("Portrait", "1024x1536"), ("landscape", "1536x1024"), ("1024\u00d71536", "1024x1536")],
)
def test_a_size_may_be_named_by_its_shape(size, expected):
    assert resolved(size=size).size == expected


@pytest.mark.parametrize(
    "size", ["", "0x0", "1024", "1024x", "x", "-1x5", "1e3x1", "99999x99999", "1024x1024x1024", "٣x٣"]
)
def test_what_is_no_size_is_refused_even_when_forced(size):
    for force in (False, True):
        with pytest.raises(InputError):
            resolved(size=size, force=force)


def test_an_unknown_model_is_refused_with_the_nearest_named_and_passed_on_when_forced():
    with pytest.raises(InputError, match="unknown model") as refusal:
        resolved(model="seedream-4.5")
    assert "seedream-v4.5" in refusal.value.hint
    warnings = []
    wish = resolved(warnings, model="seedream-4.5", force=True)
    assert wish.model == "seedream-4.5"
    assert wish.price == max(model.usd for model in catalog.MODELS)
    assert len(warnings) == 2


def test_a_size_that_the_model_has_not_is_refused_and_passed_on_when_forced():
    with pytest.raises(InputError, match="has no size 1024x1792"):
        resolved(size="1024x1792")
    warnings = []
    assert resolved(warnings, size="1024x1792", force=True).size == "1024x1792"
    assert len(warnings) == 1


def test_the_users_own_price_is_believed():
    assert resolved(prices={"seedream-v5lite": 0.5}).price == 0.5
    assert resolved(prices={"other": 0.0}, model="other", force=True).price == 0


@pytest.mark.parametrize("prompt", ["", "  \n", "\ud800", "x" * 1_000_001])
def test_a_prompt_that_cannot_be_sent_is_refused(prompt):
    with pytest.raises(InputError):
        resolved(prompt=prompt)


def test_given_seeds_count_up_to_the_last_that_is_possible():
    assert [key.seed for key in keys(3, 100)] == [100, 101, 102]
    assert [key.seed for key in keys(2, catalog.MAX_SEED - 1)] == [catalog.MAX_SEED - 1, catalog.MAX_SEED]
    for count, first in ((2, catalog.MAX_SEED), (1, catalog.MAX_SEED + 1), (1, -1)):
        with pytest.raises(InputError):
            keys(count, first)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1 - 2**-53])
@pytest.mark.parametrize("count", [1, 4, 10_000])
def test_random_seeds_stay_within_31_bits(chance, count):
    seeds = [key.seed for key in keys(count, chance=lambda: chance)]
    assert seeds == list(range(seeds[0], seeds[0] + count))
    assert seeds[0] >= 0
    assert seeds[-1] <= 2**31 - 1


def test_one_request_shares_a_seed_and_the_next_takes_one_four_higher():
    made = keys(10, 100, one_request=True)
    assert [(key.seed, key.n, key.index) for key in made] == [
        *[(100, 4, index) for index in range(1, 5)],
        *[(104, 4, index) for index in range(1, 5)],
        *[(108, 2, index) for index in range(1, 3)],
    ]


def test_drafts_of_one_request_know_it_and_are_sent_together():
    made = plan.drafts(keys(6, 100, one_request=True), price=0.012, now=0, tags=["a"], run="a0")
    assert [one.request for one in made] == [made[0].id] * 4 + [made[4].id] * 2
    assert all((one.tags, one.run, one.status) == (("a",), "a0", "planned") for one in made)
    sent = plan.jobs(made)
    assert [(job.request.seed, job.request.n, len(job.drafts)) for job in sent] == [(100, 4, 4), (104, 2, 2)]


def test_drafts_of_their_own_are_sent_one_by_one():
    sent = plan.jobs(plan.drafts(keys(3, 100), price=0.012, now=0, tags=[], run="a0"))
    assert [(job.request.seed, job.request.n, len(job.drafts)) for job in sent] == [
        (100, 1, 1),
        (101, 1, 1),
        (102, 1, 1),
    ]


def test_ids_are_twelve_allowed_characters_without_structure():
    ids = [plan.new_id() for _ in range(5000)]
    assert len(set(ids)) == 5000
    assert all(len(one) == 12 and set(one) <= set("abcdefghijklmnopqrstuvwxyz0123456789") for one in ids)
    first = random.Random(0).choice(range(12))
    assert len({one[first] for one in ids}) == 36
