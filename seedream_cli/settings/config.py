"""The user's configuration file: defaults of options, and what no option says."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.files.statefile import LARGEST, read_state
from seedream_cli.safetext import to_type

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Final[dict[str, str]] = {
    "model": "text",
    "size": "text",
    "negative": "text",
    "jobs": "a whole number",
    "max_cost": "a number",
    "timeout": "a number",
    "max_wait": "a number",
    "embed": "true or false",
    "preview": "true or false",
}
"""Options of the drawing commands that the file may give a default for, under the same names, and what they are."""

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "a whole number": (int,),
    "a number": (int, float),
    "true or false": (bool,),
}
OTHERS: Final = ("dir", "daily_cap", "max_in_flight", "download_hosts", "prices")
"""What else the file may say."""

DEFAULT_FOLDER: Final = "drafts"
"""Where pictures go where nobody says anything."""

_TOO_MUCH: Final = 1_000_000
"""USD that no price and no day's cap reaches."""

_BELOW: Final = f" and below {_TOO_MUCH:,}"


@dataclass(frozen=True, slots=True)
class Config:
    """What the configuration file says; all of it may be missing.

    Attributes:
        options: defaults of command-line options, not yet checked: the command line's own rules do that.
        folder: default of `--dir`.
        prices: USD an image, by model id.
        download_hosts: hosts excepted from the ban on private addresses, lower case.
        daily_cap: USD that may be spent in one UTC day by one history, or None for no cap.
        max_in_flight: requests in flight at once, of all commands together, or None where that is to be learned.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    folder: str | None = None
    prices: Mapping[str, float] = field(default_factory=dict)
    download_hosts: frozenset[str] = frozenset()
    daily_cap: float | None = None
    max_in_flight: int | None = None


def config_path(environment: Mapping[str, str]) -> Path:
    """Return where the configuration lies: `SEEDREAM_CONFIG`, or the user's configuration folder."""
    if given := environment.get("SEEDREAM_CONFIG"):
        return Path(given)
    import platformdirs

    return platformdirs.user_config_path("seedream", appauthor=False) / "config.toml"


def history_path(environment: Mapping[str, str]) -> Path:
    """Return where the history lies: `SEEDREAM_HISTORY`, or the user's data folder."""
    if given := environment.get("SEEDREAM_HISTORY"):
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("seedream", appauthor=False) / "history.jsonl"


def is_none(path: Path) -> bool:
    """Whether a path is the null device: the usual way to say that there is no configuration."""
    return os.fspath(path) == os.devnull


def read_config(path: Path) -> Config:
    """Read the configuration; a missing file says nothing.

    Raises:
        InputError: where it holds what it may not: a limit that is misspelt must not be a limit that is off.
        LocalFileError: where it cannot be read.
    """
    if is_none(path):
        return Config()
    try:
        text = read_state(path)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise LocalFileError(f"the configuration {path} cannot be read: {error.strerror or error}") from error
    return parse_config(text, path)


def parse_config(text: bytes, path: Path) -> Config:
    """Read the text of a configuration.

    Args:
        path: named in errors.

    Raises:
        InputError: where it holds what it may not.
    """
    reader = _Reader(path)
    return reader.config(reader.parse(text))


def parse_toml(text: bytes, path: Path) -> dict[str, Any]:
    """Read the text of a configuration whatever it says; raises `InputError` where it is not TOML."""
    return _Reader(path).parse(text)


def is_finite(number: float) -> bool:
    """Whether a number is one, and no whole number so long that it is beyond any other."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def check_values(table: dict[str, Any]) -> None:
    """Raise `InputError` where the file may not hold these values."""
    _Reader(None).config(table)


class _Reader:
    """Reads one file, naming it in every error; without a path, values that are in none yet."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def config(self, table: dict[str, Any]) -> Config:
        known = (*OPTIONS, *OTHERS)
        for name in table:
            if name not in known:
                near = get_close_matches(name, known, 1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise self._fault(f"unknown key '{name}'", f"{meant}seedream config unset {to_type(name, 'KEY')}")
        for name, kind in OPTIONS.items():
            if name in table and not _is(kind, table[name]):
                raise self._wrong(name, kind)
        return Config(
            options={name: table[name] for name in OPTIONS if name in table},
            folder=self._folder(table.get("dir")),
            prices=self._prices(table.get("prices", {})),
            download_hosts=self._hosts(table.get("download_hosts", [])),
            daily_cap=self._daily_cap(table.get("daily_cap")),
            max_in_flight=self._max_in_flight(table.get("max_in_flight")),
        )

    def parse(self, text: bytes) -> dict[str, Any]:
        import tomllib

        if len(text) > LARGEST:
            raise self._fault("the file is larger than 1 MB")
        try:
            return tomllib.loads(text.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise self._fault(f"not valid TOML: {error}") from error

    def _folder(self, value: object) -> str | None:
        if value is not None and not (isinstance(value, str) and value):
            raise self._wrong("dir", "a folder")
        return value

    def _prices(self, value: object) -> dict[str, float]:
        if not isinstance(value, dict) or not all(_is_price(price) for price in value.values()):
            table = f"'prices' must be a table of model = USD an image, 0 or more{_BELOW}"
            raise self._fault(table, 'prices = { "seedream-v4" = 0.025 }')
        return {model: float(price) for model, price in value.items()}

    def _hosts(self, value: object) -> frozenset[str]:
        if not isinstance(value, list) or not all(isinstance(host, str) and _is_host(host) for host in value):
            raise self._wrong("download_hosts", "a list of host names, without https://, port or path")
        return frozenset(host.lower() for host in value)

    def _daily_cap(self, value: object) -> float | None:
        if value is None:
            return None
        if not _is_price(value) or not value:
            raise self._fault(f"'daily_cap' must be USD above 0{_BELOW}", "daily_cap = 5.00")
        return float(value)  # type: ignore[arg-type]

    def _max_in_flight(self, value: object) -> int | None:
        if value is not None and not (type(value) is int and value >= 1 and is_finite(value)):
            raise self._fault("'max_in_flight' must be a whole number of at least 1", "max_in_flight = 25")
        return value

    def _wrong(self, name: str, kind: str) -> InputError:
        """Return the error of a value that is not of its kind, with the command that takes it out of the file."""
        hint = None if self._path is None else unset_hint(name, self._path)
        return self._fault(f"'{name}' must be {kind}", hint)

    def _fault(self, message: str, hint: str | None = None) -> InputError:
        if self._path is None:
            return InputError(message, hint=hint)
        return InputError(f"{self._path}: {message}", hint=hint or f"edit {to_type(str(self._path), 'FILE')}")


def unset_hint(name: str, path: Path) -> str:
    """Return what helps where a file holds a wrong value for a setting."""
    return f"seedream config unset {name}   # or edit {to_type(str(path), 'FILE')}"


def _is_host(text: str) -> bool:
    """Whether a URL may have that for its host: a name, or an address, of which only one of IPv6 has colons."""
    return bool(text) and text.count(":") != 1 and not any(each.isspace() or each in "/?#@[]*" for each in text)


def _is(kind: str, value: object) -> bool:
    # By exact type: true is a whole number to Python, and nobody's limit.
    return type(value) in _TYPES[kind] and (not isinstance(value, int | float) or is_finite(value))


def _is_price(value: object) -> bool:
    return type(value) in {int, float} and 0 <= value < _TOO_MUCH  # type: ignore[operator]
