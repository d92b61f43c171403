"""What says that a process must stop."""

from typing import Protocol


class Stopping(Protocol):
    """What says that this process must stop."""

    def poll(self, seconds: float | None, /) -> bool:
        """Wait until it must, or for some seconds; return whether it must."""
