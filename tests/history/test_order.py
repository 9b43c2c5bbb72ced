"""Drafts that were taken in come where their times say, and nothing is lost or changed on the way."""

import io
import random

import pytest
from support.past import answer, asked, in_another_form, line, naive, saved

from seedream_cli.history import order, records


def shuffled(chance: random.Random, numbers: list[int]) -> list[bytes]:
    """The lines of drafts whose records overtake one another, some in another form, some broken or blank."""
    lines: list[bytes] = []
    for number in numbers:
        draft = asked(number)
        own = [records.intent(draft), line(answer(draft)), line(saved(draft))]
        own += [line(records.rated(draft, chance.randrange(6)), late=True) for _ in range(chance.randrange(3))]
        at = len(lines) if chance.random() < 0.7 else chance.randrange(len(lines) + 1)
        for each in own:
            lines.insert(at, in_another_form(each) if chance.random() < 0.2 else each)
            at = chance.randrange(at + 1, len(lines) + 1)
        if chance.random() < 0.2:
            lines.insert(chance.randrange(len(lines) + 1), chance.choice([b"\n", b"torn{\n", records.intent(draft)]))
    return lines


@pytest.mark.parametrize("seed", range(200))
def test_every_draft_stays_what_it_is_and_comes_before_all_that_are_newer(seed):
    chance = random.Random(seed)
    numbers = chance.sample(range(1000), 12)
    here, new = sorted(numbers[:6]), numbers[6:]
    kept = [records.intent(asked(number)) + line(saved(asked(number))) for number in here]
    marks = [line(records.noted(asked(number), "n"), late=True) for number in chance.choices(new, k=2)]
    before = b"".join([*marks, b"\xff\n", *kept, *shuffled(chance, new), *kept[:1]]) + b"torn"
    ids = {asked(number).id for number in new}
    after = b"".join(order.in_order(io.BytesIO(before), ids))
    drafts = naive(after)
    assert drafts == naive(before)
    intents = [line for line in after.splitlines() if b"intent" in line]
    first = dict.fromkeys(record.id for record in map(records.decode, intents) if record is not None)
    assert list(first) == sorted(first)
    others = [[each for each in data.splitlines() if records.id_of(each) not in ids] for data in (before, after)]
    assert others[0] == others[1]
    assert after.endswith(b"\n")
    assert b"".join(order.in_order(io.BytesIO(after), ids)) == after
