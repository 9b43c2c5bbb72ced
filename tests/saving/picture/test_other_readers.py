"""Other programs read what we write: ExifTool, and a parser of the web UI's parameters."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from handmade import FACTS, embedded, encoded, noise
from PIL import Image
from sd_parsers import ParserManager
from sd_parsers.data import Generators, PromptInfo

KINDS = {
    "fox.png": encoded(noise(), "PNG"),
    "fox.jpg": encoded(noise(), "JPEG"),
    "lossy.webp": encoded(noise(), "WEBP"),
    "lossless.webp": encoded(noise("RGBA"), "WEBP", lossless=True),
}
PARAMETERS = (
    "An ink-wash mountain at dawn, soft mist\n"
    "Negative prompt: blur, text\n"
    "Steps: 0, Sampler: unknown, Seed: 5, Size: 1024x1024, Model: seedream-v5lite"
)
MARK = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CJK = replace(FACTS, prompt="水墨画の山、夜明け\n柔らかな霧", negative_prompt="文字、人")


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exiftool(path: Path) -> dict[str, str]:
    """All that ExifTool reads, by group and tag, its own complaints among it."""
    command = shutil.which("exiftool")
    if command is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    options = ["-j", "-G1", "-a", "-charset", "utf8", "-charset", "filename=utf8"]
    done = subprocess.run([command, *options, path], capture_output=True, check=True, timeout=60)
    [tags] = json.loads(done.stdout)
    return dict(tags)


@pytest.mark.parametrize("facts", [FACTS, CJK])
def test_exiftool_reads_parameters_mark_and_our_field(name: str, facts: object, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(embedded(KINDS[name], facts))
    tags = exiftool(path)
    assert not [tag for tag in tags if tag.endswith(("Warning", "Error"))]
    parameters = tags["PNG:Parameters" if name.endswith("png") else "ExifIFD:UserComment"]
    assert parameters == (PARAMETERS if facts is FACTS else _cjk_parameters())
    assert tags["XMP-iptcExt:DigitalSourceType"] == MARK
    if not name.endswith("png"):
        assert json.loads(tags["XMP-seedream:Draft"])["prompt"] == getattr(facts, "prompt", "")


def _cjk_parameters() -> str:
    settings = PARAMETERS.rpartition("\n")[2]
    return f"{CJK.prompt}\nNegative prompt: {CJK.negative_prompt}\n{settings}"


def test_exiftool_finds_no_mark_of_a_model_in_a_stand_in(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(embedded(KINDS[name], made_by_model=False))
    assert MARK not in exiftool(path).values()


def parsed(path: Path) -> PromptInfo:
    parser = ParserManager()
    with Image.open(path) as other, Image.open(path) as image:
        # It keeps what it read last by the image's id(), which one that is gone may have had before this one.
        parser.parse(other)
        found = parser.parse(image)
    assert found is not None
    return found


@pytest.mark.parametrize("facts", [FACTS, CJK])
def test_a_parser_of_the_web_uis_parameters_agrees(name: str, facts: object, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(embedded(KINDS[name], facts))
    found = parsed(path)
    assert found.generator is Generators.AUTOMATIC1111
    assert [prompt.value for prompt in found.prompts] == [getattr(facts, "prompt", "")]
    assert [prompt.value for prompt in found.negative_prompts] == [getattr(facts, "negative_prompt", "")]
    [sampler] = found.samplers
    assert sampler.parameters["seed"] == "5"
    assert [model.name for model in found.models] == ["seedream-v5lite"]
    assert found.metadata["Size"] == "1024x1024"


def test_it_agrees_where_there_is_no_negative_prompt_and_the_model_has_a_comma(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(embedded(KINDS[name], replace(FACTS, negative_prompt=None, model="a, b: c")))
    found = parsed(path)
    assert [prompt.value for prompt in found.prompts] == [FACTS.prompt]
    assert not found.negative_prompts
    assert found.samplers[0].parameters["seed"] == "5"
