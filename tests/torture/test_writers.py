"""Many processes write to one history at once: every record is there, whole."""

import os
from pathlib import Path

import pytest
from support import past
from support.torture import figures

WRITERS, RECORDS = figures.sized(8, 64), figures.sized(25, 500)


@pytest.mark.timeout(2000)
def test_records_of_many_writers_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    children = []
    for writer in range(WRITERS):
        if (pid := os.fork()) == 0:
            status = 1
            try:
                for number in range(RECORDS):
                    past.history(path).intend([past.asked(number, id=f"w{writer:04d}n{number:07d}")])
                status = 0
            finally:
                os._exit(status)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * WRITERS
    history = past.history(path)
    ids = {draft.id for draft in history.newest_first()}
    assert len(ids) == WRITERS * RECORDS
    assert history.damaged == 0
    figures.tell("writers", writers=WRITERS, records=WRITERS * RECORDS, lost=0)
