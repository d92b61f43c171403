"""granian's server, which starts workers again however often they end."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

from granian.server.mp import MPServer

# A worker that served for so long (seconds) is started again at once when it ends. One that ended
# sooner waits, twice as long each time: what ended it may last, and its start takes a processor.
_STEADY = 5.0
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
# For how long a worker may have ended before the thread that watches it knows (seconds).
_NOTICED_WITHIN = 5.0

_log = logging.getLogger(__name__)


class RespawningServer(MPServer):
    """Goes on where granian's own server exits: a worker has ended twice within 5.5 seconds."""

    def _serve_loop(
        self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]
    ) -> None:
        due: dict[int, float] = {}
        short_lives = Counter[int]()
        while not self.interrupt_signal:
            pause = min(due.values()) - time.monotonic() if due else None
            self.main_loop_interrupt.wait(pause and max(pause, 0))
            self.main_loop_interrupt.clear()
            if self.reload_signal:
                due.clear()
                self._reload(spawn_target, target_loader)  # type: ignore[no-untyped-call]
            while self.interrupt_children:
                number = self.interrupt_children.pop()
                due[number] = time.monotonic() + self._pause(number, short_lives)
            for number in [each for each, when in due.items() if when <= time.monotonic()]:
                if self._start_again(number, spawn_target, target_loader):
                    del due[number]
                else:
                    due[number] = time.monotonic() + _LONGEST_PAUSE

    def _pause(self, number: int, short_lives: Counter[int]) -> float:
        """Return the seconds to wait before a worker that has ended is started again."""
        if time.monotonic() - self.wrks[number].birth >= _STEADY:
            del short_lives[number]
            return 0.0
        short_lives[number] += 1
        return min(_FIRST_PAUSE * 2.0 ** (short_lives[number] - 1), _LONGEST_PAUSE)

    def _start_again(
        self, number: int, spawn_target: Callable[..., None], target_loader: Callable[..., Any]
    ) -> bool:
        worker = self._spawn_worker(number, spawn_target, target_loader)
        try:
            worker.start()  # type: ignore[no-untyped-call]
        except OSError as error:  # no memory, or too many processes
            _log.error("worker-%d cannot be started: %s", number + 1, error.strerror)
            return False
        self.wrks[number] = worker
        return True

    def _stop_workers(self) -> None:
        """Stop the workers, and kill those that do not end in time.

        granian asks for the exit status that its watching thread may be taking at that moment; it
        then reports a worker that has ended as one that it kills.
        """
        for worker in self.wrks:
            worker.terminate()  # type: ignore[no-untyped-call]
        deadline = time.monotonic() + (self.workers_kill_timeout or 0)
        for worker in self.wrks:
            process = worker.inner
            if not wait([process.sentinel], max(deadline - time.monotonic(), 0)):
                _log.warning("killing worker-%d, which does not stop", worker.idx + 1)
                worker.kill()  # type: ignore[no-untyped-call]
                wait([process.sentinel])
            ended = time.monotonic()
            while process.exitcode is None and time.monotonic() < ended + _NOTICED_WITHIN:
                time.sleep(0.001)
        self.wrks.clear()
