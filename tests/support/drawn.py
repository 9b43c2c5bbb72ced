"""Drafts that wait for their picture, and what fetches it: no history, no command line, no waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedream_cli.api.connection import Clients
from seedream_cli.drafts import Draft, Key, Target
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.saving.download import Downloader
from seedream_cli.saving.saver import Saver
from support.service import Service

HERE = AddressPolicy(loopback=True)
KEY = Key("https://api.example/v1", "seedream-v5lite", "a fox", None, "1024x1024", 7, 1, 1)


def draft(folder: Path | str, name: str | None = None, *, key: Key = KEY, **fields: Any) -> Draft:
    """A draft that has been answered: a `name` is a file to be replaced, none is a name of our own."""
    parts = (str(Path(folder) / name),) if name else (str(Path(folder) / "a-fox-7-abcdefghij12."), "")
    target = Target(parts, replace=name is not None)
    made = Draft("abcdefghij12", "2026-11-22T10:00:00Z", key, 0.012, target, "abcdefghij12", status="pending")
    return replace(made, **fields)


def url(service: Service, seed: int = 7) -> str:
    """Where the service has the picture of a seed."""
    return f"{service.address}/img/{seed}-0-0.png?X-Amz-Signature=secret"


@contextmanager
def downloader(policy: AddressPolicy = HERE, *, timeout: float = 10, clients: Any = None) -> Iterator[Downloader]:
    """What fetches, closed in the end."""
    made = Downloader(clients or Clients(), policy, timeout=timeout)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def saver(
    policy: AddressPolicy = HERE, *, embed: bool = False, timeout: float = 10, waits: list[float] | None = None
) -> Iterator[Saver]:
    """What saves; the waits between attempts are noted and not waited."""
    with downloader(policy, timeout=timeout) as fetching:
        yield Saver(fetching, embed=embed, wait=(waits if waits is not None else []).append)


def left_in(folder: Path) -> list[str]:
    """The names of everything in a folder."""
    return sorted(path.name for path in folder.iterdir())
