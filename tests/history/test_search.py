"""Searching for text: any script, any case, any place in the file, and the same answer as a plain reading of it all."""

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.past import NOW, answer, asked, history, in_another_form, line, naive, saved, story, write

from seedream_cli.drafts import timestamp
from seedream_cli.history import records
from seedream_cli.history.search import Filter


def grep(path, text, **filters) -> list[str]:
    return [draft.id for draft in history(path).search(Filter(text=text, **filters))]


def expected(data: bytes, text: str) -> list[str]:
    """The same by reading all, the newest first."""
    wanted = text.casefold()

    def has(texts: Iterable[str | None]) -> bool:
        return any(each is not None and wanted in each.casefold() for each in texts)

    drafts = reversed(naive(data).values())
    return [d.id for d in drafts if has((d.key.prompt, d.key.negative_prompt, d.revised_prompt, d.note))]


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("A Red FOX", "red fox"),
        ("水墨山水 晨雾", "山水"),
        ("ÉCOLE de Paris", "école"),
        ("école", "ÉCOLE"),
        ("Straße im Regen", "STRASSE"),
        ("STRASSE", "straße"),
        ("Зимний лес", "ЗИМНИЙ"),
        ("ΟΔΟΣ ΤΗΣ ΑΘΗΝΑΣ", "οδος"),
        ("οδός", "ΟΔΌΣ"),
        ("a 🦊 and a 👩‍🚀", "🦊"),
        ("a 👩‍🚀", "👩‍🚀"),
        ('say "hello" to\\from', '"HELLO" to\\'),
        ("one\ntwo\r\nthree\tfour", "ONE\nTwo\r\nthree\tf"),
        ("bell \x07 escape \x1b[31m del \x7f", "\x1b[31M DEL \x7f"),
        ("turn \u202e and mark \ufeff", "\u202e AND"),
        ("İstanbul", "i̇stanbul"),
        ("ﬁsh and chips", "FISH"),
        ("a b", " "),
        ("x" * 70_000 + "needle" + "y" * 600_000, "NEEDLE"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_text_is_found_without_regard_to_case_in_any_script(tmp_path, prompt, wanted):
    path = write(tmp_path / "h", story(asked(1, "other")), story(asked(2, prompt)), story(asked(3, "another")))
    found = grep(path, wanted)
    assert "draft0000002" in found
    assert found == expected(path.read_bytes(), wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        *(Filter(text=text) for text in ("café", "山水", "🦊", "É", "CAFÉ DE")),
        Filter(tags=frozenset({"café"})),
        Filter(batch="café.txt"),
    ],
    ids=lambda wanted: ascii(wanted.mark),
)
def test_text_that_another_program_wrote_as_escapes_is_found_too(tmp_path, wanted):
    drafts = [
        asked(1, "Le CAFÉ de Paris"),
        asked(2, tags=("café",)),
        asked(3, batch="café.txt"),
        asked(4, "水墨山水 🦊"),
        asked(5, "none of it"),
        asked(6),
    ]
    lines = b"".join(map(story, drafts)) + line(records.noted(drafts[5], "zum Café"), late=True)
    found = [draft.id for draft in history(write(tmp_path / "h", lines)).search(wanted)]
    again = [draft.id for draft in history(write(tmp_path / "h", in_another_form(lines))).search(wanted)]
    assert again == found
    assert found


@pytest.mark.parametrize("wanted", ["needle", "NEEDLE", "Näedle", "针"])
@pytest.mark.parametrize("border", [64 * 1024, 192 * 1024, 448 * 1024, 960 * 1024, 1472 * 1024])
def test_text_that_lies_across_the_border_of_two_blocks_is_found(tmp_path, border, wanted):
    hit = story(asked(2, f"the {wanted.swapcase()} in hay"))
    at = hit.find(wanted.swapcase().encode())
    for shift in range(0, len(wanted.encode()) + 1, 2):
        behind = b""
        number = 10
        while len(behind) + len(hit) - at < border - 900:
            behind += story(asked(number, "hay"))
            number += 1
        filler = border - len(behind) - (len(hit) - at) - shift
        behind += records.encode("note", "draft0000010", "2026-01-01T00:00:00Z", note="x")[:-3]
        behind += b"z" * max(0, filler - 80) + b'"}\n'
        path = write(tmp_path / "h", story(asked(1, "hay")), hit, behind)
        assert grep(path, wanted) == ["draft0000002"]


