"""TAB in the real shells: the first one included, with what history and folder hold, and nothing run for it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.shells import COMPLETIONS, TAB, Shell, needed

from generators.__main__ import MADE, ROOT
from generators.tree import Command, read_tree
from generators.values import sizes
from seedream_cli import catalog
from seedream_cli.history import records

TREE = read_tree()
COMMANDS = [command for command in TREE.everything() if not command.commands]
SHELLS = ("bash", "zsh", "fish")
AUTOLOADED = {
    # As each shell finds it where the wheel puts it.
    "bash": f". {COMPLETIONS}/seedream.bash",
    "zsh": f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -D",
    "fish": "",
}
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "a'b",
    'a"b',
    "-rf",
    "*",
    "\x1b[31mred",
    "\u202etxet",
    "a\nb",
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with some files, a history, and a `seedream` that tells on whoever runs it."""
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    program = home / "bin/seedream"
    program.write_text(f"#!/bin/sh\ntouch {home}/ran\n")
    program.chmod(0o755)
    fish = home / ".config/fish/completions"
    fish.mkdir(parents=True)
    (fish / "seedream.fish").symlink_to(COMPLETIONS / "seedream.fish")
    for name in ("prompt.txt", "rows.csv", "picture.png", "page.html", "notes.doc"):
        (home / name).touch()
    (home / "finals").mkdir()
    return home


@pytest.fixture(autouse=True)
def _nothing_is_run(tmp_path: Path) -> Iterator[None]:
    yield
    home = tmp_path / "home"
    assert not (home / "ran").exists(), "the program was started"
    assert not (home / "pwned").exists(), "text of the history was evaluated"


def intent(number: int, prompt: str = "a fox", tags: list[str] | None = None, batch: str | None = None) -> bytes:
    fields = {"prompt": prompt, "tags": tags or [], "batch": batch}
    return records.encode("intent", f"{number:012d}", "2026-11-01T00:00:00Z", **fields)


def write_history(home: Path, *lines: bytes) -> None:
    folder = home / ".local/share/seedream"
    folder.mkdir(parents=True)
    (folder / "history.jsonl").write_bytes(b"".join(lines))


def shell(name: str, home: Path, **env: str) -> Shell:
    return Shell(name, home, AUTOLOADED[name], env)


