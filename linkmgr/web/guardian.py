"""The keeper's process, as the main process sees it: started, started again, and ended last."""

import logging
import multiprocessing
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from linkmgr.settings import Settings
from linkmgr.web.keeper import PATIENCE, keep

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

# Seconds before a keeper that died is started again: what killed it may last.
_PAUSE = 1.0

_log = logging.getLogger(__name__)


class Guardian:
    """Has a keeper run for as long as the block lasts.

    The keeper ends when the pipe's other end is closed, which the system does even where the main
    process is killed. Signals say nothing to it, since it must outlive the workers.
    """

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._context = context
        self._settings = settings
        self._stopping, self._running = context.Pipe(duplex=False)
        self._ended = threading.Event()
        self._process: BaseProcess | None = None
        self._thread = threading.Thread(target=self._guard, name="guardian", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._running.close()
        self._thread.join(2 * PATIENCE)
        if self._thread.is_alive() and self._process:
            _log.error("the keeper does not end and is killed; what it left is loaded later")
            self._process.kill()
            self._thread.join()

    def _guard(self) -> None:
        while True:
            process = self._context.Process(
                target=keep, args=(self._settings, self._stopping), name="keeper"
            )
            self._process = process
            process.start()
            process.join()
            if self._ended.is_set():
                return
            _log.error(
                "the keeper has ended and is started again", extra={"code": process.exitcode}
            )
            self._ended.wait(_PAUSE)
