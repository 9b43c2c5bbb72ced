"""What counts as one origin, and as this machine."""

import pytest

from seedream_cli.api.origins import check_base_url, is_loopback, is_loopback_url, origin_of, same_base_url


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://llm.bytespike.ai/v1", "https://llm.bytespike.ai"),
        ("https://LLM.Bytespike.AI/v1/", "https://llm.bytespike.ai"),
        ("https://llm.bytespike.ai:443", "https://llm.bytespike.ai"),
        ("https://llm.bytespike.ai./v1", "https://llm.bytespike.ai"),
        ("https://llm.bytespike.ai:8443/v1", "https://llm.bytespike.ai:8443"),
        ("http://127.0.0.1:80/v1", "http://127.0.0.1"),
        ("http://127.0.0.1:443/v1", "http://127.0.0.1:443"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://127.0.0.1/v1", "https://127.0.0.1"),
    ],
)
def test_an_origin_is_scheme_host_and_port(base_url: str, origin: str) -> None:
    assert origin_of(check_base_url(base_url)) == origin


SPELLINGS = [
    ("https://llm.bytespike.ai/v1", "https://llm.bytespike.ai/v1"),
    ("HTTPS://LLM.ByteSpike.ai/v1/", "https://llm.bytespike.ai/v1"),
    ("https://llm.bytespike.ai.:0443//v1//", "https://llm.bytespike.ai/v1"),
    ("https://llm.bytespike.ai:/v1", "https://llm.bytespike.ai/v1"),
    ("https://llm.bytespike.ai:443//", "https://llm.bytespike.ai"),
    ("http://127.0.0.1:09377/v1", "http://127.0.0.1:9377/v1"),
    ("HTTP://[::1]:080/a//b", "http://[::1]/a/b"),
    ("https://example.com/Images/V1", "https://example.com/Images/V1"),
]


@pytest.mark.parametrize(("typed", "base_url"), SPELLINGS)
def test_a_service_has_one_base_url_however_it_is_typed(typed: str, base_url: str) -> None:
    assert check_base_url(typed) == base_url
    assert same_base_url(typed) == base_url
    assert check_base_url(base_url) == base_url


@pytest.mark.parametrize("text", ["sandbox", "unknown", "", "http://[::1", "https://a:b/v1", "ftp://Example.com//v1"])
def test_what_is_no_base_url_stays_as_it_is(text: str) -> None:
    assert same_base_url(text) == text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


def test_what_is_no_url_is_not_on_this_machine() -> None:
    assert not is_loopback_url("http://[::1")


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "0.0.0.0", "::2", "", "127.0.0.1.example"])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not is_loopback(host)
