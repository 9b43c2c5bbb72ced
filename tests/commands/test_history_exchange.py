"""`history export` and `import`."""

import csv
import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from support.batches import rewrite_history
from support.past import NOW, NOWHERE, answer, asked, line, story, write
from support.pictures import HTML, png, with_text
from support.program import Home, Launch
from support.replies import hold, ok
from support.service import Service

from seedream_cli.drafts import timestamp
from seedream_cli.history import records
from seedream_cli.safetext import UNSAFE

HOSTILE = 'esc \x1b[2J bidi \u202e \ud800 line\nbreak\r tab\t "quoted", 狐'
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1", '=HYPERLINK("x")']


def told(home: Home, *files: object) -> str:
    return home.run("history", "import", *map(str, files)).expect(0).talk.rstrip("\n").rpartition(": ")[2]


def table(home: Home) -> list[dict[str, str]]:
    text = home.run("history", "export", "--csv").expect(0).stdout.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


# Export


def test_an_export_is_what_list_says_and_holds_no_url(offline_home: Home) -> None:
    draft = asked(2, tags=("a", "b"))
    write(offline_home.history_path, story(asked(1)), records.intent(draft), line(answer(draft, left=1e9)))
    done = offline_home.run("history", "export").expect(0)
    assert done.stdout == offline_home.run("history", "export", "--json").expect(0).stdout
    assert done.objects[::-1] == offline_home.drafts()
    for output in (done.stdout, offline_home.run("history", "export", "--csv").expect(0).stdout):
        assert b"https://images" not in output
        assert b"Signature" not in output
    offline_home.run("history", "export", "--json", "--csv").expect(2)


def test_a_table_has_a_header_and_every_value_comes_back(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1, 'a "fox", x\ny\r\nz 狐', tags=("a", "b"), seed=4294967295)))
    (row,) = table(offline_home)
    assert list(row) == list(offline_home.drafts()[0])
    assert (row["prompt"], row["tags"], row["seed"], row["rating"]) == (
        'a "fox", x\ny\r\nz 狐',
        "a, b",
        "4294967295",
        "",
    )


@pytest.mark.parametrize("formula", FORMULAS)
def test_cells_that_a_spreadsheet_would_run_are_defused(offline_home: Home, formula: str) -> None:
    draft = asked(1, formula, negative_prompt=formula, tags=(formula, "x"), batch=formula, model=formula)
    error = records.unsaved(draft, records.DraftError(None, formula, formula))
    lines = story(draft, revised=formula), line(error), line(records.noted(draft, formula), late=True)
    write(offline_home.history_path, *lines)
    (row,) = table(offline_home)
    for name in ("prompt", "negative_prompt", "revised_prompt", "batch", "model", "note"):
        assert row[name] == f"'{formula}"
    assert row["tags"] == f"'{formula}, x"
    assert not any(re.match(r"\s*[=+\-@\uff1d]", value) for value in row.values())


def test_a_table_holds_text_of_any_kind_and_nothing_raw_reaches_a_terminal(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1, HOSTILE)))
    assert table(offline_home)[0]["prompt"] == HOSTILE.replace("\ud800", "\ufffd")
    for form in ("--csv", "--json"):
        screen = offline_home.in_terminal("history", "export", form).text
        assert not UNSAFE.search(screen.replace("\r\n", ""))


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_what_nobody_reads_any_more_is_not_read_from_the_disk_either(offline_home: Home, form: str) -> None:
    write(offline_home.history_path)
    with offline_home.history_path.open("r+b") as file:
        file.seek(1 << 40)  # a hole that takes minutes to be read
        file.write(b"\n" + story(asked(1)) + story(asked(2)))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        offline_home.run("history", "export", form, stdout=writer).expect(141)
    finally:
        os.close(writer)


