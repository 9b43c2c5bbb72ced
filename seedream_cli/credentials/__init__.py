"""Where the API key comes from. It is never an option's value, and nothing here shows it.

The environment's key goes where the environment says. A key that was stored goes to the origin for which it was stored
and to no other, whatever `SEEDREAM_BASE_URL` says later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from seedream_cli.api.origins import origin_of
from seedream_cli.credentials import keyfile, system
from seedream_cli.errors import MissingKeyError
from seedream_cli.safetext import to_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIABLE: Final = "BYTESPIKE_API_KEY"
_LONGEST: Final = 4096
_TELLING_LENGTH: Final = 16
"""Characters from which on the last four of a key give little of it away."""

Source = Literal["environment", "keyring", "file"]


@dataclass(frozen=True, slots=True)
class FoundKey:
    """An API key, and where it was found.

    Attributes:
        key: a secret: not in `repr`.
        source: which kind of place.
        place: the variable, the file, or the keyring's name.
    """

    key: str = field(repr=False)
    source: Source
    place: str

    @property
    def ending(self) -> str | None:
        """The key's last four characters, or None where it is so short that they would tell too much."""
        return self.key[-4:] if len(self.key) >= _TELLING_LENGTH else None


def read_key(environment: Mapping[str, str], base_url: str, *, warn: Callable[[str], None] = lambda _: None) -> str:
    """Return the API key for a service.

    Args:
        environment: variables.
        base_url: of the service, as `check_base_url` returns it.
        warn: takes a warning, of a file that others can read.

    Raises:
        MissingKeyError: where there is none, or one that no header can carry.
    """
    return find_key(environment, base_url, warn=warn).key


def find_key(
    environment: Mapping[str, str], base_url: str, *, warn: Callable[[str], None] = lambda _: None
) -> FoundKey:
    """Return the API key for a service and where it was found; like `read_key`.

    The keyring is looked at last: to import it takes longer than all else that a short command does.

    Raises:
        MissingKeyError: where there is none, or one that no header can carry.
    """
    origin = origin_of(base_url)
    if given := environment.get(VARIABLE, "").strip():
        check_key(given, hint=f"set {VARIABLE} again")
        return FoundKey(given, "environment", VARIABLE)
    path = keyfile.keys_path()
    stored = keyfile.read_keys(path)
    if (key := stored.get(origin)) is not None:
        if others := keyfile.readable_by_others(path):
            warn(f"others can read your key in {path} (mode {others}): chmod 600 {to_type(str(path), 'FILE')}")
        check_key(key, hint="seedream auth login")
        return FoundKey(key, "file", str(path))
    found, trouble = system.look_up(origin)
    if found is not None:
        check_key(found.key, hint="seedream auth login")
        return FoundKey(found.key, "keyring", found.name)
    raise _missing(origin, sorted(stored), trouble)


def check_key(key: str, *, hint: str) -> None:
    """Raise `MissingKeyError` where a key is longer than any, or has characters that no header carries."""
    if len(key) > _LONGEST:
        raise MissingKeyError(f"the API key has {len(key)} characters, more than any key has", hint=hint)
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise MissingKeyError("the API key has characters that no key has", hint=hint)


def store_key(key: str, base_url: str) -> FoundKey:
    """Store a key for a service: in the system's keyring where that keeps it, else in a private file.

    Returns:
        The key and where it is now.

    Raises:
        LocalFileError: where it cannot be stored.
    """
    origin = origin_of(base_url)
    path = keyfile.keys_path()
    name = system.store(origin, key)
    if name is not None:
        keyfile.drop_key(path, origin)  # an old one would be found first
        return FoundKey(key, "keyring", name)
    keyfile.put_key(path, origin, key)
    return FoundKey(key, "file", str(path))


def remove_key(base_url: str) -> tuple[list[str], str | None]:
    """Remove what is stored for a service.

    Returns:
        The places from which a key was removed, and what went wrong with the keyring, or None.

    Raises:
        LocalFileError: where a file cannot be changed.
    """
    origin = origin_of(base_url)
    path = keyfile.keys_path()
    removed = [str(path)] if keyfile.drop_key(path, origin) else []
    name, trouble = system.remove(origin)
    return [*removed, *([name] if name is not None else [])], trouble


def _missing(origin: str, others: list[str], trouble: str | None) -> MissingKeyError:
    message = "no API key"
    if others:
        message += f" for {origin} (one is stored for {', '.join(others)}, and goes nowhere else)"
    if trouble is not None:
        message += f"; the system's keyring cannot be read: {trouble}"
    return MissingKeyError(
        message,
        hint=f"seedream auth login, or export {VARIABLE}=…; or draw stand-in pictures without one: add --sandbox",
    )
