"""Who is let in: the page that was opened by its printed address, and nobody else.

A request must name this server in `Host` (another site's name could be made to lead here), must not come from another
site's page (`Origin`, `Sec-Fetch-Site`), and must carry the token that only the printed address holds: in the query of
a GET, in a header of a POST. No page elsewhere can set that header without asking first, and none is ever given leave.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from email.message import Message

LOOPBACK: Final = "127.0.0.1"
TOKEN_HEADER: Final = "X-Seedream-Token"  # noqa: S105 - a header's name
MAX_BODY_BYTES: Final = 256 * 1024
_LONGEST_TARGET: Final = 2048


class RefusedError(Exception):
    """A request is not let in; `status` is the HTTP status, `why` a sentence of our own."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Access:
    """Knows by which names and with which token this server may be asked.

    Args:
        port: that it listens on.
        token: of the printed address.
    """

    def __init__(self, port: int, token: str) -> None:
        self._token = token.encode()
        self._hosts = frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost"))
        self._origins = frozenset(f"http://{host}" for host in self._hosts)

    def admit(self, method: str, target: str, headers: Message) -> str:
        """Return the path that a request asks for, without its query.

        Raises:
            RefusedError: where it is not let in.
        """
        path, _, query = target.partition("?")
        hosts = headers.get_all("Host", [])
        if len(target) > _LONGEST_TARGET or not path.startswith("/"):
            raise RefusedError(400, "This is not the address of a page.")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise RefusedError(403, "The Host header names another server.")
        if not self._comes_from_here(method, headers):
            raise RefusedError(403, "Pages of other sites may not ask here.")
        if not self._knows_token(method, query, headers):
            raise RefusedError(403, "Open the address that `seedream gallery --serve` printed, token and all.")
        return path

    def _comes_from_here(self, method: str, headers: Message) -> bool:
        """Whether the browser, if it says anything, says that our page asks, or that a person opens the page."""
        if any(origin not in self._origins for origin in headers.get_all("Origin", [])):
            return False
        opened = (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) == ("navigate", "document")
        return headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"} or (method == "GET" and opened)

    def _knows_token(self, method: str, query: str, headers: Message) -> bool:
        in_query = parse_qs(query).get("token", [])
        given = headers.get_all(TOKEN_HEADER, []) if method == "POST" else in_query
        # In bytes, since texts that are not ASCII cannot be compared in constant time.
        return len(given) == 1 and hmac.compare_digest(given[0].encode("utf-8", "surrogatepass"), self._token)


def body_length(headers: Message) -> int:
    """Return the length in bytes of the body of a POST.

    Raises:
        RefusedError: where it is none that is taken.
    """
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    lengths = headers.get_all("Content-Length", [])
    if kind != "application/json":
        raise RefusedError(415, "Only JSON is taken.")  # forms can be posted from anywhere, JSON cannot
    if "Transfer-Encoding" in headers or len(lengths) != 1 or not _is_number(lengths[0]):
        raise RefusedError(411, "A body must tell its length.")
    if int(lengths[0]) > MAX_BODY_BYTES:
        raise RefusedError(413, f"A body has at most {MAX_BODY_BYTES} bytes.")
    return int(lengths[0])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