def test_no_cell_of_a_table_is_written_as_only_python_would(offline_home: Home) -> None:
    drawn = asked(1, tags=("a", "b"), batch="p.txt", row=1)
    error = records.DraftError(400, "invalid_param", "no such size")
    write(
        offline_home.history_path,
        story(drawn, revised="a red fox"),
        line(records.joined(drawn, "q.txt", 2), late=True),
        line(records.rated(drawn, 4), late=True),
        records.intent(asked(2)) + line(records.refused(asked(2), error, blocked=False)),
        story(asked(3, origin="sandbox")),
    )
    rows = table(offline_home)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell in {"True", "False", "None"} or cell.startswith(("[", "{"))]
    assert [row["batches"] for row in rows] == ["", "", "p.txt, q.txt"]
    assert [row["sandbox"] for row in rows] == ["true", "false", "false"]


def test_an_empty_history_is_an_empty_export(offline_home: Home) -> None:
    for form in ("--csv", "--json"):
        assert offline_home.run("history", "export", form).expect(0).output == b""


# Other histories


def test_another_history_is_taken_in_once_however_often_it_is_imported(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1)))
    other = write(
        offline_home.work / "other.jsonl", story(asked(1)), story(asked(2)), line(records.rated(asked(2), 4), late=True)
    )
    assert told(offline_home, other) == "1 new, 1 known already, 0 lines not read"
    first = offline_home.history_path.read_bytes()
    assert told(offline_home, other) == "0 new, 2 known already, 0 lines not read"
    assert told(offline_home, other, other).endswith("0 lines not read")
    assert offline_home.history_path.read_bytes() == first
    assert [(draft["id"], draft["rating"]) for draft in offline_home.drafts()] == [
        (asked(1).id, None),
        (asked(2).id, 4),
    ]


def test_what_was_noted_elsewhere_is_merged_and_the_newer_word_counts(offline_home: Home) -> None:
    draft = asked(1, tags=("a",))

    def marks(rating: int, note: str, tag: str, at: float) -> bytes:
        entries = records.rated(draft, rating), records.noted(draft, note), records.tagged(draft, added=[tag])
        return b"".join(line(entry, late=True, at=at) for entry in entries)

    here, there = marks(3, "here", "h", NOW), marks(5, "there", "t", NOW + 60)
    other = offline_home.work / "other.jsonl"
    for mine, theirs in ((here, there), (there, here)):
        write(offline_home.history_path, story(draft), mine)
        write(other, story(draft), theirs)
        for _ in range(2):
            told(offline_home, other)
            (found,) = offline_home.drafts()
            assert (found["rating"], found["note"], set(found["tags"])) == (5, "there", {"a", "h", "t"})
    assert len(offline_home.history()) == 3 + 3 + 1


def test_a_picture_that_lies_here_is_not_looked_for_where_it_lay_on_another_machine(offline_home: Home) -> None:
    made = offline_home.gen("a fox", "--sandbox", "--json").expect(0).objects[0]
    here = Path(made["path"])
    there = offline_home.work / "laptop.png"
    shutil.copy(here, there)
    laptop = {"SEEDREAM_HISTORY": str(offline_home.root / "laptop.jsonl")}
    rewrite_history(offline_home, saved={"at": "2020-01-01T00:00:00Z"})
    offline_home.run("history", "import", offline_home.history_path, there, env=laptop).expect(0)
    elsewhere = there.rename(offline_home.root / "gone.png")
    told(offline_home, laptop["SEEDREAM_HISTORY"])
    offline_home.run("history", "verify").expect(0)
    assert offline_home.drafts()[0]["path"] == str(here)
    elsewhere.rename(there)
    here.unlink()
    told(offline_home, laptop["SEEDREAM_HISTORY"])
    assert offline_home.drafts()[0]["path"] == str(there)


def test_a_history_imported_into_itself_changes_nothing(offline_home: Home) -> None:
    kept = records.answered(asked(2), url=None, kept="/somewhere/kept", revised_prompt=None, expires=timestamp(NOW))
    lines = story(asked(1)), records.intent(asked(2)), line(kept), line(records.noted(asked(1), "n"), late=True)
    for before in (b"", b"\xef\xbb\xbf"):
        whole = before + b"".join(lines).replace(b"\n", b"\r\n" if before else b"\n")
        write(offline_home.history_path, whole)
        assert told(offline_home, offline_home.history_path) == "0 new, 2 known already, 0 lines not read"
        assert offline_home.history_path.read_bytes() == whole


