"""`seedream config`: values with their origins, and a file that is changed whole, in private, comments and all."""

import json
import re
import stat
import tomllib
from typing import Any

import pytest
from support.commandlines import calls
from support.program import Home, Launch
from support.replies import HOSTILE_TEXT
from wcwidth import wcswidth

WRITTEN = """# my defaults
model = "seedream-v4"  # the good one

# never more than this
max_cost = 0.5

[prices]
# from the bill
"seedream-v4" = 0.02
"""


def settings(home: Home, **env: str) -> dict[str, dict[str, Any]]:
    objects = home.run("config", "list", "--json", env=env).expect(0).objects
    return {each["key"]: each for each in objects}


def written(home: Home) -> dict[str, Any]:
    return tomllib.loads(home.config_path.read_text("utf-8"))


def test_every_setting_is_listed_with_its_default_where_nothing_is_said(offline_home: Home) -> None:
    listed = settings(offline_home)
    assert {each["origin"] for each in listed.values()} == {"default"}
    defaults = {key: each["value"] for key, each in listed.items()}
    assert (
        defaults
        | {
            "model": "seedream-v5lite",
            "size": None,
            "jobs": 4,
            "max_cost": None,
            "timeout": 120.0,
            "embed": True,
            "dir": "drafts",
            "daily_cap": None,
            "max_in_flight": None,
            "download_hosts": [],
            "prices.seedream-v4": 0.025,
        }
        == defaults
    )
    assert not offline_home.config_path.exists()


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(offline_home: Home) -> None:
    offline_home.configure(WRITTEN + '"seedream-v9" = 1\n')
    listed = settings(offline_home, SEEDREAM_MODEL="seedream-v4.5", SEEDREAM_JOBS="", SEEDREAM_DIR="there")
    assert (listed["model"]["value"], listed["model"]["origin"]) == ("seedream-v4.5", "environment")
    assert (listed["dir"]["value"], listed["dir"]["variable"]) == ("there", "SEEDREAM_DIR")
    assert (listed["max_cost"]["value"], listed["max_cost"]["origin"]) == (0.5, "file")
    assert (listed["jobs"]["value"], listed["jobs"]["origin"]) == (4, "default")
    assert listed["prices.seedream-v4"] == {
        "key": "prices.seedream-v4",
        "value": 0.02,
        "origin": "file",
        "variable": None,
    }
    assert listed["prices.seedream-v9"]["value"] == 1.0


def test_a_pipe_gets_tabs_and_a_terminal_columns(offline_home: Home) -> None:
    offline_home.configure('negative = "text\\tand \\u001b[31mpeople"')
    result = offline_home.run("config", "list").expect(0)
    assert all(line.count("\t") == 3 for line in result.lines)
    assert "negative\ttext\\tand \\x1b[31mpeople\tfile\tSEEDREAM_NEGATIVE" in result.lines
    assert result.talk == f"file: {offline_home.config_path}\n"
    screen = offline_home.in_terminal("config", "list", "-q", columns=80)
    assert max(map(len, screen.text.split("\r\n"))) <= 80
    assert "\x1b" not in screen.text


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_on_a_terminal_settings_fit(offline_home: Home, columns: int) -> None:
    negative = "图片" * 60
    offline_home.configure(f'dir = "图片图片图片"\nnegative = "{negative}"\n[prices]\n{"m" * 50} = 1\n')
    screen = offline_home.in_terminal("config", "list", "-q", columns=columns, env={"SEEDREAM_JOBS": "7"}).text
    assert all(wcswidth(each) <= columns for each in screen.split("\r\n"))
    whole = re.sub(r"\s", "", screen)
    price = f"prices.{'m' * 50}1file"
    for row in ("dir图片图片图片fileSEEDREAM_DIR", f"negative{negative}file", "jobs7environment", price):
        assert row in whole
    assert f"\t{negative}\t" in offline_home.run("config", "list", env={"COLUMNS": str(columns)}).stdout.decode()


def test_a_value_of_two_cells_a_character_moves_no_column(offline_home: Home) -> None:
    offline_home.configure('dir = "图片图片图片"\n')
    rows = offline_home.in_terminal("config", "list", "-q").text.split("\r\n")
    places = {wcswidth(row[: found.start()]) for row in rows if (found := re.search(r"\b(file|default)\b", row))}
    assert len(places) == 1


