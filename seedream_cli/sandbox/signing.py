"""Pre-signed picture addresses: whoever holds one may fetch, until it expires."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

_PATH: Final = re.compile(r"/img/([A-Za-z0-9_-]{1,64})\.png")
_QUERY: Final = re.compile(r"expires=([0-9]{1,15})&signature=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an address claims; true only where `Signer.is_genuine` says so.

    Attributes:
        picture: the picture's id.
        expires: Unix time in whole seconds, as written; None where the query is not one of ours.
        signature: hex digits, as written.
    """

    picture: str
    expires: str | None
    signature: str


def read_ticket(path: str, query: str) -> Ticket | None:
    """Return what path and query claim, or None where the path is no picture's."""
    named = _PATH.fullmatch(path)
    if named is None:
        return None
    signed = _QUERY.fullmatch(query)
    if signed is None:
        return Ticket(named[1], None, "")
    return Ticket(named[1], signed[1], signed[2])


class Signer:
    """Signs addresses with a secret of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def target(self, picture: str, expires: int) -> str:
        """Return path and query of a picture's address, good until `expires` (Unix time, seconds)."""
        written = str(expires)
        query = urlencode({"expires": written, "signature": self._sign(picture, written)})
        return f"/img/{picture}.png?{query}"

    def is_genuine(self, ticket: Ticket) -> bool:
        """Tell whether this signer wrote exactly that address."""
        if ticket.expires is None:
            return False
        # Compared in constant time: a guess must not be told how much of it was right.
        return hmac.compare_digest(self._sign(ticket.picture, ticket.expires), ticket.signature)

    def _sign(self, picture: str, expires: str) -> str:
        return hmac.new(self._secret, f"{picture}\n{expires}".encode(), hashlib.sha256).hexdigest()
