"""Where the API key comes from. It is never an option's value, and nothing here shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.errors import MissingKeyError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "BYTESPIKE_API_KEY"
_LONGEST: Final = 4096


def read_key(environment: Mapping[str, str]) -> str:
    """Return the API key.

    Raises:
        MissingKeyError: where there is none, or one that no header can carry.
    """
    key = environment.get(VARIABLE, "").strip()
    if not key:
        raise MissingKeyError(
            "no API key",
            hint=f"export {VARIABLE}=…, or draw stand-in pictures without one: add --sandbox",
        )
    if len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise MissingKeyError("the API key has characters that no key has", hint=f"set {VARIABLE} again")
    return key