@pytest.mark.parametrize(
    ("key", "value"), [("model", "seedream-v4"), ("max_cost", "0.5"), ("prices.seedream-v4", "0.02"), ("jobs", "4")]
)
def test_get_prints_the_value_that_holds(offline_home: Home, key: str, value: str) -> None:
    offline_home.configure(WRITTEN)
    result = offline_home.run("config", "get", key).expect(0)
    assert (result.lines, result.stderr) == ([value], b"")


def test_get_prints_an_empty_line_where_there_is_none(offline_home: Home) -> None:
    assert offline_home.run("config", "get", "daily_cap").expect(0).stdout == b"\n"
    assert "no price is known for 'x'" in offline_home.run("config", "get", "prices.x").expect(2).talk


def test_set_keeps_comments_and_order(offline_home: Home) -> None:
    offline_home.configure(WRITTEN)
    for key, value in (
        ("max_cost", "0.75"),
        ("jobs", "8"),
        ("prices.seedream-v4.5", "0.03"),
        ("embed", "no"),
        ("download_hosts", "a.example, b.example"),
    ):
        offline_home.run("config", "set", key, value).expect(0)
    text = offline_home.config_path.read_text()
    for line in (
        'model = "seedream-v4"  # the good one',
        "# never more than this\nmax_cost = 0.75\n",
        "# from the bill",
    ):
        assert line in text
    assert written(offline_home) == {
        "model": "seedream-v4",
        "max_cost": 0.75,
        "jobs": 8,
        "embed": False,
        "download_hosts": ["a.example", "b.example"],
        "prices": {"seedream-v4": 0.02, "seedream-v4.5": 0.03},
    }


@pytest.mark.parametrize(
    "prices", ['prices = { "seedream-v4" = 0.02 }\n', "prices.seedream-v4 = 0.02\n", "[prices]\n", ""]
)
def test_a_price_is_set_however_prices_are_written(offline_home: Home, prices: str) -> None:
    offline_home.configure(prices)
    offline_home.run("config", "set", "prices.seedream-v4.5", "0.04").expect(0)
    offline_home.run("config", "set", "prices.seedream-v4", "0.01").expect(0)
    offline_home.run("config", "set", "jobs", "2").expect(0)
    assert written(offline_home) == {"prices": {"seedream-v4": 0.01, "seedream-v4.5": 0.04}, "jobs": 2}
    offline_home.run("config", "unset", "prices.seedream-v4").expect(0)
    offline_home.run("config", "unset", "prices.seedream-v4.5").expect(0)
    assert written(offline_home) == {"jobs": 2}


@pytest.mark.parametrize(
    ("key", "value", "refused"),
    [
        ("jobs", "0", "'jobs' must be a whole number from 1 to 512"),
        ("jobs", "513", "from 1 to 512"),
        ("jobs", "2.5", "'jobs' must be a whole number"),
        ("jobs", "", "'jobs' must be a whole number"),
        ("max_cost", "nan", "'max_cost' must be a number"),
        ("max_cost", "1e999", "'max_cost' must be a number"),
        ("timeout", "0", "'timeout' must be a number from 0.001 to 86400"),
        ("max_wait", "9" * 5000, "'max_wait' must be a number"),
        ("max_wait", "9" * 400, "'max_wait' must be a number"),
        ("jobs", "9" * 400, "'jobs' must be a whole number from 1 to 512"),
        ("max_cost", "9" * 400, "'max_cost' must be a number"),
        ("embed", "perhaps", "'embed' must be true or false"),
        ("daily_cap", "0", "'daily_cap' must be USD above 0"),
        ("daily_cap", "five", "'daily_cap' must be a number"),
        ("daily_cap", "9" * 400, "'daily_cap' must be a number"),
        ("max_in_flight", "0", "'max_in_flight' must be a whole number of at least 1"),
        ("prices.seedream-v4", "free", "'prices.seedream-v4' must be a number"),
        ("prices.seedream-v4", "9" * 400, "'prices.seedream-v4' must be a number"),
        ("prices.seedream-v4", "1e9", "'prices' must be a table of model = USD an image"),
        ("dir", "", "'dir' must be a folder"),
        ("model", "seedream-v5", "unknown model 'seedream-v5'"),
        ("size", "huge", "'huge'"),
        ("size", "2000x2000", "has no size 2000x2000"),
    ],
)
def test_what_no_command_would_take_is_not_written(offline_home: Home, key: str, value: str, refused: str) -> None:
    offline_home.configure(WRITTEN)
    result = offline_home.run("config", "set", key, value).expect(2)
    assert refused in result.talk
    assert "\nhint: " in result.talk
    assert offline_home.config_path.read_text() == WRITTEN


