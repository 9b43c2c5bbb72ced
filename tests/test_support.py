"""The scripted service and the runner do what they say, as seen by clients that are not ours."""

import http.client
import json
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from support import pictures, replies
from support.program import Home, Launch, Result, StillRunningError, environment, run
from support.replies import (
    CANARY_COOKIE,
    CANARY_KEY,
    CANARY_SIGNATURE,
    EXIT_STATUS,
    FAILURE_BODIES,
    FORBIDDEN_URLS,
    FREE_FAILURES,
    HOSTILE_TEXT,
    ODD_ANSWERS,
    RATE_LIMITS,
    SPOILT_DOWNLOADS,
    STALLING_ANSWERS,
    STALLING_DOWNLOADS,
    UNUSABLE_ANSWERS,
    USABLE_ANSWERS,
    USABLE_DOWNLOADS,
    Reply,
)
from support.service import Proxy, Service, refusing_port, silent_port
from support.torture.changes import changes

LIMIT = 16 << 20
TRUST = ssl.create_default_context()  # reading the system's certificates once saves 30 ms a client


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10, verify=TRUST) as one:
        yield one


def post(client: httpx.Client, service: Service, seed: int | None = 7, n: int = 1, **more: object) -> httpx.Response:
    body = {"model": "seedream-v5lite", "prompt": "a lighthouse", "n": n} | more
    if seed is not None:
        body["seed"] = seed
    return client.post(f"{service.base_url}/images/generations", json=body, headers={"x-api-key": CANARY_KEY})


def exchange(service: Service, path: str | None = None, seconds: float = 10) -> tuple[bytes, str]:
    """All bytes of one answer and how the connection ended, as a raw socket sees it."""
    body = b'{"seed": 7, "n": 1}'
    head = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (path or "").encode()
    if path is None:
        body_head = b"POST /v1/images/generations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        head = body_head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with socket.create_connection(("127.0.0.1", service.port), seconds) as wire:
        wire.sendall(head)
        return _to_the_end(wire)


def _to_the_end(wire: socket.socket) -> tuple[bytes, str]:
    came = bytearray()
    try:
        while piece := wire.recv(1 << 20):
            came += piece
            if len(came) > LIMIT:
                return bytes(came), "endless"
    except ConnectionResetError:
        return bytes(came), "reset"
    except TimeoutError:
        return bytes(came), "silent"
    return bytes(came), "closed"


def usable(client: httpx.Client, service: Service) -> bool:
    """Whether a plain client finds a picture in the answer, within a limit of size."""
    address = f"{service.base_url}/images/generations"
    came = bytearray()
    try:
        with client.stream("POST", address, json={"seed": 7}) as answer:
            for piece in answer.iter_bytes():
                came += piece
                if len(came) > LIMIT:
                    return False
            item = json.loads(bytes(came))["data"][0]
    except (httpx.HTTPError, ValueError, LookupError, TypeError, RecursionError):
        return False
    named = isinstance(item, dict) and (item.get("url") or item.get("b64_json"))
    return answer.is_success and isinstance(named, str) and len(named) > 40


# The service


def test_the_default_answer_is_the_documented_one(service: Service, client: httpx.Client) -> None:
    answer = post(client, service, 100, 4, size="1024x1536")
    assert answer.status_code == 200
    assert set(answer.json()) == {"created", "data"}
    urls = [item["url"] for item in answer.json()["data"]]
    assert len(set(urls)) == 4
    assert all(CANARY_SIGNATURE in url for url in urls)
    assert service.billed == 4
    got = [client.get(url) for url in urls]
    assert [one.content for one in got] == [service.picture_of(100, index, (1024, 1536)) for index in range(4)]
    assert [(one.seed, one.index, one.post) for one in service.downloads] == [(100, index, 0) for index in range(4)]
    assert Image.open(BytesIO(got[0].content)).size == (1024, 1536)


def test_the_ledger_holds_what_was_sent(service: Service, client: httpx.Client) -> None:
    post(client, service, 1, negative_prompt="\u96fe")
    post(client, service, None)
    first, second = service.ledger
    assert first.json == {
        "model": "seedream-v5lite",
        "prompt": "a lighthouse",
        "n": 1,
        "seed": 1,
        "negative_prompt": "\u96fe",
    }
    assert json.loads(first.body) == first.json
    assert first.head.startswith(b"POST /v1/images/generations HTTP/1.1\r\n")
    assert first.head.endswith(b"\r\n\r\n")
    assert first.header("X-API-Key") == CANARY_KEY
    assert (first.seed, first.n, first.billed, first.order) == (1, 1, 1, 0)
    assert (second.seed, second.order) == (None, 1)
    assert first.connection == second.connection == 1, "the test's client keeps its connection"
    assert first.at < second.at
    assert service.posts == 2
    assert service.billed_seeds == [1, None]


