import socket
import time
from urllib.parse import urlsplit

import pytest

from seedream_cli.sandbox import Patience

BODY = b'{"model": "seedream-v5lite", "prompt": "p"}'


def post(root, *, host=None, extra="", length=None, content_type="application/json"):
    length = len(BODY) if length is None else length
    head = (
        f"POST /v1/images/generations HTTP/1.1\r\nHost: {host or urlsplit(root).netloc}\r\nx-api-key: k\r\n"
        f"content-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n{extra}\r\n"
    )
    return head.encode("latin-1")


def status(answer):
    return int(answer.split(b" ", 2)[1])


def test_it_listens_on_loopback_only(start):
    sandbox = start()
    with pytest.raises(OSError, match=r"refused|timed out|assign"):
        socket.create_connection(("127.0.0.2", sandbox.port), timeout=5)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("LOCALHOST:{port}", 200),
        ("[::1]:{port}", 200),
        ("evil.example:{port}", 403),
        ("127.0.0.1", 403),
        ("127.0.0.1:1", 403),
        ("localhost:{port}.evil.example", 403),
        ("127.0.0.1:{port}@evil.example", 403),
        ("169.254.169.254:{port}", 403),
        (" ", 403),
    ],
)
def test_only_its_own_names_are_answered(account, talk, host, expected):
    port = account.sandbox.port
    answer = talk(account.root, post(account.root, host=host.format(port=port)) + BODY)
    assert status(answer) == expected
    assert account.sandbox.ledger.billed_images == (1 if expected == 200 else 0)


def test_a_missing_and_a_second_host_are_refused(account, talk):
    assert status(talk(account.root, b"GET /sandbox/ledger HTTP/1.0\r\n\r\n")) == 403
    host = urlsplit(account.root).netloc
    twice = f"GET /sandbox/ledger HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"
    assert status(talk(account.root, twice.encode())) == 400


def test_the_ledger_too_is_closed_to_other_names(account):
    answer = account.get(account.root + "/sandbox/ledger", headers={"host": "evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1", ""])
def test_pages_of_other_sites_are_refused(account, origin):
    answer = account.generate(headers={"origin": origin})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
    assert account.sandbox.ledger.billed_images == 0
    (url,) = account.urls()
    assert account.get(url, headers={"origin": origin}).status_code == 403


def test_a_page_of_its_own_may_call_and_no_answer_opens_it_to_others(account):
    answer = account.generate(headers={"origin": account.root})
    assert answer.status_code == 200
    assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/jsonp",
        "",
    ],
)
def test_forms_are_refused(account, talk, content_type):
    answer = talk(account.root, post(account.root, content_type=content_type) + BODY)
    assert status(answer) == 415
    assert account.sandbox.ledger.billed_images == 0


def test_json_may_name_its_charset(account):
    assert account.generate(headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


def test_a_body_too_large_is_refused_before_it_is_read(account, talk):
    answer = talk(account.root, post(account.root, length=100 * 1024 * 1024))
    assert status(answer) == 413
    assert b"body_too_large" in answer


def test_a_client_that_sends_a_large_body_anyway_gets_the_answer(account):
    answer = account.generate(content=b"x" * 3_000_000)
    assert answer.status_code == 413


def test_bodies_in_chunks_are_refused(account, talk):
    head = post(account.root).replace(b"content-length: 43", b"transfer-encoding: chunked")
    assert b"chunked" in head
    assert status(talk(account.root, head + b"0\r\n\r\n")) == 411
    both = post(account.root, extra="transfer-encoding: chunked\r\n")
    assert status(talk(account.root, both + BODY)) == 411


def test_a_body_without_length_is_refused(account, talk):
    head = post(account.root).replace(b"content-length: 43\r\n", b"")
    assert status(talk(account.root, head)) == 411


@pytest.mark.parametrize("length", ["-1", "+43", "4_3", "0x2b", "43, 43", "43 43", "²", "9" * 30])
def test_an_odd_length_is_refused(account, talk, length):
    assert status(talk(account.root, post(account.root, length=length) + BODY)) == 400


def test_a_second_length_is_refused(account, talk):
    answer = talk(account.root, post(account.root, extra="content-length: 1\r\n") + BODY)
    assert status(answer) == 400


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET http://evil.example/ HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / \x00 HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nname : space\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\na: b\x00\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 200_000, 431),
    ],
)
def test_malformed_and_oversized_heads_are_refused_in_an_envelope(account, talk, raw, expected):
    answer = talk(account.root, raw)
    assert status(answer) == expected
    assert b'{"error": {' in answer


def test_a_slow_head_and_a_slow_body_are_cut_off_as_a_whole(connect):
    account = connect(patience=Patience(request=0.15))
    parts = urlsplit(account.root)
    for raw in (b"GET / HTTP/1.1\r\nHost: x", post(account.root) + b'{"model"'):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
            connection.sendall(raw)
            began = time.monotonic()
            answer = b""
            connection.settimeout(0.02)
            # Each byte comes in time; all of them together do not.
            while b"\r\n\r\n" not in answer and time.monotonic() - began < 5:
                try:
                    answer += connection.recv(65536)
                except TimeoutError:
                    connection.sendall(b"a")
            assert status(answer) == 408
            assert time.monotonic() - began < 3
    assert account.sandbox.ledger.requests == 0


def test_an_idle_connection_is_closed_without_a_word(connect):
    account = connect(patience=Patience(idle=0.05))
    parts = urlsplit(account.root)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        assert connection.recv(1) == b""


def test_a_client_that_never_reads_is_given_up(connect):
    account = connect(patience=Patience(answer=0.1), faults="huge", max_connections=1)
    parts = urlsplit(account.root)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(post(account.root) + BODY)
        for _ in range(60):
            if account.get(account.root + "/sandbox/ledger").status_code == 200:
                return
            time.sleep(0.05)
    raise AssertionError("the connection was never given free")


def test_one_connection_too_many_is_turned_away(connect):
    account = connect(max_connections=2)
    parts = urlsplit(account.root)
    address = (parts.hostname, parts.port)
    with (
        socket.create_connection(address, timeout=5),
        socket.create_connection(address, timeout=5),
        socket.create_connection(address, timeout=5) as third,
    ):
        answer = third.recv(65536)
    assert status(answer) == 503
    assert b"too_many_connections" in answer


def test_clients_that_leave_at_any_point_leave_no_trace(connect, capfd):
    account = connect(faults="drip:0.05*3")
    parts = urlsplit(account.root)
    whole = post(account.root) + BODY
    for end in range(0, len(whole) + 1, 17):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
            connection.sendall(whole[:end])
    for _ in range(3):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
            connection.sendall(whole)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert account.get(account.root + "/sandbox/ledger").status_code == 200
    account.sandbox.stop()
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_its_own_is_an_envelope_without_a_traceback(connect, capfd):
    def broken(*recipe):
        raise KeyError("private detail")

    answer = connect(painter=broken).generate(response_format="b64_json")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")
    assert "private" not in answer.text
    assert "Traceback" not in answer.text
    assert capfd.readouterr() == ("", "")
