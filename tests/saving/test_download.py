"""One attempt at a picture: what is sent, what is followed, and how much is taken."""

import errno
import gzip
import io
import ssl
import time
import tracemalloc
import zlib

import httpx
import pytest
from support import pictures
from support.drawn import HERE, downloader, url
from support.replies import (
    CANARY_COOKIE,
    SPOILT_DOWNLOADS,
    STALLING_DOWNLOADS,
    Reply,
    Send,
    drip,
    endless,
    headed,
    informational,
    late,
    packed,
    picture,
    redirect,
)
from support.service import Proxy, Service, refusing_port

from seedream_cli.api.connection import Clients
from seedream_cli.api.deadlines import Deadlines
from seedream_cli.errors import DownloadError, RefusedDownloadError
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.saving.picture import MAX_BYTES

FINAL = [
    "403 expired",
    "410",
    "endless",
    "length of 10 GB",
    "65 MB",
    "gzip bomb",
    *(n for n in SPOILT_DOWNLOADS if "redirect to" in n),
]
PASSING = [
    "404",
    "500",
    "503",
    "429",
    "204",
    "206 lying",
    "reset mid body",
    "cut with a length",
    "redirect without location",
]


class Scripted(Clients):
    """Makes clients that answer from a function."""

    def __init__(self, answer):
        super().__init__()
        self._answer = answer

    def client(self, **_):
        return httpx.Client(transport=httpx.MockTransport(self._answer))


class Discarding(io.RawIOBase):
    """A file that counts what it is given and keeps nothing."""

    size = 0

    def writable(self):
        return True

    def write(self, data):
        self.size += len(data)
        return len(data)


def fetched(service, policy=HERE, **how):
    file = io.BytesIO()
    with downloader(policy, **how) as fetching:
        fetching.fetch(url(service), file)
    return file.getvalue()


class Threadless(Deadlines):
    """Deadlines on a system that allows no further thread."""

    def add(self, seconds, call):
        raise OSError(errno.EAGAIN, "the system allows no more threads")


def test_without_a_thread_for_its_deadline_a_picture_is_left_for_later(service):
    clients = Clients()
    clients.deadlines = Threadless()
    with pytest.raises(DownloadError, match="broke off"):
        fetched(service, clients=clients)
    assert service.downloads == []


def test_a_request_for_a_picture_carries_nothing_of_the_user(service, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login canary password CANARYPASSWORD\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    service.always_download(picture(headers={"Set-Cookie": f"a={CANARY_COOKIE}; Path=/"}))
    with downloader() as fetching:
        for _ in range(2):
            fetching.fetch(url(service), io.BytesIO())
    for asked in service.downloads:
        names = {name.lower() for name, _ in asked.headers}
        assert names == {"host", "accept", "accept-encoding", "connection", "user-agent"}
        assert asked.header("accept-encoding") == "identity"
        assert b"CANARY" not in asked.head


def test_a_redirect_takes_no_cookie_and_no_referrer_along(service):
    cookie = f"Set-Cookie: a={CANARY_COOKIE}; Path=/\r\n\r\n".encode()
    moved = headed(redirect(302, "{origin}/img/9-0-0.png"), lambda head: head[:-2] + cookie)
    service.script_downloads(moved)
    assert fetched(service) == service.picture_of(9)
    assert {name.lower() for name, _ in service.downloads[1].headers} == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
    }


