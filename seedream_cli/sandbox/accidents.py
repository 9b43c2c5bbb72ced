"""Faults carried out: answers and pictures as a bad day sends them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seedream_cli.sandbox.envelope import ApiError, busy
from seedream_cli.sandbox.messages import Manner, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seedream_cli.sandbox.faults import Fault

Payload = dict[str, object]

_HTML: Final = b"<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>Hello</h1></body></html>\n"
_HTML_HEADERS: Final[Mapping[str, str]] = MappingProxyType({"Content-Type": "text/html; charset=utf-8"})
_JSON_HEADERS: Final[Mapping[str, str]] = MappingProxyType({"Content-Type": "application/json"})
_NESTING: Final = 100_000
_DIGITS: Final = 5_000


def status_reply(fault: Fault, *, now: float) -> Reply | None:
    """Return the answer of a fault that is a status with a body of its own; None for any other.

    Raises:
        ApiError: the fault is a status (or `429-concurrency`) with the usual envelope.
    """
    if fault.name == "429-concurrency":
        raise busy()
    if fault.status is None:
        return None
    headers = _waits(fault, now)
    if fault.body == "envelope":
        raise ApiError(fault.status, headers=headers)
    if fault.body == "html":
        return Reply(fault.status, {**_HTML_HEADERS, **headers}, _HTML)
    return Reply(fault.status, headers)


def lost_answer(fault: Fault) -> Reply | None:
    """Return what happens instead of an answer (reset, silence, redirect), or None where there is one."""
    if fault.name in {"reset", "reset-billed"}:
        return Reply(0, {}, manner=Manner.RESET)
    if fault.name in {"hang", "hang-billed"}:
        return Reply(0, {}, manner=Manner.HANG, seconds=fault.seconds)
    return None


def spoil_answer(fault: Fault, payload: Payload) -> Reply:
    """Return the billed answer `payload` as the fault would have it."""
    spoil = _ANSWERS.get(fault.name)
    return json_reply(payload) if spoil is None else spoil(fault, payload)


def spoil_picture(fault: Fault, reply: Reply) -> Reply:
    """Return the picture's answer as the fault would have it."""
    spoil = _PICTURES.get(fault.name)
    return reply if spoil is None else spoil(fault, reply)


def redirect(fault: Fault, status: int) -> Reply:
    """Return a redirect of that status to where the fault says."""
    return Reply(status, {"Location": fault.text})


def _waits(fault: Fault, now: float) -> dict[str, str]:
    if fault.status == 429:
        reset = now + fault.seconds
        written = str(math.ceil(reset)) if math.isfinite(reset) else str(reset)
        return {"X-RateLimit-Remaining": "0.000000", "X-RateLimit-Reset": written}
    return {"Retry-After": fault.text} if fault.text else {}


def _changed(**changes: object) -> Callable[[Fault, Payload], Reply]:
    return lambda _fault, payload: json_reply({**payload, **changes})


def _under(status: int) -> Callable[[Fault, Payload], Reply]:
    return lambda _fault, payload: json_reply(payload, status=status)


def _travelling(manner: Manner) -> Callable[[Fault, Payload], Reply]:
    return lambda fault, payload: replace(json_reply(payload), manner=manner, seconds=fault.seconds)


def _html(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, _HTML_HEADERS, _HTML)


def _empty(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, _JSON_HEADERS)


def _no_content(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(204, {})


def _cut(_fault: Fault, payload: Payload) -> Reply:
    whole = json_reply(payload)
    return replace(whole, body=whole.body[: len(whole.body) // 2])


def _bom(_fault: Fault, payload: Payload) -> Reply:
    whole = json_reply(payload)
    return replace(whole, body=b"\xef\xbb\xbf" + whole.body)


def _items(payload: Payload) -> list[Payload]:
    data = payload["data"]
    return list(data) if isinstance(data, list) else []


def _null_url(_fault: Fault, payload: Payload) -> Reply:
    first, *others = _items(payload)
    return json_reply({**payload, "data": [{**first, "url": None}, *others]})


def _no_url(_fault: Fault, payload: Payload) -> Reply:
    first, *others = _items(payload)
    without = {name: value for name, value in first.items() if name != "url"}
    return json_reply({**payload, "data": [without, *others]})


def _no_data(_fault: Fault, payload: Payload) -> Reply:
    return json_reply({name: value for name, value in payload.items() if name != "data"})


def _few(_fault: Fault, payload: Payload) -> Reply:
    return json_reply({**payload, "data": _items(payload)[:-1]})


def _many(_fault: Fault, payload: Payload) -> Reply:
    items = _items(payload)
    return json_reply({**payload, "data": [*items, items[-1]]})


def _error_200(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, _JSON_HEADERS, ApiError(500).body())


def _deep(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, _JSON_HEADERS, b"[" * _NESTING + b"]" * _NESTING)


def _digits(_fault: Fault, payload: Payload) -> Reply:
    data = json.dumps(payload["data"])
    return Reply(200, _JSON_HEADERS, f'{{"created": {"9" * _DIGITS}, "data": {data}}}'.encode())


def _huge(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, _JSON_HEADERS, b'{"created": 1, "padding": "0', manner=Manner.ENDLESS)


def _bomb(_fault: Fault, _payload: Payload) -> Reply:
    return Reply(200, {**_JSON_HEADERS, "Content-Encoding": "gzip"}, manner=Manner.BOMB)


_ANSWERS: Final[Mapping[str, Callable[[Fault, Payload], Reply]]] = MappingProxyType(
    {
        "drip": _travelling(Manner.DRIP),
        "short": _travelling(Manner.SHORT),
        "early-hints": _travelling(Manner.EARLY_HINTS),
        "html": _html,
        "cut": _cut,
        "empty": _empty,
        "null-url": _null_url,
        "no-url": _no_url,
        "no-data": _no_data,
        "null-data": _changed(data=None),
        "empty-data": _changed(data=[]),
        "few": _few,
        "many": _many,
        "error-200": _error_200,
        "bom": _bom,
        "deep": _deep,
        "digits": _digits,
        "201": _under(201),
        "202": _under(202),
        "204": _no_content,
        "huge": _huge,
        "gzip-bomb": _bomb,
    }
)


def _picture_travelling(manner: Manner) -> Callable[[Fault, Reply], Reply]:
    return lambda fault, reply: replace(reply, manner=manner, seconds=fault.seconds)


def _halved(_fault: Fault, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _flipped(_fault: Fault, reply: Reply) -> Reply:
    body = bytearray(reply.body)
    if body:
        body[len(body) // 2] ^= 0x10
    return replace(reply, body=bytes(body))


def _picture_of(body: bytes) -> Callable[[Fault, Reply], Reply]:
    return lambda _fault, reply: replace(reply, body=body)


def _picture_redirect(fault: Fault, _reply: Reply) -> Reply:
    return redirect(fault, 302)


_PICTURES: Final[Mapping[str, Callable[[Fault, Reply], Reply]]] = MappingProxyType(
    {
        "cut": _picture_travelling(Manner.SHORT),
        "half": _halved,
        "html": _picture_of(_HTML),
        "flip": _flipped,
        "empty": _picture_of(b""),
        "drip": _picture_travelling(Manner.DRIP),
        "endless": _picture_travelling(Manner.ENDLESS),
        "redirect": _picture_redirect,
    }
)