def test_scripts_run_in_order_and_seeds_come_first(service: Service, client: httpx.Client) -> None:
    service.script(replies.error(503), replies.error(429))
    service.on_seed(9, replies.error(451))
    assert [post(client, service, seed).status_code for seed in (1, 9, 2, 9)] == [503, 451, 429, 200]
    service.always(lambda asked: replies.error(402) if asked.seed == 5 else replies.ok())
    assert [post(client, service, seed).status_code for seed in (5, 6)] == [402, 200]
    assert service.billed == 2


def test_downloads_are_scripted_alike(service: Service, client: httpx.Client) -> None:
    one, two = (post(client, service, seed).json()["data"][0]["url"] for seed in (1, 2))
    service.script_downloads(replies.error(500))
    service.on_picture_of_seed(2, replies.error(403))
    assert [client.get(url).status_code for url in (one, two, two)] == [500, 403, 200]
    service.always_download(replies.picture(b"<html>", "text/html"))
    assert client.get(one).content == b"<html>"


def test_other_paths(service: Service, client: httpx.Client) -> None:
    assert client.get(f"{service.base_url}/models").json()["data"][0]["id"] == "seedream-v5lite"
    account = service.base_url.removesuffix("/v1") + "/api/v1/me/account"
    assert client.get(account).json()["balance"]["available_usd"] == 31.4
    service.on_path("/v1/models", replies.error(401))
    assert client.get(f"{service.base_url}/models").status_code == 401
    assert client.get(f"{service.base_url}/models").status_code == 401
    assert client.get(f"{service.base_url}/nothing").status_code == 404
    assert [one.path for one in service.others][-1] == "/v1/nothing"
    assert service.ledger == service.downloads == []


def test_chunked_and_expecting_requests_are_read(service: Service) -> None:
    line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    line.request("POST", "/v1/images/generations", iter([b'{"se', b'ed": 5}']), encode_chunked=True)
    assert line.getresponse().read()
    line.close()
    assert service.ledger[0].seed == 5
    with socket.create_connection(("127.0.0.1", service.port), 10) as wire:
        wire.sendall(b"POST /v1/images/generations HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert wire.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"{}")
        assert wire.recv(12) == b"HTTP/1.1 200"


def test_a_request_that_breaks_off_is_a_fragment(service: Service) -> None:
    half = b"POST /v1/images/generations HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", service.port), 10) as wire:
        wire.sendall(half)
    service.wait_until(lambda: service.fragments == [half], "the fragment")
    assert service.ledger == []


def test_held_replies_wait_for_release(service: Service, client: httpx.Client) -> None:
    service.always(replies.hold(replies.ok()))
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(post, client, service, seed) for seed in range(4)]
        service.wait_for_posts(4)
        service.wait_for_in_flight(4)
        assert not any(answer.done() for answer in answers)
        service.release()
        assert [answer.result().status_code for answer in answers] == [200] * 4
    assert (service.max_in_flight, service.in_flight) == (4, 0)


def test_held_replies_wait_for_their_own_event(service: Service, client: httpx.Client) -> None:
    event = threading.Event()
    service.on_seed(1, replies.hold(replies.ok(), event))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, client, service, 1)
        service.wait_for_posts(1)
        assert post(client, service, 2).status_code == 200
        assert not answer.done()
        event.set()
        assert answer.result().status_code == 200


def test_replies_that_wait_for_company(service: Service, client: httpx.Client) -> None:
    service.always(replies.together(replies.ok(), 3))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda seed: post(client, service, seed), range(3)))
    assert service.max_in_flight == 3


def test_one_after_the_other_is_never_two_in_flight(service: Service, client: httpx.Client) -> None:
    for seed in range(200):
        post(client, service, seed)
    assert service.max_in_flight == 1


def test_the_cap_refuses_what_is_above_it(client: httpx.Client) -> None:
    with Service(cap=2) as service, ThreadPoolExecutor(5) as pool:
        service.always(replies.hold(replies.ok()))
        answers = [pool.submit(post, client, service, seed) for seed in range(5)]
        service.wait_for_posts(5)
        service.release()
        statuses = sorted(answer.result().status_code for answer in answers)
    assert statuses == [200, 200, 429, 429, 429]
    assert (service.cap_overruns, service.billed) == (3, 2)


