"""`seedream auth`: a key comes in unseen, is kept in private, goes to one origin, and is never shown."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from support.program import Home, Launch, Screen, StillRunningError, Terminal
from support.replies import CANARY_KEY, Reply, echoing, error, status_json
from support.service import Service, refusing_port

OTHER_KEY = "sk-byts-another0key0of0the0same0user"
TESTS = Path(__file__).parents[1]
NO_KEY = {"BYTESPIKE_API_KEY": None}


@pytest.fixture
def home(home: Home) -> Home:
    """A home that has no key in the environment."""
    del home.env["BYTESPIKE_API_KEY"]
    home.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return home


def with_keyring(home: Home, name: str) -> Home:
    home.env |= {
        "PYTHONPATH": str(TESTS),
        "PYTHON_KEYRING_BACKEND": f"support.keyrings.{name}",
        "TEST_KEYRING": str(home.root / "vault.json"),
    }
    return home


def keys_path(home: Home) -> Path:
    return home.root / ".config" / "seedream" / "keys.json"


def login(home: Home, key: str = CANARY_KEY, **how: object) -> str:
    return home.run("auth", "login", stdin=key.encode() + b"\n", **how).expect(0).talk


def pressing_ctrl_c(terminal: Terminal) -> Screen:
    """A signal between the prompt and the reading of it goes unnoticed: a person presses again."""
    for _ in range(29):
        terminal.type("\x03")
        with suppress(StillRunningError):
            return terminal.wait(1)
    return terminal.wait()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_from_stdin_is_stored_in_a_private_file_and_drawn_with(home: Home, service: Service) -> None:
    said = login(home, launch=Launch(umask=0o000))
    assert f"the key for {service.address} is stored in {keys_path(home)}" in said
    assert (mode(keys_path(home)), mode(keys_path(home).parent)) == (0o600, 0o700)
    home.gen("a fox").expect(0)
    assert service.ledger[0].header("x-api-key") == CANARY_KEY
    assert home.holding(CANARY_KEY) == [keys_path(home)]


def test_a_key_typed_on_the_terminal_is_not_shown(home: Home) -> None:
    screen = home.in_terminal("auth", "login", answers=[("API key", CANARY_KEY + "\r")])
    assert screen.status == 0
    assert CANARY_KEY not in screen.text
    assert CANARY_KEY in keys_path(home).read_text()


def test_ctrl_c_at_the_prompt_stores_nothing_and_leaves_the_terminal_as_it_was(home: Home) -> None:
    with home.terminal("auth", "login") as terminal:
        terminal.expect("API key")
        terminal.type("sk-byts-half")
        screen = pressing_ctrl_c(terminal)
    assert screen.status == 130
    assert "half" not in screen.text
    assert not keys_path(home).exists()


@pytest.mark.parametrize("typed", ["\r", "\x04", "   \r"])
def test_nothing_typed_is_told(home: Home, typed: str) -> None:
    screen = home.in_terminal("auth", "login", answers=[("API key", typed)])
    assert screen.status == 2
    assert "no key was given" in screen.text


@pytest.mark.parametrize("how", [{"stdin": b""}, {"stdin": b" \n"}, {"stdin": None}])
def test_an_empty_stdin_is_told(home: Home, how: dict[str, bytes | None]) -> None:
    assert "no key was given" in home.run("auth", "login", **how).expect(2).talk


@pytest.mark.parametrize("argv", [[OTHER_KEY], ["--", OTHER_KEY], ["x", OTHER_KEY]])
def test_a_key_as_an_argument_is_refused_and_not_repeated(home: Home, argv: list[str]) -> None:
    result = home.run("auth", "login", *argv).expect(2)
    assert "not taken from the command line" in result.talk
    assert OTHER_KEY.encode() not in result.output


@pytest.mark.parametrize("option", ["--key", "--api-key", "-k"])
def test_no_option_takes_a_key(home: Home, option: str) -> None:
    for argv in ([option, OTHER_KEY], [f"{option}={OTHER_KEY}"]):
        result = home.run("auth", "login", *argv).expect(2)
        assert OTHER_KEY.encode() not in result.output
        assert not keys_path(home).exists()


@pytest.mark.parametrize(
    "key", ["two words", "sk-byts-ключ", "a\nb", "sk-byts-\x07", "export BYTESPIKE_API_KEY=sk-byts-1"]
)
def test_what_no_header_carries_is_not_stored(home: Home, key: str) -> None:
    result = home.run("auth", "login", stdin=key.encode()).expect(3)
    assert "characters that no key has" in result.talk
    assert key[:9].encode() not in result.output
    assert not keys_path(home).exists()


def test_what_is_longer_than_any_key_is_not_stored(home: Home) -> None:
    result = home.run("auth", "login", stdin=b"k" * 5000).expect(3)
    assert "has 5000 characters, more than any key has" in result.talk
    assert not keys_path(home).exists()


def test_a_key_of_another_shape_is_warned_about_where_the_services_own_are_known(offline_home: Home) -> None:
    offline_home.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    assert "begin with sk-byts-" in login(offline_home, "something-else")
    assert "begin with" not in login(offline_home, OTHER_KEY)
    assert "begin with" not in login(offline_home, "any", env={"SEEDREAM_BASE_URL": "http://127.0.0.1:9/v1"})


def test_a_stored_key_goes_to_the_origin_it_was_stored_for_and_to_no_other(home: Home, service: Service) -> None:
    login(home)
    with Service() as other:
        elsewhere = {"SEEDREAM_BASE_URL": other.base_url}
        for argv in (["gen", "a fox"], ["models", "--live"], ["auth", "status", "--check"]):
            result = home.run(*argv, env=elsewhere).expect(3)
            assert f"no API key for {other.address} (one is stored for {service.address}" in result.talk
        assert other.connections == 0
        login(home, OTHER_KEY, env=elsewhere)
        home.gen("a fox", env=elsewhere).expect(0)
        assert [post.header("x-api-key") for post in other.ledger] == [OTHER_KEY]
        # The environment's key goes where the environment says.
        home.gen("a fox", env=elsewhere | {"BYTESPIKE_API_KEY": "sk-byts-of-the-environment"}).expect(0)
        assert other.ledger[-1].header("x-api-key") == "sk-byts-of-the-environment"
    home.gen("a fox").expect(0)
    assert [post.header("x-api-key") for post in service.ledger] == [CANARY_KEY]


def test_the_environment_wins_and_login_says_so(home: Home, service: Service) -> None:
    env = {"BYTESPIKE_API_KEY": OTHER_KEY}
    assert "BYTESPIKE_API_KEY is set and wins" in login(home, env=env)
    home.gen("a fox", env=env).expect(0)
    assert service.ledger[0].header("x-api-key") == OTHER_KEY
    assert "BYTESPIKE_API_KEY still holds one" in home.run("auth", "logout", env=env).expect(0).talk


def test_status_says_where_the_key_comes_from_and_how_it_ends(home: Home, service: Service) -> None:
    result = home.run("auth", "status").expect(3)
    assert "no API key" in result.talk
    assert result.stdout == b""
    login(home)
    result = home.run("auth", "status").expect(0)
    assert result.lines == [f"key: from {keys_path(home)}, ends in 7788", f"service: {service.base_url}"]
    assert service.connections == 0
    short = home.run("auth", "status", env={"BYTESPIKE_API_KEY": "sk-byts-1234567"}).expect(0)
    assert short.lines[0] == "key: from BYTESPIKE_API_KEY, too short for its end to be shown"


def test_on_a_terminal_status_fits_and_nothing_is_left_out(home: Home) -> None:
    login(home)
    screen = home.in_terminal("auth", "status", "--check", columns=40)
    lines = screen.text.splitlines()
    assert screen.status == 0
    assert max(map(len, lines)) <= 40
    joined = "".join(lines).replace(" ", "")
    assert f"key:from{keys_path(home)},endsin7788service:" in joined
    assert "models:seedream-v5lite,seedream-v4,seedream-v4.5" in joined


def test_check_asks_for_models_and_balance_at_that_origin(home: Home, service: Service) -> None:
    login(home)
    result = home.run("auth", "status", "--check").expect(0)
    assert result.lines[2:] == ["balance: $31.40", "models: seedream-v5lite, seedream-v4, seedream-v4.5"]
    assert [(each.method, each.target) for each in service.others] == [
        ("GET", "/v1/models"),
        ("GET", "/api/v1/me/account"),
    ]
    assert {each.header("x-api-key") for each in service.others} == {CANARY_KEY}
    assert not home.history_path.exists()


def test_status_as_json_has_the_same_keys_always(home: Home, service: Service) -> None:
    (absent,) = home.run("auth", "status", "--json").expect(3).objects
    login(home)
    (plain,) = home.run("auth", "status", "--json").expect(0).objects
    (checked,) = home.run("auth", "status", "--json", "--check").expect(0).objects
    service.on_path("/v1/models", error(401))
    (refused,) = home.run("auth", "status", "--json", "--check").expect(3).objects
    assert tuple(absent) == tuple(plain) == tuple(checked) == tuple(refused)
    assert (absent["source"], absent["error"], absent["alive"]) == (None, "no API key", None)
    assert (plain["source"], plain["place"], plain["ending"]) == ("file", str(keys_path(home)), "7788")
    assert (plain["alive"], plain["balance_usd"]) == (None, None)
    assert (checked["alive"], checked["balance_usd"], len(checked["models"])) == (True, 31.4, 3)
    assert (refused["alive"], refused["models"]) == (False, None)


@pytest.mark.parametrize(
    ("reply", "status"), [(error(401), 3), (error(403), 3), (error(500), 7), (echoing(401), 3), (echoing(500), 7)]
)
def test_a_failed_check_has_its_status_and_shows_no_key(
    home: Home, service: Service, reply: Reply, status: int
) -> None:
    login(home)
    service.on_path("/v1/models", reply)
    result = home.run("auth", "status", "--check").expect(status)
    assert result.lines[0].startswith("key: from ")
    assert CANARY_KEY.encode() not in result.output


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error(404), "not told"),
        (status_json(200, {"balance": {}}, billed=False), "not told"),
        (status_json(200, {"balance": {"available_usd": "31"}}, billed=False), "not told"),
        (status_json(200, {"balance": {"available_usd": 0}}, billed=False), "$0.00"),
    ],
)
def test_an_account_that_says_nothing_is_no_failure(home: Home, service: Service, reply: Reply, told: str) -> None:
    service.on_path("/api/v1/me/account", reply)
    login(home)
    assert home.run("auth", "status", "--check").expect(0).lines[2] == f"balance: {told}"


def test_a_key_that_the_service_repeats_is_not_shown(home: Home, service: Service) -> None:
    login(home)
    service.on_path("/v1/models", status_json(200, {"data": [{"id": f"model-{CANARY_KEY}\x1b[31m\n"}]}, billed=False))
    for argv in (["auth", "status", "--check"], ["auth", "status", "--check", "--json"], ["models", "--live"]):
        result = home.run(*argv).expect(0)
        assert CANARY_KEY.encode() not in result.output
        assert b"\x1b" not in result.output


def test_no_redirect_takes_the_key_elsewhere(home: Home, service: Service) -> None:
    from support.replies import redirect

    login(home)
    with Service() as other:
        service.on_path("/api/v1/me/account", redirect(302, f"{other.address}/api/v1/me/account"))
        assert "balance: not told" in home.run("auth", "status", "--check").expect(0).lines
        service.on_path("/v1/models", redirect(307, f"{other.address}/v1/models"))
        home.run("auth", "status", "--check").expect(7)
        assert other.connections == 0


def test_a_service_that_is_not_there_is_told(home: Home) -> None:
    env = {"SEEDREAM_BASE_URL": f"http://127.0.0.1:{refusing_port()}/v1"}
    login(home, env=env)
    assert "cannot reach the service" in home.run("auth", "status", "--check", env=env).expect(7).talk


def test_logout_removes_the_key_of_that_service_alone(home: Home, service: Service) -> None:
    elsewhere = {"SEEDREAM_BASE_URL": "https://other.example/v1"}
    login(home)
    login(home, OTHER_KEY, env=elsewhere)
    assert f"removed from {keys_path(home)}" in home.run("auth", "logout").expect(0).talk
    assert json.loads(keys_path(home).read_text())["keys"] == {"https://other.example": OTHER_KEY}
    home.gen("a fox").expect(3)
    assert f"no key was stored for {service.address}" in home.run("auth", "logout").expect(0).talk
    home.run("auth", "status", env=elsewhere).expect(0)


def test_a_file_that_others_can_read_is_warned_about_with_what_mends_it(home: Home) -> None:
    login(home)
    keys_path(home).chmod(0o644)
    result = home.gen("a fox").expect(0)
    assert f"others can read your key in {keys_path(home)} (mode 644): chmod 600 {keys_path(home)}" in result.talk
    login(home, OTHER_KEY)
    assert mode(keys_path(home)) == 0o600


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"keys": []}', b'{"keys": {"x": 1}}', b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_told_with_what_mends_it(home: Home, damage: bytes) -> None:
    login(home)
    keys_path(home).write_bytes(damage)
    for argv in (["gen", "a fox"], ["auth", "status"], ["auth", "logout"], ["auth", "login"]):
        result = home.run(*argv, stdin=OTHER_KEY.encode()).expect(10)
        assert f"{keys_path(home)} is damaged\nhint: rm {keys_path(home)} && seedream auth login" in result.talk


def test_a_full_disk_leaves_the_stored_key_as_it_was(home: Home) -> None:
    login(home)
    result = home.run("auth", "login", stdin=OTHER_KEY.encode(), launch=Launch(limits={"RLIMIT_FSIZE": 50})).expect(10)
    assert f"{keys_path(home)} cannot be written" in result.talk
    assert OTHER_KEY not in result.talk
    assert home.holding(OTHER_KEY) == []
    home.gen("a fox").expect(0)


def test_keys_stored_at_once_are_all_kept(home: Home) -> None:
    running = [
        home.start("auth", "login", stdin=f"key{n}".encode(), env={"SEEDREAM_BASE_URL": f"https://h{n}.example/v1"})
        for n in range(6)
    ]
    for each in running:
        with each:
            each.wait().expect(0)
    assert json.loads(keys_path(home).read_text())["keys"] == {f"https://h{n}.example": f"key{n}" for n in range(6)}


# The system's keyring


def test_a_keyring_that_works_keeps_the_key_and_no_file_does(home: Home, service: Service) -> None:
    login(home)  # while there was none yet
    with_keyring(home, "Remembering")
    assert "stored in the system's keyring (" in login(home, OTHER_KEY)
    assert [path.name for path in home.holding(OTHER_KEY)] == ["vault.json"]
    assert home.holding(CANARY_KEY) == []
    home.gen("a fox").expect(0)
    assert service.ledger[0].header("x-api-key") == OTHER_KEY
    assert "key: from the system's keyring" in home.run("auth", "status").expect(0).lines[0]
    assert "removed from the system's keyring" in home.run("auth", "logout").expect(0).talk
    assert home.holding(OTHER_KEY) == []
    home.gen("a fox").expect(3)


@pytest.mark.parametrize("name", ["Forgetful", "Broken", "Exploding", "NotThere", "not.a.module.Keyring"])
def test_where_the_keyring_does_not_keep_it_a_file_does(home: Home, service: Service, name: str) -> None:
    with_keyring(home, name)
    assert f"stored in {keys_path(home)}" in login(home)
    home.gen("a fox").expect(0)
    assert service.ledger[0].header("x-api-key") == CANARY_KEY
    home.run("auth", "logout").expect(0)
    assert home.holding(CANARY_KEY) == []


def test_a_keyring_that_cannot_be_read_is_named_where_no_key_is_found(home: Home) -> None:
    with_keyring(home, "Broken")
    screen = home.in_terminal("gen", "a fox")
    assert screen.status == 3
    assert "no API key; the system's keyring cannot be read: the vault is \\x1b[31mlocked\r\nhint" in screen.text
    result = home.run("auth", "logout").expect(0)
    assert "the system's keyring could not be asked" in result.talk


def test_a_broken_keyring_breaks_nothing_where_the_key_is_elsewhere(home: Home) -> None:
    with_keyring(home, "Exploding")
    result = home.gen("a fox", env={"BYTESPIKE_API_KEY": CANARY_KEY}).expect(0)
    assert "keyring" not in result.talk


def test_the_keyring_is_not_imported_where_a_key_is_found_before(home: Home) -> None:
    login(home)
    for env in ({}, {"BYTESPIKE_API_KEY": CANARY_KEY}):
        result = home.run("auth", "status", env=env | {"PYTHONVERBOSE": "1"}).expect(0)
        assert b"import 'seedream_cli.credentials'" in result.stderr
        assert b"import 'keyring" not in result.stderr


def test_a_run_as_another_user_without_a_home_tells_what_is_wrong(home: Home) -> None:
    folder = keys_path(home).parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"")
    result = home.run("auth", "login", stdin=CANARY_KEY.encode()).expect(10)
    assert "cannot be" in result.talk
    assert CANARY_KEY not in result.talk
    assert os.listdir(folder.parent) == ["seedream"]
