"""`seedream doctor`: each fault has a line, a word for how bad it is, and a command; a healthy home has none."""

import email.utils
import fcntl
import itertools
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.program import Home, Result
from support.replies import CANARY_KEY, HOSTILE_TEXT, Reply, error, hang, status_json
from support.service import Proxy, Service, refusing_port, silent_port
from wcwidth import wcswidth

from seedream_cli.sandbox.painter import paint
from seedream_cli.settings import strangers

ROOT = Path(__file__).parents[2]
NO_KEY = {"BYTESPIKE_API_KEY": None}


def checks(result: Result) -> dict[str, dict[str, Any]]:
    """The findings by name, the worst of each."""
    order = ("ok", "warning", "problem")
    found: dict[str, dict[str, Any]] = {}
    for each in result.objects:
        worst = found.get(each["check"], each)
        found[each["check"]] = max(worst, each, key=lambda check: order.index(check["state"]))
    return found


def examine(home: Home, status: int = 0, **how: Any) -> dict[str, dict[str, Any]]:
    return checks(home.run("doctor", "--json", **how).expect(status))


def date(offset: float) -> Reply:
    now = email.utils.formatdate(time.time() + offset, usegmt=True)
    models = {"data": [{"id": "seedream-v5lite"}]}
    return status_json(200, models, billed=False, headers=[("Date", now)])


def test_a_healthy_home_has_no_fault_and_nothing_is_written(home: Home, service: Service) -> None:
    service.on_path("/v1/models", date(0))
    found = examine(home)
    assert {check["state"] for check in found.values()} == {"ok"}
    assert {"versions", "terminal", "config", "environment", "history", "pictures", "key", "network", "service"} < set(
        found
    )
    assert "within 60 s" in found["clock"]["message"]
    assert home.files() == []
    assert not home.history_path.exists()
    assert not home.config_path.exists()
    assert [asked.target for asked in service.others] == ["/v1/models"]


def test_the_null_device_is_no_configuration_that_others_could_read(home: Home) -> None:
    found = examine(home, env={"SEEDREAM_CONFIG": os.devnull})["config"]
    assert (found["state"], found["message"]) == ("ok", "/dev/null: there is none, so defaults hold")


def test_a_home_with_a_history_is_healthy_too(home: Home) -> None:
    home.gen("a fox").expect(0)
    before = home.history_path.read_bytes()
    assert "no damage" in examine(home)["history"]["message"]
    assert home.history_path.read_bytes() == before


def test_without_a_key_it_says_how_to_get_one_and_sends_nothing(home: Home, service: Service) -> None:
    found = examine(home, 3, env=NO_KEY)
    assert found["key"]["state"] == "problem"
    assert found["key"]["hint"].startswith("seedream auth login")
    assert found["network"]["state"] == "ok"
    assert service.others == []
    assert examine(home, env=NO_KEY | {"SEEDREAM_SANDBOX": "1"})["key"]["state"] == "ok"


def damaged_config(home: Home) -> None:
    home.configure("modle = 1")


def config_for_all(home: Home) -> None:
    home.configure("jobs = 2")
    home.config_path.chmod(0o644)


def config_folder_for_all(home: Home) -> None:
    home.configure("jobs = 2")
    home.config_path.parent.chmod(0o777)


def damaged_history(home: Home) -> None:
    home.gen("a fox").expect(0)
    with home.history_path.open("ab") as file:
        file.write(b'{"v":1,"id"\n')


def history_for_all(home: Home) -> None:
    home.gen("a fox").expect(0)
    home.history_path.chmod(0o604)


def history_is_a_folder(home: Home) -> None:
    home.history_path.mkdir(parents=True)


def history_below_a_file(home: Home) -> None:
    home.history_path.parent.write_bytes(b"")


def history_with_a_long_name(home: Home) -> None:
    home.env["SEEDREAM_HISTORY"] = str(home.root / ("h" * 300))


def config_out_of_range(home: Home) -> None:
    home.configure("jobs = -1")


def config_nobody_writes(home: Home) -> None:
    home.configure("")
    home.config_path.unlink()
    os.mkfifo(home.config_path)


