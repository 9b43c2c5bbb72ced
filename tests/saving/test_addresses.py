"""Which addresses a picture may be fetched from."""

import json
import socket

import pytest
from support.commandlines import calls
from support.program import Home
from support.replies import FORBIDDEN_URLS, LONG_URL, at_service

from seedream_cli.errors import DownloadError, RefusedDownloadError
from seedream_cli.saving.addresses import AddressPolicy
from seedream_cli.settings.config import read_config

ORIGIN = "http://127.0.0.1:8123"
PUBLIC = "https://cdn.bytespike.ai/img/1.png?X-Amz-Signature=abc"
OUTSIDE = AddressPolicy(loopback=False)
INSIDE = AddressPolicy(loopback=True)

PRIVATE_ADDRESSES = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # metadata of a cloud
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",  # a cloud's own services under an address that is not private
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001:0:a00:1::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:a9fe:a9fe::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC_ADDRESSES = [
    "1.1.1.1",
    "93.184.215.14",
    "2606:4700::1111",
    "2a00:1450::8a",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
]

ODD_HOSTS = [
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "0177.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f.0.0.0x1",
    "0",
    "127.0.0.1.",
    "10.0.0.1.",
    "%31%30.0.0.1",
    "cdn%2ebytespike.ai",
    "[::1%25lo]",
    "[fe80::1%25eth0]",
    "xn--a",
    "xn--a.example",
    "①②⑦.0.0.1",
    "localhost",
    "localhost.",
    "LocalHost",
    "a" * 64 + ".example",
    "a..example",
    "...",
]


def answering(*addresses):
    """A resolver that gives these addresses for every name, and notes what it was asked."""

    def resolve(host, port, **_):
        resolve.asked.append(host)
        found = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in addresses]
        return [(family, socket.SOCK_STREAM, 6, "", (one, port)) for family, one in found]

    resolve.asked = []
    return resolve


LOCAL_NAMES = [
    "metadata.google.internal",
    "metadata.google.internal.",
    "Metadata.Google.Internal",
    "metadata",
    "ip6-localhost",
    "ip6-loopback",
    "a.localhost",
    "localhost.localdomain",
    "printer.local",
    "router.lan",
    "nas.home.arpa",
    "This-Machine.example",
]


def behind_a_proxy(resolve, *exempt):
    """The rule on a machine of that name."""
    return AddressPolicy(
        loopback=False, exempt_hosts=frozenset(exempt), resolve=resolve, own_name=lambda: "this-machine.example"
    )


@pytest.mark.parametrize("host", LOCAL_NAMES)
def test_a_name_of_the_neighbourhood_is_no_proxys_to_connect_to(host):
    resolve = answering("1.1.1.1")
    with pytest.raises(RefusedDownloadError, match="private network"):
        behind_a_proxy(resolve).check_proxied(host)
    assert resolve.asked == []
    behind_a_proxy(resolve, host.lower()).check_proxied(host)


def test_a_name_that_leads_inward_here_is_no_proxys_to_connect_to():
    with pytest.raises(RefusedDownloadError, match="private network"):
        behind_a_proxy(answering("10.0.0.1")).check_proxied("cdn.example")
    behind_a_proxy(answering("10.0.0.1"), "cdn.example").check_proxied("cdn.example")


def test_a_name_that_only_the_proxy_can_resolve_is_left_to_it():
    def unknown(*_, **__):
        raise socket.gaierror("Name or service not known")

    behind_a_proxy(unknown).check_proxied("cdn.example")


@pytest.mark.parametrize("policy", [OUTSIDE, INSIDE])
@pytest.mark.parametrize("name", FORBIDDEN_URLS)
def test_a_forbidden_url_is_refused(name, policy):
    with pytest.raises(RefusedDownloadError) as refusal:
        policy.check_url(at_service(FORBIDDEN_URLS[name], ORIGIN))
    assert "img" not in refusal.value.message


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("file:///etc/passwd", "is not https"),
        ("http://cdn.example/1.png", "is not https"),
        ("https://user@cdn.example/1.png", "names a user"),
        ("https:///1.png", "names no host"),
        ("https://cdn.example:0/1.png", "names a port that does not exist"),
    ],
)
def test_the_fault_that_is_told_is_the_one_that_it_has(url, fault):
    with pytest.raises(RefusedDownloadError, match=fault):
        OUTSIDE.check_url(url)


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_a_host_that_is_spelt_to_be_misread_is_refused(host):
    for scheme in ("http", "https"):
        with pytest.raises(RefusedDownloadError):
            OUTSIDE.check_url(f"{scheme}://{host}/img/1.png")


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "x", "9" * 5000])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_url(f"https://cdn.bytespike.ai:{port}/img/1.png")