def test_the_service_goes_away_and_comes_back(client: httpx.Client) -> None:
    with Service(listening=False) as service:
        with pytest.raises(httpx.ConnectError):
            post(client, service)
        service.listen()
        assert post(client, service).status_code == 200
        service.go_away()
        with pytest.raises(httpx.TransportError):
            post(client, service)
        with pytest.raises(httpx.ConnectError):
            post(client, service)
        service.listen_after(0.05)
        service.wait_until(lambda: service.listening, "the port")
        assert post(client, service).status_code == 200
    assert service.billed == 2


def test_a_service_that_ends_ends_every_hang() -> None:
    began = time.monotonic()
    with Service() as service, socket.socket() as wire:
        service.always(replies.hang(billed=True))
        wire.connect(("127.0.0.1", service.port))
        wire.sendall(b"POST /v1/images/generations HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        service.wait_for_posts(1)
    assert time.monotonic() - began < 5
    assert service.billed == 1


@pytest.mark.parametrize(
    ("greeting", "ended"),
    [
        ("reset", "reset"),
        ("close", "closed"),
        ("reset mid request", "reset"),
        ("hang", "silent"),
    ],
)
def test_connections_may_end_before_the_answer(service: Service, greeting: str, ended: str) -> None:
    service.script_connections(greeting)
    try:
        came, how = exchange(service, seconds=0.3)
    except OSError:
        came, how = b"", "reset"
    assert came == b""
    assert how == ended or greeting == "close"
    assert service.ledger == []
    assert exchange(service)[0].startswith(b"HTTP/1.1 200 OK")


# Each reply


@pytest.mark.parametrize(
    ("reply", "starts", "ended"),
    [
        (replies.raw(b"abc"), b"abc", "closed"),
        (replies.raw(b"abc", "reset"), b"abc", "reset"),
        (replies.raw(b"abc", "hang"), b"abc", "silent"),
        (replies.raw(b""), b"", "closed"),
        (replies.reset(billed=True), b"", "reset"),
        (replies.reset("mid-headers", billed=True), b"HTTP/1.1 200 OK\r\n", "reset"),
        (replies.reset("mid-body", billed=True), b"HTTP/1.1 200 OK\r\n", "reset"),
        (replies.cut("mid-body", billed=True), b"HTTP/1.1 200 OK\r\n", "closed"),
        (replies.cut("mid-body", "hang", billed=True), b"HTTP/1.1 200 OK\r\n", "silent"),
        (replies.hang(billed=False), b"", "silent"),
        (replies.hang(0.01, billed=False), b"", "closed"),
        (replies.ending(replies.ok(), "reset"), b"HTTP/1.1 200 OK\r\n", "reset"),
        (replies.endless(b"HTTP/1.1 200 OK\r\n\r\n"), b"HTTP/1.1 200 OK\r\n\r\n   ", "endless"),
        (
            replies.informational(replies.ok(), 3),
            b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + b"HTTP/1.1 200",
            "closed",
        ),
        (replies.late(replies.ok(), 0.01), b"HTTP/1.1 200 OK\r\n", "closed"),
    ],
)
def test_the_end_of_the_connection(service: Service, reply: Reply, starts: bytes, ended: str) -> None:
    service.script(reply)
    came, how = exchange(service, seconds=0.3 if ended == "silent" else 10)
    assert came.startswith(starts)
    assert bool(came) == bool(starts)
    assert how == ended
    assert service.billed == int(reply.billed)


def test_cuts_are_where_they_should_be(service: Service) -> None:
    whole = exchange(service)[0]
    service.script(replies.cut("mid-headers", billed=True), replies.cut("mid-body", billed=True))
    in_head, in_body = exchange(service)[0], exchange(service)[0]
    assert b"\r\n\r\n" not in in_head
    head, gap, body = in_body.partition(b"\r\n\r\n")
    assert gap
    assert 0 < len(body) < len(whole) - len(head)


@pytest.mark.parametrize("part", ["all", "head", "body"])
def test_drips_come_byte_by_byte(service: Service, part: str) -> None:
    service.script(replies.ok(), replies.drip(replies.ok(), 0.0001, part))
    assert len(exchange(service)[0]) == len(exchange(service)[0])
    steps = replies.drip(replies.raw(b"HEAD\r\n\r\nBODY"), 0, part).play(service.ledger[0])
    drops = [step.data for step in steps if isinstance(step, replies.Send)]
    assert b"".join(drops) == b"HEAD\r\n\r\nBODY"
    assert (len(drops[0]) == 1) == (part != "body")
    assert (len(drops[-1]) == 1) == (part != "head")


def test_answers_in_other_shapes(service: Service, client: httpx.Client) -> None:
    service.script(
        replies.ok(2, revised=None, headers={"X-RateLimit-Reset": None, "Set-Cookie": "a=b"}),
        replies.ok(urls=["{origin}/x", None, "file:///etc/passwd"]),
        replies.ok_b64(),
        replies.without_url(1, 3),
        replies.status_json(202, {"task_id": "t"}, billed=True),
        replies.ok(framing="chunked"),
        replies.ok(framing="close"),
        replies.ok(status=201, billed=False),
    )
    first = post(client, service, n=4)
    assert [item["revised_prompt"] for item in first.json()["data"]] == [None, None]
    assert "x-ratelimit-reset" not in first.headers
    assert first.headers["set-cookie"] == "a=b"
    urls = [item["url"] for item in post(client, service).json()["data"]]
    assert urls == [f"{service.origin}/x", None, "file:///etc/passwd"]
    (item,) = post(client, service).json()["data"]
    assert Image.open(BytesIO(b64decode(item["b64_json"]))).size == (1024, 1024)
    assert [bool(item["url"]) for item in post(client, service, n=4).json()["data"]] == [True, False] * 2
    assert post(client, service).status_code == 202
    assert post(client, service).headers["transfer-encoding"] == "chunked"
    assert "content-length" not in post(client, service).headers
    assert post(client, service).status_code == 201
    assert [one.billed for one in service.ledger] == [4, 1, 1, 4, 1, 1, 1, 0]


def test_errors_and_redirects(service: Service, client: httpx.Client) -> None:
    service.script(
        replies.error(402, "quota_exceeded", "no money", headers={"Retry-After": "3"}),
        replies.error(500, body=b"<html>", content_type="text/html"),
        replies.error(422, body={"detail": "x"}),
        replies.bucket_empty(60),
        replies.echoing(400),
        replies.redirect(307, "{origin}/v1/elsewhere"),
    )
    first, second, third, fourth, fifth, sixth = (post(client, service) for _ in range(6))
    assert first.json()["error"]["code"] == "quota_exceeded"
    assert first.json()["error"]["message"] == "no money"
    assert first.headers["retry-after"] == "3"
    assert CANARY_COOKIE in first.headers["set-cookie"]
    assert (second.content, second.headers["content-type"]) == (b"<html>", "text/html")
    assert third.json() == {"detail": "x"}
    assert 55 < int(fourth.headers["x-ratelimit-reset"]) - time.time() < 65
    told = fifth.json()["error"]["message"]
    assert CANARY_KEY in told
    assert CANARY_SIGNATURE in told
    assert HOSTILE_TEXT in told
    assert sixth.headers["location"] == f"{service.origin}/v1/elsewhere"
    assert (service.billed, service.posts) == (0, 6)


def test_a_bomb_is_small_on_the_wire(service: Service, client: httpx.Client) -> None:
    service.script(replies.gzip_bomb(20 << 20))
    with client.stream("POST", f"{service.base_url}/images/generations", json={}) as answer:
        decoded = sum(len(piece) for piece in answer.iter_bytes())
        assert decoded == (20 << 20) + 2
        assert answer.num_bytes_downloaded < 100_000


@pytest.mark.parametrize("name", UNUSABLE_ANSWERS)
def test_unusable_answers_are_billed_and_useless(service: Service, client: httpx.Client, name: str) -> None:
    service.always(UNUSABLE_ANSWERS[name])
    assert not usable(client, service)
    assert (service.posts, service.billed) == (1, 1)


@pytest.mark.parametrize("name", USABLE_ANSWERS)
def test_usable_answers_are_usable(service: Service, client: httpx.Client, name: str) -> None:
    service.always(USABLE_ANSWERS[name])
    assert usable(client, service)
    assert service.billed == 1


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_odd_answers_are_billed(service: Service, name: str) -> None:
    service.always(ODD_ANSWERS[name].reply)
    came, _ = exchange(service, seconds=2 if name != "silent after the whole" else 0.3)
    assert came.startswith(b"HTTP/")
    assert service.billed == 1


@pytest.mark.parametrize("name", STALLING_ANSWERS)
def test_stalling_answers_do_not_end(service: Service, name: str) -> None:
    service.always(STALLING_ANSWERS[name])
    with socket.create_connection(("127.0.0.1", service.port), 0.4) as wire:
        wire.sendall(b"POST /v1/images/generations HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        end = time.monotonic() + 0.4
        with suppress(TimeoutError):
            while time.monotonic() < end:
                assert wire.recv(65536)
    assert service.billed == (name != "silent, not billed")


@pytest.mark.parametrize("status", EXIT_STATUS)
def test_failures_are_free_in_every_form(service: Service, client: httpx.Client, status: int) -> None:
    names = [f"{status} {form}" for form in FAILURE_BODIES]
    service.script(*(FREE_FAILURES[name].reply for name in names))
    for name in names:
        assert post(client, service).status_code == status
        assert FREE_FAILURES[name].statuses == {EXIT_STATUS[status]}
    assert (service.posts, service.billed) == (len(names), 0)


def test_rate_limits(service: Service, client: httpx.Client) -> None:
    service.script(*RATE_LIMITS.values())
    assert {post(client, service).status_code for _ in RATE_LIMITS} == {429}
    assert service.billed == 0


def test_forbidden_urls_are_answered_as_they_stand(service: Service, client: httpx.Client) -> None:
    for url in FORBIDDEN_URLS.values():
        service.script(replies.ok(urls=[replies.at_service(url, service.origin)]))
        got = post(client, service).json()["data"][0]["url"]
        assert got == replies.at_service(url, service.origin)
        assert "{" not in got


# Pictures


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1024, 1536), (2048, 2048)])
def test_pictures_are_whole(size: tuple[int, int]) -> None:
    data = pictures.picture_of(7, 0, size)
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert (image.size, image.mode) == (size, "RGB")
        assert image.getpixel((0, 0)) == image.getpixel((size[0] - 1, size[1] - 1)) == pictures.colour_of(7)
    length = struct.unpack(">I", data[33:37])[0]
    assert len(zlib.decompress(data[41 : 41 + length])) == (3 * size[0] + 1) * size[1]