def test_what_is_damaged_or_of_a_later_version_is_counted_and_the_rest_taken(offline_home: Home) -> None:
    lines = b'torn{\n\n{"v":2,"id":"draft0000009","kind":"intent"}\n\0\0\n', b"\xef\xbb\xbf" + story(asked(1)), b"torn"
    other = write(offline_home.work / "other.jsonl", *lines)
    assert told(offline_home, other) == "1 new, 0 known already, 4 lines not read"
    assert offline_home.run("history", "verify").status in {0, 10}
    assert len(offline_home.history()) == 3


def test_a_broken_end_of_the_history_does_not_swallow_what_is_taken_in(offline_home: Home) -> None:
    write(offline_home.history_path, b"torn")
    taken = story(asked(1, target=NOWHERE))
    told(offline_home, write(offline_home.work / "other.jsonl", taken[:-1]))
    assert offline_home.history_path.read_bytes() == b"torn\n" + taken


def test_records_without_their_draft_do_not_keep_it_out(offline_home: Home) -> None:
    write(offline_home.history_path, line(records.rated(asked(1), 5), late=True))
    told(offline_home, write(offline_home.work / "other.jsonl", story(asked(1))))
    assert offline_home.drafts()[0]["status"] == "saved"


def test_last_is_what_was_drawn_last_whatever_was_taken_in_since(offline_home: Home) -> None:
    offline_home.gen("a fox", "--sandbox").expect(0)
    old = [asked(number, "old", created=f"202{number}-01-01T00:00:00Z") for number in range(3)]
    told(offline_home, write(offline_home.work / "other.jsonl", *map(story, reversed(old))))
    told(offline_home, write(offline_home.work / "more.jsonl", story(asked(7, created="2021-06-01T00:00:00Z"))))
    created = [draft["created"] for draft in offline_home.drafts()]
    assert created == sorted(created)
    assert len(created) == 5
    assert offline_home.run("history", "show", "last", "--json").expect(0).objects[0]["sandbox"]


def test_a_batch_goes_on_in_the_file_in_which_an_import_put_older_drafts_in_order(home: Home, service: Service) -> None:
    rows = home.work / "rows.txt"
    rows.write_text("a fox\na cat\na hen\n")
    service.always(hold(ok()))
    with home.start("batch", rows, "-j", "2") as drawing:
        service.wait_for_posts(2)
        told(home, write(home.work / "other.jsonl", story(asked(1, created="2020-01-01T00:00:00Z"))))
        service.release()
        drawing.wait().expect(0)
    assert [draft["status"] for draft in home.drafts()] == ["saved"] * 4
    assert home.drafts()[0]["id"] == asked(1).id
    assert len(home.history()) == 4 * 3
    home.run("batch", rows).expect(0)
    assert service.billed == 3


def test_a_history_from_elsewhere_points_at_no_file_of_this_machine(offline_home: Home) -> None:
    draft = asked(1)
    kept = records.answered(draft, url=None, kept="/etc/passwd", revised_prompt=None, expires=timestamp(NOW))
    told(offline_home, write(offline_home.work / "other.jsonl", records.intent(draft), line(kept)))
    assert b"/etc/passwd" not in offline_home.history_path.read_bytes()


def garbage(home: Home) -> dict[str, bytes]:
    export = json.dumps({"id": "x", "prompt": "y"}).encode() + b"\n"
    return {
        "text": b"hello\nworld\n",
        "binary": bytes(range(256)) * 100,
        "HTML": HTML,
        "no export": export,
        "JSON": b"[1,2,3]",
        "a cut picture": png(64, 64)[:100],
        "a picture that says nothing": png(64, 64),
        "one line of 10 MB": b"x" * 10_000_000,
        "only a later version": b'{"v":2,"id":"draft0000009","kind":"intent"}\n',
    }