def test_text_is_found_in_the_four_fields_that_are_text_and_in_no_other(tmp_path):
    draft = asked(5, "plain", batch="needle", tags=("needle",), model="needle", parent="needleneedle")
    path = write(
        tmp_path / "h",
        story(draft, path="/needle/needle.png"),
        line(records.unsaved(draft, records.DraftError(500, "needle", "needle"))),
        story(asked(1, "a needle")),
        story(asked(2, negative_prompt="no needle")),
        story(asked(3), revised="a revised needle"),
        story(asked(4)),
        line(records.noted(asked(4), "a needle noted"), late=True),
    )
    assert grep(path, "needle") == [f"draft000000{n}" for n in (4, 3, 2, 1)]


def test_a_note_that_was_replaced_is_found_no_more(tmp_path):
    notes = (line(records.noted(asked(1), text), late=True) for text in ("first needle", "second"))
    path = write(tmp_path / "h", story(asked(1)), *notes)
    assert grep(path, "needle") == []
    assert grep(path, "second") == ["draft0000001"]


def test_a_late_note_is_found_on_a_draft_far_away(tmp_path):
    many = b"".join(story(asked(n)) for n in range(100, 3000))
    late = b"".join(line(records.noted(asked(n), "the needle"), late=True) for n in (1, 100, *range(150, 170), 2999))
    path = write(tmp_path / "h", story(asked(1)), many, late)
    assert grep(path, "needle") == expected(path.read_bytes(), "needle")
    assert len(grep(path, "NEEDLE")) == 23


def test_what_became_of_a_draft_is_known_however_far_behind_it_stands(tmp_path):
    slow = asked(1, "the needle", created="2026-11-18T00:00:00Z")
    between = b"".join(story(asked(n, "hay", created="2026-11-18T00:01:00Z")) for n in range(100, 4000))
    path = write(tmp_path / "h", records.intent(slow), between, line(answer(slow)), between, line(saved(slow)), between)
    assert path.stat().st_size > 4_000_000
    (found,) = history(path).search(Filter(text="needle"))
    assert found == naive(path.read_bytes())["draft0000001"]


def test_an_intent_of_another_form_than_ours_is_found_by_its_note(tmp_path):
    import json

    foreign = json.dumps(dict(reversed(json.loads(records.intent(asked(1))).items())), indent=None).encode() + b"\n"
    path = write(tmp_path / "h", foreign, line(records.noted(asked(1), "a needle"), late=True))
    assert grep(path, "needle") == ["draft0000001"]


@pytest.mark.parametrize("made", [b"\t" * 3_000_000, b"needle " * 500_000, b'"id":"draft0000001" ' * 200_000])
def test_no_single_line_makes_a_search_crawl(tmp_path, made):
    note = line(records.noted(asked(1), "needle"), late=True)
    path = write(tmp_path / "h", story(asked(1)), made, b"\n", note)
    assert grep(path, "needle") == ["draft0000001"]


def bytes_read() -> int:
    """How many bytes this process has asked the system to read."""
    try:
        return int(Path("/proc/self/io").read_text().split()[1])
    except OSError:
        pytest.skip("needs Linux, which counts the bytes that are read")


@pytest.mark.parametrize("text", ["fox", None])
def test_however_many_are_not_settled_each_part_of_the_file_is_read_a_few_times(tmp_path, text):
    drafts = [asked(number) for number in range(3000)]
    path = write(tmp_path / "h", *(records.intent(draft) + line(answer(draft)) for draft in drafts))
    size, before = path.stat().st_size, bytes_read()
    assert len(grep(path, text)) == 3000
    assert bytes_read() - before < 8 * size


def test_what_became_of_a_draft_is_not_looked_for_days_behind_it(tmp_path):
    first, later = asked(1), NOW + 3 * 86400
    times = {NOW: range(2, 3000), later: range(3000, 6000)}  # a part of the file is read anyway
    others = [asked(each, "a hare", created=timestamp(at)) for at, numbers in times.items() for each in numbers]
    lines = [records.intent(first), line(answer(first)), *map(records.intent, others)]
    path = write(tmp_path / "h", *lines, line(saved(first), at=later))
    assert [draft.status for draft in history(path).search(Filter(text="fox"))] == ["pending"]


def test_what_stands_before_its_intent_is_found_of_every_draft_of_many(tmp_path):
    drafts = [asked(number) for number in range(2000)]
    lines = [line(answer(draft)) + records.intent(draft) for draft in drafts]
    path = write(tmp_path / "h", *lines)
    assert {draft.status for draft in history(path).search(Filter(text="fox"))} == {"pending"}
    assert {draft.status for draft in history(path).newest_first()} == {"pending"}


