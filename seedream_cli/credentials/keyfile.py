"""Keys in a private file, for systems without a keyring: one for each origin, in the user's configuration folder."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.files.statefile import change_state, read_state
from seedream_cli.safetext import to_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAME: Final = "keys.json"


def keys_path() -> Path:
    """Return where keys are stored.

    It is not beside the file that `SEEDREAM_CONFIG` names: that one may lie among files that are shared.
    """
    import platformdirs

    return platformdirs.user_config_path("seedream", appauthor=False) / _NAME


def read_keys(path: Path) -> dict[str, str]:
    """Return the stored keys by origin; none where there is no file.

    Raises:
        LocalFileError: where it cannot be read, or is not what was written.
    """
    try:
        return _decode(read_state(path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise LocalFileError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise _damaged(path) from None


def readable_by_others(path: Path) -> str | None:
    """Return the file's mode where others than its owner may read it, else None; Windows has no such modes."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    return f"{mode:o}" if os.name == "posix" and mode & 0o077 else None


def put_key(path: Path, origin: str, key: str) -> None:
    """Store a key for an origin in place of an earlier one.

    Raises:
        LocalFileError: where it cannot be written.
    """
    _change(path, lambda keys: {**keys, origin: key})


def drop_key(path: Path, origin: str) -> bool:
    """Remove the key of an origin, and return whether there was one.

    Raises:
        LocalFileError: where the file cannot be changed.
    """
    if origin not in read_keys(path):
        return False
    _change(path, lambda keys: {name: key for name, key in keys.items() if name != origin})
    return True


def _change(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    try:
        change_state(path, lambda old: _encode(change(_decode(old))))
    except OSError as error:
        raise LocalFileError(f"{path} cannot be written: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        raise _damaged(path) from None


def _damaged(path: Path) -> LocalFileError:
    return LocalFileError(f"{path} is damaged", hint=f"rm {to_type(str(path), 'FILE')} && seedream auth login")


def _decode(data: bytes) -> dict[str, str]:
    document: Any = json.loads(data) if data else {"keys": {}}
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise ValueError("no keys")
    return keys


def _encode(keys: dict[str, str]) -> bytes:
    return json.dumps({"v": 1, "keys": keys}, indent=2).encode() + b"\n"
