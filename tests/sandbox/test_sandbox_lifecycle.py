import ast
import contextlib
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

import seedream_cli.sandbox
from seedream_cli.sandbox import Sandbox


def test_it_can_be_used_as_a_context_manager():
    with Sandbox() as sandbox:
        assert sandbox.base_url == f"http://127.0.0.1:{sandbox.port}/v1"
        assert httpx.get(sandbox.base_url + "/models", trust_env=False).status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.base_url + "/models", trust_env=False)


def test_the_ledger_stays_readable_after_the_stop(connect):
    account = connect()
    account.generate(n=2)
    account.sandbox.stop()
    assert account.sandbox.ledger.billed_images == 2


def test_a_given_port_is_used_and_free_again_after_the_stop(start):
    first = start()
    first.stop()
    second = start(port=first.port)
    assert second.port == first.port


def test_a_taken_port_is_an_os_error(start):
    taken = start().port
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=taken).start()


def test_stopping_ends_every_wait_at_once(connect):
    before = set(threading.enumerate())
    account = connect(faults="hang:3600, drip:3600, huge", latency=0)
    address = ("127.0.0.1", account.sandbox.port)
    body = b'{"model": "seedream-v5lite", "prompt": "p"}'
    head = (
        f"POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1:{account.sandbox.port}\r\nx-api-key: k\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    connections = [socket.create_connection(address, timeout=5) for _ in range(5)]
    try:
        for connection in connections[:3]:
            connection.sendall(head + body)
        deadline = time.monotonic() + 5
        while account.sandbox.ledger.requests < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        waiting = set(threading.enumerate()) - before
        account.sandbox.stop()
        for thread in waiting:  # one that went on waiting would do so for an hour
            thread.join(60)
            assert not thread.is_alive()
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                while connection.recv(65536):
                    pass
    finally:
        for connection in connections:
            connection.close()


def test_stopping_cuts_the_latency_short(connect):
    account = connect(latency=3600)
    failures = []

    def draw():
        try:
            account.generate()
        except httpx.TransportError as error:
            failures.append(error)

    thread = threading.Thread(target=draw)
    thread.start()
    while not account.sandbox.ledger.in_flight:
        time.sleep(0.005)
    account.sandbox.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_no_thread_is_left_after_the_stop(connect):
    account = connect()
    account.urls(n=4)
    account.sandbox.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "seedream-sandbox"]


def test_stopping_twice_and_without_a_start_does_nothing(start):
    sandbox = start()
    sandbox.stop()
    sandbox.stop()
    Sandbox().stop()


def test_it_is_usable_once():
    with Sandbox() as sandbox, pytest.raises(RuntimeError):
        sandbox.start()
    with pytest.raises(RuntimeError):
        Sandbox().base_url  # noqa: B018


def test_waiting_ends_with_the_stop(start):
    sandbox = start()
    thread = threading.Thread(target=sandbox.wait)
    thread.start()
    sandbox.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1},
        {"port": 65536},
        {"latency": -1},
        {"latency": float("nan")},
        {"ttl": -1},
        {"ttl": float("inf")},
        {"balance": -0.01},
        {"balance": float("nan")},
        {"concurrency": 0},
    ],
)
def test_a_value_out_of_its_range_is_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Sandbox(**options)


def test_nothing_is_printed(connect, capfd):
    account = connect(faults="503, reset")
    account.generate()
    with pytest.raises(httpx.ReadError):
        account.generate()
    account.urls()
    account.sandbox.stop()
    assert capfd.readouterr() == ("", "")


def test_the_imitation_shares_no_code_with_the_client_but_the_catalogue():
    folder = Path(seedream_cli.sandbox.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if names == ["seedream_cli"]:
                names = [f"seedream_cli.{alias.name}" for alias in node.names]
            for name in names:
                assert not name.startswith("seedream_cli") or name.startswith(
                    ("seedream_cli.catalog", "seedream_cli.sandbox")
                ), f"{file.name} imports {name}"
