"""The ledger as a whole: finding, families, damage of every kind, many writers at once."""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.past import NOW, answer, asked, decoded, history, in_another_form, line, naive, saved, story, write
from support.pictures import png, with_text

from seedream_cli.errors import InputError
from seedream_cli.history import records
from seedream_cli.history.search import Filter
from seedream_cli.history.tally import alike

MUTATIONS = int(os.environ.get("HISTORY_MUTATIONS", "3000"))
"""How many random mutations are read; 100,000 take some minutes."""

WRITERS = int(os.environ.get("HISTORY_WRITERS", "16"))
RECORDS = int(os.environ.get("HISTORY_RECORDS", "100"))
"""Processes that write at once, and records of each; 64 and 500 take some minutes."""

WRITER = """
import sys, time
from pathlib import Path
from support.past import asked, history
from seedream_cli.history import records
me, count = int(sys.argv[2]), int(sys.argv[3])
ledger = history(Path(sys.argv[1]))
for number in range(count):
    draft = asked(me * 10000 + number + 10000, "x" * (number * 37 % 3000))
    match number % 4:
        case 0:
            ledger.intend([draft])
        case 1:
            ledger.record([records.rated(draft, number % 6)], late=True)
        case 2:
            ledger.record([records.tagged(draft, added=[f"tag{number}"])], late=True)
        case 3:
            ledger.intend([draft, asked(me * 10000 + number + 500010000)])
"""

FORGETTER = """
import sys
from pathlib import Path
from support.past import asked, history
ledger = history(Path(sys.argv[1]))
for number in range(1, 9):
    ledger.forget(list(ledger.by_ids([f"draft{number:07d}"]).values()))
"""


def ids(path) -> list[str]:
    return [draft.id for draft in history(path).newest_first()]


# Finding


def test_a_draft_is_found_by_id_by_a_beginning_by_place_and_by_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = tmp_path / "d" / "ä b\n.png"
    one, two = asked(1, id="abc111111111"), asked(2, id="abc222222222")
    ledger = history(write(tmp_path / "h", story(one, picture), story(two, "/elsewhere/x.png")))
    for reference in ("abc111111111", "abc1", "last~1", str(picture), "d/ä b\n.png", "./d/../d/ä b\n.png"):
        assert ledger.find(reference).id == one.id
    for reference in ("abc222222222", "last", "last~0", "/elsewhere/x.png", "abc22"):
        assert ledger.find(reference).id == two.id


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("abc3", "did you mean abc222222222?"),
        ("abc1111111111", "did you mean abc111111111?"),
        ("acb22", "did you mean abc222222222?"),
        ("lats", "did you mean last?"),
        *((none, "seedream history list") for none in ("", "ABC1", "zzz", "nothing.png", "/", "a" * 17)),
    ],
)
def test_what_names_no_draft_is_told_with_a_hint(tmp_path, reference, hint):
    path = write(tmp_path / "h", story(asked(1, id="abc111111111")), story(asked(2, id="abc222222222")))
    with pytest.raises(InputError, match="no draft") as caught:
        history(path).find(reference)
    assert caught.value.hint == hint


def test_how_far_back_the_history_goes_is_told(tmp_path):
    path = write(tmp_path / "h", story(asked(1)), story(asked(2)))
    with pytest.raises(InputError, match=r"no further back than last~1$"):
        history(path).find("last~2")


def test_a_beginning_of_several_ids_is_refused_and_they_are_named(tmp_path):
    path = write(
        tmp_path / "h", *(story(asked(n, id=f"abc{n}11111111")) for n in range(9)), story(asked(1, id="abc1111111"))
    )
    with pytest.raises(InputError, match=r"'abc' begins more than one id: abc") as caught:
        history(path).find("abc")
    assert re.search(r"give more of the id; .* seedream history show abc\d", caught.value.hint)
    assert history(path).find("abc1111111").id == "abc1111111", "the whole id of one, though another begins so"


def test_an_id_goes_before_a_file_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "h", story(asked(1, id="abc111111111"), tmp_path / "b"), story(asked(2, id="bbbbbbbbbb")))
    assert history(path).find("b").id == "bbbbbbbbbb"
    assert history(path).find("./b").id == "abc111111111"


def test_a_path_names_the_newest_draft_that_was_saved_there(tmp_path):
    ledger = history(
        write(tmp_path / "h", story(asked(1), "/p/x.png"), story(asked(2), "/p/x.png"), story(asked(3), "/q/x.png"))
    )
    assert ledger.find("/p/x.png").id == "draft0000002"


