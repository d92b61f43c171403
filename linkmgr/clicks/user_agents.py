"""What a user agent says about a click: whether a bot made it, and on which device."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from linkmgr.clicks.bots import LONGEST, find_bot
from linkmgr.clicks.model import NOT_JUDGED, Device

# What browsers send as Sec-CH-UA-Mobile.
_MOBILE = {"?1": True, "?0": False}

_DESKTOPS = ("Windows", "Macintosh", "X11", "CrOS", "Linux")

NEW_A_SECOND = 500
"""New user agents that a process judges in a second. One takes 50 to 300 µs."""


class Agent(NamedTuple):
    """`bot` is why this is no reader, in `[A-Za-z0-9 ._/-]{1,40}`, empty where it is one."""

    bot: str
    device: Device


class TooManyError(Exception):
    """More new user agents came in this second than are judged."""


class Budget:
    """Counts what is taken in a second of a clock."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._second = 0
        self._taken = 0

    def take(self) -> None:
        """Take one. Raise TooManyError if none is left."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken >= self._most:
            raise TooManyError
        self._taken += 1


_budget = Budget(NEW_A_SECOND)


def read_agent(user_agent: str, mobile: str) -> Agent:
    """Judge a request by its `User-Agent` and its `Sec-CH-UA-Mobile`.

    `bot` is `NOT_JUDGED` past `NEW_A_SECOND`: the loader, which nobody waits for, judges it then.
    """
    agent = user_agent[:LONGEST]
    try:
        return _read(agent, _MOBILE.get(mobile))
    except TooManyError:
        return Agent(NOT_JUDGED, _device(agent, _MOBILE.get(mobile)))


def forget_agents() -> None:
    """Keep no user agent in memory past the day."""
    _read.cache_clear()


@lru_cache(maxsize=4096)  # 4,096 user agents take about 4 MB at most
def _read(user_agent: str, mobile: bool | None) -> Agent:  # noqa: FBT001 - the hint is a Boolean
    _budget.take()
    return Agent(find_bot(user_agent), _device(user_agent, mobile))


def _device(user_agent: str, mobile: bool | None) -> Device:  # noqa: FBT001 - as above
    if _is_tablet(user_agent):
        return Device.TABLET
    if mobile or "Mobi" in user_agent:
        return Device.PHONE
    if mobile is False or any(system in user_agent for system in _DESKTOPS):
        return Device.DESKTOP
    return Device.UNKNOWN


def _is_tablet(user_agent: str) -> bool:
    """Whether it is a tablet, by MDN's rule ("Browser detection using the user agent string").

    iPads say both "Mobile" and their name, Android says "Mobile" on phones alone, and old Windows
    says "Tablet PC" of any computer.
    """
    if "iPad" in user_agent or "Tablet" in user_agent.replace("Tablet PC", ""):
        return True
    return user_agent.rfind("Android") > user_agent.rfind("Mobi")
