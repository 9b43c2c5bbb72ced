"""One attempt of one request: its answer, or the error that says what happened and whether money was spent."""

import base64
import errno
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from support.replies import (
    CANARY_KEY,
    CANARY_SIGNATURE,
    EXIT_STATUS,
    FAILURE_BODIES,
    ODD_ANSWERS,
    RATE_LIMITS,
    STALLING_ANSWERS,
    UNUSABLE_ANSWERS,
    USABLE_ANSWERS,
    bucket_empty,
    chunked,
    cut,
    drip,
    echoing,
    error,
    failure,
    framed,
    ok,
    ok_b64,
    redirect,
    reset,
    reshaped,
    status_json,
)
from support.service import Proxy, Service, plain_port, refusing_port, silent_port

from seedream_cli.api.client import KEPT_BYTES, MAX_ANSWER_BYTES, ImagesClient
from seedream_cli.api.connection import Clients
from seedream_cli.api.deadlines import Deadlines
from seedream_cli.api.generation import ImageRequest, Picture
from seedream_cli.api.headers import Quota
from seedream_cli.api.origins import check_base_url
from seedream_cli.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ContentBlockedError,
    InputError,
    InsufficientBalanceError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    Stopped,
    TLSError,
    UnusableAnswerError,
)


@dataclass
class Asking:
    """A client, and what it announced."""

    client: ImagesClient
    sent: int = 0
    quotas: list[Quota] = field(default_factory=list)

    def generate(self, n: int = 1, prompt: str = "a lighthouse") -> tuple[Picture | None, ...]:
        """Send one request of seed 7."""
        request = ImageRequest("seedream-v5lite", prompt, None, "1024x1024", 7, n)
        answer = self.client.generate(request, on_sent=self._sending, on_quota=self.quotas.append)
        return answer.pictures

    def fails(self, n: int = 1) -> APIError:
        """Send one request and give the error that it ends with."""
        with pytest.raises(APIError) as caught:
            self.generate(n)
        return caught.value

    def _sending(self) -> None:
        self.sent += 1


@pytest.fixture
def connect() -> Iterator[Callable[..., Asking]]:
    """Makes clients of any base URL, and closes them in the end."""
    made: list[ImagesClient] = []

    def client(
        base_url: str, *, key: str = CANARY_KEY, timeout: float = 10, clients: Any = None, now: float | None = None
    ) -> Asking:
        clock = time.time if now is None else lambda: now
        made.append(ImagesClient(check_base_url(base_url), key, clients or Clients(), timeout=timeout, clock=clock))
        return Asking(made[-1])

    yield client
    for one in made:
        one.close()


@pytest.fixture
def asking(connect: Callable[..., Asking], service: Service) -> Asking:
    """A client of the service."""
    return connect(service.base_url)


# The request


def test_the_request_is_the_one_of_the_documentation(asking: Asking, service: Service) -> None:
    asking.generate(n=4)
    (post,) = service.ledger
    assert (post.method, post.target) == ("POST", "/v1/images/generations")
    assert (post.header("x-api-key"), post.header("content-type")) == (CANARY_KEY, "application/json")
    assert post.header("accept") == "application/json"
    assert post.header("authorization") is None
    assert post.json == {
        "model": "seedream-v5lite",
        "prompt": "a lighthouse",
        "size": "1024x1024",
        "n": 4,
        "seed": 7,
    }


def test_the_key_stands_in_one_header_and_nowhere_else(asking: Asking, service: Service) -> None:
    asking.generate()
    (post,) = service.ledger
    assert post.head.count(CANARY_KEY.encode()) == 1
    assert CANARY_KEY.encode() not in post.body


def test_every_paid_request_opens_a_connection_of_its_own(asking: Asking, service: Service) -> None:
    for _ in range(3):
        asking.generate()
    assert len({post.connection for post in service.ledger}) == 3


def test_a_prompt_of_a_million_characters_is_sent_whole(asking: Asking, service: Service) -> None:
    asking.generate(prompt="墨" * 1_000_000)
    assert service.ledger[0].json["prompt"] == "墨" * 1_000_000


