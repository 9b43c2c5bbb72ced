"""What the scripted service may answer: replies as data, put on the wire byte for byte.

A `Reply` gives the steps to take for one request, and says how many images the request is billed.
`drip`, `hold`, `together`, `informational` and `ending` wrap any other reply. The tables at the end name
ready-made cases for `pytest.mark.parametrize`.
"""

import gzip
import json
import time
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from itertools import chain
from typing import Any, Literal, NamedTuple, Protocol

from support import pictures

CANARY_KEY = "sk-byts-CANARYKEY00c0ffee1122334455667788"
CANARY_SIGNATURE = "CANARYSIG0badc0de99887766554433221100"
CANARY_COOKIE = "CANARYCOOKIE5ca1ab1e"
REVISED = "An ink-wash mountain at dawn, revised"
HOSTILE_TEXT = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\x7f\x08\x00[bold red]markup[/] [link=file:///etc/passwd]x[/link]"
    "\r\nseedream: forged line\u202egnp.exe\u2066\u200f\ud800 {id} %s"
)
"""Control, C1, DEL and bidi characters, terminal commands, markup, a forged line, half a surrogate pair."""

Headers = Mapping[str, str | None] | Sequence[tuple[str, str | None]]
Part = Literal["head", "body"]
Ending = Literal["keep", "close", "reset", "hang"]
Framing = Literal["length", "chunked", "close"]
Point = Literal["before-headers", "mid-headers", "mid-body"]


# What a reply is made of


class Watched(Protocol):
    """What a waiting reply may look at."""

    @property
    def in_flight(self) -> int: ...
    @property
    def max_in_flight(self) -> int: ...
    @property
    def released(self) -> bool: ...


@dataclass(frozen=True)
class Send:
    """Put bytes on the wire."""

    data: bytes
    part: Part = "body"


@dataclass(frozen=True)
class Wait:
    """Say nothing for some time."""

    seconds: float


@dataclass(frozen=True)
class Until:
    """Say nothing until something holds, or the time is up."""

    ready: Callable[[Watched], bool]
    seconds: float = 60


@dataclass(frozen=True)
class Finish:
    """What becomes of the connection; `hang` keeps it open and silent."""

    how: Ending = "keep"
    seconds: float = 3600


Step = Send | Wait | Until | Finish


@dataclass(frozen=True)
class Request:
    """One request as it came in; `order` counts its kind from 0, `at` is monotonic, `wall` Unix time."""

    order: int
    connection: int
    at: float
    wall: float
    origin: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    head: bytes
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Post(Request):
    """One request for pictures, and what it was billed."""

    json: Any = None
    seed: int | None = None
    n: int = 1
    size: tuple[int, int] = (1024, 1024)
    billed: int = 0


@dataclass(frozen=True)
class Download(Request):
    """One request for a picture; seed, index and the order of its POST come from the path."""

    seed: int | None = None
    index: int = 0
    post: int | None = None
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Reply:
    """The steps for one request. `billed`: True means as many as were asked for, a number just that many."""

    play: Callable[[Request], Iterable[Step]] = field(repr=False)
    billed: bool | int = False
    name: str = ""

    def bill(self, n: int) -> int:
        """How many images a request for n of them is billed."""
        return n if self.billed is True else int(self.billed)


class Case(NamedTuple):
    """A reply, and the exit statuses that are right when one draft of one picture gets nothing else."""

    reply: Reply
    statuses: frozenset[int]


# Messages


