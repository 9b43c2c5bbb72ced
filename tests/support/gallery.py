"""Drafts to be looked at: histories with real pictures, pages read back, and a served page asked without a browser."""

import hashlib
import http.client
import json
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from seedream_cli.drafts import Draft
from seedream_cli.history import records
from support import past, pictures
from support.program import Home, Running, Terminal


def hang(home: Home, drafts: Sequence[Draft], *, side: int = 48) -> list[Path]:
    """Give a home a history of these drafts, oldest first, each with a picture of its own colour in `drafts/`."""
    folder = home.work / "drafts"
    folder.mkdir(exist_ok=True)
    lines, paths = [], []
    for draft in drafts:
        data = pictures.png(side, side, pictures.colour_of(draft.key.seed, draft.key.index))
        path = folder / f"{draft.id}.png"
        path.write_bytes(data)
        paths.append(path)
        lines += [records.intent(draft), past.line(saved(draft, path, data))]
    past.write(home.history_path, *lines)
    return paths


def saved(draft: Draft, path: Path, data: bytes) -> records.Entry:
    """That a draft's picture lies there, with these bytes."""
    return past.saved(draft, path, hashlib.sha256(data).hexdigest(), len(data))


# A page, read without running it


_VOID = {"br", "hr", "img", "input", "link", "meta"}


class Elements(HTMLParser):
    """Every element of a page, with its attributes and the text right inside it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        if tag not in _VOID:
            self._open.append(len(self.all))
        self.all.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        assert self.all[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        """Note its text."""
        if self._open:
            self.texts[self._open[-1]] += data

    def text_of(self, wanted: str) -> str:
        """The text of the last element with this id, or of this name."""
        return [
            text for (tag, attrs), text in zip(self.all, self.texts, strict=True) if wanted in {tag, attrs.get("id")}
        ][-1]


def data_of(html: str) -> dict[str, Any]:
    """What a page's script is given."""
    return json.loads(Elements(html).text_of("data"))


def cards_of(html: str) -> dict[str, dict[str, Any]]:
    """The drafts of a page, by id."""
    return {card["id"]: card for card in data_of(html)["drafts"]}


# A page that is served


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Served:
    """A running `gallery --serve`, and its page's way to ask it."""

    def __init__(self, running: Running, url: str | None = None) -> None:
        self.running = running
        self.url = url or running.first_line()
        found = re.fullmatch(r"http://127\.0\.0\.1:([0-9]+)/\?token=([\w-]{43})", self.url)
        assert found, self.url
        self.port, self.token = int(found[1]), found[2]

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request as it is given, with the right Host unless another is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def get(self, path: str = "/") -> Answer:
        """GET a path with the token."""
        return self.ask("GET", f"{path}?token={self.token}")

    def post(self, action: str, body: object) -> Answer:
        """POST as the page does."""
        headers = {"Content-Type": "application/json", "X-Seedream-Token": self.token, "Origin": self.origin}
        return self.ask("POST", f"/api/{action}", json.dumps(body).encode(), **headers)

    @property
    def origin(self) -> str:
        """The page's own origin."""
        return f"http://127.0.0.1:{self.port}"

    def say(self, data: bytes, *, timeout: float = 20) -> bytes:
        """Send bytes as they are, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)


@contextmanager
def served(home: Home, *argv: str, **how: Any) -> Iterator[Served]:
    """`gallery --serve` in a home; killed in the end where it still runs."""
    with home.start("gallery", "--serve", *argv, **how) as running:
        yield Served(running)


@contextmanager
def served_in_terminal(home: Home) -> Iterator[tuple[Terminal, Served]]:
    """The same in a terminal."""
    with home.terminal("gallery", "--serve", columns=200) as terminal:
        terminal.expect(r"http://\S+(?=\r\n)")
        found = re.search(rb"http://\S+", terminal.screen)
        assert found
        yield terminal, Served(terminal.running, found[0].decode())