def test_what_is_left_to_spend_is_told_by_answers_of_every_kind(asking: Asking, service: Service) -> None:
    service.script(ok(), error(400), status_json(200, {}, billed=True))
    asking.generate()
    asking.fails()
    asking.fails()
    assert [(quota.remaining_usd, quota.credits_usd) for quota in asking.quotas] == [(49.5, 31.4)] * 3


# Usable answers


@pytest.mark.parametrize("name", USABLE_ANSWERS)
def test_a_good_answer_gives_its_picture_however_it_is_wrapped(name: str, asking: Asking, service: Service) -> None:
    service.always(USABLE_ANSWERS[name])
    (picture,) = asking.generate()
    assert picture is not None
    assert (picture.url is None) == (name == "b64")
    assert picture.data in (None, service.picture_of(7))
    assert (service.posts, asking.sent) == (1, 1)


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_odd_answer_gives_its_picture_or_is_unknown(name: str, connect: Callable[..., Asking]) -> None:
    with Service() as service:
        service.always(ODD_ANSWERS[name].reply)
        asking = connect(service.base_url, timeout=0.5 if name.startswith("silent") else 10)
        try:
            assert asking.generate() != (None,)
        except APIError as error:
            assert error.exit_status in ODD_ANSWERS[name].statuses  # noqa: PT017 - either is right
        assert service.posts == 1


@pytest.mark.parametrize(
    "name",
    [
        *("201", "202 with pictures", "203", "206", "299", "byte order mark", "utf-16", "5,000 digits", "more items"),
        *("not a number", "time a string", "error beside data", "revised prompt an object", "b64 with prefix"),
        *("b64 null beside url", "length twice alike", "http/1.0", "encoding unknown", "reset after the whole"),
        *("gzip not gzip", "deflate not deflate", "b64 without padding", "b64 for urls"),
    ],
)
def test_these_odd_answers_give_their_picture(name: str, asking: Asking, service: Service) -> None:
    service.always(ODD_ANSWERS[name].reply)
    assert asking.generate() != (None,)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate"])
@pytest.mark.parametrize("split", [1, 7, 100_000])
def test_compression_that_was_not_asked_for_is_undone(
    coding: str, split: int, asking: Asking, service: Service
) -> None:
    pack = zlib.compress if coding == "deflate" else gzip.compress

    def change(body: bytes) -> tuple[list[tuple[str, str]], bytes]:
        body = body[:-1] + b', "x": "' + b"y" * 300_000 + b'"}'
        return [("Transfer-Encoding", "chunked"), ("Content-Encoding", coding)], chunked(pack(body), split)

    service.script(framed(change))
    assert asking.generate() != (None,)


def test_four_pictures_in_base64_fit(asking: Asking, service: Service) -> None:
    picture = bytes(range(256)) * (11 * 1024)
    service.script(ok_b64(picture))
    assert [found and found.data for found in asking.generate(n=4)] == [picture] * 4


@pytest.mark.parametrize("spoilt", [None, {"url": None}, {}, "soon", {"b64_json": "$"}])
def test_one_spoilt_item_costs_only_its_own_picture(spoilt: object, asking: Asking, service: Service) -> None:
    service.script(reshaped(lambda a: a | {"data": [*a["data"][:2], spoilt, *a["data"][3:]]}))
    assert [picture is None for picture in asking.generate(n=4)] == [False, False, True, False]


# Answers of 2xx that nobody can use


@pytest.mark.parametrize("name", UNUSABLE_ANSWERS)
def test_an_unusable_answer_is_unknown_and_its_beginning_is_kept(
    name: str, connect: Callable[..., Asking], service: Service
) -> None:
    service.always(UNUSABLE_ANSWERS[name])
    asking = connect(service.base_url, timeout=3600)  # what is read without end is no answer here
    error = asking.fails()
    assert isinstance(error, OutcomeUnknownError)
    assert error.exit_status == 8
    assert (service.posts, service.billed, asking.sent) == (1, 1, 1)
    raw = error.raw if isinstance(error, UnusableAnswerError) else b""
    assert len(raw) <= KEPT_BYTES
    assert CANARY_KEY.encode() not in raw
    assert CANARY_KEY not in error.message
    assert CANARY_SIGNATURE not in error.message