def test_pictures_differ_by_seed_and_place() -> None:
    drawn = {pictures.picture_of(seed, index, (8, 8)) for seed in range(20) for index in range(4)}
    assert len(drawn) == 80


def test_spoilt_pictures_are_spoilt() -> None:
    whole = pictures.png(64, 64)
    assert whole not in pictures.SPOILT.values()
    assert pictures.flipped(whole) != whole
    assert len(pictures.flipped(whole)) == len(whole)
    with Image.open(BytesIO(pictures.with_text(whole, b"Title", b"x"))) as image:
        image.load()
        assert image.text == {"Title": "x"}
    assert len(pictures.many_pixels()) < 1 << 20
    assert len(pictures.swelling()) < 1 << 20
    assert len(pictures.swelling_text()) < 1 << 20


@pytest.mark.parametrize("name", SPOILT_DOWNLOADS)
def test_spoilt_downloads_are_never_the_picture(service: Service, name: str) -> None:
    service.always_download(SPOILT_DOWNLOADS[name])
    came, how = exchange(service, "/img/7-0-0.png?X-Amz-Signature=x")
    head, _, body = came.partition(b"\r\n\r\n")
    assert body != service.picture_of(7) or b"-1" in head
    assert how != "silent"
    assert (service.billed, len(service.downloads)) == (0, 1)


