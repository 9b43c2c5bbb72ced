"""Where pictures will lie: every name and folder checked before anything is paid for."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from support.drawn import KEY, left_in

from seedream_cli.drafts import Target
from seedream_cli.errors import InputError, LocalFileError
from seedream_cli.saving import targets
from seedream_cli.saving.targets import Naming, check_targets, prepare_folders

DAY = 24 * 60 * 60
MEGABYTE = 1024 * 1024


def drafts(count):
    return [(f"abcdefghij{index:02}", replace(KEY, seed=100 + index)) for index in range(count)]


def names(output, count):
    return [target.path("png") for target in Naming(output, "drafts").targets(drafts(count))]


def onto(path):
    return Target((str(path),), replace=True)


@contextmanager
def small_disk(folder, size):
    """A file system of its own with that much room."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


# Names


@pytest.mark.parametrize(
    ("output", "first", "second"),
    [
        ("out.png", "out-1.png", "out-2.png"),
        ("out", "out-1", "out-2"),
        ("out.tar.png", "out.tar-1.png", "out.tar-2.png"),
        (".hidden", ".hidden-1", ".hidden-2"),
        (".hidden.png", ".hidden-1.png", ".hidden-2.png"),
        ("a/.hidden", "a/.hidden-1", "a/.hidden-2"),
        ("a.b/out", "a.b/out-1", "a.b/out-2"),
        ("a.b/out.png", "a.b/out-1.png", "a.b/out-2.png"),
        ("../out.png", "../out-1.png", "../out-2.png"),
        ("./out.png", "./out-1.png", "./out-2.png"),
        ("/x/out.png", "/x/out-1.png", "/x/out-2.png"),
        ("out.", "out-1.", "out-2."),
        ("{{a}}.png", "{a}-1.png", "{a}-2.png"),
        (r"a\1\g<0>.png", r"a\1\g<0>-1.png", r"a\1\g<0>-2.png"),
    ],
)
def test_several_drafts_are_numbered_before_the_suffix(output, first, second):
    assert names(output, 2) == [first, second]


def test_one_draft_is_named_exactly_as_given():
    for output in ("out.png", ".hidden", "a.b/out", "out.", "{{a}}.png"):
        assert names(output, 1) == [output.replace("{{", "{").replace("}}", "}")]


def test_placeholders_make_names_of_their_own():
    assert names("{seed}-{index}-{slug}-{model}-{id}.{ext}", 2) == [
        "100-1-a-fox-seedream-v5lite-abcdefghij00.png",
        "101-2-a-fox-seedream-v5lite-abcdefghij01.png",
    ]


@pytest.mark.parametrize("output", ["{slug}.png", "{model}/{ext}", "{ext}", "{index}/../a.png", "{slug}-{{id}}.png"])
def test_drafts_that_would_take_one_place_are_refused(output):
    assert len(names(output, 1)) == 1
    with pytest.raises(InputError, match="several drafts"):
        names(output, 2)


@pytest.mark.parametrize("output", ["", "-", "a\0b", "a/", "/", "a/b/", ".", "..", "a/.", "a/..", "\ud800"])
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_no_file_name_is_refused(output, count):
    with pytest.raises(InputError):
        check_targets(Naming(output, "drafts").targets(drafts(count)), ours=[])


def test_a_folder_is_refused_with_what_to_type_instead(tmp_path):
    with pytest.raises(InputError) as refusal:
        names(str(tmp_path), 1)
    assert refusal.value.hint == f"use -d {tmp_path}"


@pytest.mark.parametrize("folder", ["a\0b", "\ud800"])
def test_what_is_no_folder_name_is_refused(folder):
    with pytest.raises(InputError):
        Naming(None, folder).targets(drafts(1))


def test_default_names_lie_in_the_folder_and_replace_nothing():
    [target] = Naming(None, "a/b").targets(drafts(1))
    assert target == Target(("a/b/a-fox-100-abcdefghij00.", ""), replace=False)


