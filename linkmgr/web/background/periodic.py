"""What a process does periodically beside its main work, on a thread of its own."""

import logging
import threading
from collections.abc import Callable, Sequence

from linkmgr.messages.errors import LinkmgrError

_log = logging.getLogger(__name__)


class PeriodicTasks:
    """Calls each action every `pause` seconds; a failure is logged once until it works again."""

    def __init__(self, pause: float, actions: Sequence[Callable[[], None]]) -> None:
        self._pause = pause
        self._actions = actions
        self._failing: set[Callable[[], None]] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="periodic tasks", daemon=True)

    def start(self) -> None:
        """Begin with a first round, which is over when this returns."""
        self._tick()
        self._thread.start()

    def stop(self) -> None:
        """End, after one last round."""
        self._stopped.set()
        self._thread.join()
        self._tick()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause):
            self._tick()

    def _tick(self) -> None:
        for action in self._actions:
            try:
                action()
            except (OSError, LinkmgrError) as error:  # which say what they are without a traceback
                if action not in self._failing:
                    _log.error("a periodic task fails: %s", error)
                self._failing.add(action)
            except Exception:  # noqa: BLE001 - whatever it is, it must not stop the other actions
                if action not in self._failing:
                    _log.exception("a periodic task fails")
                self._failing.add(action)
            else:
                self._failing.discard(action)
