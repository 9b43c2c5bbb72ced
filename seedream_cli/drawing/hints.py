"""The command to type where drafts did not come out as asked: what is free before what is billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seedream_cli.drafts import by_request
from seedream_cli.errors import (
    APIError,
    ContentBlockedError,
    InsufficientBalanceError,
    LocalFileError,
    RateLimitError,
    RefusedDownloadError,
    SeedreamError,
    ServerError,
    Stopped,
    UnrecordedError,
)
from seedream_cli.safetext import to_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft

NAMED: Final = 4
"""So many drafts are named one by one."""

_AGAIN: Final[dict[type[SeedreamError], str]] = {
    InsufficientBalanceError: "top up the account, then: seedream history rerun {}",
    ContentBlockedError: "a blocked draft is not billed; with other words: seedream history rerun {} --prompt TEXT",
    RateLimitError: "later, or with a longer wait: seedream history rerun {} --max-wait 1800",
    ServerError: "nothing was billed; later: seedream history rerun {}",
    Stopped: "seedream history rerun {}",
}
"""The command that asks again, by what kept a draft from being drawn."""

_ON: Final[dict[type[SeedreamError], str]] = {
    InsufficientBalanceError: "top up the account; then the same command goes on",
    ContentBlockedError: "a blocked draft is not billed; give its row other words, or try again with --retry-blocked",
    RateLimitError: "the same command goes on, later or with a longer wait: --max-wait 1800",
    ServerError: "nothing was billed; the same command goes on, later",
    Stopped: "the same command goes on",
}
"""How a batch goes on, by what kept its drafts from being drawn."""

_TOO_LARGE: Final = 413
_SHORTER: Final = "a shorter prompt: seedream history rerun {} --prompt TEXT"


def hint_for(drafts: Sequence[Draft], error: SeedreamError) -> str:
    """Return what helps drafts that ended alike, by one error."""
    status, real = drafts[0].status, not drafts[0].sandbox
    if isinstance(error, UnrecordedError):
        return _write_down(drafts)
    # What no further attempt would fetch says itself what would help.
    if status == "pending" and real and not (isinstance(error, RefusedDownloadError) and error.hint):
        return f"{'when that is mended: ' * isinstance(error, LocalFileError)}{fetch_hint(drafts)}"
    requests = by_request(drafts)
    # One of each request is enough: the others are drawn along.
    ids = " ".join(siblings[0].id for siblings in requests)
    if status == "unknown" and real:
        if len(requests) > NAMED:
            return "perhaps billed; to see them: seedream history list --status unknown"
        return f"perhaps billed; to send it again: seedream history rerun {ids}"
    again = _SHORTER if isinstance(error, APIError) and error.status == _TOO_LARGE else _AGAIN.get(type(error))
    if again is not None and error.hint == error.default_hint and len(requests) <= NAMED:
        # A draft of the sandbox is drawn again by the service where nothing else is said.
        return again.format(ids if real else f"{ids} --sandbox")
    return error.hint or f"seedream history show {drafts[0].id}"


def batch_hint_for(drafts: Sequence[Draft], error: SeedreamError) -> str:
    """Return what helps drafts of a batch that ended alike: mostly, its command draws again what is not there."""
    if drafts[0].status == "unknown" and not drafts[0].sandbox:
        return "perhaps billed; to send again what is unknown: the same command with --retry-unknown"
    on = _ON.get(type(error))
    return on if on is not None and error.hint == error.default_hint else hint_for(drafts, error)


def _write_down(drafts: Sequence[Draft]) -> str:
    paths = "PATH..." if len(drafts) > NAMED else " ".join(to_type(draft.path or "", "PATH") for draft in drafts)
    return f"seedream history import {paths}   # writes down, free, what is there"


def fetch_hint(drafts: Sequence[Draft]) -> str:
    """Return what fetches drafts that are paid for."""
    # What was saved once and is lost is fetched again only where it is named: perhaps it was thrown away.
    if not any(draft.path for draft in drafts):
        return "seedream history pull   # fetches it free while the URL lives"
    if len(drafts) > NAMED:
        return "the same command fetches them free while their URLs live, or: seedream history pull ID..."
    return f"seedream history pull {' '.join(draft.id for draft in drafts)}   # fetches it free while the URL lives"