def pictures_below_a_file(home: Home) -> None:
    (home.work / "drafts").write_bytes(b"")


def key_for_all(home: Home) -> None:
    key = home.env.pop("BYTESPIKE_API_KEY")
    home.run("auth", "login", stdin=key.encode()).expect(0)
    (home.root / ".config" / "seedream" / "keys.json").chmod(0o640)


def damaged_keys(home: Home) -> None:
    key_for_all(home)
    (home.root / ".config" / "seedream" / "keys.json").write_text("{")


FAULTS: list[tuple[Callable[[Home], None], str, str, int, str, str]] = [
    (damaged_config, "config", "problem", 2, "unknown key 'modle'", "did you mean model?"),
    (config_for_all, "config", "warning", 0, "others can read it (mode 644)", "chmod 600 "),
    (config_folder_for_all, "config", "warning", 0, "others can write there (mode 777)", "chmod go-w "),
    (damaged_history, "history", "warning", 0, "1 damaged line", "seedream history repair"),
    (history_for_all, "history", "warning", 0, "others can read it (mode 604)", "chmod 600 "),
    (history_is_a_folder, "history", "problem", 10, "Is a directory", "mend its permissions"),
    (history_with_a_long_name, "history", "problem", 10, "File name too long", "mend its permissions"),
    (config_out_of_range, "config", "problem", 2, "'jobs' must be a whole number from 1", "seedream config set jobs"),
    (config_nobody_writes, "config", "problem", 10, "not a regular file", "seedream doctor"),
    (history_below_a_file, "history", "problem", 10, "is not a folder", "mend its permissions"),
    (pictures_below_a_file, "pictures", "problem", 10, "is not a folder", "-d FOLDER"),
    (key_for_all, "key", "warning", 0, "others can read your key", "chmod 600 "),
    (damaged_keys, "key", "problem", 10, "is damaged", "rm "),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[0].__name__)
def test_a_fault_is_told_with_the_command_that_mends_it(
    home: Home, fault: tuple[Callable[[Home], None], str, str, int, str, str]
) -> None:
    make, name, state, status, message, hint = fault
    make(home)
    found = examine(home, status)[name]
    assert (found["state"], message in found["message"]) == (state, True), found
    assert found["hint"].startswith(hint)


@pytest.mark.parametrize(
    "fault",
    [
        ("SEEDREAM_JOBS", "0", "problem", "'jobs' must be a whole number from 1 to 512", "unset SEEDREAM_JOBS"),
        ("SEEDREAM_MAX_COST", "free", "problem", "'max_cost' must be a number", "unset SEEDREAM_MAX_COST"),
        ("SEEDREAM_MAX_COST", "9" * 400, "problem", "'max_cost' must be a number", "unset SEEDREAM_MAX_COST"),
        ("SEEDREAM_MAX_COTS", "0.1", "problem", "nothing reads it", "did you mean SEEDREAM_MAX_COST?"),
        ("SEEDREAM_FLAVOUR", "mint", "warning", "nothing reads it", "unset SEEDREAM_FLAVOUR"),
    ],
)
def test_a_variable_that_is_wrong_or_misspelt_is_told(home: Home, fault: tuple[str, str, str, str, str]) -> None:
    variable, value, state, message, hint = fault
    found = examine(home, 2 if state == "problem" else 0, env={variable: value})["environment"]
    assert (found["state"], message in found["message"]) == (state, True), found
    assert found["hint"].startswith(hint)


def test_variables_that_the_program_reads_are_no_strangers() -> None:
    sources = (ROOT / "seedream_cli").rglob("*.py")
    read = {name for path in sources for name in re.findall(r"SEEDREAM_[A-Z_]*[A-Z]", path.read_text())}
    assert len(read) > 10
    assert list(strangers(dict.fromkeys(read, "1"))) == []


@pytest.mark.parametrize(
    ("base_url", "status"), [("ftp://a.example", 2), ("http://a.example/v1", 2), ("https://user:pw@a.example/v1", 2)]
)
def test_an_address_that_no_key_goes_to_is_told(home: Home, base_url: str, status: int) -> None:
    found = examine(home, status, env={"SEEDREAM_BASE_URL": base_url})
    assert found["service"]["state"] == "problem"
    assert "network" not in found