def _pairs(headers: Headers) -> list[tuple[str, str | None]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _merged(defaults: Headers, headers: Headers) -> list[tuple[str, str]]:
    """The defaults but for those named again; a value of None only takes the default away."""
    given = _pairs(headers)
    names = {name.lower() for name, _ in given}
    kept = [(name, value) for name, value in _pairs(defaults) if name.lower() not in names]
    return [(name, value) for name, value in kept + given if value is not None]


def head_of(status: int | str, headers: Sequence[tuple[str, str]]) -> bytes:
    """A status line and headers; a string stands for the whole status line."""
    if isinstance(status, int):
        reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Odd"
        status = f"HTTP/1.1 {status} {reason}"
    lines = [status, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "surrogateescape")


def chunked(body: bytes, size: int = 1000) -> bytes:
    """A body in chunks of that size."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def message(
    status: int | str, body: bytes = b"", headers: Sequence[tuple[str, str]] = (), framing: Framing = "length"
) -> list[Step]:
    """The steps of one whole message."""
    names = {name.lower() for name, _ in headers}
    extra: list[tuple[str, str]] = []
    if framing == "chunked":
        body, extra = chunked(body), [("Transfer-Encoding", "chunked")]
    elif framing == "length" and "content-length" not in names:
        extra = [("Content-Length", str(len(body)))]
    end = Finish("close") if framing == "close" else Finish("keep")
    return [Send(head_of(status, [*headers, *extra]), "head"), Send(body), end]


def service_headers() -> list[tuple[str, str | None]]:
    """What every answer of the service carries."""
    return [
        ("Date", formatdate(usegmt=True)),
        ("X-RateLimit-Limit", "50.00"),
        ("X-RateLimit-Remaining", "49.50"),
        ("X-RateLimit-Reset", str(int(time.time()) + 3600)),
        ("X-Quota-Remaining-Credits", "31.40"),
        ("Set-Cookie", f"session={CANARY_COOKIE}; Path=/"),
    ]


def _answer(
    status: int | str,
    body: bytes,
    content_type: str | None,
    headers: Headers = (),
    framing: Framing = "length",
) -> list[Step]:
    """A message with the service's own headers."""
    defaults = [*service_headers(), ("Content-Type", content_type)]
    return message(status, body, _merged(defaults, headers), framing)


def as_body(value: object) -> bytes:
    """Bytes as they are, anything else as JSON."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


# Answers to a POST


def picture_url(asked: Post, index: int) -> str:
    """Where the service lays a picture."""
    return f"{asked.origin}/img/{asked.seed}-{index}-{asked.order}.png?X-Amz-Signature={CANARY_SIGNATURE}"


def good_answer(
    asked: Request, n: int | None = None, revised: str | None = REVISED, urls: Sequence[object] | None = None
) -> dict[str, Any]:
    """The answer that the API's document describes; `{origin}` in a given URL becomes the service's."""
    assert isinstance(asked, Post)
    if urls is None:
        urls = [picture_url(asked, index) for index in range(asked.n if n is None else n)]
    whole = [url.replace("{origin}", asked.origin) if isinstance(url, str) else url for url in urls]
    return {"created": int(asked.wall), "data": [{"url": url, "revised_prompt": revised} for url in whole]}


def ok(
    n: int | None = None,
    *,
    revised: str | None = REVISED,
    urls: Sequence[object] | None = None,
    headers: Headers = (),
    status: int = 200,
    framing: Framing = "length",
    billed: bool | int = True,
) -> Reply:
    """Pictures as asked for, or n of them, or these URLs (`{origin}` stands for the service's)."""

    def play(asked: Request) -> list[Step]:
        body = as_body(good_answer(asked, n, revised, urls))
        return _answer(status, body, "application/json", headers, framing)

    return Reply(play, billed, "ok")


def ok_b64(data: bytes | None = None, *, n: int | None = None, billed: bool | int = True) -> Reply:
    """Pictures inside the answer, unasked: as many as asked for, or n of them."""

    def play(asked: Request) -> list[Step]:
        assert isinstance(asked, Post)
        drawn = [pictures.picture_of(asked.seed, index, asked.size) for index in range(n or asked.n)]
        items = [{"b64_json": b64encode(one if data is None else data).decode()} for one in drawn]
        body = as_body({"created": int(asked.wall), "data": items})
        return _answer(200, body, "application/json")

    return Reply(play, billed, "ok b64")


def reshaped(
    change: Callable[[dict[str, Any]], object],
    *,
    status: int | str = 200,
    content_type: str | None = "application/json",
    headers: Headers = (),
    framing: Framing = "length",
    billed: bool | int = True,
) -> Reply:
    """The good answer turned into another one: bytes are sent as they are, anything else as JSON."""

    def play(asked: Request) -> list[Step]:
        return _answer(status, as_body(change(good_answer(asked))), content_type, headers, framing)

    return Reply(play, billed, "reshaped")


def without_url(*indexes: int) -> Reply:
    """The good answer in which these items have no URL."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        for index in indexes:
            answer["data"][index]["url"] = None
        return answer

    return reshaped(change)


def status_json(
    status: int,
    value: object,
    *,
    headers: Headers = (),
    content_type: str = "application/json",
    billed: bool | int,
) -> Reply:
    """Any status with JSON, or with bytes as they are."""
    return Reply(lambda _: _answer(status, as_body(value), content_type, headers), billed, str(status))


CODES = {
    400: "invalid_param",
    401: "invalid_api_key",
    402: "insufficient_balance",
    403: "permission_denied",
    404: "model_not_found",
    429: "concurrency_limit",
    451: "content_policy_violation",
}
"""The code that an error carries by default."""


def envelope(status: int, code: str | None = None, message: str | None = None) -> dict[str, Any]:
    """The error object that the service wraps its errors in."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    code = code or CODES.get(status, "upstream_error" if status >= 500 else "invalid_param")
    text = f"refused with {status}" if message is None else message
    return {"error": {"message": text, "type": kind, "code": code, "param": None}}


def error(
    status: int,
    code: str | None = None,
    message: str | None = None,
    *,
    headers: Headers = (),
    body: object = None,
    content_type: str | None = None,
) -> Reply:
    """A failure, which is free; a body of None means the envelope."""
    value = envelope(status, code, message) if body is None else body
    kind = content_type or ("text/plain" if isinstance(value, bytes) else "application/json")
    return Reply(lambda _: _answer(status, as_body(value), kind, headers), billed=False, name=f"{status} {code or ''}")


def bucket_empty(reset_in: float = 3600, headers: Headers = ()) -> Reply:
    """429 because the spend bucket is empty, with the time at which it fills again."""

    def play(_: Request) -> list[Step]:
        told = _merged([("X-RateLimit-Reset", str(int(time.time() + reset_in)))], headers)
        left = _merged([("X-RateLimit-Remaining", "0.00")], told)
        return _answer(429, as_body(envelope(429, "rate_limit_exceeded")), "application/json", left)

    return Reply(play, billed=False, name="429 bucket")


def echoing(status: int, *, billed: bool | int = False) -> Reply:
    """An error that repeats the key, every header, the prompt and a signed URL, among hostile text."""

    def play(asked: Request) -> list[Step]:
        heads = "; ".join(f"{name}: {value}" for name, value in asked.headers)
        url = f"{asked.origin}/img/1-0-0.png?X-Amz-Signature={CANARY_SIGNATURE}"
        text = f"{HOSTILE_TEXT} key {CANARY_KEY} ({heads}) {asked.body.decode('utf-8', 'replace')} see {url}"
        return _answer(status, as_body(envelope(status, None, text)), "application/json")

    return Reply(play, billed, f"{status} echoing")


def redirect(status: int, location: str, *, billed: bool | int = False) -> Reply:
    """A redirect; `{origin}` and `{here}` stand for the service's origin and the URL asked for."""

    def play(asked: Request) -> list[Step]:
        where = location.replace("{here}", asked.origin + asked.target).replace("{origin}", asked.origin)
        return _answer(status, b"", None, {"Location": where})

    return Reply(play, billed, f"{status} to {location}")


def raw(data: bytes, then: Ending = "close", *, billed: bool | int = False) -> Reply:
    """Just these bytes."""
    head, gap, body = data.partition(b"\r\n\r\n")
    steps: list[Step] = [Send(head + gap, "head"), Send(body), Finish(then)]
    return Reply(lambda _: steps, billed, "raw")


def cut(at: Point, then: Ending = "close", *, billed: bool | int, of: Reply | None = None) -> Reply:
    """A good answer, or another reply, up to some point, and then the connection's end, or silence."""
    part = {"mid-headers": "head", "mid-body": "body"}.get(at)

    def play(asked: Request) -> Iterator[Step]:
        for step in (of or ok()).play(asked) if part else ():
            if isinstance(step, Send) and step.part == part:
                yield replace(step, data=step.data[: len(step.data) // 2])
                break
            if not isinstance(step, Finish):
                yield step
        yield Finish(then)

    return Reply(play, billed, f"{then} {at}")


def reset(at: Point = "before-headers", *, billed: bool | int, of: Reply | None = None) -> Reply:
    """The connection reset (RST) at some point of a good answer, or of another reply."""
    return cut(at, "reset", billed=billed, of=of)


def hang(seconds: float = 3600, *, billed: bool | int) -> Reply:
    """Silence, then the connection closed; ends early when the service stops."""
    return Reply(lambda _: [Finish("hang", seconds)], billed, "hang")


def gzip_bomb(decoded_size: int = 64 << 20, *, billed: bool | int = True) -> Reply:
    """A small gzip that unpacks to a JSON string of that many bytes."""

    def play(_: Request) -> list[Step]:
        return _answer(200, _spaces(decoded_size), "application/json", {"Content-Encoding": "gzip"})

    return Reply(play, billed, "gzip bomb")


@lru_cache(maxsize=2)
def _spaces(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    piece = b" " * (1 << 20)
    parts = [packer.compress(piece) for _ in range(size >> 20)]
    return b"".join([packer.compress(b'"'), *parts, packer.compress(b'"'), packer.flush()])


def endless(start: bytes, piece: bytes = b" " * 65536, *, pause: float = 0, billed: bool | int = True) -> Reply:
    """Bytes, then one piece after the other for as long as the client listens."""

    def play(_: Request) -> Iterator[Step]:
        head, gap, body = start.partition(b"\r\n\r\n")
        yield Send(head + gap, "head")
        yield Send(body)
        while True:
            yield Send(piece)
            if pause:
                yield Wait(pause)

    return Reply(play, billed, "endless")


# Answers to a download


def picture(
    data: bytes | None = None,
    content_type: str | None = "image/png",
    *,
    headers: Headers = (),
    framing: Framing = "length",
    status: int = 200,
) -> Reply:
    """The right picture, or other bytes; never billed."""

    def play(asked: Request) -> list[Step]:
        assert isinstance(asked, Download)
        body = asked.picture if data is None else data
        return message(status, body, _merged([("Content-Type", content_type)], headers), framing)

    return Reply(play, billed=False, name="picture")


def made(build: Callable[[], bytes], content_type: str = "image/png") -> Reply:
    """A picture that is built only when somebody asks for it."""
    return Reply(lambda asked: picture(build(), content_type).play(asked), billed=False, name=build.__name__)


def packed(pack: Callable[[bytes], bytes] = gzip.compress, coding: str = "gzip", **how: Any) -> Reply:
    """The right picture, compressed whatever was accepted, as an object store has what was stored so."""

    def play(asked: Request) -> Iterable[Step]:
        assert isinstance(asked, Download)
        return picture(pack(asked.picture), headers={"Content-Encoding": coding}, **how).play(asked)

    return Reply(play, billed=False, name="packed")


def ranged() -> Reply:
    """The right picture, from a server that honours `Range: bytes=N-`."""

    def play(asked: Request) -> list[Step]:
        assert isinstance(asked, Download)
        whole, tag = asked.picture, ("ETag", f'"{zlib.crc32(asked.picture):08x}"')
        start = (asked.header("range") or "").removeprefix("bytes=").partition("-")[0]
        if not start.isdigit():
            return message(200, whole, [("Content-Type", "image/png"), ("Accept-Ranges", "bytes"), tag])
        told = ("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        return message(206, whole[int(start) :], [("Content-Type", "image/png"), told, tag])

    return Reply(play, billed=False, name="ranged")


def part_of(first: float, content_range: str, data: bytes | None = None) -> Reply:
    """206 whatever was asked: the picture from that share on, under any `Content-Range`.

    `{start}`, `{last}` and `{total}` stand for the true numbers.
    """

    def play(asked: Request) -> list[Step]:
        assert isinstance(asked, Download)
        whole = asked.picture if data is None else data
        start = int(len(whole) * first)
        told = content_range.format(start=start, last=len(whole) - 1, total=len(whole))
        return message(206, whole[start:], [("Content-Type", "image/png"), ("Content-Range", told)])

    return Reply(play, billed=False, name="part")


# Replies around replies


def drip(reply: Reply, interval: float = 0.02, part: Part | Literal["all"] = "all") -> Reply:
    """The reply one byte at a time: all of it, or its head or its body only."""

    def play(asked: Request) -> Iterator[Step]:
        for step in reply.play(asked):
            if not isinstance(step, Send) or part not in ("all", step.part):
                yield step
                continue
            for byte in step.data:
                yield replace(step, data=bytes([byte]))
                yield Wait(interval)

    return replace(reply, play=play, name=f"drip {reply.name}")


class Flag(Protocol):
    """What `threading.Event` has."""

    def is_set(self) -> bool: ...


def hold(reply: Reply, event: Flag | None = None, seconds: float = 60) -> Reply:
    """The reply once the event is set, or without one, once `service.release()` was called."""
    gate = Until((lambda _: event.is_set()) if event else (lambda service: service.released), seconds)
    return replace(reply, play=lambda asked: chain([gate], reply.play(asked)), name=f"hold {reply.name}")


def together(reply: Reply, count: int, seconds: float = 10) -> Reply:
    """The reply once so many POSTs have been in flight at one time, or the time is up."""
    gate = Until(lambda service: service.max_in_flight >= count, seconds)
    return replace(reply, play=lambda asked: chain([gate], reply.play(asked)), name=f"together {reply.name}")


def late(reply: Reply, seconds: float) -> Reply:
    """The reply after some time."""
    return replace(reply, play=lambda asked: chain([Wait(seconds)], reply.play(asked)), name=f"late {reply.name}")


def informational(reply: Reply, count: int = 1, status: str = "103 Early Hints") -> Reply:
    """So many 1xx answers before the reply."""
    hints = Send(f"HTTP/1.1 {status}\r\n\r\n".encode() * count, "head")
    return replace(reply, play=lambda asked: chain([hints], reply.play(asked)), name=f"1xx {reply.name}")


def ending(reply: Reply, then: Ending) -> Reply:
    """The whole reply, and then another end of the connection than the reply's own."""

    def play(asked: Request) -> Iterator[Step]:
        yield from (step for step in reply.play(asked) if not isinstance(step, Finish))
        yield Finish(then)

    return replace(reply, play=play, name=f"{reply.name} {then}")


def headed(reply: Reply, change: Callable[[bytes], bytes]) -> Reply:
    """The reply with its head rewritten byte for byte, the connection closed after it."""

    def play(asked: Request) -> Iterator[Step]:
        for step in reply.play(asked):
            if isinstance(step, Finish):
                break
            if isinstance(step, Send) and step.part == "head":
                yield replace(step, data=change(step.data))
            else:
                yield step
        yield Finish("close")

    return replace(reply, play=play, name=f"headed {reply.name}")


def framed(change: Callable[[bytes], tuple[Sequence[tuple[str, str]], bytes]], then: Ending = "close") -> Reply:
    """The good answer, billed, with framing headers and body bytes as `change(body)` gives them."""

    def play(asked: Request) -> list[Step]:
        headers, body = change(as_body(good_answer(asked)))
        head = head_of(200, [("Content-Type", "application/json"), *headers])
        return [Send(head, "head"), Send(body), Finish(then)]

    return Reply(play, billed=True, name="framed")


# Ready-made: a 2xx, billed, that nobody can use (exit 8)


def _item(**item: object) -> Reply:
    return reshaped(lambda answer: answer | {"data": [item]})


def _length(value: str) -> Reply:
    return framed(lambda body: ([("Content-Length", value)], body))


def _chunks(data: Callable[[bytes], bytes]) -> Reply:
    return framed(lambda body: ([("Transfer-Encoding", "chunked")], data(body)))


def _body(data: bytes, content_type: str = "application/json", status: int = 200) -> Reply:
    return status_json(status, data, content_type=content_type, billed=True)


_SHAPES: dict[str, Reply] = {
    "html": _body(pictures.HTML, "text/html"),
    "html called json": _body(pictures.HTML),
    "text": _body(b"OK", "text/plain"),
    "nothing": _body(b""),
    "json null": _body(b"null"),
    "json list": _body(b"[]"),
    "json string": _body(b'"ok"'),
    "json number": _body(b"7"),
    "json object empty": _body(b"{}"),
    "json cut": reshaped(lambda answer: as_body(answer)[:-9]),
    "json twice": reshaped(lambda answer: as_body(answer) * 2),
    "deep nesting": _body(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": _body(b'{"data":' * 100_000),
    "not utf-8": _body(b'{"data": [{"url": "\xff\xfe\xfd"}]}'),
    "nul bytes": _body(bytes(2000)),
    "error inside": _body(as_body(envelope(500, message="upstream failed"))),
    "error and data null": reshaped(lambda answer: envelope(500) | {"data": None}),
    "hostile error inside": _body(as_body(envelope(500, message=HOSTILE_TEXT))),
    "secrets echoed": echoing(200, billed=True),
    "201 error": _body(as_body(envelope(500)), status=201),
    "202 task": _body(b'{"task_id": "t-1", "status": "pending"}', status=202),
    "204": Reply(lambda _: [Send(head_of(204, []), "head"), Finish("close")], billed=True, name="204"),
    "205": Reply(lambda _: message(205), billed=True, name="205"),
    "data missing": reshaped(lambda answer: {"created": 1}),
    "data null": reshaped(lambda answer: answer | {"data": None}),
    "data empty": reshaped(lambda answer: answer | {"data": []}),
    "data object": reshaped(lambda answer: answer | {"data": {}}),
    "data string": reshaped(lambda answer: answer | {"data": "soon"}),
    "data number": reshaped(lambda answer: answer | {"data": 4}),
    "data of null": reshaped(lambda answer: answer | {"data": [None]}),
    "data of strings": reshaped(lambda answer: answer | {"data": ["soon"]}),
    "data of lists": reshaped(lambda answer: answer | {"data": [[]]}),
    "item empty": _item(),
    "url null": _item(url=None),
    "url empty": _item(url=""),
    "url blank": _item(url="  "),
    "url number": _item(url=7),
    "url list": _item(url=["http://127.0.0.1/"]),
    "url object": _item(url={"href": "x"}),
    "b64 null": _item(b64_json=None),
    "b64 empty": _item(b64_json=""),
    "b64 number": _item(b64_json=7),
    "b64 not base64": _item(b64_json="$$$ no base64 \u2603 $$$"),
    "17 MB of space": reshaped(lambda answer: as_body(answer) + b" " * (17 << 20)),
    "17 MB string": reshaped(lambda answer: answer | {"note": "x" * (17 << 20)}),
}

_FRAMES: dict[str, Reply] = {
    "no answer": raw(b"", "close", billed=True),
    "reset before headers": reset("before-headers", billed=True),
    "reset mid headers": reset("mid-headers", billed=True),
    "reset mid body": reset("mid-body", billed=True),
    "closed mid headers": cut("mid-headers", "close", billed=True),
    "closed mid body": cut("mid-body", "close", billed=True),
    "closed mid body, no length": framed(lambda body: ([], body[: len(body) // 2])),
    "length too long": framed(lambda body: ([("Content-Length", str(len(body) + 9))], body)),
    "length too short": framed(lambda body: ([("Content-Length", str(len(body) - 9))], body)),
    "length negative": _length("-1"),
    "length huge": _length("9" * 30),
    "length no number": _length("many"),
    "length hexadecimal": _length("0x200"),
    "lengths conflicting": framed(
        lambda body: ([("Content-Length", str(len(body))), ("Content-Length", str(len(body) - 9))], body)
    ),
    "chunk size no number": _chunks(lambda body: b"zz\r\n" + body + b"\r\n0\r\n\r\n"),
    "chunk size negative": _chunks(lambda body: b"-1\r\n" + body + b"\r\n0\r\n\r\n"),
    "chunk size huge": _chunks(lambda body: b"f" * 40 + b"\r\n" + body),
    "chunk cut": _chunks(lambda body: b"%x\r\n%s" % (len(body), body[:-9])),
    "chunk without end": _chunks(lambda body: chunked(body)[:-5]),
    "coding unknown": framed(lambda body: ([("Transfer-Encoding", "gibberish")], body)),
    "gzip broken": reshaped(lambda answer: b"\x1f\x8b" + bytes(60), headers={"Content-Encoding": "gzip"}),
    "gzip cut": reshaped(lambda answer: gzip.compress(as_body(answer))[:-40], headers={"Content-Encoding": "gzip"}),
    "gzip bomb": gzip_bomb(),
    "status line odd": headed(ok(), lambda head: head.replace(b"HTTP/1.1 200", b"HTTP/1.1 2OO")),
    "status line of 99": headed(ok(), lambda head: head.replace(b" 200 ", b" 99 ")),
    "no http": raw(b"SSH-2.0-OpenSSH_9.6\r\n", billed=True),
    "tls alert": raw(b"\x15\x03\x03\x00\x02\x02\x28", billed=True),
    "json without http": Reply(lambda asked: [Send(as_body(good_answer(asked))), Finish("close")], billed=True),
    "header with nul": headed(ok(), lambda head: head[:-2] + b"X-Odd: a\0b\r\n\r\n"),
    "header without colon": headed(ok(), lambda head: head[:-2] + b"no colon here\r\n\r\n"),
    "header of 1 MB": headed(ok(), lambda head: head[:-2] + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n"),
    "headers 50,000": headed(ok(), lambda head: head[:-2] + b"X-Many: again and again\r\n" * 50_000 + b"\r\n"),
    "only 1xx": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3, billed=True),
    "endless body": endless(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
    "endless chunks": endless(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
    ),
}
UNUSABLE_ANSWERS: dict[str, Reply] = _SHAPES | _FRAMES
"""Billed, over at once, and of no use: the program must end with 8, keep what came, and never send again."""


# Ready-made: a 2xx, billed, that ends only by the client's own deadline (exit 8)

STALLING_ANSWERS: dict[str, Reply] = {
    "silent": hang(billed=True),
    "silent, not billed": hang(billed=False),
    "silent mid headers": cut("mid-headers", "hang", billed=True),
    "silent mid body": cut("mid-body", "hang", billed=True),
    "headers drip": drip(ok(), 0.2, "head"),
    "body drips": drip(ok(), 0.2, "body"),
    "endless 1xx": endless(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.02),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\nX-A: b", b"\r\nX-A: b", pause=0.02),
    "endless slow body": endless(b"HTTP/1.1 200 OK\r\n\r\n", b" ", pause=0.02),
    "endless slow chunks": endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", pause=0.02),
}
"""Give the program a short `--timeout` with these."""


# Ready-made: odd, billed, and usable, or for the program to judge

_GOOD, _JUDGE = frozenset({0}), frozenset({0, 8})


def _gzipped(answer: dict[str, Any]) -> bytes:
    return gzip.compress(as_body(answer))


USABLE_ANSWERS: dict[str, Reply] = {
    "as documented": ok(),
    "no revised prompt": reshaped(lambda answer: {"data": [{"url": answer["data"][0]["url"]}]}),
    "revised prompt null": ok(revised=None),
    "revised prompt hostile": ok(revised=HOSTILE_TEXT),
    "unknown keys": reshaped(lambda answer: answer | {"usage": {"cost": None}, "id": [1, {}]}),
    "content type wrong": reshaped(lambda answer: answer, content_type="text/html; charset=latin-1"),
    "content type missing": reshaped(lambda answer: answer, content_type=None),
    "chunked": ok(framing="chunked"),
    "chunk extensions": _chunks(lambda body: b"%X;a=b\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(body), body)),
    "neither length nor chunks": ok(framing="close"),
    "gzip": reshaped(_gzipped, headers={"Content-Encoding": "gzip"}),
    "one 1xx first": informational(ok()),
    "100 first": informational(ok(), status="100 Continue"),
    "no reason": headed(ok(), lambda head: head.replace(b" 200 OK", b" 200")),
    "closed after": ending(ok(), "close"),
    "in drops": drip(ok(), 0.0005),
    "b64": ok_b64(),
    "space around url": reshaped(lambda answer: {"data": [{"url": f" {answer['data'][0]['url']}\r\n"}]}),
    "letters in url": reshaped(lambda answer: {"data": [{"url": f"{answer['data'][0]['url']}&x=山&y=é"}]}),
    "rate headers absurd": ok(
        headers={
            "X-RateLimit-Remaining": "NaN",
            "X-RateLimit-Reset": "-1e999",
            "X-Quota-Remaining-Credits": "\x9b",
        }
    ),
    "rate headers missing": ok(
        headers={"X-RateLimit-Remaining": None, "X-RateLimit-Reset": None, "X-Quota-Remaining-Credits": None}
    ),
}
"""Billed and good: the picture must be saved, exit 0."""

ODD_ANSWERS: dict[str, Case] = {
    "201": Case(ok(status=201), _JUDGE),
    "202 with pictures": Case(ok(status=202), _JUDGE),
    "203": Case(ok(status=203), _JUDGE),
    "206": Case(ok(status=206), _JUDGE),
    "299": Case(ok(status=299), _JUDGE),
    "101": Case(reshaped(lambda answer: answer, status=101), frozenset({7, 8})),
    "byte order mark": Case(reshaped(lambda answer: b"\xef\xbb\xbf" + as_body(answer)), _JUDGE),
    "utf-16": Case(reshaped(lambda answer: json.dumps(answer).encode("utf-16")), _JUDGE),
    "key twice, good last": Case(reshaped(lambda a: b'{"data": [], ' + as_body(a)[1:]), _JUDGE),
    "key twice, good first": Case(reshaped(lambda a: as_body(a)[:-1] + b', "data": null}'), _JUDGE),
    "5,000 digits": Case(reshaped(lambda a: as_body(a)[:-1] + b', "cost": ' + b"9" * 5000 + b"}"), _JUDGE),
    "5,000 digits of time": Case(reshaped(lambda a: as_body(a)[:-1] + b', "created": ' + b"9" * 5000 + b"}"), _JUDGE),
    "not a number": Case(reshaped(lambda a: a | {"created": float("nan"), "cost": float("-inf")}), _JUDGE),
    "time of the far future": Case(reshaped(lambda a: a | {"created": 10**18}), _JUDGE),
    "time negative": Case(reshaped(lambda a: a | {"created": -(10**12)}), _JUDGE),
    "time a string": Case(reshaped(lambda a: a | {"created": "yesterday"}), _JUDGE),
    "deep in another key": Case(
        reshaped(lambda a: as_body(a)[:-1] + b', "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"), _JUDGE
    ),
    "more items": Case(ok(3), _JUDGE),
    "more items, null first": Case(reshaped(lambda a: a | {"data": [{"url": None}, *a["data"]]}), _JUDGE),
    "error beside data": Case(reshaped(lambda a: a | envelope(500)), _JUDGE),
    "error null beside data": Case(reshaped(lambda a: a | {"error": None}), _JUDGE),
    "revised prompt an object": Case(
        reshaped(lambda a: a | {"data": [a["data"][0] | {"revised_prompt": {"x": []}}]}), _JUDGE
    ),
    "revised prompt of 1 MB": Case(ok(revised="x" * (1 << 20)), _JUDGE),
    "surrogate in url": Case(ok(urls=["{origin}/img/1-0-0.png?X-Amz-Signature=\ud800"]), frozenset({0, 8, 9})),
    "b64 with prefix": Case(
        reshaped(
            lambda a: a | {"data": [{"b64_json": "data:image/png;base64," + b64encode(pictures.png(8, 8)).decode()}]}
        ),
        _JUDGE,
    ),
    "b64 without padding": Case(
        reshaped(lambda a: a | {"data": [{"b64_json": b64encode(pictures.png(8, 8)).decode().rstrip("=")}]}), _JUDGE
    ),
    "b64 for urls": Case(
        reshaped(lambda a: a | {"data": [{"b64_json": urlsafe_b64encode(pictures.png(8, 8)).decode()}]}), _JUDGE
    ),
    "b64 of html": Case(ok_b64(pictures.HTML), frozenset({8})),
    "b64 and url": Case(
        reshaped(lambda a: a | {"data": [a["data"][0] | {"b64_json": b64encode(pictures.png(8, 8)).decode()}]}),
        _JUDGE,
    ),
    "b64 null beside url": Case(reshaped(lambda a: a | {"data": [a["data"][0] | {"b64_json": None}]}), _JUDGE),
    "length and chunks": Case(
        framed(lambda body: ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], chunked(body))),
        _JUDGE,
    ),
    "length twice alike": Case(framed(lambda body: ([("Content-Length", str(len(body)))] * 2, body)), _JUDGE),
    "length with plus": Case(framed(lambda body: ([("Content-Length", f"+{len(body)}")], body)), _JUDGE),
    "header folded": Case(headed(ok(), lambda head: head[:-2] + b"X-Fold: a\r\n  b\r\n\r\n"), _JUDGE),
    "line feeds only": Case(headed(ok(), lambda head: head.replace(b"\r\n", b"\n")), _JUDGE),
    "http/9.9": Case(headed(ok(), lambda head: head.replace(b"HTTP/1.1", b"HTTP/9.9")), _JUDGE),
    "http/1.0": Case(headed(ok(), lambda head: head.replace(b"HTTP/1.1", b"HTTP/1.0")), _JUDGE),
    "10,000 1xx first": Case(informational(ok(), 10_000), _JUDGE),
    "reset after the whole": Case(ending(ok(), "reset"), _JUDGE),
    "silent after the whole": Case(ending(ok(), "hang"), _JUDGE),
    "encoding unknown": Case(reshaped(lambda a: a, headers={"Content-Encoding": "zzz"}), _JUDGE),
    "gzip not gzip": Case(reshaped(lambda answer: answer, headers={"Content-Encoding": "gzip"}), _JUDGE),
    "deflate not deflate": Case(reshaped(lambda answer: answer, headers={"Content-Encoding": "deflate"}), _JUDGE),
    "gzip of a gzip": Case(
        reshaped(lambda a: gzip.compress(_gzipped(a)), headers={"Content-Encoding": "gzip, gzip"}), _JUDGE
    ),
}
"""Billed, and saving or keeping as unknown are both right; losing or sending again never is."""

FORBIDDEN_URLS: dict[str, str] = {
    "metadata": f"http://169.254.169.254/latest/meta-data/?X-Amz-Signature={CANARY_SIGNATURE}",
    "metadata over https": "https://169.254.169.254/latest/meta-data/",
    "metadata as number": "http://2852039166/latest/",
    "metadata mapped": "http://[::ffff:169.254.169.254]/",
    "private 10": "http://10.0.0.1/img/1.png",
    "private 10 over https": "https://10.0.0.1/img/1.png",
    "private 172": "https://172.16.0.1/img/1.png",
    "private 192": "https://192.168.1.1/img/1.png",
    "shared": "https://100.64.0.1/img/1.png",
    "unspecified": "http://0.0.0.0/img/1.png",
    "link-local 6": "https://[fe80::1]/img/1.png",
    "unique local 6": "https://[fd00::1]/img/1.png",
    "plain http outside": "http://cdn.bytespike.ai/img/1.png",
    "file": "file:///etc/passwd",
    "file with host": "file://localhost/etc/passwd",
    "path only": "/etc/passwd",
    "relative": "img/1.png",
    "no scheme": "//cdn.bytespike.ai/img/1.png",
    "ftp": "ftp://cdn.bytespike.ai/img/1.png",
    "data": "data:image/png;base64,iVBORw0KGgo=",
    "javascript": "javascript:alert(1)",
    "no host": "http:///img/1.png",
    "userinfo": "http://user:pass@{host}/img/1-0-0.png",
    "userinfo trick": "https://cdn.bytespike.ai@10.0.0.1/img/1.png",
    "cr lf": "{origin}/img/1-0-0.png\r\nX-Evil: 1",
    "cr lf in host": "http://127.0.0.1\r\nX-Evil: 1/img/1.png",
    "nul": "{origin}/img/1-0-0.png\0",
    "escape": "{origin}/img/\x1b[2J.png",
    "space": "{origin}/img/1-0-0.png HTTP/1.1",
    "port 0": "http://127.0.0.1:0/img/1.png",
    "port too high": "http://127.0.0.1:99999/img/1.png",
    "port no number": "http://127.0.0.1:x/img/1.png",
    "bracket open": "http://[::1/img/1.png",
}
"""URLs that may never be asked for. `{origin}` and `{host}` stand for the service's; use `at_service`."""


def at_service(url: str, origin: str) -> str:
    """The URL with the service's own origin and host put in."""
    return url.replace("{origin}", origin).replace("{host}", origin.partition("://")[2])


LONG_URL = "{origin}/img/1-0-0.png?X-Amz-Signature=" + CANARY_SIGNATURE + "&x=" + "y" * 100_000


# Ready-made: failures, which are free

EXIT_STATUS = {
    400: 2,
    401: 3,
    402: 4,
    403: 3,
    404: 2,
    408: 7,
    409: 2,
    413: 2,
    418: 2,
    422: 2,
    429: 6,
    451: 5,
    500: 7,
    502: 7,
    503: 7,
    504: 7,
    529: 7,
    301: 7,
    302: 7,
    303: 7,
    307: 7,
    308: 7,
}
"""What the program must end with when a draft gets nothing but this status."""

_BIG = b'{"error": {"message": "' + b"A long story. " * 150_000 + b'", "code": "long"}}'

FAILURE_BODIES: dict[str, tuple[object, str]] = {
    "envelope": (None, "application/json"),
    "html": (pictures.HTML, "text/html"),
    "text": (b"upstream connect error or disconnect/reset before headers", "text/plain"),
    "nothing": (b"", "text/plain"),
    "2 MB": (_BIG, "application/json"),
    "error string": ({"error": "refused"}, "application/json"),
    "error null": ({"error": None}, "application/json"),
    "error list": ({"error": ["refused", 7, None]}, "application/json"),
    "error number": ({"error": 7}, "application/json"),
    "error of odd fields": ({"error": {"message": ["a"], "code": 7, "type": None}}, "application/json"),
    "detail string": ({"detail": "refused"}, "application/json"),
    "detail list": (
        {"detail": [{"loc": ["body", "size"], "msg": "refused", "type": "value_error"}]},
        "application/json",
    ),
    "message only": ({"message": "refused"}, "application/json"),
    "json null": (b"null", "application/json"),
    "json list": (b"[]", "application/json"),
    "json cut": (b'{"error": {"mess', "application/json"),
    "deep nesting": (b"[" * 100_000, "application/json"),
    "not utf-8": (b"\xff\xfe\x00refused", "application/json"),
    "hostile": ({"error": {"message": HOSTILE_TEXT, "code": HOSTILE_TEXT}}, "application/json"),
    "looks like success": (
        {"created": 1, "data": [{"url": "http://127.0.0.1:9/img/1.png"}]},
        "application/json",
    ),
}
"""The bodies in which a failure may come: value (None: the envelope) and content type."""


def failure(status: int, form: str = "envelope") -> Reply:
    """One status with one of `FAILURE_BODIES`; redirects point into the service itself."""
    body, kind = FAILURE_BODIES[form]
    made = error(status, body=body, content_type=kind)
    if status // 100 != 3:
        return made

    def play(asked: Request) -> Iterable[Step]:
        told = {"Location": asked.origin + "/v1/elsewhere"}
        return error(status, body=body, content_type=kind, headers=told).play(asked)

    return replace(made, play=play)


def free_failures(
    statuses: Iterable[int] = tuple(EXIT_STATUS), forms: Iterable[str] = tuple(FAILURE_BODIES)
) -> dict[str, Case]:
    """These statuses, each in all these forms."""
    chosen = tuple(forms)
    return {
        f"{status} {form}": Case(failure(status, form), frozenset({EXIT_STATUS[status]}))
        for status in statuses
        for form in chosen
    }


FREE_FAILURES: dict[str, Case] = free_failures() | {"429 bucket": Case(bucket_empty(), frozenset({6}))}
"""Every status in every form. 5xx and 429 must come each time: use `service.always`."""

_WAITS: dict[str, dict[str, str]] = {
    "retry far": {"Retry-After": "3600"},
    "retry date far": {"Retry-After": formatdate(4_000_000_000, usegmt=True)},
    "retry past": {"Retry-After": "-5"},
    "retry date past": {"Retry-After": formatdate(0, usegmt=True)},
    "retry 1e9": {"Retry-After": "1e9"},
    "retry nan": {"Retry-After": "NaN"},
    "retry words": {"Retry-After": "soon"},
    "retry zero": {"Retry-After": "0"},
    "retry of 5,000 digits": {"Retry-After": "9" * 5000},
    "reset far": {"X-RateLimit-Reset": "4000000000"},
    "reset past": {"X-RateLimit-Reset": "1"},
    "reset milliseconds": {"X-RateLimit-Reset": "4000000000000"},
    "reset infinite": {"X-RateLimit-Reset": "inf"},
    "reset nan": {"X-RateLimit-Reset": "nan"},
    "reset words": {"X-RateLimit-Reset": "tomorrow"},
    "reset of 5,000 digits": {"X-RateLimit-Reset": "9" * 5000},
}

RATE_LIMITS: dict[str, Reply] = {
    **{f"bucket, {name}": bucket_empty(headers=told) for name, told in _WAITS.items()},
    **{f"concurrency, {name}": error(429, headers=told) for name, told in _WAITS.items()},
}
"""429 with waits of all kinds: sent `always`, the program ends with 6 and within `--max-wait`."""


# Ready-made: downloads


def _cut_download(framing: Framing) -> Reply:
    return cut("mid-body", "close", billed=False, of=picture(framing=framing))


SPOILT_DOWNLOADS: dict[str, Reply] = {
    **{f"wrong bytes: {name}": picture(data) for name, data in pictures.SPOILT.items()},
    "wrong bytes: gif": made(lambda: pictures.painted("GIF")),
    "wrong bytes: tiff": made(lambda: pictures.painted("TIFF")),
    "wrong bytes: jpeg cut": made(lambda: pictures.painted("JPEG")[:-60], "image/jpeg"),
    "wrong bytes: webp cut": made(lambda: pictures.painted("WEBP")[:-20], "image/webp"),
    "403 expired": error(403, body=b"<Error><Code>AccessDenied</Code></Error>", content_type="application/xml"),
    "404": error(404, body=b"", content_type="text/html"),
    "410": error(410, body=b"", content_type="text/html"),
    "416": error(416, body=b""),
    "429": error(429, body=b""),
    "500": error(500, body=pictures.HTML, content_type="text/html"),
    "503": error(503, body=b""),
    "204": Reply(lambda _: [Send(head_of(204, []), "head"), Finish("close")], name="204"),
    "reset before headers": reset("before-headers", billed=False, of=picture()),
    "reset mid body": reset("mid-body", billed=False, of=picture()),
    "cut with a length": _cut_download("length"),
    "cut without a length": _cut_download("close"),
    "cut in chunks": _cut_download("chunked"),
    "length negative": picture(headers={"Content-Length": "-1"}),
    "206 unasked, first half": Reply(
        lambda asked: (
            message(206, asked.picture[:30], [("Content-Range", "bytes 0-29/9999")])
            if isinstance(asked, Download)
            else []
        ),
        name="206",
    ),
    "206 unasked, second half": part_of(0.5, "bytes {start}-{last}/{total}"),
    "206 lying": part_of(0.5, "bytes 0-{last}/{total}"),
    "endless": endless(
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + pictures.png(8, 8)[:40],
        bytes(65536),
        billed=False,
    ),
    "length of 10 GB": endless(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + pictures.SIGNATURE,
        bytes(65536),
        billed=False,
    ),
    "gzip bomb": gzip_bomb(128 << 20, billed=False),
    "gzip cut": packed(lambda data: gzip.compress(data)[:-9]),
    "gzip broken": packed(lambda data: b"\x1f\x8b" + data),
    "gzip of html": packed(lambda _: gzip.compress(pictures.HTML)),
    "900 megapixels": made(pictures.many_pixels),
    "pixels of 256 MB": made(pictures.swelling),
    "65 MB": made(pictures.heavy),
    "redirect to metadata": redirect(302, "http://169.254.169.254/"),
    "redirect to private": redirect(302, "http://10.0.0.1/"),
    "redirect to private over https": redirect(307, "https://10.0.0.1/"),
    "redirect to plain http": redirect(302, "http://cdn.bytespike.ai/img/1.png"),
    "redirect to file": redirect(302, "file:///etc/passwd"),
    "redirect to userinfo": redirect(302, "https://user:pass@10.0.0.1/"),
    "redirect to nothing": redirect(302, ""),
    "redirect without location": error(302, body=b""),
    "redirect to itself": redirect(302, "{here}"),
}
"""Always sent, the draft stays pending (exit 9) and no file is left that looks like a picture."""

STALLING_DOWNLOADS: dict[str, Reply] = {
    "silent": hang(billed=False),
    "silent mid body": cut("mid-body", "hang", billed=False, of=picture()),
    "headers drip": drip(picture(), 0.05, "head"),
    "body drips": drip(picture(), 0.05, "body"),
}
"""Give the program a short `--timeout` with these; the draft stays pending."""

USABLE_DOWNLOADS: dict[str, Reply] = {
    "as usual": picture(),
    "no content type": picture(content_type=None),
    "octet stream": picture(content_type="application/octet-stream"),
    "called html": picture(content_type="text/html"),
    "called jpeg": picture(content_type="image/jpeg"),
    "chunked": picture(framing="chunked"),
    "no length": picture(framing="close"),
    "ranges offered": ranged(),
    "another size": picture(pictures.png(640, 480)),
    "one pixel": picture(pictures.png(1, 1)),
    "jpeg": made(lambda: pictures.painted("JPEG"), "image/png"),
    "webp": made(lambda: pictures.painted("WEBP"), "image/png"),
    "gzip": packed(),
    "gzip in chunks": packed(framing="chunked"),
    "deflate": packed(zlib.compress, "deflate"),
    "203": picture(status=203),
    "redirect within": redirect(302, f"{{origin}}/img/77-0-0.png?X-Amz-Signature={CANARY_SIGNATURE}"),
    "hostile headers": picture(
        headers={"Content-Disposition": 'attachment; filename="../../evil.sh"', "X-Text": "\x9b2J"}
    ),
}
"""The picture must be saved (sent once; a redirect is followed by the right picture)."""

DOWNLOAD_SCRIPTS: dict[str, tuple[Reply, ...]] = {
    "500 then fine": (error(500), picture()),
    "503 twice then fine": (error(503), error(503), picture()),
    "cut then fine": (_cut_download("length"), picture()),
    "cut then a true rest": (_cut_download("length"), ranged()),
    "cut then another rest": (_cut_download("length"), part_of(0.7, "bytes {start}-{last}/{total}")),
    "cut then a lying rest": (_cut_download("length"), part_of(0.25, "bytes {start}-{last}/7"), picture()),
    "cut then the rest of another": (
        _cut_download("length"),
        part_of(0.5, "bytes {start}-{last}/{total}", pictures.png(1024, 1024, (9, 9, 9))),
    ),
    "cut then 416": (_cut_download("length"), error(416, body=b""), picture()),
    "reset then fine": (reset("mid-body", billed=False, of=picture()), picture()),
    "html then fine": (picture(pictures.HTML, "text/html"), picture()),
}
"""One reply after the other, then the right picture for ever: what is saved must be the right picture."""