@pytest.mark.parametrize(
    "name",
    [
        *(
            "html",
            "text",
            "json null",
            "json cut",
            "nul bytes",
            "error inside",
            "secrets echoed",
            "202 task",
            "url null",
        ),
        *("deep nesting", "17 MB of space", "gzip broken", "gzip cut", "gzip bomb", "endless body"),
        *("reset mid body", "closed mid body", "length too long", "length too short", "chunk cut"),
    ],
)
def test_what_came_of_an_unusable_answer_is_kept(name: str, asking: Asking, service: Service) -> None:
    service.always(UNUSABLE_ANSWERS[name])
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw
    assert error.status in (200, 201, 202)


def test_what_is_compressed_in_an_unknown_way_is_kept_as_it_came(asking: Asking, service: Service) -> None:
    service.always(reshaped(lambda _: b"\x28\xb5\x2f\xfd packed", headers={"Content-Encoding": "zstd"}))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw == b"\x28\xb5\x2f\xfd packed"


def test_what_cannot_be_unpacked_is_kept_as_it_came(asking: Asking, service: Service) -> None:
    service.always(reshaped(lambda _: b"no gzip at all", headers={"Content-Encoding": "gzip"}))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw == b"no gzip at all"


@pytest.mark.parametrize("key", [CANARY_KEY, "another-kind-of-key-0123456789", "k3y"])
@pytest.mark.parametrize("before", [KEPT_BYTES - len(CANARY_KEY) + shift for shift in (-3, 0, 1, 9, 30)])
@pytest.mark.parametrize("times", [1, 3000])
def test_no_part_of_the_key_is_kept_wherever_the_kept_part_ends(
    key: str, before: int, times: int, connect: Callable[..., Asking], service: Service
) -> None:
    body = b"x" * before + key.encode() * times + b"!"
    service.always(status_json(200, body, billed=True))
    error = connect(service.base_url, key=key).fails()
    assert isinstance(error, UnusableAnswerError)
    kept = error.raw.replace(b"[key]", b"").replace(b"x", b"").rstrip(b"!")
    assert kept in b"[key]"
    assert len(error.raw) <= KEPT_BYTES


@pytest.mark.parametrize("form", ["hex", "base64", "json"])
@pytest.mark.parametrize("before", [0, KEPT_BYTES - 100, KEPT_BYTES - 30, KEPT_BYTES - 1])
@pytest.mark.parametrize("times", [1, 500])
def test_no_key_is_kept_in_another_form(form: str, before: int, times: int, asking: Asking, service: Service) -> None:
    spelt = {
        "hex": CANARY_KEY.encode().hex(),
        "base64": base64.b64encode(CANARY_KEY.encode()).decode(),
        "json": "".join(f"\\u{ord(character):04x}" for character in CANARY_KEY),
    }[form]
    service.always(status_json(200, b"!" * before + spelt.encode() * times + b"!", billed=True))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw.replace(b"[key]", b"").strip(b"!=") in b"[key]"


@pytest.mark.parametrize("length", [4, 20, 21, len(CANARY_KEY) - 1])
def test_no_part_of_the_key_is_kept_where_the_answer_broke_off_inside_it(
    length: int, asking: Asking, service: Service
) -> None:
    service.always(framed(lambda _: ([("Content-Length", "5000")], b"{" + CANARY_KEY.encode()[:length])))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw == b"{"


def test_a_packed_answer_without_its_end_is_not_taken_for_whole(asking: Asking, service: Service) -> None:
    told = {"Content-Encoding": "gzip"}
    service.script(reshaped(lambda answer: gzip.compress(json.dumps(answer).encode())[:-4], headers=told))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert "cannot be unpacked" in error.message
    assert json.loads(error.raw)["data"]


def test_no_key_is_kept_inside_what_was_packed(asking: Asking, service: Service) -> None:
    packed = gzip.compress(b"x" * 5000 + CANARY_KEY.encode() + bytes(range(256)) * 20)[:-12]
    service.always(reshaped(lambda _: packed, headers={"Content-Encoding": "gzip"}))
    error = asking.fails()
    assert isinstance(error, UnusableAnswerError)
    assert error.raw.startswith(b"x" * 5000 + b"[key]")


