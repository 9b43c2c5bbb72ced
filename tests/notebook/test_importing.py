"""Taking in what was drawn elsewhere."""

import contextlib
import os
import sys
import threading
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from support.past import NOW, NOWHERE, answer, asked, history, in_another_form, line, naive, saved, story, write
from support.pictures import SPOILT, painted, png, with_text

from seedream_cli.drafts import IMPORTED, timestamp
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.history import records
from seedream_cli.history.search import Filter
from seedream_cli.notebook.importing import Importer, Taken
from seedream_cli.saving import picture


@pytest.fixture
def ledger(tmp_path):
    return history(tmp_path / "h" / "history.jsonl")


def embedded(path: Path, kind: str = "PNG", **facts: object) -> Path:
    """A picture with our own metadata."""
    source = path.with_name("source")
    source.write_bytes(painted(kind))
    with source.open("rb") as read, path.open("wb+") as written:
        told = picture.PictureFacts("a fox", **{"seed": 7, "id": "abcdefghij12"} | facts)  # type: ignore[arg-type]
        picture.embed(read, written, picture.inspect(read), told)
    return path


def test_lines_are_added_as_they_are(tmp_path, ledger):
    data = story(asked(1, target=NOWHERE)) + line(records.rated(asked(1), 3), late=True)
    assert Importer(ledger).take(write(tmp_path / "o", data)) == Taken(new=1)
    assert ledger.path.read_bytes() == data


def test_lines_in_another_form_are_added_in_ours_so_that_every_search_finds_them(tmp_path, ledger):
    data = story(asked(1, "un \u00e9t\u00e9", target=NOWHERE))
    elsewhere = in_another_form(data).replace(b'Z", "origin"', b'+00:00", "origin"')
    assert Importer(ledger).take(write(tmp_path / "o", elsewhere)) == Taken(new=1)
    assert ledger.path.read_bytes() == data
    assert Importer(ledger).take(write(tmp_path / "o", elsewhere)) == Taken(known=1)
    assert ledger.path.read_bytes() == data


def test_marks_of_a_history_that_another_program_wrote_anew_are_found_again(tmp_path, ledger):
    draft = asked(1, target=NOWHERE)
    entries = [records.rated(draft, 3), records.noted(draft, "n"), records.tagged(draft, added=["t"])]
    data = story(draft) + b"".join(line(entry, late=True) for entry in [*entries, records.joined(draft, "b", 1)])
    assert Importer(ledger).take(write(tmp_path / "o", in_another_form(data))) == Taken(new=1)
    assert ledger.path.read_bytes() == data


def test_what_can_only_just_be_read_and_is_nested_too_deeply_to_be_written_stops_nothing(tmp_path, ledger):
    note = line(records.noted(asked(1), "deep"))
    for depth in range(sys.getrecursionlimit(), 0, -1):
        deep = note.replace(b'"deep"', b"[" * depth + b"]" * depth)
        with contextlib.suppress(records.DamagedLineError):
            records.decode(deep)
            break
    assert Importer(ledger).take(write(tmp_path / "o", deep, story(asked(1)))).new == 1
    assert ledger.find("last").status == "saved"


def test_what_is_new_about_a_known_draft_is_marked_as_late(tmp_path, ledger):
    ledger.intend([asked(1)])
    assert Importer(ledger).take(write(tmp_path / "o", story(asked(1)))) == Taken(known=1)
    assert ledger.find("last").status == "saved"
    assert [each[:1] for each in ledger.path.read_bytes().splitlines()] == [b"{", b"\t", b"\t"]


def test_a_draft_answered_on_both_sides_keeps_what_was_kept_here(tmp_path, ledger):
    kept = records.answered(asked(1), url=None, kept="/here/kept", revised_prompt=None, expires=timestamp(NOW + 9))
    ledger.adopt(records.intent(asked(1)) + line(kept))
    for _ in range(2):
        Importer(ledger).take(ledger.path)
    assert ledger.find("last").kept == "/here/kept"


def test_a_file_as_large_as_one_likes_is_taken_in_parts(tmp_path, ledger):
    data = b"".join(story(asked(n, "x" * 3000, target=NOWHERE)) for n in range(300))
    assert Importer(ledger).take(write(tmp_path / "o", data)) == Taken(new=300)
    assert ledger.path.read_bytes() == data


def test_however_much_is_known_already_little_of_it_is_kept_in_memory(tmp_path, ledger):
    write(ledger.path, *(story(asked(n, "x" * 10_000)) for n in range(2000)))
    size = ledger.path.stat().st_size
    tracemalloc.start()
    try:
        assert Importer(ledger).take(ledger.path) == Taken(known=2000)
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()
    assert ledger.path.stat().st_size == size