@pytest.mark.parametrize("key", [b"dir", b"negative", b"download_hosts", b"model", b"prices.\xff"])
def test_what_no_file_of_text_can_hold_is_not_written(offline_home: Home, key: bytes) -> None:
    value = b"0.5" if key.startswith(b"prices") else b"d\xff\xfe"
    result = offline_home.run("config", "set", key, value, "--force").expect(2)
    assert "is not valid UTF-8\nhint: locale charmap" in result.talk
    assert not offline_home.config_path.exists()


@pytest.mark.parametrize(("key", "value"), [("jobs", "1"), ("jobs", "512"), ("timeout", "0.001"), ("max_wait", "0")])
def test_what_is_written_at_the_edge_is_taken_by_a_drawing_command(offline_home: Home, key: str, value: str) -> None:
    offline_home.run("config", "set", key, value).expect(0)
    offline_home.gen("a fox", "--dry-run").expect(0)


def test_what_the_catalogue_does_not_know_is_taken_by_force(offline_home: Home) -> None:
    offline_home.run("config", "set", "model", "seedream-v9", "--force").expect(0)
    offline_home.run("config", "set", "size", "2000x2000", "--force").expect(0)
    assert written(offline_home) == {"model": "seedream-v9", "size": "2000x2000"}


@pytest.mark.parametrize("command", [["get", "joobs"], ["set", "joobs", "1"], ["unset", "joobs"]])
def test_a_misspelt_key_is_guessed(offline_home: Home, command: list[str]) -> None:
    result = offline_home.run("config", *command).expect(2)
    assert result.talk == "seedream: error: unknown key 'joobs'\nhint: did you mean jobs?\n"
    assert not offline_home.config_path.exists()


def test_prices_alone_are_no_setting(offline_home: Home) -> None:
    for command in (["get", "prices"], ["set", "prices", "1"], ["set", "prices.", "1"]):
        result = offline_home.run("config", *command).expect(2)
        assert (
            "has one key for each model\nhint: seedream config list   # names them, such as prices.seedream-v5lite"
            in result.talk
        )


@pytest.mark.parametrize("host", ["http://x/", "cdn.example:443", "*.example", "a b"])
def test_what_no_host_can_be_is_not_written(offline_home: Home, host: str) -> None:
    result = offline_home.run("config", "set", "download_hosts", host).expect(2)
    assert result.talk == (
        "seedream: error: 'download_hosts' must be a list of host names, without https://, port or path\n"
        "hint: seedream config set download_hosts cdn.example.com\n"
    )
    assert not offline_home.config_path.exists()


@pytest.mark.parametrize("wrong", ['jobs = "x"', "jobs = 0", 'download_hosts = "x"', "dir = 3"])
def test_the_hint_at_a_wrong_value_mends_the_file(offline_home: Home, wrong: str) -> None:
    offline_home.configure(f"size = 'square'  # mine\n{wrong}\n")
    hint = offline_home.gen("a fox", "--dry-run").expect(2).talk.partition("hint: ")[2]
    (argv,) = calls(hint)
    offline_home.run(*argv).expect(0)
    offline_home.gen("a fox", "--dry-run").expect(0)
    assert offline_home.config_path.read_text() == "size = 'square'  # mine\n"


def test_unset_mends_a_file_that_no_command_takes(offline_home: Home) -> None:
    offline_home.configure(WRITTEN.replace("[prices]", "modle = 1\n[prices]"))
    offline_home.gen("a fox", "--dry-run").expect(2)
    offline_home.run("config", "unset", "modle").expect(0)
    offline_home.gen("a fox", "--dry-run").expect(0)
    assert offline_home.config_path.read_text() == WRITTEN


def test_unset_of_what_is_not_there_changes_nothing(offline_home: Home) -> None:
    result = offline_home.run("config", "unset", "jobs").expect(0)
    assert result.talk == f"jobs is not in {offline_home.config_path}\n"
    assert not offline_home.config_path.exists()