def test_what_may_be_read_and_kept_is_what_was_promised() -> None:
    assert (MAX_ANSWER_BYTES, KEPT_BYTES) == (16 << 20, 64 << 10)


def test_an_answer_of_16_mb_is_read_and_a_larger_one_is_not(asking: Asking, service: Service) -> None:
    def padded(size: int) -> Callable[[dict[str, Any]], bytes]:
        return lambda answer: json.dumps(answer).encode().ljust(size)

    service.script(reshaped(padded(MAX_ANSWER_BYTES)), reshaped(padded(MAX_ANSWER_BYTES + 1)))
    assert asking.generate() != (None,)
    assert "16 MB" in asking.fails().message


def test_a_packed_answer_of_16_mb_is_read_and_a_larger_one_is_not(asking: Asking, service: Service) -> None:
    def packed(size: int) -> Callable[[dict[str, Any]], bytes]:
        return lambda answer: gzip.compress(json.dumps(answer).encode().ljust(size))

    told = {"Content-Encoding": "gzip"}
    service.script(
        reshaped(packed(MAX_ANSWER_BYTES), headers=told), reshaped(packed(MAX_ANSWER_BYTES + 1), headers=told)
    )
    assert asking.generate() != (None,)
    assert "16 MB" in asking.fails().message


