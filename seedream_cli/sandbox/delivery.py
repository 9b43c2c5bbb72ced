"""Sending answers down a socket, in every manner a bad day knows."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import time
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.messages import Manner, Reply

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

_DRIP_INTERVAL: Final = 0.02
_GLANCE_INTERVAL: Final = 0.2
_FILLER_BYTES: Final = 64 * 1024
_BOMB_MEBIBYTES: Final = 512
_MEBIBYTE: Final = 1024 * 1024
_LINGER_SECONDS: Final = 1.0
_LINGER_BYTES: Final = 16 * 1024 * 1024
_NO_BODY: Final = frozenset({204, 304})
_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Delivery:
    """Sends answers over one connection."""

    def __init__(
        self,
        connection: socket.socket,
        stopping: threading.Event,
        *,
        patience: float,
        clock: Callable[[], float],
    ) -> None:
        """Send over `connection` until `stopping` is set.

        Args:
            connection: a connected socket.
            stopping: set when the server stops; every wait ends then.
            patience: seconds that the client may take for an answer, or for one piece of one that trickles.
            clock: Unix time in seconds, for the Date header.
        """
        self._connection = connection
        self._stopping = stopping
        self._patience = patience
        self._clock = clock

    def send(self, reply: Reply, *, head_only: bool, keep: bool) -> bool:
        """Send the answer; return whether the connection may be used again.

        Raises:
            OSError: the client has gone, or takes longer than it may.
        """
        keep = keep and reply.manner in {Manner.WHOLE, Manner.DRIP, Manner.EARLY_HINTS}
        body = b"" if head_only or reply.status in _NO_BODY else reply.body
        head = self._head(reply, keep=keep)
        self._connection.settimeout(self._patience)
        self._manner(reply.manner)(reply, head, body)
        return keep

    def invite_body(self) -> None:
        """Tell a client that waits for leave to send its body that it may."""
        self._connection.settimeout(self._patience)
        self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def see_off(self) -> None:
        """Let an answer arrive although the request was not read to its end.

        Closing with bytes unread resets the connection, which can take the answer with it; so what still
        comes is read for a moment, and thrown away.
        """
        deadline = time.monotonic() + _LINGER_SECONDS
        drained = 0
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            while drained < _LINGER_BYTES and (remaining := deadline - time.monotonic()) > 0:
                self._connection.settimeout(remaining)
                piece = self._connection.recv(_FILLER_BYTES)
                if not piece:
                    return
                drained += len(piece)

    def _manner(self, manner: Manner) -> Callable[[Reply, bytes, bytes], None]:
        return {
            Manner.WHOLE: self._whole,
            Manner.EARLY_HINTS: self._early_hints,
            Manner.DRIP: self._drip,
            Manner.SHORT: self._short,
            Manner.ENDLESS: self._endless,
            Manner.BOMB: self._bomb,
            Manner.HANG: self._hang,
            Manner.RESET: self._reset,
        }[manner]

    def _head(self, reply: Reply, *, keep: bool) -> bytes:
        from email.utils import formatdate  # which a server's start need not wait for

        headers = {"Date": formatdate(self._clock(), usegmt=True), **reply.headers}
        length = _length(reply)
        if length is not None:
            headers["Content-Length"] = str(length)
        headers["Connection"] = "keep-alive" if keep else "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{lines}\r\n".encode("latin-1")

    def _whole(self, _reply: Reply, head: bytes, body: bytes) -> None:
        self._connection.sendall(head + body)

    def _early_hints(self, _reply: Reply, head: bytes, body: bytes) -> None:
        self._connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n" + head + body)

    def _drip(self, reply: Reply, head: bytes, body: bytes) -> None:
        whole = head + body
        steps = max(1, min(len(whole), math.ceil(reply.seconds / _DRIP_INTERVAL)))
        sent = 0
        for step in range(1, steps + 1):
            if self._stopping.wait(reply.seconds / steps):
                return
            upto = len(whole) * step // steps
            self._connection.sendall(whole[sent:upto])
            sent = upto

    def _short(self, _reply: Reply, head: bytes, body: bytes) -> None:
        self._connection.sendall(head + body[: len(body) // 2])

    def _endless(self, _reply: Reply, head: bytes, body: bytes) -> None:
        self._connection.sendall(head + body)
        filler = body[-1:] * _FILLER_BYTES
        while filler and not self._stopping.is_set():
            self._connection.sendall(filler)

    def _bomb(self, _reply: Reply, head: bytes, _body: bytes) -> None:
        self._connection.sendall(head)
        for piece in _bomb_pieces():
            if self._stopping.is_set():
                return
            self._connection.sendall(piece)

    def _hang(self, reply: Reply, _head: bytes, _body: bytes) -> None:
        deadline = time.monotonic() + reply.seconds
        while (remaining := deadline - time.monotonic()) > 0:
            if self._stopping.wait(min(remaining, _GLANCE_INTERVAL)) or self._is_deserted():
                return

    def _reset(self, _reply: Reply, _head: bytes, _body: bytes) -> None:
        # Lingering for zero seconds makes the close that follows a RST.
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _is_deserted(self) -> bool:
        self._connection.settimeout(0)
        try:
            return not self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False


def _length(reply: Reply) -> int | None:
    if reply.status in _NO_BODY or reply.manner is Manner.ENDLESS:
        return None
    if reply.manner is Manner.BOMB:
        return sum(len(piece) for piece in _bomb_pieces(checksum=False))
    return len(reply.body)


def _bomb_pieces(*, checksum: bool = True) -> Iterator[bytes]:
    # A full flush makes each piece stand alone, so one compressed mebibyte can be sent over and over.
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    blank = b" " * _MEBIBYTE
    piece = packer.compress(blank) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    yield _GZIP_HEAD
    for _ in range(_BOMB_MEBIBYTES):
        if checksum:
            crc = zlib.crc32(blank, crc)
        yield piece
    last = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    crc = zlib.crc32(b"{}", crc)
    size = (_BOMB_MEBIBYTES * _MEBIBYTE + 2) % 2**32
    yield last.compress(b"{}") + last.flush() + struct.pack("<II", crc, size)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
