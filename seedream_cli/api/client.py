"""The thin HTTP layer: one attempt of one request to the images API, its answer or a typed error.

The key goes to the API's origin and nowhere else: no redirect is followed, no connection is shared with downloads, and
every paid request opens a connection of its own, since a stale one fails in a way that cannot be told from a lost
answer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar

from seedream_cli.api.connection import Clients, Exchange
from seedream_cli.api.generation import (
    Answer,
    AnswerError,
    ImageRequest,
    parse_answer,
    parse_balance,
    parse_failure,
    parse_models,
)
from seedream_cli.api.headers import Quota, read_quota, told_wait
from seedream_cli.api.origins import is_loopback_url
from seedream_cli.api.packing import PackedError, is_said_packed, unpacked
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ContentBlockedError,
    InsufficientBalanceError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TLSError,
    UnusableAnswerError,
)
from seedream_cli.safetext import packed_forms, redact, spelt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Decoded; what is larger is not an answer. Four pictures in base64 fit."""

KEPT_BYTES: Final = 64 * 1024
"""How much of an answer that cannot be used, or not all of it, is kept, and how much of a failure's body is read."""

_Answer = TypeVar("_Answer")
_LONGEST_FORM: Final = 12
"""Characters in which one character of the key may be spelt."""

_HINTS: Final = {"model_not_found": "seedream models --live   # those that the key may use"}
"""By the service's word."""

_PLAIN_STATUS: Final[dict[int, type[APIStatusError]]] = {
    401: AuthenticationError,
    402: InsufficientBalanceError,
    403: PermissionDeniedError,
    451: ContentBlockedError,
}
_HINTS_OF_QUESTIONS: Final[dict[type[APIStatusError], str]] = {
    PermissionDeniedError: "this key may not ask for that; where it comes from: seedream auth status",
    RateLimitError: "nothing was billed; the same command, later",
}
"""What helps where a free question was refused."""