def test_a_name_that_is_no_text_names_its_draft(tmp_path):
    name = os.fsdecode(b"/p/\xff\xfe.png")
    assert history(write(tmp_path / "h", story(asked(1), name))).find(name).id == "draft0000001"


def test_many_are_found_each_once_in_the_order_in_which_they_are_named(tmp_path):
    drafts = [asked(1), asked(2, id="zebra0000002"), asked(3), asked(4)]
    path = write(tmp_path / "h", *map(story, drafts))
    named = [asked(3).id, "last~1", "/pictures/draft0000004.png", asked(1).id, asked(3).id, "zeb"]
    assert [draft.id for draft in history(path).find_all(named)] == [drafts[n].id for n in (2, 3, 0, 1)]
    assert history(path).find_all([]) == []
    for none in ("nobodysid00", "yak"):
        with pytest.raises(InputError, match=f"no draft '{none}' in the history"):
            history(path).find_all([asked(1).id, none, "last~9"])


@pytest.mark.parametrize("name", ["\ud800abc", "", "../draft0000001", "DRAFT0000001", "draft0000001\n"])
def test_what_a_picture_or_a_child_calls_a_draft_may_be_anything(tmp_path, name):
    child = asked(2, parent=name)
    ledger = history(write(tmp_path / "h", story(asked(1)), in_another_form(story(child))))
    path = tmp_path / "copy.png"
    path.write_bytes(with_text(png(8, 8), b"seedream", json.dumps({"v": 1, "id": name, "prompt": "a fox"}).encode()))
    with pytest.raises(InputError, match="no draft"):
        ledger.find(str(path))
    assert ledger.by_ids([name]) == {}
    assert [member.id for member in ledger.relatives(child)] == [child.id]


def test_drafts_of_one_prompt_are_found_whatever_is_in_it(tmp_path):
    prompt = 'a "fox"\n\u202e\\x 狐'
    path = write(tmp_path / "h", story(asked(1, prompt)), story(asked(2, prompt + " ")), story(asked(3, prompt)))
    assert [draft.id for draft in history(path).asking({prompt})] == ["draft0000003", "draft0000001"]


@pytest.mark.parametrize("prompt", ["a fox", "un \u00e9t\u00e9", "\u72d0", 'a "fox"\n\u202e\\x'])
def test_what_another_program_wrote_in_another_form_is_found_by_its_prompt_and_its_place(tmp_path, prompt):
    place = f"/pictures/{prompt[:5]}.png"
    path = write(tmp_path / "h", in_another_form(story(asked(1, prompt), place)), story(asked(2, "a hare")))
    for prompts in ({prompt}, {prompt, "a dog"}):
        assert [draft.id for draft in history(path).asking(prompts)] == ["draft0000001"]
    assert history(path).find(place).id == "draft0000001"


# Reading


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(["answer", "saved", "rating", "note", "failed"])), max_size=12
    )
)
def test_drafts_are_those_that_a_plain_reading_makes_whatever_the_order_of_what_came_of_them(tmp_path, events):
    made = [records.intent(asked(number)) for number in range(1, 6)]
    error = records.DraftError(500, "x", "y")
    for number, kind in events:
        draft = asked(number)
        entry = {
            "answer": answer(draft),
            "saved": saved(draft),
            "rating": records.rated(draft, number),
            "note": records.noted(draft, "n"),
            "failed": records.refused(draft, error, blocked=False),
        }[kind]
        made.append(line(entry, late=kind in {"rating", "note"}))
    path = write(tmp_path / "h", *made)
    assert list(history(path).newest_first()) == list(reversed(naive(path.read_bytes()).values()))


def test_lines_and_files_written_twice_make_no_second_draft_and_hide_no_outcome(tmp_path):
    lines = b"".join(story(asked(n)) for n in range(1, 40)).splitlines(keepends=True)
    whole = naive(b"".join(lines))
    chance = random.Random(1)
    doubled = [each for each in lines for _ in range(2)]
    strewn = [*lines, *chance.sample(lines, 60)]
    for made in (doubled, lines * 2, [*lines, *lines[:50]], strewn, [*lines, *lines[::3]]):
        path = write(tmp_path / "h", *made)
        found = list(history(path).newest_first())
        assert len(found) == len(whole)
        assert {draft.id: draft for draft in found} == whole
        searched = list(history(path).search(Filter(text="fox")))
        assert {draft.id: draft for draft in searched} == whole
        assert len(searched) == len(whole)


def test_a_family_is_all_that_descends_from_the_first_ancestor_the_oldest_first(tmp_path):
    family = [asked(1), asked(2, parent=asked(1).id), asked(3, parent=asked(1).id), asked(4, parent=asked(3).id)]
    path = write(tmp_path / "h", *map(story, family), story(asked(5)), story(asked(6, parent=asked(5).id)))
    for member in family:
        assert [draft.id for draft in history(path).relatives(member)] == [draft.id for draft in family]


