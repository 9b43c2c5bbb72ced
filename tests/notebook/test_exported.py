"""Lines of an export, read back."""

import contextlib
import json
from pathlib import Path

import pytest
from support.past import asked, history, write

from seedream_cli.errors import InputError
from seedream_cli.notebook.importing import Importer


@pytest.mark.parametrize("name", list(asked(1).public()))
@pytest.mark.parametrize("value", [None, -1, 1e308, "\x1b[2J\ud800", [["x"]], {"v": 1}, True], ids=str)
def test_an_export_may_hold_anything(tmp_path: Path, name: str, value: object) -> None:
    ledger = history(tmp_path / "h" / "history.jsonl")
    other = asked(1, status="saved", path="/pictures/x.png")
    file = write(tmp_path / "export", json.dumps({**other.public(), name: value}).encode() + b"\n")
    with contextlib.suppress(InputError):
        Importer(ledger).take(file)
    for draft in ledger.newest_first():
        json.dumps(draft.public())
        assert not draft.target.replace
        assert draft.cost_usd >= 0
    assert list(ledger.damaged_lines()) == []
