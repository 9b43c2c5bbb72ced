"""Errors as the API words them: a status, and the OpenAI envelope around a code."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        429: "rate_limit_error",
    }
)

_DEFAULTS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        400: ("invalid_param", "The request is not valid."),
        401: ("invalid_api_key", "No API key was sent, or it is not valid."),
        402: ("insufficient_balance", "The balance does not cover this request."),
        403: ("permission_denied", "This key may not do that."),
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take that method."),
        408: ("request_timeout", "The request took too long to arrive."),
        411: ("length_required", "Send the body whole, with a Content-Length."),
        413: ("prompt_too_long", "The prompt is too long."),
        414: ("uri_too_long", "The address is too long."),
        415: ("unsupported_media_type", "Send the body as application/json."),
        416: ("range_not_satisfiable", "The picture has no such range of bytes."),
        429: ("rate_limit_exceeded", "The spend bucket is empty until X-RateLimit-Reset."),
        431: ("headers_too_large", "The headers are too many or too long."),
        451: ("content_policy_violation", "The prompt was blocked by the safety filter."),
    }
)


class ApiError(Exception):
    """An answer outside 2xx; nothing is billed for it.

    Attributes:
        status: HTTP status.
        code: machine-readable code, by default the API's usual one for this status.
        message: a sentence for people, never with anything that the client sent.
        param: the field at fault, or None.
        headers: headers that this answer needs beyond the usual ones.
    """

    def __init__(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        usual_code, usual_message = _usual(status)
        self.status = status
        self.code = code or usual_code
        self.message = message or usual_message
        self.param = param
        self.headers = dict(headers or {})
        super().__init__(self.message)

    def body(self) -> bytes:
        """Return the JSON envelope, UTF-8."""
        error = {
            "message": self.message,
            "type": _type(self.status),
            "code": self.code,
            "param": self.param,
        }
        return json.dumps({"error": error}).encode()


def invalid(param: str, message: str) -> ApiError:
    """Return the refusal (400 `invalid_param`) of the field `param`."""
    return ApiError(400, "invalid_param", message, param=param)


def busy() -> ApiError:
    """Return the refusal (429 `concurrency_limit`) of a request beyond the account's in-flight cap."""
    return ApiError(429, "concurrency_limit", "Too many requests of this account are in flight.")


def _usual(status: int) -> tuple[str, str]:
    if status >= 500:
        return "upstream_error", "The upstream service failed."
    return _DEFAULTS.get(status, ("request_failed", "The request failed."))


def _type(status: int) -> str:
    if status >= 500:
        return "api_error"
    return _TYPES.get(status, "invalid_request_error")
