import json
import socket
import struct
import zlib
from urllib.parse import urlsplit

import httpx
import pytest

from seedream_cli.sandbox import Sandbox


class Clock:
    """Unix time that goes on only when told to."""

    def __init__(self):
        self.now = 1_750_000_000.25

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def small_png(*recipe):
    """A real PNG of one pixel that carries what it was asked for as text."""
    asked = json.dumps(recipe)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
            _chunk(b"tEXt", b"asked\0" + asked.encode("ascii")),
            _chunk(b"IDAT", zlib.compress(b"\0\x10\x20\x30")),
            _chunk(b"IEND", b""),
        )
    )


class Account:
    """A client of one sandbox, with a key."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.root = sandbox.base_url.removesuffix("/v1")
        self.http = httpx.Client(trust_env=False, timeout=10)

    def generate(self, *, headers=None, content=None, http=None, **fields):
        asked = {"model": "seedream-v5lite", "prompt": "An ink-wash mountain"} | fields
        asked = {name: value for name, value in asked.items() if value is not ...}
        return (http or self.http).post(
            f"{self.sandbox.base_url}/images/generations",
            content=json.dumps(asked) if content is None else content,
            headers={"x-api-key": "sk-byts-test", "content-type": "application/json"} | (headers or {}),
        )

    def urls(self, **fields):
        return [item["url"] for item in self.generate(**fields).json()["data"]]

    def get(self, url, **options):
        return self.http.get(url, **options)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def start(clock):
    running = []

    def start_one(**options):
        sandbox = Sandbox(**({"clock": clock, "painter": small_png} | options))
        running.append(sandbox)
        return sandbox.start()

    yield start_one
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def connect(start):
    accounts = []

    def connect_one(**options):
        accounts.append(Account(start(**options)))
        return accounts[-1]

    yield connect_one
    for account in accounts:
        account.http.close()


@pytest.fixture
def account(connect):
    return connect()


@pytest.fixture
def asked_of():
    """Reads back from a picture what it was asked for."""

    def read(png):
        start = png.index(b"asked\0") + 6
        text, _ = json.JSONDecoder().raw_decode(png[start:].decode("latin-1"))
        return text

    return read


@pytest.fixture
def talk():
    """Sends raw bytes to an address and returns all that comes back until the end."""

    def exchange(url, raw, *, half_close=False):
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(raw)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)

    return exchange