@pytest.mark.parametrize(
    ("reply", "status", "message"),
    [
        (error(401), 3, "(HTTP 401)"),
        (error(403), 3, "(HTTP 403)"),
        (error(503), 7, "(HTTP 503)"),
        (status_json(200, {}, billed=False), 7, "cannot be read"),
    ],
)
def test_a_service_that_refuses_is_told(home: Home, service: Service, reply: Reply, status: int, message: str) -> None:
    service.on_path("/v1/models", reply)
    found = examine(home, status)["service"]
    assert (found["state"], message in found["message"]) == ("problem", True), found
    assert found["hint"]


def test_every_wait_is_bounded(home: Home, service: Service) -> None:
    service.on_path("/v1/models", hang(billed=False))
    result = home.run("doctor", "--json").expect(7)
    assert "the service does not answer: no answer in time" in checks(result)["service"]["message"]
    with silent_port() as port:
        slow = home.run("doctor", "--json", env={"SEEDREAM_BASE_URL": f"http://127.0.0.1:{port}/v1"}).expect(7)
    assert "no answer in time" in checks(slow)["network"]["message"]
    assert max(result.seconds, slow.seconds) < 12


def test_a_service_that_is_not_there_is_told(home: Home) -> None:
    env = {"SEEDREAM_BASE_URL": f"http://127.0.0.1:{refusing_port()}/v1"}
    found = examine(home, 7, env=env)
    assert "Connection refused" in found["network"]["message"]
    assert "service" not in found
    named = examine(home, 7, env={"SEEDREAM_BASE_URL": "https://no-such-host.invalid/v1"})
    assert "the name no-such-host.invalid cannot be looked up" in named["network"]["message"]


@pytest.mark.parametrize(("tls", "status"), [(True, 0), ("untrusted", 7)])
def test_certificates_are_checked(home: Home, tls: Any, status: int) -> None:
    with Service(tls=tls) as service:
        env = {"SEEDREAM_BASE_URL": service.base_url, "SSL_CERT_FILE": str(service.ca_pem)}
        found = examine(home, status, env=env)
        if status:
            assert "no secure connection" in found["network"]["message"]
            assert "SSL_CERT_FILE" in found["network"]["hint"]
            assert service.others == []
        else:
            assert "TLSv1." in found["network"]["message"]
            assert found["service"]["state"] == "ok"


def test_a_proxy_is_named_without_its_password(home: Home) -> None:
    with Proxy() as proxy:
        url = proxy.url.replace("http://", "http://somebody:pa55word@")
        env = {"SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1", "HTTPS_PROXY": url}
        result = home.run("doctor", "--json", env=env).expect(7)
    found = checks(result)
    assert found["proxy"]["message"].startswith(url.rpartition("@")[2])
    assert found["network"]["state"] == "ok"
    assert "the proxy refused" in found["service"]["message"]
    assert b"pa55word" not in result.output


@pytest.mark.parametrize(
    ("proxy", "message"),
    [("http://[", "is not a URL"), ("http://", "is not a URL"), ("ftp://127.0.0.1:{port}", "proxy")],
)
def test_a_proxy_that_cannot_be_is_told(home: Home, service: Service, proxy: str, message: str) -> None:
    env = {"SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1", "HTTPS_PROXY": proxy.format(port=service.port)}
    found = examine(home, 2, env=env)
    (fault,) = [check for check in found.values() if check["state"] == "problem"]
    assert message in fault["message"]


def test_a_lock_that_is_held_is_told(home: Home) -> None:
    home.gen("a fox").expect(0)
    with home.history_path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = examine(home, 10)["history"]
    assert "another process has held its lock" in found["message"]


@pytest.mark.parametrize(("offset", "state"), [(0, "ok"), (30, "ok"), (-7200, "warning"), (90000, "warning")])
def test_a_clock_that_is_wrong_is_told(home: Home, service: Service, offset: float, state: str) -> None:
    service.on_path("/v1/models", date(offset))
    assert examine(home)["clock"]["state"] == state