def test_five_redirects_are_followed_and_a_sixth_is_not(service):
    service.script_downloads(*[redirect(302, "{here}")] * 5)
    assert fetched(service) == service.picture_of(7)
    service.script_downloads(*[redirect(302, "{here}")] * 6)
    with pytest.raises(RefusedDownloadError):
        fetched(service)


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/a",
        "https://10.0.0.1/a",
        "//169.254.169.254/a",
        "http://2852039166/a",
        "file:///etc/passwd",
        "https://user@cdn.bytespike.ai/a",
        "http://[::ffff:a00:1]/a",
        "http://cdn.bytespike.ai/a",
        "https://xn--a/a",
        "http://[",
        "https://cdn.bytespike.ai:99999/",
        "/a b",
        "/a\x7f",
        "/\xff",
        "/" + "y" * 40_000,
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
    ],
)
def test_a_redirect_is_held_to_the_same_rules_as_the_first_address(service, location):
    service.script_downloads(redirect(302, location))
    with pytest.raises(DownloadError) as fault:
        fetched(service)
    assert len(service.downloads) == 1 or service.downloads[1].path.startswith("/%")
    assert "secret" not in fault.value.message


@pytest.mark.parametrize("name", FINAL)
def test_what_will_not_change_is_refused_for_good(service, name):
    service.always_download(SPOILT_DOWNLOADS[name])
    with pytest.raises(RefusedDownloadError):
        fetched(service)


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_told_apart_from_a_refusal(service, name):
    service.always_download(SPOILT_DOWNLOADS[name])
    with pytest.raises(DownloadError) as fault:
        fetched(service)
    assert not isinstance(fault.value, RefusedDownloadError)


@pytest.mark.parametrize("name", STALLING_DOWNLOADS)
def test_the_time_ends_a_download_as_a_whole(service, name):
    service.always_download(STALLING_DOWNLOADS[name])
    began = time.monotonic()
    with pytest.raises(DownloadError) as fault:
        fetched(service, timeout=0.3)
    assert time.monotonic() - began < 3
    assert "0.3 s" in fault.value.message
    assert not isinstance(fault.value, RefusedDownloadError)


def test_the_time_covers_all_redirects_together(service):
    service.always_download(late(redirect(302, "{here}"), 0.15))
    with pytest.raises(DownloadError, match=r"did not come within 0\.4 s"):
        fetched(service, timeout=0.4)
    assert len(service.downloads) <= 4


def test_64_mb_are_taken_and_one_byte_more_is_not(service):
    service.script_downloads(picture(bytes(MAX_BYTES)), picture(bytes(MAX_BYTES + 1), framing="close"))
    file = Discarding()
    with downloader() as fetching:
        fetching.fetch(url(service), file)
        assert file.size == MAX_BYTES
        with pytest.raises(RefusedDownloadError):
            fetching.fetch(url(service), file)
    assert file.size <= 2 * MAX_BYTES


def test_a_length_above_the_limit_is_believed_before_anything_is_read(service):
    service.always_download(SPOILT_DOWNLOADS["length of 10 GB"])
    file = Discarding()
    with downloader() as fetching, pytest.raises(RefusedDownloadError):
        fetching.fetch(url(service), file)
    assert file.size == 0


def test_a_download_is_not_held_in_memory(service):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    service.always_download(endless(head, bytes(1 << 16), billed=False))
    with downloader() as fetching:
        tracemalloc.start()
        try:
            with pytest.raises(RefusedDownloadError):
                fetching.fetch(url(service), Discarding())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 8 << 20


def test_loopback_is_never_reached_through_a_proxy(service, monkeypatch):
    with Proxy() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert fetched(service) == service.picture_of(7)
        assert proxy.requests == []


