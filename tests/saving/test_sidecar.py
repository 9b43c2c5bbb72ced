"""A picture with a C2PA manifest stays as it came; what made it lies beside it, and is believed only there."""

import hashlib
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from support import pictures
from support.pictures import chunk
from support.program import Home
from support.replies import picture
from support.service import Service

from seedream_cli.saving.picture import PictureFacts, read_facts
from seedream_cli.saving.sidecar import read_facts as read_beside
from seedream_cli.saving.sidecar import sidecar_path, write_sidecar

FACTS = PictureFacts("a fox", "text", "seedream-v5lite", "1024x1024", 7, "abcdefghij12", "2026-11-22T10:00:00Z")


def signed(kind: str = "PNG") -> bytes:
    """A picture with what a manifest begins with."""
    if kind == "PNG":
        whole = pictures.png(64, 64)
        return whole[:33] + chunk(b"caBX", b"\0\0\0\x08jumb") + whole[33:]
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 90, 0)).save(file, kind)
    whole = file.getvalue()
    if kind == "JPEG":
        return whole[:2] + b"\xff\xeb\0\x14JP\0\1\0\0\0\1jumbc2pa\0\0" + whole[2:]
    body = whole[8:] + b"C2PA\4\0\0\0jumb"
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def draw(home: Home, service: Service, *argv: str, data: bytes | None = None, seed: int = 7) -> Path:
    """Draw one draft whose picture is signed."""
    service.on_picture_of_seed(seed, picture(data or signed()))
    done = home.gen("a fox", "--no", "text", "--seed", str(seed), *argv).expect(0)
    return home.work / done.paths[-1]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_picture_is_as_it_came_and_the_sidecar_says_what_made_it(home: Home, service: Service, kind: str) -> None:
    path = draw(home, service, data=signed(kind))
    assert path.read_bytes() == signed(kind)
    [draft] = home.drafts()
    told = json.loads(Path(sidecar_path(str(path))).read_text("ascii"))
    assert told == {
        "v": 1,
        "id": draft["id"],
        "model": "seedream-v5lite",
        "prompt": "a fox",
        "negative_prompt": "text",
        "size": "1024x1024",
        "seed": 7,
        "created": draft["created"],
        "sha256": draft["sha256"],
    }
    assert [file.name for file in home.files("drafts")] == [path.name, path.name + ".json"]


def test_there_is_none_where_nothing_is_to_be_embedded_or_all_could_be(home: Home, service: Service) -> None:
    unmarked = draw(home, service, "--no-embed")
    plain = draw(home, service, data=pictures.png(64, 64), seed=8)
    assert sorted(home.files("drafts")) == sorted([unmarked, plain])
    with plain.open("rb") as file:
        assert read_facts(file)


def test_it_follows_the_umask_as_pictures_do(home: Home, service: Service) -> None:
    from support.program import Launch

    service.always_download(picture(signed()))
    done = home.gen("a fox", launch=Launch(umask=0o027)).expect(0)
    path = home.work / done.paths[0]
    assert path.stat().st_mode & 0o777 == Path(sidecar_path(str(path))).stat().st_mode & 0o777 == 0o640


def moved(path: Path, folder: Path) -> Path:
    """The picture under another name elsewhere, its sidecar with it."""
    folder.mkdir()
    target = folder / "best.png"
    shutil.move(path, target)
    shutil.move(f"{path}.json", f"{target}.json")
    return target


def test_a_prompt_that_a_jpeg_has_no_room_for_is_written_beside_it(home: Home, service: Service) -> None:
    prompt = "a fox " * 12_000
    service.on_picture_of_seed(7, *[picture(pictures.painted("JPEG"))] * 2)
    (home.work / "long.txt").write_text(prompt)
    (path,) = home.gen("@long.txt", "--seed", "7", "-o", "fox.jpg").expect(0).paths
    with (home.work / path).open("rb") as file:
        facts = read_beside(str(home.work / path), file)
    assert facts is not None
    assert (facts.prompt, facts.seed) == (prompt, 7)
    home.gen("a fox", "--seed", "7", "--no-embed", "-o", "plain.jpg").expect(0)
    assert not Path(sidecar_path(str(home.work / "plain.jpg"))).exists()


def test_a_picture_moved_with_its_sidecar_is_known(home: Home, service: Service) -> None:
    path = draw(home, service)
    [draft] = home.drafts()
    target = moved(path, home.work / "elsewhere")
    shown = home.run("history", "show", target, "--json").expect(0).objects[0]
    assert shown["id"] == draft["id"]


def test_another_history_takes_it_in(home: Home, service: Service, tmp_path: Path) -> None:
    target = moved(draw(home, service), home.work / "elsewhere")
    [draft] = home.drafts()
    other = Home(tmp_path / "other")
    other.run("history", "import", target).expect(0)
    [taken] = other.drafts()
    for name in ("id", "prompt", "negative_prompt", "seed", "size", "model", "created", "sha256"):
        assert taken[name] == draft[name]


