"""From a URL to a picture on the disk: whole or not at all, and never over anything else."""

import hashlib
import os
import stat
import subprocess
import tempfile
import threading
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support import pictures
from support.drawn import KEY, draft, left_in, saver, url
from support.replies import (
    DOWNLOAD_SCRIPTS,
    FORBIDDEN_URLS,
    SPOILT_DOWNLOADS,
    STALLING_DOWNLOADS,
    USABLE_DOWNLOADS,
    at_service,
    error,
    picture,
)

from seedream_cli.drafts import SANDBOX, Target
from seedream_cli.errors import DownloadError, LocalFileError, RefusedDownloadError
from seedream_cli.saving.partfile import PartFile
from seedream_cli.saving.picture import read_facts
from seedream_cli.saving.saver import Saver, copy_picture, intact

SMALL = pictures.png(8, 8)


def noise(size):
    """A picture whose bytes are about three times its area."""
    stream = b"".join(b"\0" + os.urandom(3 * size) for _ in range(size))
    return pictures.assemble(pictures.header(size, size), pictures.chunk(b"IDAT", zlib.compress(stream, 0)))


def kept_in(folder, data=SMALL):
    """Where the bytes of an answer are kept."""
    path = folder / "kept.answer"
    path.write_bytes(data)
    return str(path)


def save(one, **how):
    with saver(**how) as saving:
        return saving.save(one)


def saved_as(one, path, data):
    """The draft once its picture lies there."""
    return replace(
        one, status="saved", path=str(path), bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), format="png"
    )


# What comes over the network


@pytest.mark.parametrize("name", SPOILT_DOWNLOADS)
def test_what_is_no_whole_picture_never_replaces_one(name, service, tmp_path):
    service.always_download(SPOILT_DOWNLOADS[name])
    (tmp_path / "a.png").write_bytes(SMALL)
    waits = []
    with pytest.raises(DownloadError) as fault:
        save(draft(tmp_path, "a.png", url=url(service)), waits=waits)
    assert (tmp_path / "a.png").read_bytes() == SMALL
    assert left_in(tmp_path) == ["a.png"]
    assert "secret" not in fault.value.message
    if isinstance(fault.value, RefusedDownloadError):
        assert waits == []
    else:
        assert waits == [0.5, 1.0, 2.0]
        assert len(service.downloads) == 4