@pytest.mark.parametrize("name", USABLE_DOWNLOADS)
def test_usable_downloads_are_pictures(service: Service, client: httpx.Client, name: str) -> None:
    service.script_downloads(USABLE_DOWNLOADS[name])
    got = client.get(f"{service.origin}/img/7-0-0.png", follow_redirects=True)
    with Image.open(BytesIO(got.content)) as image:
        image.load()


@pytest.mark.parametrize("name", STALLING_DOWNLOADS)
def test_stalling_downloads_do_not_end(service: Service, name: str) -> None:
    service.always_download(STALLING_DOWNLOADS[name])
    with socket.create_connection(("127.0.0.1", service.port), 0.3) as wire:
        wire.sendall(b"GET /img/7-0-0.png HTTP/1.1\r\n\r\n")
        end = time.monotonic() + 0.3
        with suppress(TimeoutError):
            while time.monotonic() < end:
                assert wire.recv(65536)


@pytest.mark.parametrize("name", replies.DOWNLOAD_SCRIPTS)
def test_download_scripts_end_with_the_right_picture(service: Service, name: str) -> None:
    service.script_downloads(*replies.DOWNLOAD_SCRIPTS[name])
    for _ in range(len(replies.DOWNLOAD_SCRIPTS[name]) + 1):
        came, _ = exchange(service, "/img/7-0-0.png")
    assert came.endswith(service.picture_of(7))


