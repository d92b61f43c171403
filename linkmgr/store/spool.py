"""The spool: a folder of files, in whose lines clicks and reports wait for the loader.

It writes, reads and ends files, and does not know what their lines say.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import NamedTuple

from uuid_utils import uuid7

from linkmgr.fs import is_at, replace_quickly, sync_folder

_SUFFIX = ".spool"

# Reading: what waits for the loader, and what is left to delete.

# What has no line break within this many bytes is not a line: a request has 2,000 at most.
LONGEST_LINE = 16 * 2**10

# How far each file is loaded, for those who cannot ask the database.
_POSITIONS = "positions.json"


class Waiting(NamedTuple):
    """What waits for the loader."""

    size: int
    """In bytes, of all files."""
    first_lines: list[bytes]
    """The first waiting line of each file, without its break."""


def spool_sizes(folder: Path) -> dict[str, int]:
    """Return the size of each spool file, the oldest file first, which its name begins with."""
    sizes = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):  # a loader has just deleted it
                    sizes[entry.name] = entry.stat().st_size
    return dict(sorted(sizes.items()))


def read_lines(file: Path, position: int, length: int) -> bytes:
    """Read whole lines from a position on, each with its break, `length` bytes at the most."""
    try:
        with file.open("rb", buffering=0) as opened:
            opened.seek(position)
            data = opened.read(length)
    except FileNotFoundError:  # another loader was quicker
        return b""
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) >= LONGEST_LINE:
        return data[:-1] + b"\n"  # no writer of ours wrote this
    return whole


def delete_if_loaded(file: Path, position: int) -> bool:
    """Delete a file if its writer is gone and no whole line follows the position."""
    with suppress(FileNotFoundError, BlockingIOError), file.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened.seek(position)
        rest = opened.read(LONGEST_LINE)
        if b"\n" not in rest and len(rest) < LONGEST_LINE:  # a torn line was not answered for
            file.unlink()
            return True
    return False


def write_positions(folder: Path, positions: Mapping[str, int]) -> None:
    """Write down how far the files are loaded, for `waiting_lines`. Raise LinkmgrError."""
    replace_quickly(folder / _POSITIONS, json.dumps(positions).encode())


def waiting_lines(folder: Path) -> Waiting:
    """Return what waits for the loader. Raise OSError."""
    positions = read_positions(folder)
    waiting, first_lines = 0, []
    for name, size in spool_sizes(folder).items():
        position = positions.get(name, 0)
        waiting += max(size - position, 0)
        first, line_break, _ = read_lines(folder / name, position, LONGEST_LINE).partition(b"\n")
        if line_break:
            first_lines.append(first)
    return Waiting(waiting, first_lines)


def read_positions(folder: Path) -> dict[str, int]:
    """Return what `write_positions` wrote last, nothing where that cannot be read."""
    try:
        positions = json.loads((folder / _POSITIONS).read_bytes())
    except (OSError, ValueError):
        return {}
    return positions if isinstance(positions, dict) else {}


# Writing: each writer has a file of its own.

# A file is deleted as a whole once it is loaded, so a writer begins a new one past this size, and
# this long (seconds) after its first line: of reports, sums alone are to be kept.
LARGEST = 64 * 2**20
_LONGEST_SECONDS = 600.0

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
        self._ends_at = inf
        self._begin_file()

    def append(self, line: bytes) -> bool:
        """Write a line; return whether it was written. What was written in part is taken back."""
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
            return True

    def sync(self) -> None:
        """Flush the lines to the disk, and begin a new file if it is time to."""
        if self._dirty and self._descriptor is not None:
            self._dirty = False
            if self._ends_at == inf:
                self._ends_at = time.monotonic() + _LONGEST_SECONDS
            try:
                os.fdatasync(self._descriptor)
            except OSError:
                self._torn = True  # what of the file is on the disk is not known any more
        self._restore()
        full = self._size >= LARGEST or time.monotonic() >= self._ends_at
        if self._descriptor is None or self._torn or full:
            self._begin_file()

    def close(self) -> None:
        """End writing. The loader deletes the file once it is loaded."""
        self._restore()
        with self._lock:
            descriptor, self._descriptor = self._descriptor, None
        _end_file(descriptor)

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
            self._size, self._torn, self._ends_at = 0, False, inf
        _end_file(ended)


def _new_file(folder: Path) -> tuple[int, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        file = folder / f"{uuid7().hex}{_SUFFIX}"
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