def test_a_file_that_is_no_toml_is_left_alone(offline_home: Home) -> None:
    offline_home.configure("model = ")
    for command in (["set", "jobs", "2"], ["unset", "model"], ["list"], ["get", "jobs"]):
        assert "not valid TOML" in offline_home.run("config", *command).expect(2).talk
    assert offline_home.config_path.read_text() == "model = "


def test_a_variable_that_outdoes_what_was_written_is_named(offline_home: Home) -> None:
    env = {"SEEDREAM_JOBS": "3"}
    result = offline_home.run("config", "set", "jobs", "2", env=env).expect(0)
    assert "SEEDREAM_JOBS is set and wins: unset SEEDREAM_JOBS" in result.talk
    assert offline_home.run("config", "get", "jobs", env=env).lines == ["3"]


def test_the_file_is_private_whatever_the_umask_and_whatever_it_was(offline_home: Home) -> None:
    offline_home.run("config", "set", "jobs", "2", launch=Launch(umask=0)).expect(0)
    assert stat.S_IMODE(offline_home.config_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(offline_home.config_path.parent.stat().st_mode) == 0o700
    offline_home.config_path.chmod(0o644)
    offline_home.run("config", "set", "jobs", "3", launch=Launch(umask=0)).expect(0)
    assert stat.S_IMODE(offline_home.config_path.stat().st_mode) == 0o600


def test_links_in_a_circle_are_no_file(offline_home: Home) -> None:
    offline_home.config_path.parent.mkdir(parents=True)
    offline_home.config_path.symlink_to(offline_home.config_path.name)
    for argv in (["set", "jobs", "2"], ["list"]):
        result = offline_home.run("config", *argv).expect(10)
        assert "symbolic links" in result.talk


def test_a_link_stays_a_link(offline_home: Home) -> None:
    real = offline_home.root / "dotfiles" / "seedream.toml"
    real.parent.mkdir()
    real.write_text(WRITTEN)
    offline_home.config_path.parent.mkdir(parents=True)
    offline_home.config_path.symlink_to(real)
    offline_home.run("config", "set", "jobs", "2").expect(0)
    assert offline_home.config_path.is_symlink()
    assert tomllib.loads(real.read_text())["jobs"] == 2


def test_changes_at_once_are_all_kept(offline_home: Home) -> None:
    wanted = {"jobs": 7, "timeout": 60, "max_wait": 10, "max_cost": 2, "daily_cap": 9, "max_in_flight": 3}
    running = [offline_home.start("config", "set", key, str(value)) for key, value in wanted.items()]
    for each in running:
        with each:
            each.wait().expect(0)
    assert written(offline_home) == wanted


def test_a_full_disk_leaves_the_file_as_it_was(offline_home: Home) -> None:
    offline_home.configure(WRITTEN)
    launch = Launch(limits={"RLIMIT_FSIZE": 20})
    result = offline_home.run("config", "set", "jobs", "2", launch=launch).expect(10)
    assert f"the configuration {offline_home.config_path} cannot be written: File too large" in result.talk
    assert offline_home.config_path.read_text() == WRITTEN
    assert sorted(path.name for path in offline_home.config_path.parent.iterdir()) == [".seedream.lock", "config.toml"]


def test_a_folder_in_the_files_place_is_told(offline_home: Home) -> None:
    offline_home.config_path.mkdir(parents=True)
    result = offline_home.run("config", "set", "jobs", "2").expect(10)
    assert "cannot be written" in result.talk


def test_hostile_text_is_written_as_it_is_and_never_acts_on_a_terminal(offline_home: Home) -> None:
    text = HOSTILE_TEXT.replace("\0", "").encode("utf-8", "ignore").decode()
    set_screen = offline_home.in_terminal("config", "set", "negative", "--", text)
    assert set_screen.status == 0
    assert written(offline_home)["negative"] == text
    get_screen = offline_home.in_terminal("config", "get", "negative")
    list_screen = offline_home.in_terminal("config", "list")
    for screen in (set_screen, get_screen, list_screen):
        assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200f]", screen.text.replace("\r\n", "\n"))
    assert json.loads(offline_home.run("config", "list", "--json").lines[2])["value"] == text


def test_path_is_where_the_variable_says(offline_home: Home) -> None:
    assert offline_home.run("config", "path").expect(0).paths == [offline_home.config_path]
    default = offline_home.run("config", "path", env={"SEEDREAM_CONFIG": None}).expect(0).paths
    assert default == [offline_home.root / ".config" / "seedream" / "config.toml"]