def listed(name: str, home: Path, typed: str, **env: str) -> list[str]:
    """Return all candidates for the last word of a line, as the shell has them."""
    if name != "fish":
        with shell(name, home, **env) as opened:
            return opened.candidates(typed)
    done = subprocess.run(
        [needed("fish"), "-c", "complete -C $argv[1]", typed],
        cwd=home,
        env={
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(home / ".config"),
            **env,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert not done.stderr
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", MADE)
def test_what_is_generated_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == MADE[name](TREE), "python -m generators"


@pytest.mark.parametrize("name", SHELLS)
def test_the_first_tab_completes_a_command(name: str, home: Path) -> None:
    with shell(name, home) as opened:
        assert opened.line(f"seedream ga{TAB}") == "seedream gallery "


def test_sourced_after_compinit_zsh_completes_too(home: Path) -> None:
    with Shell("zsh", home, f"autoload -Uz compinit; compinit -u -D; . {COMPLETIONS}/_seedream") as opened:
        assert opened.line(f"seedream ga{TAB}") == "seedream gallery "


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("group", [command for command in TREE.everything() if command.commands], ids=lambda c: c.path)
def test_every_command_is_offered(name: str, group: Command, home: Path) -> None:
    typed = " ".join(["seedream", *group.words, ""])
    assert sorted(listed(name, home, typed)) == sorted(below.words[-1] for below in group.commands)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_every_option_of_every_command_is_offered(name: str, home: Path) -> None:
    if name == "fish":
        for command in COMMANDS:
            assert sorted(listed(name, home, f"seedream {command.path} --")) == long_names(command)
        return
    with shell(name, home) as opened:
        for command in COMMANDS:
            offered = opened.candidates(f"seedream {command.path} --")
            assert sorted(each.removesuffix("=") for each in offered) == long_names(command)


def long_names(command: Command) -> list[str]:
    return sorted(name for option in command.options for name in option.names if name.startswith("--"))


BEGUN = [
    ("seedream gen --mo", ("seedream gen --model ", "seedream gen --model=")),
    ("seedream gen a -m seedream-v4.", ("seedream gen a -m seedream-v4.5 ",)),
    ("seedream gen --model=seedream-v4.", ("seedream gen --model=seedream-v4.5 ",)),
    ("seedream -q history li", ("seedream -q history list ",)),
    ("seedream history --grep x --status pe", ("seedream history --grep x --status pending ",)),
    ("seedream history --size por", ("seedream history --size portrait ",)),
    ("seedream gallery -s 2048x1", ("seedream gallery -s 2048x1024 ",)),
    ("seedream history rerun last --seed n", ("seedream history rerun last --seed new ",)),
    ("seedream gen @pro", ("seedream gen @prompt.txt ", "seedream gen \\@prompt.txt ")),
    ("seedream batch ro", ("seedream batch rows.csv ",)),
    ("seedream gallery -o pa", ("seedream gallery -o page.html ",)),
    ("seedream gen -d fi", ("seedream gen -d finals/",)),
    ("seedream gen -d pr", ("seedream gen -d pr",)),
    ("seedream history show pic", ("seedream history show picture.png ",)),
    ("seedream config set dai", ("seedream config set daily_cap ",)),
    ("seedream config set embed t", ("seedream config set embed true ",)),
    ("seedream nothing --mo", ("seedream nothing --mo",)),
    ("seedream gen -- --mo", ("seedream gen -- --mo",)),
]


@pytest.mark.parametrize("name", SHELLS)
def test_what_begins_is_completed(name: str, home: Path) -> None:
    with shell(name, home) as opened:
        lines = {typed: opened.line(typed + TAB) for typed, _ in BEGUN}
    assert {typed: line for typed, line in lines.items() if line not in dict(BEGUN)[typed]} == {}


@pytest.mark.parametrize("name", ["bash", "fish"])  # zsh offers every file where none is of the kind
def test_a_file_that_is_none_of_prompts_is_not_offered_to_batch(name: str, home: Path) -> None:
    assert listed(name, home, "seedream batch no") == ["no"] * (name == "bash")


SIZES = [
    ("seedream gen -m seedream-v4 -s ", "seedream-v4"),
    ("seedream gen --model=seedream-v4.5 a --size ", "seedream-v4.5"),
    ("seedream history final last -s ", catalog.FINAL_MODEL),
    ("seedream history final last -m seedream-v4 -s ", "seedream-v4"),
    ("seedream gen -s ", "any"),
    ("seedream gen -m other -s ", "any"),
]


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize(("typed", "model"), SIZES)
def test_sizes_are_those_of_the_model(name: str, typed: str, model: str, home: Path) -> None:
    assert sorted(listed(name, home, typed)) == sorted(sizes(catalog.find(model)))


@pytest.mark.parametrize("name", SHELLS)
def test_sizes_are_those_of_the_model_of_the_environment(name: str, home: Path) -> None:
    offered = listed(name, home, "seedream gen -s ", SEEDREAM_MODEL="seedream-v4.5")
    assert sorted(offered) == sorted(sizes(catalog.find("seedream-v4.5")))


@pytest.mark.parametrize("name", SHELLS)
def test_recent_ids_are_offered_and_forgotten_ones_are_not(name: str, home: Path) -> None:
    late = [b"\t" + records.encode("forgotten", f"{2:012d}", "2026-11-01T00:00:00Z")]
    torn = [b'{"v":1,"id":"00000000', b"\n", b"\0\0\xff\n", b'{"v":1,"id":"../../x"}\n']
    write_history(home, *(intent(number) for number in range(60)), intent(2), *torn, *late)
    offered = listed(name, home, "seedream history show 0")
    assert set(offered) == {f"{number:012d}" for number in range(20, 60)}


@pytest.mark.parametrize("name", SHELLS)
def test_ids_come_from_the_history_of_the_environment(name: str, home: Path, tmp_path: Path) -> None:
    write_history(home, intent(1))
    other = tmp_path / "other history.jsonl"
    other.write_bytes(intent(777))
    offered = listed(name, home, "seedream history rate 0", SEEDREAM_HISTORY=str(other))
    assert offered == [f"{777:012d}"]


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "empty"])
def test_a_history_that_is_none_hangs_nothing(name: str, kind: str, home: Path, tmp_path: Path) -> None:
    place = tmp_path / "history.jsonl"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "empty":
        place.touch()
    offered = listed(name, home, "seedream history rate la", SEEDREAM_HISTORY=str(place))
    assert sorted(each.replace("\\", "") for each in offered) == ["last", "last~1", "last~2"]


