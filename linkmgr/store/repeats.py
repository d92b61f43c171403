"""One reader's second click on the same link within seconds is no second click."""

from collections.abc import Iterable
from typing import NamedTuple

WINDOW = 10_000
"""Milliseconds; RULES "Counting" says a few seconds."""

# A generation of links that were clicked is forgotten when two more have come, each of this many
# and at least one window long: at 25,000 clicks a second some 500,000 links are remembered.
_GENERATION = 50_000

REMEMBERED = 200_000
"""How many rows a loader that starts reads back."""


class Place(NamedTuple):
    """Who clicked on what."""

    visitor: int
    item: str
    post: str
    block: str
    rank: int
    shop: str


class Repeats:
    """Remembers the clicks that were counted.

    Time is cut into windows. A link has at most one counted click in each, so the last and the
    next window are all that is to be looked at besides, whichever click came first.
    """

    def __init__(self, counted: Iterable[tuple[Place, int]] = ()) -> None:
        self._now: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._since = 0
        for place, time in counted:
            self.is_repeat(place, time)

    def is_repeat(self, place: Place, time: int) -> bool:
        """Tell whether it was clicked within a window's length; if not, remember it."""
        now, before = self._now, self._before
        key = hash(place) + time // WINDOW
        for near in (key, key - 1, key + 1):
            counted = now.get(near) or before.get(near)
            if counted is not None and -WINDOW < time - counted < WINDOW:
                return True
        now[key] = time
        if len(now) >= _GENERATION and time - self._since >= WINDOW:
            self._now, self._before, self._since = {}, now, time
        return False
