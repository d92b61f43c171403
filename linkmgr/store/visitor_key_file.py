"""The file of the visitors' keys: today's and, shortly before midnight, tomorrow's."""

import errno
import fcntl
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

KEY_LENGTH = 32

_DAY_LENGTH = 10
_RECORD_LENGTH = _DAY_LENGTH + 1 + KEY_LENGTH
_SETTLED, _UNSETTLED = b"+", b"?"
_ERASED = bytes(KEY_LENGTH)

# Two days' keys and the days of years without a database.
_LONGEST = 2**16


class DayKey(NamedTuple):
    """The key of a day.

    It is `settled` unless the database has yet to mark the day, as the key is this node's own. Such
    a day stays in the file when its key is erased, with an empty `key`.
    """

    day: date
    key: bytes
    settled: bool


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

    def key_of_day(self, day: date, new: bytes, *, settled: bool) -> bytes:
        """Return the key of a day; if there is none, it is the new one, `settled` or not."""
        with self._locked(os.O_CREAT) as descriptor:
            records = _read(descriptor)
            kept = _add(_needed(records, day), {day: new}, settled=settled)
            if kept != records:
                _write(descriptor, kept)
        return next(key.key for key in kept if key.key and key.day == day)

    def put(self, today: date, keys: Mapping[date, bytes], marked: Collection[DayKey]) -> None:
        """Add the keys of days that have none; the database has marked the days of some records."""
        with self._locked(os.O_CREAT) as descriptor:
            records = _read(descriptor)
            settled = (
                record._replace(settled=record.settled or record in marked) for record in records
            )
            kept = _add(_needed(settled, today), keys, settled=True)
            if kept != records:
                _write(descriptor, kept)

    def erase(self) -> None:
        """Overwrite the keys, and delete the file unless the database has yet to mark a day."""
        with self._locked() as descriptor:
            records = _read(descriptor)
            left = _erased(record for record in records if not record.settled)
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


def _needed(records: Iterable[DayKey], today: date) -> list[DayKey]:
    """Return what is still needed: the keys of today and tomorrow, and days to be marked."""
    days = (today, today + timedelta(days=1))
    kept, rest = [], []
    for record in records:
        if record.key and record.day in days:
            kept.append(record)
        elif not record.settled:
            rest.append(record)
    return [*kept, *_erased(rest)]


def _add(records: list[DayKey], keys: Mapping[date, bytes], *, settled: bool) -> list[DayKey]:
    """Return the records with the keys of those days that have none."""
    days = {record.day for record in records if record.key}
    added = (DayKey(day, key, settled) for day, key in sorted(keys.items()) if day not in days)
    return [*records, *added]


def _erased(records: Iterable[DayKey]) -> list[DayKey]:
    """Return the records without their keys, each day once."""
    return list(dict.fromkeys(record._replace(key=b"") for record in records))


def _read(descriptor: int) -> list[DayKey]:
    """Return the valid records; broken ones, as after a torn write, are skipped."""
    data = os.pread(descriptor, _LONGEST, 0)
    keys = []
    for first in range(0, len(data) - _RECORD_LENGTH + 1, _RECORD_LENGTH):
        record = data[first : first + _RECORD_LENGTH]
        mark, key = record[_DAY_LENGTH : _DAY_LENGTH + 1], record[_DAY_LENGTH + 1 :]
        with suppress(ValueError):
            day = date.fromisoformat(record[:_DAY_LENGTH].decode("ascii"))
            if mark in (_SETTLED, _UNSETTLED):
                keys.append(DayKey(day, b"" if key == _ERASED else key, mark == _SETTLED))
    return keys


def _write(descriptor: int, records: Iterable[DayKey]) -> None:
    """Overwrite the file: in one call, so that a kill leaves the old records or the new ones."""
    text = b"".join(
        day.isoformat().encode() + (_SETTLED if settled else _UNSETTLED) + (key or _ERASED)
        for day, key, settled in records
    )
    data = text.ljust(os.fstat(descriptor).st_size, b"\0")
    if os.pwrite(descriptor, data, 0) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, len(text))
    os.fsync(descriptor)  # or the disk would keep the old ones for a while
