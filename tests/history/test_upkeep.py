"""Damaged lines by number, repair that keeps a copy, forgetting that leaves nothing behind."""

import contextlib
import os
import resource
import stat
import subprocess
import sys
from dataclasses import replace

import pytest
from support.past import NOW, URL, answer, asked, history, line, saved, story, write

from seedream_cli.errors import LocalFileError
from seedream_cli.history import records
from seedream_cli.history.reading import LONGEST_LINE
from seedream_cli.history.search import Filter
from seedream_cli.history.upkeep import Oblivion

LATER = b'{"v":2,"id":"draft0000001","kind":"intent","prompt":"\\u0073ecret fox",  "at": 7}\r\n'


@contextlib.contextmanager
def no_more_descriptors():
    """Nothing can be opened meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def copies(path):
    return sorted((path.parent / f"{path.name}.d").glob("before-repair-*"))


def test_damaged_lines_are_told_by_their_numbers(tmp_path):
    good = records.intent(asked(1))
    lines = [good, b"\n", b"x\n", good, b"\0\0\n", LATER, good.replace(b"\n", b"\r\n"), b"\xff\n", good[:40]]
    path = write(tmp_path / "h", *lines)
    assert list(history(path).damaged_lines()) == [3, 5, 8, 9]


def test_the_lines_behind_one_beyond_all_measure_keep_their_numbers_and_it_is_taken_out(tmp_path):
    path = tmp_path / "h"
    with path.open("wb") as file:
        file.write(records.intent(asked(1)))
        file.write(b" " * (LONGEST_LINE + 10) + b"\n")
        file.write(b"x\n" + records.intent(asked(2)))
    assert list(history(path).damaged_lines()) == [2, 3]
    history(path).repair()
    assert path.read_bytes() == records.intent(asked(1)) + records.intent(asked(2))


def test_a_repair_takes_damaged_lines_out_and_nothing_else_and_keeps_the_file_as_it_was(tmp_path):
    before = b"\n".join(
        [story(asked(1)), b"x", LATER.strip(b"\n"), b"", b"\0" * 10 + records.intent(asked(2)) + b"torn"]
    )
    path = write(tmp_path / "h", before)
    copy = history(path).repair()
    assert copy.read_bytes() == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert path.read_bytes() == story(asked(1)) + b"\n" + LATER + b"\n" + records.intent(asked(2))
    assert list(history(path).damaged_lines()) == []


def test_nuls_around_a_record_do_not_damage_it_and_a_repair_takes_them_away(tmp_path):
    nuls = b"\0" * 5000
    rating = line(records.rated(asked(1), 5), late=True)
    spoilt = [
        nuls + records.intent(asked(1)),
        nuls + rating,
        b"x\n",
        nuls + b"\n",
        records.intent(asked(2)).rstrip() + nuls + b"\n",
    ]
    path = write(tmp_path / "h", *spoilt)
    assert list(history(path).damaged_lines()) == [3, 4]
    assert [(draft.id, draft.rating) for draft in history(path).newest_first()] == [
        (asked(2).id, None),
        (asked(1).id, 5),
    ]
    for wanted in (Filter(ratings=frozenset({5})), Filter(text="fox", ratings=frozenset({5}))):
        assert [draft.id for draft in history(path).search(wanted)] == [asked(1).id]
    history(path).repair()
    assert path.read_bytes() == records.intent(asked(1)) + rating + records.intent(asked(2))


def test_a_second_repair_in_the_same_second_keeps_a_copy_of_its_own(tmp_path):
    path = write(tmp_path / "h", b"first\n")
    history(path).repair()
    write(path, b"second\n")
    history(path).repair()
    assert [copy.read_bytes() for copy in copies(path)] == [b"second\n", b"first\n"]


def test_where_no_copy_can_be_kept_nothing_is_repaired(tmp_path):
    path = write(tmp_path / "h", b"damaged\n")
    (tmp_path / "h.d").write_bytes(b"")
    with pytest.raises(LocalFileError, match="no copy"):
        history(path).repair()
    assert path.read_bytes() == b"damaged\n"


# Forgetting

SECRET = asked(1, "a secret fox", negative_prompt="no secret cats", parent=None)


def everything_of(draft) -> bytes:
    return (
        story(draft, "/pictures/a-secret-fox.png", revised="a revised secret")
        + line(records.noted(draft, "an older secret note"), late=True)
        + line(records.noted(draft, "the secret note"), late=True)
        + line(records.tagged(draft, added=["secret"]), late=True)
        + line(records.unsaved(draft, records.DraftError(403, "x", "secret")))
    )


def test_a_forgotten_draft_leaves_nothing_in_the_history_but_what_it_cost(tmp_path):
    others = story(asked(2, "another")) + story(asked(3, "child", parent=SECRET.id))
    path = write(tmp_path / "h", everything_of(SECRET), others, records.intent(SECRET))
    ledger = history(path)
    ledger.forget([ledger.find(SECRET.id)])
    data = path.read_bytes()
    assert b"secret" not in data
    assert data.count(URL.encode()) == 2, "those of the others stay"
    assert data.startswith(others)
    left = data.removeprefix(others)
    assert left.count(b"\n") == 1
    (record,) = ledger.lost_and_forgotten()
    assert (record.id, record.fields["cost_usd"], record.fields["created"]) == (SECRET.id, 0.012, SECRET.created)
    assert {draft.id for draft in ledger.newest_first()} == {asked(2).id, asked(3).id}


def test_forgetting_reaches_damaged_lines_copies_answers_and_reports_and_leaves_the_others(tmp_path):
    other = story(asked(2, "another"))
    torn = records.intent(SECRET)[60:] + b'prompt":"a secret fox"\n' + line(answer(SECRET))[5:]
    unrelated = b"damaged otherwise\n"
    path = write(tmp_path / "h", everything_of(SECRET), torn, unrelated, other, records.intent(SECRET)[:45])
    history(path).repair()
    (copy,) = copies(path)
    write(path, copy.read_bytes())
    folder = copy.parent
    for name in (f"{SECRET.id}.answer", f"{SECRET.id}.picture", "draft0000002.answer"):
        write(folder / name, b"raw answer with a secret")
    write(folder / "crash-1.txt", b"seedream, a secret fox")
    write(folder / "crash-2.txt", b"nothing of it")
    write(folder / "before-repair-torn.jsonl.rewriting", everything_of(SECRET))
    ledger = history(path)
    ledger.forget([ledger.find(SECRET.id)])
    assert not [file for file in (path, copy, *folder.iterdir()) if b"a secret fox" in file.read_bytes()]
    assert not (folder / f"{SECRET.id}.picture").exists()
    assert not (folder / f"{SECRET.id}.answer").exists()
    assert (folder / "draft0000002.answer").exists()
    assert (folder / "crash-2.txt").exists()
    for file in (path, copy):
        assert file.read_bytes().startswith(unrelated + other)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("saved_too", [False, True])
def test_what_was_kept_of_a_request_goes_with_any_of_its_drafts(saved_too, tmp_path):
    of_one_request = [asked(n, "a secret", request=asked(1).id) for n in (1, 2)]
    saved = [line(answer(of_one_request[1]))] if saved_too else []
    path = write(tmp_path / "h", *map(records.intent, of_one_request), *saved)
    kept = write(tmp_path / "h.d" / f"{asked(1).id}.answer", b"a secret")
    history(path).forget([history(path).find(asked(2).id)])
    assert not kept.exists()


def test_a_picture_that_was_kept_stays_when_another_of_its_request_is_forgotten(tmp_path):
    of_one_request = [asked(n, "a secret", request=asked(1).id) for n in (1, 2)]
    path = write(
        tmp_path / "h", *map(records.intent, of_one_request), *(line(answer(draft)) for draft in of_one_request)
    )
    kept = write(tmp_path / "h.d" / f"{asked(1).id}.picture", b"a picture")
    history(path).forget([history(path).find(asked(2).id)])
    assert kept.exists()


def test_a_request_that_is_no_id_leads_to_no_file(tmp_path):
    draft = asked(1, request="../../precious")
    path = write(tmp_path / "a" / "h", records.intent(draft))
    precious = write(tmp_path / "precious.answer", b"")
    (tmp_path / "a" / "h.d").mkdir()
    history(path).forget([history(path).find("last")])
    assert precious.exists()


def test_lines_of_later_versions_stay_byte_for_byte(tmp_path):
    path = write(tmp_path / "h", LATER, everything_of(SECRET), b'{"v":1,"id":"draft0000001","kind":"new"}\n', LATER)
    history(path).forget([history(path).find(SECRET.id)])
    assert path.read_bytes().startswith(LATER + b'{"v":1,"id":"draft0000001","kind":"new"}\n' + LATER)


def test_a_draft_can_be_forgotten_again_after_it_was_taken_in_again(tmp_path):
    path = write(tmp_path / "h", everything_of(SECRET))
    ledger = history(path)
    for _ in range(2):
        ledger.forget([ledger.find(SECRET.id)])
        assert [record.id for record in ledger.lost_and_forgotten()] == [SECRET.id]
        ledger.adopt(everything_of(SECRET))
    assert len(list(ledger.newest_first())) == 1


def test_where_forgetting_is_cut_short_the_draft_is_still_known(tmp_path):
    path = write(tmp_path / "h", everything_of(SECRET))
    folder = tmp_path / "h.d"
    folder.mkdir()
    (folder / f"{SECRET.id}.answer").mkdir()
    with pytest.raises(LocalFileError, match="cannot be cleared"):
        history(path).forget([replace(SECRET, status="saved")])
    assert history(path).find(SECRET.id)


KILLED = """
import os, signal, sys
from pathlib import Path
from support.past import history
ledger, last, count = history(Path(sys.argv[1])), int(sys.argv[2]), 0
drafts = [ledger.find("draft0000001")]
def audit(event, _):
    global count
    if event.split(".")[0] in {"open", "os", "fcntl"}:
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(audit)
ledger.forget(drafts) if sys.argv[3] == "forget" else ledger.repair()
"""


@pytest.mark.parametrize("what", ["forget", "repair"])
def test_killed_at_any_step_the_history_is_whole_and_the_same_command_ends_it(tmp_path, what):
    path = tmp_path / "h"
    before = everything_of(SECRET) + story(asked(2)) + b"torn"
    for step in range(1, 80):
        write(path, before)
        command = [sys.executable, "-c", KILLED, path, str(step), what]
        environment = {**os.environ, "PYTHONPATH": "tests"}
        done = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60)
        data = path.read_bytes()
        assert data == before or data.startswith(story(asked(2)) if what == "forget" else everything_of(SECRET)), step
        assert history(path).find(asked(2).id).status == "saved"
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr.decode()
        if data == before and step % 3 == 0:
            ledger = history(path)
            ledger.forget([ledger.find(SECRET.id)]) if what == "forget" else ledger.repair()
            assert not list(tmp_path.glob("*.rewriting"))
    assert done.returncode == 0
    assert step > 8
    assert not list(tmp_path.glob("*.rewriting"))
    if what == "forget":
        assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"secret" in file.read_bytes()]


def test_the_time_of_a_copy_is_the_clocks(tmp_path):
    path = write(tmp_path / "h", b"x\n")
    assert history(path, NOW).repair().name == "before-repair-2026-11-18T110640Z.jsonl"


def test_where_copies_cannot_be_looked_for_nothing_is_said_to_be_forgotten(tmp_path):
    path = write(tmp_path / "h", story(asked(1, "secret fox")), b"garbage\n")
    ledger = history(path)
    ledger.repair()
    with no_more_descriptors(), pytest.raises(LocalFileError):
        Oblivion([asked(1)]).clear(ledger.folder)
    assert b"secret fox" in copies(path)[0].read_bytes()
    ledger.forget([asked(1, "secret fox")])
    assert b"secret fox" not in copies(path)[0].read_bytes()


def test_sums_of_what_is_forgotten_are_told_once_for_each(tmp_path):
    left = line(records.forgotten(replace(SECRET, status="saved")), late=True)
    path = write(tmp_path / "h", left, left, story(asked(2, 'says "forgotten"')), line(saved(asked(2))))
    assert len(list(history(path).lost_and_forgotten())) == 1
