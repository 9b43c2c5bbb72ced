"""The served page's door: who is let in, what is answered, and that nobody can hold it up; over raw sockets."""

import http.client
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from support import past, pictures
from support.gallery import Served, hang, saved, served
from support.program import Home

from seedream_cli.gallery.access import MAX_BODY_BYTES
from seedream_cli.gallery.server import GalleryServer, Patience, Reply
from seedream_cli.history import records

SECRET = "TOP-SECRET-FILE"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served page of two drafts of a history's three; beside its pictures lies a file that is not its business."""
    home = Home(tmp_path_factory.mktemp("shop"))
    hang(home, [past.asked(number) for number in (1, 2, 3)])
    (home.work / "secret.txt").write_text(SECRET)
    with served(home, "draft0000001", "draft0000002") as page:
        assert page.get().status == 200
        yield page


def test_the_printed_address_shows_the_page(shop: Served) -> None:
    answer = shop.ask("GET", shop.url.removeprefix(shop.origin))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert shop.token.encode() not in answer.body


def test_every_answer_is_shut_in(shop: Served) -> None:
    for answer in (shop.get(), shop.get("/thumb/draft0000001"), shop.get("/nothing"), shop.ask("GET", "/")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert not {"server", "set-cookie", "date"} & answer.headers.keys()


# Who is let in


@pytest.mark.parametrize("path", ["/", "/thumb/draft0000001", "/picture/draft0000001", "/nothing"])
@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=wrong", "?token={token}x", "?token={token}&token={token}", "?{token}"]
)
def test_without_the_token_nothing_is_answered(shop: Served, path: str, query: str) -> None:
    answer = shop.ask("GET", path + query.format(token=shop.token))
    assert answer.status == 403
    assert b"seedream gallery --serve" in answer.body


def test_tokens_that_are_no_ascii_are_wrong_like_any_other(shop: Served) -> None:
    assert shop.ask("GET", "/?token=%C3%A9%FF").status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}.evil.example"]
)
def test_another_sites_name_is_turned_away(shop: Served, host: str) -> None:
    answer = shop.ask("GET", f"/?token={shop.token}", Host=host.format(port=shop.port))
    assert answer.status == 403


@pytest.mark.parametrize("hosts", [b"", b"Host: 127.0.0.1:%d\r\nHost: evil.example\r\n"])
def test_a_request_names_one_host(shop: Served, hosts: bytes) -> None:
    named = hosts % shop.port if hosts else hosts
    answer = shop.say(b"GET /?token=%s HTTP/1.1\r\n%sConnection: close\r\n\r\n" % (shop.token.encode(), named))
    assert answer.startswith(b"HTTP/1.1 403 ")


def test_localhost_is_this_server_too(shop: Served) -> None:
    assert shop.ask("GET", f"/?token={shop.token}", Host=f"LocalHost:{shop.port}").status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "file://", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_sites_pages_are_turned_away(shop: Served, origin: str, method: str) -> None:
    headers = {
        "Origin": origin.format(port=shop.port),
        "X-Seedream-Token": shop.token,
        "Content-Type": "application/json",
    }
    answer = shop.ask(method, f"/api/rate?token={shop.token}", b"{}", **headers)
    assert answer.status == 403


@pytest.mark.parametrize(
    ("site", "mode", "kind", "status"),
    [
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
        ("cross-site", "navigate", "document", 200),  # the address was clicked in a terminal that is itself a page
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
    ],
)
def test_what_the_browser_says_about_who_asks_is_heeded(
    shop: Served, site: str, mode: str, kind: str, status: int
) -> None:
    fetch = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
    assert shop.ask("GET", f"/?token={shop.token}", **fetch).status == status


def test_another_site_gets_no_leave_to_ask(shop: Served) -> None:
    asking = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = shop.ask("OPTIONS", f"/api/rate?token={shop.token}", **asking)
    assert answer.status == 501
    assert not [name for name in answer.headers if name.startswith("access-control")]


# What is answered