def test_what_unfolds_without_measure_is_unpacked_no_further_than_needed(asking: Asking, service: Service) -> None:
    bomb = gzip.compress(bytes(160 << 20))
    service.script(reshaped(lambda _: bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    try:
        error = asking.fails()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "16 MB" in error.message
    assert most < 100 << 20


@pytest.mark.parametrize("name", STALLING_ANSWERS)
def test_an_answer_that_does_not_come_in_time_is_unknown(name: str, connect: Callable[..., Asking]) -> None:
    with Service() as service:
        service.always(STALLING_ANSWERS[name])
        began = time.monotonic()
        error = connect(service.base_url, timeout=0.4).fails()
        assert time.monotonic() - began > 0.3
        assert error.exit_status == 8
        assert service.posts == 1


@pytest.mark.parametrize("name", ["silent", "headers drip", "body drips", "endless slow chunks"])
def test_an_answer_that_does_not_come_in_time_through_a_tunnel_is_unknown(
    name: str, connect: Callable[..., Asking], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls=True) as service, Proxy(("127.0.0.1", service.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        service.always(STALLING_ANSWERS[name])
        began = time.monotonic()
        error = connect("https://llm.bytespike.ai/v1", timeout=0.5).fails()
        assert time.monotonic() - began > 0.4
        assert (error.exit_status, service.posts, len(proxy.requests)) == (8, 1, 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("silent", "no answer came within 0.25 s"),
        ("body drips", "the answer did not end within 0.25 s"),
        ("endless slow chunks", "the answer did not end within 0.25 s"),
    ],
)
def test_what_takes_too_long_is_told_with_its_length(
    name: str, words: str, connect: Callable[..., Asking], service: Service
) -> None:
    service.always(STALLING_ANSWERS[name])
    assert words in connect(service.base_url, timeout=0.25).fails().message


@pytest.mark.parametrize("greeting", ["reset", "close", "reset mid request", "close mid request"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_lost_once_anything_may_have_left_is_unknown(
    greeting: Any, tls: bool, connect: Callable[..., Asking], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls=tls) as service:
        if tls:
            monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        service.script_connections(greeting)
        asking = connect(service.base_url)
        error = asking.fails()
        # A reset may already be there when the connection is: then nothing leaves.
        never_left = greeting == "reset" and asking.sent == 0
        assert (type(error), asking.sent) == ((APIConnectionError, 0) if never_left else (OutcomeUnknownError, 1))
        assert (service.connections, service.posts) == (1, 0)


# Failures, which are free


KIND = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientBalanceError,
    403: PermissionDeniedError,
    408: ServerError,
    429: RateLimitError,
    451: ContentBlockedError,
}


@pytest.mark.parametrize("status", [*EXIT_STATUS, 300, 304, 305, 306, 399, 416, 431, 499, 511, 599])
def test_every_status_is_free_and_of_its_kind_in_every_form(status: int, asking: Asking, service: Service) -> None:
    kind = KIND.get(status, BadRequestError if status // 100 == 4 else ServerError)
    for form in FAILURE_BODIES:
        service.script(failure(status, form))
        error = asking.fails()
        assert type(error) is kind, form
        assert error.status == status, form
        assert error.exit_status == EXIT_STATUS.get(status, 2 if status // 100 == 4 else 7), form
        assert len(error.message) < 600, form
        assert f"(HTTP {status})" in error.message, form
        if isinstance(error, ServerError):
            assert error.retryable == (status >= 500), form
    assert service.posts == len(FAILURE_BODIES)
    assert service.billed == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (300, "a redirect, which is never followed with a key (HTTP 300)"),
        (399, "a redirect, which is never followed with a key (HTTP 399)"),
        (400, "no reason given (HTTP 400)"),
        (503, "no reason given (HTTP 503)"),
    ],
)
def test_a_failure_that_says_nothing_is_told_by_its_status(
    status: int, said: str, asking: Asking, service: Service
) -> None:
    service.script(error(status, body=b""))
    assert asking.fails().message == said


@pytest.mark.parametrize("status", [600, 799, 999, 199])
def test_a_status_of_no_class_is_no_success_and_not_sent_again(
    status: int, connect: Callable[..., Asking], service: Service
) -> None:
    service.always(status_json(status, {}, billed=False))
    error = connect(service.base_url, timeout=0.5).fails()
    assert error.exit_status in (7, 8)
    assert not (isinstance(error, ServerError) and error.retryable)


BREAKING = {
    "drips": lambda reply: drip(reply, 0.3, "body"),  # without end, as far as a test goes
    "hangs": lambda reply: cut("mid-body", "hang", billed=False, of=reply),
    "closes": lambda reply: cut("mid-body", "close", billed=False, of=reply),
    "resets": lambda reply: reset("mid-body", billed=False, of=reply),
}


@pytest.mark.parametrize("how", BREAKING)
@pytest.mark.parametrize("status", [400, 402, 429, 451, 500, 503, 302])
def test_a_failure_is_free_however_its_body_breaks(status: int, how: str, connect: Callable[..., Asking]) -> None:
    with Service() as service:
        service.always(BREAKING[how](error(status, message="x" * 500)))
        failed = connect(service.base_url, timeout=0.4).fails()
        assert isinstance(failed, APIStatusError)
        assert failed.status == status


def test_a_failure_that_comes_in_pieces_is_told_whole(asking: Asking, service: Service) -> None:
    service.script(drip(error(400, message="too wide"), 0.001, "body"))
    assert asking.fails().message == "too wide (HTTP 400)"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
def test_a_failure_is_free_however_its_body_is_packed(coding: str, asking: Asking, service: Service) -> None:
    service.always(error(503, body=b"\x1f\x8b no gzip", headers={"Content-Encoding": coding}))
    assert type(asking.fails()) is ServerError


def test_a_failure_without_end_is_read_no_further_than_its_beginning(
    connect: Callable[..., Asking], service: Service
) -> None:
    service.always(cut("mid-body", "hang", billed=False, of=error(503, body=b"busy " * KEPT_BYTES)))
    assert type(connect(service.base_url, timeout=3600).fails()) is ServerError


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["{other}/v1/images/generations", "//{host}/x", "{here}", "", "file:///etc/passwd"])
def test_no_redirect_is_followed_with_a_key(status: int, where: str, asking: Asking, service: Service) -> None:
    with Service() as other:
        host = other.origin.partition("://")[2]
        service.always(redirect(status, where.replace("{other}", other.origin).replace("{host}", host)))
        error = asking.fails()
        assert isinstance(error, ServerError)
        assert (error.exit_status, error.retryable) == (7, False)
        assert (service.posts, len(service.others), other.connections) == (1, 0, 0)


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
@pytest.mark.parametrize("key", [CANARY_KEY, "another-kind-of-key-0123456789"])
def test_an_answer_that_repeats_secrets_is_told_without_them(
    status: int, key: str, connect: Callable[..., Asking], service: Service
) -> None:
    service.always(echoing(status))
    error = connect(service.base_url, key=key).fails()
    said = f"{error!r} {error.message} {error.code} {error.hint}"
    assert not any(secret in said for secret in (key, CANARY_KEY, CANARY_SIGNATURE))


# Being told to wait


def test_an_empty_bucket_is_told_apart_from_too_many_in_flight(asking: Asking, service: Service) -> None:
    service.script(bucket_empty(30), error(429), error(429, "rate_limit_exceeded", headers={"Retry-After": "9"}))
    errors = [asking.fails() for _ in range(3)]
    assert all(isinstance(error, RateLimitError) for error in errors)
    found = [(error.concurrency, error.wait and round(error.wait)) for error in errors]  # type: ignore[attr-defined]
    assert found[0][0] is False
    assert 28 <= (found[0][1] or 0) <= 31
    assert found[1] == (True, None)
    assert found[2][0] is False


@pytest.mark.parametrize("name", RATE_LIMITS)
def test_an_absurd_wait_is_none(name: str, asking: Asking, service: Service) -> None:
    service.always(RATE_LIMITS[name])
    error = asking.fails()
    assert isinstance(error, RateLimitError)
    assert error.wait is None or 0 < error.wait <= 3601


def test_a_failing_service_may_tell_when_to_come_back(asking: Asking, service: Service) -> None:
    service.script(error(503, headers={"Retry-After": "9"}), error(503, headers={"Retry-After": "1e9"}))
    assert [asking.fails().wait for _ in range(2)] == [9, None]  # type: ignore[attr-defined]


# Nothing sent


def test_where_nothing_listens_nothing_was_sent(connect: Callable[..., Asking]) -> None:
    asking = connect(f"http://127.0.0.1:{refusing_port()}/v1")
    error = asking.fails()
    assert (type(error), error.exit_status, asking.sent) == (APIConnectionError, 7, 0)


def test_where_no_connection_comes_about_in_time_nothing_was_sent(connect: Callable[..., Asking]) -> None:
    with silent_port() as port:
        asking = connect(f"http://127.0.0.1:{port}/v1", timeout=0.3)
        error = asking.fails()
        assert (type(error), asking.sent) == (APIConnectionError, 0)
        assert "no connection in time" in error.message


def test_a_proxy_that_drips_is_no_connection_in_time(
    connect: Callable[..., Asking], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", service.address)
    service.on_path("llm.bytespike.ai:443", drip(status_json(200, {}, billed=False), 0.05))
    error = connect("https://llm.bytespike.ai/v1", timeout=0.3).fails()
    assert (error.exit_status, error.message) == (7, "cannot reach the service: no connection in time")


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_sent(
    connect: Callable[..., Asking], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls="untrusted") as service:
        monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        asking = connect(service.base_url)
        assert (type(asking.fails()), asking.sent) == (TLSError, 0)
        assert (service.posts, service.fragments) == (0, [])


def test_https_to_a_port_that_speaks_http_sends_no_key(connect: Callable[..., Asking], service: Service) -> None:
    asking = connect(f"https://127.0.0.1:{service.port}/v1", timeout=0.5)
    assert (asking.fails().exit_status, asking.sent) == (7, 0)
    assert not any(CANARY_KEY.encode() in fragment for fragment in service.fragments)


def test_https_to_a_port_that_answers_in_plain_http_is_told_as_what_it_is(connect: Callable[..., Asking]) -> None:
    with plain_port(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") as port:
        asking = connect(f"https://127.0.0.1:{port}/v1")
        assert (type(asking.fails()), asking.sent) == (TLSError, 0)


@pytest.mark.parametrize("greeting", ["reset", "close", "hang"])
def test_a_connection_that_is_lost_while_it_is_made_secure_may_be_made_again(
    greeting: Any, connect: Callable[..., Asking], service: Service
) -> None:
    service.script_connections(greeting)
    asking = connect(f"https://127.0.0.1:{service.port}/v1", timeout=0.5)
    assert (type(asking.fails()), asking.sent) == (APIConnectionError, 0)


def test_a_free_question_that_gets_no_answer_over_tls_is_no_failure_of_tls(
    connect: Callable[..., Asking], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(tls=True) as service:
        monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_pem))
        service.on_path("/v1/models", STALLING_ANSWERS["silent"])
        asking = connect(service.base_url, timeout=0.4)
        with pytest.raises(APIConnectionError, match="does not answer: no answer in time") as caught:
            asking.client.models()
    assert type(caught.value) is APIConnectionError


def test_a_run_that_was_stopped_sends_nothing(asking: Asking, service: Service) -> None:
    def refuse() -> None:
        raise Stopped("stopped")

    request = ImageRequest("seedream-v5lite", "a lighthouse", None, "1024x1024", 7)
    with pytest.raises(Stopped):
        asking.client.generate(request, on_sent=refuse, on_quota=asking.quotas.append)
    assert (service.posts, service.fragments) == (0, [])


def test_a_client_that_was_closed_sends_nothing(asking: Asking, service: Service) -> None:
    asking.client.close()
    with pytest.raises(RuntimeError, match="closed"):
        asking.generate()
    assert (asking.sent, service.connections) == (0, 0)


# Every error of httpx's


def transport_errors(root: type[httpx.TransportError] = httpx.TransportError) -> Iterator[type[httpx.TransportError]]:
    yield root
    for kind in root.__subclasses__():
        yield from transport_errors(kind)


class Breaking(httpx.BaseTransport):
    """A transport that fails, before the first byte or after it."""

    def __init__(self, error: Exception, *, sent: bool) -> None:
        self._error = error
        self._sent = sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._sent:
            request.extensions["trace"]("http11.send_request_headers.started", {"request": _Message(request.method)})
        raise self._error


@dataclass
class _Message:
    """What httpcore's trace shows of a request."""

    name: str

    @property
    def method(self) -> bytes:
        return self.name.encode()


class BreakingClients(Clients):
    """In place of `Clients`: its clients fail in one way."""

    def __init__(self, error: Exception, *, sent: bool) -> None:
        super().__init__()
        self._transport = Breaking(error, sent=sent)

    def client(self, **_: object) -> httpx.Client:
        return httpx.Client(transport=self._transport)


EVERY_TRANSPORT_ERROR = sorted(set(transport_errors()), key=lambda kind: kind.__name__)


def test_httpx_has_the_errors_that_are_tried_here() -> None:
    assert len(EVERY_TRANSPORT_ERROR) >= 15


@pytest.mark.parametrize("kind", EVERY_TRANSPORT_ERROR, ids=lambda kind: kind.__name__)
def test_an_error_of_the_transport_is_judged_by_what_has_left_and_not_by_its_name(
    kind: type[httpx.TransportError], connect: Callable[..., Asking]
) -> None:
    unsent = connect("http://127.0.0.1:9/v1", clients=BreakingClients(kind("broken"), sent=False))
    assert isinstance(unsent.fails(), APIConnectionError)
    sent = connect("http://127.0.0.1:9/v1", clients=BreakingClients(kind("broken"), sent=True))
    assert type(sent.fails()) is OutcomeUnknownError
    assert (unsent.sent, sent.sent) == (0, 1)


@pytest.mark.parametrize(
    "error", [RuntimeError(), OSError(), MemoryError(), httpx.StreamError("x"), KeyError("x")], ids=repr
)
def test_even_a_bug_after_the_first_byte_is_an_outcome_unknown(
    error: Exception, connect: Callable[..., Asking]
) -> None:
    sent = connect("http://127.0.0.1:9/v1", clients=BreakingClients(error, sent=True))
    assert type(sent.fails()) is OutcomeUnknownError


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), UnicodeError("label too long")], ids=repr)
def test_what_the_system_refuses_before_the_first_byte_is_no_bug(
    error: Exception, connect: Callable[..., Asking]
) -> None:
    unsent = connect("http://127.0.0.1:9/v1", clients=BreakingClients(error, sent=False))
    assert isinstance(unsent.fails(), APIConnectionError)


class Threadless(Deadlines):
    """Deadlines on a system that allows no further thread."""

    def add(self, seconds: float, call: Callable[[], None]) -> object:
        raise OSError(errno.EAGAIN, "the system allows no more threads")


def test_without_a_thread_for_its_deadline_nothing_is_asked(connect: Callable[..., Asking], service: Service) -> None:
    clients = Clients()
    clients.deadlines = Threadless()
    asking = connect(service.base_url, clients=clients)
    for ask in (asking.generate, asking.client.models, asking.client.balance):
        with pytest.raises(APIConnectionError, match="no more threads"):
            ask()
    assert (asking.sent, service.ledger, service.others) == (0, [], [])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(24, "Too many open files"), "Too many open files"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "Name or service not known"),
        (httpx.ConnectError(""), "ConnectError"),
        (httpx.ConnectTimeout("timed out"), "no connection in time"),
    ],
    ids=repr,
)
def test_why_nothing_was_sent_is_told_without_numbers(
    error: Exception, said: str, connect: Callable[..., Asking]
) -> None:
    unsent = connect("http://127.0.0.1:9/v1", clients=BreakingClients(error, sent=False))
    assert unsent.fails().message == f"cannot reach the service: {said}"


