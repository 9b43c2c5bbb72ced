"""Fetching a picture by its pre-signed URL: without key, cookies or credentials, bounded in time and size.

A GET is free, so what breaks off is begun again from the start: that is right whether or not the server knows ranges.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.api.connection import Clients, Exchange
from seedream_cli.api.origins import is_loopback
from seedream_cli.api.packing import PackedError, is_said_packed, unpacked
from seedream_cli.errors import DownloadError, InputError, LocalFileError, RefusedDownloadError, SeedreamError
from seedream_cli.saving.picture import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    import httpx

    from seedream_cli.saving.addresses import AddressPolicy

_MAX_REDIRECTS: Final = 5
_WHOLE_STATUS: Final = frozenset({200, 203})
"""Answers with the whole picture; 203 comes from a proxy on the way."""
_FINAL_STATUS: Final = frozenset({401, 403, 410})
"""Answers of a storage service that do not change: the signature is wrong, or its time is over."""


class Downloader:
    """Fetches pictures; safe to use from many threads.

    Args:
        clients: makes the HTTP clients.
        policy: which addresses are allowed.
        timeout: seconds one attempt may take as a whole.
    """

    def __init__(self, clients: Clients, policy: AddressPolicy, *, timeout: float) -> None:
        self._clients = clients
        self._policy = policy
        self._timeout = timeout
        self._proxied: set[str] = set()
        self._lock = threading.Lock()
        self._http: dict[bool, httpx.Client] = {}

    def close(self) -> None:
        """Close connections that are still open."""
        for client in self._http.values():
            client.close()

    def fetch(self, url: str, file: BinaryIO) -> None:
        """Write what lies at the URL into the file: one attempt, redirects followed.

        Raises:
            RefusedDownloadError: where no further attempt would help.
            DownloadError: where it broke off or the server failed.
            OSError: where the file cannot be written, and only then.
        """
        with contextlib.closing(self._blocks(url)) as blocks:
            file.writelines(blocks)

    def _blocks(self, url: str) -> Generator[bytes]:
        import httpx

        guard = _Guard(self._policy, self._proxied)
        exchange = Exchange(
            self._clients.deadlines,
            self._timeout,
            on_connecting=guard.connecting,
            on_connected=guard.connected,
        )
        try:
            with exchange:
                yield from self._follow(url, guard, exchange)
        except SeedreamError:
            raise
        except Exception as error:
            # Where nothing comes at all, a single read takes as long as the whole may, and either may be over first.
            if exchange.expired or isinstance(error, httpx.TimeoutException):
                raise self._too_slow() from error
            raise DownloadError(f"the download broke off ({type(error).__name__})") from error
        if exchange.expired:
            # Without a length, a connection that was shut looks like the end of the body.
            raise self._too_slow()

    def _follow(self, url: str, guard: _Guard, exchange: Exchange) -> Generator[bytes]:
        target = self._policy.check_url(url)
        for _ in range(_MAX_REDIRECTS + 1):
            guard.host = target.raw_host.decode("ascii")
            client = self._client(loopback=is_loopback(guard.host))
            with client.stream("GET", target, extensions={"trace": exchange.trace}) as response:
                if not response.has_redirect_location:
                    yield from _body(response)
                    return
                location = str(response.headers["location"])
            target = self._policy.check_url(str(target.join(location)))  # httpx has seen that it is a URL
        raise RefusedDownloadError("the picture's address redirects without end")

    def _too_slow(self) -> DownloadError:
        return DownloadError(f"the picture did not come within {self._timeout:g} s")

    def _client(self, *, loopback: bool) -> httpx.Client:
        with self._lock:
            if loopback not in self._http:
                try:
                    self._http[loopback] = self._clients.client(loopback=loopback, timeout=self._timeout)
                except (InputError, LocalFileError) as error:  # its proxy or its certificates
                    raise RefusedDownloadError(error.message, hint=error.hint) from error
            return self._http[loopback]


class _Guard:
    """Looks at each address that a download connects to, and where a proxy does the connecting at each host's name.

    Args:
        policy: which are allowed.
        proxied: hosts looked at for a proxy, each once: resolving what only the proxy knows may take long.

    Attributes:
        host: of the URL being fetched.
    """

    def __init__(self, policy: AddressPolicy, proxied: set[str]) -> None:
        self.host = ""
        self._policy = policy
        self._proxied = proxied
        self._direct = False

    def connecting(self, host: str, port: int) -> None:
        self._direct = host == self.host
        if self._direct:
            self._policy.check_connecting(host, port)
        elif self.host not in self._proxied:
            self._policy.check_proxied(self.host)
            self._proxied.add(self.host)

    def connected(self, address: str) -> None:
        if self._direct:
            self._policy.check_peer(self.host, address)


def _body(response: httpx.Response) -> Iterator[bytes]:
    status = response.status_code
    if status in _FINAL_STATUS:
        raise RefusedDownloadError(f"the picture's server refuses (HTTP {status}): its URL may have expired")
    if status not in _WHOLE_STATUS:
        raise DownloadError(f"the picture's server failed (HTTP {status})")
    length = response.headers.get("content-length", "0")
    if length.isdigit() and len(length) < 19 and int(length) > MAX_BYTES:
        raise _too_large()
    blocks = _bounded(response.iter_raw())
    if not is_said_packed(response.headers):
        return blocks
    # Object stores send what was stored so as it is, whatever is accepted.
    return _bounded(_plain(blocks))


def _plain(blocks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from unpacked(blocks)
    except PackedError:
        raise DownloadError("the picture came compressed, unasked, and cannot be unpacked") from None


def _bounded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    received = 0
    for block in blocks:
        received += len(block)
        if received > MAX_BYTES:
            raise _too_large()
        yield block


def _too_large() -> RefusedDownloadError:
    return RefusedDownloadError(f"the picture is larger than {MAX_BYTES // 2**20} MB")
