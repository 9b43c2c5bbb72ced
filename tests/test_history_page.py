"""`docs/history.md` says only what is true: its commands run, its table of records is that of the program."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.past import answer, asked, line, saved
from support.program import Home

from seedream_cli.drafts import DraftError
from seedream_cli.history import records

PAGE = (Path(__file__).parents[1] / "docs" / "history.md").read_text("utf-8")
ERROR = DraftError(503, "overloaded", "the service failed")


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, marker
    return found[1]


def shell(home: Home, script: str) -> str:
    """Run commands in the user's shell, in the sandbox, and return what they wrote to stdout."""
    tools = home.work / "bin"
    tools.mkdir(exist_ok=True)
    program = tools / "seedream"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home.work,
        env={**home.environment(), "SEEDREAM_SANDBOX": "1", "PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_its_commands_run_one_after_another(offline_home: Home) -> None:
    told = shell(offline_home, block("journey"))
    assert "[-dawn-]{+dusk+}" in told
    drafts = offline_home.drafts()
    assert [draft["model"] for draft in drafts].count("seedream-v4.5") == 1
    assert len(drafts) == 10
    assert (offline_home.work / "drafts.csv").read_text().count("\n") >= 11
    shell(offline_home, block("look"))
    listed = shell(offline_home, block("jq")).splitlines()
    assert listed.count("An ink-wash mountain at dawn, soft mist") == 4
    assert sum(each.endswith(".png") for each in listed) == 10
    assert drafts[0]["id"] in listed


def test_its_table_of_records_is_complete() -> None:
    draft = asked(1)
    written = [
        records.intent(draft),
        line(answer(draft)),
        line(saved(draft)),
        *map(
            line,
            (
                records.unsaved(draft, ERROR),
                records.unknown(draft, ERROR, None),
                records.refused(draft, ERROR, blocked=False),
                records.refused(draft, ERROR, blocked=True),
                records.rated(draft, 1),
                records.noted(draft, "x"),
                records.tagged(draft),
                records.joined(draft, "b", 1),
                records.forgotten(draft),
            ),
        ),
    ]
    found = {each["kind"]: set(each) - {"v", "id", "kind", "at"} for each in map(json.loads, written)}
    rows = re.findall(r"^\| `([a-z]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert {kind: set(re.findall(r"`(\w+)`", fields)) for kind, fields in rows} == found
    assert set(found) == set(records._KINDS)
