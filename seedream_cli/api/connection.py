"""HTTP clients and the watch kept over one exchange: what has left, over which connection, and until when.

httpx's timeouts are per read, so a server that sends a byte now and then is never timed out; and it raises the same
errors before and after a request has left. Both are settled here, through httpcore's documented `trace` extension.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, Final, Self

from seedream_cli import __version__
from seedream_cli.api.deadlines import Deadlines
from seedream_cli.errors import InputError, LocalFileError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import httpx

CONNECT_TIMEOUT: Final = 15.0
"""Seconds for one connection to be made, however long the exchange as a whole may take."""

_HEADERS: Final = {
    "user-agent": f"seedream-drafts/{__version__}",
    "accept-encoding": "identity",
    # No limit of the pool's does it: one thread's may be handed a connection that another's is just closing as idle.
    "connection": "close",
}


class _NoCookies(CookieJar):
    """Keeps none, without looking at what an answer sets: that takes longer than all else that is done with it."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""


class Clients:
    """Makes HTTP clients that share one TLS context, made when the first of them needs it.

    Attributes:
        deadlines: shared by the exchanges of all of them.
    """

    def __init__(self) -> None:
        self.deadlines = Deadlines()
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def client(self, *, loopback: bool, timeout: float) -> httpx.Client:
        """Return a client that follows no redirects, keeps no cookies and opens a connection for every request.

        Args:
            loopback: for this machine only: no proxy, no certificate authorities but what the environment names.
            timeout: seconds a single read or write may take.

        Raises:
            InputError: where the environment names a proxy that cannot be used.
            LocalFileError: where it names certificates that cannot be read.
        """
        import httpx

        try:
            return httpx.Client(
                verify=self._loopback_context() if loopback else self.tls_context(),
                trust_env=not loopback,
                follow_redirects=False,
                timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                headers=_HEADERS,
                cookies=_NoCookies(),
            )
        except httpx.InvalidURL as error:  # whose message may hold a part of the proxy's password
            raise InputError("the proxy that the environment names is not a URL", hint="look at HTTPS_PROXY") from error
        except (ValueError, ImportError) as error:
            raise InputError(
                f"the proxy that the environment names cannot be used: {error}",
                hint="look at HTTPS_PROXY and ALL_PROXY: an http:// or https:// proxy will do",
            ) from error

    def _loopback_context(self) -> ssl.SSLContext:
        import ssl

        if self._context is not None or any(map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR"))):
            return self.tls_context()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context that all clients share.

        Raises:
            LocalFileError: where the certificates that the environment names cannot be read.
        """
        import httpx

        with self._lock:
            if self._context is None:
                try:
                    self._context = httpx.create_ssl_context()
                except OSError as error:
                    raise LocalFileError(
                        f"the certificates that the environment names cannot be read: {error.strerror or error}",
                        hint="look at SSL_CERT_FILE and SSL_CERT_DIR",
                    ) from error
            return self._context


class Exchange:
    """The watch over one request and its answer; a context manager that ends both when their time is over.

    Args:
        deadlines: ends it in time.
        seconds: how long the exchange may take as a whole.
        on_sent: called when the first byte is about to leave; what it raises keeps it from leaving.
        on_connecting: called with host and port before a connection is made; what it raises ends the exchange.
        on_connected: called with the peer's address once it is made, likewise.

    Attributes:
        sent: True from the moment at which the request's first byte may have left.
        expired: True once the time was over.
    """

    def __init__(
        self,
        deadlines: Deadlines,
        seconds: float,
        *,
        on_sent: Callable[[], None] | None = None,
        on_connecting: Callable[[str, int], None] | None = None,
        on_connected: Callable[[str], None] | None = None,
    ) -> None:
        self.sent = False
        self.expired = False
        self._on_sent = on_sent
        self._on_connecting = on_connecting
        self._on_connected = on_connected
        self._stream: Any = None
        self._lock = threading.Lock()
        self._deadlines = deadlines
        self._seconds = seconds
        self._deadline: object = None

    def __enter__(self) -> Self:
        self._deadline = self._deadlines.add(self._seconds, self._expire)
        return self

    def __exit__(self, *_: object) -> None:
        self._deadlines.cancel(self._deadline)

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take an event of httpcore's: to be passed as the request's extension `trace`."""
        match event:
            case "connection.connect_tcp.started":
                self._connecting(info)
            case "connection.connect_tcp.complete":
                self._connected(info)
            case "connection.start_tls.complete" | "proxy.start_tls.complete":
                self._watch(info["return_value"])
            case "http11.send_request_headers.started":
                self._sending(info)

    def _connecting(self, info: dict[str, Any]) -> None:
        if self._on_connecting is not None:
            self._on_connecting(info["host"], info["port"])

    def _connected(self, info: dict[str, Any]) -> None:
        self._watch(info["return_value"])
        if self._on_connected is None:
            return
        try:
            self._on_connected(self._stream.get_extra_info("server_addr")[0])  # a connection that was shut has no peer
        except BaseException:
            self._stream.close()
            raise

    def _sending(self, info: dict[str, Any]) -> None:
        if info["request"].method == b"CONNECT":  # to a proxy: nothing of the request itself has left
            return
        if self.expired:
            import httpx

            raise httpx.ConnectTimeout("the time was over before anything was sent")
        if self._on_sent is not None:
            self._on_sent()
        self.sent = True

    def _watch(self, stream: object) -> None:
        with self._lock:
            self._stream = stream
            if self.expired:
                _shut(stream)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._stream is not None:
                _shut(self._stream)


def _shut(stream: Any) -> None:
    """Wake whoever reads from the connection; the reader closes it.

    `SSLSocket` has a `shutdown` of its own, which ends the encryption first: what another thread sends just then would
    leave in the clear.
    """
    with contextlib.suppress(OSError):
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
