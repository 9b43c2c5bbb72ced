"""Keys in the system's keyring, by the optional library `keyring`: what is missing or broken there breaks nothing here.

Its backends are other people's code, found at run time: each call is bounded, and whatever it raises is a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from seedream_cli.api.deadlines import within

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE: Final = "seedream"
"""The name under which keys are stored; the user's name there is the origin."""

_PATIENCE: Final = 60.0
"""Seconds for the system, which may ask for a password before it opens the keyring."""

_LONGEST_REASON: Final = 200
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Kept:
    """A key that a keyring gave.

    Attributes:
        key: a secret: not in `repr`.
        name: of the keyring.
    """

    key: str = field(repr=False)
    name: str


class _AbsentError(Exception):
    """There is no keyring here."""


class _BrokenError(Exception):
    """The keyring failed; the message says how."""


def look_up(origin: str) -> tuple[Kept | None, str | None]:
    """Return the key stored for an origin, or why the keyring could not be asked; both None where it has none."""

    def ask() -> Kept | None:
        import keyring

        key = keyring.get_password(SERVICE, origin)
        return Kept(key, _name()) if key else None

    try:
        return _bounded(ask), None
    except _AbsentError:
        return None, None
    except _BrokenError as error:
        return None, str(error)


def store(origin: str, key: str) -> str | None:
    """Store a key for an origin, and return the keyring's name; None where there is none that keeps it."""

    def keep() -> str | None:
        import keyring

        keyring.set_password(SERVICE, origin, key)
        # Some backends take anything and keep nothing.
        return _name() if keyring.get_password(SERVICE, origin) == key else None

    try:
        return _bounded(keep)
    except (_AbsentError, _BrokenError):
        return None


def remove(origin: str) -> tuple[str | None, str | None]:
    """Remove the key of an origin; return the keyring's name where there was one, and what went wrong, or None."""

    def drop() -> str | None:
        import keyring

        if not keyring.get_password(SERVICE, origin):
            return None
        keyring.delete_password(SERVICE, origin)
        return _name()

    try:
        return _bounded(drop), None
    except _AbsentError:
        return None, None
    except _BrokenError as error:
        return None, str(error)


def _name() -> str:
    import keyring

    return f"the system's keyring ({keyring.get_keyring().name})"


def _bounded(call: Callable[[], _Result]) -> _Result:
    """Return what a call returns.

    Raises:
        _AbsentError: where the library is not installed, or finds no keyring.
        _BrokenError: where anything else went wrong, or it took too long.
    """

    def guarded() -> _Result:
        try:
            return call()
        except BaseException as error:  # code of unknown backends
            raise _told(error) from error

    try:
        return within(_PATIENCE, guarded)
    except OSError as error:
        raise _BrokenError(error.strerror or f"no answer within {_PATIENCE:.0f} s") from error


def _told(error: BaseException) -> Exception:
    """Return what a backend raised as one of ours."""
    if (isinstance(error, ModuleNotFoundError) and error.name == "keyring") or type(error).__name__ == "NoKeyringError":
        return _AbsentError()
    return _BrokenError((str(error) or type(error).__name__).partition("\n")[0][:_LONGEST_REASON])
