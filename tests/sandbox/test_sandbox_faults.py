import base64
import json
import math
import socket
import time
import zlib
from urllib.parse import urlsplit

import httpx
import pytest

CODES = {
    400: "invalid_param",
    401: "invalid_api_key",
    402: "insufficient_balance",
    403: "permission_denied",
    404: "not_found",
    413: "prompt_too_long",
    429: "rate_limit_exceeded",
    451: "content_policy_violation",
    500: "upstream_error",
    502: "upstream_error",
    503: "upstream_error",
    504: "upstream_error",
    529: "upstream_error",
    599: "upstream_error",
    418: "request_failed",
}


def send(account, body=b'{"model": "seedream-v5lite", "prompt": "p"}', path="/v1/images/generations"):
    """Post with nothing but a socket; return the connected socket."""
    parts = urlsplit(account.root)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=5)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nx-api-key: k\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def fetch(account, url):
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=5)
    connection.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return connection


def billed(account):
    return account.sandbox.ledger.billed_images


@pytest.mark.parametrize("status", CODES)
def test_a_status_comes_in_its_envelope_and_bills_nothing(connect, status):
    account = connect(faults=str(status))
    answer = account.generate()
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == CODES[status]
    assert billed(account) == 0
    entry = account.sandbox.ledger.entries[0]
    assert (entry.status, entry.fault) == (status, str(status))
    assert account.generate().status_code == 200
    assert billed(account) == 1


def test_a_status_can_come_as_html_or_empty_and_with_a_wait(connect):
    account = connect(faults="503-html:120, 500-empty, 429-html")
    page = account.generate()
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert page.headers["retry-after"] == "120"
    assert "<h1>" in page.text
    assert account.generate().content == b""
    assert account.generate().status_code == 429
    assert billed(account) == 0


@pytest.mark.parametrize(
    ("script", "wait"), [("429", 2), ("429:0", 0), ("429:30", 30), ("429:-9", -9), ("429:1e9", 1e9)]
)
def test_an_empty_bucket_says_when_it_is_filled(connect, clock, script, wait):
    account = connect(faults=script)
    answer = account.generate()
    assert answer.status_code == 429
    assert float(answer.headers["x-ratelimit-remaining"]) == 0
    assert int(answer.headers["x-ratelimit-reset"]) == math.ceil(clock.now + wait)


def test_an_absurd_reset_is_written_as_it_is(connect):
    account = connect(faults="429:nan 429:inf")
    assert account.generate().headers["x-ratelimit-reset"] == "nan"
    assert account.generate().headers["x-ratelimit-reset"] == "inf"


def test_a_full_account_has_its_own_code(connect):
    account = connect(faults="429-concurrency")
    answer = account.generate()
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "concurrency_limit")
    assert float(answer.headers["x-ratelimit-remaining"]) > 0


@pytest.mark.parametrize(("name", "images"), [("reset", 0), ("reset-billed", 1)])
def test_a_reset_is_one_on_the_wire_and_bills_as_its_name_says(connect, name, images):
    account = connect(faults=f"{name}*2")
    with send(account) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    with pytest.raises(httpx.ReadError):
        account.generate()
    assert billed(account) == 2 * images
    assert [entry.status for entry in account.sandbox.ledger.entries] == [None, None]


@pytest.mark.parametrize(("name", "images"), [("hang", 0), ("hang-billed", 1)])
def test_silence_lasts_as_long_as_told_and_bills_as_its_name_says(connect, name, images):
    account = connect(faults=f"{name}:0.1")
    began = time.monotonic()
    with send(account) as connection:
        assert connection.recv(1) == b""
    assert time.monotonic() - began > 0.09
    assert billed(account) == images


def test_silence_ends_when_the_client_has_gone(connect):
    account = connect(faults="hang:3600", max_connections=1)
    send(account).close()
    for _ in range(60):
        if account.get(account.root + "/sandbox/ledger").status_code == 200:
            return
        time.sleep(0.05)
    raise AssertionError("the connection was never given free")


def test_drops_add_up_to_the_whole_answer(connect):
    account = connect(faults="drip:0.15")
    began = time.monotonic()
    with send(account) as connection:
        first = connection.recv(65536)
        assert 0 < len(first) < 300
        pieces = [first]
        while not b"".join(pieces).endswith(b"]}"):
            pieces.append(connection.recv(65536))
    assert len(pieces) > 2
    assert time.monotonic() - began > 0.12
    assert billed(account) == 1


def test_the_connection_can_be_used_again_after_drops_and_hints(connect):
    account = connect(faults="drip:0.02, early-hints")
    assert [account.generate().status_code for _ in range(3)] == [200] * 3


def data_of(account, **fields):
    answer = account.generate(**fields)
    assert answer.status_code == 200
    assert billed(account) == 2
    return answer.json()["data"]


def test_items_without_an_address_are_billed(connect):
    account = connect(faults="null-url")
    first, second = data_of(account, n=2)
    assert first["url"] is None
    assert second["url"]
    account = connect(faults="no-url")
    first, second = data_of(account, n=2)
    assert "url" not in first
    assert second["url"]


@pytest.mark.parametrize(("name", "length"), [("few", 1), ("many", 3), ("empty-data", 0)])
def test_there_may_be_another_number_of_items_than_asked_for(connect, name, length):
    assert len(data_of(connect(faults=name), n=2)) == length


def test_data_may_be_missing_or_null(connect):
    account = connect(faults="no-data, null-data")
    assert set(account.generate().json()) == {"created"}
    assert account.generate().json()["data"] is None
    assert billed(account) == 2


