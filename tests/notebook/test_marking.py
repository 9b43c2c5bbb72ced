"""Marks on record: what no mark is; what marks do to a draft is shown by the commands that make them."""

from pathlib import Path

import pytest
from support import past

from seedream_cli.errors import InputError
from seedream_cli.notebook import marking


@pytest.mark.parametrize("rating", [-1, 6, 10**9])
def test_what_is_no_rating_is_not_recorded(tmp_path: Path, rating: int) -> None:
    draft = past.asked()
    path = past.write(tmp_path / "history.jsonl", past.story(draft))
    before = path.read_bytes()
    with pytest.raises(InputError, match="not a rating"):
        marking.rate(past.history(path), draft, rating)
    assert path.read_bytes() == before


def test_tags_come_and_go_in_one_record(tmp_path: Path) -> None:
    draft = past.asked(tags=("rejected", "poster"))
    path = past.write(tmp_path / "history.jsonl", past.story(draft))
    marked = marking.tag(past.history(path), draft, added=["picked"], removed=["rejected"])
    assert marked.tags == ("poster", "picked")
    assert past.history(path).find(draft.id).tags == marked.tags
    assert path.read_bytes().count(b"\n") == 4
