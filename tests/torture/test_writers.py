"""Many processes write to one history at once: every record is there, whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from support import past
from support.torture import figures
from support.torture.house import ROOT, TESTS

WRITERS, RECORDS = figures.sized(8, 64), figures.sized(25, 500)
WRITING = """
import sys
from pathlib import Path
from support import past
path, writer, records = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
sys.stdin.read()
for number in range(records):
    past.history(path).intend([past.asked(number, id=f"w{writer:04d}n{number:07d}")])
"""


@pytest.mark.timeout(2000)
def test_records_of_many_writers_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    env = {"PYTHONPATH": f"{ROOT}:{TESTS}"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITING, str(path), str(writer), str(RECORDS)], env=env, stdin=subprocess.PIPE
        )
        for writer in range(WRITERS)
    ]
    for writer in writers:  # all are there before the first begins
        assert writer.stdin
        writer.stdin.close()
    assert [writer.wait(1000) for writer in writers] == [0] * WRITERS
    history = past.history(path)
    ids = {draft.id for draft in history.newest_first()}
    assert len(ids) == WRITERS * RECORDS
    assert history.damaged == 0
    figures.tell("writers", writers=WRITERS, records=WRITERS * RECORDS, lost=0)
