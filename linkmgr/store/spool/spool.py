"""The spool: a folder in which each writer has a file of its own, a click a line."""

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from uuid_utils import uuid7

from linkmgr.fs.atomic import is_at, sync_folder

SUFFIX = ".spool"

# A file is deleted as a whole once it is loaded, so a writer begins a new one past this size.
LARGEST = 64 * 2**20

# A file that holds a private line is ended after so many seconds: at once would be a file a line.
PRIVATE_SECONDS = 5.0

# Bytes that are copied at once.
_COPIED = 2**20


class SpoolWriter:
    """Appends lines to a file of its own, which stays locked while it writes there.

    `append` may be called by several threads, `sync` and `close` by one. None of them raises: what
    the disk refuses is lost, as `append` says, and `sync` begins a new file where it must. A file
    that was deleted or moved is written again by `sync` and `close`, as often as `restored` says.
    """

    def __init__(self, folder: Path) -> None:
        self.restored = 0
        self._folder = folder
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._file = folder
        self._size = 0
        self._torn = False
        self._dirty = False
        self._private_since: float | None = None
        self._begin_file()

    def append(self, line: bytes, *, private: bool = False) -> bool:
        """Write a line down. Return whether it is there, as a whole; if not, nothing of it is.

        One that is `private` is to be deleted once it is loaded: `sync` soon begins a new file.
        """
        with self._lock:
            if self._descriptor is None or self._torn:
                return False
            try:
                done = os.write(self._descriptor, line)
            except OSError:
                return False
            if done != len(line):
                self._take_back()
                return False
            self._size += done
            self._dirty = True
            if private and self._private_since is None:
                self._private_since = time.monotonic()
            return True

    def sync(self) -> None:
        """Have the lines so far outlive a loss of power; begin a new file if it is time to."""
        if self._dirty and self._descriptor is not None:
            self._dirty = False
            try:
                os.fdatasync(self._descriptor)
            except OSError:
                self._torn = True  # what of the file is on the disk is not known any more
        self._restore()
        if self._descriptor is None or self._torn or self._size >= LARGEST or self._is_private():
            self._begin_file()

    def close(self) -> None:
        """End writing. The loader deletes the file once it is loaded."""
        self._restore()
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        _end_file(descriptor)

    def _is_private(self) -> bool:
        """Whether the file has held a private line for long enough."""
        since = self._private_since
        return since is not None and time.monotonic() >= since + PRIVATE_SECONDS

    def _take_back(self) -> None:
        """Remove a line that was not written as a whole."""
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, self._size)
            except OSError:
                self._torn = True  # the loader drops a last line without a break

    def _restore(self) -> None:
        """Write the file again, under its name, if it is not where it was made.

        The name, as that is how the database knows which of its lines are loaded. The file that is
        still open has them all. If the disk refuses, lines are appended to that one until it can.
        """
        if self._descriptor is None or is_at(self._descriptor, self._file):
            return
        with self._lock:  # until the copy is complete no line may be added
            try:
                copy = _copied(self._descriptor, self._file)
            except OSError:
                return
            ended, self._descriptor = self._descriptor, copy
        os.close(ended)
        self.restored += 1

    def _begin_file(self) -> None:
        try:
            descriptor, file = _new_file(self._folder)
        except OSError:
            return
        with self._lock:
            ended, self._descriptor = self._descriptor, descriptor
            self._file = file
            self._size, self._torn, self._private_since = 0, False, None
        _end_file(ended)


def _new_file(folder: Path) -> tuple[int, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        file = folder / f"{uuid7().hex}{SUFFIX}"
        descriptor = _create(file)
        # A loader that came before the lock has taken the file for one whose writer is gone.
        if os.fstat(descriptor).st_nlink:
            sync_folder(folder)
            return descriptor, file
        os.close(descriptor)


def _create(file: Path) -> int:
    """Make a file, hold it locked, and return its descriptor. Raise OSError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
    descriptor = os.open(file, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _copied(source: int, file: Path) -> int:
    """Put a durable copy of an open file at a path, and return its descriptor. Raise OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{uuid7().hex}")
    copy = _create(temporary)
    try:
        position = 0
        while data := os.pread(source, _COPIED, position):
            position += os.write(copy, data)
        os.fsync(copy)
        temporary.replace(file)
        sync_folder(file.parent)
    except OSError:
        os.close(copy)
        temporary.unlink(missing_ok=True)
        raise
    return copy


def _end_file(descriptor: int | None) -> None:
    if descriptor is not None:
        with suppress(OSError):
            os.fdatasync(descriptor)
        os.close(descriptor)