@pytest.mark.parametrize("name", ["wrong bytes: html", "wrong bytes: cut", "403 expired", "500", "endless"])
def test_what_is_no_whole_picture_gets_no_name(name, service, tmp_path):
    service.always_download(SPOILT_DOWNLOADS[name])
    with pytest.raises(DownloadError):
        save(draft(tmp_path, url=url(service)))
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("name", STALLING_DOWNLOADS)
def test_what_stalls_is_tried_four_times_and_left_for_later(name, service, tmp_path):
    service.always_download(STALLING_DOWNLOADS[name])
    waits = []
    with pytest.raises(DownloadError):
        save(draft(tmp_path, url=url(service)), timeout=0.15, waits=waits)
    assert waits == [0.5, 1.0, 2.0]
    assert len(service.downloads) <= 4
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("name", USABLE_DOWNLOADS)
def test_what_is_a_whole_picture_is_saved_under_its_own_suffix(name, service, tmp_path):
    service.script_downloads(USABLE_DOWNLOADS[name])
    done = save(draft(tmp_path, url=url(service)))
    suffix = {"jpeg": "jpg", "webp": "webp"}.get(name, "png")
    assert left_in(tmp_path) == [f"a-fox-7-abcdefghij12.{suffix}"]
    data = (tmp_path / left_in(tmp_path)[0]).read_bytes()
    assert (done.size, done.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert done.path == str(tmp_path / f"a-fox-7-abcdefghij12.{suffix}")


@pytest.mark.parametrize("name", DOWNLOAD_SCRIPTS)
def test_what_breaks_off_is_begun_again_and_ends_as_the_right_picture(name, service, tmp_path):
    service.script_downloads(*DOWNLOAD_SCRIPTS[name])
    done = save(draft(tmp_path, url=url(service)))
    with open(done.path, "rb") as file:
        assert file.read() == service.picture_of(7)
    assert len(left_in(tmp_path)) == 1


def test_a_fifth_attempt_is_never_made(service, tmp_path):
    service.script_downloads(*[error(500)] * 4)
    with pytest.raises(DownloadError):
        save(draft(tmp_path, url=url(service)))
    assert len(service.downloads) == 4
    service.script_downloads(*[error(500)] * 3)
    save(draft(tmp_path, url=url(service)))
    assert len(service.downloads) == 8


def test_a_wait_that_is_broken_off_ends_the_attempts(service, tmp_path):
    class EnoughError(Exception):
        pass

    def wait(_):
        raise EnoughError

    service.always_download(error(500))
    with saver() as saving, pytest.raises(EnoughError):
        Saver(saving._downloader, embed=True, wait=wait).save(draft(tmp_path, url=url(service)))
    assert len(service.downloads) == 1
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("name", FORBIDDEN_URLS)
def test_a_forbidden_url_is_never_asked_for(name, service, tmp_path):
    with pytest.raises(RefusedDownloadError):
        save(draft(tmp_path, url=at_service(FORBIDDEN_URLS[name], service.address)))
    assert service.connections == 0
    assert left_in(tmp_path) == []


def test_a_draft_without_any_address_is_refused(tmp_path):
    with pytest.raises(RefusedDownloadError):
        save(draft(tmp_path))


# Bytes that came with the answer


def test_a_picture_that_came_with_the_answer_is_saved_from_where_it_is_kept(tmp_path):
    done = save(draft(tmp_path / "d", kept=kept_in(tmp_path)))
    assert (tmp_path / "d" / "a-fox-7-abcdefghij12.png").read_bytes() == SMALL
    assert done.notices == ("the picture is 8x8, not 1024x1024 as asked for",)


def test_kept_bytes_that_are_no_picture_are_not_read_again_and_again(tmp_path):
    waits = []
    with pytest.raises(DownloadError):
        save(draft(tmp_path / "d", kept=kept_in(tmp_path, pictures.HTML)), waits=waits)
    assert waits == []
    assert left_in(tmp_path / "d") == []


@pytest.mark.parametrize("kind", ["missing", "folder", "FIFO", "NUL"])
def test_kept_bytes_that_cannot_be_read_are_an_error_of_this_machine(kind, tmp_path):
    path = tmp_path / "kept"
    if kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    with pytest.raises(LocalFileError):
        save(draft(tmp_path / "d", kept="a\0b" if kind == "NUL" else str(path)))
    assert left_in(tmp_path / "d") == []


# What lies there already

OBSTACLES = {
    "file": lambda path: path.write_bytes(b"mine"),
    "folder": lambda path: path.mkdir(),
    "link": lambda path: (path.with_name("other").write_bytes(b"mine"), path.symlink_to("other")),
    "dangling link": lambda path: path.symlink_to("missing.png"),
    "FIFO": os.mkfifo,
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_a_name_that_is_taken_is_stepped_aside_for(kind, tmp_path):
    path = tmp_path / "d" / "a-fox-7-abcdefghij12.png"
    path.parent.mkdir()
    OBSTACLES[kind](path)
    before = path.lstat()
    done = save(draft(path.parent, kept=kept_in(tmp_path)))
    assert done.path == str(path.with_name("a-fox-7-abcdefghij12-2.png"))
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
    assert not (path.parent / "missing.png").exists()
    if kind == "link":
        assert (path.parent / "other").read_bytes() == b"mine"


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory, where the system has one: nothing there waits for a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_a_thousand_saves_that_race_to_one_name_lose_nothing(tmp_path, quick_folder):
    one = draft(quick_folder, kept=kept_in(tmp_path))
    paths = []

    def work():
        with saver() as saving:
            paths.extend(saving.save(one).path for _ in range(125))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 1000
    assert left_in(quick_folder) == sorted(os.path.basename(path) for path in paths)
    assert {os.stat(path).st_nlink for path in paths} == {1}


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "FIFO"])
def test_an_output_that_became_something_else_meanwhile_is_neither_replaced_nor_followed(kind, tmp_path):
    path = tmp_path / "d" / "a.png"
    path.parent.mkdir()
    OBSTACLES[kind](path)
    before = left_in(path.parent)
    mode = path.lstat().st_mode
    with pytest.raises(LocalFileError):
        save(draft(path.parent, "a.png", kept=kept_in(tmp_path)))
    assert left_in(path.parent) == before
    assert path.lstat().st_mode == mode