def test_ranges(service: Service, client: httpx.Client) -> None:
    service.always_download(replies.ranged())
    whole = service.picture_of(7)
    rest = client.get(f"{service.origin}/img/7-0-0.png", headers={"Range": "bytes=30-"})
    assert (rest.status_code, rest.content) == (206, whole[30:])
    assert rest.headers["content-range"] == f"bytes 30-{len(whole) - 1}/{len(whole)}"


def test_the_picture_may_be_ours(client: httpx.Client) -> None:
    with Service(picture=b"abc") as service:
        assert client.get(post(client, service).json()["data"][0]["url"]).content == b"abc"
    with Service(picture=lambda seed, index, size: f"{seed} {index} {size}".encode()) as service:
        url = post(client, service, 5, size="8x9").json()["data"][0]["url"]
        assert client.get(url).content == b"5 0 (8, 9)"


# TLS, ports, proxies


def test_tls(client: httpx.Client) -> None:
    with Service(tls=True) as service:
        assert service.base_url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(service.ca_pem))
        with httpx.Client(trust_env=False, verify=trusting) as other:
            assert post(other, service).status_code == 200
            service.script(replies.reset(billed=True), replies.cut("mid-body", billed=True))
            for _ in range(2):
                with pytest.raises(httpx.TransportError):
                    post(other, service)
        with pytest.raises(httpx.ConnectError):
            post(client, service)
        service.wait_until(lambda: service.failed_handshakes == 1, "the failed handshake")
        assert service.posts == 3
    assert service.ca_pem is not None
    assert not service.ca_pem.exists()


def test_tls_that_nobody_vouches_for() -> None:
    with Service(tls="untrusted") as service:
        trusting = ssl.create_default_context(cafile=str(service.ca_pem))
        with httpx.Client(trust_env=False, verify=trusting) as client, pytest.raises(httpx.ConnectError):
            post(client, service)
        assert service.posts == 0


def test_the_refusing_port_refuses() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", refusing_port()), 5)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse when the queue is full")
def test_the_silent_port_is_silent() -> None:
    with silent_port() as port, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), 0.3)


def test_the_proxy_writes_down_and_refuses(service: Service) -> None:
    with Proxy() as proxy, httpx.Client(proxy=proxy.url, trust_env=False) as client:
        assert post(client, service).status_code == 502
        with pytest.raises(httpx.ProxyError):
            client.get("https://llm.bytespike.ai/v1/models")
    first, second = proxy.requests
    assert first.startswith(b"POST http://127.0.0.1:")
    assert second.startswith(b"CONNECT llm.bytespike.ai:443 HTTP/1.1\r\n")
    assert service.posts == 0


def test_the_proxy_tunnels() -> None:
    with (
        Service(tls=True, origin="https://cdn.bytespike.ai") as service,
        Proxy(("127.0.0.1", service.port)) as proxy,
    ):
        trusting = ssl.create_default_context(cafile=str(service.ca_pem))
        with httpx.Client(proxy=proxy.url, trust_env=False, verify=trusting) as client:
            answer = client.post("https://llm.bytespike.ai/v1/images/generations", json={"seed": 3})
            url = answer.json()["data"][0]["url"]
            assert url.startswith("https://cdn.bytespike.ai/img/3-0-0.png")
            assert client.get(url).content == service.picture_of(3)
    assert [head.split()[1] for head in proxy.requests] == [b"llm.bytespike.ai:443", b"cdn.bytespike.ai:443"]


# The runner


@pytest.fixture
def python(offline_home: Home) -> Callable[..., Result]:
    """Run a piece of Python where the program would run."""
    offline_home.program = (sys.executable,)

    def run_it(text: str, *argv: str | bytes, **how: object) -> Result:
        return offline_home.run("-c", text, *argv, **how)

    return run_it


def test_a_run_gives_status_and_streams(python: Callable[..., Result]) -> None:
    result = python("import sys; print(sys.stdin.read()); sys.stderr.write('talk'); sys.exit(9)", stdin=b"in")
    assert (result.status, result.stdout, result.stderr) == (9, b"in\n", b"talk")
    assert (result.lines, result.talk, result.paths) == (["in"], "talk", [Path("in")])
    assert 0 < result.seconds < 30
    with pytest.raises(AssertionError, match="ended with 9, not 0\ntalk"):
        result.expect(0)
    assert python("import sys; print(repr(sys.stdin.read()))").lines == ["''"]
    assert python("print('{\"a\": 1}')").objects == [{"a": 1}]
    assert python("").lines == []