def test_filters_are_combined_with_text(tmp_path):
    path = write(
        tmp_path / "h", *(story(asked(n, f"a fox {n % 2}", size="64x64" if n % 3 else "1x1")) for n in range(12))
    )
    assert grep(path, "FOX 1", size="64x64", since=NOW - 86400 + 5) == ["draft0000011", "draft0000007", "draft0000005"]
    assert grep(path, "fox 0", seed=4) == ["draft0000004"]
    assert grep(path, "fox 1", seed=4) == []


def test_a_shape_is_looked_for_among_sizes_and_what_is_no_size_has_none(tmp_path):
    sizes = ("8x8", "8x9", "9x8", "large", "", "8x", "8x9x8", "0x0", "99999x1")
    path = write(tmp_path / "h", *(story(asked(number, size=size)) for number, size in enumerate(sizes)))
    found = {shape: grep(path, None, shape=shape) for shape in ("square", "portrait", "landscape")}
    assert found == {"square": ["draft0000000"], "portrait": ["draft0000001"], "landscape": ["draft0000002"]}


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(batch="Märchen"),
        Filter(tags=frozenset({'a "b"\\'})),
        Filter(ratings=frozenset({4, 5})),
        Filter(ratings=frozenset({0})),
        Filter(seed=1_234_567),
        Filter(seed=7),
        Filter(batch="Märchen", tags=frozenset({'a "b"\\'}), ratings=frozenset(range(3, 6))),
        *(
            Filter(statuses=frozenset(statuses.split()))
            for statuses in ("failed", "blocked", "failed blocked", "saved")
        ),
        *(Filter(model=model) for model in ("seedream-v4", "seedream-v5lite", "modèle/1", "é")),
        Filter(model="seedream-v4", statuses=frozenset({"failed"})),
    ],
    ids=lambda wanted: ascii(wanted.mark),
)
def test_every_filter_finds_what_reading_everything_finds(tmp_path, wanted):
    chance = random.Random(7)
    stories, late = [], []
    for number in range(60):
        draft = asked(number, seed=chance.choice([7, 1_234_567, number]), batch=chance.choice(["Märchen", "x", None]))
        draft = replace(draft, tags=chance.choice([('a "b"\\',), ("else",), ()]))
        model = chance.choice(["seedream-v4", "seedream-v4.5", "seedream-v5lite", "modèle/1", "é"])
        draft = replace(draft, key=replace(draft.key, model=model))
        refused = (
            records.intent(draft) + line(records.refused(draft, records.DraftError(None, None, "x"), blocked=blocked))
            for blocked in (True, False)
        )
        of_another = story(draft) if draft.batch == "Märchen" else in_another_form(story(draft))
        stories.append(chance.choice([story(draft), of_another, records.intent(draft), *refused]))
        entries = (records.rated(draft, chance.randint(0, 5)), records.tagged(draft, added=['a "b"\\']))
        late += [line(entry, late=True) for entry in entries if chance.random() < 0.6]
    ledger = history(write(tmp_path / "h", *stories, *late))
    found = [draft.id for draft in ledger.search(wanted)]
    assert found == [draft.id for draft in ledger.newest_first() if wanted.matches(draft)]
    assert found


@pytest.mark.parametrize("form", [in_another_form, lambda data: data.replace(b"\t", b"")], ids=["spaced", "compact"])
@pytest.mark.parametrize(
    "wanted",
    [
        Filter(ratings=frozenset({5})),
        Filter(text="needle"),
        Filter(text="outdated"),
        Filter(tags=frozenset({"t"})),
        Filter(tags=frozenset({"gone"})),
        Filter(batch="b"),
        Filter(text="fox"),
    ],
    ids=lambda wanted: wanted.mark,
)
def test_marks_are_found_where_another_program_wrote_the_file_anew_and_ours_wrote_on(tmp_path, form, wanted):
    drafts = [asked(number) for number in range(1, 4)]
    marks = [
        records.noted(drafts[0], "outdated"),
        records.rated(drafts[0], 5),
        records.tagged(drafts[0], added=["t", "gone", "tags", "note"]),
        records.noted(drafts[0], "a needle"),
        records.tagged(drafts[0], removed=["gone"]),
        records.joined(drafts[1], "b", 2),
        records.rated(drafts[1], 5),
    ]
    anew = form(b"".join(map(story, drafts)) + b"".join(line(mark, late=True) for mark in marks))
    later = line(records.rated(drafts[1], 4), late=True) + line(records.tagged(drafts[2], added=["gone"]), late=True)
    ledger = history(write(tmp_path / "h", anew, later))
    assert list(ledger.search(wanted)) == [draft for draft in ledger.newest_first() if wanted.matches(draft)]


