"""Whether a folder lies on another machine: there, locks and appends of several machines are not what they are here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    {"9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs", "fuse.glusterfs", "fuse.rclone"}
    | {"fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3"}
    | {"smbfs", "virtiofs", "webdav", "afpfs", "ftp"}
)
"""Types of file systems that lie elsewhere, as Linux and macOS call them."""


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the type of the file system of a path, or of its nearest parent that exists, where that lies elsewhere.

    Args:
        path: may not exist yet.
        mounts: Linux's table of mounted file systems.

    Returns:
        The type, such as `nfs4`; None where it lies on this machine, and where that cannot be found out.
    """
    there = _nearest(path)
    try:
        if sys.platform == "win32":
            return _on_windows(there)
        kind = _on_macos(there) if sys.platform == "darwin" else _on_linux(there, mounts)
    except (OSError, ValueError, LookupError, AttributeError):
        return None
    return kind if kind in _NETWORK else None


def _nearest(path: Path) -> Path:
    whole = Path(os.path.realpath(path))
    # `Path.exists` raises where a folder may not be entered, a name is too long, or the disk fails.
    return next((each for each in (whole, *whole.parents) if os.path.exists(each)), whole)


def _on_linux(path: Path, mounts: Path) -> str | None:
    """Return the file system's type by its device's number, which no path that is spelt otherwise can hide."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with mounts.open(encoding="utf-8", errors="surrogateescape") as table:
        for line in table:
            fields, _, kinds = line.partition(" - ")
            if fields.split()[2:3] == [wanted]:
                return kinds.split()[0]
    return None


def _on_macos(path: Path) -> str:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    # On Intel the plain name is the call of before 2007, with another structure.
    statfs = getattr(libc, "statfs$INODE64", None) or libc.statfs
    buffer = ctypes.create_string_buffer(4096)
    if statfs(os.fsencode(path), buffer):
        raise OSError(ctypes.get_errno(), "statfs")
    return buffer.raw[72:88].partition(b"\0")[0].decode("ascii", "replace")  # f_fstypename


def _on_windows(path: Path) -> str | None:
    import ctypes

    remote = 4  # DRIVE_REMOTE
    drive = os.path.splitdrive(path)[0]
    is_remote = drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == remote  # type: ignore[attr-defined,unused-ignore]
    return "a network drive" if is_remote else None
