"""Folders on other machines are known by the type of their file system."""

import os
import sys
from pathlib import Path

import pytest

from seedream_cli.files.filesystems import network_file_system

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the table of file systems is Linux's")


def table(tmp_path: Path, kind: str) -> Path:
    device = os.stat(tmp_path).st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(
        b"22 27 9999:21 / /proc rw,relatime - proc proc rw\n"
        b"23 27 9999:22 / /mnt/strange\\040name\xff rw shared:1 - nfs4 host:/x rw\n\n"
        + f"36 35 {os.major(device)}:{os.minor(device)} / /home rw,noatime master:1 - {kind} host:/home rw\n".encode()
    )
    return mounts


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "afs"])
def test_a_file_system_of_another_machine_is_named(tmp_path: Path, kind: str) -> None:
    mounts = table(tmp_path, kind)
    assert network_file_system(tmp_path, mounts) == kind
    assert network_file_system(tmp_path / "not" / "there" / "history.jsonl", mounts) == kind


def test_a_name_that_nothing_can_have_lies_where_its_folder_does(tmp_path: Path) -> None:
    assert network_file_system(tmp_path / ("x" * 300) / "history.jsonl", table(tmp_path, "nfs")) == "nfs"


def test_a_link_to_another_machine_is_followed(tmp_path: Path) -> None:
    mounts = table(tmp_path, "nfs")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "elsewhere" / "history.jsonl")
    assert network_file_system(tmp_path / "link.jsonl", mounts) == "nfs"


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs", "overlay", "fuse", "fuseblk", "apfs"])
def test_a_file_system_of_this_machine_is_not(tmp_path: Path, kind: str) -> None:
    assert network_file_system(tmp_path, table(tmp_path, kind)) is None


def test_what_cannot_be_found_out_is_not_warned_about(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    cut = tmp_path / "cut"
    device = os.stat(tmp_path).st_dev
    cut.write_text(f"36 35 {os.major(device)}:{os.minor(device)} / - ")
    for mounts in (empty, cut, tmp_path / "missing", tmp_path):
        assert network_file_system(tmp_path, mounts) is None


def test_here_is_not_elsewhere() -> None:
    assert network_file_system(Path("/proc")) is None
