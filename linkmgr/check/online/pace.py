"""How soon a host is asked again."""

import time
from collections import defaultdict


class Pace:
    """Leaves a `pause` (seconds) between two requests to a host."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._ready: dict[str, float] = defaultdict(float)

    def ready(self, host: str) -> float:
        """Return when the host may be asked, in monotonic seconds."""
        return self._ready[host]

    def wait(self, host: str) -> None:
        """Wait until the host may be asked."""
        time.sleep(max(0.0, self._ready[host] - time.monotonic()))

    def asked(self, host: str) -> None:
        """Note that the host has just answered, or failed to."""
        self._ready[host] = time.monotonic() + self._pause

    def rest(self, host: str, seconds: float) -> None:
        """Leave the host alone for so long."""
        self._ready[host] = max(self._ready[host], time.monotonic() + seconds)
