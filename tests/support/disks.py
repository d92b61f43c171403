"""Disks that are soon full."""

import os
import subprocess
from contextlib import contextmanager

import pytest

SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]


@contextmanager
def small_disk(folder, megabytes=4):
    """Mount a disk that belongs to its folder's owner; skip the test for who may not."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=777,uid={folder.parent.stat().st_uid}"
    mounted = [*SUDO, "mount", "-t", "tmpfs", "-o", options, "linkmgr", folder]
    try:
        subprocess.run(mounted, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted")
    try:
        yield folder
    finally:
        subprocess.run([*SUDO, "umount", "-l", folder], check=True)


def enlarge(folder, megabytes):
    """Give the disk at a folder another size."""
    options = f"remount,size={megabytes}m"
    subprocess.run([*SUDO, "mount", "-o", options, folder], check=True)
