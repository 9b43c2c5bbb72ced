"""Checks of the way to the service: key, address, proxy, name, connection, answer, clock; each wait a few seconds."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seedream_cli import settings
from seedream_cli.api.deadlines import within
from seedream_cli.api.origins import check_base_url, is_loopback_url, origin_of
from seedream_cli.doctor.check import Check, ok, problem, warning
from seedream_cli.errors import APIConnectionError, InputError, MissingKeyError, SeedreamError, TLSError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from seedream_cli.api.connection import Clients
    from seedream_cli.context import Context
    from seedream_cli.credentials import FoundKey

PATIENCE: Final = 3.0
"""Seconds for each step."""

_MOST_ADDRESSES: Final = 3
_SKEW: Final = 60.0
"""Seconds by which the clock may be wrong: what lives 24 hours is told to the minute."""

_SET_CLOCK: Final = {
    "linux": "sudo timedatectl set-ntp true",
    "darwin": "sudo sntp -sS time.apple.com",
    "win32": "w32tm /resync",
}


def checks(context: Context) -> Iterator[Check]:
    """Yield what was found."""
    try:
        base_url = check_base_url(context.base_url)
    except SeedreamError as error:
        yield problem("service", error)
        return
    found: FoundKey | None = None
    try:
        found, check = _key(context, base_url)
        yield check
    except SeedreamError as error:
        yield _without_key(context, error)
    try:
        proxy = None if is_loopback_url(base_url) else _proxy(base_url)
        if proxy is not None:
            yield ok("proxy", f"{proxy[0]}:{proxy[1]} (from the environment; it looks up names itself)")
        from seedream_cli.api.connection import Clients

        clients = Clients()
        yield ok("network", _reach(base_url, proxy, clients))
    except SeedreamError as error:
        yield problem("network", error)
        return
    if found is not None:
        yield from _ask(context, base_url, found, clients)


def _key(context: Context, base_url: str) -> tuple[FoundKey, Check]:
    from seedream_cli.credentials import find_key

    warnings: list[str] = []
    found = find_key(context.environment, base_url, warn=warnings.append)
    if warnings:
        message, _, command = warnings[0].rpartition(": ")
        return found, warning("key", message, command)
    ending = f"ends in {found.ending}" if found.ending else "short"
    return found, ok("key", f"from {found.place}, {ending}, goes to {origin_of(base_url)} alone")


def _without_key(context: Context, error: SeedreamError) -> Check:
    if isinstance(error, MissingKeyError) and settings.is_true(context.environment.get("SEEDREAM_SANDBOX", "")):
        return ok("key", f"{error.message}, and none is needed: SEEDREAM_SANDBOX is set")
    return problem("key", error)


def _proxy(base_url: str) -> tuple[str, int] | None:
    """Return host and port of the proxy that requests go through, or None; its user and password stay where they are.

    Raises:
        InputError: where the environment names none that can be.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or proxy_bypass(parts.netloc):
        return None
    try:
        proxy = urlsplit(url if "://" in url else f"http://{url}")
        host, port = proxy.hostname, proxy.port or {"https": 443}.get(proxy.scheme, 80)
    except ValueError:
        host, port = None, 0
    if not host:
        raise InputError("the proxy that the environment names is not a URL", hint="look at HTTPS_PROXY")
    return host, port


def _reach(base_url: str, proxy: tuple[str, int] | None, clients: Clients) -> str:
    """Look up the service's name, or the proxy's, connect, and shake hands; return how that went.

    Raises:
        SeedreamError: where it did not.
    """
    import ssl

    parts = urlsplit(base_url)
    host, port = proxy or (parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80))
    secured = clients.tls_context() if parts.scheme == "https" and proxy is None else None

    def look_up() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[4][0]) for address in found))

    try:
        addresses = within(PATIENCE, look_up)
    except (OSError, UnicodeError) as error:
        raise APIConnectionError(
            f"the name {host} cannot be looked up: {_reason(error)}", hint="check the network and its name server"
        ) from error
    try:
        return within(2 * PATIENCE, lambda: _connect(host, port, addresses[:_MOST_ADDRESSES], secured))
    except ssl.SSLError as error:
        raise TLSError(
            f"no secure connection to {host}: {getattr(error, 'verify_message', '') or error.reason or error}",
            hint="look at SSL_CERT_FILE and the clock",
        ) from error
    except OSError as error:
        raise APIConnectionError(
            f"cannot connect to {host} port {port}: {_reason(error)}",
            hint="check the network, the firewall, HTTPS_PROXY",
        ) from error


def _connect(host: str, port: int, addresses: Sequence[str], secured: ssl.SSLContext | None) -> str:
    """Connect to the first address that answers, and shake hands."""
    began = time.monotonic()
    for number, address in enumerate(addresses, 1):
        try:
            connection = socket.create_connection((address, port), PATIENCE / len(addresses))
        except OSError:
            if number == len(addresses):
                raise
            continue
        with connection:
            told = f"{host} is {address}, connected in {(time.monotonic() - began) * 1000:.0f} ms"
            connection.settimeout(PATIENCE)
            if secured is None:
                return told
            with secured.wrap_socket(connection, server_hostname=host) as shaken:
                return f"{told}, {shaken.version()}"
    raise OSError("it has no address")


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error)


def _ask(context: Context, base_url: str, found: FoundKey, clients: Clients) -> Iterator[Check]:
    from seedream_cli.api.client import ImagesClient

    dates: list[str] = []
    began = time.monotonic()
    try:
        client = ImagesClient(base_url, found.key, clients, timeout=PATIENCE, clock=context.clock)
    except SeedreamError as error:
        yield problem("service", error)
        return
    try:
        models = client.models(on_headers=lambda headers: dates.append(headers.get("date", "")))
        took = (time.monotonic() - began) * 1000
        yield ok("service", f"{base_url} takes the key and knows {len(models)} models, answered in {took:.0f} ms")
    except SeedreamError as error:
        yield problem("service", error)
    finally:
        client.close()
    if (skew := _skew(dates[-1] if dates else "", context.clock())) is not None:
        yield skew


def _skew(date: str, now: float) -> Check | None:
    """Compare the clock with the answer's date, which is to the second; None where it told none."""
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
        told = parsedate_to_datetime(date[:64])
        ahead = now - (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
        if abs(ahead) > _SKEW:
            direction = "ahead of" if ahead > 0 else "behind"
            return warning(
                "clock",
                f"{abs(ahead):.0f} s {direction} the service's: the time left to fetch pictures is shown wrongly",
                _SET_CLOCK.get(sys.platform),
            )
        return ok("clock", f"within {_SKEW:.0f} s of the service's")
    return None
