"""Text on a sheet: within its width, in fonts that have it, and spelt out where none has."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from seedream_cli.sheet.fonts import fonts_for
from seedream_cli.sheet.lettering import Lettering

INK = (0, 0, 0)


def plain() -> Lettering:
    """Of a system without fonts."""
    return Lettering(13, lambda _: [])


PLAIN = plain()


@given(st.text(max_size=300), st.integers(100, 400), st.integers(1, 5))
def test_lines_are_no_wider_and_no_more_than_they_may_be(text: str, width: int, most: int) -> None:
    lines = PLAIN.lines(text, width, most)
    assert 1 <= len(lines) <= most
    assert all(PLAIN.width(line) <= width for line in lines)


def test_words_stay_whole_and_all_of_them_are_there() -> None:
    text = "An ink-wash mountain at dawn, soft mist over still water, a heron in the reeds"
    lines = PLAIN.lines(text, 150, 9)
    assert " ".join(lines) == text
    assert len(lines) > 3


def test_what_does_not_fit_ends_with_dots() -> None:
    lines = PLAIN.lines("mountain " * 99, 150, 2)
    assert lines[-1].endswith("...")
    assert not lines[0].endswith("...")
    assert PLAIN.lines("mountain", 150, 2) == ["mountain"]
    assert PLAIN.lines("a" * 5000, 150, 3)[-1].endswith("...")


def test_words_that_are_too_long_are_broken() -> None:
    lines = PLAIN.lines("a" * 60, 150, 9)
    assert "".join(lines) == "a" * 60
    assert len(lines) > 1


def test_line_feeds_are_kept_and_other_control_characters_are_spelt_out() -> None:
    assert PLAIN.lines("one\n\ntwo", 150, 9) == ["one", "", "two"]
    assert PLAIN.lines("a\x1b[2J\u202eb\tc\r", 400, 1) == ["a\\x1b[2J\\u202eb\\tc\\r"]


def drawn(lettering: Lettering, text: str) -> bytes:
    image = Image.new("RGB", (400, 40), (255, 255, 255))
    lettering.draw(image, (4, 4), text, INK)
    return image.tobytes()


def test_what_no_font_has_is_spelt_out_and_remembered_once() -> None:
    lettering = plain()
    assert drawn(lettering, "水墨 fox 水") == drawn(plain(), "\\u6c34\\u58a8 fox \\u6c34")
    assert drawn(lettering, "\U0001f98a") == drawn(plain(), "\\U0001f98a")
    assert list(lettering.missing) == ["水", "墨", "\U0001f98a"]


def test_joiners_and_selectors_that_no_font_has_are_passed_over_in_silence() -> None:
    lettering = plain()
    assert drawn(lettering, "a\u200d\ufe0fb") == drawn(plain(), "ab")
    assert not lettering.missing


def test_files_that_are_no_fonts_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    lettering = Lettering(13, lambda _: [(str(tmp_path / "bad.ttf"), 0), ("/nowhere.ttf", 3)])
    assert drawn(lettering, "a fox 水")
    assert list(lettering.missing) == ["水"]


def test_fonts_are_looked_for_once_for_each_block_and_not_without_end() -> None:
    looked_for: list[str] = []
    lettering = Lettering(13, lambda character: looked_for.append(character) or [])  # type: ignore[func-returns-value]
    lettering.width("水墨" * 3 + "".join(map(chr, range(0x4E00, 0x9FA5, 7))))
    assert len(looked_for) == 41
    assert len({ord(character) >> 8 for character in looked_for}) == 41


def system_font_with(text: str) -> None:
    """Skip where the system has no font with some characters."""
    command = shutil.which("fc-list")
    if command is None:
        pytest.skip("needs fontconfig")
    for character in text:
        found = subprocess.run([command, f":charset={ord(character):x}"], check=True, capture_output=True).stdout
        if not found:
            pytest.skip(f"no font of this system has {character!a}")


@pytest.mark.parametrize("text", ["水墨画の山、夜明け", "한국어 산", "Гора на рассвете", "café naïve", "جبل عند الفجر"])
def test_the_systems_fonts_are_found(text: str) -> None:
    system_font_with(text.replace(" ", ""))
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}
    lettering = Lettering(13, lambda character: fonts_for(character, environment))
    boxes = drawn(lettering, "\U000f0000")
    assert drawn(lettering, text) != boxes
    assert list(lettering.missing) == ["\U000f0000"]
    assert 0 < lettering.width(text) < 400


def test_without_fontconfig_well_known_names_are_looked_for(tmp_path: Path) -> None:
    data = ImageFont.load_default(13).path.getvalue()  # type: ignore[union-attr]
    folder = tmp_path / ".fonts" / "deep" / "er"
    folder.mkdir(parents=True)
    (folder / "unifont.ttf").write_bytes(data)
    (folder / "unheard-of.ttf").write_bytes(data)
    found = [path for path, _ in fonts_for("a", {"PATH": "", "HOME": str(tmp_path)}) if str(tmp_path) in path]
    assert found == [str(folder / "unifont.ttf")]


@pytest.mark.parametrize("what", ["exit 3", "echo; echo 'no tab'; printf 'a\\tb\\n'", "printf '\\377\\t0\\n'"])
def test_a_fontconfig_that_fails_finds_nothing_that_could_hurt(tmp_path: Path, what: str) -> None:
    command = tmp_path / "fc-match"
    command.write_text(f"#!/bin/sh\n{what}\n")
    command.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    lettering = Lettering(13, lambda character: fonts_for(character, environment))
    assert drawn(lettering, "fox") == drawn(plain(), "fox")
