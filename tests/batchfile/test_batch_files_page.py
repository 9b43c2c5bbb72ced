"""`docs/batch-files.md` says only what is true: its files are read, its templates expanded, its commands run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import Home

from seedream_cli.batchfile.expand import expand_all
from seedream_cli.batchfile.read import Format, format_of, read_rows
from seedream_cli.batchfile.rows import Row
from seedream_cli.errors import InputError

PAGE = (Path(__file__).parents[2] / "docs" / "batch-files.md").read_text()
FILES = dict(re.findall(r"<!-- (prompts\.\w+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))


def table(heading: str) -> list[list[str]]:
    """Return the cells of the code in a section's table."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[code.replace(r"\|", "|") for code in re.findall(r"`([^`]*)`", line)] for line in lines]


def rows(name: str) -> list[Row]:
    given = "a1111" if name.endswith("a1111") else None
    return read_rows(FILES[name].encode(), format_of(name, given), name)


def wildcards(name: str) -> list[str]:
    if name != "time":
        raise InputError(name)
    return ["dawn", "dusk"]


def test_every_format_has_its_example() -> None:
    assert {*FILES, "prompts.tsv"} == {f"prompts.{format_}" for format_ in Format}


@pytest.mark.parametrize("name", FILES)
def test_the_examples_of_all_formats_ask_for_the_same(name: str) -> None:
    fox, hare = rows(name)
    assert (fox.prompt, hare.prompt) == ("a fox in the snow", 'a hare, "resting"')
    if name != "prompts.txt":
        assert (fox.seed, hare.seed) == (7, None)
        assert fox.size == ("1536x1024" if name == "prompts.a1111" else "landscape")
    if name not in {"prompts.txt", "prompts.a1111"}:
        assert (fox.tags, fox.columns["mood"]) == (("winter", "red"), "calm")


@pytest.mark.parametrize(("template", "means"), [(row[0], row[1:]) for row in table("Templates")])
def test_a_template_means_what_the_page_says(template: str, means: list[str]) -> None:
    asked = Row(1, 1, "p:1", template, columns={"mood": "calm"})
    assert [row.prompt for row in expand_all([asked], wildcards)] == means


@pytest.mark.parametrize(("name", "line", "message"), table("Errors"))
def test_an_error_reads_as_the_page_says(name: str, line: str, message: str) -> None:
    format_ = format_of(name, "a1111" if name.endswith("a1111") else None)
    with pytest.raises(InputError) as caught:
        expand_all(read_rows(line.encode(), format_, name), wildcards)
    assert caught.value.message == message


def test_every_command_runs_in_the_sandbox(offline_home: Home) -> None:
    for name, text in FILES.items():
        (offline_home.work / name).write_text(text)
    (offline_home.work / "templates.txt").write_text("a {red|blue} fox\n")
    program = offline_home.work / "seedream"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    program.chmod(0o755)
    script = re.search(r"<!-- commands -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert script
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script[1]],
        cwd=offline_home.work,
        env={
            **offline_home.environment(),
            "SEEDREAM_SANDBOX": "1",
            "PATH": f"{offline_home.work}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    # What the JSON file asks for is there by then: the CSV file asked for the same.
    assert done.stdout.count("planned") == 2 + 0 + 2 * 6
    assert len(list((offline_home.work / "drafts").iterdir())) == 4