def test_the_environment_is_clean(
    python: Callable[..., Result], offline_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SEEDREAM_JOBS",
        "BYTESPIKE_API_KEY",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("COVERAGE_PROCESS_START", "pyproject.toml")
    seen = json.loads(python("import json, os; print(json.dumps(dict(os.environ)))", env={"MORE": "1"}).stdout)
    assert seen.pop("MORE") == "1"
    assert seen.pop("SEEDREAM_HISTORY") == str(offline_home.history_path)
    assert seen.pop("SEEDREAM_CONFIG") == str(offline_home.config_path)
    seen.pop("LC_CTYPE", None)
    assert seen == environment(offline_home.root)
    assert seen["COVERAGE_PROCESS_START"] == "pyproject.toml"
    inside = [name for name, value in seen.items() if value.startswith(str(offline_home.root))]
    assert len(inside) == 7
    assert "HOME" not in offline_home.environment({"HOME": None})


def test_arguments_are_bytes_where_they_must(python: Callable[..., Result]) -> None:
    assert python("import sys; print(ascii(sys.argv[1]))", b"\xff").lines == ["'\\udcff'"]


def test_a_run_that_does_not_end_fails(python: Callable[..., Result]) -> None:
    with pytest.raises(StillRunningError, match="before"):
        python("import time; print('before', flush=True); time.sleep(60)", timeout=1)


def test_limits_closed_streams_and_umask(python: Callable[..., Result], tmp_path: Path) -> None:
    write = "import sys; open(sys.argv[1], 'wb').write(bytes(9999))"
    limited = python(write, str(tmp_path / "file"), launch=Launch(limits={"RLIMIT_FSIZE": 1000}))
    assert "File too large" in limited.talk
    assert (tmp_path / "file").stat().st_size == 1000
    closed = python("import sys; sys.stderr.write(repr(sys.stdout))", launch=Launch(close=(1,)))
    assert closed.stderr == b"None"
    assert python("import os; print(oct(os.umask(0)))", launch=Launch(umask=0o027)).lines == ["0o27"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have neither")
def test_limits_of_memory_and_a_full_stdout(python: Callable[..., Result]) -> None:
    memory = python("bytes(1 << 31)", launch=Launch(limits={"RLIMIT_AS": 1 << 30}))
    assert "MemoryError" in memory.talk
    with Path("/dev/full").open("wb") as full:
        assert python("print(1)", stdout=full.fileno()).status == 120


LOOP = """
import sys, time
try:
    print("line", flush=True)
    sys.stderr.write("ready")
    sys.stderr.flush()
    time.sleep(60)
except KeyboardInterrupt:
    print("stopped")
    sys.exit(130)
"""


def test_a_started_program_is_watched_and_signalled(offline_home: Home) -> None:
    offline_home.program = (sys.executable,)
    with offline_home.start("-c", LOOP) as running:
        assert running.first_line() == "line"
        assert running.wait_for(b"ready") == b"ready"
        assert running.running
        running.interrupt()
        result = running.wait(10)
    assert (result.status, result.lines) == (130, ["line", "stopped"])
    with offline_home.start("-c", LOOP) as running:
        running.wait_for(b"ready")
        running.terminate()
        assert running.wait(10).status == -signal.SIGTERM
    with offline_home.start("-c", LOOP) as running:
        running.wait_for(b"ready")
    assert not running.running
    with (
        offline_home.start("-c", "") as running,
        pytest.raises(StillRunningError, match="waited for b'never'"),
    ):
        running.wait_for(b"never")


def test_streams_can_be_closed_and_fed(offline_home: Home) -> None:
    offline_home.program = (sys.executable,)
    echo = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)\n"
    with offline_home.start("-c", echo, stdin="open") as running:
        running.write(b"one\n")
        assert running.first_line() == "one"
        running.close("stdout")
        running.write(b"two\n")
        running.end_input()
        result = running.wait(10)
    assert b"BrokenPipeError" in result.stderr
    assert result.stdout == b"one\n"


TALKER = """
import os, shutil, sys
ours = [os.isatty(number) for number in range(3)]
print(ours, shutil.get_terminal_size(), os.environ["TERM"], file=sys.stderr)
name = input("Name? ")
print("Hello " + name)
"""


def test_a_terminal(offline_home: Home) -> None:
    offline_home.program = (sys.executable,)
    screen = offline_home.in_terminal("-c", TALKER, rows=10, columns=33, answers=[("Name[?]", "me\r")])
    assert screen.status == 0
    assert "[True, True, True] os.terminal_size(columns=33, lines=10) xterm-256color\r\n" in screen.text
    assert screen.text.endswith("Hello me\r\n")
    piped = offline_home.in_terminal("-c", TALKER, answers=[("True", "me\r")], pipe_stdout=True)
    assert "[True, False, True]" in piped.text
    assert piped.stdout.endswith(b"Hello me\n")


def test_control_c_in_a_terminal(offline_home: Home) -> None:
    offline_home.program = (sys.executable,)
    sleeper = "import time\ntry: print('go', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('out')"
    with offline_home.terminal("-c", sleeper, env={"TERM": "dumb"}) as terminal:
        terminal.expect("go")
        terminal.type("\x03")
        screen = terminal.wait(10)
    assert (screen.status, screen.text.endswith("out\r\n")) == (0, True)
    with offline_home.terminal("-c", sleeper) as terminal, pytest.raises(StillRunningError, match="screen"):
        terminal.expect("never", timeout=0.5)


def test_a_home_keeps_its_files(home: Home, service: Service) -> None:
    assert home.environment()["SEEDREAM_BASE_URL"] == service.base_url
    assert home.environment()["BYTESPIKE_API_KEY"] == CANARY_KEY
    assert home.history() == home.files() == []
    home.configure("daily_cap = 1\n")
    assert home.config_path.stat().st_mode & 0o777 == 0o600
    home.history_path.parent.mkdir()
    home.history_path.write_bytes(b'{"a": 1}\n{"b": 2}\n')
    assert home.history() == [{"a": 1}, {"b": 2}]
    (home.work / "drafts").mkdir()
    (home.work / "drafts/x.png").write_bytes(b"needle")
    assert home.files() == home.files("drafts") == home.holding("needle") == [home.work / "drafts/x.png"]


def test_run_without_a_home(tmp_path: Path) -> None:
    result = run(
        ["-c", "import os; print(os.getcwd())"],
        program=(sys.executable,),
        env=environment(tmp_path),
        cwd=tmp_path,
    )
    assert result.expect(0).lines == [os.path.realpath(tmp_path)]


def test_what_is_changed_to_see_whether_a_test_notices() -> None:
    source = '''"""About halves, with an ä."""
from typing import Final
LIMIT: Final = 3
KINDS = (ValueError, OSError)
def half(n: int = 2) -> int:
    """Say."""
    if "ä" != n >= LIMIT and not odd(n):
        raise ValueError("too many of them")
    with quiet():
        count(n, f"{n + 1}")
    return min(n // 2, -1)
'''
    found = changes(source)
    assert [str(change) for change in found] == [
        "3: 3  ->  4",
        "4: (ValueError, OSError)  ->  (OSError,)",
        "4: (ValueError, OSError)  ->  (ValueError,)",
        "5: 2  ->  3",
        '7: "ä" != n >= LIMIT and not odd(n)  ->  (not odd(n))',
        "7: \"ä\" != n >= LIMIT and not odd(n)  ->  ('ä' != n >= LIMIT)",
        "7: \"ä\" != n >= LIMIT  ->  ('ä' == n >= LIMIT)",
        "7: \"ä\" != n >= LIMIT  ->  ('ä' != n > LIMIT)",
        "7: \"ä\" != n >= LIMIT  ->  ('ä' != n < LIMIT)",
        "7: \"ä\"  ->  'ä~'",
        "7: not odd(n)  ->  (odd(n))",
        '8: raise ValueError("too many of them")  ->  pass',
        "9: quiet()  ->  __import__('contextlib').nullcontext()",
        '10: count(n, f"{n + 1}")  ->  pass',
        "11: return min(n // 2, -1)  ->  return None",
        "11: min  ->  max",
        "11: n // 2  ->  (n * 2)",
        "11: 2  ->  3",
        "11: -1  ->  (1)",
        "11: 1  ->  2",
    ]
    some = [found[9], *found[-5:-3]]
    assert all(change.made(source) == source.replace(change.old, change.new, 1) for change in some)
    assert [sorted(change.lines) for change in found[:5]] == [[], [], [], [], [7]]
