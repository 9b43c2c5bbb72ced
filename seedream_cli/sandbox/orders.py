"""The body of a generation request, read as strictly as the API documents it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seedream_cli import catalog
from seedream_cli.sandbox.envelope import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PROMPT_CHARACTERS: Final = 32_000
"""Longest prompt, and longest negative prompt, in characters; the API names no figure for its 413."""

BLOCKED_WORD: Final = "[blocked]"
"""A prompt with this word in it is answered 451, as the safety filter would."""

_FORMATS: Final = ("url", "b64_json")


@dataclass(frozen=True, slots=True)
class Order:
    """A generation request that the API would accept.

    Attributes:
        model: the catalogue's entry.
        prompt: 1 to 32,000 characters.
        negative_prompt: up to 32,000 characters, empty where none was sent.
        width: pixels.
        height: pixels.
        n: how many images, 1 to 4.
        seed: 0 to 4294967295, or None where none was sent.
        response_format: `url` or `b64_json`.
    """

    model: catalog.Model
    prompt: str
    negative_prompt: str
    width: int
    height: int
    n: int
    seed: int | None
    response_format: str

    @property
    def size(self) -> str:
        """Size as `WxH`."""
        return f"{self.width}x{self.height}"


def read_order(body: bytes) -> Order:
    """Read the JSON body of a generation request; unknown fields are ignored.

    Raises:
        ApiError: 400, 413 or 451, naming the field at fault.
    """
    fields = _object(body)
    model = _model(fields)
    width, height = _size(fields, model)
    order = Order(
        model=model,
        prompt=_text(fields, "prompt", required=True),
        negative_prompt=_text(fields, "negative_prompt", required=False),
        width=width,
        height=height,
        n=_integer(fields, "n", 1, catalog.MAX_IMAGES_PER_REQUEST) or 1,
        seed=_integer(fields, "seed", 0, catalog.MAX_SEED),
        response_format=_format(fields),
    )
    if BLOCKED_WORD in order.prompt:
        raise ApiError(451, param="prompt")
    return order


def _object(body: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "invalid_param", "The body is not valid JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_param", "The body must be a JSON object.")
    return value


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _model(fields: Mapping[str, object]) -> catalog.Model:
    name = fields.get("model")
    if not isinstance(name, str) or not name:
        raise invalid("model", "model is required and must be a string.")
    model = catalog.find(name)
    if model is None:
        known = ", ".join(each.id for each in catalog.MODELS)
        raise ApiError(400, "model_not_found", f"There is no such model; there are {known}.", param="model")
    return model


def _size(fields: Mapping[str, object], model: catalog.Model) -> tuple[int, int]:
    size = fields.get("size", model.default_size)
    if not isinstance(size, str) or size not in model.sizes:
        raise invalid("size", f"size must be one of {', '.join(model.sizes)}.")
    width, _, height = size.partition("x")
    return int(width), int(height)


def _text(fields: Mapping[str, object], name: str, *, required: bool) -> str:
    value = fields.get(name, "" if not required else None)
    if not isinstance(value, str):
        raise invalid(name, f"{name} must be a string.")
    if required and not value:
        raise invalid(name, f"{name} must not be empty.")
    if len(value) > MAX_PROMPT_CHARACTERS:
        raise ApiError(413, message=f"{name} is longer than {MAX_PROMPT_CHARACTERS} characters.", param=name)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise invalid(name, f"{name} is not valid Unicode.")
    return value


def _integer(fields: Mapping[str, object], name: str, lowest: int, highest: int) -> int | None:
    if name not in fields:
        return None
    value = fields[name]
    # JSON's true is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise invalid(name, f"{name} must be an integer from {lowest} to {highest}.")
    return value


def _format(fields: Mapping[str, object]) -> str:
    value = fields.get("response_format", _FORMATS[0])
    if not isinstance(value, str) or value not in _FORMATS:
        raise invalid("response_format", f"response_format must be one of {', '.join(_FORMATS)}.")
    return value
