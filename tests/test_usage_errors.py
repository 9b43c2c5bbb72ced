"""Every command, typed wrong: one line that says what is wrong, one with something to type."""

import os
import re
import shlex
from pathlib import Path

import pytest
from support.program import Home

from generators.tree import Command, Option, read_tree
from generators.values import Kind

TREE = read_tree()
COMMANDS = [command for command in TREE.everything() if not command.commands]
GROUPS = [command for command in TREE.everything() if command.commands]
NUMBERS = {"N", "S", "INT", "USD", "0-5"}


def told(home: Home, *argv: str, status: int = 2) -> tuple[str, str]:
    """What is said of a command line that is wrong: the error and the hint."""
    result = home.run(*argv, stdin=b"").expect(status)
    assert result.stdout == b""
    error, hint = result.talk.splitlines()
    assert error.startswith("seedream: error: ")
    assert hint.startswith("hint: ")
    assert not home.history_path.exists()
    return error.removeprefix("seedream: error: "), hint.removeprefix("hint: ")


def given(command: Command) -> list[str]:
    """Arguments with which a command would do."""
    samples = {"0-5": "3", "KEY": "model", "VALUE": "seedream-v4"}
    return [samples.get(each.metavar, "last") for each in command.arguments if not each.metavar.startswith("[")]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_an_option_that_is_none_is_told_with_the_one_that_was_perhaps_meant(
    offline_home: Home, command: Command
) -> None:
    error, hint = told(offline_home, *command.words, "--qiet")
    assert error == "no such option: --qiet"
    assert hint == f"did you mean --quiet? See seedream {command.path} --help"
    assert told(offline_home, *command.words, "--zzzzzz")[0] == "no such option: --zzzzzz"


@pytest.mark.parametrize("command", [c for c in COMMANDS if given(c)], ids=lambda command: command.path)
def test_a_missing_argument_is_named(offline_home: Home, command: Command) -> None:
    error, hint = told(offline_home, *command.words)
    assert error == f"missing argument '{command.arguments[0].metavar}'"
    assert hint == f"seedream {command.path} --help"


@pytest.mark.parametrize(
    "command",
    [
        c
        for c in COMMANDS
        if not any(a.repeatable for a in c.arguments) and c.words not in {("gen",), ("auth", "login")}
    ],
    ids=lambda command: command.path,
)
def test_an_argument_too_many_is_named(offline_home: Home, command: Command) -> None:
    words = given(command) or ["x" for _ in command.arguments]
    error, hint = told(offline_home, *command.words, *words, "surplus")
    assert error == "got unexpected extra argument(s) (surplus)"
    assert hint.endswith(f"seedream {command.path} --help")


@pytest.mark.parametrize("group", GROUPS, ids=lambda command: command.path)
def test_a_command_that_is_none_is_told_with_the_one_that_was_perhaps_meant(offline_home: Home, group: Command) -> None:
    for below in group.commands:
        word = below.words[-1]
        error, hint = told(offline_home, *group.words, word[:-1] + "zx"[word.endswith("z")] + word[-1])
        assert error.startswith("no such command ")
        assert hint == f"did you mean {' '.join(('seedream', *below.words))}?"
    assert told(offline_home, *group.words, "zzzzzz")[1] == " ".join(["seedream", *group.words, "--help"])


@pytest.mark.parametrize("command", [c for c in COMMANDS if any(o.values for o in c.options)], ids=lambda c: c.path)
def test_a_value_that_is_none_is_told_with_its_option(offline_home: Home, command: Command) -> None:
    for option in command.options:
        if option.metavar in NUMBERS and not is_text(option):
            error, hint = told(offline_home, *command.words, option.names[-1], "many", *given(command))
            assert re.search(rf"{option.names[0]}\b.*'many'|'many' is no", error), error
            assert "seedream" in hint or "ratings" in hint
        if option.values is not None:
            error, hint = told(offline_home, *command.words, option.names[-1])
            assert error == f"option '{option.names[-1]}' requires an argument"
            assert hint == f"seedream {command.path} --help"