def test_a_family_without_its_ancestor_holds_together(tmp_path):
    path = write(
        tmp_path / "h", *(story(asked(n, parent="gonegonegone")) for n in (1, 2)), story(asked(3, parent=asked(1).id))
    )
    assert [draft.id for draft in history(path).relatives(asked(3, parent=asked(1).id))] == [
        f"draft000000{n}" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("length", [1, 2, 3, 50])
def test_a_circle_of_parents_ends(tmp_path, length):
    circle = [asked(n, parent=asked(n % length + 1).id) for n in range(1, length + 1)]
    path = write(tmp_path / "h", *map(story, circle))
    assert len(history(path).relatives(circle[0])) == length


def test_a_family_of_thousands_is_found(tmp_path):
    chain = [asked(n, parent=asked(n - 1).id if n > 1 else None) for n in range(1, 5001)]
    path = write(tmp_path / "h", *map(story, chain))
    assert len(history(path).relatives(chain[2500])) == 5000


# Damage

GOOD = [story(asked(n, f"a good fox {n}")) for n in range(1, 9)]
DAMAGE = {
    "torn": records.intent(asked(99))[:100],
    "NULs": b"\0" * 5000,
    "BOM": b"\xef\xbb\xbf",
    "bad UTF-8": b'{"v":1,"id":"draft0000099","kind":"intent","prompt":"\xff\xfe"}',
    "10 MB": b"x" * 10_000_000,
    "10 MB of a record": records.intent(asked(99))[:-3] + b" " * 10_000_000,
    "blank": b"\n\n \t \r\n",
    "unknown kind": b'{"v":1,"id":"draft0000001","kind":"hologram","at":"2026-01-01T00:00:00Z"}',
    "version 2": b'{"v":2,"id":"draft0000001","kind":"forgotten","what":[1,2]}',
    "wrong types": b'{"v":1,"id":"draft0000001","kind":"rating","at":"2026-01-01T00:00:00Z","rating":"many"}',
    "nested": b"[" * 200_000,
    "number": b'{"v":1,"id":"draft0000001","kind":"rating","at":"2026-01-01T00:00:00Z","rating":1%s}' % (b"0" * 4000),
    "an id twice": b'{"v":1,"id":"draft0000001","kind":"note","at":"2026-01-01T00:00:00Z","id":"draft0000002"}',
    "UTF-16": records.intent(asked(99)).decode().encode("utf-16"),
    "HTML": b"<!doctype html>",
    "records on one line": records.intent(asked(98)).strip() + records.intent(asked(97)).strip(),
    "CR alone": records.intent(asked(98)).strip() + b"\r" + records.intent(asked(97)).strip(),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_every_good_record_is_shown_whatever_stands_beside_it_and_nothing_is_rewritten(tmp_path, damage, place):
    parts = [*GOOD]
    junk = DAMAGE[damage]
    parts.insert({"first": 0, "middle": 4, "last": 8}[place], junk if place == "last" else junk + b"\n")
    path = write(tmp_path / "h", *parts)
    os.utime(path, (1, 1))
    before = path.read_bytes()
    good = [asked(n).id for n in range(8, 0, -1)]
    assert ids(path) == good
    assert all(draft.status == "saved" for draft in history(path).newest_first())
    assert [draft.id for draft in history(path).search(Filter(text="GOOD"))] == good
    assert history(path).find("last").id == asked(8).id
    assert history(path).find(asked(3).id[:12]).id == asked(3).id
    assert len(history(path).asking({"a good fox 3"})) == 1
    list(history(path).damaged_lines())
    list(history(path).lost_and_forgotten())
    history(path).relatives(asked(1))
    assert path.read_bytes() == before
    assert path.stat().st_mtime == 1
    history(path).record([records.rated(asked(1), 4)], late=True)
    assert path.read_bytes() == before + b"\n" * (not before.endswith(b"\n")) + line(
        records.rated(asked(1), 4), late=True
    )
    assert history(path).find(asked(1).id).rating == 4


def test_carriage_returns_and_a_mark_at_the_beginning_change_nothing(tmp_path):
    path = write(tmp_path / "h", b"\xef\xbb\xbf", b"".join(GOOD).replace(b"\n", b"\r\n"))
    assert len(ids(path)) == 8
    assert list(history(path).damaged_lines()) == []


def mutated(chance: random.Random, data: bytes) -> bytes:
    """The same history after an accident."""
    at, length = chance.randrange(len(data)), chance.choice([1, 1, 2, 10, 300])
    lines = data.splitlines(keepends=True)
    match chance.randrange(9):
        case 0:
            return data[:at] + bytes(chance.randrange(256) for _ in range(length)) + data[at + length :]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return (
                data[:at]
                + chance.choice([b"\0", b"\n", b"\xff", b"\r", b"\t", b'"', b"{", b"\xef\xbb\xbf"]) * length
                + data[at:]
            )
        case 3:
            return data[:at]
        case 4:
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
        case 5:
            del lines[chance.randrange(len(lines))]
        case 6:
            one = chance.randrange(len(lines))
            lines[one] = lines[one].replace(
                chance.choice([b'"v":1', b'"id"', b"draft", b":", b"1"]),
                chance.choice([b'"v":2', b"null", b"[]", b"-1e999", b""]),
                1,
            )
        case 7:
            return data[:at] + data[chance.randrange(len(data)) :]
        case 8:
            chance.shuffle(lines)
    return b"".join(lines)


@pytest.mark.parametrize("part", range(10))
def test_after_any_accident_what_is_still_a_record_is_shown(tmp_path, part):
    chance = random.Random(part)
    path = tmp_path / "h"
    for _ in range(MUTATIONS // 10):
        drafts = [asked(n, f"a fox {n}") for n in range(1, 5)]
        data = (
            b"".join(map(story, drafts))
            + line(records.rated(drafts[0], 5), late=True)
            + line(records.noted(drafts[1], "fox"), late=True)
        )
        for _ in range(chance.randrange(1, 4)):
            data = mutated(chance, data) or b"\n"
        write(path, data)
        expected = naive(data)
        ledger = history(path)
        found = {draft.id: draft for draft in ledger.newest_first()}
        assert found.keys() == expected.keys(), data
        assert sum(1 for _ in ledger.newest_first()) == len(found)
        searched = {draft.id for draft in ledger.search(Filter(text="fox"))}
        assert searched <= found.keys()
        assert ledger.tally().drafts == Counter(map(alike, expected.values())), data
        for draft_id, draft in found.items():
            json.dumps(draft.public())
            assert {record.kind for record in decoded(data.split(b"\n")) if record.id == draft_id} >= {"intent"}
        assert list(ledger.damaged_lines()) == [n for n, each in enumerate(data.split(b"\n"), 1) if damaged(each)]
        assert path.read_bytes() == data


def damaged(text: bytes) -> bool:
    try:
        records.decode(text)
    except records.DamagedLineError:
        return True
    return False


# Many at once


def worker(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": "tests"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


@pytest.mark.timeout(1800)
def test_of_many_writers_at_once_nothing_is_lost_torn_or_doubled_while_one_forgets_and_others_list(tmp_path):
    path = tmp_path / "h"
    write(path, *(story(asked(n)) for n in range(1, 10)))
    forgetting = worker(FORGETTER, path)
    writers = [worker(WRITER, path, me, RECORDS) for me in range(WRITERS)]
    seen = 0
    while any(each.poll() is None for each in writers):
        drafts = list(history(path).newest_first())
        assert len({draft.id for draft in drafts}) == len(drafts)
        seen += 1
    for each in [forgetting, *writers]:
        _, talk = each.communicate(timeout=1000)
        assert each.returncode == 0, talk.decode()
    lines = path.read_bytes().splitlines()
    assert len(set(lines)) == len(lines)
    assert list(history(path).damaged_lines()) == []
    found = {}
    for record in decoded(lines):
        found.setdefault(record.kind, set()).add(record.id)
    numbers = {
        kind: [n for n in range(RECORDS) if n % 4 == rest]
        for rest, kind in enumerate(("alone", "rating", "tags", "pair"))
    }

    def of(kind: str, more: int = 10000) -> set[str]:
        return {asked(me * 10000 + n + more).id for me in range(WRITERS) for n in numbers[kind]}

    assert found["rating"] == of("rating")
    assert found["tags"] == of("tags")
    assert found["intent"] == of("alone") | of("pair") | of("pair", 500010000) | {asked(9).id}
    assert found["forgotten"] == {asked(n).id for n in range(1, 9)}
    assert seen > 0


def test_two_histories_at_one_path_see_what_the_other_writes(tmp_path):
    one, other = history(tmp_path / "h"), history(tmp_path / "h")
    (draft,) = one.intend([asked(1)])
    assert draft.status == "unknown"
    other.record([answer(draft)])
    assert one.find("last").status == "pending"
    (done,) = one.record([saved(replace(draft, status="pending"))])
    assert done.status == other.find("last").status == "saved"
    assert [each.status for each in history(tmp_path / "h", NOW + 1e9).newest_first()] == ["saved"]
