import re
import threading

import pytest

from seedream_cli.sandbox import pictures as pictures_module
from seedream_cli.sandbox.pictures import Pictures, Recipe


@pytest.fixture
def url(account):
    (url,) = account.urls(seed=1)
    return url


def error_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_picture_comes_with_type_length_and_etag_and_is_the_same_each_time(account, url):
    first, second = account.get(url), account.get(url)
    assert first.status_code == 200
    assert first.headers["content-type"] == "image/png"
    assert int(first.headers["content-length"]) == len(first.content)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert account.sandbox.ledger.downloads == 2


def test_no_key_is_needed_for_a_picture(account, url):
    assert "x-api-key" not in account.http.headers
    assert account.get(url).status_code == 200


def test_head_tells_the_length_without_the_body(account, url):
    answer = account.http.head(url)
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(account.get(url).content)
    assert account.sandbox.ledger.downloads == 1


@pytest.mark.parametrize(
    ("asked", "piece"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=10-", slice(10, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-14", slice(5, 15)),
        ("bytes=5-999999", slice(5, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-999999", slice(0, None)),
    ],
)
def test_one_range_is_given_out(account, url, asked, piece):
    whole = account.get(url).content
    answer = account.get(url, headers={"range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[piece]
    first, last, length = map(int, re.findall(r"\d+", answer.headers["content-range"]))
    assert (whole[first : last + 1], length) == (whole[piece], len(whole))


@pytest.mark.parametrize(
    "asked", ["bytes=999999-", "bytes=5-4", "bytes=-", "bytes=-0", "bytes=a-b", "bytes=0-1,3-4", "bytes="]
)
def test_a_bad_range_is_416_and_tells_the_length(account, url, asked):
    answer = account.get(url, headers={"range": asked})
    assert error_of(answer) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(account.get(url).content)}"


def test_another_unit_and_another_etag_get_the_whole_picture(account, url):
    whole = account.get(url)
    assert account.get(url, headers={"range": "lines=1-2"}).content == whole.content
    stale = {"range": "bytes=0-3", "if-range": '"other"'}
    assert account.get(url, headers=stale).content == whole.content
    fresh = {"range": "bytes=0-3", "if-range": whole.headers["etag"]}
    assert account.get(url, headers=fresh).content == whole.content[:4]


def test_addresses_live_for_the_given_time_to_the_second(connect, clock):
    account = connect(ttl=10)
    (url,) = account.urls()
    clock.advance(9.99)
    assert account.get(url).status_code == 200
    clock.advance(0.01)
    assert error_of(account.get(url)) == (403, "permission_denied")


def test_an_expired_address_stays_403_when_the_picture_is_forgotten(connect, clock):
    account = connect(ttl=10)
    (url,) = account.urls()
    clock.advance(1000)
    account.urls()
    assert error_of(account.get(url)) == (403, "permission_denied")


def test_the_expiry_can_be_read_from_the_address(account, url, clock):
    expires = int(re.search(r"expires=(\d+)", url)[1])
    assert 0 <= expires - (clock.now + 86400) < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.upper().replace("HTTP://", "http://").replace("/IMG/", "/img/").replace(".PNG", ".png"),
        lambda url: re.sub(r"expires=(\d+)", lambda found: f"expires={int(found[1]) + 1}", url),
        lambda url: re.sub(r"expires=", "expires=0", url),
        lambda url: url.partition("?")[0],
        lambda url: url + "&x=1",
        lambda url: re.sub(r"signature=.*", "signature=", url),
        lambda url: re.sub(r"signature=.*", "signature=" + "é" * 64, url),
        lambda url: re.sub(r"\?(expires=\d+)&(signature=.*)", r"?\2&\1", url),
    ],
)
def test_an_altered_address_is_refused(account, url, change):
    changed = change(url)
    assert changed != url
    answer = account.get(changed)
    assert error_of(answer) in {(403, "permission_denied"), (404, "not_found")}
    assert account.sandbox.ledger.downloads == 0


def test_a_signature_is_good_for_its_own_picture_only(account):
    first, second = account.urls(n=2)
    mixed = first.partition("?")[0] + "?" + second.partition("?")[2]
    assert error_of(account.get(mixed)) == (403, "permission_denied")


def test_another_server_does_not_accept_the_signature(connect):
    one, two = connect(), connect()
    (url,) = one.urls()
    assert two.get(url.replace(one.root, two.root)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/img/unknown.png?expires=1&signature=" + "0" * 64,
        "/img/unknown.png",
        "/img/../../etc/passwd",
        "/img/..%2f..%2fetc%2fpasswd",
        "/img/%2e%2e/x.png",
        "/img//etc/passwd.png",
        "/img/a.jpg",
        "/img/.png",
        "/img/a\\..\\b.png",
    ],
)
def test_an_unknown_picture_and_a_path_elsewhere_are_404(account, talk, path):
    host = account.root.removeprefix("http://")
    answer = talk(account.root, f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_many_readers_at_once_get_the_same_bytes(account, url):
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(account.get(url).content)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 16
    assert len(set(bodies)) == 1


def recipe(index=0, prompt="p", expires=1000.0):
    return Recipe(prompt, "", index, 8, 8, "m", expires)


def test_a_picture_is_painted_once_while_it_is_remembered():
    painted = []

    def painter(*asked):
        painted.append(asked)
        return b"png"

    store = Pictures(lambda: painter)
    store.keep("a", recipe(), now=0)
    assert store.png("a", store.find("a")) == store.png("a", store.find("a")) == b"png"
    assert len(painted) == 1


def test_memory_for_painted_pictures_stays_flat(monkeypatch):
    monkeypatch.setattr(pictures_module, "MAX_CACHED_BYTES", 1000)
    painted = []

    def painter(_prompt, _negative, seed, *_others):
        painted.append(seed)
        return b"x" * 100

    store = Pictures(lambda: painter)
    for index in range(500):
        store.keep(str(index), recipe(index), now=0)
        store.png(str(index), store.find(str(index)))
    for index in range(499, 488, -1):  # ten are remembered, and the one before them is not
        store.png(str(index), store.find(str(index)))
    assert painted == [*range(500), 489]


def test_recipes_go_when_they_expire_or_are_too_many(monkeypatch):
    store = Pictures(lambda: lambda *asked: b"")
    store.keep("old", recipe(expires=10), now=0)
    store.keep("new", recipe(expires=100), now=50)
    assert store.find("old") is None
    assert store.find("new") is not None
    monkeypatch.setattr(pictures_module, "MAX_RECIPE_CHARACTERS", 5000)
    for index in range(50):
        store.keep(str(index), recipe(index, prompt="p" * 700), now=0)
    assert [index for index in range(50) if store.find(str(index))] == [45, 46, 47, 48, 49]
