"""What seed checks found is kept by service and model, and what is damaged counts as nothing."""

import stat
from pathlib import Path

import pytest

from seedream_cli.errors import LocalFileError
from seedream_cli.seed_check.answers import Answer, keep, without_seeds

NO = Answer("unrelated", 0.1, "2026-11-22T10:00:00Z")
YES = Answer("similar", 0.9, "2026-11-22T10:00:00Z")
HERE, THERE = "https://a.example/v1", "https://b.example/v1"


def test_an_answer_holds_for_its_service_and_model_until_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "history.jsonl.d"
    assert without_seeds(folder, HERE, ["m", "n"]) == []
    keep(folder, HERE, "m", NO)
    keep(folder, HERE, "n", YES)
    assert without_seeds(folder, HERE, ["m", "n", "o"]) == ["m"]
    assert without_seeds(folder, THERE, ["m"]) == []
    keep(folder, HERE, "m", YES)
    assert without_seeds(folder, HERE, ["m"]) == []
    assert stat.S_IMODE((folder / "seed-checks.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"checks": 1}', b'{"checks": {"https://a.example/v1 m": 1}}'])
def test_a_damaged_file_says_nothing_and_is_written_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "seed-checks.json").write_bytes(damage)
    assert without_seeds(tmp_path, HERE, ["m"]) == []
    keep(tmp_path, HERE, "m", NO)
    assert without_seeds(tmp_path, HERE, ["m"]) == ["m"]


def test_an_answer_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LocalFileError, match="cannot be written"):
        keep(tmp_path / "file", HERE, "m", NO)
