"""What is turned away before its body is read: other sites' pages, forms, bodies too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.envelope import ApiError

if TYPE_CHECKING:
    from seedream_cli.sandbox.messages import Request

MAX_BODY_BYTES: Final = 1024 * 1024
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_HTTP_PORT: Final = 80


class Guard:
    """Knows by which names this server may be called."""

    def __init__(self, port: int) -> None:
        """Guard the server that listens on `port`."""
        hosts = {f"{name}:{port}" for name in _NAMES}
        if port == _HTTP_PORT:
            hosts.update(_NAMES)
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in hosts)

    def admit(self, request: Request) -> int:
        """Check everything but the body; return the body's length in bytes.

        Raises:
            ApiError: 400, 403, 411, 413 or 415.
        """
        # A page of another site can make its own name resolve to 127.0.0.1: the name in Host gives it away.
        if request.header("host").lower() not in self._hosts:
            raise ApiError(403, message="The Host header names another server.")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            raise ApiError(403, message="Pages of other sites may not call this server.")
        length = _length(request)
        if request.method == "POST" and not _is_json(request.header("content-type")):
            # Forms can be posted from anywhere without asking; JSON cannot.
            raise ApiError(415)
        return length


def _length(request: Request) -> int:
    if "transfer-encoding" in request.headers:
        raise ApiError(411)
    written = request.headers.get("content-length")
    if written is None:
        if request.method in {"POST", "PUT", "PATCH"}:
            raise ApiError(411)
        return 0
    if not (written.isascii() and written.isdigit()) or len(written) > 18:
        raise ApiError(400, "invalid_header", "Content-Length is not a number of bytes.")
    if int(written) > MAX_BODY_BYTES:
        raise ApiError(413, "body_too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return int(written)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
