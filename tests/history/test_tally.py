"""Counting a history in one pass comes to what folding every draft comes to."""

import json
import random
import re
from collections import Counter

import pytest
from support.past import NOW, answer, asked, decoded, history, line, naive, saved, story, write

from seedream_cli.drafts import Draft, DraftError, timestamp
from seedream_cli.history import records
from seedream_cli.history.tally import _OURS, alike

ERROR = DraftError(503, "overloaded", 'said "no"\n')
PROMPTS = (
    "a fox",
    'a "fox"\\\n\t',
    "狐狸 \u202e \U0001f98a",
    "\ud800",
    "x" * 3000,
    '{"v":1,"id":"draft0000001","kind":"saved"}',
)


def kept(draft: Draft, path: str) -> records.Entry:
    """Where a draft's picture is kept that came inside an answer a while ago."""
    return records.answered(draft, url=None, kept=path, revised_prompt=None, expires=timestamp(NOW - 5))


def outcomes(draft: Draft) -> list[list[bytes]]:
    """What may become of a draft."""
    return [
        [],
        [line(answer(draft))],
        [line(answer(draft, left=-5))],
        [line(answer(draft)), line(records.unsaved(draft, ERROR))],
        [line(answer(draft, revised="a \\ revised")), line(saved(draft))],
        [line(answer(draft, left=-5)), line(answer(draft, left=5), late=True)],
        [line(kept(draft, "/kept"))],
        [line(kept(draft, "/kept")), line(answer(draft, left=-5))],
        [line(answer(draft, left=-5)), line(kept(draft, 'ü \\ "kept"'), late=True)],
        [line(records.refused(draft, ERROR, blocked=True))],
        [line(records.refused(draft, ERROR, blocked=False))],
        [line(records.unknown(draft, ERROR, None)), line(records.rated(draft, 3), late=True)],
        [line(records.unknown(draft, ERROR, "/kept")), line(saved(draft), late=True)],
        [line(records.refused(draft, ERROR, blocked=False)), line(answer(draft)), line(saved(draft))],
        [line(saved(draft)), line(records.unsaved(draft, ERROR)), line(records.tagged(draft, added=["x"]), late=True)],
    ]


def a_past(chance: random.Random) -> bytes:
    """A history with all that may happen to one: drafts of every fate, lines doubled, late, foreign, spoilt."""
    lines: list[bytes] = []
    for number in range(1, chance.randrange(2, 30)):
        draft = asked(
            number,
            chance.choice(PROMPTS),
            origin=chance.choice(("https://a.example/v1", "https://b.example/v1", "sandbox")),
            model=chance.choice(("seedream-v5lite", 'ours "best" ü')),
            price=chance.choice((0.012, 0.03, 0, 1, 1e-05, 0.1 + 0.2)),
            batch=chance.choice((None, "b.txt", "ü\\")),
            row=chance.choice((None, 7)),
            tags=chance.choice(((), ("a", 'b"'))),
            created=f"2026-11-{chance.randrange(1, 32):02d}T{chance.randrange(26):02d}:00:{chance.choice('05')}0Z",
        )
        own = [records.intent(draft), *chance.choice(outcomes(draft))]
        if chance.random() < 0.1:
            own = [line(records.forgotten(draft), late=True), *(own if chance.random() < 0.5 else [])]
        if chance.random() < 0.2:
            own.append(chance.choice(own))
        if chance.random() < 0.1:
            own.append(records.intent(asked(number, "another", price=5.0)))
        own = [disguised(chance, each) for each in own]
        if chance.random() < 0.3:
            chance.shuffle(own)
        at = chance.randrange(len(lines) + 1)
        lines[at:at] = own
    if chance.random() < 0.3:
        chance.shuffle(lines)
    if chance.random() < 0.1:
        lines += lines
    return (b"\xef\xbb\xbf" if chance.random() < 0.1 else b"") + b"".join(lines)


