"""The history held against the disk."""

import hashlib
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from support.past import NOW, asked
from support.pictures import png

from seedream_cli.notebook.verifying import file_hash, verify
from seedream_cli.saving import picture

DATA = png(8, 8)


def lying(path: Path | str, number: int = 1, data: bytes = DATA):
    """A draft whose picture is written down there."""
    digest = hashlib.sha256(data).hexdigest()
    return asked(number, status="saved", path=str(path), sha256=digest, bytes=len(data))


def ours(path: Path, draft_id: str) -> Path:
    """A picture that says that this draft made it."""
    source = path.with_name("source")
    source.write_bytes(DATA)
    with source.open("rb") as read, path.open("wb+") as written:
        facts = picture.PictureFacts("a fox", id=draft_id, seed=1)
        picture.embed(read, written, picture.inspect(read), facts)
    source.unlink()
    return path


def told(*drafts, **more) -> list[tuple[str, str | None]]:
    return [(finding.kind, finding.id) for finding in verify(drafts, now=NOW, **more)]


def test_what_lies_where_it_should_is_no_finding(tmp_path):
    (tmp_path / "a.png").write_bytes(DATA)
    assert told(lying(tmp_path / "a.png")) == []


def test_only_saved_drafts_have_pictures(tmp_path):
    assert told(asked(1, status="pending"), asked(2, status="saved", path=None)) == []


def test_a_picture_that_moved_is_found_by_its_bytes_and_by_no_others(tmp_path):
    (tmp_path / "elsewhere.png").write_bytes(DATA)
    (tmp_path / "other.png").write_bytes(png(9, 9))
    (finding,) = verify([lying(tmp_path / "a.png")], now=NOW)
    assert (finding.kind, finding.path, finding.found) == (
        "moved",
        str(tmp_path / "a.png"),
        str(tmp_path / "elsewhere.png"),
    )
    assert told(lying(tmp_path / "a.png", data=png(7, 7))) == [("missing", asked(1).id)]


def test_a_picture_of_ours_that_nobody_names_is_unknown_and_others_are_none_of_our_business(tmp_path):
    (tmp_path / "a.png").write_bytes(DATA)
    ours(tmp_path / "stray.png", "strayidstray")
    (tmp_path / "holiday.png").write_bytes(png(9, 9))
    (tmp_path / ".hidden.png").write_bytes(DATA)
    (tmp_path / "note.txt").write_bytes(DATA)
    (tmp_path / "link.png").symlink_to(tmp_path / "stray.png")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "fifo.png")
    assert told(lying(tmp_path / "a.png")) == [("unknown", None)]
    assert told(lying(tmp_path / "a.png"), forgotten={"strayidstray"}) == []


def test_a_copy_of_a_known_draft_is_no_stranger(tmp_path):
    (tmp_path / "a.png").write_bytes(DATA)
    ours(tmp_path / "copy.png", asked(1).id)
    assert told(lying(tmp_path / "a.png")) == []


def test_of_two_drafts_at_one_path_the_newest_owns_it(tmp_path):
    (tmp_path / "a.png").write_bytes(DATA)
    newest, older = lying(tmp_path / "a.png", 2), lying(tmp_path / "a.png", 1, png(9, 9))
    assert told(newest, older) == [("replaced", older.id)]
    (tmp_path / "a.png").unlink()
    assert told(newest, older) == [("replaced", older.id), ("missing", newest.id)]


def test_however_much_was_asked_for_little_of_it_is_kept_in_memory(tmp_path):
    drafts = (lying(tmp_path / f"{n}.png", n) for n in range(2000))
    wordy = (replace(draft, key=replace(draft.key, prompt="x" * 10_000 + draft.id)) for draft in drafts)
    tracemalloc.start()
    try:
        findings = list(verify(wordy, now=NOW))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert {finding.kind for finding in findings} == {"missing"}


def test_without_a_hash_nothing_is_proved(tmp_path):
    draft = asked(1, status="saved", path=str(tmp_path / "a.png"))
    assert told(draft) == [("missing", draft.id)]
    (tmp_path / "a.png").write_bytes(DATA)
    assert told(draft) == [("changed", draft.id)]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "a\0b", "\ud800/x", "x" * 5000, "", "/"])
def test_no_path_hangs_or_breaks_anything(path):
    assert file_hash(path) is None
    assert told(lying(path)) == [("missing", asked(1).id)]


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert told(lying(tmp_path / "a.png")) == [("missing", asked(1).id)]