def test_what_a_proxy_connects_to_is_the_proxys_to_look_at(monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Proxy() as proxy, downloader(AddressPolicy(loopback=False)) as fetching:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(DownloadError, match="broke off") as fault:  # it answers 502
            fetching.fetch("https://cdn.bytespike.ai/a.png", io.BytesIO())
        assert not isinstance(fault.value, RefusedDownloadError)
        assert [request.split(b"\r\n")[0] for request in proxy.requests] == [b"CONNECT cdn.bytespike.ai:443 HTTP/1.1"]


def test_a_proxy_is_not_asked_for_what_is_known_to_lie_inward(monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Proxy() as proxy, downloader(AddressPolicy(loopback=False)) as fetching:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        for host in ("metadata.google.internal", "ip6-localhost", "localhost.localdomain"):
            with pytest.raises(RefusedDownloadError, match="private network"):
                fetching.fetch(f"https://{host}/a.png", io.BytesIO())
        assert proxy.requests == []


def test_what_a_proxy_connects_to_is_resolved_once_here(monkeypatch):
    asked = []

    def resolve(host, *_, **__):
        asked.append(host)
        raise OSError("no names here")

    monkeypatch.delenv("NO_PROXY", raising=False)
    with Proxy() as proxy, downloader(AddressPolicy(loopback=False, resolve=resolve)) as fetching:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        for _ in range(3):
            with pytest.raises(DownloadError, match="broke off"):
                fetching.fetch("https://cdn.bytespike.ai/a.png", io.BytesIO())
        assert (asked, len(proxy.requests)) == (["cdn.bytespike.ai"], 3)


@pytest.mark.parametrize("location", ["http://[::1", "http://x:99999/"])
def test_a_redirect_to_what_is_no_url_is_not_followed(service, location):
    service.always_download(redirect(302, location))
    with pytest.raises(DownloadError):
        fetched(service)
    assert len(service.downloads) == 1


def test_a_body_whose_end_nobody_knows_is_not_taken_for_whole_where_time_ended_it(service):
    service.always_download(drip(picture(framing="close"), 0.05, "body"))
    with downloader(timeout=0.3) as fetching, pytest.raises(DownloadError):
        fetching.fetch(url(service), io.BytesIO())


def test_a_proxy_that_cannot_be_used_leaves_the_picture_for_later(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    with downloader() as fetching, pytest.raises(DownloadError):
        fetching.fetch("https://cdn.bytespike.ai/a.png", io.BytesIO())


def test_a_name_in_another_script_is_looked_at_like_any_other():
    def resolve(*_, **__):
        return [(2, 1, 6, "", ("10.0.0.1", 443))]

    policy = AddressPolicy(loopback=False, resolve=resolve)
    with downloader(policy) as fetching, pytest.raises(RefusedDownloadError):
        fetching.fetch("https://xn--bcher-kva.example/a.png", io.BytesIO())


def test_a_name_that_leads_inward_is_never_connected_to(monkeypatch):
    with Service(tls=True) as inner:
        monkeypatch.setenv("SSL_CERT_FILE", str(inner.ca_pem))

        def resolve(*_, **__):
            return [(2, 1, 6, "", ("127.0.0.1", inner.port))]

        policy = AddressPolicy(loopback=False, resolve=resolve)
        with downloader(policy) as fetching, pytest.raises(RefusedDownloadError):
            fetching.fetch(f"https://cdn.bytespike.ai:{inner.port}/img/1-0-0.png", io.BytesIO())
        assert inner.connections == 0


def test_a_name_that_changes_its_address_between_two_looks_gets_no_byte(service):
    class Rebinding:
        """A policy at whose first look the address is still another one."""

        check_url = staticmethod(httpx.URL)

        def check_connecting(self, host, port):
            pass

        def check_peer(self, host, address):
            assert (host, address) == ("127.0.0.1", "127.0.0.1")
            raise RefusedDownloadError("private")

    with pytest.raises(RefusedDownloadError):
        fetched(service, Rebinding())
    service.wait_until(lambda: service.connections == 1, "a connection")
    assert service.downloads == []
    assert service.fragments == []


def test_an_excepted_address_is_spoken_to_over_tls_alone():
    policy = AddressPolicy(loopback=False, exempt_hosts=frozenset({"127.0.0.1"}))
    with Service(tls=True) as inner:
        for excepting in (AddressPolicy(loopback=False), policy):
            before = inner.connections
            with downloader(excepting) as fetching, pytest.raises(DownloadError):
                fetching.fetch(f"{inner.address}/img/1-0-0.png", io.BytesIO())
            assert inner.connections - before == (excepting is policy)
        with downloader(policy) as fetching, pytest.raises(RefusedDownloadError):
            fetching.fetch(f"http://127.0.0.1:{inner.port}/img/1-0-0.png", io.BytesIO())


@pytest.mark.parametrize("kind", [True, "untrusted"])
def test_a_server_whose_certificate_is_not_trusted_gets_no_request(kind):
    with Service(tls=kind) as stranger, downloader() as fetching:
        with pytest.raises(DownloadError):
            fetching.fetch(f"{stranger.address}/img/1-0-0.png?X-Amz-Signature=secret", io.BytesIO())
        assert stranger.downloads == []


def test_a_refused_connection_may_be_tried_again():
    with downloader() as fetching, pytest.raises(DownloadError) as fault:
        fetching.fetch(f"http://127.0.0.1:{refusing_port()}/a.png", io.BytesIO())
    assert not isinstance(fault.value, RefusedDownloadError)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOTCONN, "Transport endpoint is not connected"),
        ConnectionResetError(),
        ssl.SSLError("broken"),
        ValueError("odd"),
    ],
)
def test_an_error_of_the_network_is_never_taken_for_one_of_the_disk(error):
    def answer(_):
        raise error

    with downloader(clients=Scripted(answer)) as fetching, pytest.raises(DownloadError):
        fetching.fetch("http://127.0.0.1:1/a.png", io.BytesIO())


