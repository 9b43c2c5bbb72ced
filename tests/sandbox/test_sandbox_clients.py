import base64
import http.client
import io
import json
import os
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import openai
import pytest
from PIL import Image

CURL = """\
curl https://llm.bytespike.ai/v1/images/generations \\
  -H "x-api-key: $BYTESPIKE_API_KEY" \\
  -H "content-type: application/json" \\
  -d '{"model": "seedream-v5lite", "prompt": "An ink-wash mountain at dawn, soft mist", "size": "1024x1024", "n": 4}'
"""


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("sh") is None, reason="needs curl and a shell")
def test_the_documented_request_works_word_for_word_and_its_addresses_die(connect, clock):
    account = connect(ttl=86400)
    line = CURL.replace("https://llm.bytespike.ai", account.root)
    environment = os.environ | {"BYTESPIKE_API_KEY": "sk-byts-documented", "NO_PROXY": "*", "no_proxy": "*"}
    ran = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, timeout=30, check=True)
    urls = [item["url"] for item in json.loads(ran.stdout)["data"]]
    assert len(set(urls)) == 4
    pictures = {account.get(url).content for url in urls}
    assert len(pictures) == 4
    assert all(picture.startswith(b"\x89PNG\r\n\x1a\n") for picture in pictures)
    assert account.sandbox.ledger.billed_images == 4
    clock.advance(86400)
    assert [account.get(url).status_code for url in urls] == [403] * 4


@pytest.fixture
def openai_client(connect):
    account = connect(faults="ok, ok, 401, 402, 429-concurrency, 500")
    with openai.OpenAI(base_url=account.sandbox.base_url, api_key="sk-byts-openai", max_retries=0) as client:
        client.account = account
        yield client


def test_the_openai_package_draws_by_address_and_inside_the_answer(openai_client, asked_of):
    account = openai_client.account
    answer = openai_client.images.generate(
        model="seedream-v5lite",
        prompt="山",
        n=2,
        size="1024x1024",
        extra_body={"seed": 9, "negative_prompt": "x"},
    )
    asked = [asked_of(account.get(item.url).content) for item in answer.data]
    assert asked == [["山", "x", seed, 1024, 1024, "seedream-v5lite"] for seed in (9, 10)]
    inside = openai_client.images.generate(
        model="seedream-v4", prompt="p", response_format="b64_json", user="me", quality="standard"
    )
    assert base64.b64decode(inside.data[0].b64_json).startswith(b"\x89PNG")
    assert next(iter(openai_client.models.list())).id == "seedream-v5lite"
    assert account.sandbox.ledger.billed_images == 3


def test_the_openai_package_understands_the_errors(openai_client):
    def draw(**fields):
        return openai_client.images.generate(**({"model": "seedream-v5lite", "prompt": "p"} | fields))

    with pytest.raises(openai.BadRequestError) as refused:
        draw(model="nonsense")
    assert (refused.value.code, refused.value.param) == ("model_not_found", "model")
    draw()
    draw()
    with pytest.raises(openai.AuthenticationError):
        draw()
    with pytest.raises(openai.APIStatusError) as poor:
        draw()
    assert (poor.value.status_code, poor.value.code) == (402, "insufficient_balance")
    with pytest.raises(openai.RateLimitError):
        draw()
    with pytest.raises(openai.InternalServerError):
        draw()


def test_one_connection_serves_many_requests(account):
    connection = http.client.HTTPConnection(urlsplit(account.root).netloc, timeout=5)
    try:
        sockets = set()
        for path, status in (("/sandbox/ledger", 200), ("/nowhere", 404), ("/v1/models", 401)) * 3:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
            sockets.add(id(connection.sock))
        connection.request("HEAD", "/nowhere")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (404, b"")
        assert len(sockets) == 1
    finally:
        connection.close()


def test_requests_sent_ahead_are_answered_in_order(account, talk):
    host = urlsplit(account.root).netloc
    body = b'{"model": "seedream-v5lite", "prompt": "p"}'
    post = (
        f"POST /v1/images/generations HTTP/1.1\r\nHost: {host}\r\nx-api-key: k\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body
    get = f"GET /sandbox/ledger HTTP/1.1\r\nHost: {host}\r\nconnection: close\r\n\r\n".encode()
    answers = talk(account.root, post + post + get)
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert b'"billed_images": 2' in answers


def test_a_client_of_http_1_0_gets_one_answer(account, talk):
    host = urlsplit(account.root).netloc
    answer = talk(account.root, f"GET /sandbox/ledger HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    assert b"Connection: close" in answer


def test_a_client_that_asks_before_sending_its_body_is_told_to(account, talk):
    host = urlsplit(account.root).netloc
    body = b'{"model": "seedream-v5lite", "prompt": "p"}'
    head = (
        f"POST /v1/images/generations HTTP/1.1\r\nHost: {host}\r\nx-api-key: k\r\nexpect: 100-continue\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode()
    answer = talk(account.root, head + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    too_large = head.replace(f"content-length: {len(body)}".encode(), b"content-length: 99999999")
    assert talk(account.root, too_large).startswith(b"HTTP/1.1 413 ")


def test_the_address_uses_the_name_by_which_the_client_came(account):
    answer = account.generate(headers={"host": f"localhost:{account.sandbox.port}"})
    assert answer.json()["data"][0]["url"].startswith(f"http://localhost:{account.sandbox.port}/img/")


def test_importing_the_sandbox_loads_neither_pillow_nor_any_client():
    code = "import sys, seedream_cli.sandbox; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"PIL", "httpx", "typer", "rich", "asyncio"} & set(ran.stdout.split())


def test_the_sandboxs_own_painter_draws_rgb_pictures_of_the_size_asked_for(connect):
    account = connect(painter=None)
    (url,) = account.urls(size="1024x1536", seed=3)
    with Image.open(io.BytesIO(account.get(url).content)) as picture:
        picture.load()
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (1024, 1536))
