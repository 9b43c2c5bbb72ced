"""Reading requests off a socket: bounded in size and, as a whole, in time."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.envelope import ApiError
from seedream_cli.sandbox.messages import Request

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

_MAX_HEAD_BYTES: Final = 32 * 1024
_MAX_TARGET_BYTES: Final = 8 * 1024
_MAX_HEADERS: Final = 100
_CHUNK: Final = 64 * 1024

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~]+) (HTTP/[0-9]\.[0-9])")
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_ONCE: Final = frozenset({"host", "content-length", "transfer-encoding", "origin", "x-api-key", "authorization"})
_VERSIONS: Final = frozenset({"HTTP/1.0", "HTTP/1.1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take, in seconds.

    Attributes:
        request: for all of a request's head, and again for all of its body.
        idle: between two requests on one connection, and before the first.
        answer: for taking one answer, or one piece of one that trickles.
    """

    request: float = 10.0
    idle: float = 30.0
    answer: float = 60.0


class RequestReader:
    """Reads one request after the other from a connection."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        self._buffer = b""

    def head(self) -> Request | None:
        """Read the next request without its body; None where the client has gone or keeps silent.

        Raises:
            ApiError: 400, 408, 414, 431 or 505; the connection is of no more use then.
            OSError: the connection broke.
        """
        if not self._buffer and not self._begin():
            return None
        deadline = time.monotonic() + self._patience.request
        searched = 0
        while (end := _HEAD_END.search(self._buffer, searched)) is None:
            # An end that is split between two reads begins up to three bytes earlier.
            searched = max(0, len(self._buffer) - 3)
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise ApiError(431)
            if not self._fill(deadline):
                return None
        if end.start() > _MAX_HEAD_BYTES:
            raise ApiError(431)
        head, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
        return _parse_head(head.decode("latin-1"))

    def body(self, length: int) -> bytes | None:
        """Read a body of `length` bytes; None where the client has gone.

        Raises:
            ApiError: 408.
            OSError: the connection broke.
        """
        deadline = time.monotonic() + self._patience.request
        pieces, missing = [self._buffer], length - len(self._buffer)
        while missing > 0:
            piece = self._receive(deadline)
            if not piece:
                return None
            pieces.append(piece)
            missing -= len(piece)
        whole = b"".join(pieces)
        self._buffer = whole[length:]
        return whole[:length]

    def _begin(self) -> bool:
        try:
            return self._fill(time.monotonic() + self._patience.idle)
        except ApiError:
            return False

    def _fill(self, deadline: float) -> bool:
        piece = self._receive(deadline)
        # Blank lines before a request are let pass, as HTTP advises.
        self._buffer = (self._buffer + piece).lstrip(b"\r\n") if not self._buffer else self._buffer + piece
        return bool(piece)

    def _receive(self, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise ApiError(408)
        self._connection.settimeout(remaining)
        try:
            return self._connection.recv(_CHUNK)
        except TimeoutError as error:
            raise ApiError(408) from error


def _parse_head(head: str) -> Request:
    first, *lines = re.split(r"\r?\n", head)
    parts = _REQUEST_LINE.fullmatch(first)
    if parts is None:
        raise ApiError(400, "invalid_request", "The request line is malformed.")
    method, target, version = parts.groups()
    if version not in _VERSIONS:
        raise ApiError(505, "version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    if len(target) > _MAX_TARGET_BYTES:
        raise ApiError(414)
    if not target.startswith("/"):
        raise ApiError(400, "invalid_request", "The target must be a path: this is no proxy.")
    path, _, query = target.partition("?")
    return Request(method, path, query, version, _parse_headers(lines))


def _parse_headers(lines: list[str]) -> Mapping[str, str]:
    if len(lines) > _MAX_HEADERS:
        raise ApiError(431)
    headers: dict[str, str] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None:
            raise ApiError(400, "invalid_header", "A header is malformed.")
        name, value = parts[1].lower(), parts[2].rstrip(" \t")
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise ApiError(400, "invalid_header", f"There is more than one {name} header.")
        else:
            headers[name] = f"{headers[name]}, {value}"
    return headers
