"""Which addresses a picture may be fetched from: whatever the answer says, never this machine's neighbourhood."""

from __future__ import annotations

import ipaddress
import re
import shlex
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from seedream_cli.api.origins import is_loopback
from seedream_cli.errors import DownloadError, RefusedDownloadError

if TYPE_CHECKING:
    import httpx

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is handed out; what lies outside is local, mapped or no address at all."""
_TRANSITIONAL: Final = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("2002::/16"))
"""Teredo and 6to4, which carry an IPv4 address inside; no service is reached through them."""
_CLOUD_SERVICES: Final = (ipaddress.ip_network("168.63.129.16"), ipaddress.ip_network("192.0.0.0/24"))
"""Where clouds answer their own machines, metadata among it, under addresses that count as public."""
_LOCAL: Final = re.compile(r"[^.:]+|.+\.(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa)")
"""Names that mean a machine nearby or a cloud's metadata, whoever resolves them: all of one label among them."""
_LONGEST_URL: Final = 32 * 1024
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
# A last label that is a number makes a resolver read the whole as an IPv4 address, in octal or in one piece too.
_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?!(?:[0-9]+|0x[0-9a-f]*)\.?$)[a-z0-9_-]{1,63}\.?")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The rule for picture URLs.

    Attributes:
        loopback: whether this machine itself is allowed, over plain http too: only where the API is on it.
        exempt_hosts: names and addresses excepted from the ban on private addresses, lower case.
        resolve: finds the addresses of a name, called as `socket.getaddrinfo` is.
        own_name: returns this machine's.
    """

    loopback: bool
    exempt_hosts: frozenset[str] = frozenset()
    resolve: Callable[..., list[tuple[Any, ...]]] = socket.getaddrinfo
    own_name: Callable[[], str] = socket.gethostname

    def check_url(self, url: str) -> httpx.URL:
        """Return the URL, parsed.

        Raises:
            RefusedDownloadError: where it may not be fetched; the message does not hold it.
        """
        import httpx

        if not url.isprintable() or " " in url or "\\" in url or len(url := _in_ascii(url)) > _LONGEST_URL:
            raise _refused("the picture's address is not a plain URL")
        try:
            parsed = httpx.URL(url)
            named = bool(parsed.host)  # decodes it, which fails where its IDNA form is none
        except (httpx.InvalidURL, ValueError, TypeError):
            raise _refused("the picture's address is not a URL") from None
        host = parsed.raw_host.decode("ascii").lower()
        local = is_loopback(host)
        port = 443 if parsed.port is None else parsed.port
        for fault, is_so in (
            ("names a user", bool(parsed.userinfo)),
            ("is not https", parsed.scheme != "https" and not (parsed.scheme == "http" and local and self.loopback)),
            ("names no host", not named),
            ("names a port that does not exist", not 0 < port < 65536),
        ):
            if is_so:
                raise _refused(f"the picture's address {fault}")
        self._check_host(host, local=local)
        return parsed

    def check_connecting(self, host: str, port: int) -> None:
        """Raise where the host, about to be connected to directly, has an address that is not allowed.

        Raises:
            RefusedDownloadError: where it is private, or otherwise not for everyone.
            DownloadError: where it cannot be resolved now.
        """
        try:
            found = self.resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DownloadError(f"the picture's host cannot be found: {error}") from error
        for *_, address in found:
            self.check_peer(host, str(address[0]))

    def check_proxied(self, host: str) -> None:
        """Raise `RefusedDownloadError` where a host that a proxy is to connect to is known here not to be allowed.

        Where it cannot be resolved here, its address is the proxy's to look at.
        """
        name = host.lower().rstrip(".")
        if host.lower() in self.exempt_hosts:
            return
        if _LOCAL.fullmatch(name) or name == self.own_name().lower().rstrip("."):
            raise self._private(host, "the picture's address is a name of a private network")
        try:
            self.check_connecting(host, 443)
        except RefusedDownloadError:
            raise
        except DownloadError:
            return

    def check_peer(self, host: str, address: str) -> None:
        """Raise `RefusedDownloadError` where the address of a host is not allowed."""
        if host.lower() in self.exempt_hosts:
            return
        ip = ipaddress.ip_address(address.partition("%")[0])
        if not (_is_public(ip) or (ip.is_loopback and self.loopback and is_loopback(host))):
            raise self._private(host, "the picture's address lies in a private network")

    def _private(self, host: str, message: str) -> RefusedDownloadError:
        """Return the error for a host that could be excepted, with the command that adds it to those that are."""
        hosts = ",".join(sorted({*self.exempt_hosts, host.lower()}))
        return RefusedDownloadError(
            message,
            hint="only where a VPN or a proxy of your own leads there: "
            f"seedream config set download_hosts {shlex.quote(hosts)}",
        )

    def _check_host(self, host: str, *, local: bool) -> None:
        try:
            address = str(ipaddress.ip_address(host))
        except ValueError:
            address = "127.0.0.1" if local else ""
        if address:
            self.check_peer(host, address)
        elif len(host) > 253 or not _NAME.fullmatch(host):
            raise _refused("the picture's address names a host that none can be called")


def _in_ascii(url: str) -> str:
    """Return a URL with all letters beyond ASCII as UTF-8 stands in one; a host with such letters is none any more."""
    return _BEYOND_ASCII.sub(lambda letters: quote(letters.group()), url)


def _refused(message: str) -> RefusedDownloadError:
    return RefusedDownloadError(message, hint="no pull can fetch it; whose answer was that? seedream doctor")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _CLOUD_SERVICES)
    if ip.ipv4_mapped is not None:
        return _is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _UNICAST and ip.is_global and not any(ip in network for network in _TRANSITIONAL)