def test_an_output_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with path.open("rb") as before:
        save(draft(tmp_path, "a.png", kept=kept_in(tmp_path)))
        assert before.read() == b"old"
    assert path.read_bytes() == SMALL
    assert left_in(tmp_path) == ["a.png", "kept.answer"]


def test_an_output_in_a_folder_that_is_reached_by_a_link_is_saved_there(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    save(draft(tmp_path / "way", "a.png", kept=kept_in(tmp_path)))
    assert (tmp_path / "real" / "a.png").read_bytes() == SMALL


def test_a_folder_that_is_gone_meanwhile_is_made_again(tmp_path):
    save(draft(tmp_path / "a" / "b", kept=kept_in(tmp_path)))
    assert len(left_in(tmp_path / "a" / "b")) == 1


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_pictures_follow_the_umask(umask, tmp_path):
    before = os.umask(umask)
    try:
        for name in (None, "b.png"):
            done = save(draft(tmp_path / "d", name, kept=kept_in(tmp_path)), embed=True)
            assert stat.S_IMODE(os.stat(done.path).st_mode) == 0o666 & ~umask
    finally:
        os.umask(before)


@pytest.mark.parametrize("output", ["a\0b.png", "\ud800.png"])
def test_a_place_that_no_file_can_have_is_an_error_of_this_machine(output, tmp_path):
    # Such a place comes from a history that somebody edited.
    one = replace(
        draft(tmp_path, kept=kept_in(tmp_path)), target=Target((f"{tmp_path}/{output}/x.", ""), replace=False)
    )
    with pytest.raises(LocalFileError):
        save(one)
    one = replace(one, target=Target((f"{tmp_path}/{output}",), replace=True))
    with pytest.raises(LocalFileError):
        save(one)
    assert left_in(tmp_path) == ["kept.answer"]


def test_a_draft_whose_place_is_not_known_is_not_saved_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for replaced in (False, True):
        with pytest.raises(LocalFileError):
            save(replace(draft(tmp_path, kept=kept_in(tmp_path)), target=Target((), replace=replaced)))
    assert left_in(tmp_path) == ["kept.answer"]


# A bad day for the disk


@pytest.mark.parametrize("name", [None, "a.png"])
@pytest.mark.parametrize("room", ["32k", "200k", "1100k"])
def test_a_disk_that_runs_full_leaves_the_old_picture_and_no_part(room, name, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    data = noise(500)  # 750 KB, and as much again once it is marked
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={room}", "none", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        (disk / "a.png").write_bytes(b"old")
        with pytest.raises(LocalFileError, match="No space left"):
            save(draft(disk, name, kept=kept_in(tmp_path, data)), embed=True)
        assert left_in(disk) == ["a.png"]
        assert (disk / "a.png").read_bytes() == b"old"
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_file_that_cannot_be_replaced_leaves_no_part(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("no file may be made immutable here")
    try:
        with pytest.raises(LocalFileError):
            save(draft(tmp_path, "a.png", kept=kept_in(tmp_path)))
        assert left_in(tmp_path) == ["a.png", "kept.answer"]
        assert path.read_bytes() == b"old"
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


@pytest.mark.parametrize("obstacle", ["file", "FIFO", "dangling link"])
def test_something_in_place_of_the_folder_is_an_error_of_this_machine(obstacle, tmp_path):
    OBSTACLES[obstacle](tmp_path / "d")
    with pytest.raises(LocalFileError):
        save(draft(tmp_path / "d", kept=kept_in(tmp_path)))


# Parts


def test_a_part_is_new_beside_its_target_and_gone_in_the_end(tmp_path):
    with PartFile(str(tmp_path), "abcdefghij12") as part, PartFile(str(tmp_path), "abcdefghij12") as other:
        part.file.write(b"x")
        assert part.path != other.path
        for name in left_in(tmp_path):
            assert name.startswith(".seedream-abcdefghij12-")
            assert name.endswith(".part")
    assert left_in(tmp_path) == []


def test_a_part_that_is_gone_already_or_cannot_be_flushed_is_no_error(tmp_path):
    with PartFile(str(tmp_path), "abcdefghij12") as part:
        os.unlink(part.path)
    with PartFile(str(tmp_path / "."), "abcdefghij12") as part:
        part.file.write(b"x")
        os.close(part.file.fileno())
    assert left_in(tmp_path) == []


def test_a_part_that_cannot_be_removed_does_not_undo_what_was_saved(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    with PartFile(str(folder), "abcdefghij12") as part:
        os.unlink(part.path)
        os.mkdir(part.path)  # what stands there now cannot be unlinked
    assert len(left_in(folder)) == 1


# What is written into pictures


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_says_what_made_it_and_its_hash_is_that_of_the_file(kind, tmp_path):
    data = pictures.painted(kind)
    done = save(draft(tmp_path / "d", kept=kept_in(tmp_path, data)), embed=True)
    with open(done.path, "rb") as file:
        facts = read_facts(file)
    written = (tmp_path / "d" / os.path.basename(done.path)).read_bytes()
    assert hashlib.sha256(written).hexdigest() == done.sha256
    assert len(written) == done.size
    assert written != data
    assert (facts.prompt, facts.seed, facts.id, facts.model) == ("a fox", 7, "abcdefghij12", "seedream-v5lite")
    assert b"trainedAlgorithmicMedia" in written


def test_nothing_private_is_written_into_a_picture(tmp_path):
    one = draft(
        tmp_path / "d", kept=kept_in(tmp_path), tags=("CANARYTAG",), note="CANARYNOTE", batch="CANARYBATCH", rating=5
    )
    done = save(replace(one, url=None, revised_prompt="CANARYREVISED"), embed=True)
    with open(done.path, "rb") as file:
        data = file.read()
    for secret in (b"CANARY", os.fsencode(tmp_path), b"kept.answer"):
        assert secret not in data


def test_without_embedding_the_bytes_are_those_that_came(service, tmp_path):
    done = save(draft(tmp_path, url=url(service)), embed=False)
    with open(done.path, "rb") as file:
        assert file.read() == service.picture_of(7)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_stand_in_of_the_sandbox_is_not_said_to_be_made_by_a_model(kind, tmp_path):
    one = draft(tmp_path / "d", key=replace(KEY, origin=SANDBOX), kept=kept_in(tmp_path, pictures.painted(kind)))
    done = save(one, embed=True)
    with open(done.path, "rb") as file:
        assert b"trainedAlgorithmicMedia" not in file.read()


def test_a_picture_with_a_provenance_manifest_is_left_byte_for_byte(tmp_path):
    whole = pictures.png(8, 8)
    at = len(pictures.SIGNATURE) + 25
    signed = whole[:at] + pictures.chunk(b"caBX", b"\0\0\0\x20jumb" + bytes(24)) + whole[at:]
    done = save(draft(tmp_path / "d", kept=kept_in(tmp_path, signed)), embed=True)
    with open(done.path, "rb") as file:
        assert file.read() == signed


# What the user is told


@pytest.mark.parametrize(
    ("name", "kind", "warned"),
    [
        ("a.png", "PNG", False),
        ("a.PNG", "PNG", False),
        ("a.jpg", "JPEG", False),
        ("a.jpeg", "JPEG", False),
        ("a.webp", "WEBP", False),
        ("a", "JPEG", False),
        (".png", "JPEG", False),
        ("a.png", "JPEG", True),
        ("a.jpg", "PNG", True),
        ("a.txt", "PNG", True),
        ("a.png.html", "PNG", True),
    ],
)
def test_a_suffix_that_is_not_what_the_bytes_are_is_kept_and_warned_about(name, kind, warned, tmp_path):
    done = save(draft(tmp_path / "d", name, kept=kept_in(tmp_path, pictures.painted(kind, (1024, 1024)))))
    assert left_in(tmp_path / "d") == [name]
    assert bool(done.notices) == warned
    if warned:
        assert kind in done.notices[0]


def test_an_extension_that_was_left_open_is_that_of_the_bytes(tmp_path):
    target = Target((f"{tmp_path}/d/", "/x.", ""), replace=True)
    done = save(replace(draft(tmp_path, kept=kept_in(tmp_path, pictures.painted("WEBP"))), target=target))
    assert done.path == f"{tmp_path}/d/webp/x.webp"


# Pictures that are there already


@pytest.mark.parametrize(
    "change", [None, "byte", "shorter", "longer", "missing", "folder", "FIFO", "link", "dangling link"]
)
def test_a_picture_is_intact_only_while_its_bytes_are_those_that_were_saved(change, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(SMALL)
    one = saved_as(draft(tmp_path), path, SMALL)
    if change in {"missing", "folder", "FIFO", "link", "dangling link"}:
        path.rename(tmp_path / "moved.png")
    match change:
        case "byte":
            path.write_bytes(pictures.flipped(SMALL))
        case "shorter":
            path.write_bytes(SMALL[:-1])
        case "longer":
            path.write_bytes(SMALL + b"x")
        case "folder":
            path.mkdir()
        case "FIFO":
            os.mkfifo(path)
        case "link":
            path.symlink_to("moved.png")
        case "dangling link":
            path.symlink_to("elsewhere.png")
    assert intact(one) == (change in {None, "link"})


@pytest.mark.parametrize("path", [None, "", "a\0b", "\ud800", "/proc/self/mem", "/dev/zero"])
def test_a_path_from_a_history_that_somebody_edited_is_no_crash(path, tmp_path):
    assert not intact(replace(saved_as(draft(tmp_path), "", SMALL), path=path))
    assert not intact(replace(saved_as(draft(tmp_path), "", b""), path=path, bytes=None))


@pytest.mark.parametrize("name", [None, "b.png"])
def test_a_picture_is_copied_whole(name, tmp_path):
    (tmp_path / "a.png").write_bytes(SMALL)
    one = saved_as(draft(tmp_path), tmp_path / "a.png", SMALL)
    path = copy_picture(one, draft(tmp_path / "new" / "d", name).target).path
    assert path == str(tmp_path / "new" / "d" / (name or "a-fox-7-abcdefghij12.png"))
    with open(path, "rb") as file:
        assert file.read() == SMALL
    assert len(left_in(tmp_path / "new" / "d")) == 1


def test_a_copy_that_lies_there_already_is_left_as_it_is(tmp_path):
    (tmp_path / "a.png").write_bytes(SMALL)
    one = saved_as(draft(tmp_path), tmp_path / "a.png", SMALL)
    for name in (None, "b.png", "a.png"):
        target = draft(tmp_path, name).target
        path = copy_picture(one, target).path
        before = os.stat(path)
        assert copy_picture(one, target).path == path
        assert os.stat(path).st_ino == before.st_ino
        assert os.stat(path).st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("kind", OBSTACLES)
def test_a_copy_steps_aside_or_is_refused_like_any_picture(kind, tmp_path):
    (tmp_path / "a.png").write_bytes(SMALL)
    one = saved_as(draft(tmp_path), tmp_path / "a.png", SMALL)
    folder = tmp_path / "d"
    folder.mkdir()
    OBSTACLES[kind](folder / "a-fox-7-abcdefghij12.png")
    assert copy_picture(one, draft(folder).target).path.endswith("-2.png")
    OBSTACLES[kind](folder / "b.png") if kind != "link" else (folder / "b.png").symlink_to("other")
    if kind == "file":
        copy_picture(one, draft(folder, "b.png").target)
        assert (folder / "b.png").read_bytes() == SMALL
    else:
        with pytest.raises(LocalFileError):
            copy_picture(one, draft(folder, "b.png").target)
    assert not [name for name in left_in(folder) if name.endswith(".part")]


@pytest.mark.parametrize("kind", ["missing", "changed", "no picture", "FIFO"])
def test_what_is_no_longer_the_picture_is_not_copied(kind, tmp_path):
    path = tmp_path / "a.png"
    match kind:
        case "changed":
            path.write_bytes(pictures.png(9, 9))
        case "no picture":
            path.write_bytes(pictures.HTML)
        case "FIFO":
            os.mkfifo(path)
    with pytest.raises(LocalFileError):
        copy_picture(saved_as(draft(tmp_path), path, SMALL), draft(tmp_path / "d").target)
    with suppress(FileNotFoundError):
        assert left_in(tmp_path / "d") == []


def test_a_picture_of_another_size_than_asked_for_is_saved_and_told(service, tmp_path):
    service.always_download(picture(pictures.png(640, 480)))
    done = save(draft(tmp_path, url=url(service)))
    assert done.notices == ("the picture is 640x480, not 1024x1024 as asked for",)
