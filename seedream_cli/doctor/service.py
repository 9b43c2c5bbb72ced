"""Checks of the way to the service: key, address, proxy, name, connection, answer, clock; each wait a few seconds."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seedream_cli import settings
from seedream_cli.doctor.check import Check, ok, problem, warning
from seedream_cli.errors import APIConnectionError, MissingKeyError, SeedreamError, TLSError
from seedream_cli.origins import check_base_url, is_loopback_url, origin_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from seedream_cli.connection import Clients
    from seedream_cli.context import Context
    from seedream_cli.credentials import FoundKey

PATIENCE: Final = 3.0
"""Seconds for each step."""

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
    proxy = None if is_loopback_url(base_url) else _proxy(base_url)
    if proxy is not None:
        yield ok("proxy", f"{proxy} (from the environment; it looks up names itself)")
    from seedream_cli.connection import Clients

    clients = Clients()
    try:
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


def _proxy(base_url: str) -> str | None:
    """Return the proxy that requests go through, as host and port alone, or None."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or proxy_bypass(parts.netloc):
        return None
    try:
        proxy = urlsplit(url if "://" in url else f"http://{url}")
        port = proxy.port or 80
    except ValueError:
        return "one that is no URL"
    return f"{proxy.hostname}:{port}"


def _reach(base_url: str, proxy: str | None, clients: Clients) -> str:
    """Look up the service's name, or the proxy's, connect, and shake hands; return how that went.

    Raises:
        SeedreamError: where it did not.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    if proxy is not None:
        host, _, digits = proxy.rpartition(":")
        port = int(digits) if digits.isdigit() else 80
    address = _look_up(host, port)
    began = time.monotonic()
    try:
        with socket.create_connection(address[:2], PATIENCE) as connection:
            connected = f"{host} is {address[0]}, connected in {(time.monotonic() - began) * 1000:.0f} ms"
            if parts.scheme != "https" or proxy is not None:
                return connected
            return f"{connected}, {_shake_hands(connection, host, clients.tls_context())}"
    except OSError as error:
        reason = "no connection in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise APIConnectionError(
            f"cannot connect to {host} port {port}: {reason}", hint="check the network, the firewall, HTTPS_PROXY"
        ) from error


def _look_up(host: str, port: int) -> tuple[str, int]:
    """Return a host's first address; in a thread of its own, since the system's resolver knows no deadline."""
    found: list[tuple[str, int]] = []
    reasons = ["no answer in time"]

    def resolve() -> None:
        try:
            address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4]
            found.append((str(address[0]), int(address[1])))
        except (OSError, UnicodeError) as error:
            reasons.append(getattr(error, "strerror", None) or str(error))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if not found:
        raise APIConnectionError(
            f"the name {host} cannot be looked up: {reasons[-1]}", hint="check the network and its name server"
        )
    return found[0]


def _shake_hands(connection: socket.socket, host: str, context: ssl.SSLContext) -> str:
    import ssl

    try:
        with context.wrap_socket(connection, server_hostname=host) as secured:
            return str(secured.version())
    except ssl.SSLError as error:
        raise TLSError(
            f"no secure connection to {host}: {getattr(error, 'verify_message', '') or error.reason or error}",
            hint="look at SSL_CERT_FILE and the clock",
        ) from error


def _ask(context: Context, base_url: str, found: FoundKey, clients: Clients) -> Iterator[Check]:
    from seedream_cli.client import ImagesClient

    dates: list[str] = []
    began = time.monotonic()
    client = ImagesClient(base_url, found.key, clients, timeout=PATIENCE, clock=context.clock)
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
                f"{abs(ahead):.0f} s {direction} the service's: how long pictures can still be fetched is told wrongly",
                _SET_CLOCK.get(sys.platform),
            )
        return ok("clock", f"within {_SKEW:.0f} s of the service's")
    return None
