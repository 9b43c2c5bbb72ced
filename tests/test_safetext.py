"""Text from outside: what could act on a terminal is spelt out, what is secret is taken out."""

import base64
import shlex
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replies import CANARY_KEY, CANARY_SIGNATURE, HOSTILE_TEXT

from seedream_cli.safetext import redact, shorten, to_type, visible, visible_lines

ANY_TEXT = st.text(st.characters(codec=None))


def acts(character: str) -> bool:
    """Whether a character does more than show itself: controls, bidi, line breaks, halves of pairs."""
    kind = unicodedata.category(character)
    return kind in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(character) in {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip


@given(ANY_TEXT)
def test_nothing_that_acts_is_left(text: str) -> None:
    assert not any(map(acts, visible(text)))
    visible(text).encode()


@given(ANY_TEXT)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_every_character_that_acts_is_spelt_out() -> None:
    left = [f"{code:04x}" for code in range(0x110000) if acts(chr(code)) and visible(chr(code)) == chr(code)]
    assert left == []


@pytest.mark.parametrize(
    "text", ["a fox", "水墨山水", "👨\u200d👩\u200d👧", "naïve", "שלום", "[bold]x[/]", "\u3000", "a\\nb"]
)
def test_text_of_any_script_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b2J", r"\x9b2J"),
        ("\x7f\0", r"\x7f\x00"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\u202egnp", r"\u202egnp"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2028", r"\u2028"),
    ],
)
def test_what_acts_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_block_keeps_its_lines_and_nothing_else() -> None:
    assert visible_lines("one\ntwo\r\n\x1bthree") == "one\ntwo\\r\n\\x1bthree"


@given(ANY_TEXT)
def test_what_is_to_be_typed_is_one_word_and_means_the_text(text: str) -> None:
    word = visible(to_type(text, "FILE"))
    assert shlex.split(word) == [text] or (word == "FILE" and visible(text) != text)


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"


def test_keys_and_signatures_are_taken_out_and_the_rest_stays() -> None:
    url = f"https://cdn.bytespike.ai/img/1.png?X-Amz-Signature={CANARY_SIGNATURE}&x=1#y"
    told = redact(f"key {CANARY_KEY}, another sk-byts-other_1, see {url}. Why?", CANARY_KEY)
    assert told == "key [key], another [key], see https://cdn.bytespike.ai/img/1.png?[removed] Why?"


def forms_of(key: str) -> dict[str, str]:
    """A key as a server may repeat it."""
    data = key.encode()
    forms = {f"base64 {n}": base64.b64encode(b"\xfb\xff"[:n] + data + b"\xff.").decode() for n in range(3)}
    forms |= {f"url-safe {n}": base64.urlsafe_b64encode(b"\xfb\xff"[:n] + data).decode() for n in range(3)}
    return forms | {
        "hex": data.hex(),
        "hex in capitals": data.hex().upper(),
        "percent": "".join(f"%{byte:02X}" for byte in data),
        "percent twice": "".join(f"%25{byte:02x}" for byte in data),
        "percent where needed": quote(key, safe="").replace("-", "%2d"),
        "json": "".join(f"\\u{byte:04x}" for byte in data),
        "json where needed": key.replace("-", "\\u002D"),
        "json in json": key.replace("-", "\\\\u002D"),
        "html": key.replace("-", "&#45;"),
    }


@pytest.mark.parametrize("key", [CANARY_KEY, "another/kind+of?key>0123~6789"])
@pytest.mark.parametrize("name", forms_of(CANARY_KEY))
def test_a_key_is_taken_out_however_it_is_spelt(name: str, key: str) -> None:
    told = redact(f"the key {forms_of(key)[name]} failed", key)
    assert told.startswith("the key ")
    assert told.endswith(" failed")
    assert "[key]" in told
    assert len(told) < len("the key [key] failed") + 10


def test_a_word_for_a_key_is_looked_for_as_it_is_and_no_other_way() -> None:
    assert redact("dGVzdA== 74657374 test", "test") == "dGVzdA== 74657374 [key]"


def test_a_key_of_any_form_is_taken_out() -> None:
    assert redact("the key my-own-key failed", "my-own-key") == "the key [key] failed"
    assert "sk-byts" not in redact(HOSTILE_TEXT + "sk-byts-1", None)