def test_however_much_comes_through_a_pipe_little_of_it_is_kept_in_memory(tmp_path, ledger):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def fill() -> None:
        with pipe.open("wb") as end:
            for number in range(2000):
                end.write(story(asked(number, "x" * 10_000)))

    writing = threading.Thread(target=fill)
    writing.start()
    tracemalloc.start()
    try:
        assert Importer(ledger).take(pipe) == Taken(new=2000)
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()
        writing.join()


def test_a_half_taken_file_is_finished_by_taking_it_again(tmp_path, ledger):
    lines = story(asked(1)).splitlines(keepends=True)
    ledger.adopt(lines[0])
    Importer(ledger).take(write(tmp_path / "o", *lines))
    (draft,) = ledger.newest_first()
    assert (draft.status, draft.url) == ("saved", answer(asked(1)).fields["url"])


def test_what_was_forgotten_here_stays_out_line_by_line(tmp_path, ledger):
    ledger.adopt(story(asked(1)))
    ledger.forget([ledger.find("last")])
    before = ledger.path.read_bytes()
    other = write(tmp_path / "o", story(asked(1)), line(records.noted(asked(1), "secret"), late=True))
    assert Importer(ledger).take(other) == Taken(forgotten=1)
    Importer(ledger).take(write(tmp_path / "notes", line(records.noted(asked(1), "secret"), late=True)))
    assert ledger.path.read_bytes() == before


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_ours_in_any_format_is_a_draft_again(tmp_path, ledger, kind):
    path = embedded(
        tmp_path / "p", kind, negative_prompt="text", size="64x64", model="m", created="2026-11-22T10:00:00Z"
    )
    assert [Importer(ledger).take(path) for _ in range(2)] == [Taken(new=1), Taken(known=1)]
    (draft,) = ledger.newest_first()
    assert (draft.id, draft.key.prompt, draft.key.seed, draft.status) == ("abcdefghij12", "a fox", 7, "saved")
    assert (draft.key.origin, draft.cost_usd, draft.created) == (IMPORTED, 0, "2026-11-22T10:00:00Z")
    assert draft.path == str(path)


@pytest.mark.parametrize(
    "facts", [{"id": "../../etc"}, {"id": "x"}, {"created": "whenever"}, {"created": "9" * 400}, {"size": None}]
)
def test_metadata_that_cannot_be_ours_are_made_good(tmp_path, ledger, facts):
    path = embedded(tmp_path / "p", **facts)
    assert [Importer(ledger).take(path) for _ in range(2)] == [Taken(new=1), Taken(known=1)]
    (draft,) = ledger.newest_first()
    assert records.is_id(draft.id)
    assert list(ledger.damaged_lines()) == []
    assert draft.key.size == "64x64"


def test_a_picture_without_a_seed_is_refused(tmp_path, ledger):
    path = tmp_path / "p.png"
    path.write_bytes(with_text(png(8, 8), b"parameters", b"a fox\nSteps: 20, Sampler: x, Size: 8x8, Model: m"))
    with pytest.raises(InputError, match="does not say what made it"):
        Importer(ledger).take(path)


@pytest.mark.parametrize("name", [name for name, data in SPOILT.items() if data])
def test_what_is_neither_is_refused_and_nothing_is_written(tmp_path, ledger, name):
    path = tmp_path / "p"
    path.write_bytes(SPOILT[name])
    with pytest.raises(InputError):
        Importer(ledger).take(path)
    assert not ledger.path.exists()


def test_an_empty_file_holds_nothing(tmp_path, ledger):
    assert Importer(ledger).take(write(tmp_path / "o", b"")) == Taken()
    assert Importer(ledger).take(write(tmp_path / "o", b"\n \r\n")) == Taken()


def test_what_cannot_be_read_is_told(tmp_path, ledger):
    for path in (tmp_path, tmp_path / "absent", Path("/dev/null")):
        with pytest.raises(LocalFileError, match="cannot be read"):
            Importer(ledger).take(path)


