"""A scripted fake of the service on loopback: raw sockets and threads, so that every byte is ours.

with Service() as service:
    service.script(error(503), reset(billed=True))   # the next POSTs; then the default, `ok()`
    ...
    assert service.billed == 1
"""

import json
import re
import select
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

import trustme

from support import pictures
from support.replies import (
    CANARY_COOKIE,
    CANARY_KEY,
    CANARY_SIGNATURE,
    HOSTILE_TEXT,
    Download,
    Ending,
    Finish,
    Post,
    Reply,
    Request,
    Send,
    Step,
    Until,
    Wait,
    error,
    ok,
    status_json,
)
from support.replies import picture as right_picture

__all__ = [
    "CANARY_COOKIE",
    "CANARY_KEY",
    "CANARY_SIGNATURE",
    "HOSTILE_TEXT",
    "Proxy",
    "Service",
    "plain_port",
    "refusing_port",
    "silent_port",
]

Answer = TypeVar("Answer")
Answering = Reply | Callable[[Post], Reply]
Fetching = Reply | Callable[[Download], Reply]
Greeting = Literal["serve", "reset", "close", "hang", "reset mid request", "close mid request"]
HOST = "127.0.0.1"
MAX_BODY = 128 << 20
PATIENCE = 10.0
NAMES = (HOST, "localhost", "llm.bytespike.ai", "cdn.bytespike.ai")
_PICTURE_PATH = re.compile(r"/img/(\d+|None)-(\d+)-(\d+)\.png")
_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})")


class _StoppedError(Exception):
    """The service ends while a reply was being played."""


# Reading requests