def test_an_error_of_the_disk_is_never_taken_for_one_of_the_network(service):
    with open("/dev/full", "wb", buffering=0) as full, downloader() as fetching, pytest.raises(OSError, match="space"):
        fetching.fetch(url(service), full)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate"])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_compression_that_was_not_asked_for_is_undone(service, coding, framing):
    pack = zlib.compress if coding == "deflate" else gzip.compress
    service.always_download(packed(pack, coding, framing=framing))
    assert fetched(service) == service.picture_of(7)


def test_a_picture_in_drops_is_unpacked_too(service):
    service.always_download(drip(packed(), 0.0001))
    assert fetched(service) == service.picture_of(7)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_what_only_says_that_it_is_compressed_is_taken_as_it_is(service, coding):
    service.always_download(picture(headers={"Content-Encoding": coding}))
    assert fetched(service) == service.picture_of(7)


@pytest.mark.parametrize("name", ["gzip cut", "gzip broken"])
def test_what_cannot_be_unpacked_is_no_whole_picture(service, name):
    service.always_download(SPOILT_DOWNLOADS[name])
    with pytest.raises(DownloadError, match="cannot be unpacked") as fault:
        fetched(service)
    assert not isinstance(fault.value, RefusedDownloadError)


def test_a_compressed_picture_unfolds_to_64_mb_and_no_further(service):
    service.script_downloads(
        picture(gzip.compress(bytes(MAX_BYTES)), headers={"Content-Encoding": "gzip"}),
        picture(gzip.compress(bytes(2 * MAX_BYTES)), headers={"Content-Encoding": "gzip"}),
    )
    file = Discarding()
    with downloader() as fetching:
        fetching.fetch(url(service), file)
        assert file.size == MAX_BYTES
        tracemalloc.start()
        try:
            with pytest.raises(RefusedDownloadError, match="64 MB"):
                fetching.fetch(url(service), file)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert file.size <= 2 * MAX_BYTES
    assert most < 4 << 20


def test_headers_without_end_are_not_read_to_their_end(service):
    def play(_):
        yield Send(b"HTTP/1.1 200 OK\r\n")
        while True:
            yield Send(b"X-More: " + b"y" * 60_000 + b"\r\n")

    service.always_download(Reply(play))
    with pytest.raises(DownloadError):
        fetched(service)


def test_answers_of_1xx_before_the_picture_do_no_harm(service):
    service.always_download(informational(picture(), 50))
    assert fetched(service) == service.picture_of(7)


def test_what_comes_is_written_as_it_is(service):
    service.always_download(picture(pictures.HTML, "text/html"))
    assert fetched(service) == pictures.HTML
