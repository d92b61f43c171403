"""Work that takes only what of the processor nobody else wants."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_NICENESS = 19


class CourteousThread:
    """A thread that does what it is told while the caller waits.

    Linux has a niceness for each thread, which those inherit that it starts; where there is none
    it works as any other. It is a thread, as none may lower its own niceness again.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "courteous", initializer=_be_courteous)

    def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` does, or raise what it does."""
        return self._executor.submit(work, *args, **kwargs).result()


def _be_courteous() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