class _Reader:
    """Reads a connection by lines and by lengths, and keeps what was read of one request."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._ahead = b""

    def until(self, mark: bytes, limit: int = 1 << 20) -> bytes:
        """Everything up to the mark, with it; EOFError (with the rest) where it never comes."""
        while mark not in self._ahead:
            self._more(limit)
        found, _, self._ahead = self._ahead.partition(mark)
        return found + mark

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        while len(self._ahead) < size:
            self._more(MAX_BODY)
        found, self._ahead = self._ahead[:size], self._ahead[size:]
        return found

    def _more(self, limit: int) -> None:
        piece = self._connection.recv(65536)
        if not piece or len(self._ahead) > limit:
            raise EOFError(self._ahead)
        self._ahead += piece

    def body(self, headers: tuple[tuple[str, str], ...]) -> bytes:
        """The body that these headers announce."""
        named = {name.lower(): value for name, value in headers}
        if named.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return self.exactly(int(named.get("content-length", "0")))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            yield self.exactly(size)
            self.exactly(2)
        self.until(b"\r\n")


def _split(head: bytes) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Method, target and headers of a raw head."""
    first, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, *_ = [*first.split(" "), "", ""]
    pairs = (line.partition(":") for line in rest)
    return method, target, tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _parsed(body: bytes) -> Any:
    """The JSON in a body, or None."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _size_of(asked: dict[str, Any]) -> tuple[int, int]:
    found = _SIZE.fullmatch(str(asked.get("size", "")))
    return (int(found[1]), int(found[2])) if found else (1024, 1024)


# The service


@dataclass
class _Script(Generic[Answer]):
    """Replies for one kind of request: by seed first, then in turn, then the default."""

    default: Answer
    queue: deque[Answer] = field(default_factory=deque)
    by_seed: dict[int, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))

    def next(self, seed: int | None) -> Answer:
        """What the next request of that seed gets."""
        if seed is not None and self.by_seed.get(seed):
            return self.by_seed[seed].popleft()
        return self.queue.popleft() if self.queue else self.default


def _free_paths() -> dict[str, _Script[Reply]]:
    """What else the service knows, free of charge."""
    models = [{"id": name, "object": "model"} for name in ("seedream-v5lite", "seedream-v4", "seedream-v4.5")]
    account = {"balance": {"available_usd": 31.4, "currency": "USD"}, "plan": "pro"}
    return {
        "/v1/models": _Script(status_json(200, {"object": "list", "data": models}, billed=False)),
        "/api/v1/me/account": _Script(status_json(200, account, billed=False)),
    }


class Service:
    """The fake service; `script`, `always` and `on_seed` say what it answers, `ledger` what it was asked.

    `tls`: True for a certificate that `ca_pem` vouches for, "untrusted" for one that it does not.
    `picture`: the bytes behind every URL, or a function of seed, index and size that gives them.
    `origin`: how its picture URLs begin, where that is not the address that it listens on.
    `cap`: POSTs in flight above this number get a free 429 and count in `cap_overruns`.
    `listening`: False keeps the port closed (connections refused) until `listen()`.
    """

    def __init__(
        self,
        *,
        tls: bool | Literal["untrusted"] = False,
        picture: bytes | Callable[[int | None, int, tuple[int, int]], bytes] | None = None,
        origin: str | None = None,
        cap: int | None = None,
        port: int = 0,
        listening: bool = True,
    ) -> None:
        self._tls, self._picture, self._origin, self.cap = tls, picture, origin, cap
        self._wanted_port, self._listen_at_once = port, listening
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._gate = threading.Event()
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._threads: list[threading.Thread] = []
        self._live: set[socket.socket] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._context: ssl.SSLContext | None = None
        self._greetings: deque[Greeting] = deque()
        self._posts = _Script[Answering](ok())
        self._downloads = _Script[Fetching](right_picture())
        self._paths: dict[str, _Script[Reply]] = _free_paths()
        self._flying: set[int] = set()
        self.port = 0
        self.ca_pem: Path | None = None
        self._ledger: list[Post] = []
        self._fetched: list[Download] = []
        self._others: list[Request] = []
        self._fragments: list[bytes] = []
        self.connections = 0
        self.failed_handshakes = 0
        self.max_in_flight = 0
        self.cap_overruns = 0

    # What it says

    def script(self, *replies: Answering) -> None:
        """Answer the next POSTs with these, in the order in which they come; then as before."""
        with self._changed:
            self._posts.queue.extend(replies)

    def always(self, reply: Answering) -> None:
        """Answer every POST that nothing else is scripted for with this one."""
        with self._changed:
            self._posts.default = reply

    def on_seed(self, seed: int, *replies: Answering) -> None:
        """Answer the next POSTs of this seed with these."""
        with self._changed:
            self._posts.by_seed[seed].extend(replies)

    def script_downloads(self, *replies: Fetching) -> None:
        """Answer the next downloads with these."""
        with self._changed:
            self._downloads.queue.extend(replies)

    def always_download(self, reply: Fetching) -> None:
        """Answer every download that nothing else is scripted for with this one."""
        with self._changed:
            self._downloads.default = reply

    def on_picture_of_seed(self, seed: int, *replies: Fetching) -> None:
        """Answer the next downloads of this seed's pictures with these."""
        with self._changed:
            self._downloads.by_seed[seed].extend(replies)

    def on_path(self, path: str, *replies: Reply) -> None:
        """Answer the next requests for another path (such as `/v1/models`) with these; the last one stays."""
        with self._changed:
            script = self._paths.setdefault(path, _Script(replies[-1]))
            script.queue, script.default = deque(replies), replies[-1]

    def script_connections(self, *greetings: Greeting) -> None:
        """Treat the next connections so before any request is answered; then serve."""
        with self._changed:
            self._greetings.extend(greetings)

    def release(self) -> None:
        """Let go every reply that `hold` keeps without an event of its own, now and later."""
        self._gate.set()
        self._tell()

    # What it saw

    @property
    def origin(self) -> str:
        """Scheme, host and port of its picture URLs."""
        return self._origin or self.address

    @property
    def address(self) -> str:
        """Scheme, host and port that it listens on."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """What `SEEDREAM_BASE_URL` should be."""
        return f"{self.address}/v1"

    @property
    def ledger(self) -> list[Post]:
        """Every whole POST for pictures, in the order in which they came."""
        with self._changed:
            return list(self._ledger)

    @property
    def posts(self) -> int:
        """How many POSTs for pictures came in."""
        return len(self.ledger)

    @property
    def billed(self) -> int:
        """How many images were billed."""
        return sum(post.billed for post in self.ledger)

    @property
    def billed_seeds(self) -> list[int | None]:
        """The seeds of the POSTs that were billed, one for each image."""
        return [post.seed for post in self.ledger for _ in range(post.billed)]

    @property
    def downloads(self) -> list[Download]:
        """Every request for a picture."""
        with self._changed:
            return list(self._fetched)

    @property
    def others(self) -> list[Request]:
        """Every other whole request."""
        with self._changed:
            return list(self._others)

    @property
    def fragments(self) -> list[bytes]:
        """What came of requests that broke off."""
        with self._changed:
            return list(self._fragments)

    @property
    def listening(self) -> bool:
        """Whether the port is open."""
        return self._accepting is not None

    @property
    def in_flight(self) -> int:
        """How many POSTs wait for the end of their answer."""
        return len(self._flying)

    @property
    def released(self) -> bool:
        """Whether `release()` was called."""
        return self._gate.is_set()

    def wait_for_posts(self, count: int, timeout: float = PATIENCE) -> None:
        """Wait until so many POSTs have come in."""
        self.wait_until(lambda: len(self._ledger) >= count, f"{count} POSTs", timeout)

    def wait_for_downloads(self, count: int, timeout: float = PATIENCE) -> None:
        """Wait until so many downloads were asked for."""
        self.wait_until(lambda: len(self._fetched) >= count, f"{count} downloads", timeout)

    def wait_for_in_flight(self, count: int, timeout: float = PATIENCE) -> None:
        """Wait until exactly so many POSTs are in flight."""
        self.wait_until(lambda: self.in_flight == count, f"{count} POSTs in flight", timeout)

    def wait_until(self, holds: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
        """Wait for something about this service."""
        with self._changed:
            came = self._changed.wait_for(holds, timeout)
        seen = f"{len(self._ledger)} POSTs, {self.in_flight} in flight, {len(self._fetched)} downloads"
        assert came, f"waited {timeout} s for {what}; there were {seen}"

    def picture_of(self, seed: int | None, index: int = 0, size: tuple[int, int] = (1024, 1024)) -> bytes:
        """The right picture for a seed."""
        if isinstance(self._picture, bytes):
            return self._picture
        return (self._picture or pictures.picture_of)(seed, index, size)

    # Its life

    def __enter__(self) -> Self:
        if self._tls:
            self._certify()
        self._bind(self._wanted_port)
        if self._listen_at_once:
            self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._tell()
        self._close_port()
        self._break_connections()
        for thread in self._threads:
            thread.join(PATIENCE)
        if self._folder:
            self._folder.cleanup()

    def listen(self) -> None:
        """Open the port (again)."""
        assert self._listener is not None
        assert self._accepting is None, "listens already"
        self._listener.listen(256)
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()
        self._tell()

    def listen_after(self, seconds: float) -> None:
        """Open the port after some time, without waiting for it."""

        def later() -> None:
            if not self._stopping.wait(seconds):
                self.listen()

        self._spawn(later)

    def go_away(self) -> None:
        """Break all connections and refuse new ones, until `listen()`."""
        self._close_port()
        self._bind(self.port)
        self._break_connections()

    def _close_port(self) -> None:
        assert self._listener is not None
        accepting, self._accepting = self._accepting, None
        if accepting:
            with suppress(OSError):
                socket.create_connection((HOST, self.port), PATIENCE).close()
            accepting.join(PATIENCE)
        self._listener.close()

    def _break_connections(self) -> None:
        with self._changed:
            live = list(self._live)
        for connection in live:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _bind(self, port: int) -> None:
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, port))
        self.port = self._listener.getsockname()[1]

    def _certify(self) -> None:
        """A certificate for loopback and the vendor's names; `ca_pem` is its authority, or another one."""
        authority = trustme.CA()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*NAMES).configure_cert(self._context)
        self._folder = tempfile.TemporaryDirectory(prefix="service-")
        self.ca_pem = Path(self._folder.name, "ca.pem")
        trusted = trustme.CA() if self._tls == "untrusted" else authority
        trusted.cert_pem.write_to_path(str(self.ca_pem))

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        with self._changed:
            self._threads = [old for old in self._threads if old.is_alive()]
            thread.start()
            self._threads.append(thread)

    # Connections

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            if self._accepting is not threading.current_thread():
                connection.close()
                return
            self.connections += 1
            greeting = self._greetings.popleft() if self._greetings else "serve"
            self._spawn(self._serve, connection, self.connections, greeting)

    def _serve(self, connection: socket.socket, number: int, greeting: Greeting) -> None:
        """One connection from its first byte to its last."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._changed:
            self._live.add(connection)
        try:
            with suppress(OSError, _StoppedError):
                self._attend(connection, number, greeting)
        finally:
            with self._changed:
                self._live.discard(connection)
            connection.close()

    def _attend(self, connection: socket.socket, number: int, greeting: Greeting) -> None:
        if self._stopping.is_set():
            return
        if isinstance(connection, ssl.SSLSocket) and not self._shake_hands(connection):
            return
        self._greet(connection, greeting)
        self._converse(connection, number, greeting)

    def _shake_hands(self, connection: ssl.SSLSocket) -> bool:
        try:
            connection.do_handshake()
        except OSError:
            with self._changed:
                self.failed_handshakes += 1
                self._changed.notify_all()
            return False
        return True

    def _greet(self, connection: socket.socket, greeting: Greeting) -> None:
        """What happens to a connection before its request was read."""
        if greeting == "hang":
            self._stopping.wait(3600)
            raise _StoppedError
        if greeting in ("reset", "close"):
            self._end(connection, "reset" if greeting == "reset" else "close")
            raise _StoppedError

    def _converse(self, connection: socket.socket, number: int, greeting: Greeting) -> None:
        """Request after request, until the connection ends."""
        reader = _Reader(connection)
        going = True
        while going:
            try:
                request = self._read(reader, connection, number, greeting)
            except EOFError as broken:
                self._note_fragment(broken.args[0])
                return
            except ValueError:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            how = self._respond(connection, request)
            going = how == "keep" and (request.header("connection") or "").lower() != "close"
        self._end(connection, "reset" if how == "reset" else "close")

    def _note_fragment(self, fragment: bytes) -> None:
        if fragment:
            with self._changed:
                self._fragments.append(fragment)
                self._changed.notify_all()

    def _read(self, reader: _Reader, connection: socket.socket, number: int, greeting: Greeting) -> Request:
        """The next request, entered among its kind."""
        head = reader.until(b"\r\n\r\n")
        method, target, headers = _split(head)
        if greeting.endswith("mid request"):
            self._note_fragment(head)
            self._end(connection, "reset" if greeting.startswith("reset") else "close")
            raise _StoppedError
        request = Request(0, number, time.monotonic(), time.time(), self.origin, method, target, headers, head, b"")
        if (request.header("expect") or "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = reader.body(headers)
        except EOFError as broken:
            raise EOFError(head + broken.args[0]) from None
        return replace(request, body=body)

    def _end(self, connection: socket.socket, how: Literal["close", "reset"]) -> None:
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    # Answers

    def _respond(self, connection: socket.socket, request: Request) -> Ending:
        """Enter a request, choose its reply and play it."""
        if request.method == "POST" and request.path == "/v1/images/generations":
            post, reply = self._enter_post(request)
            try:
                return self._play(connection, post, reply)
            finally:
                self._landed(post)
        if request.method == "GET" and request.path.startswith("/img/"):
            return self._play(connection, *self._enter_download(request))
        return self._play(connection, *self._enter_other(request))

    def _enter_post(self, request: Request) -> tuple[Post, Reply]:
        asked = _parsed(request.body)
        fields = asked if isinstance(asked, dict) else {}
        with self._changed:
            post = Post(
                **vars(request) | {"order": len(self._ledger)},
                json=asked,
                seed=_whole(fields.get("seed")),
                n=_whole(fields.get("n")) or 1,
                size=_size_of(fields),
            )
            reply = self._choose(post)
            post = replace(post, billed=reply.bill(post.n))
            self._ledger.append(post)
            self._flying.add(post.order)
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            self._changed.notify_all()
        return post, reply

    def _choose(self, post: Post) -> Reply:
        if self.cap is not None and self.in_flight >= self.cap:
            self.cap_overruns += 1
            return error(429)
        chosen = self._posts.next(post.seed)
        return chosen if isinstance(chosen, Reply) else chosen(post)

    def _enter_download(self, request: Request) -> tuple[Download, Reply]:
        found = _PICTURE_PATH.fullmatch(request.path)
        seed = int(found[1]) if found and found[1].isdigit() else None
        index, order = (int(found[2]), int(found[3])) if found else (0, None)
        with self._changed:
            known = order is not None and order < len(self._ledger)
            size = self._ledger[order].size if known and order is not None else (1024, 1024)
            place = {"order": len(self._fetched)}
            download = Download(**vars(request) | place, seed=seed, index=index, post=order)
            chosen = self._downloads.next(seed)
            self._fetched.append(download)
            self._changed.notify_all()
        download = replace(download, picture=self.picture_of(seed, index, size))
        return download, chosen if isinstance(chosen, Reply) else chosen(download)

    def _enter_other(self, request: Request) -> tuple[Request, Reply]:
        with self._changed:
            request = replace(request, order=len(self._others))
            self._others.append(request)
            script = self._paths.get(request.path)
            self._changed.notify_all()
            return request, script.next(None) if script else error(404, "not_found")

    def _landed(self, asked: Request) -> None:
        """A POST is no longer in flight; said before its last bytes leave, so that no client is faster."""
        if isinstance(asked, Post):
            with self._changed:
                self._flying.discard(asked.order)
                self._changed.notify_all()

    def _play(self, connection: socket.socket, asked: Request, reply: Reply) -> Ending:
        """Take the steps of a reply; gives what is to become of the connection."""
        steps = iter(reply.play(asked))
        step = next(steps, Finish())
        while not isinstance(step, Finish):
            following = next(steps, Finish())
            if isinstance(following, Finish):
                self._landed(asked)
            self._take(connection, step)
            step = following
        if step.how == "hang":
            self._stopping.wait(step.seconds)
        return step.how

    def _take(self, connection: socket.socket, step: Step) -> None:
        if self._stopping.is_set():
            raise _StoppedError
        if isinstance(step, Send):
            if step.data:
                connection.sendall(step.data)
        elif isinstance(step, Wait):
            self._stopping.wait(step.seconds)
        elif isinstance(step, Until):
            self._wait_for(lambda: step.ready(self), step.seconds)

    def _wait_for(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait for something, but not longer than this, nor beyond the service's end."""
        end = time.monotonic() + seconds
        with self._changed:
            while not ready() and not self._stopping.is_set() and time.monotonic() < end:
                self._changed.wait(min(0.02, max(0.0, end - time.monotonic())))


