"""The loopback server behind a page: lets in nobody but that page, and waits for nobody for long.

It listens on 127.0.0.1. A request must name this server in `Host` (or another site's name could be made to lead here),
must not come from another site's page (`Origin`, `Sec-Fetch-Site`), and must carry the token that only the printed
address holds: in the query of a GET, in a header of a POST, which no page elsewhere can set without being asked, and no
permission to ask is ever given (no CORS). POSTs are JSON and small. Every request has a deadline as a whole.
"""

from __future__ import annotations

import contextlib
import hmac
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
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK: Final = "127.0.0.1"
TOKEN_HEADER: Final = "X-Seedream-Token"  # noqa: S105 - a header's name
MAX_CONNECTIONS: Final = 32
MAX_BODY_BYTES: Final = 256 * 1024
_LONGEST_TARGET: Final = 2048
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
        keep: whether the browser may keep it for as long as the server lives.
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
        self.token = token
        self.patience = patience or Patience()
        self._on_bug = on_bug
        self._free = threading.BoundedSemaphore(max_connections)
        super().__init__((LOOPBACK, port), _Conversation)
        self.hosts = frozenset(f"{name}:{self.port}" for name in (LOOPBACK, "localhost"))
        self.origins = frozenset(f"http://{host}" for host in self.hosts)

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
        return f"http://{LOOPBACK}:{self.port}/?token={self.token}"

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
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._stream = _Stream(self.connection)
        self.rfile: io.BufferedIOBase = io.BufferedReader(self._stream)

    def handle_one_request(self) -> None:
        self._stream.deadline = time.monotonic() + self.server.patience.request
        super().handle_one_request()

    def do_GET(self) -> None:
        path = self._admitted()
        if path is not None:
            self._answer(self.server.answers.get(path))

    do_HEAD = do_GET  # noqa: N815 - the base class's way of naming

    def do_POST(self) -> None:
        path = self._admitted()
        body = None if path is None else self._body()
        if path is not None and body is not None:
            self._answer(self.server.answers.post(path, body))

    # Who is let in

    def _admitted(self) -> str | None:
        """Return the path of a request that is let in; any other has been answered."""
        path, _, query = self.path.partition("?")
        hosts, origins = self.headers.get_all("host", []), self.headers.get_all("origin", [])
        if len(self.path) > _LONGEST_TARGET or not path.startswith("/"):
            self._refuse(400, "This is no address of a page.")
        elif len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            self._refuse(403, "The Host header names another server.")
        elif any(origin not in self.server.origins for origin in origins) or not self._from_here():
            self._refuse(403, "Pages of other sites may not ask here.")
        elif not self._knows_token(query):
            self._refuse(403, "Open the address that `seedream gallery --serve` printed, token and all.")
        else:
            return path
        return None

    def _from_here(self) -> bool:
        """Whether the browser, if it says anything, says that our page asks, or that a person opens the page."""
        site = self.headers.get("sec-fetch-site", "none")
        opened = self.headers.get("sec-fetch-mode") == "navigate" and self.headers.get("sec-fetch-dest") == "document"
        return site in {"same-origin", "none"} or (self.command == "GET" and opened)

    def _knows_token(self, query: str) -> bool:
        if self.command == "POST":
            given = self.headers.get_all(TOKEN_HEADER, [])
        else:
            given = parse_qs(query, max_num_fields=10).get("token", []) if query.count("&") < 10 else []
        return len(given) == 1 and hmac.compare_digest(given[0].encode("utf-8", "replace"), self.server.token.encode())

    def _body(self) -> dict[str, Any] | None:
        """Return the body of a POST; where it is none that is taken, that has been answered."""
        length = self.headers.get_all("content-length", [])
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            self._refuse(415, "Only JSON is taken.")
        elif "transfer-encoding" in self.headers or len(length) != 1 or not _is_length(length[0]):
            self._refuse(411, "A body has a length.")
        elif int(length[0]) > MAX_BODY_BYTES:
            self._refuse(413, f"A body has at most {MAX_BODY_BYTES} bytes.")
        else:
            return self._decoded(self.rfile.read(int(length[0])), int(length[0]))
        return None

    def _decoded(self, data: bytes, length: int) -> dict[str, Any] | None:
        if len(data) < length:  # the client has gone
            self.close_connection = True
            return None
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            body = None
        if isinstance(body, dict):
            return body
        self._refuse(400, "The body is no JSON object.")
        return None

    # Answers

    def _answer(self, reply: Reply) -> None:
        self.connection.settimeout(self.server.patience.answer)
        self.send_response_only(reply.status)
        headers = {
            "Content-Type": reply.type,
            "Content-Length": str(len(reply.body)),
            "Cache-Control": "private, max-age=3600" if reply.keep else "no-store",
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

    def _refuse(self, status: int, why: str) -> None:
        """Answer, and end the conversation: what the client goes on to send is not looked at."""
        self.close_connection = True
        self._answer(Reply(status, f"{why}\n".encode()))
        # Closed with bytes unread, the connection would be reset, and the answer lost.
        self._stream.deadline = time.monotonic() + self.server.patience.farewell
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.rfile.read(MAX_BODY_BYTES)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what is no HTTP, in our own words."""
        self.command = getattr(self, "command", None) or ""
        self._refuse(int(code), "This is no request that is answered here.")

    def handle_expect_100(self) -> bool:
        """Invite no body before the request is let in; clients send it a moment later all the same."""
        return True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet: the terminal is for what was drawn, and addresses hold the token."""


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