# Base URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://llm.bytespike.ai/v1",
        "https://llm.bytespike.ai",
        "https://llm.bytespike.ai:8443/v1",
        "http://127.0.0.1:8000/v1",
        "http://localhost:8000/v1",
        "http://[::1]:8000/v1",
        "https://xn--bcher-kva.example/v1",
    ],
)
def test_a_base_url_is_https_or_on_this_machine(url: str) -> None:
    assert check_base_url(url) == url
    assert check_base_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "https://", "https:///v1", "//llm.bytespike.ai/v1", "ftp://127.0.0.1/v1", "file:///etc/passwd"),
        *("http://llm.bytespike.ai/v1", "http://10.0.0.1/v1", "http://127.0.0.1.evil.com/v1", "http://0.0.0.0/v1"),
        *("https://me:secret@llm.bytespike.ai/v1", "https://@llm.bytespike.ai/v1", "http://127.0.0.1@evil.com/v1"),
        *("https://llm.bytespike.ai/v1?a=b", "https://llm.bytespike.ai/v1?", "https://llm.bytespike.ai/v1#a"),
        *("https://llm.bytespike.ai/v1#", "https://llm.bytespike.ai/v1\r\nX-Evil: 1", "https://llm. bytespike.ai"),
        *("https://llm.bytespike.ai:0x50/v1", "https://llm.bytespike.ai:99999/v1", "https://bücher.example/v1"),
        *("https://1.2.3.999/v1", "https://a..b/v1", "https://[::zz]/v1", "https://[::1/v1", "https://-/v1\\x"),
        *("https://" + "a" * 64 + ".example/v1", "https://llm.bytespike.ai/" + "a" * 70_000, "https://%zz/v1"),
        *("https://good.example\\.evil.example/v1", "https://.example/v1", "https://a|b/v1", "https://a^b/v1"),
    ],
)
def test_nothing_else_is_a_base_url_and_what_was_given_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        check_base_url(url)
    assert "secret" not in caught.value.message


