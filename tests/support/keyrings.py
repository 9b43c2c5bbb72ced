"""Keyrings for the program under test: `PYTHON_KEYRING_BACKEND=support.keyrings.Remembering`, with `PYTHONPATH`.

What they keep lies in the JSON file that `TEST_KEYRING` names.
"""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError


class Remembering(KeyringBackend):
    """One that works."""

    priority = 1

    @property
    def _file(self) -> Path:
        return Path(os.environ["TEST_KEYRING"])

    def _all(self) -> dict[str, str]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self._file.write_text(json.dumps(self._all() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        """Keep it no longer."""
        kept = self._all()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("nothing is kept")
        self._file.write_text(json.dumps(kept))


class Forgetful(Remembering):
    """One that takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep nothing."""


class Broken(KeyringBackend):
    """One that cannot be asked."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Fail."""
        raise KeyringError("the vault is \x1b[31mlocked\nfor good")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Fail."""
        raise KeyringError("the vault is locked")

    def delete_password(self, service: str, username: str) -> None:
        """Fail."""
        raise KeyringError("the vault is locked")


class Exploding(Broken):
    """One that ends whatever asks it."""

    def get_password(self, service: str, username: str) -> str | None:
        """Raise what nobody catches."""
        raise SystemExit(77)
