"""The request and the answer of the images API, to and from the wire.

A request that exists is valid. Fields, defaults and limits are those of the API's specification; the seed is always
sent, since the answer carries none.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from seedream_cli import catalog
from seedream_cli.errors import InputError
from seedream_cli.safetext import SHORTEST_SECRET, holds_key, redact
from seedream_cli.sizes import parse_size

MAX_PROMPT_CHARACTERS: Final = 1_000_000
"""Bound of ours, far above any the service can have: it keeps a record of the history a few megabytes at most."""

_WHITE: Final = " \t\n\r\v\f"
_FOR_URLS: Final = str.maketrans("-_", "+/")
"""From the alphabet of base64 that may stand in URLs to the usual one."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One POST to `/images/generations`.

    Attributes:
        model: model id.
        prompt: the prompt, literal text.
        negative_prompt: what to keep out of the picture, or None.
        size: `WxH` in pixels.
        seed: 0 to 4294967295.
        n: images, 1 to 4, each billed.

    Raises:
        InputError: from the constructor, where a value cannot be sent.
    """

    model: str
    prompt: str
    negative_prompt: str | None
    size: str
    seed: int
    n: int = 1

    def __post_init__(self) -> None:
        check_prompt(self.prompt)
        check_text("the negative prompt", self.negative_prompt or "")
        check_text("the model", self.model)
        parse_size(self.size)
        if not 0 <= self.seed <= catalog.MAX_SEED:
            raise InputError(f"seed {self.seed} is outside 0 to {catalog.MAX_SEED}")
        if not 1 <= self.n <= catalog.MAX_IMAGES_PER_REQUEST:
            raise InputError(f"a request draws 1 to {catalog.MAX_IMAGES_PER_REQUEST} images, not {self.n}")

    def body(self) -> bytes:
        """Return the request's JSON, UTF-8."""
        fields: dict[str, Any] = {
            "model": self.model,
            "prompt": self.prompt,
            "size": self.size,
            "n": self.n,
            "seed": self.seed,
        }
        if self.negative_prompt is not None:
            fields["negative_prompt"] = self.negative_prompt
        return json.dumps(fields, ensure_ascii=False).encode()


def check_prompt(prompt: str) -> None:
    """Raise `InputError` where the prompt is empty, far too long or not text."""
    if not prompt.strip():
        raise InputError("the prompt is empty")
    check_text("the prompt", prompt)


def check_text(name: str, text: str) -> None:
    """Raise `InputError` where the text cannot go over the wire."""
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise InputError(f"{name} has {len(text)} characters; at most {MAX_PROMPT_CHARACTERS} are sent")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{name} is not valid UTF-8", hint="locale charmap   # the terminal's encoding: is it UTF-8?"
        ) from None


class Picture(NamedTuple):
    """One item of an answer: where the picture is, or the picture itself, or both.

    Attributes:
        url: pre-signed URL, a secret; None where only the bytes came.
        data: the picture's bytes where the server answered base64, else None.
        revised_prompt: the prompt as the service rewrote it, or None.
    """

    url: str | None
    data: bytes | None
    revised_prompt: str | None


class Answer(NamedTuple):
    """What a 2xx answer holds.

    Attributes:
        pictures: exactly as many as were asked for, None where the answer has no picture at that place.
        more: items beyond those, perhaps billed.
        raw: its first bytes without the key, to be kept where a picture is missing, is none, or more came; empty where
            none of that can be.
    """

    pictures: tuple[Picture | None, ...]
    more: int
    raw: bytes = b""

    @property
    def just_addresses(self) -> bool:
        """Whether it is the addresses of as many pictures as were asked for."""
        return not self.more and all(picture is not None and picture.url is not None for picture in self.pictures)


class AnswerError(ValueError):
    """A body of 2xx in which there is no answer; the message says what was wrong in words of ours."""