def test_pictures_may_come_inside_the_answer_unasked(connect):
    account = connect(faults="b64")
    (item,) = account.generate(response_format="url").json()["data"]
    assert base64.b64decode(item["b64_json"]).startswith(b"\x89PNG")
    assert "url" not in item
    assert billed(account) == 1


def test_success_may_look_like_something_else(connect):
    account = connect(faults="html empty error-200 cut 201 202 204 bom deep digits")
    html, empty, error, cut, created, accepted, nothing, bom, deep, digits = (account.generate() for _ in range(10))
    assert (html.status_code, html.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (empty.status_code, empty.content) == (200, b"")
    assert (error.status_code, error.json()["error"]["code"]) == (200, "upstream_error")
    assert cut.status_code == 200
    assert int(cut.headers["content-length"]) == len(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()
    assert (created.status_code, accepted.status_code) == (201, 202)
    assert created.json()["data"][0]["url"]
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert bom.content.startswith(b"\xef\xbb\xbf{")
    assert deep.content.startswith(b"[" * 1000)
    assert len(digits.content) > 5000
    assert billed(account) == 10


def test_a_body_may_be_shorter_than_promised(connect):
    account = connect(faults="short")
    with pytest.raises(httpx.RemoteProtocolError):
        account.generate()
    assert billed(account) == 1


def test_a_redirect_leads_where_the_script_says_and_is_free(connect):
    account = connect(faults="redirect, redirect:http://169.254.169.254/latest")
    first, second = account.generate(), account.generate()
    assert (first.status_code, first.headers["location"]) == (307, "http://127.0.0.1:1/")
    assert second.headers["location"] == "http://169.254.169.254/latest"
    assert billed(account) == 0


def test_a_body_may_never_end(connect):
    account = connect(faults="huge")
    received = 0
    with send(account) as connection:
        while received < 4_000_000:
            piece = connection.recv(1_000_000)
            assert piece
            received += len(piece)
    assert billed(account) == 1
    assert account.generate().status_code == 200


def test_a_small_body_may_unpack_to_a_huge_one(connect):
    account = connect(faults="gzip-bomb")
    with send(account) as connection:
        packed = b""
        while piece := connection.recv(1_000_000):
            packed += piece
    head, _, body = packed.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    assert len(body) < 1_000_000
    unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, 8_000_000)
    assert len(unpacked) == 8_000_000
    assert billed(account) == 1


def test_only_acceptable_requests_spend_an_item(connect):
    account = connect(faults="503")
    assert account.generate(n=0).status_code == 400
    assert account.generate(headers={"x-api-key": ""}).status_code == 401
    assert account.generate(prompt="[blocked]").status_code == 451
    assert account.generate().status_code == 503
    assert account.generate().status_code == 200


def test_a_share_of_the_requests_fails_by_chance(connect):
    account = connect(faults="30%503")
    statuses = [account.generate().status_code for _ in range(100)]
    assert 15 < statuses.count(503) < 45
    assert billed(account) == statuses.count(200) == 100 - statuses.count(503)


# Downloads.


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_download_may_be_refused_once(connect, status):
    account = connect(faults=f"get.{status}")
    (url,) = account.urls()
    answer = account.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, CODES[status])
    assert account.sandbox.ledger.downloads == 0
    assert account.get(url).status_code == 200
    assert account.sandbox.ledger.downloads == 1


def test_a_picture_may_come_damaged(connect):
    account = connect(faults="get.html get.flip get.empty get.half")
    (url,) = account.urls()
    html, flipped, empty, half, whole = (account.get(url) for _ in range(5))
    assert {answer.status_code for answer in (html, flipped, empty, half, whole)} == {200}
    assert html.headers["content-type"] == "image/png"
    assert html.content.startswith(b"<!DOCTYPE html>")
    assert empty.content == b""
    assert len(half.content) == len(whole.content) // 2
    assert len(flipped.content) == len(whole.content)
    assert sum(a != b for a, b in zip(flipped.content, whole.content, strict=True)) == 1
    assert account.sandbox.ledger.downloads == 1


def test_a_picture_may_be_cut_short_of_its_length(connect):
    account = connect(faults="get.cut")
    (url,) = account.urls()
    with pytest.raises(httpx.RemoteProtocolError):
        account.get(url)
    assert account.get(url).content.startswith(b"\x89PNG")


def test_a_download_may_be_reset_or_silent(connect):
    account = connect(faults="get.reset get.hang:0.05")
    (url,) = account.urls()
    with fetch(account, url) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    with fetch(account, url) as connection:
        assert connection.recv(1) == b""
    assert account.get(url).status_code == 200


def test_a_picture_may_drip_and_is_whole_in_the_end(connect):
    account = connect(faults="get.drip:0.1")
    (url,) = account.urls()
    began = time.monotonic()
    slow = account.get(url)
    assert time.monotonic() - began > 0.08
    assert slow.content == account.get(url).content


def test_a_picture_may_never_end(connect):
    account = connect(faults="get.endless")
    (url,) = account.urls()
    received = 0
    with fetch(account, url) as connection:
        while received < 4_000_000:
            received += len(connection.recv(1_000_000))
    assert account.get(url).status_code == 200


def test_a_download_may_be_redirected(connect):
    account = connect(faults="get.redirect get.redirect:file:///etc/passwd")
    (url,) = account.urls()
    assert account.get(url).headers["location"] == "http://127.0.0.1:1/"
    answer = account.get(url)
    assert (answer.status_code, answer.headers["location"]) == (302, "file:///etc/passwd")


def test_head_and_bad_addresses_spend_no_download_item(connect):
    account = connect(faults="get.404")
    (url,) = account.urls()
    assert account.http.head(url).status_code == 200
    assert account.get(url + "0").status_code == 403
    assert account.get(url).status_code == 404
    assert account.get(url).status_code == 200
