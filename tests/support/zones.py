"""Time zones of the tests' own, in which midnight comes when a test wants it."""

import struct
from datetime import UTC, datetime, timedelta

NAME = "Test/Midnight"

_DAY = 24 * 60 * 60


def write_zone(folder, until_midnight):
    """Write a zone in which so many seconds from now it is midnight, for PYTHONTZPATH.

    As RFC 8536 has it: one offset that never changes, for readers of 32 bits and of 64. At any
    hour it is one that a place on earth may have, within twelve hours of UTC.
    """
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    offset = int((midnight - now).total_seconds()) - until_midnight
    offset = (offset + _DAY // 2) % _DAY - _DAY // 2
    block = struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB", offset, 0, 0) + b"TST\0"
    file = folder / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(b"TZif2" + bytes(15) + block for _ in range(2)) + b"\n\n")