def parse_answer(body: bytes, *, n: int, key: str | None) -> Answer:
    """Read the body of a 2xx answer; what of it is to be kept is the caller's to say.

    Args:
        body: JSON as received.
        n: how many pictures were asked for.
        key: the API key, taken out of any text that the server echoes.

    Raises:
        AnswerError: where it holds no usable picture at all.
    """
    data = _items(_decode(body))
    pictures = tuple(_picture(item, key) for item in data[:n])
    pictures += (None,) * (n - len(pictures))
    if not any(pictures):
        raise AnswerError("no item of the answer has a picture")
    return Answer(pictures, max(len(data) - n, 0))


def _decode(body: bytes) -> object:
    if not body.strip():
        raise AnswerError("the answer is empty")
    try:
        return json.loads(body, parse_int=float)  # an int of thousands of digits would be an error; none is needed
    except RecursionError:
        raise AnswerError("the answer is nested too deeply") from None
    except ValueError:  # bad JSON, bad UTF-8
        raise AnswerError("the answer is not JSON") from None


def _items(answer: object) -> list[object]:
    if not isinstance(answer, dict):
        raise AnswerError("the answer is not an object")
    if answer.get("error") and not answer.get("data"):
        raise AnswerError("the answer says 2xx and holds an error")
    data = answer.get("data")
    if not isinstance(data, list):
        raise AnswerError("the answer has no list")
    if not data:
        raise AnswerError("the answer's list is empty")
    return data


def _picture(item: object, key: str | None) -> Picture | None:
    if not isinstance(item, dict):
        return None
    revised = item.get("revised_prompt")
    text = redact(revised, key) if isinstance(revised, str) else None
    url, data = item.get("url"), _bytes(item.get("b64_json"))
    if isinstance(url, str) and url.strip() and not _holds_key(url, key):
        return Picture(url.strip(_WHITE), data or None, text)
    return Picture(None, data, text) if data else None


def _bytes(encoded: object) -> bytes | None:
    """Return what is written in base64, as a data URL or alone, in either alphabet, filled up or not; else None."""
    if not isinstance(encoded, str):
        return None
    from base64 import b64decode

    text = "".join((encoded.partition("base64,")[2] or encoded).split()).rstrip("=")
    try:
        return b64decode(text.translate(_FOR_URLS) + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return None


def _holds_key(url: str, key: str | None) -> bool:
    """Whether following an address would hand the key to whoever is there; a word like `test` is no secret."""
    return key is not None and len(key) >= SHORTEST_SECRET and holds_key(url, key)


def parse_models(body: bytes) -> list[str]:
    """Read the body of a list of models and return their ids.

    Raises:
        AnswerError: where it holds no such list.
    """
    items = _items(_decode(body))
    return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]


def parse_balance(body: bytes) -> float | None:
    """Read the body of an account and return the USD available in it, None where it does not say.

    Raises:
        AnswerError: where it holds no account.
    """
    document = _decode(body)
    balance = document.get("balance") if isinstance(document, dict) else None
    if not isinstance(balance, dict):
        raise AnswerError("the answer has no balance")
    usd = balance.get("available_usd")
    return usd if isinstance(usd, float) and math.isfinite(usd) else None


class Failure(NamedTuple):
    """What an answer outside 2xx says.

    Attributes:
        message: in the server's words, without secrets; empty where it said nothing readable.
        code: the service's code (`invalid_param`, …), or None.
    """

    message: str
    code: str | None


def parse_failure(body: bytes, *, key: str | None) -> Failure:
    """Read the body of an answer outside 2xx: the OpenAI envelope, its relatives, or plain text. Never raises."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return Failure(_plain(body, key), None)
    error = document.get("error", document) if isinstance(document, dict) else document
    if isinstance(error, dict):
        code = error.get("code") or error.get("type")
        message = error.get("message") or error.get("detail") or ""
        return Failure(
            redact(str(message), key)[:500] if isinstance(message, str) else "",
            redact(code, key)[:64] if isinstance(code, str) else None,
        )
    return Failure(redact(error, key)[:500] if isinstance(error, str) else "", None)


def _plain(body: bytes, key: str | None) -> str:
    text = body[:2000].decode("utf-8-sig", "replace").strip()
    return "" if text.startswith("<") else redact(text, key)[:200]
