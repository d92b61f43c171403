"""The file of the visitors' keys: today's and, shortly before midnight, tomorrow's."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

KEY_LENGTH = 32

_DAY_LENGTH = 10
_RECORD_LENGTH = _DAY_LENGTH + 1 + KEY_LENGTH
_KNOWN, _UNKNOWN = b"+", b"?"
_ERASED = bytes(KEY_LENGTH)

# Two days' keys and the days of years without a database.
_LONGEST = 2**16


class DayKey(NamedTuple):
    """The key of a day.

    It is `known` if the database has it, knows that there was another one, or need not know. One
    that the database has yet to hear of leaves its day when it is erased, with an empty `key`.
    """

    day: date
    key: bytes
    known: bool


class KeyFile:
    """The keys of an instance, for all its processes.

    The file is overwritten in its place, so that no block of the disk keeps an old key. All methods
    raise OSError.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[DayKey]:
        """Return what the file has; nothing if it is not there."""
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return []
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return _read(descriptor)
        finally:
            os.close(descriptor)

    def take(self, day: date, new: bytes, *, known: bool) -> bytes:
        """Return the key of a day; if there is none, it is the new one, `known` or not."""
        with self._locked(os.O_CREAT) as descriptor:
            records = _read(descriptor)
            kept = needed(records, day)
            found = next((each.key for each in kept if each.key and each.day == day), None)
            if found is None:
                kept.append(DayKey(day, new, known))
            if kept != records:
                _write(descriptor, kept)
            return found or new

    def update(self, change: Callable[[list[DayKey]], list[DayKey]]) -> None:
        """Replace what the file has by what is made of it."""
        with self._locked(os.O_CREAT) as descriptor:
            records = _read(descriptor)
            changed = change(records)
            if changed != records:
                _write(descriptor, changed)

    def erase(self) -> None:
        """Overwrite the keys, and delete the file unless the database has yet to hear of a day."""
        with self._locked() as descriptor:
            records = _read(descriptor)
            left = erased(each for each in records if not each.known)
            if left:
                _write(descriptor, left)
                return
            os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
            os.fsync(descriptor)
            self._file.unlink()

    @contextmanager
    def _locked(self, flags: int = 0) -> Iterator[int]:
        flags |= os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def needed(records: Iterable[DayKey], today: date) -> list[DayKey]:
    """Return what is still needed: the keys of today and tomorrow, and days to be made known."""
    days = (today, today + timedelta(days=1))
    kept = [each for each in records if each.key and each.day in days]
    rest = [each for each in records if not (each.key and each.day in days) and not each.known]
    return [*kept, *erased(rest)]


def erased(records: Iterable[DayKey]) -> list[DayKey]:
    """Return the records without their keys, each day once."""
    return list(dict.fromkeys(each._replace(key=b"") for each in records))


def _read(descriptor: int) -> list[DayKey]:
    """Read the records; what is none, as after a torn write, is passed over."""
    data = os.pread(descriptor, _LONGEST, 0)
    found = []
    for first in range(0, len(data) - _RECORD_LENGTH + 1, _RECORD_LENGTH):
        record = data[first : first + _RECORD_LENGTH]
        mark, key = record[_DAY_LENGTH : _DAY_LENGTH + 1], record[_DAY_LENGTH + 1 :]
        with suppress(ValueError):
            day = date.fromisoformat(record[:_DAY_LENGTH].decode("ascii"))
            if mark in (_KNOWN, _UNKNOWN):
                found.append(DayKey(day, b"" if key == _ERASED else key, mark == _KNOWN))
    return found


def _write(descriptor: int, records: Iterable[DayKey]) -> None:
    """Overwrite the file: in one call, so that a kill leaves the old records or the new ones."""
    text = b"".join(
        day.isoformat().encode() + (_KNOWN if known else _UNKNOWN) + (key or _ERASED)
        for day, key, known in records
    )
    data = text.ljust(os.fstat(descriptor).st_size, b"\0")
    if os.pwrite(descriptor, data, 0) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, len(text))
    os.fsync(descriptor)  # or the disk would keep the old ones for a while
