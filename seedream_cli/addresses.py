"""Which addresses a picture may be fetched from: whatever the answer says, never this machine's neighbourhood."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli.connection import is_loopback
from seedream_cli.errors import DownloadError, RefusedDownloadError

if TYPE_CHECKING:
    import httpx

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_URL: Final = 32 * 1024


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The rule for picture URLs.

    Attributes:
        loopback: whether this machine itself is allowed, over plain http too: only where the API is on it.
        exempt_hosts: names and addresses excepted from the ban on private addresses, lower case.
    """

    loopback: bool
    exempt_hosts: frozenset[str] = frozenset()

    def check_url(self, url: str) -> httpx.URL:
        """Return the URL, parsed.

        Raises:
            RefusedDownloadError: where it may not be fetched; the message does not hold it.
        """
        import httpx

        if len(url) > _LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
            raise RefusedDownloadError("the picture's address is not a plain URL")
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise RefusedDownloadError("the picture's address is not a URL") from None
        if parsed.userinfo or not parsed.host:
            raise RefusedDownloadError("the picture's address names a user or no host")
        local = is_loopback(parsed.host)
        if parsed.scheme != "https" and not (parsed.scheme == "http" and local and self.loopback):
            raise RefusedDownloadError("the picture's address is not https")
        self._check_host(parsed.host)
        return parsed

    def check_connecting(self, host: str, port: int) -> None:
        """Raise where the host, about to be connected to directly, has an address that is not allowed.

        Raises:
            RefusedDownloadError: where it is private, or otherwise not for everyone.
            DownloadError: where it cannot be resolved now.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DownloadError(f"the picture's host cannot be found: {error}") from error
        for *_, address in found:
            self.check_peer(host, str(address[0]))

    def check_peer(self, host: str, address: str) -> None:
        """Raise `RefusedDownloadError` where the address of a host is not allowed."""
        if host.lower() in self.exempt_hosts:
            return
        ip = ipaddress.ip_address(address.partition("%")[0])
        if not (_is_public(ip) or (ip.is_loopback and self.loopback and is_loopback(host))):
            raise RefusedDownloadError(
                "the picture's address lies in a private network",
                hint="if a VPN hands out such addresses, add the host to download_hosts in the configuration",
            )

    def _check_host(self, host: str) -> None:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return
        self.check_peer(host, host)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return ip.is_global and not ip.is_multicast