def test_a_mark_without_a_tab_at_the_end_of_a_large_file_says_to_look_for_others_in_all_of_it(tmp_path):
    first, last, between = asked(1), asked(2), story(asked(3, "a fox " * 1500))
    rated = [line(records.rated(draft, 5)) for draft in (first, last)]
    path = write(tmp_path / "h", story(first), rated[0], between * 1200, story(last), rated[1])
    assert path.stat().st_size > 10 * 2**20
    assert [draft.id for draft in history(path).search(Filter(ratings=frozenset({5})))] == [last.id, first.id]


@pytest.mark.parametrize(
    ("wanted", "mark"),
    [
        (Filter(statuses=frozenset({"failed"})), "failed"),
        (Filter(statuses=frozenset({"blocked"})), "blocked"),
        (Filter(statuses=frozenset({"blocked", "failed"})), None),
        *((Filter(statuses=frozenset({status})), None) for status in ("saved", "pending", "expired", "unknown")),
        (Filter(model="seedream-v4.5"), "seedream-v4.5"),
        (Filter(model="seedream-v5lite"), None),
        (Filter(model=""), None),
    ],
)
def test_what_stands_in_few_drafts_is_searched_for_and_what_need_not_stand_there_is_not(wanted, mark):
    assert wanted.mark == mark


ALPHABET = 'abEÉéßsS Σσς狐🦊Жж\\"\n\x1bkK'
WORD = st.text(ALPHABET, min_size=1, max_size=4)
TEXT = st.lists(WORD, max_size=4).map(" ".join)


@st.composite
def histories(draw) -> bytes:
    """Drafts whose records overtake one another, some late, some without an outcome, some lines broken."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    rest: list[tuple[bytes, list[bytes]]] = []
    for number in range(draw(st.integers(1, 6))):
        draft = asked(number, draw(TEXT), negative_prompt=draw(TEXT | st.none()))
        entries = [answer(draft, revised=draw(TEXT | st.none())), saved(draft)]
        entries = entries[: draw(st.integers(0, 2))] or [
            records.refused(draft, records.DraftError(None, None, "x"), blocked=False)
        ]
        own = [line(entry) for entry in entries[: draw(st.integers(0, 2))]]
        own += [line(records.noted(draft, draw(TEXT)), late=True) for _ in range(draw(st.integers(0, 2)))]
        rest.append((records.intent(draft), own))
    made = [intent for intent, _ in rest]
    for position, (intent, own) in enumerate(rest):
        least = made.index(intent) + 1
        for each in own:
            least = chance.randrange(least, len(made) + 1)
            made.insert(least, each)
            least += 1
        if position % 3 == 2:
            made.insert(
                chance.randrange(len(made) + 1), chance.choice([b"\n", b"torn{\n", b"\xff\xc3\n", intent[:50] + b"\n"])
            )
    return b"".join(made)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=histories(), text=WORD)
def test_a_search_finds_what_a_plain_reading_of_every_line_finds(tmp_path, data, text):
    path = write(tmp_path / "h", data)
    assert grep(path, text) == expected(data, text)
    found = {draft.id: draft for draft in history(path).search(Filter(text=text))}
    assert all(draft == naive(data)[draft_id] for draft_id, draft in found.items())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=histories(), text=WORD.filter(lambda word: not word.isascii()))
def test_a_search_finds_the_same_where_another_program_wrote_escapes(tmp_path, data, text):
    lines = data.splitlines(keepends=True)
    anew = b"".join(in_another_form(each) if records.readable(each) and each.strip() else each for each in lines)
    assert grep(write(tmp_path / "h", anew), text) == expected(data, text)


@pytest.mark.parametrize("junk", [b"\xff", b"\xc3", b"\xe4\xb8", b"\xf0\x9f\xa6", b"\xed\xa0\x80", b"\0" * 100])
def test_bytes_that_are_no_text_hide_nothing_near_them(tmp_path, junk):
    for prompt in ("needle", "école", "狐狸", "ΟΔΟΣ", "🦊"):
        path = write(tmp_path / "h", junk, b"\n", story(asked(1, prompt)), junk, b"\n", story(asked(2, prompt)), junk)
        assert grep(path, prompt.upper()) == ["draft0000002", "draft0000001"]
