"""What a run consists of and what it tells: jobs in, events out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seedream_cli.api.generation import ImageRequest
    from seedream_cli.api.headers import Quota
    from seedream_cli.drafts import Draft
    from seedream_cli.errors import APIError, CapError, LocalFileError, SeedreamError


@dataclass(frozen=True, slots=True)
class Job:
    """One request and the drafts that its pictures will be, in their order."""

    request: ImageRequest
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft, for now or for good.

    Attributes:
        draft: with its new status, recorded.
        path: of its picture, as typed by the user; None where there is none.
        error: why not, or None.
        notices: what the user should know about the picture.
    """

    draft: Draft
    path: str | None = None
    error: SeedreamError | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request will be sent again in so many seconds, because of an error that cost nothing."""

    error: APIError
    seconds: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Drafts were not asked for, since another run asks for the same pictures."""

    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Capped:
    """Nothing further is begun, since it would cost more than the user allows."""

    error: CapError


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """An answer told what is left to spend."""

    quota: Quota


@dataclass(frozen=True, slots=True)
class Surplus:
    """An answer held more than was asked for.

    Attributes:
        draft: the first of the request.
        items: how many more, perhaps billed.
        kept: path of the answer, or None where it could not be kept.
    """

    draft: Draft
    items: int
    kept: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something could not be recorded after money was spent; the work goes on."""

    error: LocalFileError


@dataclass(frozen=True, slots=True)
class Crash:
    """A thread met a bug."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Signalled:
    """The process was told to stop, by the signal of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class GraceOver:
    """What was in flight when the run was interrupted has had its time."""


Event = Outcome | Waiting | Taken | Capped | QuotaSeen | Surplus | Trouble | Crash | Signalled | GraceOver