def disguised(chance: random.Random, text: bytes) -> bytes:
    """The same record in another form, or something like it that is none."""
    if chance.random() < 0.6:
        return text
    fields = json.loads(text)
    ways = [
        json.dumps(fields).encode(),
        json.dumps(dict(reversed(fields.items())), separators=(",", ":")).encode(),
        b"\t \r" + text.strip() + b"\r",
        text.strip()[:-1] + b',"new":[1,{"x":null}]}',
        text.strip()[:-1] + b',"kind":"note"}',
        text.replace(b'"v":1', b'"v":2').strip(),
        text.replace(b'"v":1', b'"v":1.0').strip(),
        text.replace(b'"kind":"', b'"kind":"x').strip(),
        text.strip()[: chance.randrange(len(text))],
        text.strip() + text.strip(),
        text.replace(b"T", b" ", 1).strip(),
        text.replace(b"Z", b"+02:00", 1).strip(),
        text.replace(b":", b"\xff", 3).strip(),
        text.replace(b"e", b"\0").strip(),
        re.sub(b'("%b":)(?=[0-9])' % chance.choice((b"price", b"bytes", b"seed", b"row")), rb"\g<1>0", text).strip(),
        text.replace(b'"n":1', b'"n":"1"').replace(b'"seed":', b'"seed":-').strip(),
        text.replace(b'"price":', b'"price":-').strip(),
        text.replace(b'"id":"draft', b'"id":"DRAFT').strip(),
    ]
    return chance.choice(ways) + b"\n"


@pytest.mark.parametrize("seed", range(300))
def test_a_tally_is_the_sum_of_all_drafts_folded_one_by_one(tmp_path, seed):
    data = a_past(random.Random(seed))
    path = write(tmp_path / "h", data)
    expected = naive(data)
    found = history(path).tally()
    assert found.drafts == Counter(map(alike, expected.values()))
    left = {each.id for each in decoded(data.split(b"\n")) if each.kind == "forgotten"} - expected.keys()
    assert sorted(record.id for record in found.forgotten) == sorted(left)


def test_of_two_that_are_left_of_one_forgotten_draft_the_first_counts_as_it_does_elsewhere(tmp_path):
    first, second = (line(records.forgotten(asked(1, status="saved", price=price))) for price in (1.0, 2.0))
    ledger = history(write(tmp_path / "h", first, second))
    assert [record.fields["cost_usd"] for record in ledger.tally().forgotten] == [1.0]
    assert [record.fields["cost_usd"] for record in ledger.lost_and_forgotten()] == [1.0]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_what_this_program_writes_is_read_without_being_decoded(prompt):
    draft = asked(1, prompt, negative_prompt=prompt, batch=prompt, tags=(prompt, "x"), run="r", parent="p", row=3)
    inside = records.answered(draft, url=None, kept=prompt, revised_prompt=prompt, expires="2026-11-18T11:06:40Z")
    for text in (
        records.intent(draft),
        records.intent(asked(2)),
        line(inside),
        line(answer(draft)),
        line(saved(draft)),
        line(saved(draft), late=True),
    ):
        assert _OURS.fullmatch(text.decode().removesuffix("\n")), text


def test_what_is_written_while_it_is_counted_does_not_count_half(tmp_path):
    path = write(tmp_path / "h", *(story(asked(n)) for n in (1, 2)), story(asked(1)))
    ledger = history(path)
    before = ledger.tally().drafts
    with path.open("ab") as file:
        file.write(story(asked(3)) + records.intent(asked(4))[:-20])
    assert ledger.tally().drafts.total() == before.total() + 1 == 3


def test_an_empty_history_and_none_have_nothing_to_count(tmp_path):
    for path in (tmp_path / "none", write(tmp_path / "empty", b""), write(tmp_path / "blank", b"\n\n\t\r\n")):
        found = history(path, NOW).tally()
        assert (found.drafts.total(), found.forgotten) == (0, [])
