"""Changing the configuration file: in one step, under a lock, with its comments and order kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedream_cli.errors import LocalFileError
from seedream_cli.settings import PRICES, config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def put(path: Path, key: str, value: object) -> None:
    """Write a setting into the file; comments and order stay.

    Raises:
        InputError: where the file is not valid TOML.
        LocalFileError: where it cannot be changed.
    """

    def change(document: Any) -> None:
        if not key.startswith(PRICES):
            document[key] = value
            return
        if not isinstance(document.get("prices"), dict):
            import tomlkit

            document["prices"] = tomlkit.table()
        document["prices"][key.removeprefix(PRICES)] = value

    _change(path, change)


def take_out(path: Path, key: str) -> bool:
    """Take a key out of the file, also one that should not be there, and return whether it was there.

    Raises:
        InputError: where the file is not valid TOML.
        LocalFileError: where it cannot be changed.
    """
    found = False

    def change(document: Any) -> None:
        nonlocal found
        if key in document:
            found = True
            del document[key]
            return
        prices = document.get("prices")
        model = key.removeprefix(PRICES)
        if key.startswith(PRICES) and isinstance(prices, dict) and model in prices:
            found = True
            del prices[model]
            if not prices:
                del document["prices"]

    _change(path, change, missing_ok=True)
    return found


def _change(path: Path, change: Callable[[Any], None], *, missing_ok: bool = False) -> None:
    import tomlkit

    from seedream_cli.files.statefile import change_state

    def changed(old: bytes) -> bytes:
        config.parse_toml(old, path)  # the reader's own rules first: what it cannot read is not touched
        document = tomlkit.parse(old.decode("utf-8-sig"))
        change(document)
        new = tomlkit.dumps(document).encode()
        config.parse_toml(new, path)
        return new

    if missing_ok and not path.exists():
        return
    try:
        change_state(path, changed)
    except OSError as error:
        raise LocalFileError(f"the configuration {path} cannot be written: {error.strerror or error}") from error
