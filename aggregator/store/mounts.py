"""What kind of file system a cache lies on: over a network SQLite's write-ahead log is not safe.

The log's index is memory that all processes share (https://sqlite.org/wal.html §2.2), so a second machine
would not see it. There the older rollback journal is used; readers and writers then wait for each other.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")  # proc(5); absent on systems other than Linux
NETWORK: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "ncpfs", "lustre"),
        *("fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.davfs2", "fuse.gvfsd-fuse", "fuse.s3fs"),
        *("fuse.glusterfs", "fuse.curlftpfs", "fuse.smbnetfs", "virtiofs", "fuse.juicefs", "fuse.onedriver"),
    }
)
SYNCED: Final = ("Dropbox", "OneDrive", "Google Drive", "Nextcloud", "ownCloud", "iCloud", "Syncthing")
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_kind(path: Path, mounts: str | None = None) -> str:
    """The kind of network file system that a path lies on, "" for a disk of this machine.

    ``mounts`` is the text of mountinfo, None for this system's.
    """
    best, kind = -1, ""
    for line in (_mounts() if mounts is None else mounts).splitlines():
        left, _, right = line.partition(" - ")
        words, described = left.split(), right.split()
        if len(words) < 5 or not described:
            continue
        point = PurePosixPath(_OCTAL.sub(lambda match: chr(int(match[1], 8)), words[4]))
        depth = len(point.parts)
        if depth >= best and PurePosixPath(path).is_relative_to(point):
            best, kind = depth, described[0]
    return kind if kind in NETWORK else ""


def synced_folder(path: Path) -> str:
    """The name of the file-synchronising service whose folder a path seems to lie in, or ""."""
    for part in path.parts:
        for name in SYNCED:
            if part.casefold().startswith(name.casefold()):
                return name
    return ""


def _mounts() -> str:
    try:
        return MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return ""
