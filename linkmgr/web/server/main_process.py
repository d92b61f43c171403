"""The main process, as the child processes of `linkmgr serve` see it, and how they end with it.

Their standard input is a pipe from it, where it writes a byte when they must end. The system closes
the pipe when the main process is gone, even where it was killed.
"""

import multiprocessing
import os
import select
import signal
import threading
import time

_PIPE = 0

# Seconds between two checks whether the process that started this one is still there.
_WATCH = 0.2

# Seconds in which a process without a parent may answer what it has begun. A deadlock within
# granian kept one from ending by its signal.
_LAST_SECONDS = 1.0


class MainProcess:
    """The main process, as its children see it."""

    def poll(self, seconds: float | None) -> bool:
        """Wait until this child must end, or for some seconds; return whether it must."""
        readable, _, _ = select.select([_PIPE], [], [], seconds)
        return bool(readable)


def end_when_orphaned() -> None:
    """Have this process end by SIGTERM, from now on, once its parent or the main one is gone."""
    threading.Thread(target=_watch, name="orphaned", daemon=True).start()


def _watch() -> None:
    # Not `os.getppid()`: the one that started it may be gone before this process comes here.
    parent = multiprocessing.parent_process()
    # A byte is read here, or it would hide the end of the pipe: servers end by SIGTERM, without it.
    # `poll` leaves it in the pipe: the background worker ends by it and may ask again.
    while parent is None or os.getppid() == parent.pid:
        readable, _, _ = select.select([_PIPE], [], [], _WATCH)
        if readable and not os.read(_PIPE, 1):
            break
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_SECONDS)
    os._exit(1)