class ImagesClient:
    """Speaks to the images API of one origin; safe to use from many threads.

    Args:
        base_url: as `check_base_url` returns it.
        key: API key.
        clients: makes the HTTP client.
        timeout: seconds one request may take as a whole.
        clock: returns Unix time in seconds.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        clients: Clients,
        *,
        timeout: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        import httpx

        self._base_url = base_url
        self._key = key
        self._timeout = timeout
        self._clock = clock
        self._deadlines = clients.deadlines
        self._http = clients.client(loopback=is_loopback_url(base_url), timeout=timeout)
        # Parsed once: a URL costs as much to parse as the rest of a request to make.
        self._generations = httpx.URL(f"{base_url}/images/generations")

    def close(self) -> None:
        """Close connections that are still open."""
        self._http.close()

    def generate(
        self, request: ImageRequest, *, on_sent: Callable[[], None], on_quota: Callable[[Quota], None]
    ) -> Answer:
        """Send the request once.

        Args:
            request: what to draw.
            on_sent: called when the first byte is about to leave: from then on money may be spent.
            on_quota: called with the quota that an answer tells, whatever else it says.

        Raises:
            APIError: of the kind that says what happened and whether money was spent.
        """
        import httpx

        exchange = Exchange(self._deadlines, self._timeout, on_sent=on_sent)
        try:
            with exchange:
                return self._exchange(request, exchange, on_quota)
        except APIError:
            raise
        except Exception as error:
            if exchange.sent:
                raise OutcomeUnknownError(_lost(error, exchange, self._timeout)) from error
            # OSError and UnicodeError: no descriptors or threads left, or a name that the resolver does not take.
            if isinstance(error, httpx.TransportError | OSError | UnicodeError):
                raise _not_sent(error, exchange) from error
            raise

    def models(self, *, on_headers: Callable[[Mapping[str, str]], None] = lambda _: None) -> list[str]:
        """Return the ids of the models that the key may use: free, and proof that the key is alive.

        Args:
            on_headers: called with the answer's headers, whatever else it says.

        Raises:
            APIError: where the service did not answer so; nothing is billed in any case.
        """
        ids = self._ask(f"{self._base_url}/models", parse_models, on_headers)
        return [redact(model, self._key) for model in ids]

    def balance(self) -> float | None:
        """Return the USD that the account has, None where the answer does not say: free.

        Raises:
            APIError: where the service did not answer so; nothing is billed in any case.
        """
        root = self._base_url.removesuffix("/v1")
        return self._ask(f"{root}/api/v1/me/account", parse_balance, lambda _: None)

    def _ask(
        self, url: str, parse: Callable[[bytes], _Answer], on_headers: Callable[[Mapping[str, str]], None]
    ) -> _Answer:
        import httpx

        headers = {"x-api-key": self._key}
        exchange = Exchange(self._deadlines, self._timeout)
        extensions = {"trace": exchange.trace}
        try:
            with exchange, self._http.stream("GET", url, headers=headers, extensions=extensions) as response:
                on_headers(response.headers)
                self._check(response)
                body = bytearray()
                _read_into(body, response)
                return parse(bytes(body))
        except (PermissionDeniedError, RateLimitError) as error:
            error.hint = _HINTS_OF_QUESTIONS[type(error)]  # its own are about drawing
            raise
        except AnswerError as error:
            raise APIConnectionError(
                f"the service's answer to a free question cannot be read: {error}",
                hint="look at SEEDREAM_BASE_URL: seedream doctor",
            ) from error
        # OSError and UnicodeError: as in `generate`.
        except (httpx.TransportError, OSError, UnicodeError) as error:
            raise _not_sent(error, exchange) from error

    def _exchange(self, request: ImageRequest, exchange: Exchange, on_quota: Callable[[Quota], None]) -> Answer:
        message = self._http.build_request(
            "POST",
            self._generations,
            content=request.body(),
            headers={
                "x-api-key": self._key,
                "content-type": "application/json",
                "accept": "application/json",
            },
            extensions={"trace": exchange.trace},
        )
        response = self._http.send(message, stream=True)
        try:
            on_quota(read_quota(response.headers))
            self._check(response)
            return self._answer(response, request.n, exchange)
        finally:
            response.close()

    def _check(self, response: httpx.Response) -> None:
        if not response.is_success:
            raise self._failure(response)

    def _answer(self, response: httpx.Response, n: int, exchange: Exchange) -> Answer:
        body = bytearray()
        try:
            _read_into(body, response)
            answer = parse_answer(bytes(body), n=n, key=self._key)
            return answer if answer.just_addresses else answer._replace(raw=self._raw(body))
        except AnswerError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - whatever broke it, the status said that it was billed
            reason = f"the answer broke off ({type(error).__name__})"
        if exchange.expired:
            reason = f"the answer did not end within {self._timeout:g} s"
        raw = self._raw(body)
        raise UnusableAnswerError(f"{reason} (HTTP {response.status_code})", status=response.status_code, raw=raw)

    def _raw(self, body: bytearray) -> bytes:
        """Return what of an answer may be kept."""
        return _without(self._key, bytes(body))[:KEPT_BYTES]

    def _failure(self, response: httpx.Response) -> APIStatusError:
        """Make the error of an answer outside 2xx; its status alone says that it was free, whatever its body does."""
        body = bytearray()
        try:
            for block in response.iter_raw():
                body += block[: KEPT_BYTES - len(body)]
                if len(body) >= KEPT_BYTES:
                    break
        except Exception:  # noqa: BLE001, S110
            pass
        text = _unpacked(bytes(body), KEPT_BYTES)[0] if is_said_packed(response.headers) else bytes(body)
        said = parse_failure(text, key=self._key)
        status = response.status_code
        unsaid = "a redirect, which is never followed with a key" if 300 <= status < 400 else "no reason given"
        message = f"{said.message or unsaid} (HTTP {status})"
        if status == 429:
            concurrency = said.code == "concurrency_limit"
            wait = told_wait(response.headers, now=self._clock(), concurrency=concurrency)
            return RateLimitError(message, status=status, code=said.code, concurrency=concurrency, wait=wait)
        if status in _PLAIN_STATUS:
            return _PLAIN_STATUS[status](message, status=status, code=said.code)
        if 400 <= status < 500 and status != 408:
            return BadRequestError(message, status=status, code=said.code, hint=_HINTS.get(said.code or ""))
        wait = told_wait(response.headers, now=self._clock(), concurrency=True)
        error = ServerError(message, status=status, code=said.code, retryable=500 <= status < 600, wait=wait)
        if 300 <= status < 400:
            error.hint = "nothing was billed; is SEEDREAM_BASE_URL right? seedream doctor"
        return error


def _read_into(body: bytearray, response: httpx.Response) -> None:
    """Read an answer and unpack it, each as far as it goes; what came stays in `body` whatever is raised."""
    whole = True
    try:
        for block in response.iter_raw():
            body += block
            if len(body) > MAX_ANSWER_BYTES:
                break
    finally:
        if is_said_packed(response.headers):
            plain, whole = _unpacked(bytes(body), MAX_ANSWER_BYTES)
            body[:] = plain or body
    if len(body) > MAX_ANSWER_BYTES:
        raise AnswerError(f"the answer is larger than {MAX_ANSWER_BYTES // 2**20} MB")
    if not whole:
        raise AnswerError("the answer is compressed, unasked, and cannot be unpacked")


def _unpacked(packed: bytes, limit: int) -> tuple[bytes, bool]:
    """Return what a compressed body holds, up to the first step beyond a limit, and whether that is all of it."""
    plain = bytearray()
    try:
        for part in unpacked([packed]):
            plain += part
            if len(plain) > limit:
                return bytes(plain), False
    except PackedError:
        return bytes(plain), False
    return bytes(plain), True


def _without(key: str, body: bytes) -> bytes:
    """Take the key out of the part of an answer that is kept, also where the answer broke off inside it."""
    text = body.replace(key.encode(), b"[key]").decode("latin-1")
    key = key.encode().decode("latin-1")
    for form in (key, *packed_forms(key)):
        cut = next((length for length in range(len(form) - 1, 3, -1) if text.endswith(form[:length])), 0)
        text = text[: len(text) - cut]
    # What begins in the part that is kept is looked at to its end; what has no end in an answer is no key.
    window = text[: KEPT_BYTES + _LONGEST_FORM * len(key)]
    made, at = "", 0
    for found in spelt(key).finditer(window):
        if found.start() >= KEPT_BYTES:
            break
        made += window[at : found.start()] + "[key]"
        at = found.end()
    return (made + window[at : max(at, KEPT_BYTES)]).encode("latin-1")


def _lost(error: Exception, exchange: Exchange, timeout: float) -> str:
    import httpx

    # Where nothing comes at all, a single read takes as long as the whole may, and either may be over first.
    if exchange.expired or isinstance(error, httpx.TimeoutException):
        return f"the request went out and no answer came within {timeout:g} s"
    return "the request went out and the connection was lost before an answer came"


def _not_sent(error: Exception, exchange: Exchange) -> APIConnectionError:
    import re

    import httpx

    reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
    if isinstance(error, httpx.ProxyError):
        return APIConnectionError(f"the proxy refused: {reason}", hint="look at HTTPS_PROXY")
    timed_out = exchange.expired or isinstance(error, httpx.TimeoutException)
    if not timed_out and _is_of_tls(error):
        return TLSError(f"no secure connection to the service: {reason}", hint="look at SSL_CERT_FILE and the clock")
    if exchange.sent:  # a free question
        reason = "no answer in time" if exchange.expired else reason
        return APIConnectionError(f"the service does not answer: {reason}", hint="nothing was billed; try again later")
    if timed_out:
        reason = "no connection in time"
    hint = "nothing was sent; seedream doctor   # looks at the network"
    return APIConnectionError(f"cannot reach the service: {reason}", hint=hint)


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether TLS itself failed; a connection that was lost during the handshake may come about the next time."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None and not isinstance(error, ssl.SSLEOFError)
