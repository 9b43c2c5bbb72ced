"""Where requests may go: the rule for the API's base URL, and what counts as this machine."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from seedream_cli import catalog
from seedream_cli.errors import InputError

_LONGEST_BASE_URL: Final = 2000
_SLASHES: Final = re.compile("/+")
_HOST_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")


@functools.lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a host, as a URL names it, is this machine by definition."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether a URL's host is this machine by definition."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


@functools.lru_cache(maxsize=8)
def check_base_url(text: str) -> str:
    """Return the API's base URL in the one form that a service has here, however it is typed.

    Raises:
        InputError: where it is no https URL (or http on loopback) of scheme, host, port and path alone.
    """
    hint = f"for example: export SEEDREAM_BASE_URL={catalog.BASE_URL}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("SEEDREAM_BASE_URL is not a URL", hint=hint) from None
    if len(text) > _LONGEST_BASE_URL or not _is_plain(text) or "@" in parts.netloc or not _is_host(host):
        raise InputError("SEEDREAM_BASE_URL has parts that a base URL cannot have", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise InputError("SEEDREAM_BASE_URL must be https (or http on this machine): the key goes there", hint=hint)
    return origin_of(text) + _SLASHES.sub("/", parts.path).rstrip("/")


@functools.lru_cache(maxsize=64)
def same_base_url(text: str) -> str:
    """Return a base URL that was once written down in the form that `check_base_url` gives it, else as it is."""
    try:
        return check_base_url(text)
    except InputError:
        return text


def origin_of(base_url: str) -> str:
    """Return the origin of a base URL that can be: scheme, host, and the port where it is not the usual one."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"


def _is_plain(text: str) -> bool:
    """Whether a text is printable ASCII without what a base URL cannot have."""
    return text.isascii() and text.isprintable() and not set(" \\?#") & set(text)


def _is_host(text: str) -> bool:
    """Whether every part of the way to a host, from here to the resolver, reads this name alike."""
    if not _HOST_NAME.fullmatch(text) or text.replace(".", "").isdigit():
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
    return "%" not in text