@pytest.mark.parametrize("value", ["", "yesterday", "0", "Thu, 99 Nov 99999 10:00:00 GMT", "x" * 5000])
def test_a_date_that_is_none_is_left_alone(home: Home, service: Service, value: str) -> None:
    headers = [("Date", value)]
    service.on_path("/v1/models", status_json(200, {"data": [{"id": "a"}]}, billed=False, headers=headers))
    assert "clock" not in examine(home)


def test_a_pipe_gets_tabs_and_a_terminal_words(home: Home, service: Service) -> None:
    lines = home.run("doctor", env=NO_KEY).expect(3).lines
    assert all(line.count("\t") == 3 for line in lines)
    assert {line.split("\t")[0] for line in lines} == {"ok", "problem"}
    screen = home.in_terminal("doctor", env=NO_KEY | {"NO_COLOR": "1"}, columns=80)
    assert screen.status == 3
    assert "problem  key         no API key\r\n" in screen.text
    assert "hint: seedream auth login" in screen.text
    assert "80 columns, utf-8, no colours (NO_COLOR), no previews" in screen.text
    assert "\x1b" not in screen.text


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_on_a_terminal_checks_fit(home: Home, columns: int) -> None:
    env = NO_KEY | {"SEEDREAM_DIR": "图片" * 40}
    screen = home.in_terminal("doctor", env=env, columns=columns).text
    assert all(wcswidth(each) <= columns for each in screen.split("\r\n"))
    whole = re.sub(r"\s", "", screen)
    assert f"'{env['SEEDREAM_DIR']}'" in whole
    assert "problemkeynoAPIkeyhint:seedreamauthlogin" in whole
    assert f"'{env['SEEDREAM_DIR']}'" in home.run("doctor", env=env | {"COLUMNS": str(columns)}).stdout.decode()


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"TERM": "xterm-kitty"}, "previews by kitty"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "previews by half blocks"),
        ({"TERM": "dumb"}, "TERM=dumb: plain text"),
        ({"LANG": "C", "PYTHONIOENCODING": "ascii"}, "its encoding is ascii"),
        ({"SEEDREAM_GRAPHICS": "crayons"}, "SEEDREAM_GRAPHICS is 'crayons'"),
    ],
)
def test_the_terminal_is_described(home: Home, env: dict[str, str], told: str) -> None:
    assert told in home.in_terminal("doctor", env=env, columns=120).text


def test_no_key_and_nothing_hostile_is_shown(home: Home, service: Service) -> None:
    service.on_path("/v1/models", error(400, message=f"{HOSTILE_TEXT} {CANARY_KEY}"))
    hostile = HOSTILE_TEXT.replace("\0", "").encode("utf-8", "ignore").decode()
    screen = home.in_terminal("doctor", env={"SEEDREAM_DIR": hostile, "SEEDREAM_\x1b]0;x": "1"})
    assert CANARY_KEY not in screen.text
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200f]", screen.text.replace("\r\n", "\n"))


# Whether seeds are honoured


def check_seeds(home: Home, *argv: str, status: int = 0, **how: Any) -> Result:
    return home.run("doctor", "--seed-check", *argv, **how).expect(status)


def test_the_sandbox_honours_seeds(offline_home: Home) -> None:
    result = check_seeds(offline_home, "--sandbox")
    assert result.lines[-1] == "identical\tseedream-v5lite\t1"
    assert [Path(line).suffix for line in result.lines[:-1]] == [".png", ".png"]
    one, other = offline_home.drafts()
    assert (one["prompt"], one["seed"], one["tags"]) == (other["prompt"], other["seed"], ["seed-check"])
    assert one["sandbox"]


def ignoring_seeds() -> Service:
    """A service that draws another picture each time."""
    seeds = itertools.count(1)
    return Service(picture=lambda _seed, _index, size: paint("a harbour", "", next(seeds), *size, "seedream-v5lite"))