@pytest.mark.parametrize("way", ["link/..", "link/../b", "link/../../x/b", "a/..", "b", ".", "new/.."])
def test_a_way_back_out_of_a_link_means_the_same_place_in_the_history(way, tmp_path, monkeypatch):
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "work" / "a").mkdir(parents=True)
    (tmp_path / "work" / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    monkeypatch.chdir(tmp_path / "work")
    for naming in (Naming(None, way), Naming(f"{way}/out-{{id}}.png", "drafts"), Naming(f"{way}/out.png", "drafts")):
        for target in naming.targets(drafts(2)):
            typed = os.path.realpath(way)
            assert os.path.realpath(target.folder) == typed
            assert os.path.realpath(target.absolute().folder) == typed
            assert target.folder == way or "link" in way


# What lies there already


@pytest.mark.parametrize("kind", ["link", "dangling link", "FIFO", "folder", "device"])
def test_nothing_but_a_regular_file_may_be_replaced(kind, tmp_path):
    path = tmp_path / "a.png"
    if kind == "device":
        path = "/dev/null"
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("b.png")
        if kind == "link":
            (tmp_path / "b.png").write_bytes(b"mine")
    with pytest.raises(InputError, match="not a regular file"):
        check_targets([onto(path)], ours=[])


def test_a_way_through_a_folder_that_is_yet_to_be_made_is_followed(tmp_path):
    (tmp_path / "link.png").symlink_to("elsewhere")
    for way in ("new/..", "new/deep/../..", "./new/.."):
        with pytest.raises(InputError, match="not a regular file"):
            check_targets([onto(f"{tmp_path}/{way}/link.png")], ours=[])


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_an_open_extension_is_looked_at_in_all_its_forms(extension, tmp_path):
    (tmp_path / f"a.{extension}").symlink_to("elsewhere")
    with pytest.raises(InputError, match="not a regular file"):
        check_targets([Target((f"{tmp_path}/a.", ""), replace=True)], ours=[])


def test_a_regular_file_and_a_missing_one_may_be_replaced(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    check_targets([onto(tmp_path / "a.png"), onto(tmp_path / "b.png"), onto(tmp_path / "new/b.png")], ours=[])
    assert left_in(tmp_path) == ["a.png"]


def test_a_file_of_our_own_is_refused_by_whatever_path(tmp_path):
    history = tmp_path / "history.jsonl"
    (tmp_path / "sub").mkdir()
    (tmp_path / "way").symlink_to(tmp_path)
    for path in (history, tmp_path / "sub/../history.jsonl", tmp_path / "way/history.jsonl"):
        for exists in (False, True):
            history.touch() if exists else history.unlink(missing_ok=True)
            with pytest.raises(InputError, match="of seedream itself"):
                check_targets([onto(path)], ours=[history])


def test_nothing_in_a_folder_of_our_own_is_replaced(tmp_path):
    ours = tmp_path / "history.jsonl.d"
    for path in (ours / "a.answer", ours / "new/a.png", tmp_path / "sub/../history.jsonl.d/a.answer"):
        with pytest.raises(InputError, match="of seedream itself"):
            check_targets([onto(path)], ours=[ours])
    check_targets([onto(tmp_path / "history.jsonl.d.png")], ours=[ours])


@pytest.mark.parametrize(("letter", "size"), [("x", 1), ("é", 2), ("山", 3), ("🦊", 4)])
def test_a_name_may_have_255_bytes_and_no_more(letter, size, tmp_path):
    fits = letter * (251 // size) + "x" * (251 % size) + ".png"
    assert len(fits.encode()) == 255
    check_targets([onto(tmp_path / fits)], ours=[])
    with pytest.raises(InputError, match="too long"):
        check_targets([onto(tmp_path / f"x{fits}")], ours=[])


def test_a_name_that_only_its_extension_makes_too_long_is_found_before_paying(tmp_path):
    check_targets([Target((f"{tmp_path}/{'x' * 250}.", ""), replace=True)], ours=[])
    with pytest.raises(InputError, match="too long"):
        check_targets([Target((f"{tmp_path}/{'x' * 251}.", ""), replace=True)], ours=[])


def test_a_path_that_the_system_finds_too_long_is_found_before_paying(tmp_path):
    with pytest.raises(InputError, match="too long"):
        check_targets([onto(tmp_path / "/".join(["x" * 200] * 30))], ours=[])


# Folders


def test_missing_folders_are_made_and_nothing_is_left_in_them(tmp_path):
    prepare_folders([onto(tmp_path / "a/b/c.png"), onto(tmp_path / "d/e.png"), onto(tmp_path / "d/f.png")], MEGABYTE)
    assert left_in(tmp_path) == ["a", "d"]
    assert left_in(tmp_path / "a/b") == []
    assert left_in(tmp_path / "d") == []


@pytest.mark.parametrize("kind", ["file", "FIFO", "dangling link", "link to itself"])
def test_something_in_place_of_a_folder_is_an_error_of_this_machine(kind, tmp_path):
    path = tmp_path / "a"
    {
        "file": path.touch,
        "FIFO": lambda: os.mkfifo(path),
        "dangling link": lambda: path.symlink_to("b"),
        "link to itself": lambda: path.symlink_to("a"),
    }[kind]()
    for target in (path / "x.png", path / "b/x.png"):
        with pytest.raises(LocalFileError, match="cannot be written"):
            prepare_folders([onto(target)], MEGABYTE)
    assert left_in(tmp_path) == ["a"]


def test_a_folder_that_does_not_take_files_is_found_before_paying():
    with pytest.raises(LocalFileError, match="cannot be written"):
        prepare_folders([onto("/proc/self/a.png")], MEGABYTE)


def test_a_link_to_a_folder_is_a_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    prepare_folders([onto(tmp_path / "way/a.png")], MEGABYTE)


def test_a_read_only_folder_is_found_before_paying(tmp_path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    with small_disk(folder, "1m"):
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with pytest.raises(LocalFileError, match="Read-only"):
            prepare_folders([onto(folder / "a.png")], MEGABYTE)


def test_a_folder_that_may_not_be_changed_is_found_before_paying(tmp_path):
    if subprocess.run(["chattr", "+i", tmp_path], check=False, capture_output=True).returncode:
        pytest.skip("no file may be made immutable here")
    try:
        with pytest.raises(LocalFileError, match="cannot be written"):
            prepare_folders([onto(tmp_path / "a.png")], MEGABYTE)
    finally:
        subprocess.run(["chattr", "-i", tmp_path], check=True)


@pytest.mark.parametrize("size", ["8k", "64k", "512k"])
def test_a_disk_without_room_is_found_before_paying(size, tmp_path):
    with small_disk(tmp_path, size):
        with pytest.raises(LocalFileError):
            prepare_folders([onto(tmp_path / "a.png")], MEGABYTE)
        assert left_in(tmp_path) == []


def test_room_is_wanted_for_all_pictures_of_a_folder_together(tmp_path):
    with small_disk(tmp_path, "3m"):
        prepare_folders([onto(tmp_path / f"{index}.png") for index in range(2)], MEGABYTE)
        with pytest.raises(LocalFileError, match="4 MB are needed"):
            prepare_folders([onto(tmp_path / f"{index}.png") for index in range(4)], MEGABYTE)


def test_a_limit_on_the_length_of_files_is_found_before_paying(tmp_path):
    program = f"""
import resource
from seedream_cli.drafts import Target
from seedream_cli.saving.targets import prepare_folders
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
prepare_folders([Target(({str(tmp_path / "a.png")!r},), replace=True)], 1)
"""
    ended = subprocess.run([sys.executable, "-B", "-c", program], check=False, capture_output=True)
    assert b"File too large" in ended.stderr
    assert left_in(tmp_path) == []


# What a killed run left behind


def litter(folder, name, age):
    path = folder / name
    path.write_bytes(b"half a picture")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_parts_that_a_killed_run_left_are_cleared_away_after_a_day(tmp_path):
    litter(tmp_path, ".seedream-abcdefghij12-0123abcd.part", DAY + 60)
    litter(tmp_path, ".seedream-k3x_9a1b.part", 30 * DAY)
    young = litter(tmp_path, ".seedream-abcdefghij12-deadbeef.part", DAY - 60)
    future = litter(tmp_path, ".seedream-abcdefghij12-00000000.part", -DAY)
    prepare_folders([onto(tmp_path / "a.png")], 1)
    assert left_in(tmp_path) == sorted([young.name, future.name])


def test_nothing_else_is_ever_cleared_away(tmp_path):
    kept = [
        litter(tmp_path, name, 99 * DAY).name
        for name in (
            "a.png",
            "seedream-abcdefghij12-0123abcd.part",
            ".seedream-notes.txt",
            ".seedream-",
            "x.part",
            ".part",
        )
    ]
    folder = tmp_path / ".seedream-abcdefghij12-aaaaaaaa.part"
    folder.mkdir()
    inner = litter(folder, ".seedream-abcdefghij12-0123abcd.part", 99 * DAY)
    os.utime(folder, (0, 0))
    link = tmp_path / ".seedream-abcdefghij12-bbbbbbbb.part"
    link.symlink_to("a.png")
    os.utime(link, (0, 0), follow_symlinks=False)
    prepare_folders([onto(tmp_path / "a.png")], 1)
    assert left_in(tmp_path) == sorted([*kept, folder.name, link.name])
    assert inner.exists()


def test_clearing_away_is_bounded_and_goes_on_the_next_time(tmp_path):
    for index in range(targets.MOST_CLEARED + 10):
        litter(tmp_path, f".seedream-abcdefghij12-{index:08x}.part", 2 * DAY)
    prepare_folders([onto(tmp_path / "a.png")], 1)
    assert len(left_in(tmp_path)) == 10
    prepare_folders([onto(tmp_path / "a.png")], 1)
    assert left_in(tmp_path) == []


def test_what_cannot_be_cleared_away_is_left(tmp_path):
    stale = litter(tmp_path, ".seedream-abcdefghij12-0123abcd.part", 2 * DAY)
    if subprocess.run(["chattr", "+i", stale], check=False, capture_output=True).returncode:
        pytest.skip("no file may be made immutable here")
    try:
        prepare_folders([onto(tmp_path / "a.png")], 1)
    finally:
        with suppress(OSError):
            subprocess.run(["chattr", "-i", stale], check=True)
    assert stale.exists()
