"""Keeping two processes apart that would do the same work."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linkmgr.messages.errors import LinkmgrError
from linkmgr.messages.message import Message

# How often a waiting process tries again, in seconds.
_PAUSE = 0.05

# The errors for another's lock.
_TAKEN = (errno.EAGAIN, errno.EACCES)


@contextmanager
def locked(
    file: Path, patience: float, *, shared: bool = False, busy: Message | None = None
) -> Iterator[None]:
    """Hold the lock on `file`, which is made unless the lock is `shared`, that is for reading.

    If others hold it for longer than `patience` (seconds), raise TimeoutError, or LinkmgrError of
    what there is to say when it is `busy`. Raise OSError.
    """
    flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    descriptor = os.open(file, flags | os.O_NOFOLLOW, 0o666)
    try:
        try:
            _wait(descriptor, patience, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        except TimeoutError as error:
            if busy is None:
                raise
            raise LinkmgrError(busy) from error
        try:
            yield
        finally:
            # Not left to the closing: worker processes have the descriptor too.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, patience: float, kind: int) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            if time.monotonic() > deadline:
                raise TimeoutError from error
            time.sleep(_PAUSE)
        else:
            return