PATHS = [
    "/../secret.txt",
    "/picture/../../secret.txt",
    "/picture/%2e%2e%2f%2e%2e%2fsecret.txt",
    "//secret.txt",
    "/secret.txt",
    "/picture/draft0000001/../../../secret.txt",
    "/picture/draft0000001.png",
    "/picture/",
    "/picture/DRAFT0000001",
    "/picture/..%5c..%5csecret.txt",
    "/thumb/%00",
    "/thumb/draft0000001%0d%0aX:y",
    "/assets/page.html",
    "/api/rate",
    "/favicon.ico",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file(shop: Served, path: str) -> None:
    request = b"GET %s?token=%s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n"
    answer = shop.say(request % (path.encode(), shop.token.encode(), shop.port))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert SECRET.encode() not in answer


def test_an_address_of_another_server_is_none(shop: Served) -> None:
    answer = shop.say(b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % shop.port)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_only_the_pages_own_drafts_have_pictures(shop: Served) -> None:
    for kind in ("thumb", "picture"):
        assert shop.get(f"/{kind}/draft0000001").status == 200
        assert shop.get(f"/{kind}/draft0000003").status == 404
        assert shop.get(f"/{kind}/nobodysid00").status == 404


def test_a_picture_comes_as_it_was_saved_and_a_small_one_as_webp(shop: Served) -> None:
    whole, small = shop.get("/picture/draft0000001"), shop.get("/thumb/draft0000001")
    assert whole.headers["content-type"] == "image/png"
    assert whole.body == pictures.png(48, 48, pictures.colour_of(1, 1))
    assert small.headers["content-type"] == "image/webp"
    assert (small.body[:4], small.body[8:12]) == (b"RIFF", b"WEBP")
    assert whole.headers["cache-control"] == small.headers["cache-control"] == "private, max-age=3600"


def test_head_is_get_without_the_body(shop: Served) -> None:
    answer = shop.ask("HEAD", f"/picture/draft0000001?token={shop.token}")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(pictures.png(48, 48, pictures.colour_of(1, 1)))


def svg(path: Path) -> None:
    path.write_bytes(pictures.SVG)


def replaced(path: Path) -> None:
    path.write_bytes(pictures.png(48, 48, (1, 2, 3)) + b" ")


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent / "secret.txt")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("spoil", [svg, replaced, linked, fifo, folder, device, Path.unlink])
def test_what_is_not_the_draft_s_picture_is_not_served_in_its_place(home: Home, spoil: Callable[[Path], None]) -> None:
    (path,) = hang(home, [past.asked()])
    (home.work / "secret.txt").write_text(SECRET)
    with served(home) as page:
        page.get()
        spoil(path)
        assert page.get("/picture/draft0000001").status == 404
        if spoil is not replaced:  # the small one of a changed picture is still of a picture
            assert page.get("/thumb/draft0000001").status == 404


def test_html_and_svg_that_the_history_vouches_for_are_no_pictures_either(home: Home) -> None:
    drafts = [past.asked(1), past.asked(2)]
    paths = hang(home, drafts)
    lines = []
    for draft, path, data in zip(drafts, paths, (pictures.SVG, pictures.HTML), strict=True):
        path.write_bytes(data)
        lines += [records.intent(draft), past.line(saved(draft, path, data))]
    past.write(home.history_path, *lines)
    with served(home) as page:
        page.get()
        for draft in drafts:
            assert page.get(f"/picture/{draft.id}").status == page.get(f"/thumb/{draft.id}").status == 404


@pytest.mark.parametrize(("kind", "type_"), [("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_s_type_is_that_of_its_bytes(home: Home, kind: str, type_: str) -> None:
    draft, data = past.asked(), pictures.painted(kind)
    (path,) = hang(home, [draft])
    path.write_bytes(data)
    past.write(home.history_path, records.intent(draft), past.line(saved(draft, path, data)))
    with served(home) as page:
        page.get()
        assert page.get("/picture/draft0000001").headers["content-type"] == type_


# What is sent


def posted(shop: Served, body: bytes, **headers: str) -> int:
    usual = {"X-Seedream-Token": shop.token, "Content-Type": "application/json"}
    return shop.ask("POST", "/api/rate", body, **usual | headers).status


RATING = json.dumps({"ratings": {"draft0000001": 5}}).encode()


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "", "application/jsonp", "text/json"],
)
def test_forms_are_not_taken(shop: Served, kind: str) -> None:
    assert posted(shop, RATING, Content_Type=kind) == 415


def test_a_post_s_token_is_in_its_header_and_nowhere_else(shop: Served) -> None:
    headers = {"Content-Type": "application/json"}
    assert shop.ask("POST", f"/api/rate?token={shop.token}", RATING, **headers).status == 403
    assert shop.ask("POST", "/api/rate", RATING, Cookie=f"token={shop.token}", **headers).status == 403


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"a"', b"{", b"\xff", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000]
)
def test_what_is_no_json_object_is_refused(shop: Served, body: bytes) -> None:
    assert posted(shop, body) == 400