def test_what_is_neither_history_nor_picture_is_refused_and_nothing_is_written(offline_home: Home) -> None:
    write(offline_home.history_path, story(asked(1)))
    before = offline_home.history_path.read_bytes()
    for name, data in garbage(offline_home).items():
        file = offline_home.work / f"{name}.bin"
        file.write_bytes(data)
        done = offline_home.run("history", "import", file).expect(2)
        assert done.talk.startswith("seedream: error: "), name
        assert offline_home.history_path.read_bytes() == before
    offline_home.run("history", "import", offline_home.work / "absent").expect(10)
    offline_home.run("history", "import", offline_home.work).expect(10)


def test_one_bad_file_does_not_keep_the_others_out(offline_home: Home) -> None:
    bad = write(offline_home.work / "bad", b"garbage\n")
    good = write(offline_home.work / "good.jsonl", story(asked(1)))
    offline_home.run("history", "import", bad, good).expect(2)
    assert len(offline_home.drafts()) == 1


# Exports


def exported(home: Home, *lines: bytes) -> tuple[Path, list[dict[str, object]]]:
    """What a history of these lines exports, the newest first, and a history that is empty again."""
    write(home.history_path, *lines)
    done = home.run("history", "export").expect(0)
    home.history_path.unlink()
    file = home.work / "export.jsonl"
    file.write_bytes(done.stdout)
    return file, done.objects


def test_what_was_exported_comes_back_with_its_marks(offline_home: Home) -> None:
    error = records.DraftError(400, "invalid_param", "no such size")
    first = asked(1, HOSTILE, tags=("a", "b"), batch="night", row=3, negative_prompt="fog")
    marks = records.rated(first, 4), records.noted(first, "the best"), records.joined(first, "day", 1)
    file, drafts = exported(
        offline_home,
        story(first, revised="a red fox"),
        b"".join(line(mark, late=True) for mark in marks),
        records.intent(asked(2)) + line(records.refused(asked(2), error, blocked=False)),
        records.intent(asked(3)) + line(records.refused(asked(3), error, blocked=True)),
        records.intent(asked(4)),
        records.intent(asked(5)) + line(answer(asked(5), left=1e9)),
        records.intent(asked(6)) + line(answer(asked(6), left=-1e8)),
        story(asked(7, origin="sandbox")),
    )
    assert told(offline_home, file) == "7 new, 0 known already, 0 lines not read"
    before = offline_home.history_path.read_bytes()
    assert offline_home.drafts() == drafts[::-1]
    assert told(offline_home, file) == "0 new, 7 known already, 0 lines not read"
    assert offline_home.history_path.read_bytes() == before
    (found,) = offline_home.run("history", "list", "--grep", "the best", "--batch", "day", "--json").expect(0).objects
    assert found["id"] == first.id


@pytest.mark.parametrize("source", ["-", "/dev/stdin"])
def test_what_another_machine_exports_is_taken_in_through_a_pipe(offline_home: Home, source: str) -> None:
    file, drafts = exported(offline_home, story(asked(1)), story(asked(2)))
    result = offline_home.run("history", "import", source, stdin=file.read_bytes()).expect(0)
    assert result.talk.endswith(": 2 new, 0 known already, 0 lines not read\n")
    assert ("stdin: " in result.talk, "-: " in result.talk) == (True, False)
    assert offline_home.drafts() == drafts[::-1]


def test_a_picture_has_no_place_in_a_pipe_and_what_is_nothing_is_said_to_be_nothing(offline_home: Home) -> None:
    write(offline_home.history_path)
    picture = offline_home.run("history", "import", "-", stdin=png(64, 64)).expect(2)
    assert "taken in where it lies, and stdin is no place" in picture.talk
    assert "stdin is neither a history" in offline_home.run("history", "import", "-", stdin=b"x\n").expect(2).talk
    closed = offline_home.run("history", "import", "-", launch=Launch(close=(0,))).expect(2)
    assert "stdin is closed" in closed.talk
    assert offline_home.history_path.read_bytes() == b""


def test_an_export_changes_nothing_about_drafts_that_are_known(offline_home: Home) -> None:
    pending = records.intent(asked(1)) + line(answer(asked(1), left=1e9))
    file, _ = exported(offline_home, pending)
    write(offline_home.history_path, pending, line(records.rated(asked(1), 5), late=True))
    before = offline_home.history_path.read_bytes()
    assert told(offline_home, file) == "0 new, 1 known already, 0 lines not read"
    assert offline_home.history_path.read_bytes() == before


