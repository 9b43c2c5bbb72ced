"""The configuration file: what it may say, and that what is wrong in it is named."""

import os
from pathlib import Path

import pytest
from support.program import Home

from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.settings.config import Config, read_config

WRONG: dict[str, tuple[str, str, str]] = {
    "misspelt": ('modle = "x"', "unknown key 'modle'", "did you mean model?"),
    "misspelt limit": ("max_cots = 1", "unknown key 'max_cots'", "did you mean max_cost?"),
    "unknown": ("zzz = 1", "unknown key 'zzz'", "seedream config unset "),
    "no TOML": ("model = ", "not valid TOML", "edit "),
    "twice": ("jobs = 1\njobs = 2", "not valid TOML", "edit "),
    "text for a number": ('jobs = "4"', "'jobs' must be a whole number", "seedream config unset jobs "),
    "half a job": ("jobs = 2.5", "'jobs' must be a whole number", "seedream config unset jobs "),
    "truth for a number": ("jobs = true", "'jobs' must be a whole number", "seedream config unset jobs "),
    "number for truth": ("embed = 1", "'embed' must be true or false", "seedream config unset embed "),
    "text for truth": ('embed = "no"', "'embed' must be true or false", "seedream config unset embed "),
    "number for text": ("size = 1024", "'size' must be text", "seedream config unset size "),
    "list for text": ('model = ["a"]', "'model' must be text", "seedream config unset model "),
    "date for text": ("negative = 1979-05-27", "'negative' must be text", "seedream config unset negative "),
    "not a number": ("max_cost = nan", "'max_cost' must be a number", "seedream config unset max_cost "),
    "more than a float": ("max_cost = 1" + "0" * 400, "'max_cost' must be a number", "seedream config unset max_cost "),
    "infinite": ("timeout = inf", "'timeout' must be a number", "seedream config unset timeout "),
    "beyond any number": (f"max_cost = {'9' * 400}", "'max_cost' must be a number", "seedream config unset max_cost "),
    "jobs beyond any number": (f"jobs = 0x{'f' * 5000}", "'jobs' must be a whole number", "seedream config unset "),
    "folder": ("dir = 3", "'dir' must be a folder", "seedream config unset dir "),
    "no folder": ('dir = ""', "'dir' must be a folder", "seedream config unset dir "),
    "prices": ('[prices]\nx = "1"', "'prices' must be a table", "prices = { "),
    "a negative price": ("prices = { x = -1 }", "'prices' must be a table", "prices = { "),
    "a price that is true": ("prices = { x = true }", "'prices' must be a table", "prices = { "),
    "hosts": ('download_hosts = "x"', "'download_hosts' must be a list", "seedream config unset download_hosts "),
    "a URL for a host": (
        'download_hosts = ["http://x/"]',
        "'download_hosts' must be a list of host names, without https://, port or path",
        "seedream config unset download_hosts ",
    ),
    "a port": ('download_hosts = ["cdn.example:443"]', "'download_hosts' must be a list", "seedream config unset "),
    "no cap": ("daily_cap = 0", "'daily_cap' must be USD above 0", "daily_cap = "),
    "a cap that is true": ("daily_cap = true", "'daily_cap' must be USD above 0", "daily_cap = "),
    "a cap in words": ('daily_cap = "5"', "'daily_cap' must be USD above 0", "daily_cap = "),
    "an absurd cap": ("daily_cap = 1e308", "'daily_cap' must be USD above 0 and below 1,000,000", "daily_cap = "),
    "a cap of 28 digits": ("daily_cap = 1" + "0" * 28, "'daily_cap' must be USD above 0 and below 1,000,000", "daily"),
    "an absurd price": ("prices = { x = 1e9 }", "'prices' must be a table of model = USD an image, 0 or more and", "p"),
    "a cap without end": ("daily_cap = inf", "'daily_cap' must be USD above 0", "daily_cap = "),
    "nothing in flight": ("max_in_flight = 0", "'max_in_flight' must be a whole number", "max_in_flight = "),
    "half in flight": ("max_in_flight = 2.5", "'max_in_flight' must be a whole number", "max_in_flight = "),
    "in flight beyond any number": (
        f"max_in_flight = 0x{'f' * 5000}",
        "'max_in_flight' must be a whole number",
        "max_in_flight = ",
    ),
    "true in flight": ("max_in_flight = true", "'max_in_flight' must be a whole number", "max_in_flight = "),
    "deep nesting": ("model = " + "[" * 20_000, "not valid TOML", "edit "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_the_file(tmp_path: Path, name: str) -> None:
    text, message, hint = WRONG[name]
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_config(path)
    assert raised.value.message.startswith(f"{path}: {message}")
    assert raised.value.hint is not None
    assert raised.value.hint.startswith(hint)


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml") == Config()


def test_everything_it_knows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(
        b'\xef\xbb\xbfmodel = "seedream-v4"\r\njobs = 2\r\nmax_cost = 1\r\nembed = false\r\ndir = "out"\r\n'
        b'download_hosts = ["CDN.example"]\r\ndaily_cap = 5\r\nmax_in_flight = 25\r\n'
        b'[prices]\r\n"seedream-v4" = 0.5\r\n'
    )
    config = read_config(path)
    assert config.options == {"model": "seedream-v4", "jobs": 2, "max_cost": 1, "embed": False}
    assert config.folder == "out"
    assert config.prices == {"seedream-v4": 0.5}
    assert config.download_hosts == {"cdn.example"}
    assert (config.daily_cap, config.max_in_flight) == (5.0, 25)


def test_a_file_that_cannot_be_read_or_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match="cannot be read: not a regular file"):
        read_config(tmp_path)
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_config(path)
    path.write_bytes(b"model = '\xff'")
    with pytest.raises(InputError, match="not valid TOML"):
        read_config(path)


def test_a_faulty_file_ends_the_command_before_anything_is_sent(home: Home) -> None:
    home.configure("modle = 1")
    for argv in (["gen", "a fox"], ["gen", "a fox", "--dry-run"], ["gen", "a fox", "--sandbox"], ["models"]):
        result = home.run(*argv).expect(2)
        assert result.talk == (
            f"seedream: error: {home.config_path}: unknown key 'modle'\n"
            "hint: did you mean model? seedream config unset modle\n"
        )
    assert not home.history_path.exists()
    home.config_path.unlink()
    home.config_path.mkdir()
    result = home.gen("a fox").expect(10)
    assert f"the configuration {home.config_path} cannot be read: not a regular file" in result.talk


def test_a_value_out_of_its_range_names_file_and_key(home: Home) -> None:
    home.configure("jobs = 0")
    result = home.gen("a fox").expect(2)
    assert result.talk == (
        f"seedream: error: invalid value for 'jobs' in {home.config_path}: 0 is not in the range 1 to 512\n"
        f"hint: seedream config unset jobs   # or edit {home.config_path}\n"
    )


def test_the_null_device_is_no_configuration(offline_home: Home) -> None:
    offline_home.run("models", env={"SEEDREAM_CONFIG": "/dev/null"}).expect(0)


def test_no_file_of_the_current_folder_is_read(home: Home) -> None:
    for name in ("config.toml", "seedream.toml", ".seedream.toml", ".env", "pyproject.toml"):
        (home.work / name).write_text("this is no TOML")
    home.gen("a fox", "--dry-run").expect(0)


def test_both_files_lie_in_the_users_folders(home: Home) -> None:
    env = {"SEEDREAM_HISTORY": None, "SEEDREAM_CONFIG": None}
    folder = home.root / ".config" / "seedream"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('dir = "elsewhere"')
    (path,) = home.gen("a fox", env=env).expect(0).paths
    assert path.parent == Path("elsewhere")
    history = home.root / ".local/share/seedream/history.jsonl"
    assert os.stat(history).st_mode & 0o777 == 0o600
    assert os.stat(history.parent).st_mode & 0o777 == 0o700
