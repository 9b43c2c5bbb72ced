"""File names: what a prompt becomes, and what a template may hold."""

import re
import string

import pytest
from support.drawn import KEY

from seedream_cli.errors import InputError
from seedream_cli.saving.names import PLACEHOLDERS, fill_template, parse_template, slug
from seedream_cli.saving.targets import Naming

VALUES = {"id": "abcdefghij12", "seed": "7", "index": "1", "slug": "a-fox", "model": "seedream-v5lite"}

HOSTILE_PROMPTS = [
    "../../../etc/passwd",
    "..",
    ".",
    "/",
    "\\\\server\\share",
    "C:\\windows",
    "a\0b",
    "\0",
    "-rf",
    "--help",
    " leading and trailing ",
    "[/x]",
    "[bold]a[/bold]",
    "\x1b[2J\x1b]0;x\x07",
    "a\nb\r\nc",
    "con",
    "NUL",
    "aux.png",
    "com1",
    "lpt9 ",
    "a" * 10_000,
    "a " * 5_000,
    "山" * 10_000,
    "🦊" * 10_000,
    "😀😀",
    "\u202egnp.exe",
    "\u2066\u200f",
    "שלום עולם",
    "مرحبا بالعالم",
    "e\u0301" * 500,
    "ﬁ ﬂ Å ß İ \u0131",
    "\ud800",
    "\U0010ffff\ufffe",
    "{id} {x!r} %s $HOME `id` $(id)",
    '*?<>|":;&!#~',
    "\u3000\u00a0\u200b",
    "'\"",
]


@pytest.mark.parametrize("prompt", HOSTILE_PROMPTS, ids=lambda text: ascii(text[:20]))
def test_any_prompt_becomes_a_name_of_allowed_characters(prompt):
    made = slug(prompt)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= 48


@pytest.mark.parametrize("prompt", HOSTILE_PROMPTS, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("seed", [0, 4294967295])
def test_the_default_name_is_short_and_allowed_with_every_suffix(prompt, seed):
    key = KEY.__class__("o", "m", prompt, None, "1024x1024", seed, 1, 1)
    [target] = Naming(None, "drafts").targets([("abcdefghij123456", key)])
    for extension in ("png", "jpg", "webp"):
        folder, _, name = target.path(extension).rpartition("/")
        assert folder == "drafts"
        assert re.fullmatch(rf"[a-z0-9-]+-{seed}-abcdefghij123456\.{extension}", name)
        assert not name.startswith("-")
        assert len(f"{name}-999".encode()) <= 200
        assert name.partition(".")[0] not in {"con", "nul", "aux", "prn", "com1", "lpt9"}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("An ink-wash mountain at dawn, soft mist", "an-ink-wash-mountain-at-dawn-soft-mist"),
        ("水墨山水", "shui-mo-shan-shui"),
        ("Красная площадь", "krasnaya-ploshchad"),
        ("Größe café", "grosse-cafe"),
        ("🦊", "fox-face"),
        ("!!!", "draft"),
        ("\u202e", "draft"),
    ],
)
def test_a_name_says_what_the_prompt_says(prompt, expected):
    made = slug(prompt)
    assert made == expected or (prompt == "🦊" and "fox" in made)


def test_a_long_prompt_is_cut_between_words():
    assert slug("word " * 100) == "word-word-word-word-word-word-word-word-word"
    assert slug("x" * 100) == "x" * 48


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{0}",
        "{x}",
        "{ID}",
        "{id }",
        "{id.__class__}",
        "{id[0]}",
        "{id!r}",
        "{id:>9}",
        "{id:{seed}}",
        "{prompt}",
        "{",
        "}",
        "a{b",
        "a}b",
        "{id",
        "id}",
        "{{id}",
        "{id}}",
        "{seed.real}",
        "{slug.__init__.__globals__}",
        "{\ud800}",
    ],
)
def test_anything_but_a_plain_placeholder_is_refused(text):
    with pytest.raises(InputError) as refusal:
        parse_template(f"out/{text}.png")
    assert "{id} {seed} {index} {slug} {model} {ext}" in refusal.value.hint


@pytest.mark.parametrize("name", [name for name in PLACEHOLDERS if name != "ext"])
def test_every_placeholder_is_filled_in(name):
    assert fill_template(parse_template(f"a-{{{name}}}.png"), VALUES) == (f"a-{VALUES[name]}.png",)


def test_the_extension_is_left_open_wherever_it_stands():
    assert fill_template(parse_template("{ext}/{id}.{ext}"), VALUES) == ("", "/abcdefghij12.", "")


def test_doubled_braces_stay_braces():
    assert fill_template(parse_template("{{id}}-{id}-{{}}.png"), VALUES) == ("{id}-abcdefghij12-{}.png",)


@pytest.mark.parametrize(
    "value", ["../../x", "/etc/passwd", "..", ".", "", "a\0b", "\x1b[2J", "a/b", "a\\b", "{id}", "." * 99]
)
def test_a_value_can_neither_leave_its_folder_nor_be_read_as_a_template(value):
    [made] = fill_template(parse_template("d/{model}"), VALUES | {"model": value})
    name = made.removeprefix("d/")
    assert name
    assert set(name) <= set(string.ascii_letters + string.digits + "._-")
    assert not name.startswith(".")
    assert len(name) <= 48
