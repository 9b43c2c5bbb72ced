"""The loopback server: one thread a connection, bounded in number, quiet whatever clients do."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.sandbox.delivery import Delivery
from seedream_cli.sandbox.envelope import ApiError
from seedream_cli.sandbox.guard import Guard
from seedream_cli.sandbox.wire import Patience, RequestReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedream_cli.sandbox.messages import Request
    from seedream_cli.sandbox.service import Service

LOOPBACK: Final = "127.0.0.1"
MAX_CONNECTIONS: Final = 512
_FAREWELL_SECONDS: Final = 2.0
_TURN_AWAY_SECONDS: Final = 0.2


class LoopbackServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens on 127.0.0.1 and hands every connection to a thread of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = MAX_CONNECTIONS
    # On Windows the option means that another program may take the port over.
    allow_reuse_address = os.name == "posix"

    def __init__(
        self,
        port: int,
        service: Service,
        stopping: threading.Event,
        *,
        patience: Patience,
        max_connections: int,
        clock: Callable[[], float],
    ) -> None:
        """Bind to `port` (0: a free one).

        Args:
            port: TCP port.
            service: answers the requests.
            stopping: set when the server stops.
            patience: how long clients may take.
            max_connections: how many may be open at once; one more is answered 503.
            clock: Unix time in seconds, for the Date header.

        Raises:
            OSError: the port is taken or may not be used.
        """
        self._service = service
        self._stopping = stopping
        self._patience = patience
        self._max_connections = max_connections
        self._clock = clock
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__((LOOPBACK, port), socketserver.BaseRequestHandler)
        self._guard = Guard(self.port)

    @property
    def port(self) -> int:
        """Port that it listens on."""
        return int(self.socket.getsockname()[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection, unless too many are open."""
        with self._changed:
            is_welcome = len(self._open) < self._max_connections
            if is_welcome:
                self._open.add(request)
        if is_welcome:
            super().process_request(request, client_address)
        else:
            self._turn_away(request)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the server's signature
        """Hold the conversation with one client."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        delivery = Delivery(request, self._stopping, patience=self._patience.answer, clock=self._clock)
        reader = RequestReader(request, self._patience)
        while not self._stopping.is_set() and _exchange(reader, delivery, self._guard, self._service):
            pass

    def shutdown_request(self, request: Any) -> None:
        """Close the connection, without the polite FIN before it: some are to end with a reset."""
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients come and go as they please, and nothing of theirs belongs on a terminal."""

    def say_goodbye(self) -> None:
        """End every open connection and wait a moment for their threads."""
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, timeout=_FAREWELL_SECONDS)

    def _turn_away(self, connection: socket.socket) -> None:
        reply = self._service.refuse(ApiError(503, "too_many_connections", "Too many connections are open."))
        delivery = Delivery(connection, self._stopping, patience=_TURN_AWAY_SECONDS, clock=self._clock)
        with contextlib.suppress(OSError):
            delivery.send(reply, head_only=False, keep=False)
            connection.shutdown(socket.SHUT_WR)
        self.shutdown_request(connection)


def _exchange(reader: RequestReader, delivery: Delivery, guard: Guard, service: Service) -> bool:
    """Read and answer one request; return whether another may follow."""
    request: Request | None = None
    try:
        request = reader.head()
        if request is None:
            return False
        length = guard.admit(request)
        if request.header("expect").lower() == "100-continue":
            delivery.invite_body()
        body = reader.body(length)
    except ApiError as refusal:
        is_head = request is not None and request.method == "HEAD"
        delivery.send(service.refuse(refusal), head_only=is_head, keep=False)
        delivery.see_off()
        return False
    if body is None:
        return False
    reply = service.answer(replace(request, body=body))
    return delivery.send(reply, head_only=request.method == "HEAD", keep=_wants_more(request))


def _wants_more(request: Request) -> bool:
    wishes = {wish.strip().lower() for wish in request.header("connection").split(",")}
    if request.version == "HTTP/1.0":
        return "keep-alive" in wishes
    return "close" not in wishes
