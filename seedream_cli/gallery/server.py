"""The loopback server behind a page: it answers whom `access` lets in, and waits for nobody for long."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import socketserver
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Protocol

from seedream_cli.gallery.access import LOOPBACK, MAX_BODY_BYTES, Access, RefusedError, body_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_CONNECTIONS: Final = 32
_KEPT: Final = 60 * 60
"""Seconds for which a browser may keep a picture."""

_LOCKED: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, in seconds.

    Attributes:
        request: for sending one request whole, the wait for its beginning included.
        answer: for taking one answer.
        farewell: for reading why it was turned away.
    """

    request: float = 15.0
    answer: float = 60.0
    farewell: float = 0.5


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: HTTP status.
        body: its bytes.
        type: their media type.
        policy: what the content may load and run, if it is shown as a page.
        keep: whether the browser may show it again for an hour without asking for it.
    """

    status: int
    body: bytes
    type: str = "text/plain; charset=utf-8"
    policy: str = _LOCKED
    keep: bool = False


class Answers(Protocol):
    """What lies behind the server."""

    def get(self, path: str) -> Reply:
        """Answer a GET of a path without its query."""

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Answer a POST of a JSON object."""


class GalleryServer(ThreadingHTTPServer):
    """Listens on loopback, with a thread for every connection.

    Args:
        answers: what lies behind it.
        token: without which nothing is answered.
        port: 0 for a free one.
        on_bug: called, from any thread, with an error that no client is to blame for.
        patience: how long clients may take.
        max_connections: open at once; one more is closed.

    Raises:
        OSError: the port is taken or may not be used.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = MAX_CONNECTIONS
    allow_reuse_address = sys.platform != "win32"  # there it means that another program may take the port over

    def __init__(
        self,
        answers: Answers,
        token: str,
        port: int,
        *,
        on_bug: Callable[[BaseException], None],
        patience: Patience | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self.answers = answers
        self._token = token
        self.patience = patience or Patience()
        self._on_bug = on_bug
        self._free = threading.BoundedSemaphore(max_connections)
        super().__init__((LOOPBACK, port), _Conversation)
        self.access = Access(self.port, token)

    def server_bind(self) -> None:
        """Bind; the base class would also ask the system for the machine's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Address of the page, token and all."""
        return f"http://{LOOPBACK}:{self.port}/?token={self._token}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection, unless too many are open."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Hold the conversation with one client."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the server's signature
        """Keep quiet of clients that go away; hand on what is a bug."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self._on_bug(error)


class _Stream(io.RawIOBase):
    """A connection that is read until a deadline, however slowly the bytes come."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Conversation(BaseHTTPRequestHandler):
    """The requests of one connection, one after the other."""

    server: GalleryServer
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # of a request that names none: it gets a whole answer, too
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._stream = _Stream(self.connection)
        self.rfile: io.BufferedIOBase = io.BufferedReader(self._stream)

    def handle_one_request(self) -> None:
        self._stream.deadline = time.monotonic() + self.server.patience.request
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer a GET, or a HEAD."""
        # A body that nobody reads would be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        with self._refusing():
            path = self.server.access.admit(self.command, self.path, self.headers)
            self._answer(self.server.answers.get(path))

    do_HEAD = do_GET  # noqa: N815 - the base class's way of naming

    def do_POST(self) -> None:
        """Answer a POST."""
        with self._refusing():
            path = self.server.access.admit(self.command, self.path, self.headers)
            self._answer(self.server.answers.post(path, self._body(body_length(self.headers))))

    def _body(self, length: int) -> dict[str, Any]:
        data = self.rfile.read(length)
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            body = None
        if len(data) < length or not isinstance(body, dict):
            raise RefusedError(400, "The body is not a JSON object.")
        return body

    # Answers

    def _answer(self, reply: Reply) -> None:
        self.connection.settimeout(self.server.patience.answer)
        self.send_response_only(reply.status)
        headers = {
            "Content-Type": reply.type,
            "Content-Length": str(len(reply.body)),
            "Cache-Control": f"private, max-age={_KEPT}" if reply.keep else "no-store",
            "Content-Security-Policy": reply.policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except RefusedError as refusal:
            self._refuse(refusal)

    def _refuse(self, refusal: RefusedError) -> None:
        """Answer, and end the conversation: what the client goes on to send is not looked at."""
        self.close_connection = True
        self._answer(Reply(refusal.status, f"{refusal.why}\n".encode()))
        # Closed with bytes unread, the connection would be reset, and the answer lost.
        self._stream.deadline = time.monotonic() + self.server.patience.farewell
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.rfile.read(MAX_BODY_BYTES)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what is no HTTP, in our own words."""
        self._refuse(RefusedError(int(code), "Such a request is not answered here."))

    def handle_expect_100(self) -> bool:
        """Invite no body before the request is let in; clients send it a moment later all the same."""
        return True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet: the terminal is for what was drawn, and addresses hold the token."""
