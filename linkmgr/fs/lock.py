"""Keeping two processes apart that would do the same work."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# How often a waiting process tries again, in seconds.
_PAUSE = 0.05

# The errors for another's lock, of flock and of Windows.
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _acquire(descriptor: int, *, shared: bool) -> None:  # noqa: ARG001 - Windows has no such lock
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int, *, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        # Not left to the closing: worker processes have the descriptor too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(file: Path, patience: float, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock on `file`, which is made unless the lock is `shared`, that is for reading.

    Raise TimeoutError if others hold it for longer than `patience` (seconds), or OSError.
    """
    flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    descriptor = os.open(file, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        _wait(descriptor, patience, shared=shared)
        try:
            yield
        finally:
            _release(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience: float, *, shared: bool) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            _acquire(descriptor, shared=shared)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            if time.monotonic() > deadline:
                raise TimeoutError from error
            time.sleep(_PAUSE)
        else:
            return
