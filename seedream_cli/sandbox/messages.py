"""What comes in and what goes out, as values: no sockets here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        method: as sent, such as `GET`.
        path: target without its query, such as `/v1/models`; not percent-decoded.
        query: what follows the question mark, or an empty string.
        version: `HTTP/1.0` or `HTTP/1.1`.
        headers: values by lower-case name.
        body: the whole body, bytes.
    """

    method: str
    path: str
    query: str
    version: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """Return the value of a header by its lower-case name, or an empty string."""
        return self.headers.get(name, "")


class Manner(Enum):
    """How an answer's bytes travel."""

    WHOLE = "whole"
    EARLY_HINTS = "a 103 before the answer"
    DRIP = "trickling"
    SHORT = "half of the promised body, then the end"
    ENDLESS = "the body, then its last byte for ever"
    BOMB = "a small gzip body that grows to 512 MiB"
    HANG = "silence, then the end"
    RESET = "the connection is reset"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    Attributes:
        status: HTTP status.
        headers: names and values, without Content-Length, Date and Connection.
        body: bytes; empty for HEAD is the server's business.
        manner: how the bytes travel.
        seconds: how long the manner lasts, where it lasts.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    manner: Manner = Manner.WHOLE
    seconds: float = 0.0


def json_reply(payload: object, *, status: int = 200) -> Reply:
    """Return an answer whose body is `payload` as JSON."""
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(payload).encode())
