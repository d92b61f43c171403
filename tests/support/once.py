"""What is made once for a run, whichever of its workers comes first."""

import fcntl
import os
import shutil


def made_once(tmp_path_factory, name, make):
    """Return the folder of this name, which the first worker has made by a function of it.

    The others wait for it. Where making it failed, the next one makes it anew.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # of the folders of all workers
    folder, made = root / name, root / f"{name}.made"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