def test_a_url_of_100_kb_is_refused():
    with pytest.raises(RefusedDownloadError):
        INSIDE.check_url(at_service(LONG_URL, ORIGIN))


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_a_private_address_is_refused_however_it_is_come_by(address):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_url(f"https://{host}/img/1.png")
    with pytest.raises(RefusedDownloadError):
        AddressPolicy(loopback=False, resolve=answering("1.1.1.1", address)).check_connecting("cdn.example", 443)
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_peer("cdn.example", address)


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_a_name_elsewhere_never_leads_to_this_machine_even_where_the_api_is_on_it(address):
    with pytest.raises(RefusedDownloadError):
        INSIDE.check_peer("cdn.example", address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_a_public_address_is_allowed(address):
    host = f"[{address}]" if ":" in address else address
    OUTSIDE.check_url(f"https://{host}/img/1.png")
    AddressPolicy(loopback=False, resolve=answering(address)).check_connecting("cdn.example", 443)
    OUTSIDE.check_peer("cdn.example", address)


@pytest.mark.parametrize(
    "url",
    [PUBLIC, "HTTPS://CDN.Bytespike.AI/a", "https://cdn.bytespike.ai:8443/a?b#c", "https://xn--bcher-kva.example/a"],
)
def test_an_ordinary_url_is_taken_as_it_is(url):
    assert OUTSIDE.check_url(url).scheme == "https"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://cdn.example/1.png?x=山&y=é", b"/1.png?x=%E5%B1%B1&y=%C3%A9"),
        ("https://cdn.example/山.png?x=%20", b"/%E5%B1%B1.png?x=%20"),
        ("https://cdn.example/1.png?x=\N{FOX FACE}", b"/1.png?x=%F0%9F%A6%8A"),
    ],
)
def test_letters_beyond_ascii_are_asked_for_as_utf_8(url, asked):
    assert OUTSIDE.check_url(url).raw_path == asked


@pytest.mark.parametrize(
    "character", ["\x80", "\x9b", "\xa0", "\xad", "\u200b", "\u202e", "\u2028", "\u2066", "\ufeff", "\ud800", "\x7f"]
)
def test_what_hides_or_turns_text_stays_refused(character):
    for url in (f"https://cdn.example/{character}.png", f"https://cdn.example/1.png?x={character}"):
        with pytest.raises(RefusedDownloadError):
            OUTSIDE.check_url(url)


@pytest.mark.parametrize(
    "url", ["https://b\xfccher.example/1.png", "https://山@cdn.example/1.png", "https://cdn.example:٨/"]
)
def test_letters_beyond_ascii_name_no_host_user_or_port(url):
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_url(url)


def test_a_url_that_is_too_long_once_it_is_ascii_is_refused():
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_url("https://cdn.example/?x=" + "山" * 10_000)


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost:8123", "[::1]:8123", "127.9.9.9"])
def test_loopback_is_allowed_only_where_the_api_is_on_it(host):
    for scheme in ("http", "https"):
        INSIDE.check_url(f"{scheme}://{host}/img/1.png")
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_url(f"http://{host}/img/1.png")
    name = host.rpartition(":")[0] or host
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_connecting(name.strip("[]"), 8123)


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "127.0.0.1", "169.254.169.254"])
def test_a_name_that_the_user_excepted_may_have_a_private_address(address):
    policy = AddressPolicy(loopback=False, exempt_hosts=frozenset({"cdn.example"}), resolve=answering(address))
    policy.check_url("https://CDN.example/img/1.png")
    policy.check_connecting("cdn.example", 443)
    policy.check_peer("CDN.example", address)
    with pytest.raises(RefusedDownloadError):
        policy.check_connecting("other.example", 443)
    with pytest.raises(RefusedDownloadError):
        policy.check_url("http://cdn.example/img/1.png")


@pytest.mark.parametrize("host", ["router.lan", "CDN.example", "10.0.0.9", "fd00::9"])
def test_what_the_hint_says_adds_a_host_to_those_that_are_excepted(offline_home: Home, host: str):
    excepted = {"b.example", "a-name;and&more", "10.0.0.1"}
    offline_home.configure(f"jobs = 2\ndownload_hosts = {json.dumps(sorted(excepted))}\n")
    with pytest.raises(RefusedDownloadError) as fault:
        behind_a_proxy(answering("10.0.0.9"), *excepted).check_proxied(host)
    (argv,) = calls(str(fault.value.hint).partition(": ")[2])
    offline_home.run(*argv).expect(0)
    now = read_config(offline_home.config_path).download_hosts
    assert now == excepted | {host.lower()}
    behind_a_proxy(answering("10.0.0.9"), *now).check_proxied(host)


def test_an_address_that_the_user_excepted_is_allowed_and_its_neighbour_is_not():
    policy = AddressPolicy(loopback=False, exempt_hosts=frozenset({"10.0.0.1"}))
    policy.check_url("https://10.0.0.1/img/1.png")
    with pytest.raises(RefusedDownloadError):
        policy.check_url("https://10.0.0.2/img/1.png")


def test_a_name_that_cannot_be_found_may_be_found_later():
    def resolve(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(DownloadError) as fault:
        AddressPolicy(loopback=False, resolve=resolve).check_connecting("cdn.example", 443)
    assert not isinstance(fault.value, RefusedDownloadError)


def test_a_name_that_no_resolver_takes_is_no_crash():
    with pytest.raises(DownloadError):
        OUTSIDE.check_connecting("a" * 64 + ".example", 443)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost."])
def test_a_local_name_may_be_excepted_like_any_other(host):
    policy = AddressPolicy(loopback=False, exempt_hosts=frozenset({host.lower()}))
    policy.check_url(f"https://{host}/img/1.png")
    with pytest.raises(RefusedDownloadError):
        policy.check_url(f"http://{host}/img/1.png")


def test_a_real_name_of_this_machine_is_refused():
    with pytest.raises(RefusedDownloadError):
        OUTSIDE.check_connecting("localhost", 443)
