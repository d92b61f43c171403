"""Ctrl-C and SIGTERM for a command that runs until it is stopped."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Self

ENDING = (signal.SIGINT, signal.SIGTERM)
"""The signals that end a command."""


class Stop:
    """Whether this process is to end.

    A `KeyboardInterrupt` alone does not say so: Python drops one that is raised in a finalizer or a
    callback, and raises none where the signal was ignored when the process started, as a shell has
    it for what a script starts in the background.
    """

    def __init__(self) -> None:
        # Plain attributes: a lock, such as an Event's, could be held by what the signal interrupts.
        self._is_set = False
        self._interrupts = False

    @classmethod
    def on_signals(cls) -> Self:
        """Return what SIGINT and SIGTERM set from now on; the second of them ends the process."""
        stop = cls()
        for each in ENDING:
            signal.signal(each, stop._on_signal)
        return stop

    def is_set(self) -> bool:
        """Whether a signal has come."""
        return self._is_set

    def interruptible(self, action: Callable[[], object]) -> None:
        """Do something that a signal interrupts, nothing if one has come already."""
        try:
            self._interrupts = True
            if not self._is_set:
                action()
            self._interrupts = False
        except KeyboardInterrupt:
            self._is_set = True
        finally:
            self._interrupts = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._is_set:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self._is_set = True
        if self._interrupts:
            self._interrupts = False
            raise KeyboardInterrupt