def test_an_export_that_was_taken_in_by_half_is_finished_by_taking_it_again(offline_home: Home) -> None:
    file, drafts = exported(offline_home, story(asked(1)), line(records.rated(asked(1), 4), late=True))
    told(offline_home, file)
    write(offline_home.history_path, offline_home.history_path.read_bytes().split(b"\n")[0] + b"\n")
    told(offline_home, file)
    assert offline_home.drafts() == drafts


def test_what_pictures_guessed_is_known_once_their_export_is_taken_in(home: Home, service: Service) -> None:
    rows = home.work / "rows.txt"
    rows.write_text("a fox\na cat\n")
    home.run("batch", rows, "-n", "2", "--one-request", "--tag", "night").expect(0)
    home.run("history", "rerun", "last", "--seed", "9").expect(0)
    home.run("history", "rate", "last", "4").expect(0)
    home.run("history", "note", "last~1", "the best").expect(0)
    drawn = home.drafts()
    export = home.work / "export.jsonl"
    export.write_bytes(home.run("history", "export").expect(0).stdout)
    home.history_path.unlink()
    told(home, *(draft["path"] for draft in drawn))
    assert {draft["cost_usd"] for draft in home.drafts()} == {0}
    for _ in range(2):
        assert told(home, export) == f"0 new, {len(drawn)} known already, 0 lines not read"
        assert home.drafts() == drawn


def test_a_second_export_with_other_marks_says_that_they_are_left_out(offline_home: Home) -> None:
    drafts = asked(1), asked(2), asked(3)
    stories = b"".join(map(story, drafts))
    newer, _ = exported(
        offline_home,
        stories,
        line(records.rated(drafts[0], 5), late=True),
        line(records.tagged(drafts[1], added=["good"]), late=True),
    )
    write(offline_home.history_path, stories)
    result = offline_home.run("history", "import", newer).expect(0)
    assert "2 drafts rated, tagged or noted otherwise there: left as here" in result.talk
    assert [draft["rating"] for draft in offline_home.drafts()] == [None] * 3
    write(offline_home.history_path, stories, line(records.rated(drafts[2], 1), late=True))
    older, _ = exported(offline_home, stories)
    write(offline_home.history_path, stories, line(records.rated(drafts[2], 1), late=True))
    assert "otherwise" not in offline_home.run("history", "import", older).expect(0).talk


def test_a_history_counts_before_its_export_whatever_comes_first(offline_home: Home) -> None:
    history = write(offline_home.work / "other.jsonl", story(asked(1)))
    file, _ = exported(offline_home, story(asked(1)))
    offline_home.run("history", "import", file, history).expect(0)
    assert b'"origin":"https://' in offline_home.history_path.read_bytes()
    assert b'"origin":"imported"' not in offline_home.history_path.read_bytes()


# Pictures


def test_a_picture_of_ours_brings_back_what_made_it(offline_home: Home) -> None:
    made = offline_home.gen("a fox", "--seed", "7", "--negative", "text", "--sandbox", "--json").expect(0).objects[0]
    offline_home.history_path.unlink()
    assert told(offline_home, made["path"]) == "1 new, 0 known already, 0 lines not read"
    (found,) = offline_home.drafts()
    for name in (
        "id",
        "created",
        "prompt",
        "negative_prompt",
        "model",
        "size",
        "seed",
        "path",
        "sha256",
        "bytes",
        "format",
        "sandbox",
    ):
        assert found[name] == made[name], name
    assert (found["status"], found["cost_usd"]) == ("saved", 0)
    assert told(offline_home, made["path"]) == "0 new, 1 known already, 0 lines not read"
    assert len(offline_home.drafts()) == 1
    offline_home.run("history", "verify").expect(0)