# Models


def test_the_models_of_the_key_are_listed(asking: Asking, service: Service) -> None:
    assert asking.client.models() == ["seedream-v5lite", "seedream-v4", "seedream-v4.5"]
    assert service.others[0].header("x-api-key") == CANARY_KEY


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401), AuthenticationError),
        (error(500), ServerError),
        (redirect(302, "{origin}/x"), ServerError),
        (status_json(200, b"<html>", billed=False), APIConnectionError),
        (status_json(200, b"\x1f\x8b broken", headers={"Content-Encoding": "gzip"}, billed=False), APIConnectionError),
        (reset(billed=False), APIConnectionError),
        (
            reset("mid-body", billed=False, of=status_json(200, {"data": [{"id": "x"}]}, billed=False)),
            APIConnectionError,
        ),
    ],
    ids=lambda value: getattr(value, "name", None) or getattr(value, "__name__", None),
)
def test_models_that_do_not_come_are_said(reply: Any, kind: type[APIError], asking: Asking, service: Service) -> None:
    service.on_path("/v1/models", reply)
    with pytest.raises(kind):
        asking.client.models()


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), UnicodeError("label too long")], ids=repr)
def test_models_that_the_system_does_not_let_us_ask_for_are_said(
    error: Exception, connect: Callable[..., Asking]
) -> None:
    asking = connect("http://127.0.0.1:9/v1", clients=BreakingClients(error, sent=False))
    with pytest.raises(APIConnectionError):
        asking.client.models()