def test_nothing_that_was_refused_is_recorded(shop: Served) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Content_Type": "text/plain"}, {"X_Seedream_Token": "wrong"}):
        assert posted(shop, RATING, **headers) in {403, 415}
    assert b'"rating":5' not in shop.get().body


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (b"Content-Length: 104857600", b"413"),
        (b"Content-Length: %d" % (MAX_BODY_BYTES + 1), b"413"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: 1e3", b"411"),
        (b"Content-Length: " + b"9" * 5000, b"411"),
        (b"Content-Length: 2\r\nContent-Length: 3", b"411"),
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 2", b"411"),
        (b"X-No: length", b"411"),
    ],
)
def test_a_body_has_one_length_and_a_small_one(shop: Served, length: bytes, status: bytes) -> None:
    head = (
        b"POST /api/rate HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Seedream-Token: %s\r\nContent-Type: application/json\r\n"
    )
    answer = shop.say(head % (shop.port, shop.token.encode()) + length + b"\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 %s " % status)
    assert b"Connection: close" in answer


def test_a_hundred_megabytes_are_not_read(shop: Served) -> None:
    head = (
        b"POST /api/rate HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Seedream-Token: %s\r\nContent-Type: application/json\r\n"
    )
    with socket.create_connection(("127.0.0.1", shop.port), timeout=20) as connection:
        connection.sendall(head % (shop.port, shop.token.encode()) + b"Content-Length: 104857600\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(OSError):  # noqa: PT011 - a reset or a broken pipe, long before all of it is taken
            connection.sendall(bytes(104857600))


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"GET / A B HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /\r\n\r\n",
    ],
    ids=lambda request_: str(request_[:24]),
)
def test_what_is_no_request_is_refused_in_words_of_ours(shop: Served, request_: bytes) -> None:
    answer = shop.say(request_)
    assert answer[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}
    assert b"<" not in answer
    assert b"aaaa" not in answer
    assert shop.get().status == 200


def test_several_requests_come_over_one_connection(shop: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    for _ in range(3):
        connection.request("GET", f"/thumb/draft0000001?token={shop.token}")
        assert connection.getresponse().read()[:4] == b"RIFF"
    connection.close()


def test_the_body_of_a_get_is_not_taken_for_a_request(shop: Served) -> None:
    inner = b"GET /?token=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (shop.token.encode(), shop.port)
    outer = b"GET /nothing?token=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n"
    answer = shop.say(outer % (shop.token.encode(), shop.port, len(inner)) + inner)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_nothing_but_the_address_is_said(shop: Served) -> None:
    shop.say(b"nonsense\r\n\r\n")
    shop.get("/nothing")
    assert shop.running.heard("stdout").decode() == f"{shop.url}\n"
    assert shop.running.heard("stderr").count(b"\n") == 1


# Slow ones and many


class Nothing:
    """Answers with nothing."""

    def get(self, path: str) -> Reply:
        if path == "/bug":
            raise ZeroDivisionError
        return Reply(200, b"here")

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        return Reply(200, b"taken")


@contextmanager
def running(patience: Patience, **how: Any) -> Iterator[tuple[GalleryServer, list[BaseException]]]:
    bugs: list[BaseException] = []
    server = GalleryServer(Nothing(), "token", 0, on_bug=bugs.append, patience=patience, **how)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server, bugs
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dripped(connection: socket.socket, data: bytes) -> bytes:
    """Send a byte at a time, each as soon as nothing came back for a moment; what comes back in the end."""
    connection.settimeout(0.02)
    for byte in data:
        try:
            connection.send(bytes([byte]))
            return connection.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return b""
    raise AssertionError("all of it was taken")


HEAD = b"POST /api/rate HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Seedream-Token: token\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("slow", ["silence", "head", "body"])
def test_a_slow_sender_is_left(slow: str) -> None:
    with running(Patience(request=0.4)) as (server, bugs):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            if slow == "silence":
                assert connection.recv(1) == b""
            elif slow == "head":
                assert dripped(connection, b"GET /" + b"a" * 10_000) == b""
            else:
                connection.sendall(HEAD % server.port + b"Content-Length: 100000\r\n\r\n")
                assert dripped(connection, b"{" * 10_000) == b""
        assert not bugs


def test_so_many_connections_and_no_more() -> None:
    with running(Patience(), max_connections=2) as (server, bugs):
        address = ("127.0.0.1", server.port)
        first, second = (socket.create_connection(address, timeout=20) for _ in range(2))
        with first, second:
            for held in (first, second):
                held.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port)
            with socket.create_connection(address, timeout=20) as third:
                assert third.recv(1) == b""
            for held in (first, second):
                held.sendall(b"Connection: close\r\n\r\n")
                assert held.recv(4096).startswith(b"HTTP/1.1 403 ")
        assert not bugs


def test_a_bug_behind_the_door_is_handed_on() -> None:
    with running(Patience()) as (server, bugs):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(b"GET /bug?token=token HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % server.port)
            assert connection.recv(1) == b""
        assert [type(bug) for bug in bugs] == [ZeroDivisionError]