def is_text(option: Option) -> bool:
    return option.values is not None and option.values.kind is Kind.WORDS and option.metavar != "N"


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["gen", "a", "-m", "sedream-v4"], "did you mean seedream-v4?"),
        (["gen", "a", "-s", "landscpe"], "did you mean landscape?"),
        (["gen", "a", "-s", "1024x1526"], "did you mean 1024x1536?"),
        (["gen", "a", "-s", "1024"], "did you mean 1024x1024?"),
        (["gen", "a", "-s", "1024*1536"], "did you mean 1024x1536?"),
        (["gen", "a", "-s", "16:9"], "did you mean landscape?"),
        (["gen", "a", "-m", "v4"], "did you mean seedream-v4?"),
        (["gen", "a", "-m", "Seedream 5"], "did you mean seedream-v5lite?"),
        (["rerun", "last"], "did you mean seedream history rerun?"),
        (["history", "gen"], "did you mean seedream gen?"),
        (["help"], "seedream --help"),
        (["help", "gen"], "seedream gen --help"),
        (["gen", "a", "red", "fox"], "a prompt goes in quotes: seedream gen 'a red fox'"),
        (["gen", "--", "-rf", "x"], "a prompt goes in quotes: seedream gen -- '-rf x'"),
        (["batch", "a.txt", "b.txt"], "one file at a time; see seedream batch --help"),
        (["history", "show", "last"], 'seedream gen "a fox" --sandbox'),
        (["history", "show", "lats"], "did you mean last?"),
        (["history", "list", "--status", "pendign"], "did you mean pending?"),
        (["config", "get", "modl"], "did you mean model?"),
        (["batch", "--format", "cvs"], "--format csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_was_perhaps_meant_is_said(offline_home: Home, argv: list[str], hint: str) -> None:
    assert told(offline_home, *argv)[1].startswith(hint)


def test_an_id_with_a_slip_is_told_with_the_one_that_was_meant(home: Home) -> None:
    home.gen("a fox", "--sandbox").expect(0)
    (draft,) = home.drafts()
    slip = draft["id"][:3] + ("x" if draft["id"][3] != "x" else "y") + draft["id"][4:8]
    talk = home.run("history", "show", slip).expect(2).talk
    assert talk.splitlines()[1] == f"hint: did you mean {draft['id']}?"


@pytest.mark.parametrize(
    "argv",
    [["batch", "missing.txt"], ["gen", "@missing.txt"], ["watch", "missing.txt"], ["history", "import", "missing"]],
    ids=" ".join,
)
def test_a_file_that_is_not_there_is_told_with_something_to_type(offline_home: Home, argv: list[str]) -> None:
    error, _ = told(offline_home, *argv, status=10)
    assert "missing" in error
    assert Path(argv[-1].lstrip("@")).name in error


@pytest.mark.parametrize(
    ("argv", "typed"),
    [
        (["gen", "a", "--seed", "-1"], "--seed 0"),
        (["gen", "a", "--seed", "4294967290", "-n", "20"], "--seed 4294967276"),
        (["gen", "a", "--seed", "-1", "-n", "2", "--one-request"], "--seed 0"),
        (["gen", "a", "-s", "1024x1526"], "--size 1024x1536"),
        (["gen", "a", "-s", "77x77"], "--size 1024x1024"),
        (["gen", "a", "-o", "x" * 300], "-o '{slug}-{seed}.{ext}'"),
        (["gen", "a", "-o", "/dev/null"], "-o '{slug}-{seed}.{ext}'"),
        (["gen", "a", "-n", "2", "-o", "{model}.png"], "-o '{slug}-{index}.{ext}'"),
        (["gen", "a", "-o", "-"], "-o fox.png"),
        (["gallery", "-o", "-"], "seedream gallery -o gallery.html"),
        (["history", "list", "--rating", "6"], "--rating 4+"),
        (["history", "list", "--since", "soon"], "--since 3d"),
        (["history", "list", "--status", "good"], "--status saved"),
        (["history", "list", "--status", "faild"], "--status failed"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_is_possible_is_told_with_something_to_type(offline_home: Home, argv: list[str], typed: str) -> None:
    assert typed in told(offline_home, *argv)[1]


EVIL = "a b'; touch pwned; '$(touch pwned)"
UNTYPABLE = "a\x1b[31mb"


def hint_about(home: Home, name: str, about: str) -> str:
    """What a command hints at that was given a file, a folder, a key or a prompt of this name."""
    keys = home.root / name / "seedream/keys.json"
    match about:
        case "folder":
            (home.work / name).mkdir()
        case "pipe":
            os.mkfifo(home.work / name)
        case "keys":
            keys.parent.mkdir(parents=True)
            keys.write_text("damaged")
    argv: list[str] = {
        "prompt file": ["gen", f"@{name}"],
        "folder": ["gen", "a", "-o", name],
        "pipe": ["batch", name],
        "keys": ["auth", "logout"],
        "sheet": ["gallery", "--serve", "--sheet", name],
        "words": ["gen", name, "$(b)"],
        "no command": [name],
        "price": ["config", "set", f"prices.{name}", "free"],
        "configuration": ["gen", "a"],
    }[about]
    env: dict[str, str | None] = {"XDG_CONFIG_HOME": str(home.root / name)}
    if about == "configuration":
        (home.work / name).write_text("no TOML")
        env = {"SEEDREAM_CONFIG": name}
    return home.run(*argv, env=env).talk.splitlines()[-1].removeprefix("hint: ")


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("prompt file", [f"@@{EVIL}"]),
        ("folder", ["-d", EVIL]),
        ("pipe", ["seedream", "batch", "-", "<", EVIL]),
        ("keys", ["&&", "seedream", "auth", "login"]),
        ("sheet", ["seedream", "gallery", "--sheet", EVIL]),
        ("words", ["seedream", "gen", f"{EVIL} $(b)"]),
        ("no command", ["seedream", "gen", EVIL]),
        ("price", ["seedream", "config", "set", f"prices.{EVIL}", "0.025"]),
        ("configuration", ["edit", EVIL]),
    ],
)
def test_what_a_hint_repeats_is_one_word_to_the_shell(offline_home: Home, about: str, words: list[str]) -> None:
    typed = shlex.split(hint_about(offline_home, EVIL, about))
    assert typed[-len(words) :] == words
    if about == "keys":
        assert typed[:-4] == ["rm", str(offline_home.root / EVIL / "seedream/keys.json")]


@pytest.mark.parametrize(
    ("about", "end"),
    [
        ("prompt file", "@@PROMPT"),
        ("folder", "-d FOLDER"),
        ("pipe", "< FILE"),
        ("keys", "rm FILE && seedream auth login"),
        ("sheet", "--sheet FILE.png"),
        ("words", "seedream gen PROMPT"),
        ("price", "seedream config set prices.MODEL 0.025"),
        ("configuration", "edit FILE"),
    ],
)
def test_what_no_terminal_shows_as_it_is_stands_for_itself_in_a_hint(offline_home: Home, about: str, end: str) -> None:
    assert hint_about(offline_home, UNTYPABLE, about).endswith(end)
