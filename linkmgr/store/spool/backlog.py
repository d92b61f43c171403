"""The reading side of the spool: what waits for the loader, and what is left to delete."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from linkmgr.clicks.line import read_line
from linkmgr.fs.atomic import replace_quickly
from linkmgr.store.spool.spool import SUFFIX

# What has no line break within so many bytes is no line: a request has 2,000 at the most.
LONGEST_LINE = 16 * 2**10

# How far each file is loaded, for who cannot ask the database.
_POSITIONS = "positions.json"


class SpoolState(NamedTuple):
    """How many bytes wait for the loader, and for how long (seconds) the first of them has."""

    waiting: int
    age: float


def spool_sizes(folder: Path) -> dict[str, int]:
    """Return the size of each spool file, the oldest file first, which its name begins with."""
    sizes = {}
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False):
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


def delete_if_left(file: Path, position: int) -> bool:
    """Delete a file if its writer is gone and no whole line follows the position."""
    with suppress(FileNotFoundError, BlockingIOError), file.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened.seek(position)
        rest = opened.read(LONGEST_LINE)
        if b"\n" not in rest and len(rest) < LONGEST_LINE:  # a torn line was not answered for
            file.unlink()
            return True
    return False


def publish_positions(folder: Path, positions: Mapping[str, int]) -> None:
    """Write down how far the files are loaded, for `spool_state`. Raise LinkmgrError."""
    replace_quickly(folder / _POSITIONS, json.dumps(positions).encode())


def spool_state(folder: Path) -> SpoolState:
    """Return what waits for the loader. Raise OSError."""
    positions = read_positions(folder)
    waiting, oldest = 0, None
    for name, size in spool_sizes(folder).items():
        position = positions.get(name, 0)
        waiting += max(size - position, 0)
        # A user agent may lie before the click.
        for line in read_lines(folder / name, position, LONGEST_LINE).split(b"\n", 2)[:2]:
            if click := read_line(line):
                oldest = min(oldest or click.time, click.time)
    return SpoolState(waiting, max(time.time() - oldest / 1000, 0.0) if oldest else 0.0)


def read_positions(folder: Path) -> dict[str, int]:
    """Return what `publish_positions` wrote last, nothing where that cannot be read."""
    try:
        positions = json.loads((folder / _POSITIONS).read_bytes())
    except (OSError, ValueError):
        return {}
    return positions if isinstance(positions, dict) else {}
