"""`docs/batch.md` says only what is true: its recipes run with the real program."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.batches import pictures, write
from support.program import Home, Result
from support.service import Service

PAGE = (Path(__file__).parents[1] / "docs" / "batch.md").read_text()
ROWS = ("prompt,seed", "a fox,1", "a hare,2", "a bear,3", "an owl,4", "a wolf,5", "a lynx,6")


def block(marker: str, language: str = "sh") -> str:
    found = re.search(rf"<!-- {marker} -->\n```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found, marker
    return found[1]


@pytest.fixture
def home(home: Home) -> Home:
    """A home with a batch file, and `seedream` on its path."""
    write(home, *ROWS, name="prompts.csv")
    tool = home.root / "bin" / "seedream"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedream_cli "$@"\n')
    tool.chmod(0o755)
    home.env["PATH"] = f"{tool.parent}:{os.environ['PATH']}"
    return home


def needs(name: str, said: str) -> None:
    found = shutil.which(name)
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    if said not in told:
        pytest.skip(f"there is no {said} here")


def shell(home: Home, script: str, **env: str) -> Result:
    return home.run("-euo", "pipefail", "-c", script, program=["bash"], env=env, timeout=100).expect(0)


def test_the_cost_is_known_before_capped_during_and_summed_up_after(home: Home, service: Service) -> None:
    result = shell(home, block("cost"))
    assert "6 to draw, 0 there already: about $0.072 by the rate card" in result.lines[0]
    assert result.lines[-1] == "0.072"
    assert service.billed == 6


def test_rows_that_move_take_their_pictures_along(home: Home, service: Service) -> None:
    write(home, "a fox", "a hare", "an owl")
    shell(home, block("again"))
    assert service.billed == 3
    assert pictures(home) == ["out/1.png", "out/2.png", "out/3.png"]
    assert home.run("history", "show", "out/1.png", "--json").objects[0]["prompt"] == "an owl"


def test_gnu_parallel_draws_every_shard(home: Home, service: Service) -> None:
    needs("parallel", "GNU parallel")
    result = shell(home, block("parallel"))
    assert sorted(result.lines) == pictures(home)
    assert service.billed == 6
    assert len((home.work / "joblog.txt").read_text().splitlines()) == 4


def test_an_array_of_machines_draws_every_part_and_its_histories_are_joined(home: Home, service: Service) -> None:
    for task in ("1", "2", "3"):
        shell(home, block("slurm"), SLURM_ARRAY_TASK_ID=task)
    assert service.billed == 6
    (home.work / "parts").rename(home.work / "arrived")
    result = shell(home, block("join").replace("parts/", "arrived/"))
    assert service.billed == 6
    assert len(pictures(home, "pictures")) == 6
    assert "0.072" in result.stdout.decode()
    home.run("history", "verify").expect(0)


def test_make_draws_what_changed(home: Home, service: Service) -> None:
    needs("make", "GNU Make")
    (home.work / "Makefile").write_text(block("Makefile", "make"))
    prompts = home.work / "prompts"
    prompts.mkdir()
    for number, name in enumerate(["fox", "hare", "bear", "owl"]):
        (prompts / f"{name}.txt").write_text(f"a {name}\n")
        os.utime(prompts / f"{name}.txt", (number, number))
    first, second = block("make").splitlines()
    shell(home, first)
    assert pictures(home) == [f"prompts/{name}.png" for name in ("bear", "fox", "hare", "owl")]
    assert {(post.json["prompt"], post.seed) for post in service.ledger} == {
        (f"a {name}", 7) for name in ("bear", "fox", "hare", "owl")
    }
    before = {path: path.stat().st_mtime_ns for path in home.files("prompts") if path.suffix == ".png"}
    shell(home, first)
    assert service.posts == 4
    shell(home, second)
    assert [post.json["prompt"] for post in service.ledger[4:]] == ["a fox"]
    after = {path for path, moment in before.items() if path.stat().st_mtime_ns != moment}
    assert after == {prompts / "fox.png"}


def test_a_folder_under_make_keeps_to_the_days_cap(home: Home, service: Service) -> None:
    needs("make", "GNU Make")
    home.configure("daily_cap = 0.03\n")
    (home.work / "Makefile").write_text(block("Makefile", "make"))
    (home.work / "prompts").mkdir()
    for number in range(6):
        (home.work / "prompts" / f"{number}.txt").write_text(f"animal {number}")
    home.run("-k", "-j8", program=["make"], timeout=100).expect(2)
    assert service.billed == 2
    assert len(pictures(home)) == 2


def test_scripts_get_json_or_paths(home: Home, service: Service) -> None:
    result = shell(home, block("scripts"))
    assert len(pictures(home, "again")) == 6
    assert sum("again/" in line for line in result.lines) == 6
    assert service.billed == 6


def test_the_table_of_what_becomes_of_rows_names_every_option() -> None:
    assert set(re.findall(r"--retry-\w+", PAGE)) == {"--retry-unknown", "--retry-blocked", "--retry-missing"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^):]+)\)", PAGE))))
def test_every_link_leads_somewhere(path: str) -> None:
    assert (Path(__file__).parents[1] / "docs" / path).exists()
