"""How long each phase of an adoption took."""

import time


class Phases:
    """The seconds of the phases that have ended, by name, in their order."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._seconds: dict[str, float] = {}

    def end(self, phase: str) -> dict[str, float]:
        """End a phase, which began with the end of the one before, and return all so far."""
        now = time.perf_counter()
        self._seconds[phase] = now - self._last
        self._last = now
        return dict(self._seconds)