def test_verify_knows_a_moved_one_and_finds_nothing_wrong_with_sidecars(home: Home, service: Service) -> None:
    path = draw(home, service)
    home.run("history", "verify").expect(0)
    draw(home, service, seed=8)
    path.rename(path.with_name("moved.png"))
    Path(f"{path}.json").rename(path.with_name("moved.png.json"))
    told = home.run("history", "verify", "--json").expect(10).objects
    assert [(finding["finding"], Path(str(finding["found"])).name) for finding in told] == [("moved", "moved.png")]


def test_forgetting_files_takes_the_sidecar_too_even_where_the_picture_is_gone(home: Home, service: Service) -> None:
    for gone in (False, True):
        path = draw(home, service)
        if gone:
            path.unlink()
        home.run("history", "forget", "last", "--files").expect(0)
        assert home.files("drafts") == []
    path = draw(home, service)
    home.run("history", "forget", "last").expect(0)
    assert len(home.files("drafts")) == 2


def test_a_replaced_picture_leaves_no_sidecar_behind(home: Home, service: Service) -> None:
    draw(home, service, "-o", "fox.png")
    draw(home, service, "-o", "fox.png", seed=8)
    assert json.loads((home.work / "fox.png.json").read_text())["seed"] == 8
    draw(home, service, "-o", "fox.png", data=pictures.png(64, 64), seed=9)
    assert [file.name for file in home.files()] == ["fox.png"]


def test_a_copy_gets_its_own(home: Home, service: Service) -> None:
    draw(home, service)
    done = home.gen("a fox", "--no", "text", "--seed", "7", "--reuse", "-o", "copy.png").expect(0)
    assert [file.name for file in home.files() if file.parent == home.work] == ["copy.png", "copy.png.json"]
    assert service.billed == 1
    assert done.paths == [Path("copy.png")]


@pytest.mark.parametrize("what", ["file", "folder", "FIFO", "dangling link"])
def test_what_is_none_of_ours_is_not_overwritten_and_the_picture_is_saved(
    home: Home, service: Service, what: str
) -> None:
    place = home.work / "fox.png.json"
    match what:
        case "file":
            place.write_text('{"mine": 1}')
        case "folder":
            place.mkdir()
        case "FIFO":
            os.mkfifo(place)
        case "dangling link":
            place.symlink_to("/nowhere")
    service.on_picture_of_seed(7, picture(signed()))
    done = home.gen("a fox", "--seed", "7", "-o", "fox.png").expect(0)
    assert "what made it could not be written to fox.png.json" in done.talk
    assert (home.work / "fox.png").read_bytes() == signed()
    assert what != "file" or place.read_text() == '{"mine": 1}'
    assert os.path.lexists(place)
    assert not any(path.name.startswith(".seedream") for path in home.work.iterdir())


# Reading


def beside(folder: Path, sidecar: bytes | None, data: bytes = b"") -> PictureFacts | None:
    """What is read of a picture with such a sidecar."""
    path = folder / "p.png"
    path.write_bytes(data or signed())
    if sidecar is not None:
        Path(sidecar_path(str(path))).write_bytes(sidecar)
    with path.open("rb") as file:
        return read_beside(str(path), file)


def test_it_is_believed_only_beside_the_picture_that_it_was_written_for(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(signed())
    write_sidecar(str(tmp_path / "p.png"), FACTS, hashlib.sha256(signed()).hexdigest())
    assert beside(tmp_path, None) == FACTS
    assert beside(tmp_path, None, pictures.png(8, 8)) is None


HOSTILE = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "no hash": json.dumps({"v": 1, "prompt": "x"}).encode(),
    "a hash that is none": json.dumps({"v": 1, "prompt": "x", "sha256": 5}).encode(),
    "another hash": json.dumps({"v": 1, "prompt": "x", "sha256": "0" * 64}).encode(),
    "no prompt": json.dumps({"v": 1, "sha256": hashlib.sha256(signed()).hexdigest()}).encode(),
    "deep": b"[" * 100_000,
    "bytes": bytes(range(256)),
    "numbers": b'{"v":1,"prompt":"x","seed":' + b"9" * 5000 + b"}",
    "huge": b" " * (2 << 20) + b"{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_else_is_believed(tmp_path: Path, name: str) -> None:
    assert beside(tmp_path, HOSTILE[name]) is None


def test_every_prompt_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(signed())
    for prompt in ("水墨画", "👩‍🚀", "a\ud800b\0c\x1b[2J\u202e", 'quo"te\\', "long " * 2000):
        facts = PictureFacts(prompt, seed=1)
        write_sidecar(str(tmp_path / "p.png"), facts, hashlib.sha256(signed()).hexdigest())
        assert beside(tmp_path, None) == facts
        assert Path(sidecar_path(str(tmp_path / "p.png"))).read_bytes().isascii()
