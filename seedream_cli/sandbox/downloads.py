"""A picture as an HTTP answer, whole or a range of it."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from seedream_cli.sandbox.envelope import ApiError
from seedream_cli.sandbox.messages import Reply, Request

_RANGE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def picture_reply(png: bytes, request: Request) -> Reply:
    """Return the picture, or the one range of bytes that a GET asks for.

    Raises:
        ApiError: 416 where the range is malformed, several, or beyond the picture.
    """
    etag = f'"{hashlib.sha256(png).hexdigest()[:32]}"'
    headers = {"Content-Type": "image/png", "ETag": etag, "Accept-Ranges": "bytes"}
    asked = request.header("range")
    if request.method != "GET" or not asked.startswith("bytes=") or _is_another(request, etag):
        return Reply(200, headers, png)
    first, last = _span(asked, len(png))
    headers["Content-Range"] = f"bytes {first}-{last}/{len(png)}"
    return Reply(206, headers, png[first : last + 1])


def _is_another(request: Request, etag: str) -> bool:
    return request.headers.get("if-range", etag) != etag


def _span(asked: str, length: int) -> tuple[int, int]:
    parts = _RANGE.fullmatch(asked)
    if parts is None or parts[0] == "bytes=-":
        raise _outside(length)
    if not parts[1]:
        first, last = max(0, length - int(parts[2])), length - 1
    else:
        first, last = int(parts[1]), int(parts[2] or length - 1)
        if last < first:
            raise _outside(length)
    if first >= length:
        raise _outside(length)
    return first, min(last, length - 1)


def _outside(length: int) -> ApiError:
    return ApiError(416, headers={"Content-Range": f"bytes */{length}"})