def test_a_history_tells_what_a_picture_could_only_guess_and_what_lies_here_stays(tmp_path, ledger):
    drawn = asked(1, id="abcdefghij12", run="run000000001", batch="b", tags=("t",), parent="draft0000009")
    newer = asked(2, created="2026-11-22T10:00:00Z")
    path = embedded(tmp_path / "p", created=drawn.created)
    ledger.intend([newer])
    Importer(ledger).take(path)
    lines = line(answer(drawn)), line(saved(drawn, "/elsewhere/p.png"), at=NOW - 60)
    other = write(tmp_path / "o", records.intent(drawn), *lines, line(records.rated(drawn, 4), late=True))
    for _ in range(2):
        importer = Importer(ledger)
        assert importer.take(other) == Taken(known=1)
        importer.put_in_order()
        found = ledger.find(drawn.id)
        assert (found.key, found.price, found.batch, found.parent) == (drawn.key, 0.012, "b", "draft0000009")
        assert (found.tags, found.rating, found.status, found.path) == (("t",), 4, "saved", str(path))
    assert ledger.path.read_bytes().count(b'"intent"') == 2
    assert list(ledger.search(Filter(tags=frozenset({"t"})))) == [found]
    assert ledger.find("last").id == newer.id


def test_the_same_is_told_of_the_newest_draft_and_of_one_that_the_sandbox_painted(tmp_path, ledger):
    drawn = asked(1, origin="sandbox", run="run000000001", batch="b")
    ledger.adopt(story(replace(drawn, run=None, batch=None, price=0.0)))
    importer = Importer(ledger)
    importer.take(write(tmp_path / "o", story(drawn)))
    importer.put_in_order()
    assert [draft.batch for draft in ledger.newest_first()] == ["b"]


def told_by(ledger, *ids: str) -> None:
    """That newest-first readings and searches have drafts in this order, whole."""
    everything = list(ledger.newest_first())
    assert [draft.id for draft in everything] == list(ids)
    assert list(ledger.search(Filter(text="fox"))) == everything
    assert {draft.id: draft for draft in everything} == naive(ledger.path.read_bytes())


def test_older_drafts_come_before_those_that_are_there(tmp_path, ledger):
    here = [asked(number) for number in (2, 5, 7)]
    late = line(records.rated(here[0], 3), late=True)
    write(ledger.path, *map(story, here), line(records.noted(asked(1), "early"), late=True), b"torn{\n", late)
    # Their lines overtake one another, and one draft was drawn when the clock had gone back.
    order = [asked(number) for number in (1, 6, 3, 8)]
    intents = [records.intent(draft) for draft in order]
    rest = [line(answer(draft)) + line(saved(draft)) for draft in order]
    marks = [line(records.rated(draft, 4), late=True) for draft in order]
    other = write(tmp_path / "o", *intents, *rest, *marks, line(records.rated(here[2], 5), late=True))
    importer = Importer(ledger)
    importer.take(other)
    importer.put_in_order()
    told_by(ledger, *(asked(number).id for number in (8, 7, 6, 5, 3, 2, 1)))
    assert [draft.rating for draft in ledger.newest_first()] == [4, 5, 4, None, 4, 3, 4]
    assert ledger.find(asked(1).id).note == "early"
    assert len(list(ledger.damaged_lines())) == 1


def test_what_this_machine_drew_stays_in_its_order_whatever_its_clock_did(tmp_path, ledger):
    write(ledger.path, *(story(asked(number)) for number in (9, 2, 5)))
    importer = Importer(ledger)
    importer.take(write(tmp_path / "o", story(asked(4))))
    importer.put_in_order()
    told_by(ledger, *(asked(number).id for number in (5, 2, 9, 4)))


def test_newer_drafts_are_added_and_nothing_is_written_anew(tmp_path, ledger):
    write(ledger.path, story(asked(1)), b"torn")
    inode = ledger.path.stat().st_ino
    importer = Importer(ledger)
    importer.take(write(tmp_path / "o", story(asked(2)), story(asked(3))))
    importer.put_in_order()
    assert ledger.path.stat().st_ino == inode
    told_by(ledger, *(asked(number).id for number in (3, 2, 1)))


def test_pictures_come_in_the_order_of_their_times(tmp_path, ledger):
    importer = Importer(ledger)
    for number in (3, 1, 2):
        created = asked(number).created
        importer.take(embedded(tmp_path / f"{number}", id=f"abcdefghij0{number}", created=created))
    importer.put_in_order()
    told_by(ledger, "abcdefghij03", "abcdefghij02", "abcdefghij01")


def test_to_put_many_in_order_takes_little_memory(tmp_path, ledger):
    write(ledger.path, *(story(asked(2 * n, "x" * 10_000)) for n in range(1000)))
    other = write(tmp_path / "o", *(story(asked(2 * n + 1, "x" * 10_000)) for n in range(1000)))
    tracemalloc.start()
    try:
        importer = Importer(ledger)
        importer.take(other)
        importer.put_in_order()
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()
    assert [draft.id for draft in ledger.newest_first()] == [asked(n).id for n in range(1999, -1, -1)]