@pytest.mark.parametrize("name", SHELLS)
def test_tags_and_batches_of_the_history_are_offered_quoted(name: str, home: Path) -> None:
    write_history(home, intent(1, tags=["poster", "red fox"], batch="animals.txt"))
    with shell(name, home) as opened:
        assert opened.line(f"seedream gen a --tag re{TAB}") == "seedream gen a --tag red\\ fox "
        assert opened.line(f'seedream gen a --tag "re{TAB}') == 'seedream gen a --tag "red fox" '
        assert opened.line(f"seedream history tag last po{TAB}") == "seedream history tag last poster "
        assert opened.line(f"seedream gallery --batch an{TAB}") == "seedream gallery --batch animals.txt "


@pytest.mark.parametrize("name", SHELLS)
def test_text_of_the_history_is_never_evaluated_and_never_moves_the_terminal(name: str, home: Path) -> None:
    forged = (
        b'{"v":1,"id":"aaaaaaaaaa","kind":"intent","prompt":"\x1b]0;x\x07","tags":["raw\x1b[2J","\xe2\x80\xaeraw"]}\n'
    )
    lines = [
        intent(number, prompt=f'{text} ","tags":["forged"],"x":"', tags=[text], batch=text)
        for number, text in enumerate(HOSTILE)
    ]
    write_history(home, forged, *lines, intent(99, tags=["harmless"]))
    for option in ("--tag", "--batch"):
        offered = listed(name, home, f"seedream history list {option} ")
        text = " ".join(offered)
        assert "forged" not in text
        assert "raw" not in text
        assert "\x1b" not in text
    with shell(name, home) as opened:
        opened.line(f"seedream history list --tag {TAB}{TAB}")
        opened.line(f"seedream history list --tag '$({TAB}")
        opened.line(f"seedream history show {TAB}{TAB}")
        assert opened.line(f"seedream history list --tag harm{TAB}") == "seedream history list --tag harmless "


def test_prompts_stand_beside_ids_where_the_shell_shows_such_things(home: Path) -> None:
    write_history(home, intent(1, prompt='a "red" fox'), intent(2, prompt="\u5c71" * 100))
    done = subprocess.run(
        [needed("awk"), "-v", "mode=ids", (Path(ROOT) / "generators/templates/recent.awk").read_text("utf-8")],
        input=(home / ".local/share/seedream/history.jsonl").read_bytes(),
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
        timeout=30,
    )
    newest, oldest = done.stdout.decode("utf-8").splitlines()
    assert newest == "000000000002\t" + "\u5c71" * 18 + "..."
    assert oldest == "000000000001\ta  red  fox"


def test_powershells_completion_knows_every_command_and_option() -> None:
    """No PowerShell is needed for that; see docs/completions.md for what was tried."""
    text = (COMPLETIONS / "seedream.ps1").read_text("utf-8")
    for command in TREE.everything():
        line = next(
            each
            for each in text.splitlines()
            if each.startswith(f"        '{command.path}' = [ordered]@{{") and "'--help'" in each
        )
        for option in command.options:
            for name in option.names:
                assert f"'{name}' = " in line