def test_what_pictures_guessed_is_known_once_their_history_is_taken_in_and_nothing_is_paid_for_twice(
    home: Home, service: Service
) -> None:
    rows = home.work / "rows.txt"
    rows.write_text("a fox\na cat\n")
    pictures = home.run("batch", rows).expect(0).paths
    drawn = home.drafts()
    laptop = home.history_path.rename(home.root / "laptop.jsonl")
    assert told(home, *pictures[:1]) == "1 new, 0 known already, 0 lines not read"
    assert told(home, *pictures[1:]) == "1 new, 0 known already, 0 lines not read"
    assert told(home, laptop) == "0 new, 2 known already, 0 lines not read"
    assert home.drafts() == drawn
    home.run("batch", rows).expect(0)
    assert service.billed == 2


def test_a_picture_that_the_sandbox_painted_is_never_taken_for_the_models(offline_home: Home, tmp_path: Path) -> None:
    made = offline_home.gen("a fox", "--sandbox", "--no-embed", "--json").expect(0).objects[0]
    settings = b"a fox\nSteps: 20, Sampler: Euler a, Seed: 42, Size: 1024x1024, Model: seedream-v5lite"
    stand_in = tmp_path / "theirs.png"
    stand_in.write_bytes(with_text(Path(made["path"]).read_bytes(), b"parameters", settings))
    offline_home.history_path.unlink()
    told(offline_home, stand_in)
    (found,) = offline_home.drafts()
    assert found["sandbox"]
    assert "sandbox" in offline_home.run("history", "list").expect(0).stdout.decode()


def test_a_picture_of_another_program_brings_what_it_says(offline_home: Home) -> None:
    settings = b"Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 64x64, Model: dreams"
    parameters = b"a castle, (fog:1.2)\nNegative prompt: blurry\n" + settings
    picture = offline_home.work / "theirs.png"
    picture.write_bytes(with_text(png(64, 64), b"parameters", parameters))
    for expected in ("1 new, 0 known already, 0 lines not read", "0 new, 1 known already, 0 lines not read"):
        assert told(offline_home, picture) == expected
    (found,) = offline_home.drafts()
    assert (found["prompt"], found["negative_prompt"]) == ("a castle, (fog:1.2)", "blurry")
    assert (found["seed"], found["size"], found["model"]) == (42, "64x64", "dreams")
    assert found["path"] == str(picture)


def test_a_copy_of_a_known_picture_is_no_second_draft(offline_home: Home) -> None:
    made = offline_home.gen("a fox", "--seed", "7", "--sandbox", "--json").expect(0).objects[0]
    copy = offline_home.work / "copy.png"
    copy.write_bytes((offline_home.work / made["path"]).read_bytes())
    assert told(offline_home, copy) == "0 new, 1 known already, 0 lines not read"
    (found,) = offline_home.drafts()
    assert found["path"] == str(copy)


def test_a_picture_of_a_forgotten_draft_can_be_taken_in_and_sums_stay_true(offline_home: Home) -> None:
    made = offline_home.gen("a fox", "--seed", "7", "--sandbox", "--json").expect(0).objects[0]
    lines = offline_home.history_path.read_bytes().replace(b'"origin":"sandbox"', b'"origin":"https://a.example/v1"')
    write(offline_home.history_path, lines)
    before = offline_home.run("history", "stats", "--json").expect(0).objects[0]["usd"]
    offline_home.run("history", "forget", "last").expect(0)
    told(offline_home, made["path"])
    after = offline_home.run("history", "stats", "--json").expect(0).objects[0]
    assert (after["usd"], after["drafts"], after["sandbox_drafts"]) == (before, 1, 1)


def test_a_file_that_is_named_like_stdin_is_read_by_its_path(offline_home: Home) -> None:
    offline_home.gen("a fox", "--sandbox").expect(0)
    offline_home.history_path.rename(offline_home.work / "-")
    assert "1 new" in offline_home.run("history", "import", "./-", stdin=b"").expect(0).talk


def test_what_comes_through_a_pipe_and_cannot_be_kept_is_not_told_as_unreadable(offline_home: Home) -> None:
    full = Launch(limits={"RLIMIT_FSIZE": 1000})
    result = offline_home.run("history", "import", "-", stdin=b"x" * 5000, launch=full).expect(10)
    assert "what comes from stdin cannot be kept in " in result.talk
