"""Counting the days that have new clicks, at most a twentieth of the time."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from linkmgr.store.clicks.counting import Counted, CountLimits, count_day
from linkmgr.store.clicks.days import days_to_count
from linkmgr.store.db.engine import reason_of

# After a count, until the next: so many times what it took.
_REST = 20

# Seconds until days are looked for without any sign of new clicks, as another node may have ended
# before it counted its own.
_LOOK_PAUSE = 60.0

# Seconds after a count that failed.
_FAILURE_PAUSE = 5.0

_log = logging.getLogger(__name__)


class DayCounting:
    """Counts a day each time that `follow` finds one that is due; one thread may call that.

    The day that was counted longest ago comes first, so that a backlog does not hold up today.
    """

    def __init__(
        self, engine: Engine, limits: CountLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.done = Counted()
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._has_new = threading.Event()
        self._rests_until = 0.0
        self._look_at = clock() + _LOOK_PAUSE
        self._failing = False

    def note_rows(self) -> None:
        """Take note that rows were loaded; any thread may call it."""
        self._has_new.set()

    def follow(self) -> None:
        """Count a day if one is due."""
        now = self._clock()
        if now < self._rests_until or not (self._has_new.is_set() or now >= self._look_at):
            return
        self._has_new.clear()
        self._look_at = now + _LOOK_PAUSE
        if self.count_next():
            self._has_new.set()  # perhaps there are more
        ended = self._clock()
        self._rests_until = ended + (_FAILURE_PAUSE if self._failing else _REST * (ended - now))

    def count_next(self) -> bool:
        """Count the day that was counted longest ago; return whether there was one.

        An error is logged once: the day remains to be counted.
        """
        try:
            with self._engine.connect() as connection:
                days = days_to_count(connection)
            if days:
                self.done = self.done.plus(count_day(self._engine, days[0], self._limits))
        except (SQLAlchemyError, OSError) as error:
            if not self._failing:
                _log.warning("clicks are counted later: %s", reason_of(error))
            self._failing = True
            self._has_new.set()
            return False
        self._failing = False
        return bool(days)
