"""HTTP clients and the watch over an exchange: time, first byte, proxies, certificates."""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.replies import STALLING_ANSWERS, error, hang, redirect
from support.service import CANARY_COOKIE, Proxy, Service, refusing_port

from seedream_cli.api import connection
from seedream_cli.api.connection import Clients, Exchange
from seedream_cli.api.deadlines import Deadlines
from seedream_cli.api.origins import is_loopback, is_loopback_url
from seedream_cli.errors import InputError, LocalFileError

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make() -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients, and closes them in the end."""
    made: list[httpx.Client] = []

    def client(*, loopback: bool = True, timeout: float = 10) -> httpx.Client:
        made.append(Clients().client(loopback=loopback, timeout=timeout))
        return made[-1]

    yield client
    for one in made:
        one.close()


def post(client: httpx.Client, service: Service, exchange: Exchange) -> httpx.Response:
    return client.post(f"{service.base_url}/images/generations", json={"seed": 7}, extensions={"trace": exchange.trace})


# Loopback


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost.evil.com",
        "127.0.0.1.evil.com",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
        "::",
        "evillocalhost",
    ],
)
def test_nothing_else_passes_for_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_the_host_counts_and_not_what_stands_around_it() -> None:
    assert is_loopback_url("http://127.0.0.1:8000/v1")
    assert not is_loopback_url("http://127.0.0.1@evil.com/")
    assert not is_loopback_url("http://evil.com/127.0.0.1")


# Clients


@pytest.mark.parametrize("name", PROXIES)
def test_loopback_never_goes_through_a_proxy(
    name: str, service: Service, make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert make().get(f"{service.base_url}/models").status_code == 200
        assert proxy.requests == []


def test_a_redirect_is_an_answer_and_not_followed(service: Service, make: Callable[..., httpx.Client]) -> None:
    service.on_path("/v1/models", redirect(302, "{origin}/v1/elsewhere"))
    assert make().get(f"{service.base_url}/models").status_code == 302
    assert len(service.others) == 1


def test_no_cookie_is_kept(service: Service, make: Callable[..., httpx.Client]) -> None:
    service.on_path("/v1/models", error(404))
    client = make()
    for _ in range(2):
        assert CANARY_COOKIE in client.get(f"{service.base_url}/models").headers["set-cookie"]
    assert service.others[-1].header("cookie") is None


def test_every_request_opens_a_connection_of_its_own(service: Service, make: Callable[..., httpx.Client]) -> None:
    client = make()
    for _ in range(3):
        assert client.get(f"{service.base_url}/models").status_code == 200
    assert len({request.connection for request in service.others}) == 3


def test_many_threads_never_share_a_connection(service: Service, make: Callable[..., httpx.Client]) -> None:
    client = make()
    with ThreadPoolExecutor(32) as threads:
        statuses = list(threads.map(lambda _: client.get(f"{service.base_url}/models").status_code, range(640)))
    assert statuses == [200] * 640
    assert len({request.connection for request in service.others}) == 640


def test_nothing_of_netrc_is_sent(
    service: Service, make: Callable[..., httpx.Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    make().get(f"{service.base_url}/models")
    assert service.others[0].header("authorization") is None


def test_an_answer_is_asked_for_without_compression(service: Service, make: Callable[..., httpx.Client]) -> None:
    make().get(f"{service.base_url}/models")
    assert service.others[0].header("accept-encoding") == "identity"
    assert (service.others[0].header("user-agent") or "").startswith("seedream-drafts/")


def test_no_connection_is_offered_for_another_request(service: Service, make: Callable[..., httpx.Client]) -> None:
    make().get(f"{service.base_url}/models")
    assert service.others[0].header("connection") == "close"


@pytest.mark.parametrize(
    "proxy", ["foo://user:hunter2@host", "http://user:hunt/er2@host", "http://user:hun#ter2@host:1", "socks5://host:1"]
)
def test_a_proxy_that_cannot_be_used_is_the_users_to_mend_and_its_password_stays_unsaid(
    proxy: str, make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(InputError) as caught:
        make(loopback=False)
    assert "hun" not in caught.value.message
    assert str(caught.value.hint).startswith("look at HTTPS_PROXY")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_cannot_be_read_are_said(
    name: str, content: bytes | None, tmp_path: Path, make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(name, str(path))
    with pytest.raises(LocalFileError, match="certificates"):
        make(loopback=False)


def test_a_service_on_this_machine_is_trusted_by_the_certificates_that_the_environment_names(
    make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls=True) as service:
        monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        assert make().get(f"{service.base_url}/models").status_code == 200


@pytest.mark.parametrize("named", [True, False])
def test_a_service_that_nobody_vouches_for_is_not_talked_to(
    named: bool, make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls="untrusted") as service:
        if named:
            monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        with pytest.raises(httpx.ConnectError):
            make().get(f"{service.base_url}/models")
        assert service.others == []


# Exchanges


def test_the_first_byte_is_announced_before_it_leaves(service: Service, make: Callable[..., httpx.Client]) -> None:
    seen: list[int] = []
    with Exchange(Deadlines(), 10, on_sent=lambda: seen.append(service.posts)) as exchange:
        assert not exchange.sent
        post(make(), service, exchange)
    assert seen == [0]
    assert exchange.sent
    assert not exchange.expired


def test_what_the_announcement_raises_keeps_the_byte_from_leaving(
    service: Service, make: Callable[..., httpx.Client]
) -> None:
    def refuse() -> None:
        raise LookupError

    with Exchange(Deadlines(), 10, on_sent=refuse) as exchange, pytest.raises(LookupError):
        post(make(), service, exchange)
    assert not exchange.sent
    assert (service.posts, service.fragments) == (0, [])


def test_a_refused_connection_has_sent_nothing(make: Callable[..., httpx.Client]) -> None:
    with Exchange(Deadlines(), 10) as exchange, pytest.raises(httpx.ConnectError):
        make().get(f"http://127.0.0.1:{refusing_port()}/", extensions={"trace": exchange.trace})
    assert not exchange.sent


def test_what_checking_the_peer_raises_ends_the_exchange_unsent(
    service: Service, make: Callable[..., httpx.Client]
) -> None:
    def refuse(address: str) -> None:
        raise LookupError(address)

    with Exchange(Deadlines(), 10, on_connected=refuse) as exchange, pytest.raises(LookupError, match=r"127\.0\.0\.1"):
        post(make(), service, exchange)
    assert not exchange.sent
    assert (service.posts, service.fragments) == (0, [])


def test_where_it_connects_is_told_before(service: Service, make: Callable[..., httpx.Client]) -> None:
    seen: list[tuple[str, int, int]] = []
    with Exchange(
        Deadlines(), 10, on_connecting=lambda host, port: seen.append((host, port, service.connections))
    ) as exchange:
        post(make(), service, exchange)
    assert seen == [("127.0.0.1", service.port, 0)]


@pytest.mark.parametrize("name", STALLING_ANSWERS)
@pytest.mark.parametrize("tls", [False, True])
def test_an_exchange_ends_with_its_time_whatever_drips(
    name: str, tls: bool, make: Callable[..., httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls=tls) as service:
        if tls:
            monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        service.always(STALLING_ANSWERS[name])
        began = time.monotonic()
        with Exchange(Deadlines(), 0.3) as exchange, contextlib.suppress(httpx.TransportError):
            post(make(), service, exchange)
        assert 0.25 < time.monotonic() - began < 3
        assert exchange.expired


def test_a_handshake_that_never_ends_is_ended(make: Callable[..., httpx.Client]) -> None:
    with Service() as service, Exchange(Deadlines(), 0.3) as exchange:
        service.script_connections("hang")
        began = time.monotonic()
        with pytest.raises(httpx.TransportError):
            make(timeout=0.3).get(f"https://127.0.0.1:{service.port}/", extensions={"trace": exchange.trace})
        assert time.monotonic() - began < 3
        assert not exchange.sent


def test_after_its_time_nothing_is_sent(service: Service, make: Callable[..., httpx.Client]) -> None:
    def dawdle(_: str) -> None:
        deadline = time.monotonic() + 5
        while not exchange.expired and time.monotonic() < deadline:
            time.sleep(0.005)

    with Exchange(Deadlines(), 0.05, on_connected=dawdle) as exchange, pytest.raises(httpx.TransportError):
        post(make(), service, exchange)
    assert not exchange.sent
    assert (service.posts, service.fragments) == (0, [])


def test_a_connection_that_is_made_too_late_is_shut(service: Service, make: Callable[..., httpx.Client]) -> None:
    def dawdle(_host: str, _port: int) -> None:
        deadline = time.monotonic() + 5
        while not exchange.expired and time.monotonic() < deadline:
            time.sleep(0.005)

    with Exchange(Deadlines(), 0.05, on_connecting=dawdle) as exchange, pytest.raises(httpx.TransportError):
        post(make(), service, exchange)
    assert exchange.expired
    assert not exchange.sent
    assert (service.posts, service.fragments) == (0, [])


def test_a_connection_that_is_gone_as_soon_as_it_is_made_is_closed(make: Callable[..., httpx.Client]) -> None:
    ours: list[socket.socket] = []

    def watch(event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            ours.append(info["return_value"].get_extra_info("socket"))
            there, _ = listener.accept()
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            there.close()
            with pytest.raises(ConnectionResetError):
                ours[0].recv(1)
        exchange.trace(event, info)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with (
            Exchange(Deadlines(), 10, on_connected=lambda _: None) as exchange,
            pytest.raises(OSError, match="onnected"),
        ):
            make().get(url, extensions={"trace": watch})
    assert ours[0].fileno() == -1


def test_ending_an_exchange_never_takes_the_encryption_off_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own `SSLSocket.shutdown` drops TLS first: what another thread sends in between would be plain text."""
    with Service(tls=True) as service:
        context = ssl.create_default_context(cafile=str(service.ca_pem))
        service.always(hang(billed=False))
        with httpx.Client(verify=context, trust_env=False) as client, Exchange(Deadlines(), 0.2) as exchange:
            encrypted: list[bool] = []
            streams: list[Any] = []

            def watch(event: str, info: dict[str, Any]) -> None:
                exchange.trace(event, info)
                if event == "connection.start_tls.complete":
                    streams.append(info["return_value"])
                if event == "http11.receive_response_headers.failed":
                    encrypted.append(streams[0].get_extra_info("ssl_object") is not None)

            with pytest.raises(httpx.TransportError):
                client.post(f"{service.base_url}/images/generations", json={}, extensions={"trace": watch})
            assert exchange.expired
            assert encrypted == [True]


def test_the_time_to_connect_is_bounded_however_long_an_exchange_may_take(make: Callable[..., httpx.Client]) -> None:
    assert make(timeout=86400).timeout.connect == connection.CONNECT_TIMEOUT
    assert make(timeout=1).timeout.connect == 1
