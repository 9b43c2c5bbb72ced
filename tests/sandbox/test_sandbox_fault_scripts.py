import math

import pytest

from seedream_cli.sandbox import FaultScriptError, Sandbox, known_faults, parse_script
from seedream_cli.sandbox.faults import DOWNLOAD_KINDS, GENERATION_KINDS, OK, Sequence


def names(steps, count):
    sequence = Sequence(steps)
    return [sequence.deal().name for _ in range(count)]


def test_items_are_dealt_in_order_and_then_all_is_well():
    script = parse_script("ok, 503  reset\n# a comment, 402\nhang:0.5, # more\n drip:1*2")
    assert names(script.generations, 8) == ["ok", "503", "reset", "hang", "drip", "drip", "ok", "ok"]
    assert script.downloads == ()


def test_downloads_have_a_sequence_of_their_own():
    script = parse_script("get.404 503 get.flip*2")
    assert names(script.generations, 2) == ["503", "ok"]
    assert names(script.downloads, 4) == ["404", "flip", "flip", "ok"]


def test_an_empty_script_lets_all_be_well():
    assert names(parse_script(" , # nothing\n").generations, 2) == ["ok", "ok"]


def test_shares_hit_about_as_many_as_they_say_and_the_same_on_every_run():
    steps = parse_script("10%503, 5%reset").generations
    dealt = names(steps, 10_000)
    assert dealt == names(steps, 10_000)
    assert 900 < dealt.count("503") < 1100
    assert 400 < dealt.count("reset") < 600


def test_a_full_share_hits_every_request():
    assert set(names(parse_script("100%503").generations, 1000)) == {"503"}


def test_shares_begin_when_the_sequence_is_spent():
    dealt = names(parse_script("100%503, ok*3, 402").generations, 6)
    assert dealt == ["ok", "ok", "ok", "402", "503", "503"]


def test_arguments_are_read():
    steps = parse_script("hang:1.5 429 429:-5 429:nan 503:120 redirect:http://10.0.0.1/x?a=b get.drip:0.25").generations
    faults = [step.fault for step in steps]
    assert faults[0].seconds == 1.5
    assert faults[1].seconds == 2.0
    assert faults[2].seconds == -5
    assert math.isnan(faults[3].seconds)
    assert faults[4].text == "120"
    assert faults[5].text == "http://10.0.0.1/x?a=b"


@pytest.mark.parametrize(
    "name", [kind.name for kind in GENERATION_KINDS] + ["400", "429", "599", "503-html", "500-empty"]
)
def test_every_known_name_is_understood(name):
    assert parse_script(name).generations[0].fault.name == name


@pytest.mark.parametrize("name", [kind.name for kind in DOWNLOAD_KINDS] + ["403", "404", "500"])
def test_every_known_download_name_is_understood(name):
    assert parse_script(f"get.{name}").downloads[0].fault.name == name


def test_only_billed_kinds_bill():
    billed = {kind.name for kind in GENERATION_KINDS if kind.bills}
    free = {kind.name for kind in GENERATION_KINDS} - billed
    assert free == {"429-concurrency", "reset", "hang", "redirect"}


@pytest.mark.parametrize(
    "script",
    [
        "nonsense",
        "get.nonsense",
        "get.b64",
        "flip",
        "200",
        "399",
        "600",
        "ok:1",
        "hang:",
        "hang:x",
        "hang:-1",
        "hang:nan",
        "hang:1e9",
        "429:soon",
        "ok*0",
        "ok*",
        "ok*1000001",
        "0%503",
        "101%503",
        "%503",
        "5%503*2",
        "60%503, 60%reset",
        "get.60%404",
        "OK",
        "ok;503",
        "\x1b[31m",
        "x" * 5000,
    ],
)
def test_a_bad_item_is_named_in_one_plain_line(script):
    with pytest.raises(FaultScriptError) as caught:
        parse_script(script)
    message = str(caught.value)
    assert message.startswith("fault script: ")
    assert message.isprintable()
    assert len(message) < 1200
    assert isinstance(caught.value, ValueError)


def test_an_unknown_item_brings_the_list_of_those_known():
    with pytest.raises(FaultScriptError, match=r"'timeout' is not known.*reset-billed.*get\.flip"):
        parse_script("ok, timeout")


def test_a_script_is_read_from_a_file(tmp_path):
    file = tmp_path / "faults.txt"
    file.write_bytes("\ufeff503 # über\r\nreset\r\n".encode())
    assert names(parse_script(f"@{file}").generations, 3) == ["503", "reset", "ok"]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "long").write_bytes(b"ok " * 400_000)
    for name in ("missing", "binary", "long", "", "nul\0"):
        with pytest.raises(FaultScriptError, match="fault script"):
            parse_script(f"@{tmp_path / name}")


def test_a_bad_script_is_told_before_anything_listens():
    with pytest.raises(FaultScriptError):
        Sandbox(faults="nonsense")


def test_the_list_for_help_texts_names_every_item():
    listed = " ".join(name for name, _ in known_faults())
    for kind in GENERATION_KINDS:
        assert kind.name in listed
    for kind in DOWNLOAD_KINDS:
        assert f"get.{kind.name}" in listed


def test_a_sequence_without_steps_deals_the_shared_ok():
    assert Sequence(()).deal() is OK
