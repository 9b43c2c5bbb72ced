"""`docs/completions.md` says only what is true: what it tells to type makes the first TAB complete."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from support.shells import COMPLETIONS, TAB, Shell, needed

from generators.__main__ import ROOT

PAGE = (ROOT / "docs" / "completions.md").read_text("utf-8")
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
SHARED = {
    "share/bash-completion/completions/seedream": COMPLETIONS / "seedream.bash",
    "share/zsh/site-functions/_seedream": COMPLETIONS / "_seedream",
    "share/fish/vendor_completions.d/seedream.fish": COMPLETIONS / "seedream.fish",
    "share/seedream/seedream.ps1": COMPLETIONS / "seedream.ps1",
    "share/man/man1/seedream.1": ROOT / "man" / "seedream.1",
}


def script(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert found, marker
    return found[1]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in whose `bin` is a link to the program, as tools for programs leave it, and nothing else."""
    environment = tmp_path / "tools/seedream-drafts"
    for name, source in SHARED.items():
        (environment / name).parent.mkdir(parents=True)
        (environment / name).symlink_to(source)
    program = environment / "bin/seedream"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    (home / "bin/seedream").symlink_to(program)
    return home


def typed(home: Path, *markers: str) -> None:
    environment = {"HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    lines = "".join(map(script, ("share", *markers)))
    subprocess.run(["sh", "-eu", "-c", lines], env=environment, check=True, timeout=30)


def completed(name: str, home: Path, start: str) -> str:
    with Shell(name, home, start) as shell:
        return shell.line(f"seedream ga{TAB}")


def test_every_file_that_the_page_names_is_installed() -> None:
    assert set(re.findall(r"`(share/[\w./-]+)`", PAGE)) == set(SHARED)
    wheel = (ROOT / "pyproject.toml").read_text("utf-8")
    assert all(f'= "{name}"' in wheel for name in SHARED)


def test_bash_completes_after_the_link(home: Path) -> None:
    needed("bash")
    if not BASH_COMPLETION.exists():
        pytest.skip("bash-completion is not installed here")
    typed(home, "bash")
    assert completed("bash", home, f". {BASH_COMPLETION}") == "seedream gallery "


def test_bash_alone_completes_what_it_has_read(home: Path) -> None:
    assert completed("bash", home, script("share") + script("bash-alone")) == "seedream gallery "


def test_zsh_completes_after_the_link_and_its_lines(home: Path) -> None:
    needed("zsh")
    typed(home, "zsh")
    assert completed("zsh", home, script("zshrc").replace("compinit\n", "compinit -u -D\n")) == "seedream gallery "


def test_fish_completes_after_the_link(home: Path) -> None:
    needed("fish")
    typed(home, "fish")
    assert completed("fish", home, "") == "seedream gallery "


def test_man_finds_the_page_after_the_link(home: Path) -> None:
    program = needed("man")
    typed(home, "man")
    folder = home / ".local/share/man"
    found = subprocess.run([program, "-M", str(folder), "-w", "seedream"], capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).resolve() == ROOT / "man/seedream.1"
