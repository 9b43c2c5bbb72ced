"""`seedream sandbox`: the API on this machine, for curl and for seedream itself, until it is interrupted."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from support.program import Home, Launch, Running

from seedream_cli.sandbox.faults import DOWNLOAD_KINDS, GENERATION_KINDS

BODY = {"model": "seedream-v5lite", "prompt": "An ink-wash mountain at dawn, soft mist", "size": "1024x1024", "n": 1}


@contextmanager
def serving(home: Home, *argv: str, **how: object) -> Iterator[tuple[Running, str]]:
    with home.start("sandbox", *argv, **how) as running:
        yield running, running.first_line()


def post(base: str, key: str = "any", **fields: object) -> httpx.Response:
    url = f"{base}/images/generations"
    return httpx.post(url, json=BODY | fields, headers={"x-api-key": key}, trust_env=False, timeout=20)


def test_the_first_line_is_the_base_url_and_the_rest_is_talk(offline_home: Home) -> None:
    with serving(offline_home) as (running, base):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", base)
        running.wait_for(b"\n")
        running.interrupt()
        result = running.wait().expect(130)
    assert result.lines == [base]
    assert "nothing is billed; Ctrl-C ends it" in result.talk
    assert "Traceback" not in result.talk


def test_the_documented_request_works_word_for_word(offline_home: Home) -> None:
    with serving(offline_home) as (_, base):
        command = [
            "curl", "-sS", f"{base}/images/generations", "-H", "x-api-key: any", "-H", "content-type: application/json",
            "-d", json.dumps(BODY | {"n": 2}),
        ]  # fmt: skip
        answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        assert len(answer["data"]) == 2
        picture = httpx.get(answer["data"][0]["url"], trust_env=False).content
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")


def test_seedream_draws_from_it(offline_home: Home) -> None:
    with serving(offline_home) as (_, base):
        env = {"SEEDREAM_BASE_URL": base, "BYTESPIKE_API_KEY": "any"}
        (path,) = offline_home.gen("a fox", env=env).expect(0).paths
        assert (offline_home.work / path).stat().st_size > 10_000


def test_help_names_every_fault(offline_home: Home) -> None:
    text = " ".join(offline_home.run("sandbox", "--help").expect(0).stdout.decode().split())
    named = set(re.findall(r"Faults of requests: 400 to 599, each with (.*?)\.", text)[0].split(", "))
    assert {kind.name for kind in GENERATION_KINDS} == named - {"-html or -empty too"}
    named = set(re.findall(r"Faults of downloads: get\.400 to get\.599, (.*?)\. ", text)[0].split(", "))
    assert {f"get.{kind.name}" for kind in DOWNLOAD_KINDS} == named


def test_no_key_is_refused_and_keys_are_not_logged(offline_home: Home) -> None:
    with serving(offline_home) as (running, base):
        assert post(base, key="").status_code == 401
        assert post(base, key="sk-byts-real-one").status_code == 200
        running.interrupt()
        assert b"sk-byts-real-one" not in running.wait().output
    assert offline_home.holding("sk-byts-real-one") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_even_while_requests_wait(offline_home: Home, number: signal.Signals) -> None:
    body = json.dumps(BODY).encode()
    with serving(offline_home, "--latency", "600") as (running, base):
        host = httpx.URL(base).netloc.decode()
        head = [
            "POST /v1/images/generations HTTP/1.1",
            f"host: {host}",
            "x-api-key: k",
            "content-type: application/json",
            f"content-length: {len(body)}",
        ]
        with socket.create_connection(("127.0.0.1", int(host.partition(":")[2])), 5) as waiting:
            waiting.sendall("\r\n".join([*head, "", ""]).encode() + body)
            running.signal(number)
            running.wait(timeout=5).expect(128 + number)


def test_ctrl_c_in_a_terminal_ends_it(offline_home: Home) -> None:
    with offline_home.terminal("sandbox") as terminal:
        terminal.expect("Ctrl-C ends it")
        terminal.type("\x03")
        screen = terminal.wait(5)
    assert screen.status == 130
    assert "Traceback" not in screen.text


def test_a_port_can_be_chosen_and_may_be_taken(offline_home: Home) -> None:
    with serving(offline_home) as (_, base):
        port = str(httpx.URL(base).port)
        result = offline_home.run("sandbox", "--port", port).expect(10)
        assert result.talk == (
            f"seedream: error: port {port} cannot be served: Address already in use\n"
            "hint: seedream sandbox --port 0   # a free one\n"
        )
    with serving(offline_home, "--port", port) as (_, again):
        assert again == base


def test_its_options_reach_the_service(offline_home: Home) -> None:
    argv = ("--balance", "0.02", "--ttl", "0", "--faults", "503")
    with serving(offline_home, *argv) as (_, base):
        assert post(base).status_code == 503
        answer = post(base)
        assert float(answer.headers["x-quota-remaining-credits"]) == 0.008
        assert httpx.get(answer.json()["data"][0]["url"], trust_env=False).status_code == 403
        assert post(base).status_code == 402


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (["--faults", "nope"], "fault script: 'nope' is not known; known are ok, "),
        (["--faults", "@none"], "fault script: 'none' cannot be read: No such file or directory"),
        (["--ttl", "inf"], "ttl must be seconds, 0 or more"),
        (["--latency", "-1"], "invalid value for --latency: -1 is not in the range"),
        (["--balance", "-1"], "invalid value for --balance: -1 is not in the range"),
        (["--concurrency", "0"], "invalid value for --concurrency: 0 is not in the range"),
        (["--port", "65536"], "invalid value for --port: 65536 is not in the range"),
        (["extra"], "got unexpected extra argument(s) (extra)"),
    ],
)
def test_what_cannot_be_served_is_bad_input(offline_home: Home, argv: list[str], error: str) -> None:
    first, hint = offline_home.run("sandbox", *argv).expect(2).talk.splitlines()
    assert first.startswith(f"seedream: error: {error}")
    assert hint == "hint: seedream sandbox --help"


def test_it_serves_on_without_any_streams(offline_home: Home) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with offline_home.start("sandbox", "--port", str(port), launch=Launch(close=(0, 1, 2))) as running:
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport, trust_env=False) as client:
            assert client.get(f"http://127.0.0.1:{port}/v1/models", headers={"x-api-key": "k"}).status_code == 200
        running.terminate()
        running.wait(5).expect(143)


def test_gen_has_one_inside_itself(offline_home: Home) -> None:
    result = offline_home.gen("a fox", "--json", "--sandbox", "-s", "square").expect(0)
    (drawn,) = result.objects
    assert (drawn["sandbox"], drawn["cost_usd"], drawn["status"]) == (True, 0, "saved")
    assert "stand-in pictures painted on this machine" in result.talk