def test_a_service_without_seeds_is_found_out_and_reruns_remind_of_it(home: Home) -> None:
    with ignoring_seeds() as service:
        env = {"SEEDREAM_BASE_URL": service.base_url}
        result = check_seeds(home, "--yes", "--json", env=env)
        told = result.objects[-1]
        assert (told["seeds"], told["model"]) == ("unrelated", "seedream-v5lite")
        assert [post.seed for post in service.ledger] == [service.ledger[0].seed] * 2
        assert service.billed == 2
        reminder = "seedream-v5lite did not honour seeds when that was checked"
        rerun = home.run("history", "rerun", "last", "--dry-run", env=env).expect(0)
        assert rerun.talk.count(reminder) == 1
        # New seeds, another model and another service are another matter.
        for other in (["-n", "2"], ["--seed", "+1"], ["-m", "seedream-v4"]):
            assert reminder not in home.run("history", "rerun", "last", "--dry-run", *other, env=env).expect(0).talk
        assert reminder not in home.run("history", "final", "last", "--dry-run", env=env).expect(0).talk
        assert reminder not in home.run("history", "rerun", "last", "--dry-run", "--sandbox").expect(0).talk


def test_it_asks_first_and_says_what_it_costs(home: Home, service: Service) -> None:
    result = check_seeds(home, status=2)
    assert "a seed check draws 2 pictures, about $0.024" in result.talk
    assert "hint: seedream doctor --seed-check --yes" in result.talk
    no = home.in_terminal("doctor", "--seed-check", answers=[(r"\[y/N\]", "n\r")])
    assert no.status == 2
    assert service.posts == 0
    yes = home.in_terminal("doctor", "--seed-check", answers=[(r"\[y/N\]", "y\r")])
    assert yes.status == 0
    assert service.posts == 2
    assert "identical" in yes.text


def test_the_configured_model_and_folder_are_used(home: Home, service: Service) -> None:
    home.configure('model = "seedream-v4"\ndir = "there"')
    result = check_seeds(home, "--yes")
    assert result.lines[-1].startswith("identical\tseedream-v4\t")
    assert {path.parent for path in result.paths[:2]} == {Path("there")}
    assert {post.json["model"] for post in service.ledger} == {"seedream-v4"}
    check_seeds(home, "--yes", env={"SEEDREAM_MODEL": "seedream-v4.5"})
    assert service.ledger[-1].json["model"] == "seedream-v4.5"


@pytest.mark.parametrize("how", ["configured", "variable"])
def test_a_check_costs_no_more_than_any_command_may(home: Home, service: Service, how: str) -> None:
    if how == "configured":
        home.configure("max_cost = 0.02")
    env = {"SEEDREAM_MAX_COST": "0.02"} if how == "variable" else {}
    talk = check_seeds(home, "--yes", status=4, env=env).talk
    assert "2 drafts cost about $0.024, more than $0.02" in talk
    assert service.posts == 0
    check_seeds(home, "--yes", env={"SEEDREAM_MAX_COST": "0.024"})


def test_a_variable_that_is_wrong_is_told_before_anything_is_drawn(home: Home, service: Service) -> None:
    assert "SEEDREAM_MAX_COST" in check_seeds(home, "--yes", status=2, env={"SEEDREAM_MAX_COST": "free"}).talk
    assert service.posts == 0


def test_a_half_drawn_check_gives_no_answer(home: Home, service: Service) -> None:
    service.script(error(451))
    result = check_seeds(home, "--yes", "-v", status=11)
    assert "seeds: no answer" in result.talk
    assert not (home.history_path.parent / "history.jsonl.d" / "seed-checks.json").exists()


def test_a_check_that_the_money_does_not_reach_for_gives_no_answer(home: Home, service: Service) -> None:
    service.always(error(402))
    assert "seeds: no answer" in check_seeds(home, "--yes", status=4).talk
    home.configure("daily_cap = 0.001")
    check_seeds(home, "--yes", status=4)


def test_a_check_without_a_key_costs_nothing(home: Home) -> None:
    assert "no API key" in check_seeds(home, "--yes", status=3, env=NO_KEY).talk
