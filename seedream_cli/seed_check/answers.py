"""What seed checks found, kept beside the history for each service and model: so that reruns can remind of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.files.statefile import change_state, read_state

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from seedream_cli.seed_check.likeness import Verdict

_NAME: Final = "seed-checks.json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check found.

    Attributes:
        verdict: how the two pictures compare.
        likeness: of their outlines, at most 1.
        at: ISO 8601 UTC.
    """

    verdict: Verdict
    likeness: float
    at: str


def keep(folder: Path, origin: str, model: str, answer: Answer) -> None:
    """Keep an answer in place of an earlier one.

    Args:
        folder: beside the history.

    Raises:
        LocalFileError: where it cannot be written.
    """
    entry = {"verdict": answer.verdict, "likeness": answer.likeness, "at": answer.at}

    def change(old: bytes) -> bytes:
        checks = {**_decode(old), _key(origin, model): entry}
        return json.dumps({"v": 1, "checks": checks}, indent=2).encode() + b"\n"

    path = folder / _NAME
    try:
        change_state(path, change)
    except OSError as error:
        raise LocalFileError(f"{path} cannot be written: {error.strerror or error}") from error


def without_seeds(folder: Path, origin: str, models: Collection[str]) -> list[str]:
    """Return those of some models of which a check said that they do not honour seeds."""
    try:
        checks = _decode(read_state(folder / _NAME))
    except OSError:  # a reminder is no reason to fail
        return []
    found = (checks.get(_key(origin, model)) for model in models)
    pairs = zip(models, found, strict=True)
    return [model for model, entry in pairs if isinstance(entry, dict) and entry.get("verdict") == "unrelated"]


def _key(origin: str, model: str) -> str:
    return f"{origin} {model}"


def _decode(data: bytes) -> dict[str, Any]:
    """Return what was kept; a damaged file counts as empty, since a check can be made again."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    checks = document.get("checks") if isinstance(document, dict) else None
    return checks if isinstance(checks, dict) else {}
