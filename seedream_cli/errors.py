"""Everything that can go wrong, drawn as one tree.

Each error carries plain values only: what to tell the user, a command to type and an exit status, which says whether
money was spent: 8 perhaps, 9 yes, any other no, save that the picture of an `UnrecordedError` (10) was paid for. None
holds a key, a signed URL or a request object. The names of the API's errors are those that users of OpenAI-compatible
clients know.

    SeedreamError
    ├── InputError                  a value, a file's content, an unknown draft
    ├── LocalFileError              a file or folder of this machine
    │   └── UnrecordedError         a picture is there, and the history does not know
    ├── CapError                    the user's own limit on cost
    ├── MissingKeyError
    ├── Stopped                     the run was stopped before the request left
    ├── DownloadError               the picture is paid for and not here yet
    │   └── RefusedDownloadError    … and asking again would not help
    └── APIError
        ├── APIConnectionError      nothing was sent
        │   └── TLSError
        ├── OutcomeUnknownError     sent, no answer
        │   └── UnusableAnswerError … or a 2xx that cannot be used
        └── APIStatusError          the service said no: free
            ├── BadRequestError · AuthenticationError · PermissionDeniedError
            ├── InsufficientBalanceError · ContentBlockedError
            └── RateLimitError · ServerError
"""

from __future__ import annotations

from typing import ClassVar

from seedream_cli.exits import ExitStatus


class SeedreamError(Exception):
    """Base of all errors that are not bugs.

    Attributes:
        message: one line for the user, possibly with text from outside: show it through `safetext`.
        hint: a command to type or a fact that helps, or None.
        exit_status: what the process returns when this ends it.
    """

    exit_status: ClassVar[ExitStatus] = ExitStatus.BUG
    default_hint: ClassVar[str | None] = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint


class InputError(SeedreamError):
    """What the user gave is wrong; nothing was sent.

    Attributes:
        option: the name of the command's parameter that it is about, or None.
        instead: a value that would do for it, where one is known.
    """

    exit_status = ExitStatus.USAGE

    def __init__(
        self, message: str, *, hint: str | None = None, option: str | None = None, instead: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.option = option
        self.instead = instead


class LocalFileError(SeedreamError):
    """A file or folder of this machine cannot be read or written."""

    exit_status = ExitStatus.LOCAL
    default_hint = "seedream doctor   # looks at folders, files and the disk"


class UnrecordedError(LocalFileError):
    """A picture is saved, and the history cannot be written: to it, the draft is not."""


class CapError(SeedreamError):
    """The plan costs more than the user allows."""

    exit_status = ExitStatus.MONEY


class MissingKeyError(SeedreamError):
    """No API key, or one that cannot be sent."""

    exit_status = ExitStatus.KEY


class Stopped(SeedreamError):  # noqa: N818 - a decision of the user's, not a fault
    """The run was stopped before this request left; what stopped it says the command's status."""

    exit_status = ExitStatus.OK


class DownloadError(SeedreamError):
    """A picture that was paid for could not be fetched or saved; another attempt may do it."""

    exit_status = ExitStatus.UNSAVED


class RefusedDownloadError(DownloadError):
    """A picture's address or answer is one that no further attempt would mend."""


class APIError(SeedreamError):
    """The request failed.

    Attributes:
        status: HTTP status of the answer, or None where there was none.
        code: the service's own word for it, or None.
    """

    exit_status = ExitStatus.SERVICE

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class APIConnectionError(APIError):
    """No connection: nothing was sent, nothing billed."""

    default_hint = "nothing was billed; seedream doctor   # looks at the network"


class TLSError(APIConnectionError):
    """The connection was refused by the rules of TLS; another attempt would end the same."""


class OutcomeUnknownError(APIError):
    """The request went out and no answer came back: perhaps billed."""

    exit_status = ExitStatus.UNKNOWN


class UnusableAnswerError(OutcomeUnknownError):
    """An answer of 2xx that holds no pictures: perhaps billed.

    Attributes:
        raw: the first bytes of the answer, to be kept.
    """

    def __init__(self, message: str, *, status: int, raw: bytes) -> None:
        super().__init__(message, status=status)
        self.raw = raw


class APIStatusError(APIError):
    """An answer outside 2xx; failures are never billed."""


class BadRequestError(APIStatusError):
    """400, 404, 413 and other 4xx: the request itself is at fault."""

    exit_status = ExitStatus.USAGE


class AuthenticationError(APIStatusError):
    """401: the key is not valid."""

    exit_status = ExitStatus.KEY
    default_hint = "look where the key comes from: seedream auth status"


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""

    exit_status = ExitStatus.KEY
    default_hint = "this key may not use that model: see `seedream models`"


class InsufficientBalanceError(APIStatusError):
    """402: the account or the key's quota is empty."""

    exit_status = ExitStatus.MONEY
    default_hint = "top up the account; `seedream history list --status failed` shows what was not drawn"


class ContentBlockedError(APIStatusError):
    """451: the safety filter upstream blocked the prompt."""

    exit_status = ExitStatus.BLOCKED
    default_hint = "a blocked draft is not billed: seedream history list --status blocked"


class RateLimitError(APIStatusError):
    """429: too fast.

    Attributes:
        concurrency: True where too many requests are in flight, False where a spend bucket is empty.
        wait: seconds to wait as the service told it, or None where it told nothing sensible.
    """

    exit_status = ExitStatus.RATE_LIMITED
    default_hint = "the same command, later or with a longer wait, such as --max-wait 1800"

    def __init__(self, message: str, *, status: int, code: str | None, concurrency: bool, wait: float | None) -> None:
        super().__init__(message, status=status, code=code)
        self.concurrency = concurrency
        self.wait = wait


class ServerError(APIStatusError):
    """5xx, 408 and redirects: the service failed.

    Attributes:
        retryable: True for 5xx.
        wait: seconds to wait as the service told it, or None.
    """

    default_hint = "nothing was billed; seedream doctor   # asks the service how it is"

    def __init__(self, message: str, *, status: int, code: str | None, retryable: bool, wait: float | None) -> None:
        super().__init__(message, status=status, code=code)
        self.retryable = retryable
        self.wait = wait