# Ports where nothing answers


def refusing_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that never completes a connection (Linux: its queue is full), so that connecting times out."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((HOST, 0))
        listener.listen(0)
        for queued in (first, second):
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


@contextmanager
def plain_port(said: bytes) -> Iterator[int]:
    """A port that says the same to whoever has sent something, and hangs up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(said)

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


# A proxy


class Proxy:
    """A forward proxy that writes down what it is asked, and answers 502 or, given `to`, tunnels there.

    `requests` holds the raw heads; `to` is the (host, port) at which every CONNECT ends up.
    """

    def __init__(self, to: tuple[str, int] | None = None) -> None:
        self.requests: list[bytes] = []
        self._to = to
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, EOFError):
                    proxy._handle(self.request)

        self._server = socketserver.ThreadingTCPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """What HTTP_PROXY and the like should be."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)

    def _handle(self, client: socket.socket) -> None:
        client.settimeout(30)
        head = _Reader(client).until(b"\r\n\r\n")
        self.requests.append(head)
        if self._to is None or not head.startswith(b"CONNECT "):
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with socket.create_connection(self._to, 30) as target:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _shuttle(client, target)


def _shuttle(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side is done."""
    ways = {one: other, other: one}
    while ready := select.select(list(ways), [], [], 30)[0]:
        for end in ready:
            piece = end.recv(65536)
            if not piece:
                return
            ways[end].sendall(piece)
